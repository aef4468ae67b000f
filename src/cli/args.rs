//! The command line as typed. Nothing is resolved here and nothing of it goes
//! further in than `plan`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

/// Checks that nova's service tokens are sent, carry the right roles and are
/// trusted by every service that receives them.
#[derive(Debug, Parser)]
#[command(
    name = "nova-token-check",
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the check could not be made,\n3 a live check could not be completed, 130 interrupted.",
    after_long_help = AFTER_HELP
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArgs,
}

const AFTER_HELP: &str = "\
Examples:
  nova-token-check nova=/etc/nova/nova.conf cinder=/etc/cinder/cinder.conf
      log in as each service does and say what cinder makes of nova's token
  nova-token-check --offline /etc
      look at the files alone, as a lint job does
  nova-token-check --offline --assume-roles service,admin nova=nova.conf cinder=cinder.conf
      judge the files as if every sender had these roles
  nova-token-check --release 2026.1 --upgrade-to 2026.2 /etc
      say what the upgrade will do to service tokens
  nova-token-check explain role-not-accepted
      what a rule looks for, why it matters and how to fix it

Exit codes:
  0    nothing at or above --fail-on
  1    findings at or above --fail-on
  2    the check could not be made: bad usage, a target that cannot be read
  3    no such finding, but a live check could not be completed
  130  interrupted";

/// The commands. The arguments of each are made when it is the one that runs: most runs
/// are of `check`, without its name. A doc comment of what holds them would then stand in
/// place of the command's.
#[derive(Debug, Subcommand)]
#[command(defer = true)]
pub(super) enum Command {
    /// Check configurations (the default)
    #[command(after_long_help = AFTER_HELP)]
    Check(Box<CheckArgs>),
    /// Show the options in force, and the file and line each comes from
    #[command(after_help = SHOW_HELP)]
    Show(ShowArgs),
    /// Bring the JSON reports of many hosts together in one report
    #[command(after_help = MERGE_HELP)]
    Merge(MergeArgs),
    /// Explain a rule: what it looks for, why it matters, how to fix it
    #[command(after_help = EXPLAIN_HELP)]
    Explain {
        /// The rule's name: it stands in brackets behind each finding
        rule: String,
    },
    /// List all rules
    Rules {
        /// Format of the list
        #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
        format: RulesFormat,
    },
    /// Write completions for a shell to standard output
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: ShellArg,
    },
    /// Write a manual page to standard output, or all of them to a directory
    #[command(after_help = MAN_HELP)]
    Man {
        /// The command whose page it is; the program's without one
        command: Option<String>,
        /// Write all pages into this directory
        #[arg(long, value_name = "DIRECTORY", value_hint = ValueHint::DirPath, conflicts_with = "command")]
        directory: Option<PathBuf>,
    },
}

const MERGE_HELP: &str = "\
Example:
  nova-token-check --format json > report-$(hostname).json
      on each host
  nova-token-check merge report-*.json --report html=cloud.html
      on one

Nothing is judged anew: a call from one host to a service on another is in no report. What several
hosts found alike is one finding. All reports are of one version of the program, and without
--upgrade-to.";

const SHOW_HELP: &str = "\
Example:
  nova-token-check show --defaults cinder=/etc/cinder/cinder.conf
      what cinder reads there, and what holds where nothing is set";

const EXPLAIN_HELP: &str = "\
Example:
  nova-token-check explain role-not-accepted

nova-token-check rules lists all rules.";

const MAN_HELP: &str = "\
Examples:
  nova-token-check man check | man -l -
      read the page of a command
  nova-token-check man --directory ~/.local/share/man/man1
      install all pages, in a directory that exists";

const COMPLETIONS_HELP: &str = "\
Example:
  nova-token-check completions fish > ~/.config/fish/completions/nova-token-check.fish

Where they belong:
  bash  ~/.local/share/bash-completion/completions/nova-token-check
  zsh   a file _nova-token-check in a directory of $fpath
  fish  ~/.config/fish/completions/nova-token-check.fish";

// What `check` takes.
#[derive(Debug, Args, Clone)]
pub(super) struct CheckArgs {
    /// What to check: `NAME=PATH[,PATH]...`, a file or a directory; /etc if nothing is named
    ///
    /// `NAME=PATH[,PATH]...` is one service: a file counts as --config-file, a directory as
    /// --config-dir, later ones win, and `\,` is a comma in a path. A file is known by its name
    /// (nova.conf, cinder.conf, glance-api.conf, …). A directory is looked through. Without a
    /// target /etc is looked through. NAME is one of nova, cinder, glance, neutron, placement,
    /// ironic, manila, barbican, cyborg, swift, heat, octavia, designate, magnum, masakari, aodh,
    /// blazar, cloudkitty, gnocchi, mistral, trove, watcher, zaqar, zun, keystone; any other word
    /// is a receiver of unknown kind. `-` as a PATH reads standard input.
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    pub(super) targets: Vec<String>,

    /// Use no network at all
    #[arg(long, help_heading = "Keystone")]
    pub(super) offline: bool,
    /// With --offline: judge as if every sender's token had these roles
    #[arg(long, value_name = "ROLE,...", value_delimiter = ',', help_heading = "Keystone")]
    pub(super) assume_roles: Option<Vec<String>>,
    /// Say what would be read, tried and sent, and send nothing
    #[arg(long, help_heading = "Keystone")]
    pub(super) plan: bool,
    /// Also ask the running services whether they reject the service token
    #[arg(long, conflicts_with = "offline", help_heading = "Keystone")]
    pub(super) probe: bool,
    /// Seconds that the whole live part may take
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=86400), help_heading = "Keystone")]
    pub(super) timeout: u64,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256), help_heading = "Keystone")]
    pub(super) jobs: u16,
    /// How often Keystone's Fernet keys are rotated, such as 12h or 7d: no file tells
    #[arg(long, value_name = "INTERVAL", help_heading = "Keystone")]
    pub(super) fernet_rotation: Option<String>,
    /// Take this shell's environment for the services': `OS_<GROUP>__<OPTION>`, where
    /// WSGI services look for their files, and proxies
    #[arg(long, help_heading = "Keystone")]
    pub(super) with_env: bool,

    /// The OpenStack release in force, for all services or for one: SERIES or NAME=SERIES
    ///
    /// SERIES is a number or a codename, such as 2025.1 or epoxy. Without it the installed packages
    /// tell, where TARGET is the root of a host, an image or a support bundle, or there is none;
    /// else it is the series before --upgrade-to, or the newest known.
    #[arg(long, value_name = "SERIES", help_heading = "Release")]
    pub(super) release: Vec<String>,

    /// Also judge the same files under this later release, and report what changes
    ///
    /// The first line says whether the upgrade is safe. Below it stand the verdicts and options that
    /// change, what else changed on the way, and the steps to take before, in order.
    #[arg(long, value_name = "SERIES", help_heading = "Release")]
    pub(super) upgrade_to: Option<String>,

    /// Run only these rules
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', help_heading = "Rules")]
    pub(super) select: Vec<String>,
    /// Do not run these rules
    #[arg(long, value_name = "RULE,...", value_delimiter = ',', help_heading = "Rules")]
    pub(super) ignore: Vec<String>,

    /// Findings that are known and do not count
    #[arg(long, value_name = "FILE", conflicts_with = "write_baseline", help_heading = "Rules")]
    pub(super) baseline: Option<PathBuf>,
    /// Write all present findings to a baseline
    #[arg(long, value_name = "FILE", help_heading = "Rules")]
    pub(super) write_baseline: Option<PathBuf>,

    #[command(flatten)]
    pub(super) own: OwnArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

// Where the program's own configuration is.
#[derive(Debug, Args, Clone)]
pub(super) struct OwnArgs {
    /// The program's own configuration file [default: the nearest .nova-token-check.toml]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Configuration")]
    pub(super) config: Option<PathBuf>,
    /// Use no configuration file of the program's own
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub(super) no_config: bool,
}

// What becomes of a report.
#[derive(Debug, Args, Clone)]
pub(super) struct OutputArgs {
    /// Lowest severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value_t = FailOnArg::Error, help_heading = "Rules")]
    pub(super) fail_on: FailOnArg,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = FormatArg::Text, help_heading = "Output")]
    pub(super) format: FormatArg,
    /// Also write format F to FILE
    #[arg(long, value_name = "F=FILE", help_heading = "Output")]
    pub(super) report: Vec<String>,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto, help_heading = "Output")]
    pub(super) color: ColorArg,
    /// Say only the answer and the errors
    #[arg(short, long, conflicts_with = "verbose", help_heading = "Output")]
    pub(super) quiet: bool,
    /// Say everything: notes, reasons and the requests that went out
    #[arg(short, long, help_heading = "Output")]
    pub(super) verbose: bool,
}

// What `merge` takes.
#[derive(Debug, Args, Clone)]
pub(super) struct MergeArgs {
    /// JSON reports of check; `-` reads standard input
    #[arg(value_name = "REPORT.json", value_hint = ValueHint::FilePath, required = true)]
    pub(super) reports: Vec<String>,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}

// What `show` takes.
#[derive(Debug, Args, Clone)]
pub(super) struct ShowArgs {
    /// What to show: as for check
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    pub(super) targets: Vec<String>,
    /// Options left at their default too
    #[arg(long)]
    pub(super) defaults: bool,
    /// Show passwords and other secrets
    #[arg(long)]
    pub(super) reveal: bool,
    /// The OpenStack release in force, for all services or for one: SERIES or NAME=SERIES
    #[arg(long, value_name = "SERIES")]
    pub(super) release: Vec<String>,
    /// Take this shell's environment for the services'
    #[arg(long)]
    pub(super) with_env: bool,
    #[command(flatten)]
    pub(super) own: OwnArgs,
    /// Format of standard output
    #[arg(long, value_enum, default_value_t = RulesFormat::Text)]
    pub(super) format: RulesFormat,
    /// When to use colours
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = ColorArg::Auto)]
    pub(super) color: ColorArg,
}

/// Formats of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FormatArg {
    /// For a person
    Text,
    /// For a program
    Json,
    /// SARIF 2.1.0, for code scanning and editors
    Sarif,
    /// JUnit XML, for test pages of CI systems
    Junit,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality report
    Gitlab,
    /// A page to attach to a change, in one file
    Html,
    /// A patch of what can be mended without a decision; nothing is applied
    Diff,
}

/// Shells that can be completed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShellArg {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
}

/// Formats of the other commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RulesFormat {
    /// For a person
    Text,
    /// For a program
    Json,
}

/// Values of `--fail-on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOnArg {
    /// It does not work
    Error,
    /// It works by luck or could not be checked
    Warning,
    /// Worth knowing
    Note,
    /// Findings never fail the run
    Never,
}

/// Values of `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorArg {
    /// On a terminal, unless NO_COLOR says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

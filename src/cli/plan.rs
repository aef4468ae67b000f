//! From what was typed to what will be done: names resolved, environment and
//! terminal looked at. The rest of the program sees only the outcome.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

use clap::CommandFactory;

use super::args::{CheckArgs, Cli, ColorArg, FailOnArg, FormatArg, OutputArgs};
use super::error::CliError;
use super::releases::Releases;
use crate::config::Environment;
use crate::deployment::{self, Target, TargetError, Variables};
use crate::facts::Asking;
use crate::findings::{Baseline, FailOn, Severity};
use crate::keystone::Limits;
use crate::report::{Format, Links, Style, Verbosity};
use crate::rules::{self, RULES};
use crate::text::nearest;

/// What is read, resolved.
pub(super) struct Inputs {
    pub(super) targets: Vec<Target>,
    pub(super) environment: Environment,
    /// Where services under a WSGI server look for their files.
    pub(super) variables: Variables,
    /// Variables that would count with `--with-env`.
    pub(super) unused_variables: Vec<String>,
    pub(super) releases: Releases,
}

impl Inputs {
    pub(super) fn new(
        targets: &[String],
        release: &[String],
        upgrade_to: Option<&str>,
        with_env: bool,
    ) -> Result<Self, CliError> {
        let home = std::env::home_dir();
        let parsed = |text: &String| deployment::parse(text, home.as_deref()).map_err(unless_command);
        let targets: Result<Vec<Target>, CliError> = targets.iter().map(parsed).collect();
        let text =
            |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
        let (environment, variables, unused_variables) = if with_env {
            let all = || std::env::vars_os().filter_map(text);
            (Environment::new(all()), Variables::new(all()), Vec::new())
        } else {
            (Environment::default(), Variables::default(), relevant_variables())
        };
        Ok(Self {
            targets: targets?,
            environment,
            variables,
            unused_variables,
            releases: Releases::new(release, upgrade_to)?,
        })
    }
}

/// A word that is no path may be a command with a slip in it.
fn unless_command(error: TargetError) -> CliError {
    let TargetError::NotFound { path } = &error else { return error.into() };
    let commands = Cli::command();
    match nearest(path, commands.get_subcommands().map(clap::Command::get_name)) {
        Some(near) => CliError::Usage {
            message: format!("{path}: no such file or directory, and no command"),
            help: format!("did you mean the command {near}?"),
        },
        None => error.into(),
    }
}

/// What becomes of a report.
pub(super) struct Output {
    pub(super) fail_on: FailOn,
    pub(super) format: Format,
    pub(super) reports: Vec<(Format, PathBuf)>,
    pub(super) style: Style,
}

/// A run of `check`, resolved.
pub(super) struct Plan {
    pub(super) inputs: Inputs,
    pub(super) asking: Asking,
    pub(super) rules: Selection,
    /// Severities that the configuration file gives to rules.
    pub(super) levels: Vec<(String, Severity)>,
    pub(super) baseline: Option<Baseline>,
    pub(super) write_baseline: Option<PathBuf>,
    pub(super) output: Output,
}

/// Which rules run.
pub(super) struct Selection {
    select: Vec<String>,
    ignore: Vec<String>,
}

impl Selection {
    pub(super) fn runs(&self, rule: &rules::Rule) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == rule.name);
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// Resolves the arguments.
pub(super) fn plan(args: &CheckArgs) -> Result<Plan, CliError> {
    if args.assume_roles.is_some() && !args.offline {
        return Err(CliError::Usage {
            message: "--assume-roles needs --offline, since a live run knows the roles".to_owned(),
            help: "add --offline, or leave --assume-roles out".to_owned(),
        });
    }
    let fernet_rotation = args.fernet_rotation.as_deref().map(interval).transpose()?;
    Ok(Plan {
        inputs: Inputs::new(&args.targets, &args.release, args.upgrade_to.as_deref(), args.with_env)?,
        asking: Asking { fernet_rotation, ..asking(args) },
        rules: selection(args)?,
        levels: Vec::new(),
        baseline: args.baseline.as_deref().map(read_baseline).transpose()?,
        write_baseline: args.write_baseline.clone(),
        output: output(&args.output)?,
    })
}

/// Resolves what becomes of a report.
pub(super) fn output(args: &OutputArgs) -> Result<Output, CliError> {
    Ok(Output {
        fail_on: match args.fail_on {
            FailOnArg::Error => FailOn::Severity(Severity::Error),
            FailOnArg::Warning => FailOn::Severity(Severity::Warning),
            FailOnArg::Note => FailOn::Severity(Severity::Note),
            FailOnArg::Never => FailOn::Never,
        },
        format: format(args.format),
        reports: args.report.iter().map(|text| report_target(text)).collect::<Result<_, _>>()?,
        style: style(args),
    })
}

/// Variables of this shell that a service would heed if they were its own.
fn relevant_variables() -> Vec<String> {
    let all = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = all.filter(|name| names_option(name) || Variables::knows(name)).collect();
    names.sort();
    names
}

/// Whether a variable of that name sets an option of a section that holds a login.
fn names_option(name: &str) -> bool {
    let group = name.strip_prefix("OS_").and_then(|rest| rest.split_once("__")).map(|(group, _)| group);
    matches!(group, Some("SERVICE_USER" | "KEYSTONE_AUTHTOKEN" | "BARBICAN" | "BARBICAN_SERVICE_USER"))
}

fn read_baseline(path: &Path) -> Result<Baseline, CliError> {
    let usage = |message: String| CliError::Usage {
        message: format!("{}: {message}", path.display()),
        help: "write one with --write-baseline FILE".to_owned(),
    };
    let text = std::fs::read_to_string(path).map_err(|error| usage(error.to_string()))?;
    Baseline::parse(&text).map_err(|error| usage(error.to_string()))
}

fn asking(args: &CheckArgs) -> Asking {
    let limits = Limits {
        timeout: Duration::from_secs(args.timeout),
        jobs: usize::from(args.jobs),
        use_proxies: args.with_env,
        // requests looks at them in this order.
        ca_bundle: ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]
            .iter()
            .filter(|_| args.with_env)
            .find_map(|name| std::env::var(name).ok().filter(|path| !path.is_empty())),
    };
    let assumed_roles = args.assume_roles.as_ref().map(|roles| {
        roles.iter().map(|role| role.trim().to_owned()).filter(|role| !role.is_empty()).collect()
    });
    let live = (!args.offline).then_some(limits);
    Asking { live, probe: args.probe, assumed_roles, fernet_rotation: None }
}

/// A number of minutes, hours or days, in seconds.
pub(super) fn interval(text: &str) -> Result<u64, CliError> {
    const UNITS: [(char, u64); 3] = [('m', 60), ('h', 3600), ('d', 86400)];
    let unit = UNITS.iter().find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, seconds)));
    let seconds = unit.and_then(|(number, seconds)| number.parse::<u64>().ok()?.checked_mul(*seconds));
    seconds.filter(|seconds| *seconds > 0).ok_or_else(|| CliError::Usage {
        message: format!("--fernet-rotation {text} is no interval"),
        help: "write a whole number and its unit: 30m, 12h or 7d".to_owned(),
    })
}

/// An error about a name, with the nearest one.
pub(super) fn unknown<'n>(
    what: &'static str,
    name: &str,
    names: impl Iterator<Item = &'n str> + Clone,
) -> CliError {
    let help = nearest(name, names.clone()).map_or_else(
        || format!("known are {}", names.collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean {near}?"),
    );
    CliError::UnknownName { what, name: name.to_owned(), help }
}

fn selection(args: &CheckArgs) -> Result<Selection, CliError> {
    for name in args.select.iter().chain(&args.ignore) {
        if rules::find(name).is_none() {
            return Err(unknown("rule", name, RULES.iter().map(|rule| rule.name)));
        }
    }
    Ok(Selection { select: args.select.clone(), ignore: args.ignore.clone() })
}

fn format(format: FormatArg) -> Format {
    match format {
        FormatArg::Text => Format::Text,
        FormatArg::Json => Format::Json,
        FormatArg::Sarif => Format::Sarif,
        FormatArg::Junit => Format::Junit,
        FormatArg::Github => Format::Github,
        FormatArg::Gitlab => Format::Gitlab,
        FormatArg::Html => Format::Html,
        FormatArg::Diff => Format::Diff,
    }
}

fn report_target(text: &str) -> Result<(Format, PathBuf), CliError> {
    use clap::ValueEnum;
    let usage = |message: String| CliError::Usage {
        message,
        help: "write --report FORMAT=FILE, such as --report json=report.json".to_owned(),
    };
    let (name, path) = text.split_once('=').ok_or_else(|| usage(format!("--report {text} names no file")))?;
    if path.is_empty() {
        return Err(usage(format!("--report {text} names no file")));
    }
    let arg = FormatArg::from_str(name, false).map_err(|_| {
        let names: Vec<String> = FormatArg::value_variants()
            .iter()
            .filter_map(|v| Some(v.to_possible_value()?.get_name().to_owned()))
            .collect();
        unknown("format", name, names.iter().map(String::as_str))
    })?;
    Ok((format(arg), PathBuf::from(path)))
}

fn style(args: &OutputArgs) -> Style {
    let verbosity = match (args.quiet, args.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let terminal = std::io::stdout().is_terminal();
    let colour = colour(args.color, terminal);
    let links = if terminal && colour { links() } else { None };
    Style { colour, width: width(), verbosity, links }
}

/// Where links lead, on a terminal that takes them or takes no notice of them.
fn links() -> Option<&'static Links> {
    static LINKS: OnceLock<Option<Links>> = OnceLock::new();
    let term = std::env::var("TERM").unwrap_or_default();
    if matches!(term.as_str(), "" | "dumb" | "linux") {
        return None;
    }
    let make = || {
        let directory = std::env::current_dir().ok()?.into_os_string();
        Some(Links::new(gethostname::gethostname().as_encoded_bytes(), directory.as_encoded_bytes()))
    };
    LINKS.get_or_init(make).as_ref()
}

/// The flag, then NO_COLOR, then CLICOLOR_FORCE, then the terminal.
pub(super) fn colour(flag: ColorArg, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    match flag {
        ColorArg::Always => true,
        ColorArg::Never => false,
        ColorArg::Auto => !set("NO_COLOR") && (forced || terminal),
    }
}

/// Columns of the terminal; 80 where there is none.
pub(super) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or(terminal).unwrap_or(80).clamp(40, 160)
}

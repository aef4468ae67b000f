//! `completions SHELL` and `man`: both made from the command line itself, so
//! neither can fall behind it.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Arg, Command, CommandFactory, ValueEnum};

use super::args::{Cli, FormatArg, ShellArg};
use super::error::CliError;
use super::plan::unknown;
use super::{Exit, print};
use crate::catalog::{Release, service_names};
use crate::rules::RULES;

/// The program's name in shells and manuals.
const NAME: &str = "nova-token-check";

pub(super) fn completions(shell: ShellArg) -> Result<Exit, CliError> {
    print(script(shell).as_bytes())?;
    Ok(Exit::Success)
}

fn script(shell: ShellArg) -> String {
    let mut command = with_names(Cli::command());
    let mut out = Vec::new();
    let kind = match shell {
        ShellArg::Bash => clap_complete::Shell::Bash,
        ShellArg::Zsh => clap_complete::Shell::Zsh,
        ShellArg::Fish => clap_complete::Shell::Fish,
    };
    clap_complete::generate(kind, &mut command, NAME, &mut out);
    let mut text = String::from_utf8_lossy(&out).into_owned();
    // What the generator does not get right for a program of this shape: one with a
    // dash in its name, and with targets where others have a command.
    match shell {
        // The program's dashes are spelt in two ways.
        ShellArg::Bash => {
            text = text.replace(&NAME.replace('-', "__subcmd__"), &NAME.replace('-', "__"));
        }
        ShellArg::Fish => {
            text = targets_for_fish(&text, &command);
            text.push_str(&arguments_for_fish(&command));
        }
        ShellArg::Zsh => text = commands_first_for_zsh(&text, &command),
    }
    text
}

/// A first word may be a target, and an option whose value is not yet there is no
/// error: the options of `check` are offered behind both.
fn targets_for_fish(text: &str, command: &Command) -> String {
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let is_command = format!("if contains -- \"$argv[1]\" {} help\n", names.join(" "));
    text.replacen("2>/dev/null\n    or return\n", "2>/dev/null\n    or return 0\n", 1).replacen(
        "if set -q argv[1]\n",
        &is_command,
        1,
    )
}

/// The generator leaves out what is no option.
fn arguments_for_fish(command: &Command) -> String {
    let mut lines = String::new();
    for sub in command.get_subcommands() {
        for values in sub.get_positionals().map(Arg::get_possible_values).filter(|values| !values.is_empty())
        {
            let values: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            lines.push_str(&format!(
                "complete -c {NAME} -n \"__fish_{}_using_subcommand {}\" -f -a \"{}\"\n",
                NAME.replace('-', "_"),
                sub.get_name(),
                values.join(" ")
            ));
        }
    }
    lines
}

/// The generator takes a command for the second word where targets can be the
/// first. The first word is a command or a file; after a file it is as after `check`.
fn commands_first_for_zsh(text: &str, command: &Command) -> String {
    let Some((before, after)) = text.split_once("'::targets -- ") else { return text.to_owned() };
    let Some((_, after)) = after.split_once('\n') else { return text.to_owned() };
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    let choice = format!("        [[ $line[1] == ({}|help) ]] || line[1]=check\n", names.join("|"));
    let after = after
        .replacen(&format!(":: :_{NAME}_commands"), &format!(":: :{{_{NAME}_commands; _files}}"), 1)
        .replacen("        words=($line[2] ", &format!("{choice}        words=($line[1] "), 1)
        .replacen("$line[2]:\"", "$line[1]:\"", 1)
        .replacen("case $line[2] in", "case $line[1] in", 1);
    format!("{before}{after}")
}

/// The command line with the names that a user may type as values. Only for
/// completions: a name that is not known is refused elsewhere, with a hint.
fn with_names(mut command: Command) -> Command {
    // Until then the commands have no arguments.
    command.build();
    let names: Vec<String> = commands(&command).map(|sub| sub.get_name().to_owned()).collect();
    let with_values = |arg: Arg| with_values(arg, &names);
    command.mut_args(with_values).mut_subcommands(|sub| sub.mut_args(with_values))
}

/// The program's own commands; clap's `help` is one more.
fn commands(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|sub| sub.get_name() != "help")
}

fn with_values(arg: Arg, commands: &[String]) -> Arg {
    let mut values: Vec<String> = match arg.get_id().as_str() {
        "select" | "ignore" | "rule" => RULES.iter().map(|rule| rule.name.to_owned()).collect(),
        "release" => {
            let of_services = service_names().map(|name| format!("{name}="));
            Release::names().chain(of_services).collect()
        }
        "upgrade_to" => Release::names().collect(),
        "report" => FormatArg::value_variants()
            .iter()
            .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
            .map(|name| format!("{name}=report.{}", extension(&name)))
            .collect(),
        "command" => commands.to_vec(),
        _ => return arg,
    };
    // The names of the older series are their codenames.
    values.dedup();
    arg.value_parser(PossibleValuesParser::new(values))
}

/// What a report of this format is usually called.
fn extension(format: &str) -> &str {
    match format {
        "text" => "txt",
        "junit" => "xml",
        "github" => "log",
        "gitlab" => "gitlab.json",
        other => other,
    }
}

/// One page to standard output, or all into a directory.
pub(super) fn man(page: Option<&str>, directory: Option<&Path>) -> Result<Exit, CliError> {
    let pages = pages();
    if let Some(directory) = directory {
        for (name, command) in pages {
            let path = directory.join(format!("{name}.1"));
            let text = render(command)?;
            std::fs::write(&path, text).map_err(|error| write_error(&path, &error))?;
        }
        return Ok(Exit::Success);
    }
    let wanted = page.map_or_else(|| NAME.to_owned(), |page| format!("{NAME}-{page}"));
    let found = pages.into_iter().find(|(name, _)| *name == wanted);
    let (_, command) = found.ok_or_else(|| {
        let names: Vec<String> =
            Cli::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
        unknown("command", page.unwrap_or_default(), names.iter().map(String::as_str))
    })?;
    print(&render(command)?)?;
    Ok(Exit::Success)
}

/// The program and each command, by the names of their pages.
fn pages() -> Vec<(String, Command)> {
    let mut program = Cli::command();
    program.build();
    let mut pages: Vec<(String, Command)> = commands(&program)
        .map(|sub| {
            let name = format!("{NAME}-{}", sub.get_name());
            (name.clone(), sub.clone().display_name(&name))
        })
        .collect();
    pages.insert(0, (NAME.to_owned(), program));
    pages
}

fn render(command: Command) -> Result<Vec<u8>, CliError> {
    let mut out = Vec::new();
    let manual = "OpenStack operator's manual";
    let page = clap_mangen::Man::new(command).manual(manual);
    page.render(&mut out).map_err(|error| write_error(&PathBuf::from("the manual page"), &error))?;
    Ok(with_usual_sections(&String::from_utf8_lossy(&out)).into_bytes())
}

/// The generator puts all that stands below the options into one section, `EXTRA`.
fn with_usual_sections(page: &str) -> String {
    page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n")
        .replace(".SH EXTRA\nExample:\n", ".SH EXAMPLES\n")
        .replace("\nExit codes:\n", "\n.SH \"EXIT STATUS\"\n")
}

fn write_error(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Write { what: path.display().to_string(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Vec<Command> {
        pages().into_iter().map(|(_, command)| command).collect()
    }

    #[test]
    fn every_option_and_argument_is_described_in_help_and_manual() {
        for mut command in commands() {
            let help = command.render_long_help().to_string();
            let page = String::from_utf8(render(command.clone()).unwrap()).unwrap().replace('\\', "");
            for arg in command.get_arguments() {
                let name = command.get_name();
                assert!(arg.get_help().is_some(), "{name}: {} is undocumented", arg.get_id());
                if let Some(long) = arg.get_long() {
                    assert!(help.contains(&format!("--{long}")), "{name} --help lacks --{long}");
                    assert!(page.contains(&format!("--{long}")), "the page of {name} lacks --{long}");
                }
                for value in arg.get_possible_values().iter().filter(|_| arg.get_action().takes_values()) {
                    assert!(value.get_help().is_some(), "{name}: {} is undocumented", value.get_name());
                }
            }
            assert!(!page.contains("EXTRA"), "the page of {} has a section EXTRA", command.get_name());
            for sub in command.get_subcommands() {
                assert!(sub.get_about().is_some(), "{} is undocumented", sub.get_name());
            }
        }
    }

    #[test]
    fn completions_know_rules_releases_and_formats() {
        let text = script(ShellArg::Bash);
        for word in ["role-not-accepted", "epoxy", "2025.1", "sarif=report.sarif", "--upgrade-to", "nova="] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn what_the_generator_gets_wrong_is_mended() {
        let zsh = script(ShellArg::Zsh);
        assert!(zsh.contains("[[ $line[1] == (check|show|merge|") && !zsh.contains("$line[2]"), "{zsh}");
        assert!(zsh.contains("\":: :{_nova-token-check_commands; _files}\""), "{zsh}");
        let fish = script(ShellArg::Fish);
        assert!(fish.contains("2>/dev/null\n    or return 0\n"), "{fish}");
        assert!(fish.contains("if contains -- \"$argv[1]\" check show"), "{fish}");
        assert!(fish.contains("using_subcommand completions\" -f -a \"bash zsh fish\""), "{fish}");
        let bash = script(ShellArg::Bash);
        assert!(!bash.contains("nova__subcmd__token"), "{bash}");
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}

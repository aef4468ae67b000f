//! The command line: arguments in, output out, and how the run ended. The only
//! place that looks at the environment and the terminal.

mod args;
mod check;
mod error;
mod explain;
mod merge;
mod output;
mod plan;
mod preview;
mod progress;
mod releases;
mod services;
mod settings;
mod shell;
mod show;
mod unchecked;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::{self, Write};

use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};

use args::{Cli, Command};
pub use error::CliError;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing at or above the bar.
    Success,
    /// Findings at or above the bar.
    Findings,
    /// The work could not be done.
    Failed,
    /// A live check could not be completed.
    Incomplete,
}

impl Exit {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Failed => 2,
            Self::Incomplete => 3,
        }
    }
}

/// Runs the program. Data goes to standard output, all else to standard error;
/// the last line there says why a run could not do its work.
pub fn run(arguments: impl Iterator<Item = OsString>) -> Exit {
    let parsed = Cli::command().try_get_matches_from(arguments);
    let (cli, matches) = match parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches))) {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version are no errors; a closed pipe is none either.
            let _ = error.print();
            return if error.use_stderr() { Exit::Failed } else { Exit::Success };
        }
    };
    // Each report is told whether it has colours; the library must not ask the
    // environment once more.
    colored::control::set_override(true);
    let outcome = match cli.command {
        None => check::run(cli.check, &typed(&matches)),
        Some(Command::Check(args)) => {
            check::run(*args, &typed(matches.subcommand_matches("check").unwrap_or(&matches)))
        }
        Some(Command::Show(args)) => {
            show::run(args, &typed(matches.subcommand_matches("show").unwrap_or(&matches)))
        }
        Some(Command::Merge(args)) => merge::run(&args),
        Some(Command::Explain { rule }) => explain::explain(&rule),
        Some(Command::Rules { format }) => explain::rules(format),
        Some(Command::Completions { shell }) => shell::completions(shell),
        Some(Command::Man { command, directory }) => shell::man(command.as_deref(), directory.as_deref()),
    };
    outcome.unwrap_or_else(|error| {
        complain(&error);
        Exit::Failed
    })
}

/// Which arguments were typed, by id; the others are at their defaults.
fn typed(matches: &ArgMatches) -> HashSet<String> {
    let is_typed = |id: &clap::Id| matches.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    matches.ids().filter(|id| is_typed(id)).map(|id| id.as_str().to_owned()).collect()
}

/// Writes an error and its help to standard error.
fn complain(error: &CliError) {
    let mut text = String::new();
    if let Some(help) = error.help() {
        text = format!("hint: {}\n", crate::config::printable(&help));
    }
    text.push_str(&format!("nova-token-check: {}\n", crate::config::printable(&error.to_string())));
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes data to standard output. A reader that has gone away is success.
fn print(data: &[u8]) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    match out.write_all(data).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::Write { what: "standard output".to_owned(), reason: error.to_string() })
        }
        _ => Ok(()),
    }
}

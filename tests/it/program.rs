//! The program itself, started as a user starts it, but with nothing of this
//! shell's environment.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// The program in a directory, with 80 columns and no other variable.
pub(crate) fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nova-token-check"));
    command.current_dir(directory).env_clear().env("COLUMNS", "80");
    command
}

/// Runs it to its end.
pub(crate) fn run<A: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = A>) -> Run {
    Run::of(&program(directory).args(arguments).output().unwrap())
}

/// How a run ended and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }
}

/// Whether files with expected text are to be written anew.
pub(crate) fn updating() -> bool {
    std::env::var_os("UPDATE_EXPECTED").is_some_and(|value| !value.is_empty() && value != "0")
}

/// Compares a text with the file it is kept in, or writes it there. `Err` says
/// where they part.
pub(crate) fn compare(path: &Path, found: &str) -> Result<(), String> {
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    if expected == found {
        return Ok(());
    }
    if updating() {
        std::fs::write(path, found).unwrap();
        return Ok(());
    }
    let at = expected.lines().zip(found.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(at).unwrap_or("(the end)").to_owned();
    Err(format!(
        "{}:{}: expected {:?}, found {:?} (UPDATE_EXPECTED=1 writes what is found)",
        path.display(),
        at + 1,
        line(&expected),
        line(found)
    ))
}

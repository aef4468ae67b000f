//! What becomes of a finished report: standard output, files, and the exit.

use std::io::Write;
use std::path::Path;

use super::error::CliError;
use super::plan::Output;
use super::{Exit, print};
use crate::findings::{self, FailOn, Status};
use crate::report::{self, Format, Report, Style};
use crate::text::plural;

/// Writes the report in each of its formats. Standard output comes last: a machine
/// format is there or nothing is.
pub(super) fn write(report: &Report, output: &Output) -> Result<(), CliError> {
    let render = |format: Format, style: Style| {
        let mut data = Vec::new();
        let written = format.write(report, style, &mut data);
        written
            .map(|()| data)
            .map_err(|error| CliError::Write { what: "the report".to_owned(), reason: error.to_string() })
    };
    for (format, path) in &output.reports {
        let style = Style { colour: false, width: 80, links: None, ..output.style };
        save(path, &render(*format, style)?)?;
    }
    print(&render(output.format, output.style)?)?;
    say_what_a_diff_leaves_out(report, output);
    Ok(())
}

/// Writes a file whole or not at all.
pub(super) fn save(path: &Path, data: &[u8]) -> Result<(), CliError> {
    replace(path, data)
        .map_err(|error| CliError::Write { what: path.display().to_string(), reason: error.to_string() })
}

/// Beside its place first, then moved there.
fn replace(path: &Path, data: &[u8]) -> std::io::Result<()> {
    if path.exists() && !path.is_file() {
        // A device or pipe, such as /dev/stderr, cannot be replaced.
        return std::fs::write(path, data);
    }
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    // A report is for others to read, as far as the user's umask lets them.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(directory.unwrap_or_else(|| Path::new(".")))?;
    file.write_all(data)?;
    file.as_file().sync_all()?;
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

/// A patch that holds less than the reader thinks would be a trap.
fn say_what_a_diff_leaves_out(report: &Report, output: &Output) {
    let formats = output.reports.iter().map(|(format, _)| *format).chain([output.format]);
    if formats.into_iter().any(|format| format == Format::Diff) {
        let lines = report::left_out(report).into_iter().map(|line| format!("nova-token-check: {line}\n"));
        let _ = std::io::stderr().write_all(lines.collect::<String>().as_bytes());
    }
}

/// How the run ended; for code 3 the last line on standard error says why.
pub(super) fn end(report: &Report, fail_on: FailOn) -> Exit {
    match findings::status(&report.findings, report.facts.incomplete(), fail_on) {
        Status::Clean => Exit::Success,
        Status::Findings => Exit::Findings,
        Status::Incomplete => {
            let count = report.findings.iter().filter(|f| f.rule == "keystone-unreachable").count().max(1);
            let line = format!(
                "nova-token-check: {} could not be completed, since Keystone was not reached\n",
                plural(count, "live check")
            );
            let _ = std::io::stderr().write_all(line.as_bytes());
            Exit::Incomplete
        }
    }
}

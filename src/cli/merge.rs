//! `merge`: JSON reports of many hosts into one report.

use std::io::Read;
use std::path::Path;

use super::Exit;
use super::args::{FormatArg, MergeArgs};
use super::error::CliError;
use super::output::{end, write};
use super::plan::{self, Output};
use crate::report::{self, Report};

/// A larger report (bytes) is not read.
const MAX_REPORT: u64 = 512 << 20;

pub(super) fn run(args: &MergeArgs) -> Result<Exit, CliError> {
    let output = output(args)?;
    let mut reports: Vec<Report> = Vec::new();
    let mut seen: Vec<(String, String)> = Vec::new();
    for path in &args.reports {
        let report = read(path)?;
        let whose = (report.host.clone(), report.generated_at.clone());
        if seen.contains(&whose) {
            return Err(CliError::Usage {
                message: format!("{path}: a report of {} of {} was given already", whose.0, whose.1),
                help: "give each report once".to_owned(),
            });
        }
        seen.push(whose);
        reports.push(report);
    }
    let now = jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let Some(merged) = report::merge(reports, now) else { return Ok(Exit::Success) };
    write(&merged, &output)?;
    Ok(end(&merged, output.fail_on))
}

fn output(args: &MergeArgs) -> Result<Output, CliError> {
    let mut output = plan::output(&args.output)?;
    // The files are other hosts'.
    output.style.links = None;
    let is_diff = |format: report::Format| format == report::Format::Diff;
    if args.output.format == FormatArg::Diff || output.reports.iter().any(|(format, _)| is_diff(*format)) {
        return Err(CliError::Usage {
            message: "merge has no diff: a report does not hold the files".to_owned(),
            help: "run check --format diff where the files are".to_owned(),
        });
    }
    Ok(output)
}

fn read(path: &str) -> Result<Report, CliError> {
    let usage = |message: String, help: &str| CliError::Usage {
        message: format!("{path}: {message}"),
        help: help.to_owned(),
    };
    let bytes = bytes(path).map_err(|error| usage(error.to_string(), "give JSON reports of check"))?;
    if bytes.len() as u64 > MAX_REPORT {
        return Err(usage(format!("larger than {} MiB", MAX_REPORT >> 20), "give JSON reports of check"));
    }
    report::read(&bytes).map_err(|error| usage(error.to_string(), error.help()))
}

fn bytes(path: &str) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_REPORT + 1;
    if path == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(Path::new(path))?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

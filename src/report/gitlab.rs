//! GitLab's code quality report: a list of findings, each with a fingerprint
//! that stays the same when lines move, so that a merge request shows what it
//! brings and what it mends.

use std::io::{self, Write};

use serde::Serialize;

use super::anchor::{self, Anchors, shown};
use super::escape::clean_lines;
use super::{Report, write_json};
use crate::findings::{Finding, Severity};

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location<'r>,
}

#[derive(Serialize)]
struct Location<'r> {
    path: &'r str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut anchors = Anchors::new(report);
    let counted = report.findings.iter().filter(|finding| finding.suppression.is_none());
    let issues: Vec<Issue<'_>> = counted.map(|finding| issue(finding, &mut anchors)).collect();
    write_json(&issues, out)
}

fn issue<'r>(finding: &'r Finding, anchors: &mut Anchors<'r>) -> Issue<'r> {
    // GitLab wants a path and a line for everything.
    let (path, line) = shown(anchors.file(finding).unwrap_or("."), finding);
    let help = finding.help.iter().map(|help| format!(". Help: {help}"));
    Issue {
        description: clean_lines(&format!("{}{}", anchor::message(finding), help.collect::<String>())),
        check_name: finding.rule,
        fingerprint: anchors.unique(finding),
        severity: match finding.severity {
            Severity::Error => "critical",
            Severity::Warning => "major",
            Severity::Note => "info",
        },
        location: Location {
            path: if path.is_empty() { "." } else { path },
            lines: Lines { begin: line.unwrap_or(1) },
        },
    }
}

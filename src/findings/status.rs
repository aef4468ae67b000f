//! Counting findings, and whether they make the run fail.

use super::finding::{Finding, Severity};

/// How many findings of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Errors that count.
    pub errors: usize,
    /// Warnings that count.
    pub warnings: usize,
    /// Notes that count.
    pub notes: usize,
    /// Findings that do not count.
    pub suppressed: usize,
}

/// The lowest severity that makes a run fail (`--fail-on`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// From this severity on.
    Severity(Severity),
    /// Never.
    Never,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Nothing at or above the bar.
    Clean,
    /// Findings at or above the bar.
    Findings,
    /// No such finding, but a live check could not be completed.
    Incomplete,
}

/// Counts findings.
pub fn count(findings: &[Finding]) -> Counts {
    let mut counts = Counts::default();
    for finding in findings {
        let place = match (&finding.suppression, finding.severity) {
            (Some(_), _) => &mut counts.suppressed,
            (None, Severity::Error) => &mut counts.errors,
            (None, Severity::Warning) => &mut counts.warnings,
            (None, Severity::Note) => &mut counts.notes,
        };
        *place += 1;
    }
    counts
}

/// The status of a run with these findings.
pub fn status(findings: &[Finding], incomplete: bool, fail_on: FailOn) -> Status {
    let fails = |finding: &Finding| match fail_on {
        FailOn::Severity(bar) => finding.suppression.is_none() && finding.severity >= bar,
        FailOn::Never => false,
    };
    if findings.iter().any(fails) {
        Status::Findings
    } else if incomplete {
        Status::Incomplete
    } else {
        Status::Clean
    }
}

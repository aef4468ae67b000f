//! The finished report and its formats: one file per format, one signature, all
//! from the same [`Report`]. Nothing is decided here.

mod json;
mod matrix;
pub mod show;
mod snippet;
mod text;
mod upgrade;

use std::io::{self, Write};

pub use show::ShowOptions;

use crate::catalog::Release;
use crate::facts::Facts;
use crate::findings::{Counts, Finding};
use crate::trust::{Matrix, Upgrade};

/// Everything a run found out.
#[derive(Debug)]
pub struct Report {
    /// When it was made, in UTC.
    pub generated_at: String,
    /// The host it was made on.
    pub host: String,
    /// The release in force where no other is given for a service.
    pub release: &'static Release,
    /// How the release is known.
    pub release_from: ReleaseFrom,
    /// Services and logins.
    pub facts: Facts,
    /// Verdicts.
    pub matrix: Matrix,
    /// The comparison with another release, if one was asked for.
    pub upgrade: Option<Upgrade>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub not_checked: Vec<NotChecked>,
    /// How many findings of each severity.
    pub counts: Counts,
    /// Files read.
    pub files: usize,
}

/// How the release in force is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseFrom {
    /// By `--release`.
    Flag,
    /// It is the one before the upgrade's target, or else the newest known.
    Assumed,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotChecked {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// The flag or target that would check it.
    pub how: String,
}

/// How to write a report for a person.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Whether colours are used.
    pub colour: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// How much is said.
    pub verbosity: Verbosity,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The answer and the errors.
    Quiet,
    /// Everything that matters.
    Normal,
    /// Everything.
    Verbose,
}

/// A format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// For a program.
    Json,
}

impl Format {
    /// Writes the report.
    ///
    /// # Errors
    ///
    /// The output cannot be written.
    pub fn write(self, report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Text => text::write(report, style, out),
            Self::Json => json::write(report, out),
        }
    }
}

impl ReleaseFrom {
    fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Assumed => "assumed",
        }
    }
}

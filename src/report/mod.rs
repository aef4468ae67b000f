//! The finished report and its formats: one file per format, one signature, all
//! from the same [`Report`]. Nothing is decided here.

mod anchor;
mod answer;
mod crowd;
mod cures;
mod diff;
mod escape;
mod github;
mod gitlab;
mod grid;
mod html;
mod json;
mod junit;
mod link;
mod matrix;
mod merge;
mod outline;
mod probed;
mod read;
mod release;
#[cfg(test)]
mod sample;
mod sarif;
mod sarif_shape;
mod service;
pub mod show;
mod snippet;
#[cfg(test)]
mod tests;
mod text;
mod upgrade;

use std::io::{self, Write};

pub use link::Links;
pub use merge::merge;
pub use outline::Outline;
pub use read::{ReadReportError, read};
use serde::{Deserialize, Serialize};
pub use show::ShowOptions;

use crate::catalog::Release;
use crate::findings::{Counts, Finding};
use crate::rules::Rule;
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
    pub facts: Outline,
    /// Verdicts.
    pub matrix: Matrix,
    /// The comparison with another release, if one was asked for.
    pub upgrade: Option<Upgrade>,
    /// The rules that ran.
    pub rules_run: Vec<&'static Rule>,
    /// Findings, worst first.
    pub findings: Vec<Finding>,
    /// What was not looked at.
    pub not_checked: Vec<NotChecked>,
    /// How many findings of each severity.
    pub counts: Counts,
    /// Files read.
    pub files: usize,
    /// The reports that it was made of, if it is one of several hosts.
    pub merged: Vec<Merged>,
}

/// A report that became a part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The host it was made on; a second report of that is told apart.
    pub host: String,
    /// When it was made, in UTC.
    pub generated_at: String,
}

/// How the release in force is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseFrom {
    /// By `--release`.
    Flag,
    /// Its packages were found where the services' files were.
    Installed,
    /// It is the one before the upgrade's target, or else the newest known.
    Assumed,
}

/// Something that was not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Where the files are, if their names are to be links.
    pub links: Option<&'static Links>,
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
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// A page that stands by itself.
    Html,
    /// A unified diff of what can be mended without a decision.
    Diff,
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
            Self::Sarif => sarif::write(report, out),
            Self::Junit => junit::write(report, out),
            Self::Github => github::write(report, out),
            Self::Gitlab => gitlab::write(report, out),
            Self::Html => html::write(report, out),
            Self::Diff => diff::write(report, out),
        }
    }
}

/// What a diff leaves out although it could be mended, each a line for a person.
pub fn left_out(report: &Report) -> Vec<String> {
    diff::left_out(report)
}

/// Writes JSON that is safe to look at in a terminal.
fn write_json(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    out.write_all(escape::json(&text).as_bytes())?;
    out.write_all(b"\n")
}

impl ReleaseFrom {
    fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Installed => "installed",
            Self::Assumed => "assumed",
        }
    }
}

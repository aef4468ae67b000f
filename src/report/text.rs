//! The report for a person: the answer first, then what is wrong, worst first,
//! then who trusts whom, then what was not looked at.

use std::fmt::Write as _;
use std::io::{self, Write};

use colored::Colorize;

use super::answer::{self, Tone};
use super::escape::clean;
use super::snippet::{brief, full, paint, wrap};
use super::{ReleaseFrom, Report, Style, Verbosity, matrix, upgrade};
use crate::findings::{Finding, Severity};
use crate::text::plural;
use crate::trust::Verdict;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "{}", headline(report, style));
    findings(report, style, &mut text);
    if style.verbosity > Verbosity::Quiet {
        trust(report, style, &mut text);
        if let Some(compared) = &report.upgrade {
            text.push_str(&upgrade::section(report, compared, style));
        }
        not_checked(report, style, &mut text);
        summary(report, style, &mut text);
    }
    out.write_all(text.as_bytes())
}

/// The first line.
fn headline(report: &Report, style: Style) -> String {
    let (text, tone) = answer::answer(report);
    let text = wrap(style, &clean(&text), "", "  ");
    paint(style, &text, |s| match tone {
        Tone::Good => s.green().bold(),
        Tone::Bad => s.red().bold(),
        Tone::Unsure => s.yellow().bold(),
    })
}

fn findings(report: &Report, style: Style, text: &mut String) {
    let counted = report.findings.iter().filter(|finding| finding.suppression.is_none());
    let (notes, serious): (Vec<&Finding>, Vec<&Finding>) =
        counted.partition(|finding| finding.severity == Severity::Note);
    for finding in serious {
        if style.verbosity == Verbosity::Quiet && finding.severity != Severity::Error {
            continue;
        }
        text.push('\n');
        text.push_str(&full(finding, style));
    }
    if style.verbosity == Verbosity::Quiet || notes.is_empty() {
        return;
    }
    text.push('\n');
    for finding in notes {
        text.push_str(&if style.verbosity == Verbosity::Verbose {
            full(finding, style)
        } else {
            brief(finding, style)
        });
    }
}

fn trust(report: &Report, style: Style, text: &mut String) {
    let table = matrix::table(report, style);
    if table.is_empty() {
        return;
    }
    let _ = writeln!(
        text,
        "\n{}",
        paint(style, "What each receiver does with the service token of", colored::Colorize::bold)
    );
    text.push_str(&table);
    if table.contains("-api*") {
        text.push_str("* the API process adds the token of its [keystone_authtoken] login by itself\n");
    }
    let shown = report
        .matrix
        .rows
        .iter()
        .filter(|row| row.used != Some(false) || style.verbosity == Verbosity::Verbose);
    let mut reasons: Vec<&str> = Vec::new();
    for row in
        shown.filter(|row| style.verbosity == Verbosity::Verbose || row.judgement.verdict == Verdict::Unknown)
    {
        if !reasons.contains(&row.judgement.reason.as_str()) {
            reasons.push(&row.judgement.reason);
        }
    }
    for reason in reasons {
        let _ = writeln!(text, "{}", wrap(style, &clean(reason), "  ", "    "));
    }
}

fn not_checked(report: &Report, style: Style, text: &mut String) {
    if report.not_checked.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(style, "Not checked", colored::Colorize::bold));
    for item in &report.not_checked {
        let line = format!("{}: {}; {}", item.what, item.why, item.how);
        let _ = writeln!(text, "{}", wrap(style, &clean(&line), "- ", "  "));
    }
}

fn summary(report: &Report, style: Style, text: &mut String) {
    let release = match report.release_from {
        ReleaseFrom::Flag => report.release.id.to_owned(),
        ReleaseFrom::Assumed if report.upgrade.is_some() => {
            format!("{} (assumed, the one before; --release tells)", report.release.id)
        }
        ReleaseFrom::Assumed => {
            format!("{} (assumed, the newest known; --release tells)", report.release.id)
        }
    };
    let line = format!(
        "{} in {}, {}, {}; release {release}",
        answer::counts(report),
        plural(report.facts.services.len(), "service"),
        plural(report.files, "file"),
        plural(report.facts.logins, "login"),
    );
    let _ = writeln!(text, "\n{}", paint(style, &wrap(style, &line, "", "  "), colored::Colorize::dimmed));
}

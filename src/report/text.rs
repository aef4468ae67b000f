//! The report for a person: the answer first, then what is wrong, worst first,
//! then who trusts whom, then what was not looked at.

use std::fmt::Write as _;
use std::io::{self, Write};

use colored::Colorize;

use super::snippet::{brief, full, paint, wrap};
use super::{ReleaseFrom, Report, Style, Verbosity, matrix, upgrade};
use crate::findings::{Finding, Severity};
use crate::text::plural;
use crate::trust::{Row, Verdict};

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "{}", answer(report, style));
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
fn answer(report: &Report, style: Style) -> String {
    let (text, good) = match &report.upgrade {
        Some(compared) => upgrade::answer(report, compared),
        None => verdict_line(report),
    };
    let text = wrap(style, &text, "", "  ");
    paint(style, &text, |s| {
        if good == Some(true) {
            s.green().bold()
        } else if good == Some(false) {
            s.red().bold()
        } else {
            s.yellow().bold()
        }
    })
}

fn verdict_line(report: &Report) -> (String, Option<bool>) {
    let counts = report.counts;
    let used: Vec<&Row> = report.matrix.rows.iter().filter(|row| row.used != Some(false)).collect();
    let with = |verdict: Verdict| {
        used.iter().filter(|row| row.judgement.verdict == verdict).copied().collect::<Vec<_>>()
    };
    if counts.errors > 0 {
        let bad: Vec<&Row> = [Verdict::Broken, Verdict::Rejected, Verdict::NotSent, Verdict::Ignored]
            .into_iter()
            .flat_map(&with)
            .collect();
        let which = bad.first().map_or_else(String::new, |row| format!(" ({})", sentence(row)));
        return (
            format!("Service tokens will not work: {}{which}", plural(counts.errors, "error")),
            Some(false),
        );
    }
    if report.facts.incomplete() {
        return ("Could not be checked: Keystone was not reached for every login".to_owned(), None);
    }
    if !with(Verdict::Unknown).is_empty() || used.is_empty() {
        let why =
            if report.facts.live { "some verdicts are unknown" } else { "offline, so no login was tried" };
        let found = if counts.warnings > 0 {
            plural(counts.warnings, "warning")
        } else {
            "No errors found".to_owned()
        };
        return (format!("{found}; {why}"), if counts.warnings > 0 { None } else { Some(true) });
    }
    if counts.warnings > 0 {
        return (format!("Service tokens work, with {}", plural(counts.warnings, "warning")), None);
    }
    ("Service tokens work: every receiver that is called trusts them".to_owned(), Some(true))
}

/// A row in a few words, for the first line.
fn sentence(row: &Row) -> String {
    let (sender, receiver) = (&row.sender_name, &row.receiver_name);
    match row.judgement.verdict {
        Verdict::Broken => format!("calls from {sender} to {receiver} fail"),
        Verdict::Rejected => format!("{receiver} rejects {sender}'s token"),
        Verdict::Ignored => format!("{receiver} ignores {sender}'s token"),
        Verdict::NotSent => format!("{sender} sends no token to {receiver}"),
        Verdict::Unknown => format!("{receiver} is unknown"),
        Verdict::Trusted => format!("{receiver} trusts {sender}"),
    }
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
        let _ = writeln!(text, "{}", wrap(style, reason, "  ", "    "));
    }
}

fn not_checked(report: &Report, style: Style, text: &mut String) {
    if report.not_checked.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(style, "Not checked", colored::Colorize::bold));
    for item in &report.not_checked {
        let line = format!("{}: {}; {}", item.what, item.why, item.how);
        let _ = writeln!(text, "{}", wrap(style, &line, "- ", "  "));
    }
}

fn summary(report: &Report, style: Style, text: &mut String) {
    let counts = report.counts;
    let mut found = vec![
        plural(counts.errors, "error"),
        plural(counts.warnings, "warning"),
        plural(counts.notes, "note"),
    ];
    if counts.suppressed > 0 {
        found.push(format!("{} suppressed", counts.suppressed));
    }
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
        found.join(", "),
        plural(report.facts.services.len(), "service"),
        plural(report.files, "file"),
        plural(report.facts.logins, "login"),
    );
    let _ = writeln!(text, "\n{}", paint(style, &wrap(style, &line, "", "  "), colored::Colorize::dimmed));
}

//! The report for a person: the answer first, then what is wrong, worst first,
//! then who trusts whom, then what was not looked at.

use std::fmt::Write as _;
use std::io::{self, Write};

use colored::Colorize;

use super::answer::{self, Tone};
use super::escape::clean;
use super::release::release;
use super::snippet::{brief, full, paint, wrap};
use super::{Report, Style, Verbosity, crowd, cures, diff, matrix, probed, upgrade};
use crate::findings::{Finding, Severity};
use crate::text::plural;
use crate::trust::Verdict;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    let _ = writeln!(text, "{}", headline(report, style));
    if let Some(compared) = report.upgrade.as_ref().filter(|_| style.verbosity > Verbosity::Quiet) {
        text.push_str(&upgrade::section(report, compared, style));
    }
    findings(report, style, &mut text);
    if style.verbosity > Verbosity::Quiet {
        trust(report, style, &mut text);
        probed(report, style, &mut text);
        cures(report, style, &mut text);
        patch(report, style, &mut text);
        not_checked(report, style, &mut text);
        requests(report, style, &mut text);
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
    let quiet = style.verbosity == Verbosity::Quiet;
    let serious: Vec<&Finding> =
        serious.into_iter().filter(|finding| !quiet || finding.severity == Severity::Error).collect();
    for group in crowd::groups(&serious, style) {
        for finding in &group.shown {
            text.push('\n');
            text.push_str(&full(finding, style));
        }
        rest(group.rest(), style, text);
    }
    if quiet || notes.is_empty() {
        return;
    }
    text.push('\n');
    let one = if style.verbosity == Verbosity::Verbose { full } else { brief };
    for group in crowd::groups(&notes, style) {
        group.shown.iter().for_each(|note| text.push_str(&one(note, style)));
        rest(group.rest(), style, text);
    }
}

/// The line about what is not shown.
fn rest(line: Option<String>, style: Style, text: &mut String) {
    if let Some(line) = line {
        let line = wrap(style, &clean(&line), "", "  ");
        let _ = writeln!(text, "{}", paint(style, &line, colored::Colorize::dimmed));
    }
}

fn trust(report: &Report, style: Style, text: &mut String) {
    let table = matrix::table(report, style);
    if table.is_empty() {
        return;
    }
    let title = wrap(style, "What each receiver does with the service token of", "", "");
    let _ = writeln!(text, "\n{}", paint(style, &title, colored::Colorize::bold));
    text.push_str(&table);
    if table.contains("-api*") {
        let note = "* the API process adds the token of its [keystone_authtoken] login by itself";
        let _ = writeln!(text, "{}", wrap(style, note, "", "  "));
    }
    if table.contains(" +") && !report.merged.is_empty() {
        let note = "+1, +2, …: so many more hosts with the same verdicts";
        let _ = writeln!(text, "{}", wrap(style, note, "", "  "));
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
    let (reasons, more) = crowd::first(reasons, style);
    for reason in reasons {
        let _ = writeln!(text, "{}", wrap(style, &clean(reason), "  ", "    "));
    }
    rest(more.map(|more| format!("  {more}")), style, text);
}

/// What the running services say, whatever their files do.
fn probed(report: &Report, style: Style, text: &mut String) {
    let lines = probed::lines(report);
    if lines.is_empty() {
        return;
    }
    let title = wrap(style, "What the running services did with it", "", "");
    let _ = writeln!(text, "\n{}", paint(style, &title, colored::Colorize::bold));
    let (lines, more) = crowd::first(lines, style);
    for line in lines {
        let _ = writeln!(text, "{}", wrap(style, &clean(&line), "  ", "    "));
    }
    rest(more.map(|more| format!("  {more}")), style, text);
}

/// Each on one line, so that they can be pasted whatever the width.
fn cures(report: &Report, style: Style, text: &mut String) {
    let commands = cures::commands(report);
    if commands.is_empty() {
        return;
    }
    let title = "Commands that mend the findings above";
    let _ = writeln!(text, "\n{}", paint(style, title, colored::Colorize::bold));
    for command in commands {
        let _ = writeln!(text, "{command}");
    }
}

/// That some of it need not be typed.
fn patch(report: &Report, style: Style, text: &mut String) {
    let count = diff::count(report);
    if count > 0 {
        let line = format!("--format diff writes a patch that mends {}", plural(count, "finding"));
        let _ = writeln!(text, "\n{}", wrap(style, &line, "", "  "));
    }
}

fn not_checked(report: &Report, style: Style, text: &mut String) {
    if report.not_checked.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(style, "Not checked", colored::Colorize::bold));
    let (items, more) = crowd::first(report.not_checked.iter().collect(), style);
    for item in items {
        let line = format!("{}: {}; {}", item.what, item.why, item.how);
        let _ = writeln!(text, "{}", wrap(style, &clean(&line), "- ", "  "));
    }
    rest(more.map(|more| format!("- {more}")), style, text);
}

/// Every request that went out, for those who want to know exactly.
fn requests(report: &Report, style: Style, text: &mut String) {
    if style.verbosity < Verbosity::Verbose || report.facts.sent.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", paint(style, "Requests sent", colored::Colorize::bold));
    for sent in &report.facts.sent {
        let line = format!("{}: {}", sent.request, sent.outcome());
        let _ = writeln!(text, "{}", wrap(style, &clean(&line), "- ", "  "));
    }
}

fn summary(report: &Report, style: Style, text: &mut String) {
    let line = format!(
        "{} in {}, {}, {}; release {}",
        answer::counts(report),
        plural(report.facts.services.len(), "service"),
        plural(report.files, "file"),
        plural(report.facts.logins, "login"),
        release(report),
    );
    let line = wrap(style, &clean(&line), "", "  ");
    let _ = writeln!(text, "\n{}", paint(style, &line, colored::Colorize::dimmed));
}

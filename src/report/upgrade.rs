//! The comparison of two releases, for a person.

use std::fmt::Write as _;

use super::answer::{Tone, errors_beside, whose};
use super::crowd::{self, some};
use super::escape::clean;
use super::snippet::{paint, wrap};
use super::{Report, Style};
use crate::text::plural;
use crate::trust::{OptionChange, TrustChange, Upgrade, Verdict};

/// The first line of an upgrade report, and how it is to be taken.
pub(super) fn answer(report: &Report, upgrade: &Upgrade) -> (String, Tone) {
    let to = upgrade.to.id;
    let worse: Vec<&TrustChange> = serious(upgrade);
    if let Some(first) = worse.first() {
        let what = format!(
            "{} of {} becomes {} at {}",
            first.section,
            first.sender_name,
            first.after.name(),
            first.receiver_name
        );
        return (format!("The upgrade to {to} will break service tokens: {what}"), Tone::Bad);
    }
    let beside = errors_beside(report);
    let later = format!("under {to}: ");
    if let Some(first) = beside.iter().find(|finding| finding.message.starts_with(&later)) {
        return (
            format!("The upgrade to {to} will break calls to other services: {}", whose(first)),
            Tone::Bad,
        );
    }
    if report.counts.errors > 0 && report.counts.errors == beside.len() {
        let which = beside.first().map_or_else(String::new, |finding| whose(finding));
        let errors = plural(beside.len(), "error");
        let text =
            format!("Mend {errors} before the upgrade to {to}: other calls do not work as it is ({which})");
        return (text, Tone::Bad);
    }
    if report.counts.errors > 0 {
        return (
            format!(
                "Mend {} before the upgrade to {to}: service tokens do not work as it is",
                plural(report.counts.errors, "error")
            ),
            Tone::Bad,
        );
    }
    let unknown = report
        .matrix
        .rows
        .iter()
        .any(|row| row.used != Some(false) && row.judgement.verdict == Verdict::Unknown);
    if unknown || report.matrix.rows.is_empty() {
        let why = if report.facts.live {
            "a login could not be tried"
        } else {
            "offline, the roles really granted are not known"
        };
        return (format!("Not known whether the upgrade to {to} is safe: {why}"), Tone::Unsure);
    }
    let rests_on = if report.facts.live { "for service tokens" } else { "with the roles assumed" };
    if upgrade.steps().is_empty() {
        (format!("The upgrade to {to} is safe {rests_on}: no verdict changes"), Tone::Good)
    } else {
        (format!("The upgrade to {to} is safe {rests_on} after the steps below"), Tone::Good)
    }
}

fn serious(upgrade: &Upgrade) -> Vec<&TrustChange> {
    let mut worse: Vec<&TrustChange> =
        upgrade.trust.iter().filter(|change| change.used != Some(false) && change.is_worse()).collect();
    worse.sort_by_key(|change| change.after);
    worse
}

/// The comparison as sentences.
pub(super) struct Lines {
    pub(super) title: String,
    pub(super) verdicts: Vec<String>,
    pub(super) options: Vec<String>,
    pub(super) changes: Vec<String>,
    pub(super) steps: Vec<String>,
}

/// What the comparison says, each a line that is safe to show.
pub(super) fn lines(report: &Report, upgrade: &Upgrade) -> Lines {
    let option = |(change, services): (&OptionChange, Vec<&str>)| {
        let (section, option, detail) = (change.section, &change.option, &change.detail);
        let (services, kind) = (some(&services), change.kind.name());
        clean(&format!("[{section}] {option} of {services}: {kind}; {detail}"))
    };
    let changes = upgrade.changes.iter();
    // What is called comes first, and of that the worst.
    let mut verdicts: Vec<&TrustChange> = upgrade.trust.iter().collect();
    verdicts.sort_by_key(|change| (change.used == Some(false), change.after));
    Lines {
        title: format!("Upgrade from {} to {}", upgrade.from.id, upgrade.to.id),
        verdicts: verdicts.into_iter().map(|change| clean(&trust_line(change))).collect(),
        options: merged(report, &upgrade.options).into_iter().map(option).collect(),
        changes: changes.map(|c| clean(&format!("{}: {} ({})", c.release, c.what, c.source))).collect(),
        steps: upgrade.steps().iter().map(|(step, release)| format!("{step} ({release})")).collect(),
    }
}

/// The section of the text report about the upgrade.
pub(super) fn section(report: &Report, upgrade: &Upgrade, style: Style) -> String {
    let lines = lines(report, upgrade);
    let mut out = format!("\n{}\n", paint(style, &lines.title, colored::Colorize::bold));
    if lines.verdicts.is_empty() {
        out.push_str("- no verdict changes\n");
    }
    for kind in [lines.verdicts, lines.options, lines.changes] {
        let (shown, more) = crowd::first(kind, style);
        for line in shown.iter().chain(&more) {
            let _ = writeln!(out, "{}", wrap(style, line, "- ", "  "));
        }
    }
    if !lines.steps.is_empty() {
        let _ = writeln!(out, "{}", paint(style, "Before the upgrade", colored::Colorize::bold));
    }
    for (index, step) in lines.steps.iter().enumerate() {
        let _ = writeln!(out, "{}", wrap(style, step, &format!("{}. ", index + 1), "   "));
    }
    out
}

fn trust_line(change: &TrustChange) -> String {
    let unused = if change.used == Some(false) { " (not called)" } else { "" };
    format!(
        "{} [{}] at {}{unused}: {} becomes {}: {}",
        change.sender_name,
        change.section,
        change.receiver_name,
        change.before.name(),
        change.after.name(),
        change.reason
    )
}

/// Equal changes of several services together.
fn merged<'u>(report: &'u Report, options: &'u [OptionChange]) -> Vec<(&'u OptionChange, Vec<&'u str>)> {
    let mut merged: Vec<(&OptionChange, Vec<&str>)> = Vec::new();
    for change in options {
        let id = report.facts.services[change.service].service.id.as_str();
        let same = |known: &&mut (&OptionChange, Vec<&str>)| {
            known.0.option == change.option && known.0.kind == change.kind && known.0.detail == change.detail
        };
        match merged.iter_mut().find(same) {
            Some(known) => known.1.push(id),
            None => merged.push((change, vec![id])),
        }
    }
    merged
}

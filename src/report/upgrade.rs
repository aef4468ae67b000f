//! The comparison of two releases, for a person.

use std::fmt::Write as _;

use super::snippet::{paint, wrap};
use super::{Report, Style};
use crate::text::plural;
use crate::trust::{OptionChange, TrustChange, Upgrade, Verdict};

/// The first line of an upgrade report, and whether it is good news.
pub(super) fn answer(report: &Report, upgrade: &Upgrade) -> (String, Option<bool>) {
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
        return (format!("The upgrade to {to} will break service tokens: {what}"), Some(false));
    }
    if report.counts.errors > 0 {
        return (
            format!(
                "Mend {} before the upgrade to {to}: service tokens do not work as it is",
                plural(report.counts.errors, "error")
            ),
            Some(false),
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
        return (format!("Not known whether the upgrade to {to} is safe: {why}"), None);
    }
    if upgrade.steps().is_empty() {
        (format!("The upgrade to {to} is safe for service tokens: no verdict changes"), Some(true))
    } else {
        (format!("The upgrade to {to} is safe for service tokens once the steps below are done"), Some(true))
    }
}

fn serious(upgrade: &Upgrade) -> Vec<&TrustChange> {
    let mut worse: Vec<&TrustChange> =
        upgrade.trust.iter().filter(|change| change.used != Some(false) && change.is_worse()).collect();
    worse.sort_by_key(|change| change.after);
    worse
}

/// The section of the report about the upgrade.
pub(super) fn section(report: &Report, upgrade: &Upgrade, style: Style) -> String {
    let mut out = String::new();
    let title = format!("Upgrade from {} to {}", upgrade.from.id, upgrade.to.id);
    let _ = writeln!(out, "\n{}", paint(style, &title, colored::Colorize::bold));
    for change in &upgrade.trust {
        let _ = writeln!(out, "{}", wrap(style, &trust_line(change), "- ", "  "));
    }
    if upgrade.trust.is_empty() {
        out.push_str("- no verdict changes\n");
    }
    for (change, services) in merged(report, &upgrade.options) {
        let line = format!(
            "[{}] {} of {}: {}; {}",
            change.section,
            change.option,
            services.join(", "),
            change.kind.name(),
            change.detail
        );
        let _ = writeln!(out, "{}", wrap(style, &line, "- ", "  "));
    }
    for change in &upgrade.changes {
        let line = format!("{}: {} ({})", change.release, change.what, change.source);
        let _ = writeln!(out, "{}", wrap(style, &line, "- ", "  "));
    }
    let steps = upgrade.steps();
    if !steps.is_empty() {
        let _ = writeln!(out, "{}", paint(style, "Before the upgrade", colored::Colorize::bold));
        for (index, (step, release)) in steps.iter().enumerate() {
            let step = format!("{step} ({release})");
            let _ = writeln!(out, "{}", wrap(style, &step, &format!("{}. ", index + 1), "   "));
        }
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

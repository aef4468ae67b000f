//! The comparison of two releases, for a person.

use std::fmt::Write as _;

use super::answer::{Tone, errors_beside, whose};
use super::crowd::{self, some};
use super::escape::clean;
use super::snippet::{paint, wrap};
use super::{Report, Style};
use crate::catalog::{ROLES_REQUIRED_SOURCE, Release};
use crate::findings::Severity;
use crate::text::{list, plural};
use crate::trust::{OptionChange, Row, Step, TrustChange, Upgrade, Verdict};

/// What an upgrade does to service tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing is to be done.
    Safe,
    /// It is safe once the steps are done.
    SafeAfterSteps,
    /// Calls that work today will fail, or lose their token's effect.
    Breaks,
    /// They do not work as it is.
    BrokenAlready,
    /// The roles, or what a receiver does, are not known.
    Unknown,
}

impl Outcome {
    /// As in the report for programs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::SafeAfterSteps => "safe-after-steps",
            Self::Breaks => "breaks",
            Self::BrokenAlready => "broken-already",
            Self::Unknown => "unknown",
        }
    }

    fn tone(self) -> Tone {
        match self {
            Self::Safe | Self::SafeAfterSteps => Tone::Good,
            Self::Breaks | Self::BrokenAlready => Tone::Bad,
            Self::Unknown => Tone::Unsure,
        }
    }
}

/// The first line of an upgrade report, and how it is to be taken.
pub(super) fn answer(report: &Report, upgrade: &Upgrade) -> (String, Tone) {
    let (outcome, text) = outcome(report, upgrade);
    (text, outcome.tone())
}

/// What the upgrade does, and the same in one sentence.
pub(super) fn outcome(report: &Report, upgrade: &Upgrade) -> (Outcome, String) {
    let to = upgrade.to.id;
    if let Some(what) = what_breaks(upgrade) {
        return (Outcome::Breaks, format!("Upgrading to {to} breaks service tokens: {what}"));
    }
    let counted = || report.findings.iter().filter(|finding| finding.suppression.is_none());
    let errors = || counted().filter(|finding| finding.severity == Severity::Error);
    if let Some(first) = errors().find(|finding| finding.under.is_some()) {
        let text = if errors_beside(report).iter().any(|finding| finding.same_as(first)) {
            format!("Upgrading to {to} breaks calls to other services: {}", whose(first))
        } else {
            let what = first.message.strip_prefix(&format!("under {to}: ")).unwrap_or(&first.message);
            format!("Upgrading to {to} breaks calls: {what}")
        };
        return (Outcome::Breaks, text);
    }
    let (errors, beside) = (errors().count(), errors_beside(report));
    if errors > 0 {
        let what = plural(errors, "error");
        let which = beside.first().map_or_else(String::new, |finding| whose(finding));
        let what_fails = if errors == beside.len() {
            format!("other calls do not work as it is ({which})")
        } else {
            "service tokens do not work as it is".to_owned()
        };
        return (Outcome::BrokenAlready, format!("Mend {what} before upgrading to {to}: {what_fails}"));
    }
    let mut used = report.matrix.rows.iter().filter(|row| row.used != Some(false)).peekable();
    if used.peek().is_none() || used.any(|row| row.judgement.verdict == Verdict::Unknown) {
        let why = if report.matrix.rows.is_empty() {
            "no receiver was given"
        } else if report.facts.live {
            "a login could not be tried"
        } else {
            "offline, roles are not known"
        };
        return (Outcome::Unknown, format!("Not known whether upgrading to {to} is safe: {why}"));
    }
    let rests_on = if report.facts.live { "for service tokens" } else { "with the roles assumed" };
    if upgrade.steps.is_empty() {
        (Outcome::Safe, format!("Upgrading to {to} is safe {rests_on}: no verdict changes"))
    } else {
        (Outcome::SafeAfterSteps, format!("Upgrading to {to} is safe {rests_on} after the steps below"))
    }
}

/// The worst that will happen, in a few words: every receiver that does it to the
/// same sender.
fn what_breaks(upgrade: &Upgrade) -> Option<String> {
    let mut worse: Vec<&TrustChange> =
        upgrade.trust.iter().filter(|change| change.used != Some(false) && change.is_worse()).collect();
    worse.sort_by_key(|change| change.after);
    let first = *worse.first()?;
    let sender = &first.sender_name;
    let mut receivers: Vec<&str> = Vec::new();
    for change in worse.iter().filter(|change| change.after == first.after && change.sender_name == *sender) {
        if !receivers.contains(&change.receiver_name.as_str()) {
            receivers.push(&change.receiver_name);
        }
    }
    let verb = |verb: &str| if receivers.len() == 1 { format!("{verb}s") } else { verb.to_owned() };
    let receivers = list(&receivers);
    Some(match first.after {
        Verdict::Broken => format!("calls from {sender} to {receivers} fail"),
        Verdict::Rejected => format!("{receivers} {} {sender} 401", verb("answer")),
        Verdict::NotSent => format!("{sender} sends none to {receivers}"),
        Verdict::Ignored | Verdict::Unknown | Verdict::Trusted => {
            format!("{receivers} {} {sender}'s", verb("ignore"))
        }
    })
}

/// The comparison as sentences.
pub(super) struct Lines {
    pub(super) title: String,
    /// What becomes of a default that nobody has set, in one paragraph.
    pub(super) default: Option<String>,
    pub(super) verdicts: Vec<String>,
    pub(super) options: Vec<String>,
    pub(super) changes: Vec<String>,
    pub(super) steps: Vec<StepLine>,
}

/// One step, ready to be shown.
pub(super) struct StepLine {
    pub(super) what: String,
    pub(super) command: Option<String>,
}

/// What the comparison says, each a line that is safe to show.
pub(super) fn lines(report: &Report, upgrade: &Upgrade) -> Lines {
    let option = |(change, services): (&OptionChange, Vec<&str>)| {
        let (section, option, detail) = (change.section, &change.option, &change.detail);
        let (services, kind) = (some(&services), change.kind.name());
        clean(&format!("[{section}] {option} of {services}: {kind}; {detail}"))
    };
    let default = default_paragraph(report, upgrade);
    let told = default.is_some();
    // What the paragraph says is not said again.
    let options = upgrade.options.iter().filter(|c| !(told && c.option == "service_token_roles_required"));
    let changes = upgrade.changes.iter().filter(|c| !(told && c.source == ROLES_REQUIRED_SOURCE));
    // What is not called changes nothing; of the rest the worst comes first.
    let mut verdicts: Vec<&TrustChange> =
        upgrade.trust.iter().filter(|change| change.used != Some(false)).collect();
    verdicts.sort_by_key(|change| change.after);
    Lines {
        title: format!("Upgrade from {} to {}", in_force(report, upgrade), upgrade.to.id),
        verdicts: verdicts.into_iter().map(|change| clean(&trust_line(change))).collect(),
        options: merged(report, options).into_iter().map(option).collect(),
        changes: changes.map(|c| clean(&format!("{}: {} ({})", c.release, c.what, c.source))).collect(),
        steps: upgrade.steps.iter().map(step_line).collect(),
        default,
    }
}

fn step_line(step: &Step) -> StepLine {
    StepLine {
        what: clean(&format!("{} ({})", step.what, step.release)),
        command: step.command.as_deref().map(clean),
    }
}

/// The releases that the services are of.
fn in_force(report: &Report, upgrade: &Upgrade) -> String {
    let mut releases: Vec<&'static Release> = vec![upgrade.from];
    for facts in &report.facts.services {
        if !releases.contains(&facts.service.in_force.release) {
            releases.push(facts.service.in_force.release);
        }
    }
    releases.sort_by_key(|release| release.position());
    list(&releases.iter().map(|release| release.id).collect::<Vec<_>>())
}

/// The truth about the default of keystonemiddleware 13, where it is left unset.
fn default_paragraph(report: &Report, upgrade: &Upgrade) -> Option<String> {
    let mut services: Vec<&str> = Vec::new();
    for index in upgrade.default_moves() {
        let name = report.facts.services[index].service.name.as_str();
        if !services.contains(&name) {
            services.push(name);
        }
    }
    if services.is_empty() {
        return None;
    }
    let services = list(&services);
    let hit = |change: &TrustChange| change.used != Some(false) && change.after == Verdict::Rejected;
    let unknown = |row: &Row| row.used != Some(false) && row.judgement.verdict == Verdict::Unknown;
    let here = if upgrade.trust.iter().any(hit) {
        "That happens here."
    } else if upgrade.all_trusted && report.facts.live {
        "Here every token that is sent has one, so nothing changes."
    } else if upgrade.all_trusted {
        "With the roles assumed every token has one, and nothing changes."
    } else if report.matrix.rows.iter().any(unknown) {
        "Whether the tokens here have one is not known."
    } else {
        "No verdict changes by it here."
    };
    Some(clean(&format!(
        "service_token_roles_required is unset in {services}, and keystonemiddleware 13 (2026.2) takes that for \
true. A call whose service token has none of the accepted roles then gets 401, even with a valid user token; \
until now it passed as the user's own. {here}"
    )))
}

/// The section of the text report about the upgrade.
pub(super) fn section(report: &Report, upgrade: &Upgrade, style: Style) -> String {
    let lines = lines(report, upgrade);
    let mut out = format!("\n{}\n", paint(style, &lines.title, colored::Colorize::bold));
    if let Some(paragraph) = &lines.default {
        let _ = writeln!(out, "{}", wrap(style, paragraph, "", ""));
    }
    if lines.verdicts.is_empty() && lines.default.is_none() {
        out.push_str("- no verdict changes\n");
    }
    for kind in [lines.verdicts, lines.options, lines.changes] {
        let (shown, more) = crowd::first(kind, style);
        for line in shown.iter().chain(&more) {
            let _ = writeln!(out, "{}", wrap(style, line, "- ", "  "));
        }
    }
    if !lines.steps.is_empty() {
        let title = format!("Before the upgrade to {}, in this order", upgrade.to.id);
        let _ = writeln!(out, "\n{}", paint(style, &title, colored::Colorize::bold));
    }
    for (index, step) in lines.steps.iter().enumerate() {
        let _ = writeln!(out, "{}", wrap(style, &step.what, &format!("{}. ", index + 1), "   "));
        // On one line, so that it can be pasted.
        if let Some(command) = &step.command {
            let _ = writeln!(out, "   {command}");
        }
    }
    out
}

/// The same in plain lines, without the first.
pub(super) fn plain(report: &Report, upgrade: &Upgrade) -> Vec<String> {
    let lines = lines(report, upgrade);
    let mut all = vec![lines.title];
    all.extend(lines.default);
    all.extend([lines.verdicts, lines.options, lines.changes].concat());
    for (index, step) in lines.steps.into_iter().enumerate() {
        all.push(format!("before, {}: {}", index + 1, step.what));
        all.extend(step.command);
    }
    all
}

fn trust_line(change: &TrustChange) -> String {
    format!(
        "{} [{}] at {}: {} becomes {}: {}",
        change.sender_name,
        change.section,
        change.receiver_name,
        change.before.name(),
        change.after.name(),
        change.reason
    )
}

/// Equal changes of several services together.
fn merged<'u>(
    report: &'u Report,
    options: impl Iterator<Item = &'u OptionChange>,
) -> Vec<(&'u OptionChange, Vec<&'u str>)> {
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

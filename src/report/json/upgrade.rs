//! The comparison with another release in the JSON report.

use serde::Serialize;

use super::ids;
use crate::report::{Report, escape, upgrade as answer};
use crate::trust::{Step, Upgrade};

#[derive(Serialize)]
pub(super) struct UpgradeView<'r> {
    from: &'static str,
    to: &'static str,
    trust: Vec<TrustChangeView<'r>>,
    options: Vec<OptionChangeView<'r>>,
    changes: Vec<ChangeView>,
    outcome: &'static str,
    answer: String,
    steps: Vec<StepView<'r>>,
}

#[derive(Serialize)]
struct StepView<'r> {
    what: &'r str,
    command: Option<&'r str>,
    release: &'static str,
    source: &'r str,
}

#[derive(Serialize)]
struct TrustChangeView<'r> {
    senders: Vec<&'r str>,
    section: &'static str,
    implicit: bool,
    receivers: Vec<&'r str>,
    used: Option<bool>,
    before: &'static str,
    after: &'static str,
    reason: &'r str,
}

#[derive(Serialize)]
struct OptionChangeView<'r> {
    service: &'r str,
    section: &'static str,
    option: &'r str,
    change: &'static str,
    detail: &'r str,
}

#[derive(Serialize)]
struct ChangeView {
    release: &'static str,
    what: &'static str,
    before: Option<&'static str>,
    source: &'static str,
}

pub(super) fn upgrade<'r>(report: &'r Report, upgrade: &'r Upgrade) -> UpgradeView<'r> {
    let (outcome, answer) = answer::outcome(report, upgrade);
    UpgradeView {
        from: upgrade.from.id,
        to: upgrade.to.id,
        trust: upgrade
            .trust
            .iter()
            .map(|change| TrustChangeView {
                senders: ids(report, &change.senders),
                section: change.section,
                implicit: change.implicit,
                receivers: ids(report, &change.receivers),
                used: change.used,
                before: change.before.name(),
                after: change.after.name(),
                reason: &change.reason,
            })
            .collect(),
        options: upgrade
            .options
            .iter()
            .map(|change| OptionChangeView {
                service: &report.facts.services[change.service].service.id,
                section: change.section,
                option: &change.option,
                change: change.kind.name(),
                detail: &change.detail,
            })
            .collect(),
        changes: upgrade
            .changes
            .iter()
            .map(|c| ChangeView { release: c.release, what: c.what, before: c.before, source: c.source })
            .collect(),
        outcome: outcome.name(),
        answer: escape::clean(&answer),
        steps: upgrade.steps.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> StepView<'_> {
    StepView {
        what: &step.what,
        command: step.command.as_deref(),
        release: step.release,
        source: &step.source,
    }
}

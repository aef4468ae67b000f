//! The commands that mend findings, gathered for those who paste them: each once, and
//! what has to be done first first.

use super::Report;
use super::escape::clean;

/// The commands, each a line.
pub(super) fn commands(report: &Report) -> Vec<String> {
    let counted = report.findings.iter().filter(|finding| finding.suppression.is_none());
    // The steps before an upgrade have theirs.
    let steps = report.upgrade.iter().flat_map(|upgrade| &upgrade.steps);
    let told: Vec<&str> = steps.filter_map(|step| step.command.as_deref()).collect();
    let mut commands: Vec<&str> = Vec::new();
    for command in counted.filter_map(|finding| finding.cure.as_deref()) {
        if !commands.contains(&command) && !told.contains(&command) {
            commands.push(command);
        }
    }
    // Older clouds do not have the role; where a token carries it, it is there.
    if commands.iter().any(|command| grants_service(command)) && !report.facts.shows_role("service") {
        commands.insert(0, "openstack role create --or-show service");
    }
    commands.into_iter().map(clean).collect()
}

fn grants_service(command: &str) -> bool {
    command.starts_with("openstack role add ") && command.ends_with(" service")
}

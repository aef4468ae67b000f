//! `roles-differ`

use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;
use crate::trust::{Row, Verdict};

pub(super) const RULE: Rule = Rule {
    name: "roles-differ",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (process_request)",
    needs_login: false,
    summary: "The receivers that one sender calls have no accepted role in common.",
    why: "Where one receiver accepts only admin and another only service, a sender with one of the two roles works half \
the way, and which half depends on the call. It happens where only some templates set service_token_roles. As \
long as the roles of the sender's token are known the verdicts tell more, so this speaks only where they are \
not.",
    fix: "Use the same service_token_roles everywhere, or grant the sender's user a role from each list.",
    example: "\
# cinder.conf
[keystone_authtoken]
service_token_roles = Admin

# glance-api.conf: the default, service
[keystone_authtoken]",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut seen: Vec<(&[usize], &str, bool)> = Vec::new();
    for row in context.matrix.rows.iter().filter(|row| is_open(row)) {
        let sender = (row.senders.as_slice(), row.section, row.implicit);
        if !seen.contains(&sender) {
            seen.push(sender);
            findings.extend(of_sender(context, row));
        }
    }
    findings
}

/// A pair that is used and on whose roles nothing is known.
fn is_open(row: &Row) -> bool {
    row.used == Some(true) && row.judgement.verdict == Verdict::Unknown
}

fn of_sender(context: &Context<'_>, first: &Row) -> Option<Finding> {
    let same = |row: &&Row| {
        is_open(row)
            && row.senders == first.senders
            && row.section == first.section
            && row.implicit == first.implicit
    };
    let receivers: Vec<(&str, &Receiver)> = context
        .matrix
        .rows
        .iter()
        .filter(same)
        .flat_map(|row| &row.receivers)
        .filter_map(|&index| {
            let service = &context.facts.services[index].service;
            Some((service.id.as_str(), service.receiver.as_ref()?))
        })
        .collect();
    let (_, one) = receivers.first()?;
    let common =
        one.accepted.iter().any(|role| receivers.iter().all(|(_, other)| other.accepted.contains(role)));
    if common || receivers.iter().any(|(_, receiver)| receiver.accepted.is_empty()) {
        return None;
    }
    let lists: Vec<String> =
        receivers.iter().map(|(id, receiver)| format!("{id} {}", receiver.accepted.join(" or "))).collect();
    let message = format!(
        "the receivers that {} calls accept different roles, none of them everywhere: {}",
        first.sender_name,
        lists.join(", ")
    );
    let mut finding = Finding::new(RULE.name, Severity::Note, message)
        .section("keystone_authtoken")
        .option("service_token_roles")
        .help(
            "use the same service_token_roles everywhere, or grant the sender's user a role from each list",
        );
    for (id, receiver) in &receivers {
        let place = receiver.roles_setting.place().or_else(|| receiver.header.clone());
        finding = finding.of(id);
        finding = if finding.place.is_none() {
            finding.at(place)
        } else {
            finding.see(place.as_ref(), format!("{id} accepts {}", receiver.accepted.join(" or ")))
        };
    }
    Some(finding)
}

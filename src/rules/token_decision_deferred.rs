//! `token-decision-deferred`

use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};
use crate::trust::{Row, Verdict};

pub(super) const RULE: Rule = Rule {
    name: "token-decision-deferred",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (delay_auth_decision)",
    needs_login: false,
    summary: "delay_auth_decision turns the rejection of a service token into silence.",
    why: "With delay_auth_decision the middleware marks a refused request and passes it on, and the service decides. A \
service token without an accepted role is then not rejected, although the role is required: the call goes on \
as the user's own, and nobody notices until a long operation outlives the user's token. glance's own paste \
file sets it.",
    fix: "Grant the sender's user the role; then nothing is deferred.",
    example: "\
[keystone_authtoken]
delay_auth_decision = true
service_token_roles_required = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let rows = context.matrix.rows.iter();
    rows.filter(|row| row.used == Some(true) && row.judgement.verdict == Verdict::Ignored)
        .flat_map(|row| findings(context, row))
        .collect()
}

fn findings(context: &Context<'_>, row: &Row) -> Vec<Finding> {
    row.receivers.iter().filter_map(|&index| finding(context, row, index)).collect()
}

fn finding(context: &Context<'_>, row: &Row, index: usize) -> Option<Finding> {
    let service = &context.facts.services[index].service;
    let receiver = service.receiver.as_ref().filter(|receiver| receiver.required && receiver.deferred)?;
    let message = format!(
        "{} would reject {}'s service token, but delay_auth_decision lets the call pass as the user's own",
        service.name, row.sender_name
    );
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&service.id)
        .at(receiver.deferred_setting.place().or_else(|| receiver.header.clone()))
        .section("keystone_authtoken")
        .option("delay_auth_decision")
        .help("grant the sender's user the role, and nothing is deferred");
    Some(finding)
}

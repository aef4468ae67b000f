//! `policy-token-role-missing`

use super::{Context, Rule, grant_by_file, grant_command};
use crate::catalog::{TokenPolicy, token_policy};
use crate::config::printable;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::LoginPlan;
use crate::trust::{Row, Verdict};

pub(super) const RULE: Rule = Rule {
    name: "policy-token-role-missing",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "neutron/conf/policies/port.py (delete_port), neutron 29.0.0, enforced by oslo.policy",
    needs_login: true,
    summary: "A receiver trusts the token by another role than the one that a default policy of it asks for by name.",
    why: "service_token_roles may list any role, and the middleware is content with each of them. Since 2026.2 neutron's \
own policy lets an ordinary user delete the port of a server only if the call's service token carries service, by that \
name: nova deletes the ports of a server with the user's token and its own. With a token that is trusted as admin's \
alone, deleting a server gets 403 at its ports, and the server stays in ERROR. An admin still can.",
    fix: "Grant the role service to the sender's user beside the role that it has. Where the receiver has a policy file of \
its own, look there first.",
    example: "\
# bad, if nova's user has admin and not service: neutron.conf
[keystone_authtoken]
service_token_roles = admin

# good: grant the role
openstack role add --user nova --user-domain Default \\
  --project service --project-domain Default service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let rows = context.matrix.rows.iter();
    rows.filter(|row| row.used == Some(true) && row.judgement.verdict == Verdict::Trusted)
        .flat_map(|row| row.receivers.iter().filter_map(|&receiver| finding(context, row, receiver)))
        .collect()
}

fn finding(context: &Context<'_>, row: &Row, receiver: usize) -> Option<Finding> {
    let services = &context.facts.services;
    let (sender, receiver) = (&services[*row.senders.first()?], &services[receiver].service);
    let policy = token_policy(sender.service.kind, row.section, receiver.kind, receiver.in_force.release)?;
    let index = sender.service.senders.iter().position(|known| known.section == row.section)?;
    let token = sender.senders[index].token();
    let granted = match token {
        Some(token) => token.roles.as_slice(),
        None => context.facts.assumed_roles.as_deref()?,
    };
    // The policy compares the names as they are.
    if granted.iter().any(|role| role == policy.role) {
        return None;
    }
    let custom = receiver.custom_policy();
    let severity = if custom.is_some() { Severity::Warning } else { Severity::Error };
    let help = help(sender, index, policy);
    let message = message(row, &receiver.name, policy, custom.as_deref());
    let mut finding = Finding::new(RULE.name, severity, message)
        .at(sender.service.senders[index].login.user_place())
        .section(row.section)
        .cure(token.map(|_| help.clone()).filter(|command| command.starts_with("openstack ")))
        .help(help)
        .of(&receiver.id);
    for &sender in &row.senders {
        finding = finding.of(&services[sender].service.id);
    }
    Some(if custom.is_some() { finding.likely() } else { finding })
}

fn message(row: &Row, receiver: &str, policy: &TokenPolicy, custom: Option<&str>) -> String {
    let TokenPolicy { role, since, policy, breaks, .. } = policy;
    let unless = custom.map_or_else(String::new, |file| format!(", unless {file} says otherwise"));
    format!(
        "{sender}'s token is trusted by {receiver} for {matched}, and since {since} its policy {policy} asks for {role} \
         by that name: {breaks}{unless}",
        sender = row.sender_name,
        matched = printable(&row.judgement.matched.join(", ")),
    )
}

fn help(sender: &ServiceFacts, index: usize, policy: &TokenPolicy) -> String {
    let login = &sender.service.senders[index].login;
    match (sender.senders[index].token(), &login.plan) {
        (Some(token), _) => grant_command(token, policy.role),
        (None, LoginPlan::Ready(credential)) => grant_by_file(credential, policy.role, &login.section),
        (None, _) => format!("grant {} to the user that [{}] logs in as", policy.role, login.section),
    }
}

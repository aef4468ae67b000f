//! `keystone-differs`

use std::borrow::Cow;

use super::urls::{is_loopback, scheme_and_host};
use super::{Context, Rule};
use crate::config::Place;
use crate::facts::{ServiceFacts, ValidationState};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Login;

pub(super) const RULE: Rule = Rule {
    name: "keystone-differs",
    severity: Severity::Note,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_identity.py: a receiver validates at its own Keystone",
    needs_login: false,
    summary: "A sender and a receiver that it calls log in at different hosts.",
    why: "A token is worth something only at the Keystone that issued it. Different hosts in auth_url are often two \
names of one Keystone, such as its internal and its public address; but they may also be two regions, or a \
host that was replaced, and then every service token is refused with 401.",
    fix: "If both are the same Keystone, nothing has to be done; else correct auth_url on one side.",
    example: "\
# nova.conf
[service_user]
auth_url = https://keystone-old.example:5000/v3

# cinder.conf
[keystone_authtoken]
auth_url = https://keystone.example:5000/v3",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for row in context.matrix.rows.iter().filter(|row| row.used == Some(true)) {
        let pairs = row.senders.iter().flat_map(|&s| row.receivers.iter().map(move |&r| (s, r)));
        for (sender, receiver) in pairs {
            let (sender, receiver) = (&context.facts.services[sender], &context.facts.services[receiver]);
            let Some(found) = finding(sender, row.section, row.implicit, receiver) else { continue };
            // One receiver's address is one question, however many senders ask it.
            if !findings.iter().any(|known| known.place == found.place && known.message == found.message) {
                findings.push(found);
            }
        }
    }
    findings
}

fn finding(sender: &ServiceFacts, section: &str, implicit: bool, receiver: &ServiceFacts) -> Option<Finding> {
    let known = receiver.receiver.as_ref();
    if known.is_some_and(|known| matches!(known.validation, ValidationState::Works)) {
        return None;
    }
    let senders = &sender.service.senders;
    let login = &senders.iter().find(|s| s.section == section && s.implicit == implicit && s.sends())?.login;
    let other = &receiver.service.receiver.as_ref()?.login;
    // So it is in nearly every pair.
    if login.auth_url == other.auth_url {
        return None;
    }
    let (here, there) = (host(login)?, host(other)?);
    // What localhost is, only that host knows.
    if here == there || is_loopback(&here) || is_loopback(&there) {
        return None;
    }
    let message = format!(
        "{} validates tokens by the Keystone at {there}, and {} gets its service token from {here}",
        receiver.service.name, sender.service.name
    );
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&receiver.service.id)
        .of(&sender.service.id)
        .at(place(other))
        .section(&other.holder)
        .option("auth_url")
        .help("if both are names of one Keystone, nothing has to be done")
        .see(place(login).as_ref(), format!("{} logs in here", sender.service.name))
        .likely();
    Some(finding)
}

fn host(login: &Login) -> Option<Cow<'_, str>> {
    scheme_and_host(login.auth_url.as_deref()?).map(|(_, host)| host)
}

fn place(login: &Login) -> Option<Place> {
    let url = login.settings.iter().find(|setting| setting.spec.name == "auth_url")?;
    url.place()
}

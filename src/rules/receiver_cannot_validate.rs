//! `receiver-cannot-validate`

use super::{Context, Rule};
use crate::config::Setting;
use crate::facts::{ServiceFacts, ValidationState};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "receiver-cannot-validate",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystone/common/policies/token.py (identity:validate_token), keystonemiddleware/auth_token/_identity.py",
    needs_login: true,
    summary: "A receiver's own user logs in but may not validate other users' tokens, or finds no Keystone to do so.",
    why: "The middleware looks every token up at Keystone with the receiver's own user. That user needs the role service \
or admin (or reader on the system); with less Keystone answers 403 and every client gets 503. A login that \
works proves nothing, since every user may look at its own token. The Keystone that is asked is the identity \
endpoint in the catalogue for interface and region_name, not auth_url: if there is none, every request fails \
with 500.",
    fix: "Grant the role service to the receiver's user in the project it logs in to; or correct interface and \
region_name in [keystone_authtoken].",
    example: "openstack role add --user cinder --user-domain Default --project service --project-domain Default service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.facts.services.iter().filter_map(finding).collect()
}

fn finding(service: &ServiceFacts) -> Option<Finding> {
    let name = &service.service.name;
    let receiver = service.service.receiver.as_ref()?;
    let facts = service.receiver.as_ref()?;
    let user = facts.login.token().map_or("its user", |token| token.user.as_str());
    let (message, help, option, likely) = match &facts.validation {
        ValidationState::Forbidden { status } => (
            format!(
                "{name} cannot validate tokens: Keystone answers {status} to its user {user}, so its clients get 503"
            ),
            grant(service),
            "username",
            false,
        ),
        ValidationState::Assumed(false) => (
            format!(
                "{name} cannot validate tokens, going by the roles of its user {user}: its clients get 503"
            ),
            grant(service),
            "username",
            true,
        ),
        ValidationState::NoEndpoint(reason) => (
            format!("{name} finds no Keystone to validate tokens at: {reason}"),
            "correct interface, region_name or the scope of the login in [keystone_authtoken]".to_owned(),
            if receiver.region.is_some() { "region_name" } else { "interface" },
            false,
        ),
        ValidationState::Works
        | ValidationState::Assumed(true)
        | ValidationState::Unreachable(_)
        | ValidationState::Unknown => return None,
    };
    let setting = receiver
        .setting(option)
        .or_else(|| receiver.login.settings.iter().find(|setting| setting.spec.name == option));
    let place = setting.and_then(Setting::place).or_else(|| receiver.header.clone());
    let finding = Finding::new(RULE.name, Severity::Error, message)
        .of(&service.service.id)
        .at(place)
        .section("keystone_authtoken")
        .option(option)
        .cure(Some(help.clone()).filter(|help| help.starts_with("openstack ")))
        .help(help);
    Some(if likely { finding.likely() } else { finding })
}

fn grant(service: &ServiceFacts) -> String {
    let token = service.receiver.as_ref().and_then(|receiver| receiver.login.token());
    token.map_or_else(
        || "grant the role service to the receiver's user".to_owned(),
        |token| super::grant_command(token, "service"),
    )
}

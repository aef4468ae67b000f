//! `www-authenticate-uri-missing`

use super::{Context, Rule, receivers, together};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;

pub(super) const RULE: Rule = Rule {
    name: "www-authenticate-uri-missing",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (the warning at start), _identity.py",
    needs_login: false,
    summary: "A receiver does not know Keystone's public address, and tells clients another one.",
    why: "With every 401 the middleware names the Keystone to log in at. Without www_authenticate_uri it logs a warning \
at each start and names the internal address that it uses itself, which clients outside may not reach. \
Validation and service tokens do not need the option.",
    fix: "Set www_authenticate_uri to Keystone's public URL, without a version.",
    example: "\
[keystone_authtoken]
www_authenticate_uri = https://keystone.example:5000",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let lacking: Vec<(&ServiceFacts, &Receiver)> =
        receivers(context).filter(|(_, receiver)| lacks(receiver)).collect();
    let message = format!(
        "no www_authenticate_uri in {}: clients that get 401 are sent to the internal Keystone",
        super::names(lacking.iter().map(|(service, _)| *service)),
    );
    let places = lacking.iter().map(|(service, receiver)| (service.service.id.as_str(), place(receiver)));
    together(&RULE, Severity::Note, message, places)
        .map(|finding| {
            finding
                .section("keystone_authtoken")
                .option("www_authenticate_uri")
                .help("set www_authenticate_uri to Keystone's public URL")
        })
        .into_iter()
        .collect()
}

/// Before the option there was auth_uri, which is found as its old name.
fn lacks(receiver: &Receiver) -> bool {
    let set = |name: &str| receiver.setting(name).is_some_and(|setting| setting.truthy_text().is_some());
    receiver.setting("www_authenticate_uri").is_some() && !set("www_authenticate_uri")
}

fn place(receiver: &Receiver) -> Option<crate::config::Place> {
    receiver.header.clone()
}

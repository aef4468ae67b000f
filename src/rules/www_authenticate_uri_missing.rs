//! `www-authenticate-uri-missing`

use super::{Context, Rule, lacking};
use crate::config::Setting;
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
    let message = |names: &str| {
        format!("no www_authenticate_uri in {names}: clients that get 401 are sent to the internal Keystone")
    };
    lacking::note(
        context,
        &RULE,
        "www_authenticate_uri",
        lacks,
        message,
        "set www_authenticate_uri to Keystone's public URL",
    )
}

/// Before the option there was auth_uri, which is found as its old name.
fn lacks(receiver: &Receiver) -> bool {
    let lacks = |setting: &Setting| setting.truthy_text().is_none() && !setting.is_invalid();
    receiver.setting("www_authenticate_uri").is_some_and(lacks)
}

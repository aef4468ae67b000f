//! `fernet-keys-few`

use super::keystone_file::{keystones, number};
use super::{Context, Rule};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "fernet-keys-few",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystone/common/fernet_utils.py (rotate_keys), keystone/conf/fernet_tokens.py",
    needs_login: false,
    summary: "Keystone keeps so few Fernet keys that each rotation ends every token.",
    why: "Of the keys one signs, one waits to be the next, and the rest read older tokens. With two or less there is no \
rest: after each rotation no token from before it can be read, neither the user's nor an expired one that a \
service token asks for. How many are needed hangs on how often keys are rotated, which does not stand in this \
file: (expiration + allow_expired_window) / interval + 2.",
    fix: "Set max_active_keys to at least 3, and to what the interval of the rotation asks for.",
    example: "\
# bad
[fernet_tokens]
max_active_keys = 2",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    keystones(context).filter_map(finding).collect()
}

fn finding(service: &ServiceFacts) -> Option<Finding> {
    let configuration = &service.service.configuration;
    let provider = configuration.get_named(&service.service.schema, "token", "provider")?;
    let (keys, setting) = number(service, "fernet_tokens", "max_active_keys")?;
    if provider.text() != Some("fernet") || keys > 2 {
        return None;
    }
    let message =
        format!("max_active_keys is {keys}: each rotation of the keys ends every token issued before it");
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(setting.place().cloned())
        .section("fernet_tokens")
        .option("max_active_keys")
        .help("keep (expiration + allow_expired_window) / interval of the rotation + 2 keys, at least 3");
    Some(finding)
}

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
    summary: "Keystone keeps so few Fernet keys that tokens cannot be read for as long as they are needed.",
    why: "Of the keys one signs, one waits to be the next, and the rest read older tokens. With two or less there is no \
rest: after each rotation no token from before it can be read, neither the user's nor an expired one that a \
service token asks for. With more, a token can be read for at least (max_active_keys - 2) rotations; then long \
operations fail although allow_expired_window would cover them. How often keys are rotated stands in a timer or \
a pipeline and in none of these files, so it has to be said: --fernet-rotation, or fernet-rotation in \
.nova-token-check.toml.",
    fix: "Set max_active_keys to (expiration + allow_expired_window) / interval of the rotation + 2, rounded up, or rotate \
less often.",
    example: "\
# bad
[fernet_tokens]
max_active_keys = 2

# good with a rotation every day: (3600 + 172800) / 86400 + 2
[fernet_tokens]
max_active_keys = 5",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let rotation = context.facts.fernet_rotation;
    keystones(context).filter_map(|service| finding(service, rotation)).collect()
}

fn finding(service: &ServiceFacts, rotation: Option<u64>) -> Option<Finding> {
    let configuration = &service.service.configuration;
    let provider = configuration.get_named(&service.service.schema, "token", "provider")?;
    let (keys, setting) = number(service, "fernet_tokens", "max_active_keys")?;
    if provider.text() != Some("fernet") {
        return None;
    }
    let (message, help) = match rotation {
        _ if keys <= 2 => (
            format!("max_active_keys is {keys}: each rotation of the keys ends every token issued before it"),
            "keep (expiration + allow_expired_window) / interval of the rotation + 2 keys, at least 3"
                .to_owned(),
        ),
        Some(rotation) => {
            let needed = needed(service, rotation)?;
            if keys >= needed {
                return None;
            }
            let readable = (keys - 2).saturating_mul(rotation) / 3600;
            let message = format!(
                "max_active_keys is {keys}: with this rotation tokens are sure to be read for {readable} hours only, \
                 less than expiration and allow_expired_window together"
            );
            (message, format!("set max_active_keys = {needed}, or rotate less often"))
        }
        None => return None,
    };
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(setting.place())
        .section("fernet_tokens")
        .option("max_active_keys")
        .help(help);
    Some(finding)
}

/// How many keys it takes to read a token for as long as one may be honoured.
fn needed(service: &ServiceFacts, rotation: u64) -> Option<u64> {
    let (expiration, _) = number(service, "token", "expiration")?;
    let (window, _) = number(service, "token", "allow_expired_window")?;
    Some(expiration.saturating_add(window).div_ceil(rotation).saturating_add(2))
}

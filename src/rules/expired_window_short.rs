//! `expired-window-short`

use super::keystone_file::{keystones, number};
use super::{Context, Rule};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "expired-window-short",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystone/conf/token.py, keystone/token/provider.py",
    needs_login: false,
    summary: "Keystone does not honour expired tokens, or not for long.",
    why: "A service token makes receivers ask for an expired user token all the same, and Keystone grants that for \
allow_expired_window seconds after its end (two days unless set). With 0 a trusted service token is of no use \
for long operations: a migration or upload that outlives the user's token fails with 401. The window has to be \
as long as the longest operation.",
    fix: "Remove allow_expired_window, or set it to more seconds than the longest operation takes.",
    example: "\
# bad
[token]
allow_expired_window = 0",
    check,
};

/// A shorter window than this many seconds is worth a word.
const SHORT: u64 = 4 * 3600;

fn check(context: &Context<'_>) -> Vec<Finding> {
    keystones(context).filter_map(finding).collect()
}

fn finding(service: &ServiceFacts) -> Option<Finding> {
    let (seconds, setting) = number(service, "token", "allow_expired_window")?;
    let (severity, what) = match seconds {
        0 => (
            Severity::Warning,
            "long operations fail with 401 although the service token is trusted".to_owned(),
        ),
        1..SHORT => {
            (Severity::Note, format!("operations may outlive the user's token by {seconds} seconds only"))
        }
        _ => return None,
    };
    let finding = Finding::new(RULE.name, severity, format!("allow_expired_window is {seconds}: {what}"))
        .of(&service.service.id)
        .at(setting.place())
        .section("token")
        .option("allow_expired_window")
        .help("remove it (the default is two days), or allow as long as the longest operation takes");
    Some(finding)
}

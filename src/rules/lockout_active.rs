//! `lockout-active`

use super::keystone_file::{keystones, number};
use super::{Context, Rule};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "lockout-active",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystone/conf/security_compliance.py, keystone/identity/backends/sql.py",
    needs_login: false,
    summary: "Keystone locks a user after some wrong passwords, service users too.",
    why: "One host with an old password is enough to lock the service user, and then all senders get 401 at once, those \
with the right password included. This program tries one secret per user and stops at the first refusal, but \
that one counts.",
    fix: "Exempt the service users: set ignore_lockout_failure_attempts in their options in Keystone.",
    example: "\
[security_compliance]
lockout_failure_attempts = 5",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    keystones(context).filter_map(finding).collect()
}

fn finding(service: &ServiceFacts) -> Option<Finding> {
    let (attempts, setting) = number(service, "security_compliance", "lockout_failure_attempts")?;
    if attempts == 0 {
        return None;
    }
    let (seconds, _) = number(service, "security_compliance", "lockout_duration")?;
    let message = format!(
        "{attempts} wrong passwords lock a user for {seconds} seconds, and one host with an old password locks out all"
    );
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&service.service.id)
        .at(setting.place())
        .section("security_compliance")
        .option("lockout_failure_attempts")
        .help("set ignore_lockout_failure_attempts for the service users");
    Some(finding)
}

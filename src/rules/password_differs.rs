//! `password-differs`

use std::collections::HashMap;

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::config::Place;
use crate::facts::LoginState;
use crate::findings::{Confidence, Finding, Severity};
use crate::secret::Secret;
use crate::service::{Credential, LoginPlan, Method};

pub(super) const RULE: Rule = Rule {
    name: "password-differs",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystone/identity: a user has one password at a time",
    needs_login: false,
    summary: "One user logs in with different passwords in different places.",
    why: "Keystone knows one password for a user, so all but one of these logins fail; most often it is a host or a \
section that was left out when the password was changed. Each failure counts towards Keystone's lock-out, \
which then also shuts out the hosts that are right.",
    fix: "Write the same password everywhere.",
    example: "\
# nova.conf on one host
[service_user]
username = nova
password = new…

# nova.conf on another
[service_user]
username = nova
password = old…",
    check,
};

/// A login by password.
struct ByPassword<'s> {
    subject: &'s Subject<'s>,
    credential: &'s Credential,
    password: &'s Secret,
}

fn check(context: &Context<'_>) -> Vec<Finding> {
    let subjects = all(context);
    let logins: Vec<ByPassword<'_>> = subjects.iter().filter_map(by_password).collect();
    let mut findings = Vec::new();
    let mut accounts: HashMap<String, &ByPassword<'_>> = HashMap::new();
    for login in &logins {
        let first = *accounts.entry(login.credential.account()).or_insert(login);
        if first.password != login.password && !both_work(first, login) {
            findings.push(finding(first, login));
        }
    }
    findings
}

fn by_password<'s>(subject: &'s Subject<'s>) -> Option<ByPassword<'s>> {
    if subject.sender().is_some_and(|sender| !sender.sends()) {
        return None;
    }
    let LoginPlan::Ready(credential) = &subject.login.plan else { return None };
    let Method::Password { password, .. } = &credential.method else { return None };
    Some(ByPassword { subject, credential, password })
}

/// Names that differ in case only may be two users after all.
fn both_work(one: &ByPassword<'_>, other: &ByPassword<'_>) -> bool {
    matches!((one.subject.state, other.subject.state), (LoginState::Ok(_), LoginState::Ok(_)))
}

fn finding(first: &ByPassword<'_>, login: &ByPassword<'_>) -> Finding {
    let user = login.credential.user_label().unwrap_or_default();
    let section = &login.subject.login.holder;
    let message = format!(
        "the user {user} has one password in [{section}] of {} and another in [{}] of {}: one of them is wrong",
        login.subject.id(),
        first.subject.login.holder,
        first.subject.id()
    );
    Finding::new(RULE.name, Severity::Warning, message)
        .of(login.subject.id())
        .of(first.subject.id())
        .at(place(login))
        .section(section)
        .option("password")
        .help("write the same password everywhere")
        .see(place(first).as_ref(), "the other one")
        .likely()
}

fn place(login: &ByPassword<'_>) -> Option<Place> {
    let settings = &login.subject.login.settings;
    settings.iter().find(|setting| setting.spec.name == "password")?.place()
}

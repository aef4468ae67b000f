//! `login-refused`

use super::logins::{Subject, all};
use super::refusal;
use super::{Context, Rule};
use crate::config::Setting;
use crate::facts::LoginState;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "login-refused",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystone/api/auth.py; observed on Keystone 30.0",
    needs_login: true,
    summary: "Keystone refuses a login that the configuration asks for.",
    why: "A refused sender makes every outgoing call raise, even while the user's own token is good. A refused receiver \
cannot validate tokens: its clients get 503. Keystone answers the same 401 to a wrong password, an unknown or \
disabled user, a wrong domain, an unknown project and a user without a role on the project, so that nobody can \
probe for users. After one refusal no other secret is tried for that user in the run, since each failure counts \
towards Keystone's lock-out.",
    fix: "Check, in this order: the password; user_domain_name and project_domain_name (names are case-sensitive, an \
_id option takes an id and not a name); that the user is enabled and has a role on the project. Keystone's own \
log names the reason.",
    example: "\
openstack --os-username nova --os-user-domain-name Default \\
  --os-project-name service --os-project-domain-name Default token issue",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().filter_map(|subject| finding(context, subject)).collect()
}

fn finding(context: &Context<'_>, subject: &Subject<'_>) -> Option<Finding> {
    let LoginState::Refused { status, detail } = subject.state else { return None };
    let holder = &subject.login.holder;
    let message =
        format!("Keystone refuses the login of [{holder}] with {status}: {}", subject.consequence());
    let place = blame(subject, *status, detail).or_else(|| subject.login.header.clone());
    let finding =
        Finding::new(RULE.name, subject.severity(), message).of(subject.id()).at(place).section(holder).help(
            format!("{} (Keystone says: {detail})", refusal::advice(context, subject, *status, detail)),
        );
    Some(finding)
}

/// The line to look at first.
fn blame(subject: &Subject<'_>, status: u16, said: &str) -> Option<crate::findings::Place> {
    let options: &[&str] = if status == 404 {
        &["application_credential_id", "auth_url"]
    } else {
        &["username", "user_id", "application_credential_id", "application_credential_name"]
    };
    let find = |name: &&str| subject.login.settings.iter().find(|s| s.spec.name == *name && s.is_set());
    let named = (status == 400).then(|| refusal::field(said)).flatten();
    named.iter().chain(options).find_map(find).and_then(Setting::place)
}

//! `login-refused`

use super::logins::{Subject, all};
use super::{Context, Rule};
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
    all(context).iter().filter_map(finding).collect()
}

fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let LoginState::Refused { status, detail } = subject.state else { return None };
    let holder = &subject.login.holder;
    let message =
        format!("Keystone refuses the login of [{holder}] with {status}: {}", subject.consequence());
    let place = blame(subject, *status).or_else(|| subject.login.header.clone());
    let finding =
        Finding::new(RULE.name, subject.severity(), message).of(subject.id()).at(place).section(holder).help(
            format!("{} (Keystone says: {detail})", advice(*status, subject.login.auth_type.as_deref())),
        );
    Some(finding)
}

/// The line to look at first.
fn blame(subject: &Subject<'_>, status: u16) -> Option<crate::findings::Place> {
    let options: &[&str] = if status == 404 {
        &["application_credential_id", "auth_url"]
    } else {
        &["username", "user_id", "application_credential_id", "application_credential_name"]
    };
    let find = |name: &&str| subject.login.settings.iter().find(|s| s.spec.name == *name && s.is_set());
    options.iter().find_map(find).and_then(|setting| setting.place().cloned())
}

fn advice(status: u16, auth_type: Option<&str>) -> &'static str {
    match (status, auth_type) {
        (404, Some("v3applicationcredential")) => {
            "no application credential has that id: it may be deleted or expired"
        }
        (404, _) => "the path of auth_url does not lead to Keystone's version 3 API",
        (400, _) => "an option of the section is missing or malformed",
        (_, Some("v3applicationcredential")) => {
            "check the secret, and that credential and user are not expired or disabled"
        }
        _ => {
            "check the password, then both domains, then that the user is enabled and has a role on the project"
        }
    }
}

//! `placeholder-password`

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "placeholder-password",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "the install guides of nova, cinder, glance, neutron and placement",
    needs_login: false,
    summary: "A password is the word that an install guide prints in its place.",
    why: "The guides write NOVA_PASS, CINDER_PASS and so on where a password belongs. Either it was never replaced, and \
the login fails; or the user really has that password, and everybody who has read the guide knows it.",
    fix: "Set a password of your own, for the user in Keystone and in the file.",
    example: "\
# bad
[service_user]
username = nova
password = NOVA_PASS",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().filter_map(finding).collect()
}

fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let password = subject.login.settings.iter().find(|setting| setting.spec.name == "password")?;
    if !password.secret_value().is_some_and(|secret| is_placeholder(secret.expose())) {
        return None;
    }
    let section = &subject.login.holder;
    let message = format!("password in [{section}] is the word that stands for it in install guides");
    let finding = Finding::new(RULE.name, subject.severity().min(Severity::Warning), message)
        .of(subject.id())
        .at(password.place())
        .section(section)
        .option("password")
        .help("set a password of your own, in Keystone and here")
        .likely();
    Some(finding)
}

/// `NOVA_PASS` and its kind, and the call to change it.
fn is_placeholder(password: &str) -> bool {
    let name = password.strip_suffix("_PASS").or_else(|| password.strip_suffix("_PASSWORD"));
    let named =
        name.is_some_and(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
    named || ["changeme", "change_me", "change-me"].contains(&password.to_lowercase().as_str())
}

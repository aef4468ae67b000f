//! `template-unrendered`

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::config::Setting;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{StandIn, stand_in};

pub(super) const RULE: Rule = Rule {
    name: "template-unrendered",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "the placeholders of Jinja, sed and Python templates; none of them is a value that Keystone knows",
    needs_login: false,
    summary: "A login still holds a placeholder of the template it was made from.",
    why: "A value such as {{ nova_password }} or @SERVICE_USER@ was to be replaced when the file was made. If this is \
the file that the service reads, its login fails, and each try counts towards Keystone's lock-out; so it is \
not tried here. If it is the template itself, nothing can be said about the login.",
    fix: "Check the file that the template gives, not the template; if it is that file, find out why the value was not \
filled in.",
    example: "\
# bad
[service_user]
password = {{ nova_keystone_password }}",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().flat_map(findings).collect()
}

fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let settings = subject.login.settings.iter();
    settings
        .filter(|setting| !setting.is_invalid() && stand_in(setting) == Some(StandIn::Template))
        .map(|setting| finding(subject, setting))
        .collect()
}

fn finding(subject: &Subject<'_>, setting: &Setting) -> Finding {
    let option = setting.spec.name;
    let section = &subject.login.holder;
    let message = format!("{option} in [{section}] is a placeholder that was not filled in");
    Finding::new(RULE.name, subject.severity().min(Severity::Warning), message)
        .of(subject.id())
        .at(setting.place())
        .section(section)
        .option(option)
        .help("check the file that the template gives, not the template")
        .likely()
}

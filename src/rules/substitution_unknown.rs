//! `substitution-unknown`

use super::lines::services;
use super::{Context, Rule, value_invalid};
use crate::config::{Reading, ReferenceProblem, Setting, Value};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Login;

pub(super) const RULE: Rule = Rule {
    name: "substitution-unknown",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/cfg.py (_substitute, StrSubWrapper) on Python's string.Template",
    needs_login: false,
    summary: "A $ in a value is taken for a reference: to an option that is not there, or out of a password.",
    why: "oslo.config replaces $name and ${section.name} in every value by that option's value, in passwords too. A \
name that no option has makes the value unreadable: in [keystone_authtoken] the service does not start, in \
[service_user] every call fails. A name that is an option's by chance gives another password without a word. \
The dot belongs to the name: $my_ip.example looks for a section called my_ip.",
    fix: "Write $$ for a dollar sign, or the name of an option that the service has; ${name} where a dot follows.",
    example: "\
# bad
password = pa$word

# good
password = pa$$word",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = value_invalid::refused(context)
        .into_iter()
        .filter_map(|refused| unknown(refused.service, refused.setting, refused.severity))
        .collect();
    for service in services(context) {
        findings.extend(secrets(service));
    }
    findings
}

/// Whether a reading is this rule's and not value-invalid's.
pub(super) fn is_unknown(reading: &Reading) -> bool {
    use ReferenceProblem::{IsGroup, NoSuchGroup, NoSuchOption};
    matches!(reading, Reading::BadReference(NoSuchOption { .. } | NoSuchGroup { .. } | IsGroup { .. }))
}

fn unknown(service: &ServiceFacts, setting: &Setting, severity: Severity) -> Option<Finding> {
    let Reading::BadReference(problem) = &setting.reading else { return None };
    if !is_unknown(&setting.reading) {
        return None;
    }
    let message = format!("{} in [{}] cannot be read: {problem}", setting.spec.name, setting.section);
    let help = if setting.secret {
        "write $$ for a dollar sign"
    } else {
        "name an option that the service has, or write $$ for a dollar sign"
    };
    Some(say(service, setting, severity, message, help))
}

/// Secrets in which a `$name` was replaced.
fn secrets(service: &ServiceFacts) -> Vec<Finding> {
    let mut logins: Vec<&Login> = Vec::new();
    let senders = service.service.senders.iter().filter(|sender| !sender.implicit);
    logins.extend(senders.map(|sender| &sender.login));
    logins.extend(service.service.receiver.as_ref().map(|receiver| &receiver.login));
    let settings = logins.iter().flat_map(|login| &login.settings);
    let replaced = settings.filter(|setting| setting.spec.secret && is_replaced(setting));
    replaced
        .map(|setting| {
            let message = format!(
                "{} in [{}] holds a $ that stands for another option, whose value takes its place",
                setting.spec.name, setting.section
            );
            say(service, setting, Severity::Warning, message, "write $$ if a dollar sign is meant").likely()
        })
        .collect()
}

fn is_replaced(setting: &Setting) -> bool {
    let Some(raw) = setting.raw().map(crate::secret::Secret::expose).filter(|raw| raw.contains('$')) else {
        return false;
    };
    match &setting.reading {
        // What is left after $$ and \$ is as written, unless something was put in.
        Reading::Value(Value::Secret(value)) => {
            let escaped = raw.replace("\\$", "$$").replace("$$", "$");
            value.expose() != raw && value.expose() != escaped
        }
        Reading::HostDependent(_) => true,
        _ => false,
    }
}

fn say(
    service: &ServiceFacts,
    setting: &Setting,
    severity: Severity,
    message: String,
    help: &str,
) -> Finding {
    Finding::new(RULE.name, severity, message)
        .of(&service.service.id)
        .at(setting.place())
        .section(&setting.section)
        .option(setting.spec.name)
        .help(help)
}

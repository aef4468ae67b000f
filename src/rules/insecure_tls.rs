//! `insecure-tls`

use super::urls::scheme_and_host;
use super::{Context, Rule};
use crate::catalog::SessionOptions;
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Login, Service};

pub(super) const RULE: Rule = Rule {
    name: "insecure-tls",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/loading/session.py, keystonemiddleware/auth_token/_opts.py",
    needs_login: false,
    summary: "Keystone's certificate is not checked, so whoever answers in its place gets the password.",
    why: "With insecure = true any certificate will do. Whoever can redirect the connection receives the service user's \
password, and in the case of a receiver decides which tokens are valid. It is often left over from a test.",
    fix: "Name the CA in cafile and remove insecure.",
    example: "\
# bad
[keystone_authtoken]
insecure = true

# good
[keystone_authtoken]
cafile = /etc/ssl/private-ca.pem",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.flat_map(in_service).collect()
}

fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    let senders = service.service.senders.iter().filter(|sender| sender.sends() && uses_tls(&sender.login));
    for sender in senders {
        let what = match sender.section {
            "barbican_service_user" => "the service token for barbican is fetched from Keystone",
            _ => "the service token is fetched from Keystone",
        };
        let sessions = sender.sessions.iter().filter(|session| session.transport.insecure);
        findings.extend(sessions.filter_map(|session| of_session(service, session.options, what)));
    }
    for other in &service.service.logins {
        let told = findings.iter().any(|known| known.section.as_deref() == Some(other.purpose.section));
        if !told && other.transport.insecure && uses_tls(&other.login) {
            let options = SessionOptions::of(other.purpose.target, other.purpose.section);
            let what = format!("the login to {} is made", other.purpose.target.label());
            findings.extend(of_session(service, &options, &what));
        }
    }
    let receiver = service.service.receiver.as_ref().filter(|receiver| uses_tls(&receiver.login));
    let setting = receiver.and_then(|receiver| receiver.setting("insecure"));
    if let Some(setting) = setting.filter(|setting| setting.bool() == Some(true)) {
        findings.push(finding(service, setting, "cafile", "tokens are validated by Keystone"));
    }
    findings
}

/// Plain HTTP is another rule's.
fn uses_tls(login: &Login) -> bool {
    let url = login.auth_url.as_deref().and_then(scheme_and_host);
    url.is_none_or(|(scheme, _)| scheme != "http")
}

/// About a session that is insecure.
fn of_session(service: &ServiceFacts, options: &SessionOptions, what: &str) -> Option<Finding> {
    let Service { configuration, schema, .. } = &service.service;
    let setting = configuration.get_named(schema, options.section, options.insecure)?;
    Some(finding(service, &setting, options.cafile, what))
}

fn finding(service: &ServiceFacts, setting: &Setting, ca: &str, what: &str) -> Finding {
    let message = format!(
        "{what} with the settings of [{}] in {}, which check no certificate",
        setting.section, service.service.name
    );
    Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(setting.place())
        .section(&setting.section)
        .option(setting.spec.name)
        .help(format!("name the CA in {ca} and remove {}", setting.spec.name))
}

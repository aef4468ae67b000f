//! `insecure-tls`

use super::urls::scheme_and_host;
use super::{Context, Rule};
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Login, Sender};

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
    let sends =
        |sender: &&Sender| sender.sends() && sender.section == "service_user" && uses_tls(&sender.login);
    if service.service.senders.iter().any(|sender| sends(&sender)) {
        let sessions = service.service.kind.sessions().iter();
        let settings = sessions.filter_map(|session| insecure(service, session.section, session.insecure));
        findings.extend(
            settings.map(|setting| finding(service, &setting, "the service token is fetched from Keystone")),
        );
    }
    let castellan = |sender: &Sender| sender.sends() && sender.section == "barbican_service_user";
    let insecure_session = |sender: &&Sender| castellan(sender) && uses_tls(&sender.login);
    if let Some(sender) = service.service.senders.iter().find(insecure_session)
        && sender.sessions.iter().any(|session| session.transport.insecure)
    {
        let service_facts = &service.service;
        let setting = service_facts.configuration.get_named(&service_facts.schema, "barbican", "verify_ssl");
        let what = "the service token for barbican is fetched from Keystone";
        findings.extend(setting.map(|setting| finding(service, &setting, what)));
    }
    for other in &service.service.logins {
        let told = findings.iter().any(|known| known.section.as_deref() == Some(other.purpose.section));
        if !told && other.transport.insecure && uses_tls(&other.login) {
            let setting = insecure(service, other.purpose.section, "insecure");
            let what = format!("the login to {} is made", other.purpose.target.label());
            findings.extend(setting.map(|setting| finding(service, &setting, &what)));
        }
    }
    let receiver = service.service.receiver.as_ref().filter(|receiver| uses_tls(&receiver.login));
    let setting = receiver.and_then(|receiver| receiver.setting("insecure"));
    if let Some(setting) = setting.filter(|setting| setting.bool() == Some(true)) {
        findings.push(finding(service, setting, "tokens are validated by Keystone"));
    }
    findings
}

/// Plain HTTP is another rule's.
fn uses_tls(login: &Login) -> bool {
    let url = login.auth_url.as_deref().and_then(scheme_and_host);
    url.is_none_or(|(scheme, _)| scheme != "http")
}

fn insecure(service: &ServiceFacts, section: &str, option: &str) -> Option<Setting> {
    let service = &service.service;
    let setting = service.configuration.get_named(&service.schema, section, option)?;
    (setting.bool() == Some(true)).then_some(setting)
}

/// The option beside one that names the CA.
fn ca_option(insecure: &str) -> &'static str {
    match insecure {
        "insecure" => "cafile",
        "verify_ssl" => "verify_ssl_path",
        _ => "glance_ca_certificates_file",
    }
}

fn finding(service: &ServiceFacts, setting: &Setting, what: &str) -> Finding {
    let message = format!(
        "{what} with the settings of [{}] in {}, which check no certificate",
        setting.section, service.service.name
    );
    Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(setting.place().cloned())
        .section(&setting.section)
        .option(setting.spec.name)
        .help(format!("name the CA in {} and remove {}", ca_option(setting.spec.name), setting.spec.name))
}

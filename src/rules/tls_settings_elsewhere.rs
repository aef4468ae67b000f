//! `tls-settings-elsewhere`

use super::{Context, Rule};
use crate::catalog::{self, SessionOptions};
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Sender, Session};

pub(super) const RULE: Rule = Rule {
    name: "tls-settings-elsewhere",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "nova/volume/cinder.py, nova/network/neutron.py, nova/image/glance.py, cinder/compute/nova.py, cinder/image/glance.py, keystoneauth1/service_token.py; observed on keystoneauth1 5.18.1",
    needs_login: false,
    summary: "A TLS or time-out option stands in [service_user], where it plays no part.",
    why: "The service token is fetched over the session of the section that is called for: [cinder], [neutron], [glance] \
or [cyborg] in nova, [nova] and glance_ca_certificates_file and its like in cinder, [barbican] in castellan. cafile, \
insecure, certfile, keyfile and timeout of [service_user] are read and never used (but by cinder's backups to swift with \
backup_swift_service_auth). Where Keystone has a certificate of a private CA that only \
[service_user] knows, every call fails with a TLS error although the section looks right.",
    fix: "Set the same option in the sections of the services that are called. In [service_user] it may stay.",
    example: "\
# bad: the CA is known in [service_user] only
[service_user]
cafile = /etc/ssl/private-ca.pem

# good
[cinder]
cafile = /etc/ssl/private-ca.pem
[neutron]
cafile = /etc/ssl/private-ca.pem
[glance]
cafile = /etc/ssl/private-ca.pem",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services
        .flat_map(|service| service.service.senders.iter().map(move |sender| (service, sender)))
        .filter(|(_, sender)| sender.sends() && !sender.implicit)
        // Its backups use the section's own session.
        .filter(|(service, sender)| sender.section != "service_user" || !service.service.swift_backup())
        .flat_map(|(service, sender)| in_sender(service, sender))
        .collect()
}

fn in_sender(service: &ServiceFacts, sender: &Sender) -> Vec<Finding> {
    let options = catalog::session(service.service.in_force.keystoneauth);
    let section = service.service.configuration.section(&service.service.schema, sender.section);
    options
        .iter()
        .filter_map(|option| section.named(option.name))
        .filter(|setting| !is_default(setting) && !is_known_elsewhere(service, sender, setting))
        .map(|setting| finding(service, sender, &setting))
        .collect()
}

fn read(service: &ServiceFacts, section: &str, option: &str) -> Option<Setting> {
    let service = &service.service;
    service.configuration.get_named(&service.schema, section, option)
}

/// Not set, or set to what it would be anyway.
fn is_default(setting: &Setting) -> bool {
    let empty = setting.raw().is_none_or(|raw| raw.expose().is_empty());
    empty || setting.bool() == Some(false)
}

/// The sessions that fetch the token.
fn sessions(service: &ServiceFacts, sender: &Sender) -> Vec<&'static SessionOptions> {
    if sender.section != "service_user" {
        return Vec::new();
    }
    if sender.sessions.is_empty() {
        return service.service.kind.sessions().iter().collect();
    }
    sender.sessions.iter().map(|session| session.options).collect()
}

/// Whether every session that counts says the same.
fn is_known_elsewhere(service: &ServiceFacts, sender: &Sender, setting: &Setting) -> bool {
    let same = |session: &Session| {
        let name = session.options.name(setting.spec.name);
        let other = name.and_then(|name| read(service, session.options.section, name));
        name.is_none() || other.is_some_and(|other| other.reading == setting.reading)
    };
    !sender.sessions.is_empty() && sender.sessions.iter().all(same)
}

fn finding(service: &ServiceFacts, sender: &Sender, setting: &Setting) -> Finding {
    let option = setting.spec.name;
    let name = &service.service.name;
    let (whose, help) = if sender.section == "service_user" {
        let sessions = sessions(service, sender);
        let labels: Vec<String> = sessions.iter().map(|session| session.label()).collect();
        (
            format!("{name} fetches the service token over the session of {}", labels.join(", ")),
            format!("set {}", settings(&sessions, option)),
        )
    } else {
        (
            "castellan fetches the service token over its own session".to_owned(),
            "set verify_ssl_path in [barbican]".to_owned(),
        )
    };
    Finding::new(
        RULE.name,
        Severity::Note,
        format!("{option} in [{}] plays no part: {whose}", sender.section),
    )
    .of(&service.service.id)
    .at(setting.place())
    .section(sender.section)
    .option(option)
    .help(help)
}

/// What an option is called in each session: `cafile in [cinder], [neutron]`.
fn settings(sessions: &[&'static SessionOptions], option: &'static str) -> String {
    let mut told: Vec<(&str, Vec<String>)> = Vec::new();
    for session in sessions {
        let Some(name) = session.name(option) else { continue };
        let section = format!("[{}]", session.section);
        match told.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sections)) => sections.push(section),
            None => told.push((name, vec![section])),
        }
    }
    let told: Vec<String> =
        told.iter().map(|(name, sections)| format!("{name} in {}", sections.join(", "))).collect();
    told.join(" and ")
}

//! `tls-settings-elsewhere`

use super::{Context, Rule};
use crate::catalog;
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Sender;

pub(super) const RULE: Rule = Rule {
    name: "tls-settings-elsewhere",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "nova/volume/cinder.py, nova/network/neutron.py, nova/image/glance.py, keystoneauth1/service_token.py; observed on keystoneauth1 5.18.1",
    needs_login: false,
    summary: "A TLS or time-out option stands in [service_user], where it plays no part.",
    why: "The service token is fetched over the session of the section that is called for: [cinder], [neutron], [glance] \
or [cyborg] in nova, [nova] in cinder, [barbican] in castellan. cafile, insecure, certfile, keyfile and \
timeout of [service_user] are read and never used. Where Keystone has a certificate of a private CA that only \
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
        .flat_map(|(service, sender)| in_sender(service, sender))
        .collect()
}

fn in_sender(service: &ServiceFacts, sender: &Sender) -> Vec<Finding> {
    let options = catalog::session(service.service.in_force.keystoneauth);
    options
        .iter()
        .filter_map(|option| read(service, sender.section, option.name))
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
    let empty = setting.raw.as_ref().is_none_or(|raw| raw.expose().is_empty());
    empty || setting.bool() == Some(false)
}

/// The sections whose sessions fetch the token, as far as they are there.
fn sections(service: &ServiceFacts, sender: &Sender) -> Vec<&'static str> {
    if sender.section != "service_user" {
        return Vec::new();
    }
    let sections = service.service.kind.transport_sections().iter().copied();
    sections.filter(|section| service.service.configuration.has_section(section)).collect()
}

/// Whether every section that counts says the same.
fn is_known_elsewhere(service: &ServiceFacts, sender: &Sender, setting: &Setting) -> bool {
    let sections = sections(service, sender);
    let same = |section: &&str| {
        read(service, section, setting.spec.name).is_some_and(|other| other.reading == setting.reading)
    };
    !sections.is_empty() && sections.iter().all(same)
}

fn finding(service: &ServiceFacts, sender: &Sender, setting: &Setting) -> Finding {
    let option = setting.spec.name;
    let name = &service.service.name;
    let (whose, help) = if sender.section == "service_user" {
        let sections = sections(service, sender);
        let sections =
            if sections.is_empty() { service.service.kind.transport_sections().to_vec() } else { sections };
        let names: Vec<String> = sections.iter().map(|section| format!("[{section}]")).collect();
        let names = names.join(", ");
        (
            format!("{name} fetches the service token over the session of {names}"),
            format!("set {option} in {names}"),
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
    .at(setting.place().cloned())
    .section(sender.section)
    .option(option)
    .help(help)
}

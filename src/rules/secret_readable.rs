//! `secret-readable`

use super::{Context, Rule};
use crate::config::{Place, Setting};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::stand_in;

pub(super) const RULE: Rule = Rule {
    name: "secret-readable",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "the mode bits of the file and of the directories above it",
    needs_login: false,
    summary: "Every user of this host can read a file that holds a password.",
    why: "Whoever has a login on the host, or breaks into any of its services, becomes the service user, and with its \
role `service` may have expired tokens honoured and act for any user whose token passes by. Only files of this \
host are looked at: the modes of a copy, a checkout or a support bundle say nothing.",
    fix: "Give the file to the service's group and take it from the others: mode 0640.",
    example: "\
# bad: -rw-r--r-- 1 root root  /etc/nova/nova.conf

# good: -rw-r----- 1 root nova  /etc/nova/nova.conf",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.flat_map(in_service).collect()
}

/// One finding for each file, at its first secret.
fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    let exposed = service.service.exposed.iter();
    exposed.filter_map(|file| finding(service, file, first_secret(service, file)?)).collect()
}

fn first_secret<'f>(service: &'f ServiceFacts, file: &str) -> Option<(&'f Setting, Place)> {
    let senders = service.service.senders.iter().flat_map(|sender| &sender.login.settings);
    let receivers = service.service.receiver.iter();
    let settings = senders.chain(receivers.flat_map(|r| r.settings.iter().chain(&r.login.settings)));
    let real = |setting: &&Setting| {
        setting.spec.secret
            && setting.secret_value().is_some_and(|secret| !secret.expose().is_empty())
            && stand_in(setting).is_none()
    };
    let places = settings.filter(real).filter_map(|setting| Some((setting, setting.place()?)));
    places.filter(|(_, place)| *place.file == *file).min_by_key(|(_, place)| place.line)
}

fn finding(service: &ServiceFacts, file: &str, (setting, place): (&Setting, Place)) -> Option<Finding> {
    let message = format!(
        "every user of this host can read {file}, which holds {} of [{}]",
        setting.spec.name, setting.section
    );
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(Some(place))
        .section(&setting.section)
        .option(setting.spec.name)
        .help(format!("chmod o= {file}, where the service reads it as owner or by its group"));
    Some(finding)
}

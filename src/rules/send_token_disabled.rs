//! `send-token-disabled`

use super::spelling::point_at;
use super::{Context, Rule, fixes};
use crate::catalog::ServiceKind;
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};
use crate::service::{LoginPlan, Sender, Sending};

pub(super) const RULE: Rule = Rule {
    name: "send-token-disabled",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "nova/conf/service_token.py, cinder/service_auth.py: send_service_user_token defaults to false, up to 2026.2; CVE-2023-2088",
    needs_login: false,
    summary: "A service that should send a service token with its calls does not.",
    why: "Since the fix for CVE-2023-2088 cinder detaches a volume of a running instance only when the call \
carries a service token; without one it answers 409 and the volume stays attached. Long migrations, \
snapshots and uploads die with 401 when the user's token expires on the way. `nova-status upgrade check` \
looks at this boolean on the host it runs on and at nothing else. For cinder and cyborg, and for castellan's \
[barbican_service_user], sending is optional, so there it is a note.",
    fix: "Set send_service_user_token = true in [service_user] together with a complete login, in the \
configuration of every nova process: API, scheduler, conductors and every compute host.",
    example: "\
# bad: the section is complete, but off
[service_user]
auth_type = password
auth_url = https://keystone.example/identity
username = nova
password = …

# good
[service_user]
send_service_user_token = true
auth_type = password
…",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services
        .flat_map(|service| service.service.senders.iter().map(move |sender| (service, sender)))
        .filter(|(_, sender)| sender.sending == Sending::SwitchedOff && !sender.implicit)
        .map(|(service, sender)| finding(service, sender))
        .chain(super::lines::services(context).filter_map(backup))
        .collect()
}

/// cinder's backups to swift have a switch of their own.
fn backup(facts: &ServiceFacts) -> Option<Finding> {
    let service = &facts.service;
    let sender = service.senders.iter().find(|sender| sender.section == "service_user" && sender.sends())?;
    let read = |name| service.configuration.get_named(&service.schema, "DEFAULT", name);
    // cinder-backup alone registers the driver, so only its text is known.
    let driver = read("backup_driver").filter(Setting::is_set)?;
    let is_swift = driver.raw().is_some_and(|raw| raw.expose().contains("swift"));
    if service.kind != ServiceKind::Cinder || !is_swift || service.swift_backup() {
        return None;
    }
    let switch = read(BACKUP_SWITCH).filter(Setting::is_set);
    let place = switch.as_ref().and_then(Setting::place).or_else(|| driver.place());
    let message = format!(
        "{}'s backups to swift carry no service token, since {BACKUP_SWITCH} is not true: one that outlives its user's token fails with 401",
        service.name
    );
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&service.id)
        .at(place)
        .section("DEFAULT")
        .option(BACKUP_SWITCH)
        .help(format!("set {BACKUP_SWITCH} = true in [DEFAULT]"))
        .see(sender.header.as_ref(), "the token would be that of this login");
    Some(finding)
}

const BACKUP_SWITCH: &str = "backup_swift_service_auth";

fn finding(service: &ServiceFacts, sender: &Sender) -> Finding {
    let name = &service.service.name;
    let of_nova = service.service.kind == ServiceKind::Nova && sender.section == "service_user";
    let calls_nobody = of_nova && calls_nobody(service, sender);
    let severity = if of_nova && !calls_nobody { Severity::Error } else { Severity::Note };
    let subject = if calls_nobody {
        format!("this conductor of {name} sends no service token, and has no login to call anybody with")
    } else if of_nova {
        format!("{name} sends no service token")
    } else if sender.section == "service_user" {
        format!("{name} sends no service token, which is optional there")
    } else {
        format!("{name} sends no service token to barbican, which is optional")
    };
    let set = sender.switch.as_ref().filter(|switch| switch.is_set());
    let place = set.and_then(Setting::place).or_else(|| sender.header.clone());
    let (message, help) = match (set, &sender.header) {
        (Some(_), _) => (format!("{subject}: send_service_user_token is false"), switch_on(sender)),
        (None, Some(_)) => (
            format!("{subject}: send_service_user_token is not set, and its default is false"),
            switch_on(sender),
        ),
        (None, None) => (
            format!("{subject}: it has no [{}] section", sender.section),
            format!(
                "add [{}] with send_service_user_token = true and the login of {name}'s service user",
                sender.section
            ),
        ),
    };
    let place = place
        .or_else(|| service.service.configuration.layers().first().map(|layer| Place::of_file(layer.file())));
    let finding = Finding::new(RULE.name, severity, message)
        .of(&service.service.id)
        .at(place)
        .section(sender.section)
        .option("send_service_user_token")
        .help(help);
    if set.is_some() {
        return finding;
    }
    let finding = point_at(finding, service, switch_section(sender), SWITCH);
    // A line that was to be the switch is better mended than doubled.
    let is_complete = matches!(sender.login.plan, LoginPlan::Ready(_)) && finding.related.is_empty();
    let fix = || fixes::switch_on(service, switch_section(sender), sender.section, SWITCH);
    finding.fix(if is_complete { fix() } else { None })
}

const SWITCH: &str = "send_service_user_token";

/// A conductor of a cell that has nothing but its database and queue, as
/// DevStack's have.
fn calls_nobody(service: &ServiceFacts, sender: &Sender) -> bool {
    let service = &service.service;
    let mut sections = service.kind.session_sections();
    service.process == Some("nova-conductor")
        && sender.header.is_none()
        && !sections.any(|section| service.configuration.has_section(section))
}

fn switch_section(sender: &Sender) -> &'static str {
    if sender.section == "service_user" { "service_user" } else { "barbican" }
}

fn switch_on(sender: &Sender) -> String {
    format!("set send_service_user_token = true in [{}]", switch_section(sender))
}

//! `sender-inconsistent`

use super::urls::scheme_and_host;
use super::{Context, Rule};
use crate::catalog::ServiceKind;
use crate::config::Setting;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};
use crate::service::{LoginPlan, Sender};

/// What some processes have in common: a word for it, and who they are.
type Group<'f> = (String, Vec<(&'f ServiceFacts, &'f Sender)>);

pub(super) const RULE: Rule = Rule {
    name: "sender-inconsistent",
    severity: Severity::Note,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "nova/service_auth.py: each process reads its own files; nova's documentation wants [service_user] for every one of them",
    needs_login: false,
    summary: "The processes of one service send differently.",
    why: "nova's API, conductors and every compute host read files of their own, and each makes calls. Where only some \
of them send a service token, or log in as another user, volumes detach from one host and not from the next, \
while nova-status looks at one file only and passes.",
    fix: "Give every process of the service the same [service_user].",
    example: "\
# nova.conf of the API: complete
# nova.conf of a compute host: no [service_user]",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut names: Vec<(&str, ServiceKind)> = Vec::new();
    for service in &context.facts.services {
        let name = (service.service.name.as_str(), service.service.kind);
        if name.1.reads_service_user() && !names.contains(&name) {
            names.push(name);
        }
    }
    names.iter().flat_map(|(name, _)| of_name(context, name)).collect()
}

fn of_name(context: &Context<'_>, name: &str) -> Vec<Finding> {
    let senders: Vec<(&ServiceFacts, &Sender)> = context
        .facts
        .services
        .iter()
        .filter(|service| service.service.name == name && service.service.configuration.failure().is_none())
        .filter_map(|service| {
            let senders = &service.service.senders;
            Some((service, senders.iter().find(|s| s.section == "service_user" && !s.implicit)?))
        })
        .collect();
    let sends = |sender: &Sender| Some(if sender.sends() { "some do" } else { "some do not" }.to_owned());
    let mut findings: Vec<Finding> =
        differing(&senders, sends, name, "send_service_user_token", "send a service token")
            .into_iter()
            .collect();
    // Processes that log in at different places may belong to different clouds.
    let sending: Vec<_> = senders.iter().copied().filter(|(_, sender)| sender.sends()).collect();
    if groups(&sending, host).len() <= 1 {
        findings.extend(differing(&sending, user, name, "username", "log in as the same user"));
        findings.extend(differing(&sending, project, name, "project_name", "log in to the same project"));
    }
    findings
}

fn host(sender: &Sender) -> Option<String> {
    scheme_and_host(sender.login.auth_url.as_deref()?).map(|(_, host)| host.into_owned())
}

fn user(sender: &Sender) -> Option<String> {
    let LoginPlan::Ready(credential) = &sender.login.plan else { return None };
    credential.user_label().map(str::to_owned)
}

fn project(sender: &Sender) -> Option<String> {
    let LoginPlan::Ready(credential) = &sender.login.plan else { return None };
    credential.scope.project_label().map(str::to_owned)
}

/// The senders by what they have in common, the largest group first.
fn groups<'f>(
    senders: &[(&'f ServiceFacts, &'f Sender)],
    of: impl Fn(&Sender) -> Option<String>,
) -> Vec<Group<'f>> {
    let mut groups: Vec<Group<'f>> = Vec::new();
    for &(service, sender) in senders {
        let Some(word) = of(sender) else { continue };
        match groups.iter_mut().find(|(known, _)| *known == word) {
            Some((_, members)) => members.push((service, sender)),
            None => groups.push((word, vec![(service, sender)])),
        }
    }
    groups.sort_by_key(|(_, members)| std::cmp::Reverse(members.len()));
    groups
}

fn differing(
    senders: &[(&ServiceFacts, &Sender)],
    of: impl Fn(&Sender) -> Option<String>,
    name: &str,
    option: &str,
    what: &str,
) -> Option<Finding> {
    let groups = groups(senders, of);
    let [(_, most), (_, few), ..] = groups.as_slice() else { return None };
    let words: Vec<String> =
        groups.iter().map(|(word, members)| format!("{word} ({})", ids(members))).collect();
    let message = format!("not all processes of {name} {what}: {}", words.join(", "));
    let mut finding = Finding::new(RULE.name, Severity::Note, message)
        .at(place(few[0], option))
        .section("service_user")
        .option(option)
        .help(format!("give every process of {name} the same [service_user]"))
        .see(place(most[0], option).as_ref(), most[0].0.service.id.as_str())
        .likely();
    for (service, _) in groups.iter().flat_map(|(_, members)| members) {
        finding = finding.of(&service.service.id);
    }
    Some(finding)
}

/// The first ids of a group; there may be thousands.
fn ids(members: &[(&ServiceFacts, &Sender)]) -> String {
    let names: Vec<&str> = members.iter().take(3).map(|(service, _)| service.service.id.as_str()).collect();
    match members.len() {
        0..=3 => names.join(", "),
        count => format!("{} and {} more", names.join(", "), count - 3),
    }
}

fn place((service, sender): (&ServiceFacts, &Sender), option: &str) -> Option<Place> {
    let setting =
        sender.login.settings.iter().chain(&sender.switch).find(|setting| setting.spec.name == option);
    let file = || service.service.configuration.layers().first().map(|layer| Place::of_file(layer.file()));
    setting.and_then(Setting::place).or_else(|| sender.header.clone()).or_else(file)
}

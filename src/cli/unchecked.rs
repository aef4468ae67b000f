//! What a run did not look at, why, and what would.

use super::plan::Plan;
use crate::catalog::{ServiceKind, service_names};
use crate::deployment::Unchecked;
use crate::facts::{Facts, LoginState, ProbeFact, ServiceFacts, Skip};
use crate::keystone::Evidence;
use crate::report::NotChecked;
use crate::text::nearest;

/// All of it; `unchecked` is what the targets hold and nobody reads.
pub(super) fn not_checked(facts: &Facts, plan: &Plan, unchecked: &[Unchecked]) -> Vec<NotChecked> {
    let item = |what: &str, why: &str, how: &str| NotChecked {
        what: what.to_owned(),
        why: why.to_owned(),
        how: how.to_owned(),
    };
    let mut items = Vec::new();
    if !facts.live {
        items.push(item(
            "logins and the roles really granted",
            "--offline",
            "run it without --offline where Keystone can be reached",
        ));
    }
    if !facts.services.iter().any(|service| service.service.receiver.is_some()) {
        items.push(item(
            "what the receivers do with the token",
            "no receiver's file was given",
            "add cinder=FILE, glance=FILE, neutron=FILE",
        ));
    }
    items.extend(near_names(facts));
    let unseen: Vec<&str> = facts.unseen_receivers().into_iter().map(ServiceKind::label).collect();
    if !unseen.is_empty() && facts.services.iter().any(|service| service.service.receiver.is_some()) {
        let files: Vec<String> = unseen.iter().map(|name| format!("{name}=FILE")).collect();
        items.push(item(
            &format!("what {} of Keystone's catalogue does with the token", unseen.join(", ")),
            "no file of it was given",
            &format!("add {}", files.join(", ")),
        ));
    }
    let old = facts.logins_with_unknown_policies();
    if !old.is_empty() {
        items.push(item(
            &format!(
                "whether the users of {} hold the roles that the called services ask for",
                old.join(", ")
            ),
            "default policies are known from 2023.1 on",
            "--upgrade-to shows what a later release asks for",
        ));
    }
    items.extend(unchecked.iter().map(|Unchecked { what, why, how }| item(what, why, how)));
    if !plan.inputs.unused_variables.is_empty() {
        let names = plan.inputs.unused_variables.join(", ");
        items.push(item(
            &format!("this shell's {names}"),
            "a service has its own environment",
            "--with-env takes them for the services'",
        ));
    }
    items.extend(facts.trust_store.as_ref().map(|path| {
        item(
            "the trust stores of the services themselves",
            &format!("without cafile this host's counted, {path}; theirs may be another (requests brings certifi's)"),
            "set cafile in their sections",
        )
    }));
    items.extend(skipped_logins(facts));
    items.extend(unasked(facts));
    items
}

/// Running services that `--probe` learnt nothing from. That a cloud does not have
/// a service is no reason to speak of it.
fn unasked(facts: &Facts) -> Vec<NotChecked> {
    let is_receiver = |known: &ServiceFacts, kind| known.service.kind == kind && known.receiver.is_some();
    let has_file = |kind| facts.services.iter().any(|known| is_receiver(known, kind));
    let mut items: Vec<NotChecked> = Vec::new();
    for service in &facts.services {
        for ProbeFact { kind, outcome, .. } in &service.probes {
            let told = match outcome.evidence {
                Evidence::NotTried => false,
                Evidence::NoEndpoint => has_file(*kind),
                _ => true,
            };
            let Some(why) = outcome.evidence.why_none().filter(|_| told) else { continue };
            let target = kind.label();
            let at = if outcome.url.is_empty() { String::new() } else { format!(" at {}", outcome.url) };
            let item = NotChecked {
                what: format!("whether the running {target}{at} rejects {}'s token", service.service.name),
                why,
                how: outcome.evidence.help(target),
            };
            if !items.contains(&item) {
                items.push(item);
            }
        }
    }
    items
}

/// Services of no known name that is nearly a known one: whoever mistyped it gets a
/// receiver that nobody calls.
fn near_names(facts: &Facts) -> Vec<NotChecked> {
    let mut names: Vec<&str> = facts.services.iter().map(|known| known.service.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let unknown = names.into_iter().filter(|name| !service_names().any(|known| known == *name));
    unknown
        .filter_map(|name| {
            let near = nearest(name, service_names())?;
            Some(NotChecked {
                what: format!("who calls {name}"),
                why: "no service of that name is known here".to_owned(),
                how: format!("did you mean {near}?"),
            })
        })
        .collect()
}

/// Logins that a live run did not try for a reason of its own.
fn skipped_logins(facts: &Facts) -> Vec<NotChecked> {
    let mut items: Vec<NotChecked> = Vec::new();
    for service in &facts.services {
        let senders = service.service.senders.iter().map(|sender| sender.section).zip(&service.senders);
        let receiver = service.receiver.iter().map(|receiver| ("keystone_authtoken", &receiver.login));
        let others = service.other_logins().map(|(other, state)| (other.purpose.section, state));
        for (section, state) in senders.chain(receiver).chain(others) {
            let LoginState::Skipped { why: why @ (Skip::Unsupported(_) | Skip::Run(_)) } = state else {
                continue;
            };
            let known = NotChecked {
                what: format!("the login of {} [{section}]", service.service.id),
                why: why.reason(),
                how: "log in by hand with its settings".to_owned(),
            };
            if !items.contains(&known) {
                items.push(known);
            }
        }
    }
    items
}

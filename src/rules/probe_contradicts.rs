//! `probe-contradicts`

use super::{Context, Rule};
use crate::facts::{ProbeFact, ServiceFacts};
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::Evidence;
use crate::trust::Verdict;

pub(super) const RULE: Rule = Rule {
    name: "probe-contradicts",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py; observed with --probe",
    needs_login: true,
    summary: "A running service does with the service token what its files do not say.",
    why: "A service reads its configuration when it starts. One that was not started again after a change, or that \
reads other files than those given, does something else than they say. With --probe the running service is asked: \
the same request goes to it without and with the service token, and a 401 that comes only with the token is the \
middleware's. That it does not reject the token proves no trust, so only a rejection, or its absence where the files \
ask for one, is a contradiction.",
    fix: "Start the service again, or give the files that its process really reads (ps, systemctl cat). If its files \
were not given, give them.",
    example: "nova-token-check --probe nova=/etc/nova/nova.conf cinder=/etc/cinder/cinder.conf",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().enumerate();
    services
        .flat_map(|(index, service)| service.probes.iter().map(move |probe| (index, service, probe)))
        .filter_map(|(index, service, probe)| finding(context, index, service, probe))
        .collect()
}

fn finding(
    context: &Context<'_>,
    index: usize,
    service: &ServiceFacts,
    probe: &ProbeFact,
) -> Option<Finding> {
    let verdicts = verdicts(context, index, probe);
    let (name, called, url) = (&service.service.name, probe.kind.label(), &probe.outcome.url);
    let (severity, message) = match probe.outcome.evidence {
        Evidence::Rejected if verdicts.iter().all(|(verdict, _)| *verdict != Verdict::Rejected) => {
            let files = if verdicts.is_empty() {
                "and its files were not given"
            } else {
                "and its files do not say so"
            };
            let message = format!("the {called} that runs at {url} rejects {name}'s service token, {files}");
            (Severity::Error, message)
        }
        Evidence::NotRejected
            if !verdicts.is_empty() && verdicts.iter().all(|(verdict, _)| *verdict == Verdict::Rejected) =>
        {
            let message = format!(
                "the {called} that runs at {url} does not reject {name}'s service token, as its files say it would"
            );
            (Severity::Warning, message)
        }
        _ => return None,
    };
    let receivers = verdicts.iter().map(|(_, receiver)| &context.facts.services[*receiver].service);
    let place = receivers.clone().find_map(|service| service.receiver.as_ref()?.header.clone());
    let finding = Finding::new(RULE.name, severity, message)
        .at(place)
        .help(format!("start {called} again, or give the files that its process reads"))
        .likely();
    let concerned = std::iter::once(&service.service).chain(receivers);
    Some(concerned.fold(finding, |finding, service| finding.of(&service.id)))
}

/// The verdicts of the receivers of that kind, each with the receiver.
fn verdicts(context: &Context<'_>, sender: usize, probe: &ProbeFact) -> Vec<(Verdict, usize)> {
    let rows = context.matrix.rows.iter().filter(|row| {
        row.section == "service_user"
            && row.senders.contains(&sender)
            && probe.kind.name() == Some(row.receiver_name.as_str())
    });
    rows.flat_map(|row| row.receivers.iter().map(|receiver| (row.judgement.verdict, *receiver))).collect()
}

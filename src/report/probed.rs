//! What the running services did with a service token, as a report tells it. The
//! answer of a running service is evidence beside the verdicts, which come from
//! files.

use serde::{Deserialize, Serialize};

use super::Report;
use super::outline::Outlined;
use crate::config::printable;
use crate::facts::{ProbeFact, ServiceFacts};
use crate::keystone::Evidence;

/// One probe, as in the JSON report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Probed {
    section: String,
    target: String,
    url: Option<String>,
    evidence: Answer,
    detail: Option<String>,
}

/// What a running service did with the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Answer {
    Rejected,
    NotRejected,
    Unreachable,
    None,
}

/// What a service asked others.
pub(super) fn of(facts: &ServiceFacts) -> Vec<Probed> {
    let probe = |probe: &ProbeFact| Probed {
        section: probe.section.to_owned(),
        target: probe.kind.label().to_owned(),
        url: Some(printable(&probe.outcome.url)).filter(|url| !url.is_empty()),
        evidence: answer(&probe.outcome.evidence),
        detail: probe.outcome.evidence.why_none(),
    };
    facts.probes.iter().map(probe).collect()
}

fn answer(evidence: &Evidence) -> Answer {
    match evidence {
        Evidence::Rejected => Answer::Rejected,
        Evidence::NotRejected => Answer::NotRejected,
        Evidence::Unreachable(_) => Answer::Unreachable,
        Evidence::NoUser { .. } | Evidence::NoEndpoint | Evidence::NotTried => Answer::None,
    }
}

/// What was learnt, a line each; alike services share one.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for service in &report.facts.services {
        for probe in service.probes() {
            let does = match probe.evidence {
                Answer::Rejected => "rejects",
                Answer::NotRejected => "does not reject",
                Answer::Unreachable | Answer::None => continue,
            };
            let (target, name, url) = (&probe.target, &service.service.name, probe.url.unwrap_or_default());
            let line = format!("{target} {does} {name}'s token ({url})");
            match lines.iter_mut().find(|(known, _)| *known == line) {
                Some((_, times)) => *times += 1,
                None => lines.push((line, 1)),
            }
        }
    }
    let line = |(line, times): (String, usize)| if times == 1 { line } else { format!("{line} x{times}") };
    lines.into_iter().map(line).collect()
}

/// Whether a running service gave no answer.
pub(super) fn any_unreachable(services: &[Outlined]) -> bool {
    services.iter().flat_map(Outlined::probes).any(|probe| probe.evidence == Answer::Unreachable)
}

//! The report in one sentence, for the formats that a person reads.

use std::collections::HashSet;

use super::{Report, upgrade};
use crate::findings::{Finding, Severity};
use crate::text::plural;
use crate::trust::{Row, Verdict};

/// How the answer is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Unsure,
}

/// The answer.
pub(super) fn answer(report: &Report) -> (String, Tone) {
    if let Some(compared) = &report.upgrade {
        return upgrade::answer(report, compared);
    }
    match of_tokens(report) {
        (answer, Tone::Good | Tone::Unsure) if report.facts.misses_probes_alone() => {
            (format!("{answer}; not every running service could be asked"), Tone::Unsure)
        }
        known => known,
    }
}

/// What logins and files say.
fn of_tokens(report: &Report) -> (String, Tone) {
    let counts = report.counts;
    let beside = errors_beside(report);
    let others = beside.len();
    let used: Vec<&Row> = report.matrix.rows.iter().filter(|row| row.used != Some(false)).collect();
    let with = |verdict: Verdict| {
        used.iter().filter(|row| row.judgement.verdict == verdict).copied().collect::<Vec<_>>()
    };
    if counts.errors > others {
        let mut bad: Vec<&Row> = [Verdict::Broken, Verdict::Rejected, Verdict::NotSent, Verdict::Ignored]
            .into_iter()
            .flat_map(&with)
            .collect();
        // What is optional is no error.
        bad.retain(|row| !is_optional(row));
        let which = worst(&bad).or_else(|| first_error(report).map(whose));
        let which = which.map_or_else(String::new, |which| format!(" ({which})"));
        return (
            format!("Service tokens will not work: {}{which}", plural(counts.errors, "error")),
            Tone::Bad,
        );
    }
    if let Some(first) = beside.first() {
        let tokens = if used.iter().all(|row| row.judgement.verdict == Verdict::Trusted) && !used.is_empty() {
            format!("{}, but", works(report))
        } else {
            "Service tokens aside,".to_owned()
        };
        let which = whose(first);
        return (format!("{tokens} other calls will fail: {} ({which})", plural(others, "error")), Tone::Bad);
    }
    if report.facts.incomplete() && !report.facts.misses_probes_alone() {
        return ("Could not be checked: Keystone was not reached for every login".to_owned(), Tone::Unsure);
    }
    if !with(Verdict::Unknown).is_empty() || used.is_empty() {
        let why = match report.facts.live {
            false => "offline, so no login was tried",
            true if used.is_empty() => "nothing given calls another with a service token",
            true => "some verdicts are unknown",
        };
        let found = if counts.warnings > 0 {
            plural(counts.warnings, "warning")
        } else {
            "No errors found".to_owned()
        };
        return (format!("{found}; {why}"), if counts.warnings > 0 { Tone::Unsure } else { Tone::Good });
    }
    // What is suppressed does not count, but it is still so.
    let partly = [Verdict::Broken, Verdict::Rejected, Verdict::Ignored].into_iter().flat_map(&with).next();
    if let Some(row) = partly {
        return (format!("{} only in part: {}", works(report), sentence(row)), Tone::Unsure);
    }
    if counts.warnings > 0 {
        return (format!("{}, with {}", works(report), plural(counts.warnings, "warning")), Tone::Unsure);
    }
    let all = with(Verdict::NotSent).is_empty();
    let which =
        if all { "every called receiver trusts them" } else { "where they are sent, they are trusted" };
    (format!("{}: {which}", works(report)), Tone::Good)
}

/// The first error that counts.
fn first_error(report: &Report) -> Option<&Finding> {
    let mut counted = report.findings.iter().filter(|finding| finding.suppression.is_none());
    counted.find(|finding| finding.severity == Severity::Error)
}

/// The login that a finding is about, in a few words.
pub(super) fn whose(finding: &Finding) -> String {
    let service = finding.services.first().map_or("", String::as_str);
    let service = service.split('@').next().unwrap_or_default();
    match &finding.section {
        Some(section) => format!("{service} [{section}]"),
        None => service.to_owned(),
    }
}

/// Rules about requests without a service token, and without a token at all.
const OTHER_REQUESTS: [&str; 1] = ["auth-filters-clash"];

/// The errors about requests that no service token takes part in.
pub(super) fn errors_beside(report: &Report) -> Vec<&Finding> {
    let errors = report.findings.iter();
    let apart = apart(report);
    let is_without = |finding: &Finding| {
        !finding.services.is_empty() && finding.services.iter().all(|id| apart.contains(id.as_str()))
    };
    errors
        .filter(|finding| finding.suppression.is_none() && finding.severity == Severity::Error)
        .filter(|finding| {
            OTHER_REQUESTS.contains(&finding.rule)
                || is_without(finding)
                || finding.section.as_deref().is_some_and(|section| is_beside(report, section))
        })
        .collect()
}

/// The services that could get service tokens and get none, such as placement; none
/// of them where no service sends any.
fn apart(report: &Report) -> HashSet<&str> {
    let id = |index: usize| report.facts.services.get(index).map(|outlined| outlined.service.id.as_str());
    let of = |row: &Row| row.senders.iter().chain(&row.receivers).copied().collect::<Vec<usize>>();
    let (used, unused): (Vec<&Row>, Vec<&Row>) =
        report.matrix.rows.iter().partition(|row| row.used != Some(false));
    let concerned: HashSet<&str> = used.iter().flat_map(|row| of(row)).filter_map(id).collect();
    let others = unused.iter().flat_map(|row| of(row)).filter_map(id);
    others.filter(|id| !concerned.is_empty() && !concerned.contains(id)).collect()
}

/// Whether a section holds a login to another service and none of a service token.
fn is_beside(report: &Report, section: &str) -> bool {
    let services = || report.facts.services.iter().map(|facts| &facts.service);
    let is_it = |name: &str| name.eq_ignore_ascii_case(section);
    let mut others = services().flat_map(|service| &service.logins);
    others.any(|other| is_it(other))
        && !services().flat_map(|service| &service.holders).any(|holder| is_it(holder))
}

/// That tokens work, and what that rests on: roles that were assumed are not
/// roles that were granted.
fn works(report: &Report) -> &'static str {
    if report.facts.live { "Service tokens work" } else { "Service tokens work with the roles assumed" }
}

/// The first of these rows in a few words, and how many other calls fail as badly:
/// the answer must not look like all of it.
fn worst(bad: &[&Row]) -> Option<String> {
    let (first, others) = bad.split_first()?;
    let fails = |row: &&&Row| matches!(row.judgement.verdict, Verdict::Broken | Verdict::Rejected);
    let mut told = vec![sentence(first)];
    for row in others.iter().filter(fails) {
        let another = sentence(row);
        if !told.contains(&another) {
            told.push(another);
        }
    }
    match told.len() - 1 {
        0 => told.pop(),
        more => Some(format!("{}; {more} more", sentence(first))),
    }
}

/// Whether a token is missing that only nova must send.
fn is_optional(row: &Row) -> bool {
    row.judgement.verdict == Verdict::NotSent && row.sender_name != "nova"
}

/// A row in a few words, for the first line.
fn sentence(row: &Row) -> String {
    let (sender, receiver) = (&row.sender_name, &row.receiver_name);
    match row.judgement.verdict {
        Verdict::Broken => format!("{sender}'s calls to {receiver} fail"),
        Verdict::Rejected => format!("{receiver} rejects {sender}'s token"),
        Verdict::Ignored => format!("{receiver} ignores {sender}'s token"),
        Verdict::NotSent => format!("{sender} sends no token to {receiver}"),
        Verdict::Unknown => format!("{receiver} is unknown"),
        Verdict::Trusted => format!("{receiver} trusts {sender}"),
    }
}

/// How many findings there are.
pub(super) fn counts(report: &Report) -> String {
    let counts = report.counts;
    let mut found = vec![
        plural(counts.errors, "error"),
        plural(counts.warnings, "warning"),
        plural(counts.notes, "note"),
    ];
    if counts.suppressed > 0 {
        found.push(format!("{} suppressed", counts.suppressed));
    }
    found.join(", ")
}

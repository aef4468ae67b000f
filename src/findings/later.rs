//! What the rules find under a later release, beside what they find now.
//!
//! The same fault at the same place is one finding, which says what becomes of
//! it; so a fingerprint stands for one finding in every format.

use super::finding::Finding;

/// Adds the findings under the release `to`. What is there already and does not
/// change is not repeated.
pub fn add_later(findings: &mut Vec<Finding>, later: Vec<Finding>, to: &'static str) {
    let now = findings.len();
    let mut joined = vec![false; now];
    for mut finding in later {
        if findings[..now].iter().any(|known| known.same_as(&finding)) {
            continue;
        }
        let same = (0..now).find(|&at| !joined[at] && is_same_fault(&findings[at], &finding));
        match same {
            Some(at) => {
                joined[at] = true;
                join(&mut findings[at], finding, to);
            }
            None if findings[..now].iter().any(|known| holds(known, &finding)) => {}
            None => {
                finding.message = format!("under {to}: {}", finding.message);
                finding.under = Some(to);
                findings.push(finding);
            }
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
}

fn is_same_fault(now: &Finding, later: &Finding) -> bool {
    now.fingerprint() == later.fingerprint() && now.services == later.services && now.related == later.related
}

/// Whether a finding about several places says all that another says of some of
/// them.
fn holds(known: &Finding, later: &Finding) -> bool {
    let places = || known.place.iter().chain(known.related.iter().map(|related| &related.place));
    known.rule == later.rule
        && known.severity >= later.severity
        && later.services.iter().all(|service| known.services.contains(service))
        && later.place.as_ref().is_some_and(|place| places().any(|known| known == place))
}

fn join(now: &mut Finding, later: Finding, to: &'static str) {
    let what = rest(&now.message, &later.message);
    now.message = format!("{}; under {to}: {what}", now.message);
    if later.severity > now.severity {
        now.severity = later.severity;
        now.under = Some(to);
    }
    now.help = later.help.or(now.help.take());
    now.cure = later.cure.or(now.cure.take());
}

/// The later message without the sentences that both begin with.
fn rest<'m>(now: &str, later: &'m str) -> &'m str {
    let same = now.bytes().zip(later.bytes()).take_while(|(a, b)| a == b).count();
    // A position behind an ASCII mark is between two characters.
    later.as_bytes()[..same].windows(2).rposition(|pair| pair == b"; ").map_or(later, |at| &later[at + 2..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::findings::Severity;

    fn finding(severity: Severity, message: &str) -> Finding {
        Finding::new("r", severity, message).section("s").option("o").of("cinder")
    }

    #[test]
    fn a_fault_that_gets_worse_is_one_finding() {
        let mut findings = vec![finding(Severity::Warning, "nova carries admin; it is ignored")];
        let later = vec![finding(Severity::Error, "nova carries admin; it is rejected")];
        add_later(&mut findings, later, "2026.2");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].message, "nova carries admin; it is ignored; under 2026.2: it is rejected");
        assert_eq!((findings[0].severity, findings[0].under), (Severity::Error, Some("2026.2")));
    }

    #[test]
    fn what_is_the_same_is_not_repeated_and_what_is_new_says_so() {
        let mut findings = vec![finding(Severity::Note, "m")];
        let new = Finding::new("other", Severity::Error, "n");
        add_later(&mut findings, vec![finding(Severity::Note, "m"), new], "2026.2");
        let messages: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(messages, ["under 2026.2: n", "m"]);
        assert_eq!(findings[1].under, None);
    }
}

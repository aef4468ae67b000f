//! Findings that say the same of several files, as every process's copy of a
//! service's file is bound to, brought together into one that names all places.
//!
//! This comes after suppressions and the baseline, which know findings by their
//! own files: what is set aside in one copy still counts in the others.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use super::finding::{Confidence, Finding, Place, Severity, Suppression};

/// All that two findings have to share: everything but where, and in which services.
#[derive(PartialEq, Eq, Hash)]
struct Saying {
    rule: &'static str,
    severity: Severity,
    confidence: Confidence,
    message: String,
    help: Option<String>,
    cure: Option<String>,
    section: Option<String>,
    option: Option<String>,
    suppression: Option<Suppression>,
    /// Whether it can be mended by a patch: what the report says of that is said of
    /// all places.
    mended: Option<bool>,
}

/// Brings together what says the same; the first of them stays where it is.
pub fn bring_together(findings: &mut Vec<Finding>) {
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    let mut known: HashMap<Saying, usize> = HashMap::new();
    for finding in findings.drain(..) {
        if finding.place.is_none() {
            kept.push(finding);
            continue;
        }
        match known.entry(saying(&finding)) {
            Entry::Occupied(same) => join(&mut kept[*same.get()], finding),
            Entry::Vacant(new) => {
                new.insert(kept.len());
                kept.push(finding);
            }
        }
    }
    kept.iter_mut().for_each(once_each);
    *findings = kept;
}

fn saying(finding: &Finding) -> Saying {
    Saying {
        rule: finding.rule,
        severity: finding.severity,
        confidence: finding.confidence,
        message: finding.message.clone(),
        help: finding.help.clone(),
        cure: finding.cure.clone(),
        section: finding.section.clone(),
        option: finding.option.clone(),
        suppression: finding.suppression.clone(),
        mended: finding.fixes.first().map(|fix| fix.lines.is_ok()),
    }
}

/// Adds the places, services and fixes of one finding to another.
fn join(finding: &mut Finding, other: Finding) {
    finding.services.extend(other.services);
    if let Some(place) = other.place {
        finding.is_also_at(place, "and here");
    }
    finding.related.extend(other.related);
    finding.fixes.extend(other.fixes);
}

/// Names each service and each place once.
fn once_each(finding: &mut Finding) {
    let mut services: HashSet<String> = HashSet::with_capacity(finding.services.len());
    finding.services.retain(|service| services.insert(service.clone()));
    let mut places: HashSet<Place> = HashSet::with_capacity(finding.related.len() + 1);
    places.extend(finding.place.clone());
    finding.related.retain(|related| places.insert(related.place.clone()));
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Place;
    use crate::findings::{Edit, Fix, Withheld};

    fn finding(file: &str, message: &str) -> Finding {
        let place = Place::of_line(&Arc::from(file), 3);
        Finding::new("r", Severity::Error, message).of(file).at(Some(place))
    }

    #[test]
    fn copies_of_a_file_are_one_finding_at_all_places() {
        let mut findings = vec![finding("a", "m"), finding("b", "m"), finding("c", "other")];
        bring_together(&mut findings);
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].services, ["a", "b"]);
        assert_eq!(&*findings[0].related[0].place.file, "b");
        assert_eq!(findings[0].other_places(), 1);
    }

    #[test]
    fn every_place_keeps_its_fix() {
        let fixed = |file: &str, shown: bool| {
            let lines = if shown { Ok(Vec::new()) } else { Err(Withheld::Manifest) };
            let edits = vec![Edit { line: 3, column: 1, width: 4, text: "name".to_owned() }];
            finding(file, "m").fix(Some(Fix { file: Arc::from(file), edits, lines }))
        };
        let mut findings = vec![fixed("a", true), fixed("b", true), fixed("c", false), finding("d", "m")];
        bring_together(&mut findings);
        let files = |finding: &Finding| finding.fixes.iter().map(|fix| fix.file.to_string()).collect();
        let files: Vec<Vec<String>> = findings.iter().map(files).collect();
        assert_eq!(files, [vec!["a".to_owned(), "b".to_owned()], vec!["c".to_owned()], Vec::new()]);
    }

    #[test]
    fn what_differs_in_anything_else_stays_apart() {
        let severe = Finding { severity: Severity::Note, ..finding("b", "m") };
        let other = finding("c", "m").option("o");
        let help = finding("d", "m").help("do");
        let mut findings = vec![finding("a", "m"), severe, other, help];
        bring_together(&mut findings);
        assert_eq!(findings.len(), 4);
    }
}

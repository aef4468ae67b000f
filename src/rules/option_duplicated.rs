//! `option-duplicated`

use std::collections::HashMap;

use super::lines::{Line, all};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "option-duplicated",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/cfg.py: the last one counts, list options do not add up",
    needs_login: false,
    summary: "One file sets an option several times, to different values.",
    why: "The last one counts, also when it is empty and when the section is written several times. Other readers take \
the first, and people who edit the file may see only one of them. Lists do not add up: the last line is the \
whole list.",
    fix: "Keep the line that is meant and remove the others.",
    example: "\
# bad
[keystone_authtoken]
service_token_roles = service
service_token_roles = admin

# good
[keystone_authtoken]
service_token_roles = service,admin",
    check,
};

/// More places than these help nobody.
const SHOWN: usize = 5;

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut order: Vec<Key<'_>> = Vec::new();
    let mut same: HashMap<Key<'_>, Vec<Line<'_>>> = HashMap::new();
    for line in all(context).filter(|line| line.option().is_some()) {
        let id = line.service.service.id.as_str();
        // A file may come twice; each coming is a reading of its own.
        let layer = std::ptr::from_ref(line.layer) as usize;
        let key = (id, layer, line.section, line.key);
        let lines = same.entry(key).or_default();
        if lines.is_empty() {
            order.push(key);
        }
        lines.push(line);
    }
    order.iter().filter_map(|key| finding(same.get(key)?)).collect()
}

/// Service, file, section, name.
type Key<'f> = (&'f str, usize, &'f str, &'f str);

fn finding(lines: &[Line<'_>]) -> Option<Finding> {
    let (last, earlier) = lines.split_last()?;
    let value = last.value();
    let others: Vec<&Line<'_>> = earlier.iter().filter(|line| line.value() != value).collect();
    if others.is_empty() {
        return None;
    }
    let message = format!(
        "{} in [{}] is set {} times in this file, and the last one counts",
        last.key,
        last.section,
        lines.len()
    );
    let finding = line_finding(last, message);
    Some(
        others
            .iter()
            .take(SHOWN)
            .fold(finding, |finding, line| finding.see(Some(&line.place()), "this one does not count")),
    )
}

fn line_finding(line: &Line<'_>, message: String) -> Finding {
    line.finding(RULE.name, Severity::Note, message)
        .at(Some(line.place()))
        .help("keep the line that is meant and remove the others")
}

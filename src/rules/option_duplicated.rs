//! `option-duplicated`

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::lines::{Line, Part, parts};
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

/// What is known of the lines that set one option in one file.
struct Times<'f> {
    last: Line<'f>,
    count: usize,
}

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut order: Vec<Key<'_>> = Vec::new();
    let mut times: HashMap<Key<'_>, Times<'_>> = HashMap::new();
    for line in of_repeating(context) {
        let key = key(&line);
        match times.entry(key) {
            Entry::Vacant(entry) => {
                order.push(key);
                entry.insert(Times { last: line, count: 1 });
            }
            Entry::Occupied(mut entry) => {
                let known = entry.get_mut();
                *known = Times { last: line, count: known.count + 1 };
            }
        }
    }
    // What is no option known here is another rule's.
    let is_repeated = |times: &Times<'_>| times.count > 1 && times.last.option().is_some();
    if !times.values().any(is_repeated) {
        return Vec::new();
    }
    order.retain(|key| is_repeated(&times[key]));
    let mut others = others(context, &times);
    order.iter().filter_map(|key| Some(finding(times.get(key)?, &others.remove(key)?))).collect()
}

/// Every line of the parts that have some name twice.
fn of_repeating<'c, 'f>(context: &'c Context<'f>) -> impl Iterator<Item = Line<'f>> + use<'c, 'f> {
    parts(context).iter().flatten().filter(|part| part.has_name_twice()).flat_map(Part::lines)
}

/// The first lines of each option that say something else than the last one.
fn others<'f>(context: &Context<'f>, times: &HashMap<Key<'f>, Times<'f>>) -> HashMap<Key<'f>, Vec<Line<'f>>> {
    let mut others: HashMap<Key<'_>, Vec<Line<'_>>> = HashMap::new();
    for line in of_repeating(context) {
        let key = key(&line);
        let known = &times[&key];
        if known.count == 1 || others.get(&key).is_some_and(|found| found.len() == SHOWN) {
            continue;
        }
        if line.value() != known.last.value() {
            others.entry(key).or_default().push(line);
        }
    }
    others
}

/// Service, file, section, option.
type Key<'f> = (&'f str, usize, &'f str, &'f str);

fn key<'f>(line: &Line<'f>) -> Key<'f> {
    // A file may come twice; each coming is a reading of its own.
    let layer = std::ptr::from_ref(line.layer) as usize;
    (line.service.service.id.as_str(), layer, line.section, line.key)
}

fn finding(times: &Times<'_>, others: &[Line<'_>]) -> Finding {
    let Times { last, count } = times;
    let message = format!(
        "{} in [{}] is set {count} times in this file, and the last one counts",
        last.key, last.section
    );
    let finding = line_finding(last, message);
    others.iter().fold(finding, |finding, line| finding.see(Some(&line.place()), "this one does not count"))
}

fn line_finding(line: &Line<'_>, message: String) -> Finding {
    line.finding(RULE.name, Severity::Note, message)
        .at(Some(line.place()))
        .help("keep the line that is meant and remove the others")
}

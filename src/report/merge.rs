//! Reports of many hosts made into one. Nothing is judged anew: who trusts whom is
//! said for each host as its own report said it, and what several hosts found
//! alike is one finding that names them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::crowd::some;
use super::outline::{Outline, Outlined};
use super::{Merged, NotChecked, Report};
use crate::findings::{self, Finding};
use crate::rules::RULES;
use crate::trust::{Matrix, Row};

/// Makes one report of several; `None` if there is none. One alone stays as it is.
pub fn merge(reports: Vec<Report>, generated_at: String) -> Option<Report> {
    let mut reports = labelled(reports);
    if reports.len() < 2 {
        return reports.pop().map(|(_, report)| report);
    }
    let first = &reports.first()?.1;
    let mut all = Report {
        generated_at,
        host: String::new(),
        release: first.release,
        release_from: first.release_from,
        facts: Outline::default(),
        matrix: Matrix { rows: Vec::new() },
        upgrade: None,
        rules_run: Vec::new(),
        findings: Vec::new(),
        not_checked: Vec::new(),
        counts: findings::count(&[]),
        files: 0,
        merged: Vec::new(),
    };
    let ran: Vec<&str> =
        reports.iter().flat_map(|(_, report)| &report.rules_run).map(|rule| rule.name).collect();
    all.rules_run = RULES.iter().copied().filter(|rule| ran.contains(&rule.name)).collect();
    let mut found = Together::default();
    let mut unchecked = Together::default();
    for (label, report) in reports {
        let base = all.facts.services.len();
        all.merged.extend(sources(&label, &report));
        all.files += report.files;
        all.facts.live |= report.facts.live;
        all.facts.incomplete |= report.facts.incomplete;
        all.facts.logins += report.facts.logins;
        all.facts.requests += report.facts.requests;
        all.facts.assumed_roles = all.facts.assumed_roles.or(report.facts.assumed_roles);
        all.facts.services.extend(report.facts.services.into_iter().map(|known| known.on(&label)));
        all.matrix.rows.extend(report.matrix.rows.into_iter().map(|row| shifted(row, base)));
        for mut finding in report.findings {
            finding.services.iter_mut().for_each(|id| *id = id_on(&label, id));
            found.add(&label, finding_key(&finding), finding, |known, finding| {
                finding.services.iter().for_each(|id| known.concerns(id));
            });
        }
        for item in report.not_checked {
            unchecked.add(&label, format!("{item:?}"), item, |_, _| {});
        }
    }
    let hosts: Vec<&str> = all.merged.iter().map(|source| source.host.as_str()).collect();
    all.host = some(&hosts);
    let said = |hosts: &[String], text: &str| match hosts {
        [] => text.to_owned(),
        hosts => format!("{}: {text}", some(hosts)),
    };
    all.findings = found.each(|hosts, finding| Finding { message: said(hosts, &finding.message), ..finding });
    all.not_checked = unchecked.each(|hosts, item| NotChecked { what: said(hosts, &item.what), ..item });
    all.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    all.counts = findings::count(&all.findings);
    Some(all)
}

/// Each report with the name of its host, by which its services are told from
/// others'; none for a report that is of several hosts already.
fn labelled(reports: Vec<Report>) -> Vec<(Option<String>, Report)> {
    let mut times: HashMap<String, usize> = HashMap::new();
    for source in reports.iter().flat_map(|report| &report.merged) {
        *times.entry(source.host.clone()).or_default() += 1;
    }
    let label = |report: Report| {
        if !report.merged.is_empty() {
            return (None, report);
        }
        let count = times.entry(report.host.clone()).or_default();
        *count += 1;
        let label = if *count == 1 { report.host.clone() } else { format!("{}#{count}", report.host) };
        (Some(label), report)
    };
    reports.into_iter().map(label).collect()
}

fn sources(label: &Option<String>, report: &Report) -> Vec<Merged> {
    match label {
        Some(host) => vec![Merged { host: host.clone(), generated_at: report.generated_at.clone() }],
        None => report.merged.clone(),
    }
}

fn id_on(label: &Option<String>, id: &str) -> String {
    label.as_ref().map_or_else(|| id.to_owned(), |label| format!("{label}:{id}"))
}

fn shifted(row: Row, base: usize) -> Row {
    let shift = |indices: Vec<usize>| indices.into_iter().map(|index| index + base).collect();
    Row { senders: shift(row.senders), receivers: shift(row.receivers), ..row }
}

/// All that makes two findings of two hosts one.
fn finding_key(finding: &Finding) -> String {
    let place = (&finding.place, &finding.section, &finding.option, &finding.related);
    let said = (&finding.message, &finding.help, &finding.cure, &finding.suppression);
    format!("{:?}", (finding.rule, finding.severity, place, said))
}

impl Outlined {
    /// The same service with an id that tells its host.
    fn on(mut self, label: &Option<String>) -> Self {
        if label.is_some() {
            self.service.id = id_on(label, &self.service.id);
            self.host.clone_from(label);
        }
        self
    }
}

/// Things in the order in which they came, each once, with the hosts it is of.
struct Together<T> {
    items: Vec<(Vec<String>, T)>,
    known: HashMap<String, usize>,
}

impl<T> Default for Together<T> {
    fn default() -> Self {
        Self { items: Vec::new(), known: HashMap::new() }
    }
}

impl<T> Together<T> {
    fn add(&mut self, host: &Option<String>, key: String, item: T, join: impl FnOnce(&mut T, T)) {
        match self.known.entry(key) {
            Entry::Occupied(same) => {
                let (hosts, known) = &mut self.items[*same.get()];
                hosts.extend(host.iter().filter(|host| !hosts.contains(host)).cloned().collect::<Vec<_>>());
                join(known, item);
            }
            Entry::Vacant(new) => {
                new.insert(self.items.len());
                self.items.push((host.iter().cloned().collect(), item));
            }
        }
    }

    fn each(self, name: impl Fn(&[String], T) -> T) -> Vec<T> {
        self.items.into_iter().map(|(hosts, item)| name(&hosts, item)).collect()
    }
}

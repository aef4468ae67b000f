//! The verdicts as a grid: receivers down, senders across, those that are
//! treated alike together. How it is drawn is up to the format.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use super::Report;
use crate::trust::{Row, Verdict};

/// A verdict, and whether the sender calls that receiver at all.
pub(super) type Cell = (Verdict, Option<bool>);

/// The grid.
pub(super) struct Grid {
    /// The senders' labels.
    pub(super) columns: Vec<String>,
    /// The receivers.
    pub(super) lines: Vec<Line>,
}

/// What one receiver does with the tokens of all senders.
pub(super) struct Line {
    pub(super) label: String,
    pub(super) cells: Vec<Option<Cell>>,
}

/// The grid of a report; receivers that nobody calls and senders that call
/// nobody are left out unless all are wanted.
pub(super) fn grid(report: &Report, all: bool) -> Grid {
    let numbers = Numbers::of(report);
    let hosts = Hosts::of(report);
    let columns = columns(report, &hosts);
    let mut lines = lines(report, &columns, &numbers, &hosts);
    if !all {
        lines.retain(|line| line.cells.iter().any(|cell| is_used(*cell)));
    }
    let kept: Vec<usize> =
        (0..columns.len()).filter(|&i| all || lines.iter().any(|line| is_used(line.cells[i]))).collect();
    for line in &mut lines {
        line.cells = kept.iter().map(|&i| line.cells[i]).collect();
    }
    Grid { columns: kept.iter().map(|&i| columns[i].label(report, &numbers, &hosts)).collect(), lines }
}

fn is_used(cell: Option<Cell>) -> bool {
    cell.is_some_and(|(_, used)| used != Some(false))
}

/// In a report of several hosts, those whose verdicts are all the same are shown
/// as one of them.
struct Hosts<'r> {
    /// The host that is shown, and how many others are like it.
    shown: BTreeMap<&'r str, usize>,
}

impl<'r> Hosts<'r> {
    fn of(report: &'r Report) -> Self {
        let services = &report.facts.services;
        let host = |row: &Row| row.senders.first().and_then(|&index| services[index].host.as_deref());
        let mut verdicts: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for row in &report.matrix.rows {
            let Some(host) = host(row) else { continue };
            let pair = (&row.sender_name, row.section, row.implicit, &row.receiver_name);
            let counts = (row.senders.len(), row.receivers.len());
            let verdict = format!("{:?}", (pair, counts, row.used, row.judgement.verdict));
            verdicts.entry(host).or_default().push(verdict);
        }
        let mut shown: BTreeMap<&str, usize> = BTreeMap::new();
        let mut known: BTreeMap<Vec<String>, &str> = BTreeMap::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for host in services.iter().filter_map(|known| known.host.as_deref()) {
            if !seen.insert(host) {
                continue;
            }
            let verdicts = verdicts.remove(host).unwrap_or_default();
            match known.entry(verdicts) {
                Entry::Occupied(first) => *shown.entry(first.get()).or_default() += 1,
                Entry::Vacant(new) => {
                    new.insert(host);
                    shown.insert(host, 0);
                }
            }
        }
        Self { shown }
    }

    /// Whether a service has a place in the grid.
    fn shows(&self, report: &Report, service: usize) -> bool {
        let host = report.facts.services[service].host.as_deref();
        host.is_none_or(|host| self.shown.contains_key(host))
    }

    /// `@ctl1` behind a name, `@ctl1 +4` for five hosts alike.
    fn label(&self, report: &Report, members: &[usize]) -> String {
        let first = members.first().and_then(|&index| report.facts.services[index].host.as_deref());
        let Some(host) = first else { return String::new() };
        match self.shown.get(host) {
            None | Some(0) => format!("@{host}"),
            Some(more) => format!("@{host} +{more}"),
        }
    }
}

/// For each service whether it receives tokens: it has settings for that, or verdicts
/// without any (RadosGW).
fn receivers(report: &Report) -> Vec<bool> {
    let mut receives: Vec<bool> = report.facts.services.iter().map(|facts| facts.is_receiver).collect();
    for &judged in report.matrix.rows.iter().flat_map(|row| &row.receivers) {
        receives[judged] = true;
    }
    receives
}

/// Services of one name, on one host, are told apart by number.
struct Numbers<'r> {
    of_name: BTreeMap<(Option<&'r str>, &'r str), usize>,
    receivers: BTreeMap<(Option<&'r str>, &'r str), usize>,
    nth: Vec<usize>,
    /// Whether a service is one of the receivers.
    receives: Vec<bool>,
}

impl<'r> Numbers<'r> {
    fn of(report: &'r Report) -> Self {
        let receives = receivers(report);
        let mut numbers =
            Self { of_name: BTreeMap::new(), receivers: BTreeMap::new(), nth: Vec::new(), receives };
        for (index, facts) in report.facts.services.iter().enumerate() {
            let name = (facts.host.as_deref(), facts.service.name.as_str());
            let count = numbers.of_name.entry(name).or_default();
            *count += 1;
            numbers.nth.push(*count);
            if numbers.receives[index] {
                *numbers.receivers.entry(name).or_default() += 1;
            }
        }
        numbers
    }
}

/// Senders that behave alike towards everybody.
struct Column<'r> {
    row: &'r Row,
    cells: BTreeMap<usize, Cell>,
}

impl Column<'_> {
    fn holds(&self, row: &Row) -> bool {
        let same = self.row.section == row.section || (of_called(self.row) && of_called(row));
        same && self.row.implicit == row.implicit && self.row.senders == row.senders
    }

    /// Of several sections the one that is used for a receiver counts there.
    fn hold(&mut self, row: &Row) {
        let cell = (row.judgement.verdict, row.used);
        for &receiver in &row.receivers {
            let known = self.cells.entry(receiver).or_insert(cell);
            if row.used != Some(false) {
                *known = cell;
            }
        }
    }

    fn label(&self, report: &Report, numbers: &Numbers<'_>, hosts: &Hosts<'_>) -> String {
        let name = &self.row.sender_name;
        let how = match (self.row.implicit, self.row.section) {
            (true, "keystone_authtoken") => "-api*",
            (true, _) => "",
            (false, "barbican_service_user") => " [barbican]",
            (false, _) => "",
        };
        let senders = &self.row.senders;
        let host = senders.first().and_then(|&index| report.facts.services[index].host.as_deref());
        let same = numbers.of_name.get(&(host, name.as_str())).copied().unwrap_or(0);
        format!("{name}{how}{}{}", which(senders, same, numbers), hosts.label(report, senders))
    }
}

/// Whether the section sends to the service of its name alone (ironic).
fn of_called(row: &Row) -> bool {
    row.implicit && row.section != "keystone_authtoken"
}

/// `#2` for one of several of a name, ` x500` for many at once.
fn which(members: &[usize], same: usize, numbers: &Numbers<'_>) -> String {
    match members {
        [_] if same <= 1 => String::new(),
        [one] => format!("#{}", numbers.nth[*one]),
        many => format!(" x{}", many.len()),
    }
}

fn columns<'r>(report: &'r Report, hosts: &Hosts<'_>) -> Vec<Column<'r>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let shown = |row: &&Row| row.senders.first().is_none_or(|&sender| hosts.shows(report, sender));
    for row in report.matrix.rows.iter().filter(shown) {
        let index = columns.iter().position(|column| column.holds(row)).unwrap_or_else(|| {
            columns.push(Column { row, cells: BTreeMap::new() });
            columns.len() - 1
        });
        columns[index].hold(row);
    }
    columns
}

fn lines(report: &Report, columns: &[Column<'_>], numbers: &Numbers<'_>, hosts: &Hosts<'_>) -> Vec<Line> {
    type Cells = Vec<Option<Cell>>;
    let mut groups: Vec<(&str, Cells, Vec<usize>)> = Vec::new();
    let mut known: BTreeMap<(Option<&str>, &str, Cells), usize> = BTreeMap::new();
    for (index, facts) in report.facts.services.iter().enumerate() {
        if !numbers.receives[index] || !hosts.shows(report, index) {
            continue;
        }
        let cells: Cells = columns.iter().map(|column| column.cells.get(&index).copied()).collect();
        let group =
            *known.entry((facts.host.as_deref(), &facts.service.name, cells.clone())).or_insert_with(|| {
                groups.push((&facts.service.name, cells, Vec::new()));
                groups.len() - 1
            });
        groups[group].2.push(index);
    }
    let label = |name: &str, members: &[usize]| {
        let host = members.first().and_then(|&index| report.facts.services[index].host.as_deref());
        let same = numbers.receivers.get(&(host, name)).copied().unwrap_or(0);
        format!("{name}{}{}", which(members, same, numbers), hosts.label(report, members))
    };
    groups.into_iter().map(|(name, cells, members)| Line { label: label(name, &members), cells }).collect()
}

//! The verdicts as a grid: receivers down, senders across, those that are
//! treated alike together. How it is drawn is up to the format.

use std::collections::HashMap;

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
    let columns = columns(report);
    let mut lines = lines(report, &columns, &numbers);
    if !all {
        lines.retain(|line| line.cells.iter().any(|cell| is_used(*cell)));
    }
    let kept: Vec<usize> =
        (0..columns.len()).filter(|&i| all || lines.iter().any(|line| is_used(line.cells[i]))).collect();
    for line in &mut lines {
        line.cells = kept.iter().map(|&i| line.cells[i]).collect();
    }
    Grid { columns: kept.iter().map(|&i| columns[i].label(&numbers)).collect(), lines }
}

fn is_used(cell: Option<Cell>) -> bool {
    cell.is_some_and(|(_, used)| used != Some(false))
}

/// Services of one name are told apart by number.
struct Numbers<'r> {
    of_name: HashMap<&'r str, usize>,
    receivers: HashMap<&'r str, usize>,
    nth: Vec<usize>,
}

impl<'r> Numbers<'r> {
    fn of(report: &'r Report) -> Self {
        let mut numbers = Self { of_name: HashMap::new(), receivers: HashMap::new(), nth: Vec::new() };
        for facts in &report.facts.services {
            let count = numbers.of_name.entry(&facts.service.name).or_default();
            *count += 1;
            numbers.nth.push(*count);
            if facts.service.receiver.is_some() {
                *numbers.receivers.entry(&facts.service.name).or_default() += 1;
            }
        }
        numbers
    }
}

/// Senders that behave alike towards everybody.
struct Column<'r> {
    row: &'r Row,
    cells: HashMap<usize, Cell>,
}

impl Column<'_> {
    fn holds(&self, row: &Row) -> bool {
        self.row.section == row.section
            && self.row.implicit == row.implicit
            && self.row.senders == row.senders
    }

    fn label(&self, numbers: &Numbers<'_>) -> String {
        let name = &self.row.sender_name;
        let how = match (self.row.implicit, self.row.section) {
            (true, _) => "-api*",
            (false, "barbican_service_user") => " [barbican]",
            (false, _) => "",
        };
        let same = numbers.of_name.get(name.as_str()).copied().unwrap_or(0);
        format!("{name}{how}{}", which(&self.row.senders, same, numbers))
    }
}

/// `#2` for one of several of a name, ` x500` for many at once.
fn which(members: &[usize], same: usize, numbers: &Numbers<'_>) -> String {
    match members {
        [_] if same <= 1 => String::new(),
        [one] => format!("#{}", numbers.nth[*one]),
        many => format!(" x{}", many.len()),
    }
}

fn columns(report: &Report) -> Vec<Column<'_>> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    for row in &report.matrix.rows {
        let index = columns.iter().position(|column| column.holds(row)).unwrap_or_else(|| {
            columns.push(Column { row, cells: HashMap::new() });
            columns.len() - 1
        });
        let cell = (row.judgement.verdict, row.used);
        columns[index].cells.extend(row.receivers.iter().map(|&receiver| (receiver, cell)));
    }
    columns
}

fn lines(report: &Report, columns: &[Column<'_>], numbers: &Numbers<'_>) -> Vec<Line> {
    type Cells = Vec<Option<Cell>>;
    let mut groups: Vec<(&str, Cells, Vec<usize>)> = Vec::new();
    let mut known: HashMap<(&str, Cells), usize> = HashMap::new();
    for (index, facts) in report.facts.services.iter().enumerate() {
        if facts.service.receiver.is_none() {
            continue;
        }
        let cells: Cells = columns.iter().map(|column| column.cells.get(&index).copied()).collect();
        let group = *known.entry((&facts.service.name, cells.clone())).or_insert_with(|| {
            groups.push((&facts.service.name, cells, Vec::new()));
            groups.len() - 1
        });
        groups[group].2.push(index);
    }
    let label = |name: &str, members: &[usize]| {
        let same = numbers.receivers.get(name).copied().unwrap_or(0);
        format!("{name}{}", which(members, same, numbers))
    };
    groups.into_iter().map(|(name, cells, members)| Line { label: label(name, &members), cells }).collect()
}

//! The verdicts as a table: receivers down, senders across.

use std::fmt::Write as _;

use colored::Colorize;

use super::snippet::paint;
use super::{Report, Style, Verbosity};
use crate::trust::{Row, Verdict};

/// What one receiver does with the tokens of all senders.
struct Line {
    label: String,
    cells: Vec<Option<(Verdict, Option<bool>)>>,
}

/// The table, or nothing where there is no pair.
pub(super) fn table(report: &Report, style: Style) -> String {
    let columns = columns(report);
    let mut lines = lines(report, &columns);
    if style.verbosity < Verbosity::Verbose {
        // A receiver that nobody calls says nothing.
        lines.retain(|line| line.cells.iter().any(|cell| cell.is_some_and(|(_, used)| used != Some(false))));
    }
    let used_columns: Vec<usize> = (0..columns.len())
        .filter(|&i| {
            style.verbosity == Verbosity::Verbose
                || lines.iter().any(|line| line.cells[i].is_some_and(|(_, used)| used != Some(false)))
        })
        .collect();
    if lines.is_empty() || used_columns.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = used_columns.iter().map(|&i| columns[i].label(report)).collect();
    let first = lines.iter().map(|line| line.label.len()).max().unwrap_or(0).max("receiver".len());
    let width: usize = first + labels.iter().map(|label| label.len().max(8) + 2).sum::<usize>();
    if width > style.width {
        return list(&columns, &lines, &used_columns, report, style);
    }
    let mut out = String::new();
    let mut head = format!("{:first$}", "receiver");
    for label in &labels {
        let _ = write!(head, "  {label:8}");
    }
    let _ = writeln!(out, "{}", paint(style, head.trim_end(), colored::Colorize::bold));
    for line in &lines {
        let _ = write!(out, "{:first$}", line.label);
        for (&i, label) in used_columns.iter().zip(&labels) {
            let column = label.len().max(8);
            let _ = write!(out, "  {}", cell(line.cells[i], column, style));
        }
        let trimmed = out.trim_end_matches(' ').len();
        out.truncate(trimmed);
        out.push('\n');
    }
    out
}

/// For a narrow terminal: one pair a line.
fn list(columns: &[Column], lines: &[Line], used: &[usize], report: &Report, style: Style) -> String {
    let mut out = String::new();
    for line in lines {
        for &i in used {
            if let Some((verdict, pair)) = line.cells[i].filter(|(_, pair)| *pair != Some(false)) {
                let word = cell(Some((verdict, pair)), 0, style);
                let _ = writeln!(out, "{} -> {}: {}", columns[i].label(report), line.label, word.trim_end());
            }
        }
    }
    out
}

fn cell(content: Option<(Verdict, Option<bool>)>, width: usize, style: Style) -> String {
    let Some((verdict, used)) = content else { return format!("{:width$}", "") };
    if used == Some(false) {
        return paint(style, &format!("{:width$}", "-"), colored::Colorize::dimmed);
    }
    let text = format!("{:width$}", verdict.name());
    paint(style, &text, |s| match verdict {
        Verdict::Trusted => s.green(),
        Verdict::Rejected | Verdict::Broken => s.red().bold(),
        Verdict::Ignored | Verdict::NotSent => s.yellow(),
        Verdict::Unknown => s.dimmed(),
    })
}

/// Senders that behave alike towards everybody.
#[derive(Clone, PartialEq, Eq)]
struct Column {
    senders: Vec<usize>,
    name: String,
    section: &'static str,
    implicit: bool,
}

impl Column {
    fn of(row: &Row) -> Self {
        Self {
            senders: row.senders.clone(),
            name: row.sender_name.clone(),
            section: row.section,
            implicit: row.implicit,
        }
    }

    fn label(&self, report: &Report) -> String {
        let how = match (self.implicit, self.section) {
            (true, _) => "-api*",
            (false, "barbican_service_user") => " [barbican]",
            (false, _) => "",
        };
        let same = report.facts.services.iter().filter(|s| s.service.name == self.name).count();
        let which = match self.senders.as_slice() {
            [_] if same <= 1 => String::new(),
            [one] => format!("#{}", nth(report, *one)),
            many => format!(" x{}", many.len()),
        };
        format!("{}{how}{which}", self.name)
    }
}

/// The 1-based number of a service among those of its name.
fn nth(report: &Report, index: usize) -> usize {
    let name = &report.facts.services[index].service.name;
    report.facts.services[..=index].iter().filter(|service| service.service.name == *name).count()
}

fn columns(report: &Report) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for row in &report.matrix.rows {
        let column = Column::of(row);
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

fn lines(report: &Report, columns: &[Column]) -> Vec<Line> {
    type Cells = Vec<Option<(Verdict, Option<bool>)>>;
    let mut groups: Vec<(String, Cells, Vec<usize>)> = Vec::new();
    for (index, service) in report.facts.services.iter().enumerate() {
        if service.service.receiver.is_none() {
            continue;
        }
        let cells: Cells = columns.iter().map(|column| verdict(report, column, index)).collect();
        let name = &service.service.name;
        match groups.iter_mut().find(|(known, same, _)| known == name && *same == cells) {
            Some(group) => group.2.push(index),
            None => groups.push((name.clone(), cells, vec![index])),
        }
    }
    let label = |name: &str, members: &[usize]| {
        let same =
            report.facts.services.iter().filter(|s| s.service.name == name && s.service.receiver.is_some());
        match (members, same.count()) {
            ([_], 1) => name.to_owned(),
            ([one], _) => format!("{name}#{}", nth(report, *one)),
            (many, _) => format!("{name} x{}", many.len()),
        }
    };
    groups
        .iter()
        .map(|(name, cells, members)| Line { label: label(name, members), cells: cells.clone() })
        .collect()
}

fn verdict(report: &Report, column: &Column, receiver: usize) -> Option<(Verdict, Option<bool>)> {
    let row = report
        .matrix
        .rows
        .iter()
        .find(|row| Column::of(row) == *column && row.receivers.contains(&receiver))?;
    Some((row.judgement.verdict, row.used))
}

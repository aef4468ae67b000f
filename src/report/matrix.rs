//! The verdicts as a table for a terminal: receivers down, senders across.

use std::fmt::Write as _;

use colored::Colorize;

use super::grid::{Cell, Grid, grid};
use super::snippet::paint;
use super::{Report, Style, Verbosity, crowd};
use crate::text::columns;
use crate::trust::Verdict;

/// The narrowest column that holds a verdict's word.
const COLUMN: usize = 8;

/// The table, or nothing where there is no pair.
pub(super) fn table(report: &Report, style: Style) -> String {
    let grid = grid(report, style.verbosity == Verbosity::Verbose);
    if grid.lines.is_empty() || grid.columns.is_empty() {
        return String::new();
    }
    let labels = grid.lines.iter().map(|line| columns(&line.label));
    let first = labels.max().unwrap_or(0).max("receiver".len());
    let widths: Vec<usize> = grid.columns.iter().map(|label| columns(label).max(COLUMN)).collect();
    if first + widths.iter().map(|width| width + 2).sum::<usize>() > style.width {
        return list(&grid, style);
    }
    let mut head = padded("receiver", first);
    for (label, width) in grid.columns.iter().zip(&widths) {
        let _ = write!(head, "  {}", padded(label, *width));
    }
    let lines = grid.lines.iter().map(|line| {
        let mut text = padded(&line.label, first);
        for (content, width) in line.cells.iter().zip(&widths) {
            let _ = write!(text, "  {}", cell(*content, *width, style));
        }
        let worst = line.cells.iter().filter_map(|cell| used(*cell)).min();
        (worst.unwrap_or(Verdict::Trusted), text.trim_end().to_owned())
    });
    format!(
        "{}\n{}",
        paint(style, head.trim_end(), colored::Colorize::bold),
        worst_of(lines.collect(), style)
    )
}

/// For a narrow terminal: one pair a line.
fn list(grid: &Grid, style: Style) -> String {
    let mut lines = Vec::new();
    for line in &grid.lines {
        for (sender, content) in grid.columns.iter().zip(&line.cells) {
            if let Some(verdict) = used(*content) {
                let word = cell(*content, 0, style);
                lines.push((verdict, format!("{sender} -> {}: {word}", line.label)));
            }
        }
    }
    worst_of(lines, style)
}

fn used(cell: Option<Cell>) -> Option<Verdict> {
    cell.filter(|(_, used)| *used != Some(false)).map(|(verdict, _)| verdict)
}

/// The lines as they come, or, if they are many, those with the worst verdicts.
fn worst_of(mut lines: Vec<(Verdict, String)>, style: Style) -> String {
    let all: Vec<String> = lines.iter().map(|(_, line)| line.clone()).collect();
    let (shown, more) = match crowd::first(all, style) {
        (all, None) => (all, None),
        (_, more) => {
            lines.sort_by_key(|(verdict, _)| *verdict);
            (crowd::first(lines.into_iter().map(|(_, line)| line).collect(), style).0, more)
        }
    };
    shown.into_iter().chain(more).map(|line| line + "\n").collect()
}

fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

fn cell(content: Option<Cell>, width: usize, style: Style) -> String {
    let Some((verdict, used)) = content else { return " ".repeat(width) };
    let word = if used == Some(false) { "-" } else { verdict.name() };
    let painted = paint(style, word, |s| match verdict {
        _ if used == Some(false) => s.dimmed(),
        Verdict::Trusted => s.green(),
        Verdict::Rejected | Verdict::Broken => s.red().bold(),
        Verdict::Ignored | Verdict::NotSent => s.yellow(),
        Verdict::Unknown => s.dimmed(),
    });
    format!("{painted}{}", " ".repeat(width.saturating_sub(word.len())))
}

//! The tab-separated tables in `data/`.

use crate::config::{Default, Kind};

/// The rows of a table, without its comments; a missing cell is empty.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).map(cells)
}

/// The first cell of each row.
pub(super) fn firsts(text: &'static str) -> impl Iterator<Item = &'static str> {
    lines(text).map(|line| line.split_once('\t').map_or(line, |(first, _)| first))
}

/// A sorted table and where each of its rows begins, which the compiler finds out: to
/// look through the largest takes longer than all else of a run.
pub(super) struct Sorted<const ROWS: usize> {
    text: &'static str,
    starts: [u32; ROWS],
}

impl<const ROWS: usize> Sorted<ROWS> {
    /// The table; `ROWS` is its [`count`].
    pub(super) const fn new(text: &'static str) -> Self {
        let mut starts = [0; ROWS];
        let (mut row, mut at) = (0, 0);
        while at < text.len() {
            if is_row(text, at) {
                starts[row] = at as u32;
                row += 1;
            }
            at = after_line(text, at);
        }
        Self { text, starts }
    }

    /// The table from the first row on that is not `before` what is looked for. What is
    /// handed to `before` begins with the row in question.
    pub(super) fn from(&self, before: impl Fn(&'static str) -> bool) -> &'static str {
        let row = self.starts.partition_point(|&start| before(&self.text[start as usize..]));
        self.starts.get(row).map_or("", |&start| &self.text[start as usize..])
    }
}

/// How many rows a table has.
pub(super) const fn count(text: &str) -> usize {
    let (mut rows, mut at) = (0, 0);
    while at < text.len() {
        rows += is_row(text, at) as usize;
        at = after_line(text, at);
    }
    rows
}

const fn is_row(text: &str, line: usize) -> bool {
    !matches!(text.as_bytes()[line], b'#' | b'\n')
}

const fn after_line(text: &str, mut at: usize) -> usize {
    while at < text.len() && text.as_bytes()[at] != b'\n' {
        at += 1;
    }
    at + 1
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.split('\n').filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn cells<const N: usize>(line: &'static str) -> [&'static str; N] {
    // A cell holds a few bytes: stepping over them is all there is to do.
    let mut rest = line;
    std::array::from_fn(|_| {
        let end = rest.bytes().position(|byte| byte == b'\t');
        let (cell, after) = end.map_or((rest, ""), |end| (&rest[..end], &rest[end + 1..]));
        rest = after;
        cell
    })
}

/// Comma-separated words.
pub(super) fn words(cell: &'static str) -> Vec<&'static str> {
    // Most cells are empty.
    if cell.is_empty() { Vec::new() } else { cell.split(',').filter(|word| !word.is_empty()).collect() }
}

/// The type named in a cell; every type that is not listed reads as a text.
pub(super) fn kind(name: &str, choices: &'static str) -> Kind {
    let choices = || -> &'static [&'static str] { Vec::leak(words(choices)) };
    match name {
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        "float" => Kind::Float,
        "list" => Kind::List,
        "choice" => Kind::Choice { choices: choices(), ignore_case: false },
        "choice-ignorecase" => Kind::Choice { choices: choices(), ignore_case: true },
        _ => Kind::Str,
    }
}

/// The default in a cell: `\N` is none. A list of one item stands there as Python
/// prints it. Longer lists and texts with other escapes are in no table that
/// uses this; a test says so.
pub(super) fn default(cell: &'static str) -> Default {
    if cell == "\\N" {
        return Default::None;
    }
    let item = cell.strip_prefix("['").and_then(|rest| rest.strip_suffix("']"));
    Default::Text(item.unwrap_or(cell))
}

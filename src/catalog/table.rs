//! The tab-separated tables in `data/`.

use std::ops::Range;

use crate::config::{Default, Kind};

/// The rows of a table, without its comments; a missing cell is empty.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).map(cells)
}

/// The first cell of each row.
pub(super) fn firsts(text: &'static str) -> impl Iterator<Item = &'static str> {
    lines(text).map(|line| line.split_once('\t').map_or(line, |(first, _)| first))
}

/// A sorted table from the first line on that is not `before` what is looked for.
/// A comment stands before every row.
pub(super) fn halved(text: &'static str, before: impl Fn(&'static str) -> bool) -> &'static str {
    let (mut start, mut end) = (0, text.len());
    while start < end {
        let line = line_around(text, start, usize::midpoint(start, end));
        if before(&text[line.clone()]) { start = line.end } else { end = line.start }
    }
    &text[start..]
}

/// The line that holds the byte at `at`, with its line feed; no line starts before `from`
/// and goes beyond it.
fn line_around(text: &str, from: usize, at: usize) -> Range<usize> {
    let bytes = text.as_bytes();
    let start = crate::bytes::rfind(b'\n', &bytes[from..at]).map_or(from, |feed| from + feed + 1);
    let end = crate::bytes::find(b'\n', &bytes[at..]).map_or(bytes.len(), |feed| at + feed + 1);
    start..end
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
    cell.split(',').filter(|word| !word.is_empty()).collect()
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

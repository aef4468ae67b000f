//! The tab-separated tables in `data/`.

use crate::config::{Default, Kind};

/// The rows of a table, without its comments; a missing cell is empty.
pub(super) fn rows<const N: usize>(text: &'static str) -> impl Iterator<Item = [&'static str; N]> {
    lines(text).map(cells)
}

/// The rows that begin with a cell.
pub(super) fn rows_of<const N: usize>(
    first: &'static str,
    text: &'static str,
) -> impl Iterator<Item = [&'static str; N]> {
    let is_its = move |line: &&str| line.strip_prefix(first).is_some_and(|rest| rest.starts_with('\t'));
    lines(text).filter(is_its).map(cells)
}

/// The first cell of each row.
pub(super) fn firsts(text: &'static str) -> impl Iterator<Item = &'static str> {
    lines(text).map(|mut line| take(&mut line, b'\t'))
}

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = text;
    let lines = std::iter::from_fn(move || (!rest.is_empty()).then(|| take(&mut rest, b'\n')));
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn cells<const N: usize>(mut line: &'static str) -> [&'static str; N] {
    std::array::from_fn(|_| take(&mut line, b'\t'))
}

/// Takes off what stands before the first `end`, and the `end`; else all.
fn take(text: &mut &'static str, end: u8) -> &'static str {
    let (taken, rest) = match memchr::memchr(end, text.as_bytes()) {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (*text, ""),
    };
    *text = rest;
    taken
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

//! A finding as a person reads it: the message, the file and line, the line
//! itself with a caret, the cure.

use std::fmt::Write as _;

use colored::{Color, ColoredString, Colorize};

use super::escape::{clean, clean_lines};
use super::{Style, Verbosity};
use crate::findings::{Finding, Place, Related, Severity};
use crate::text::{self, plural};

/// Of the other places that a finding is the same at, this many are shown.
const SAME_SHOWN: usize = 5;

/// The colour of a severity.
fn colour(severity: Severity) -> Color {
    match severity {
        Severity::Error => Color::Red,
        Severity::Warning => Color::Yellow,
        Severity::Note => Color::Cyan,
    }
}

/// Colours a text if colours are wanted.
pub(super) fn paint(style: Style, text: &str, with: impl FnOnce(ColoredString) -> ColoredString) -> String {
    if style.colour { with(text.into()).to_string() } else { text.to_owned() }
}

/// Wraps a text; later lines are indented.
pub(super) fn wrap(style: Style, text: &str, first: &str, later: &str) -> String {
    text::wrap(text, style.width, first, later)
}

/// A finding in full.
pub(super) fn full(finding: &Finding, style: Style) -> String {
    let mut out = head(finding, "", style, |s| s.color(colour(finding.severity)).bold());
    out.push('\n');
    if let Some(place) = &finding.place {
        out.push_str(&line(place, style, colour(finding.severity), ""));
    }
    let mut same = 0;
    for related in &finding.related {
        same += usize::from(related.same);
        if !related.same || same <= SAME_SHOWN || style.verbosity == Verbosity::Verbose {
            if repeats(finding, related) {
                out.push_str(&at(&related.place, style, &related.message));
            } else {
                out.push_str(&line(&related.place, style, Color::Blue, &related.message));
            }
        }
    }
    if same > SAME_SHOWN && style.verbosity != Verbosity::Verbose {
        let more = format!("and in {}; -v shows all", plural(same - SAME_SHOWN, "more place"));
        let _ = writeln!(out, "  {} {more}", paint(style, "-->", |s| s.blue().bold()));
    }
    if let Some(help) = &finding.help {
        let label = paint(style, "help:", |s| s.green().bold());
        let text = wrap(style, &clean_lines(&format!("help: {help}")), "  ", "        ");
        let _ = writeln!(out, "{}", text.replacen("help:", &label, 1));
    }
    out
}

/// A finding in one line or two.
pub(super) fn brief(finding: &Finding, style: Style) -> String {
    let more = match finding.other_places() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let at = finding.place.as_ref().map(position);
    let place = at.as_ref().map_or_else(String::new, |at| format!(" ({at}{more})"));
    let mut text = head(finding, &place, style, |s| s.color(colour(finding.severity)));
    if let (Some(links), Some(place), Some(at)) = (style.links, &finding.place, at) {
        // A name with blanks may be on two lines, and then is no link.
        if let Some(start) = text.rfind(&format!("({at}")) {
            text.replace_range(start + 1..start + 1 + at.len(), &links.to(&place.file, &at));
        }
    }
    text.push('\n');
    text
}

/// The message of a finding and what is said of its place, with the severity coloured.
fn head(
    finding: &Finding,
    place: &str,
    style: Style,
    with: impl FnOnce(ColoredString) -> ColoredString,
) -> String {
    let name = finding.severity.name();
    let text = format!("{name}: {}{place} [{}]", finding.message, finding.rule);
    let mut text = wrap(style, &clean(&text), "", "  ");
    text.replace_range(..name.len(), &paint(style, name, with));
    text
}

/// The position as it is shown.
fn position(place: &Place) -> String {
    if place.is_whole_file() { clean(&place.file) } else { clean(&format!("{}:{}", place.file, place.line)) }
}

/// The same, a link where links are wanted.
fn linked(place: &Place, style: Style) -> String {
    let shown = position(place);
    match style.links {
        Some(links) => links.to(&place.file, &shown),
        None => shown,
    }
}

/// Whether another place shows the very line that the finding shows already.
pub(super) fn repeats(finding: &Finding, related: &Related) -> bool {
    related.same && finding.place.as_ref().is_some_and(|place| place.source == related.place.source)
}

/// `file:line`.
fn at(place: &Place, style: Style, message: &str) -> String {
    let mut out = String::new();
    let arrow = paint(style, "-->", |s| s.blue().bold());
    let at = linked(place, style);
    let _ = writeln!(
        out,
        "  {arrow} {at}{}",
        if message.is_empty() { String::new() } else { format!(": {}", clean(message)) }
    );
    out
}

/// `file:line`, the line itself and a caret below the stretch that is meant.
fn line(place: &Place, style: Style, mark: Color, message: &str) -> String {
    let mut out = at(place, style, message);
    if place.source.is_empty() {
        return out;
    }
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let bar = paint(style, "|", |s| s.blue().bold());
    let room = style.width.saturating_sub(number.len() + 7).max(20);
    let (source, column) = window(&place.source, place.column, room);
    let width = place.width.min(source.chars().count().saturating_sub(column - 1)).max(1);
    let carets = paint(style, &"^".repeat(width), |s| s.color(mark).bold());
    let number = paint(style, &number, |s| s.blue().bold());
    let _ = writeln!(out, "  {number} {bar} {source}");
    let _ = writeln!(out, "  {gutter} {bar} {}{carets}", " ".repeat(column - 1));
    out
}

/// The part of a long line around a column, and the column within it.
fn window(source: &str, column: usize, room: usize) -> (String, usize) {
    let length = source.chars().count();
    if length <= room {
        return (source.to_owned(), column);
    }
    let start = (column - 1).saturating_sub(room / 3).min(length.saturating_sub(room));
    let cut = |i: usize| (i == start && start > 0) || (i + 1 == start + room && i + 1 < length);
    let part = source.chars().enumerate().skip(start).take(room);
    (part.map(|(i, c)| if cut(i) { '…' } else { c }).collect(), column - start)
}

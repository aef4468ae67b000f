//! One pass over the lines of a text, telling what each line is.
//!
//! This is the grammar itself and nothing more: it allocates nothing and keeps
//! only whether an option is being continued.

use super::refusal::{Refusal, RefusalKind};
use super::space::{strip, strip_end, strip_start};

/// What a line turned out to be. Texts are slices of the scanned text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line<'t> {
    /// `[name]`.
    Section {
        name: &'t str,
    },
    /// `key = value`; `value` is stripped and unquoted.
    Assignment {
        key: &'t str,
        value: &'t str,
    },
    /// An indented line that belongs to the assignment above.
    Continuation {
        text: &'t str,
    },
    Comment,
    Blank,
}

/// A line and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed<'t> {
    pub(super) line: Line<'t>,
    /// 1-based.
    pub(super) number: usize,
    /// Byte offset of the line's first character in the scanned text.
    pub(super) start: usize,
    /// Byte offset just behind the line and its line end.
    pub(super) end: usize,
}

/// Iterates over the lines of a text; after a refusal it ends.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    number: usize,
    /// The open assignment, if any: may a continuation follow?
    open: bool,
    in_section: bool,
    failed: bool,
}

impl<'t> Scanner<'t> {
    /// Scans a whole file.
    pub(super) fn of_file(text: &'t str) -> Self {
        Self { text, at: 0, number: 0, open: false, in_section: false, failed: false }
    }

    /// Scans a part of a file that begins inside a section, `lines_before` lines
    /// into it.
    pub(super) fn of_section(text: &'t str, start: usize, end: usize, lines_before: usize) -> Self {
        Self {
            text: &text[..end],
            at: start,
            number: lines_before,
            open: false,
            in_section: true,
            failed: false,
        }
    }

    /// Scans lines that continue an option, `lines_before` lines into the file.
    pub(super) fn of_continuations(text: &'t str, start: usize, end: usize, lines_before: usize) -> Self {
        Self { open: true, ..Self::of_section(text, start, end, lines_before) }
    }

    /// The next physical line without its end. LF, CRLF and CR end a line, as
    /// in Python's universal newlines; nothing else does.
    fn next_line(&mut self) -> Option<(usize, &'t str)> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let (end, next) = match crate::bytes::find_either(b'\n', b'\r', rest) {
            None => (self.text.len(), self.text.len()),
            Some(i) if rest[i] == b'\r' && rest.get(i + 1) == Some(&b'\n') => (start + i, start + i + 2),
            Some(i) => (start + i, start + i + 1),
        };
        self.at = next;
        self.number += 1;
        Some((start, &self.text[start..end]))
    }

    fn refuse(&mut self, kind: RefusalKind, text: &str) -> Refusal {
        self.failed = true;
        Refusal { line: self.number, kind, text: text.to_owned() }
    }

    /// Ends the open assignment. oslo.config notices only now that it stood
    /// before any section, and this beats an error on the line that ended it.
    fn close(&mut self) -> Result<(), Refusal> {
        let was_open = std::mem::take(&mut self.open);
        if was_open && !self.in_section {
            return Err(self.refuse(RefusalKind::NoSection, ""));
        }
        Ok(())
    }

    fn classify(&mut self, line: &'t str) -> Result<Line<'t>, Refusal> {
        // Most lines of most files; what they end in does not matter.
        if line.starts_with(['#', ';']) {
            self.close()?;
            return Ok(Line::Comment);
        }
        let line = strip_end(line);
        match line.as_bytes().first() {
            None => {
                self.close()?;
                Ok(Line::Blank)
            }
            Some(b' ' | b'\t') if self.open => Ok(Line::Continuation { text: strip_start(line) }),
            Some(b' ' | b'\t') => Err(self.refuse(RefusalKind::UnexpectedContinuation, line)),
            Some(b'[') => {
                self.close()?;
                self.section(line)
            }
            Some(_) => {
                self.close()?;
                self.assignment(line)
            }
        }
    }

    fn section(&mut self, line: &'t str) -> Result<Line<'t>, Refusal> {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            None => Err(self.refuse(RefusalKind::UnclosedSection, line)),
            Some("") => Err(self.refuse(RefusalKind::EmptySection, line)),
            Some(name) => {
                self.in_section = true;
                Ok(Line::Section { name })
            }
        }
    }

    fn assignment(&mut self, line: &'t str) -> Result<Line<'t>, Refusal> {
        let Some(at) = crate::bytes::find_either(b'=', b':', line.as_bytes()) else {
            return Err(self.refuse(RefusalKind::NoSeparator, line));
        };
        let key = strip(&line[..at]);
        if key.is_empty() {
            return Err(self.refuse(RefusalKind::EmptyKey, line));
        }
        self.open = true;
        Ok(Line::Assignment { key, value: unquote(strip(&line[at + 1..])) })
    }
}

/// Takes off one pair of equal quotes; a lone quote is its own pair.
fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return if rest.is_empty() { rest } else { rest.strip_suffix(quote).unwrap_or(value) };
        }
    }
    value
}

impl<'t> Iterator for Scanner<'t> {
    type Item = Result<Placed<'t>, Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let Some((start, line)) = self.next_line() else {
            // An option before any section is noticed at the end at the latest.
            return self.close().err().map(Err);
        };
        let placed =
            self.classify(line).map(|line| Placed { line, number: self.number, start, end: self.at });
        Some(placed)
    }
}

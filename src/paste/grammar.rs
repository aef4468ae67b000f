//! Python's `configparser` as PasteDeploy uses it: text in, sections with their
//! options and positions out.
//!
//! It differs from oslo.config in nearly everything: an option may be indented,
//! a continuation is a line indented deeper than its option, empty lines and
//! comments do not end a value, repeated sections and options are errors, quotes
//! stay, and text behind a section's `]` is dropped.

use std::collections::HashSet;

use super::problem::PasteProblem;
use crate::ini::{Span, is_python_space, strip};

/// The name of the section whose options every other section has too.
pub(super) const DEFAULT: &str = "DEFAULT";

/// A file that `configparser` accepts.
#[derive(Clone)]
pub struct PasteFile {
    text: String,
    /// Options of `[DEFAULT]`.
    pub(super) defaults: Vec<Entry>,
    /// All other sections in file order.
    pub(super) sections: Vec<PasteSection>,
}

/// A section and its own options.
#[derive(Clone)]
pub(super) struct PasteSection {
    pub(super) name: String,
    pub(super) header: Span,
    pub(super) entries: Vec<Entry>,
}

/// One option as written.
#[derive(Clone)]
pub struct Entry {
    /// Its name, in the case it was written in.
    pub name: String,
    /// The text, lines joined, nothing replaced.
    pub raw: String,
    /// Where the first line of the value stands.
    pub value: Span,
}

impl std::fmt::Debug for PasteFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: a value may be a password.
        f.debug_list().entries(self.sections.iter().map(|section| &section.name)).finish()
    }
}

impl PasteFile {
    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// What `configparser` raises.
    pub fn parse(text: String) -> Result<Self, PasteProblem> {
        let mut reader = Reader::default();
        for line in lines(&text) {
            reader.line(&text, line)?;
        }
        let (defaults, sections) = reader.end()?;
        Ok(Self { text, defaults, sections })
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The header of a section.
    pub fn header(&self, section: &str) -> Option<Span> {
        Some(self.section(section)?.header)
    }

    /// The names of all sections but `[DEFAULT]`.
    pub fn section_names(&self) -> impl Iterator<Item = &str> {
        self.sections.iter().map(|section| section.name.as_str())
    }

    /// Whether a value stands in `[DEFAULT]`.
    pub fn is_default(&self, value: Span) -> bool {
        self.defaults.iter().any(|entry| entry.value == value)
    }

    pub(super) fn section(&self, name: &str) -> Option<&PasteSection> {
        self.sections.iter().find(|section| section.name == name)
    }
}

/// A line without its end, and where it starts.
#[derive(Clone, Copy)]
struct Line {
    number: usize,
    start: usize,
    end: usize,
}

/// The lines of a text as Python's universal newlines tell them.
fn lines(text: &str) -> impl Iterator<Item = Line> {
    let bytes = text.as_bytes();
    let (mut at, mut number) = (0, 0);
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        let length = memchr::memchr2(b'\n', b'\r', &bytes[start..]).unwrap_or(bytes.len() - start);
        let end = start + length;
        at = end + if bytes[end..].starts_with(b"\r\n") { 2 } else { 1 };
        number += 1;
        Some(Line { number, start, end })
    })
}

/// Where the next option goes.
#[derive(Clone, Copy)]
enum Current {
    None,
    Default,
    Section(usize),
}

struct Reader {
    defaults: Vec<Entry>,
    sections: Vec<PasteSection>,
    current: Current,
    /// Whether an option is open, so that a continuation may follow.
    open: bool,
    indent: usize,
    /// Names already used in the section.
    seen: HashSet<String>,
    seen_in_default: HashSet<String>,
    /// The first line that does not parse: raised only at the end of the file.
    syntax: Option<usize>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            defaults: Vec::new(),
            sections: Vec::new(),
            current: Current::None,
            open: false,
            indent: 0,
            seen: HashSet::new(),
            seen_in_default: HashSet::new(),
            syntax: None,
        }
    }
}

impl Reader {
    fn line(&mut self, text: &str, line: Line) -> Result<(), PasteProblem> {
        let whole = &text[line.start..line.end];
        let content = strip(whole);
        if content.starts_with(['#', ';']) {
            return Ok(());
        }
        if content.is_empty() {
            self.continue_with("");
            return Ok(());
        }
        let indent = whole.chars().take_while(|&c| is_python_space(c)).count();
        if self.open && indent > self.indent {
            self.continue_with(content);
            return Ok(());
        }
        self.indent = indent;
        let start = line.start + whole.find(content).unwrap_or(0);
        if let Some(name) = section_name(content) {
            let header = Span {
                line: line.number,
                line_start: line.start,
                start: start + 1,
                end: start + 1 + name.len(),
            };
            return self.header(name, header);
        }
        self.option(content, start, line)
    }

    fn continue_with(&mut self, text: &str) {
        if !self.open {
            return;
        }
        if let Some(entry) = self.entries().and_then(|entries| entries.last_mut()) {
            entry.raw.push('\n');
            entry.raw.push_str(text);
        }
    }

    fn entries(&mut self) -> Option<&mut Vec<Entry>> {
        match self.current {
            Current::None => None,
            Current::Default => Some(&mut self.defaults),
            Current::Section(index) => self.sections.get_mut(index).map(|section| &mut section.entries),
        }
    }

    fn header(&mut self, name: &str, header: Span) -> Result<(), PasteProblem> {
        self.open = false;
        if name == DEFAULT {
            self.current = Current::Default;
            return Ok(());
        }
        if self.sections.iter().any(|section| section.name == name) {
            return Err(PasteProblem::DuplicateSection { line: header.line, name: name.to_owned() });
        }
        self.seen.clear();
        self.current = Current::Section(self.sections.len());
        self.sections.push(PasteSection { name: name.to_owned(), header, entries: Vec::new() });
        Ok(())
    }

    fn option(&mut self, content: &str, start: usize, line: Line) -> Result<(), PasteProblem> {
        if matches!(self.current, Current::None) {
            return Err(PasteProblem::NoSection { line: line.number });
        }
        let Some(at) = content.find(['=', ':']) else {
            self.syntax.get_or_insert(line.number);
            return Ok(());
        };
        let name = strip(&content[..at]);
        if name.is_empty() {
            self.syntax.get_or_insert(line.number);
        }
        let is_default = matches!(self.current, Current::Default);
        let seen = if is_default { &mut self.seen_in_default } else { &mut self.seen };
        if !seen.insert(name.to_owned()) {
            return Err(PasteProblem::DuplicateOption { line: line.number, name: name.to_owned() });
        }
        let value = strip(&content[at + 1..]);
        let offset = if value.is_empty() {
            content.len()
        } else {
            at + 1 + content[at + 1..].find(value).unwrap_or(0)
        };
        let span = Span {
            line: line.number,
            line_start: line.start,
            start: start + offset,
            end: start + offset + value.len(),
        };
        let entry = Entry { name: name.to_owned(), raw: value.to_owned(), value: span };
        self.open = !name.is_empty();
        if let Some(entries) = self.entries() {
            entries.push(entry);
        }
        Ok(())
    }

    fn end(mut self) -> Result<(Vec<Entry>, Vec<PasteSection>), PasteProblem> {
        if let Some(line) = self.syntax {
            return Err(PasteProblem::Syntax { line });
        }
        let all = self.defaults.iter_mut().chain(self.sections.iter_mut().flat_map(|s| &mut s.entries));
        for entry in all {
            let kept = entry.raw.trim_end_matches(is_python_space).len();
            entry.raw.truncate(kept);
        }
        Ok((self.defaults, self.sections))
    }
}

/// Everything from the first character behind `[` to the last `]`.
fn section_name(content: &str) -> Option<&str> {
    let inside = content.strip_prefix('[')?;
    let name = &inside[..inside.rfind(']')?];
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String, String)> {
        let file = PasteFile::parse(text.to_owned()).unwrap();
        let rows = |name: &str, entries: &[Entry]| {
            entries.iter().map(|e| (name.to_owned(), e.name.clone(), e.raw.clone())).collect::<Vec<_>>()
        };
        let mut all = rows(DEFAULT, &file.defaults);
        all.extend(file.sections.iter().flat_map(|section| rows(&section.name, &section.entries)));
        all
    }

    #[test]
    fn comments_and_empty_lines_do_not_end_a_value() {
        let rows = read("[a]\nb = 1\n  2\n\n # c\n  3\n\nd: x = y\n");
        assert_eq!(rows[0].2, "1\n2\n\n3");
        assert_eq!((rows[1].1.as_str(), rows[1].2.as_str()), ("d", "x = y"));
    }

    #[test]
    fn an_option_may_be_indented() {
        let rows = read("[a]\n  b = 1\n  c = 2\n   more\n");
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].2, "2\nmore");
    }

    #[test]
    fn a_header_ends_at_its_last_bracket() {
        assert_eq!(read("[a] # ]\nb = 'c' # d")[0], ("a] # ".into(), "b".into(), "'c' # d".into()));
    }

    #[test]
    fn repetitions_are_errors() {
        let problem = |text: &str| PasteFile::parse(text.to_owned()).unwrap_err();
        assert!(matches!(problem("[a]\n[b]\n[a]"), PasteProblem::DuplicateSection { line: 3, .. }));
        assert!(matches!(problem("[a]\nb=1\nb=2"), PasteProblem::DuplicateOption { line: 3, .. }));
        assert!(matches!(problem("b=1"), PasteProblem::NoSection { line: 1 }));
        assert!(matches!(problem("[a]\nb\n"), PasteProblem::Syntax { line: 2 }));
        assert!(PasteFile::parse("[DEFAULT]\na=1\n[b]\n[DEFAULT]\nc=1\n".into()).is_ok());
    }
}

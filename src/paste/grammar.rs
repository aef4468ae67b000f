//! Python's `configparser` as PasteDeploy uses it: text in, sections with their
//! options and positions out.
//!
//! It differs from oslo.config in nearly everything: an option may be indented,
//! a continuation is a line indented deeper than its option, empty lines and
//! comments do not end a value, repeated sections and options are errors, quotes
//! stay, and text behind a section's `]` is dropped.

use std::collections::HashMap;

use super::problem::PasteProblem;
use crate::ini::{Span, is_python_space, strip};

/// The name of the section whose options every other section has too.
pub(super) const DEFAULT: &str = "DEFAULT";

/// A file that `configparser` accepts, or the files of a directory that swift
/// reads as one.
#[derive(Clone)]
pub struct PasteFile {
    /// One after the other; places and lines count from the first one's start.
    text: String,
    /// Where each of them begins.
    parts: Vec<Part>,
    /// Options of `[DEFAULT]`.
    pub(super) defaults: Vec<Entry>,
    /// All other sections in file order.
    pub(super) sections: Vec<PasteSection>,
}

/// Where one of the files begins.
#[derive(Clone, Copy, Default)]
struct Part {
    start: usize,
    lines_before: usize,
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
        Self::parse_all(vec![text]).map_err(|(_, problem)| problem)
    }

    /// Reads several files as one: sections may come again in the next file, and
    /// an option that does has its later value.
    ///
    /// # Errors
    ///
    /// What `configparser` raises, and in which of the files.
    pub fn parse_all(texts: Vec<String>) -> Result<Self, (usize, PasteProblem)> {
        let mut reader = Reader::default();
        let (mut all, mut parts, mut lines_before) = (String::new(), Vec::new(), 0);
        for (index, text) in texts.into_iter().enumerate() {
            let part = Part { start: all.len(), lines_before };
            if index == 0 {
                all = text;
            } else {
                all.push_str(&text);
            }
            parts.push(part);
            let of_this = |problem: PasteProblem| (index, problem.lines_less(part.lines_before));
            for line in lines(&all, part) {
                reader.line(&all, line).map_err(of_this)?;
                lines_before = line.number;
            }
            reader.end_of_file().map_err(of_this)?;
        }
        let (defaults, sections) = reader.end();
        Ok(Self { text: all, parts, defaults, sections })
    }

    /// In which of the files a place is, and where there.
    pub fn part_of(&self, place: Span) -> (usize, Span) {
        let index = self.parts.iter().rposition(|part| part.start <= place.line_start).unwrap_or(0);
        let Part { start, lines_before } = self.parts.get(index).copied().unwrap_or_default();
        let here = Span {
            line: place.line - lines_before,
            line_start: place.line_start - start,
            start: place.start - start,
            end: place.end - start,
        };
        (index, here)
    }

    /// In which of the files a problem of the whole is, in that file's own lines.
    pub fn part_of_problem(&self, problem: PasteProblem) -> (usize, PasteProblem) {
        let line = problem.line().unwrap_or(0);
        let index = self.parts.iter().rposition(|part| part.lines_before < line).unwrap_or(0);
        let lines_before = self.parts.get(index).map_or(0, |part| part.lines_before);
        (index, problem.lines_less(lines_before))
    }

    /// The text of one of the files.
    pub fn text_of(&self, part: usize) -> &str {
        let start = self.parts.get(part).map_or(0, |part| part.start);
        let end = self.parts.get(part + 1).map_or(self.text.len(), |next| next.start);
        &self.text[start..end]
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
fn lines(text: &str, part: Part) -> impl Iterator<Item = Line> {
    let bytes = text.as_bytes();
    let (mut at, mut number) = (part.start, part.lines_before);
    std::iter::from_fn(move || {
        if at >= bytes.len() {
            return None;
        }
        let start = at;
        let length = crate::bytes::find_either(b'\n', b'\r', &bytes[start..]).unwrap_or(bytes.len() - start);
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

/// Where something was met last: in one file it may not come again.
#[derive(Clone, Copy)]
struct Met {
    file: usize,
    index: usize,
}

struct Reader {
    defaults: Vec<Entry>,
    sections: Vec<PasteSection>,
    current: Current,
    /// The option that is open, so that a continuation may follow.
    open: Option<usize>,
    indent: usize,
    /// Which of the files it is.
    file: usize,
    /// Sections by their names.
    headers: HashMap<String, Met>,
    /// Options by their section, none for `[DEFAULT]`, and name.
    names: HashMap<(Option<usize>, String), Met>,
    /// The first line that does not parse: raised only at the end of the file.
    syntax: Option<usize>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            defaults: Vec::new(),
            sections: Vec::new(),
            current: Current::None,
            open: None,
            indent: 0,
            file: 0,
            headers: HashMap::new(),
            names: HashMap::new(),
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
        if self.open.is_some() && indent > self.indent {
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
        let Some(open) = self.open else { return };
        if let Some(entry) = self.entries().and_then(|entries| entries.get_mut(open)) {
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
        self.open = None;
        if name == DEFAULT {
            self.current = Current::Default;
            return Ok(());
        }
        let met = self.headers.get(name).copied();
        if met.is_some_and(|met| met.file == self.file) {
            return Err(PasteProblem::DuplicateSection { line: header.line, name: name.to_owned() });
        }
        let index = met.map_or(self.sections.len(), |met| met.index);
        if met.is_none() {
            self.sections.push(PasteSection { name: name.to_owned(), header, entries: Vec::new() });
        }
        self.headers.insert(name.to_owned(), Met { file: self.file, index });
        self.current = Current::Section(index);
        Ok(())
    }

    fn option(&mut self, content: &str, start: usize, line: Line) -> Result<(), PasteProblem> {
        let section = match self.current {
            Current::None => return Err(PasteProblem::NoSection { line: line.number }),
            Current::Default => None,
            Current::Section(index) => Some(index),
        };
        let Some(at) = content.find(['=', ':']) else {
            self.syntax.get_or_insert(line.number);
            return Ok(());
        };
        let name = strip(&content[..at]);
        if name.is_empty() {
            self.syntax.get_or_insert(line.number);
        }
        let key = (section, name.to_owned());
        let met = self.names.get(&key).copied();
        if met.is_some_and(|met| met.file == self.file) {
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
        let Some(entries) = self.entries() else { return Ok(()) };
        let index = match met.and_then(|met| entries.get_mut(met.index).map(|known| (met.index, known))) {
            Some((index, known)) => {
                *known = entry;
                index
            }
            None => {
                entries.push(entry);
                entries.len() - 1
            }
        };
        self.open = (!name.is_empty()).then_some(index);
        self.names.insert(key, Met { file: self.file, index });
        Ok(())
    }

    /// The next line is another file's.
    fn end_of_file(&mut self) -> Result<(), PasteProblem> {
        if let Some(line) = self.syntax {
            return Err(PasteProblem::Syntax { line });
        }
        self.current = Current::None;
        self.open = None;
        self.indent = 0;
        self.file += 1;
        Ok(())
    }

    fn end(mut self) -> (Vec<Entry>, Vec<PasteSection>) {
        let all = self.defaults.iter_mut().chain(self.sections.iter_mut().flat_map(|s| &mut s.entries));
        for entry in all {
            let kept = entry.raw.trim_end_matches(is_python_space).len();
            entry.raw.truncate(kept);
        }
        (self.defaults, self.sections)
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
    fn a_later_file_adds_to_the_sections_of_the_one_before() {
        let texts = ["[a]\nb = 1\n  2\nc = 3", "[DEFAULT]\nd = 4\n[a]\nb = 5\n  6\n", "[a]\ne = 7\n"];
        let file = PasteFile::parse_all(texts.map(str::to_owned).to_vec()).unwrap();
        let own: Vec<_> =
            file.sections[0].entries.iter().map(|e| (e.name.as_str(), e.raw.as_str())).collect();
        assert_eq!((file.sections.len(), own), (1, vec![("b", "5\n6"), ("c", "3"), ("e", "7")]));
        let (part, place) = file.part_of(file.sections[0].entries[0].value);
        assert_eq!((part, place.line, &file.text_of(part)[place.start..place.end]), (1, 4, "5"));
        let (part, place) = file.part_of(file.sections[0].entries[2].value);
        assert_eq!((part, place.line, &file.text_of(part)[place.start..place.end]), (2, 2, "7"));
        let problem = |texts: [&str; 2]| {
            let (part, problem) = PasteFile::parse_all(texts.map(str::to_owned).to_vec()).unwrap_err();
            (part, problem.line())
        };
        assert_eq!(problem(["[a]\n", "[a]\nb = 1\nb = 2\n"]), (1, Some(3)));
        assert_eq!(problem(["[a]\n", "b = 1\n"]), (1, Some(1)));
        assert_eq!(problem(["[a]\nb\n", "[a]\nb = 1\nb = 2\n"]), (0, Some(2)));
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

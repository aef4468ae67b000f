//! One file that oslo.config accepts: where its sections are, and what stands
//! in them.

use super::refusal::Refusal;
use super::scanner::{Line, Scanner};

/// A stretch of a document, as byte offsets, and the 1-based line it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// 1-based line.
    pub line: usize,
    /// Byte offset of the line's first character.
    pub line_start: usize,
    /// Byte offset where the stretch begins.
    pub start: usize,
    /// Byte offset behind it.
    pub end: usize,
}

/// The text of a file and the index of its sections.
#[derive(Clone)]
pub struct Document {
    text: String,
    sections: Vec<SectionEntry>,
    has_continuations: bool,
}

/// What one look at a whole text shows.
#[derive(Default)]
struct Index {
    sections: Vec<SectionEntry>,
    has_continuations: bool,
}

/// Where a section stands; it goes on to the next one's header. A file may have
/// millions of them, so the numbers are small: no text is as long as they can count
/// (see [`small`]).
#[derive(Debug, Clone, Copy)]
struct SectionEntry {
    name_start: u32,
    name_end: u32,
    /// 1-based line of the header.
    line: u32,
    body_start: u32,
}

/// One `[section]` of a document; a name may come several times.
#[derive(Debug, Clone, Copy)]
pub struct Section<'d> {
    document: &'d Document,
    entry: SectionEntry,
    body_end: usize,
}

/// An option as written: `key = value` and the lines that continue it. The
/// texts are found with [`Document::slice`]. As small as a section entry, for
/// the same reason.
#[derive(Debug, Clone, Copy)]
pub struct Assignment {
    /// 1-based line of the key.
    line: u32,
    line_start: u32,
    key_start: u32,
    key_end: u32,
    value_start: u32,
    value_end: u32,
    /// Behind the key's line and its line end.
    line_end: u32,
    /// Behind the last line that continues the value.
    end: u32,
}

impl Assignment {
    fn span(&self, start: u32, end: u32) -> Span {
        Span {
            line: self.line as usize,
            line_start: self.line_start as usize,
            start: start as usize,
            end: end as usize,
        }
    }

    /// The key, stripped.
    pub fn key(&self) -> Span {
        self.span(self.key_start, self.key_end)
    }

    /// Whether lines continue the value.
    pub fn is_continued(&self) -> bool {
        self.end > self.line_end
    }

    /// The first line of the value, stripped and without its quotes.
    pub fn value(&self) -> Span {
        self.span(self.value_start, self.value_end)
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the text: it holds passwords.
        f.debug_struct("Document")
            .field("bytes", &self.text.len())
            .field("sections", &self.sections.len())
            .finish()
    }
}

impl Document {
    /// Reads a file's text.
    ///
    /// # Errors
    ///
    /// The first thing that oslo.config refuses.
    pub fn parse(text: String) -> Result<Self, Refusal> {
        Self::parse_or_return(text).map_err(|(refusal, _)| refusal)
    }

    /// As [`Document::parse`], and gives a refused text back.
    ///
    /// # Errors
    ///
    /// The first thing that oslo.config refuses, and the text.
    pub fn parse_or_return(text: String) -> Result<Self, (Refusal, String)> {
        match index_of(&text) {
            Ok(Index { sections, has_continuations }) => Ok(Self { text, sections, has_continuations }),
            Err(refusal) => Err((refusal, text)),
        }
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The sections in file order.
    pub fn sections(&self) -> impl DoubleEndedIterator<Item = Section<'_>> {
        (0..self.sections.len()).map(|index| self.section(index))
    }

    /// How many sections there are, repetitions included.
    pub fn section_count(&self) -> usize {
        self.sections.len()
    }

    /// Whether any value goes on in a second line.
    pub fn has_continuations(&self) -> bool {
        self.has_continuations
    }

    /// A section by its number, from 0.
    pub fn section(&self, index: usize) -> Section<'_> {
        let next = self.sections.get(index + 1);
        let body_end = next.map_or(self.text.len(), |next| next.name_start as usize - 1);
        Section { document: self, entry: self.sections[index], body_end }
    }

    /// The text of a span.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.start..span.end]
    }

    /// An option's value as oslo.config joins it: its lines with a newline between.
    pub fn value(&self, assignment: &Assignment) -> String {
        let mut value = self.slice(assignment.value()).to_owned();
        for line in self.continuations(assignment) {
            value.push('\n');
            value.push_str(self.slice(line));
        }
        value
    }

    /// The lines that continue an option's value, each stripped.
    pub fn continuations(&self, assignment: &Assignment) -> impl Iterator<Item = Span> + use<'_> {
        let (start, end) = (assignment.line_end as usize, assignment.end as usize);
        let lines = Scanner::of_continuations(&self.text, start, end, assignment.line as usize);
        // The document was accepted as a whole, so its parts have no refusal.
        lines.map_while(Result::ok).filter_map(|placed| match placed.line {
            Line::Continuation { text } => Some(span_of(&self.text, placed.number, placed.start, text)),
            _ => None,
        })
    }

    /// Whether a pair of quotes was taken off the value: only a quote, a blank or
    /// the separator can stand before it.
    pub fn is_quoted(&self, assignment: &Assignment) -> bool {
        self.text[..assignment.value_start as usize].ends_with(['"', '\''])
    }

    /// The text of the line that a span stands on, without its line end.
    pub fn line_text(&self, span: Span) -> &str {
        line_at(&self.text, span.line_start)
    }

    /// The 1-based column of a span, counted in code points.
    pub fn column(&self, span: Span) -> usize {
        self.text[span.line_start..span.start].chars().count() + 1
    }
}

/// The line of `text` that begins at byte `start`, without its line end.
fn line_at(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    let end = crate::bytes::find_either(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
    &rest[..end]
}

/// Where each section stands; reading the whole text shows what is refused.
fn index_of(text: &str) -> Result<Index, Refusal> {
    let mut index = Index::default();
    for placed in Scanner::of_file(text) {
        let placed = placed?;
        match placed.line {
            Line::Section { name } => {
                index.sections.push(SectionEntry {
                    name_start: small(placed.start + 1),
                    name_end: small(placed.start + 1 + name.len()),
                    line: small(placed.number),
                    body_start: small(placed.end),
                });
            }
            Line::Continuation { .. } => index.has_continuations = true,
            Line::Assignment { .. } | Line::Comment | Line::Blank => {}
        }
    }
    Ok(index)
}

/// A place in a text or the number of a line. Files are bounded far below 4 GiB
/// when they are read (`deployment/`).
fn small(number: usize) -> u32 {
    debug_assert!(u32::try_from(number).is_ok(), "a text of 4 GiB");
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Where a part of a text stands.
fn span_of(text: &str, line: usize, line_start: usize, part: &str) -> Span {
    let start = offset_in(text, part);
    Span { line, line_start, start, end: start + part.len() }
}

impl<'d> Section<'d> {
    /// The name as written.
    pub fn name(&self) -> &'d str {
        &self.document.text[self.entry.name_start as usize..self.entry.name_end as usize]
    }

    /// Where the name stands in its header.
    pub fn span(&self) -> Span {
        Span {
            line: self.entry.line as usize,
            line_start: self.entry.name_start as usize - 1,
            start: self.entry.name_start as usize,
            end: self.entry.name_end as usize,
        }
    }

    /// The text between this header and the next.
    pub fn body(&self) -> &'d str {
        &self.document.text[self.entry.body_start as usize..self.body_end]
    }

    /// The options in file order.
    pub fn assignments(&self) -> impl Iterator<Item = Assignment> + use<'d> {
        let text = &self.document.text;
        let (start, end) = (self.entry.body_start as usize, self.body_end);
        let lines = Scanner::of_section(text, start, end, self.entry.line as usize);
        Assignments { text, lines, open: None }
    }
}

/// The options of one section.
struct Assignments<'d> {
    text: &'d str,
    lines: Scanner<'d>,
    open: Option<Assignment>,
}

impl Iterator for Assignments<'_> {
    type Item = Assignment;

    fn next(&mut self) -> Option<Assignment> {
        // The document was accepted as a whole, so its parts have no refusal.
        while let Some(Ok(placed)) = self.lines.next() {
            match placed.line {
                Line::Assignment { key, value } => {
                    let (key_start, value_start) = (offset_in(self.text, key), offset_in(self.text, value));
                    let assignment = Assignment {
                        line: small(placed.number),
                        line_start: small(placed.start),
                        key_start: small(key_start),
                        key_end: small(key_start + key.len()),
                        value_start: small(value_start),
                        value_end: small(value_start + value.len()),
                        line_end: small(placed.end),
                        end: small(placed.end),
                    };
                    if let Some(done) = self.open.replace(assignment) {
                        return Some(done);
                    }
                }
                Line::Continuation { .. } => {
                    if let Some(open) = &mut self.open {
                        open.end = small(placed.end);
                    }
                }
                Line::Section { .. } | Line::Comment | Line::Blank => {}
            }
        }
        self.open.take()
    }
}

/// The byte offset of `part`, which is a slice of `text`.
fn offset_in(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::super::RefusalKind;
    use super::*;

    fn read(text: &str) -> Vec<(String, String, String)> {
        let document = Document::parse(text.to_owned()).unwrap();
        let mut rows = Vec::new();
        for section in document.sections() {
            for a in section.assignments() {
                rows.push((
                    section.name().to_owned(),
                    document.slice(a.key()).to_owned(),
                    document.value(&a),
                ));
            }
        }
        rows
    }

    fn value(line: &str) -> String {
        read(&format!("[a]\n{line}\n")).pop().unwrap().2
    }

    fn refusal(text: &str) -> (usize, RefusalKind) {
        let refusal = Document::parse(text.to_owned()).unwrap_err();
        (refusal.line, refusal.kind)
    }

    #[test]
    fn lf_crlf_and_lone_cr_end_a_line_and_nothing_else_does() {
        let rows = read("[a]\nb=1\r\nc=2\rd=3\x0b4\u{2028}5");
        let values: Vec<_> = rows.iter().map(|r| r.2.as_str()).collect();
        assert_eq!(values, ["1", "2", "3\x0b4\u{2028}5"]);
    }

    #[test]
    fn cr_cr_lf_is_two_line_ends() {
        assert_eq!(refusal("[a]\r\r\n x"), (3, RefusalKind::UnexpectedContinuation));
    }

    #[test]
    fn a_byte_order_mark_is_an_ordinary_character() {
        assert_eq!(refusal("\u{feff}[a]\nb=1\n"), (1, RefusalKind::NoSeparator));
        assert_eq!(refusal("\u{feff}b=1\n[a]\n"), (2, RefusalKind::NoSection));
    }

    #[test]
    fn only_space_or_tab_begins_a_continuation() {
        assert_eq!(value("k = a\n\tb\n  c "), "a\nb\nc");
        assert_eq!(read("[a]\nk = a\n\u{a0}b = c")[1].1, "b");
    }

    #[test]
    fn a_continuation_may_look_like_anything() {
        assert_eq!(value("k = a\n # no comment\n [b]\n c = d"), "a\n# no comment\n[b]\nc = d");
    }

    #[test]
    fn a_continuation_needs_an_open_option() {
        for text in ["[a]\n b", "[a]\nk=1\n\n b", "[a]\nk=1\n#\n b", " b"] {
            assert_eq!(refusal(text).1, RefusalKind::UnexpectedContinuation, "{text:?}");
        }
    }

    #[test]
    fn the_first_separator_splits() {
        assert_eq!(read("[a]\nauth_url http://h=1")[0].1, "auth_url http");
        assert_eq!(value("k=a:b"), "a:b");
        assert_eq!(value("k:a=b"), "a=b");
    }

    #[test]
    fn one_pair_of_quotes_goes() {
        for (written, read) in [
            (r#""a""#, "a"),
            (r#""a" # "b""#, r#"a" # "b"#),
            (r#"""#, ""),
            (r#"'"a"'"#, r#""a""#),
            (r#"" a ""#, " a "),
            (r#""a'"#, r#""a'"#),
            ("''", ""),
        ] {
            assert_eq!(value(&format!("k = {written}")), read, "{written}");
        }
        assert_eq!(value("k = \"a\n b\""), "\"a\nb\"");
    }

    #[test]
    fn section_names_are_everything_between_the_brackets() {
        let document = Document::parse("[a] # [x]\n[ a ]\n[[a]]\n[ ]".to_owned()).unwrap();
        let names: Vec<_> = document.sections().map(|s| s.name().to_owned()).collect();
        assert_eq!(names, ["a] # [x", " a ", "[a]", " "]);
        assert_eq!(refusal("[]").1, RefusalKind::EmptySection);
        assert_eq!(refusal("[a] x").1, RefusalKind::UnclosedSection);
        assert_eq!(refusal("[").1, RefusalKind::UnclosedSection);
    }

    #[test]
    fn an_option_before_any_section_is_reported_where_its_value_ends() {
        assert_eq!(refusal("k = 1\n more\n\n[a]"), (3, RefusalKind::NoSection));
        assert_eq!(refusal("k = 1\nbroken"), (2, RefusalKind::NoSection));
        assert_eq!(refusal("k = 1\n more"), (2, RefusalKind::NoSection));
    }

    #[test]
    fn empty_keys_and_missing_separators_are_errors() {
        assert_eq!(refusal("[a]\n= 1"), (2, RefusalKind::EmptyKey));
        assert_eq!(refusal("[a]\nb"), (2, RefusalKind::NoSeparator));
    }

    #[test]
    fn positions_are_kept() {
        let document = Document::parse("[a]\n\nkä : \"v\"\n".to_owned()).unwrap();
        let a = document.sections().next().unwrap().assignments().next().unwrap();
        assert_eq!(a.key().line, 3);
        assert_eq!(document.column(a.value()), 7);
        assert_eq!(document.line_text(a.value()), "kä : \"v\"");
    }
}

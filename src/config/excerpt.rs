//! The lines around a change, as they stand in the file, for a patch: as far as
//! they are known to hold no secret. A patch has to repeat lines byte by byte, so
//! here nothing is masked; what is not known to be harmless is left out.

use super::layers::Layer;
use super::place::{harmless, mask};
use super::schema::{Schema, Spec};
use crate::ini::{Span, strip};

/// A line with its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextLine {
    /// 1-based.
    pub number: usize,
    /// The line as it stands in the file.
    pub text: String,
    /// Whether the file ends with it.
    pub last: bool,
}

/// So many lines are given on either side.
const AROUND: usize = 3;

/// Which lines of a section may be shown.
pub(crate) struct Excerpt<'f> {
    layer: &'f Layer,
    schema: &'f Schema,
    /// The section's normalised name.
    section: &'f str,
}

impl<'f> Excerpt<'f> {
    pub(crate) fn new(layer: &'f Layer, schema: &'f Schema, section: &'f str) -> Self {
        Self { layer, schema, section }
    }

    /// A line and those around it.
    pub(crate) fn around(&self, at: Span) -> Vec<TextLine> {
        let mut lines = self.before(at.line, at.line_start);
        let line = self.line(at.line, at.line_start);
        let (number, start) = (at.line + 1, at.line_start + line.text.len());
        lines.push(line);
        lines.extend(self.from(number, start));
        lines
    }

    /// The lines around the gap above a line, which is itself one of them.
    pub(crate) fn above(&self, number: usize, start: usize) -> Vec<TextLine> {
        let mut lines = self.before(number, start);
        lines.extend(self.from(number, start));
        lines
    }

    fn text(&self) -> &'f str {
        self.layer.document().text()
    }

    /// The line that begins at a byte.
    fn line(&self, number: usize, start: usize) -> TextLine {
        let rest = &self.text()[start..];
        let length = crate::bytes::find(b'\n', rest.as_bytes()).map_or(rest.len(), |end| end + 1);
        TextLine { number, text: rest[..length].to_owned(), last: length == rest.len() }
    }

    /// Lines before one, nearest last. A header ends the section and the excerpt.
    fn before(&self, number: usize, start: usize) -> Vec<TextLine> {
        let mut lines = Vec::new();
        let (mut number, mut start) = (number, start);
        while start > 0 && lines.len() < AROUND {
            let earlier = &self.text()[..start - 1];
            start = crate::bytes::rfind(b'\n', earlier.as_bytes()).map_or(0, |end| end + 1);
            number -= 1;
            let line = self.line(number, start);
            if !self.may_show(&line) {
                break;
            }
            let is_header = line.text.starts_with('[');
            lines.push(line);
            if is_header {
                break;
            }
        }
        lines.reverse();
        lines
    }

    /// Lines from one on, up to the next header.
    fn from(&self, number: usize, start: usize) -> Vec<TextLine> {
        let mut lines: Vec<TextLine> = Vec::new();
        let (mut number, mut start) = (number, start);
        while start < self.text().len() && lines.len() < AROUND {
            let line = self.line(number, start);
            if !self.may_show(&line) {
                break;
            }
            (number, start) = (number + 1, start + line.text.len());
            let is_header = line.text.starts_with('[');
            lines.push(line);
            if is_header {
                break;
            }
        }
        lines
    }

    fn may_show(&self, line: &TextLine) -> bool {
        let bare = line.text.trim_end_matches(['\n', '\r']);
        if steers(bare) || mask(bare, false) != bare {
            return false;
        }
        match bare.chars().next() {
            None | Some('[') => true,
            Some('#' | ';') => self.is_known_comment(bare),
            Some(' ' | '\t') => strip(bare).is_empty(),
            Some(_) => {
                let entries = self.layer.entries(self.section);
                let found = entries.binary_search_by_key(&line.number, |entry| entry.key().line);
                let is_harmless = |index: usize| self.is_harmless(self.layer.slice(entries[index].key()));
                // What looks like a comment may hold anything.
                found.is_ok_and(is_harmless) && !bare.contains(" #") && !bare.contains("\t#")
            }
        }
    }

    /// A comment may hold anything, also a password that was once in use. Shown is
    /// one that holds nothing, or an option that is no secret and one word.
    fn is_known_comment(&self, line: &str) -> bool {
        let text = strip(line.trim_start_matches(['#', ';']));
        text.split_once(['=', ':']).map_or(text.is_empty(), |(name, value)| {
            self.is_harmless(strip(name)) && !strip(value).contains([' ', '\t'])
        })
    }

    /// Whether this is the name of an option that is known not to be a secret.
    fn is_harmless(&self, name: &str) -> bool {
        let group = self.schema.group(self.section);
        let own = group.and_then(|group| group.written_as(name));
        let known = own.map(Spec::from).or_else(|| self.schema.option(self.section, name));
        known.is_some_and(|option| !option.secret)
    }
}

/// Whether a line could steer a terminal. A patch needs its tabs.
pub(crate) fn steers(line: &str) -> bool {
    line.chars().any(|c| c != '\t' && harmless(c) != c)
}

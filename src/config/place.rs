//! Where something stands, and what that line may show to a person.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::ini::{Document, Span};

/// A stretch of a line in a file, ready to be printed: no secret is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file as reached from the target as typed.
    pub file: Arc<str>,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in code points.
    pub column: usize,
    /// Length in code points, at least 1; 0 if the whole file is meant.
    pub width: usize,
    /// The line, control characters replaced and secrets masked.
    pub source: Arc<str>,
}

impl Hash for Place {
    /// Nearly all places differ in where they are; what else they show is compared only
    /// where that is the same.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.file.hash(state);
        self.line.hash(state);
    }
}

/// What stands in for a secret.
pub(crate) const MASK: &str = "***";

/// The longest line that is kept for showing, in code points.
const MAX_SOURCE: usize = 500;

impl Place {
    /// The place of a whole file, where no line is to blame.
    pub fn of_file(file: &Arc<str>) -> Self {
        Self { file: Arc::clone(file), line: 1, column: 1, width: 0, source: Arc::from("") }
    }

    /// Whether no line of the file is meant.
    pub fn is_whole_file(&self) -> bool {
        self.width == 0
    }

    /// The place of a line of which nothing may be shown, since it was not
    /// understood and could hold a secret.
    pub fn of_line(file: &Arc<str>, line: usize) -> Self {
        Self { file: Arc::clone(file), line, column: 1, width: 1, source: Arc::from("") }
    }

    /// A value in a text that is no oslo.config file.
    pub(super) fn in_text(file: &Arc<str>, text: &str, value: Span, secret: bool) -> Self {
        let rest = &text[value.line_start..];
        let line = &rest[..crate::bytes::find_either(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len())];
        let before = &text[value.line_start..value.start];
        let shown = masked(&text[value.start..value.end], secret);
        let after = line.get(value.end - value.line_start..).unwrap_or_default();
        Self {
            file: Arc::clone(file),
            line: value.line,
            column: before.chars().count() + 1,
            width: shown.chars().count().max(1),
            source: harmlessly([before, &shown, after.trim_end()].concat().into()).into(),
        }
    }

    /// A span whose whole line may be shown, such as a section header.
    pub(super) fn plain(file: &Arc<str>, document: &Document, span: Span) -> Self {
        Self {
            file: Arc::clone(file),
            line: span.line,
            column: document.column(span),
            width: document.slice(span).chars().count().max(1),
            source: harmlessly(document.line_text(span).into()).into(),
        }
    }

    /// An option's key on its line; the value is masked where it has to be.
    pub(super) fn key(file: &Arc<str>, document: &Document, key: Span, value: Span, secret: bool) -> Self {
        let mut place = Self::plain(file, document, key);
        place.source = masked_line(document, value, secret).into();
        place
    }

    /// An option's value on its line, masked where it has to be.
    pub(super) fn value(file: &Arc<str>, document: &Document, value: Span, secret: bool) -> Self {
        let width = masked(document.slice(value), secret).chars().count().max(1);
        Self {
            file: Arc::clone(file),
            line: value.line,
            column: document.column(value),
            width,
            source: masked_line(document, value, secret).into(),
        }
    }
}

/// The line of `value` with the value masked.
fn masked_line(document: &Document, value: Span, secret: bool) -> Cow<'_, str> {
    let text = document.text();
    let line = document.line_text(value);
    let before = &text[value.line_start..value.start];
    // Behind a quoted value only its closing quote can stand.
    let after = text[value.end..value.line_start + line.len()].trim_end();
    let written = document.slice(value);
    let shown = masked(written, secret);
    harmlessly(if shown == written {
        Cow::Borrowed(&text[value.line_start..value.end + after.len()])
    } else {
        Cow::Owned([before, &shown, after].concat())
    })
}

/// A value as it may be shown: a secret is replaced, and so are the user name
/// and password of a URL.
pub(crate) fn mask(value: &str, secret: bool) -> String {
    masked(value, secret).into_owned()
}

/// The same, as it is where nothing has to be replaced.
pub(super) fn masked(value: &str, secret: bool) -> Cow<'_, str> {
    if secret && !value.is_empty() {
        Cow::Borrowed(MASK)
    } else if value.contains('@') {
        Cow::Owned(mask_userinfo(value))
    } else {
        Cow::Borrowed(value)
    }
}

/// Replaces what stands between `//` and the last `@` before the next `/`.
fn mask_userinfo(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find("//") {
        let (before, authority) = rest.split_at(at + 2);
        out.push_str(before);
        let end = authority.find(['/', '?', '#', ' ', ',']).unwrap_or(authority.len());
        // A password may hold a slash, so the last @ of the word counts too.
        let word_end = authority.find([' ', ',']).unwrap_or(authority.len());
        let userinfo = authority[..end].rfind('@').or_else(|| authority[..word_end].rfind('@'));
        match userinfo {
            Some(i) => {
                out.push_str(MASK);
                rest = &authority[i..];
            }
            None => {
                out.push_str(&authority[..end]);
                rest = &authority[end..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Replaces control characters, so that text from a file cannot steer a
/// terminal; a tab becomes one blank, which keeps the columns.
pub(crate) fn printable(text: &str) -> String {
    harmlessly(text.into()).into_owned()
}

/// The same, as it is where nothing has to be replaced.
pub(crate) fn harmlessly(text: Cow<'_, str>) -> Cow<'_, str> {
    // Nearly every line of a file is of this kind.
    if text.len() <= MAX_SOURCE && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text;
    }
    text.chars().take(MAX_SOURCE).map(|c| if c == '\t' { ' ' } else { harmless(c) }).collect()
}

/// A character as a terminal or page may have it: one that could steer it is
/// replaced.
pub(crate) fn harmless(c: char) -> char {
    if c.is_control() || is_steering(c) { '\u{fffd}' } else { c }
}

/// Characters that reorder or hide text without being control characters.
fn is_steering(c: char) -> bool {
    matches!(c as u32, 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f | 0xfeff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn userinfo_is_masked() {
        for (url, shown) in [
            ("http://u:p@h:5000/v3", "http://***@h:5000/v3"),
            ("rabbit://a:b@h1,a:c@h2/", "rabbit://***@h1,a:c@h2/"),
            ("http://h/v3", "http://h/v3"),
            ("http://u:p/w@h/", "http://***@h/"),
        ] {
            assert_eq!(mask(url, false), shown);
        }
        assert_eq!(mask("hunter2", true), "***");
    }

    #[test]
    fn control_characters_do_not_reach_a_terminal() {
        assert_eq!(printable("a\u{1b}[31m\tb\u{202e}"), "a\u{fffd}[31m b\u{fffd}");
    }
}

//! What the rules share that offer a change of a file: how a line is renamed,
//! freed of its comment or its quotes, and how a switch is put in.
//!
//! A change is offered where nobody could object to it. What decides over
//! security, [`DECISIONS`], is said in words only; so is what a person has to
//! choose. A password never stands in a change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ini::{EscapePolicy, Ini, LineSeparator, WriteOption};

use super::lines::comment_in;
use crate::config::{Excerpt, Holder, Kind, Layer, OptionSpec, Schema, Setting, TextLine, mask, steers};
use crate::facts::ServiceFacts;
use crate::findings::{Edit, Finding, Fix, Withheld};
use crate::ini::{Assignment, Section, Span, strip};

/// Options whose value is a decision about security.
const DECISIONS: [&str; 5] = [
    "service_token_roles",
    "service_token_roles_required",
    "delay_auth_decision",
    "insecure",
    "enforce_token_bind",
];

/// Parts of names that a secret's name has, also a misspelt one's.
const SECRETIVE: [&str; 6] = ["pass", "pwd", "secret", "token", "key", "cred"];

/// A longer section was written by no hand, and is not mended line by line.
const LONGEST: usize = 1000;

/// A file as a service reads it.
#[derive(Clone, Copy)]
pub(super) struct Page<'f> {
    layer: &'f Layer,
    schema: &'f Schema,
    /// The section's normalised name.
    section: &'f str,
}

impl<'f> Page<'f> {
    pub(super) fn new(service: &'f ServiceFacts, layer: &'f Layer, section: &'f str) -> Self {
        Self { layer, schema: &service.service.schema, section }
    }

    /// The line of a setting that stands in a file.
    fn of_setting(service: &'f ServiceFacts, setting: &'f Setting) -> Option<(Self, &'f Assignment)> {
        let place = setting.place()?;
        let layers = service.service.configuration.layers().iter();
        layers.filter(|layer| *layer.file() == place.file).find_map(|layer| {
            let entries = layer.entries(&setting.section);
            let entry = entries.iter().find(|entry| entry.value().line == place.line)?;
            Some((Self::new(service, layer, &setting.section), entry))
        })
    }

    /// The line written under the name that is read. Nothing, if another line
    /// of the file has that name or means it: a person has to say which counts.
    pub(super) fn rename(&self, entry: &Assignment, option: &OptionSpec) -> Option<Fix> {
        if DECISIONS.contains(&option.name) {
            return None;
        }
        let key = self.layer.slice(entry.key());
        let entries = self.layer.entries(self.section);
        let means_the_same = |other: &Assignment| {
            let other = self.layer.slice(other.key());
            other == key || same_but_for_spelling(other, option.name) || option.deprecated.contains(&other)
        };
        let mut others = entries.iter().filter(|other| other.key() != entry.key());
        if entries.len() > LONGEST || others.any(means_the_same) {
            return None;
        }
        let secret = option.secret || is_secretive(key);
        Some(self.fix(entry.key(), vec![self.replaced(entry.key(), option.name)], secret))
    }

    /// The comment behind a value on a line of its own above.
    fn comment_above(&self, entry: &Assignment, option: &OptionSpec) -> Option<Fix> {
        // What decides stays as it is, and a password's comment may be the password
        // of yesterday.
        if DECISIONS.contains(&option.name) || option.secret || entry.is_continued() {
            return None;
        }
        let value = self.layer.slice(entry.value());
        let comment = comment_in(value)?;
        let kept = strip(&value[..value.len() - comment.len()]);
        if kept.is_empty()
            || !comment[1..].starts_with([' ', '\t'])
            || self.above(entry.key()).contains("nova-token-check:")
        {
            return None;
        }
        let gone = Span { start: entry.value().start + kept.len(), ..entry.value() };
        let comment = format!("{comment}{}", self.line_end(entry.key()));
        let edits = vec![Edit::above(entry.key().line, comment), self.replaced(gone, "")];
        Some(self.fix(entry.key(), edits, is_secretive(self.layer.slice(entry.key()))))
    }

    /// The value without its quotes, where it is the same without them for
    /// every reader.
    pub(super) fn unquote(&self, entry: &Assignment, option: &OptionSpec) -> Option<Fix> {
        let value = self.layer.slice(entry.value());
        let is_plain =
            !value.is_empty() && strip(value) == value && !value.contains(['"', '\'', '\\', '#', ';']);
        if DECISIONS.contains(&option.name)
            || !self.layer.document().is_quoted(entry)
            || entry.is_continued()
            || !is_plain
        {
            return None;
        }
        let whole = Span { start: entry.value().start - 1, end: entry.value().end + 1, ..entry.value() };
        Some(self.fix(entry.key(), vec![self.replaced(whole, value)], option.secret))
    }

    /// `name = true` in the section: below its own commented line, as the sample
    /// files have one, or else below the header.
    fn switch_on(&self, part: &Section<'_>, name: &str) -> Option<Fix> {
        let text = self.layer.document().text();
        let (mut number, mut start) =
            (part.span().line + 1, part.span().line_start + line(text, part.span().line_start).len());
        let (mut at, body_end) = ((number, start), start + part.body().len());
        while start < body_end.min(text.len()) {
            let line = line(text, start);
            (number, start) = (number + 1, start + line.len());
            let comment = line.strip_prefix('#').map(|comment| strip(comment.trim_start_matches('#')));
            if comment.and_then(|comment| comment.split_once('=')).is_some_and(|(key, _)| strip(key) == name)
            {
                at = (number, start);
                break;
            }
        }
        if !text[..at.1].ends_with('\n') || text[at.1..].starts_with([' ', '\t']) {
            return None;
        }
        let header = part.span();
        let new = format!("{name}{}true{}", self.separator(), self.line_end(header));
        let lines = self.shown(|excerpt| excerpt.above(at.0, at.1));
        Some(Fix { file: Arc::clone(self.layer.file()), edits: vec![Edit::above(at.0, new)], lines })
    }

    /// A new section with `name = true`, above the one at hand and the comment
    /// that belongs to it.
    fn new_section(&self, part: &Section<'_>, section: &str, name: &str) -> Option<Fix> {
        let text = self.layer.document().text();
        let (mut number, mut start) = (part.span().line, part.span().line_start);
        while let Some(before) = text[..start].strip_suffix('\n') {
            let from = before.rfind('\n').map_or(0, |end| end + 1);
            if !text[from..].starts_with('#') {
                break;
            }
            (number, start) = (number - 1, from);
        }
        let end = self.line_end(part.span());
        let mut ini = Ini::new();
        ini.with_section(Some(section)).set(name, "true");
        let option = WriteOption {
            escape_policy: EscapePolicy::Nothing,
            line_separator: if end == "\n" { LineSeparator::CR } else { LineSeparator::CRLF },
            kv_separator: self.separator(),
        };
        let mut new = Vec::new();
        ini.write_to_opt(&mut new, option).ok()?;
        let new = format!("{}{end}", String::from_utf8(new).ok()?);
        let lines = self.shown(|excerpt| excerpt.above(number, start));
        Some(Fix { file: Arc::clone(self.layer.file()), edits: vec![Edit::above(number, new)], lines })
    }

    /// What stands between names and values in the section, as its first option
    /// has it.
    fn separator(&self) -> &'static str {
        let Some(entry) = self.layer.entries(self.section).first() else { return " = " };
        let text = self.layer.document().text();
        let between = &text[entry.key().end..entry.value().start.max(entry.key().end)];
        match (between.trim_start() == between, between.contains(':') && !between.contains('=')) {
            (true, true) if between.trim_end().len() < between.len() => ": ",
            (true, true) => ":",
            (false, true) => " : ",
            (true, false) if between.contains('=') => "=",
            (_, false) => " = ",
        }
    }

    /// The line end that a line has; the file's last may have none.
    fn line_end(&self, at: Span) -> &'static str {
        let line = line(self.layer.document().text(), at.line_start);
        let crlf =
            if line.ends_with('\n') { line.ends_with("\r\n") } else { self.above(at).ends_with("\r\n") };
        if crlf { "\r\n" } else { "\n" }
    }

    /// The line above a line.
    fn above(&self, at: Span) -> &str {
        let before = &self.layer.document().text()[..at.line_start];
        let bare = before.strip_suffix('\n').unwrap_or(before);
        &before[bare.rfind('\n').map_or(0, |end| end + 1)..]
    }

    fn replaced(&self, span: Span, text: &str) -> Edit {
        let document = self.layer.document();
        Edit {
            line: span.line,
            column: document.column(span),
            width: document.slice(span).chars().count(),
            text: text.to_owned(),
        }
    }

    /// A change of one line.
    fn fix(&self, at: Span, edits: Vec<Edit>, secret: bool) -> Fix {
        let text = self.layer.document().line_text(at);
        let lines = if secret || mask(text, false) != text {
            Err(Withheld::Secret)
        } else if steers(text) {
            Err(Withheld::Control)
        } else {
            self.shown(|excerpt| excerpt.around(at))
        };
        Fix { file: Arc::clone(self.layer.file()), edits, lines }
    }

    fn shown(&self, lines: impl FnOnce(Excerpt<'_>) -> Vec<TextLine>) -> Result<Vec<TextLine>, Withheld> {
        match self.layer.holder() {
            Holder::Manifest => Err(Withheld::Manifest),
            Holder::StandardInput => Err(Withheld::StandardInput),
            Holder::OddlyNamed => Err(Withheld::Name),
            Holder::File if !self.layer.has_plain_line_ends() => Err(Withheld::LineEnds),
            Holder::File => Ok(lines(Excerpt::new(self.layer, self.schema, self.section))),
        }
    }
}

/// The line that begins at a byte, with its line end.
fn line(text: &str, start: usize) -> &str {
    let rest = &text[start..];
    &rest[..rest.find('\n').map_or(rest.len(), |end| end + 1)]
}

/// Whether a name is the option's but for case and dashes.
fn same_but_for_spelling(key: &str, name: &str) -> bool {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    key.len() == name.len() && key.bytes().zip(name.bytes()).all(|(a, b)| letter(a) == b)
}

fn is_secretive(key: &str) -> bool {
    let key = key.to_lowercase().replace('-', "_");
    key != "send_service_user_token" && SECRETIVE.iter().any(|part| key.contains(part))
}

/// The comment behind a setting's value on a line of its own.
pub(super) fn comment_above(service: &ServiceFacts, setting: &Setting) -> Option<Fix> {
    let (page, entry) = Page::of_setting(service, setting)?;
    let value = page.layer.slice(entry.value());
    let kept = strip(&value[..value.len() - comment_in(value)?.len()]);
    let is_read = match setting.spec.kind {
        Kind::Bool => ["true", "1", "on", "yes", "false", "0", "off", "no"]
            .iter()
            .any(|word| kept.eq_ignore_ascii_case(word)),
        Kind::Int | Kind::BareInt => kept.parse::<i64>().is_ok(),
        Kind::Float | Kind::BareFloat => kept.parse::<f64>().is_ok(),
        Kind::Choice { choices, ignore_case } => {
            choices.iter().any(|word| *word == kept || ignore_case && kept.eq_ignore_ascii_case(word))
        }
        Kind::Str | Kind::List => !kept.contains('$'),
        Kind::Opaque => false,
    };
    if is_read { page.comment_above(entry, &setting.spec) } else { None }
}

/// `name = true` in `section`, in the last file that has it; else in a section of
/// its own above `beside`.
pub(super) fn switch_on(
    service: &ServiceFacts,
    section: &str,
    beside: &str,
    name: &'static str,
) -> Option<Fix> {
    let layers = service.service.configuration.layers();
    let last = |section: &str| layers.iter().rev().find(|layer| layer.has_section(section));
    if let Some(layer) = last(section) {
        return Page::new(service, layer, section).switch_on(&part(layer, section)?, name);
    }
    let layer = last(beside)?;
    Page::new(service, layer, beside).new_section(&part(layer, beside)?, section, name)
}

/// The first part of a section, by its normalised name.
fn part<'f>(layer: &'f Layer, name: &str) -> Option<Section<'f>> {
    layer.document().sections().find(|part| part.name().eq_ignore_ascii_case(name))
}

/// Takes changes back that would give several lines of a section one name: a
/// person has to say which of them counts.
pub(super) fn settle(findings: &mut [Finding]) {
    type Names = HashMap<(Arc<str>, Option<String>, String), usize>;
    let mut names: Names = HashMap::new();
    let name = |finding: &Finding| {
        let fix = finding.fixes.first()?;
        // Names stand in the first column, values do not.
        let edit = fix.edits.first().filter(|edit| edit.width > 0 && edit.column == 1)?;
        Some(((Arc::clone(&fix.file), finding.section.clone(), edit.text.clone()), edit.line))
    };
    let mut twice = HashSet::new();
    for (key, line) in findings.iter().filter_map(name) {
        if *names.entry(key.clone()).or_insert(line) != line {
            twice.insert(key);
        }
    }
    if twice.is_empty() {
        return;
    }
    for finding in findings {
        if name(finding).is_some_and(|(key, _)| twice.contains(&key)) {
            finding.fixes.clear();
        }
    }
}

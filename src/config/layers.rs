//! The files of one service in the order in which they count.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use thiserror::Error;

use super::overrides::Overrides;
use super::place::Place;
use super::substitute::ReferenceProblem;
use crate::ini::{Assignment, Document, Refusal, Section, Span};
use crate::paste::PasteProblem;

/// All that one process reads its options from.
#[derive(Debug, Default)]
pub struct Configuration {
    layers: Vec<Arc<Layer>>,
    environment: Environment,
    failure: Option<LoadFailure>,
    overrides: Option<Overrides>,
}

/// A file that the service would not start with.
#[derive(Debug, Clone)]
pub struct LoadFailure {
    /// The file.
    pub file: Arc<str>,
    /// What is wrong with it.
    pub problem: LoadProblem,
    /// Sections whose headers stand in it, by normalised names: which of the
    /// service's parts it would have set up is known all the same.
    pub sections: Vec<String>,
    /// Whether it begins with a byte-order mark.
    mark: bool,
    /// What it is in place of a configuration, where that shows.
    instead: Option<Instead>,
}

/// What a file is that was to become a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instead {
    /// A template of Jinja's or Go's.
    Template,
    /// Encrypted by `ansible-vault`.
    Vault,
}

impl LoadFailure {
    /// With the sections found in what could be read of the file.
    pub fn new(file: Arc<str>, problem: LoadProblem, bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.trim_start_matches('\u{feff}').lines();
        let names = lines.clone().filter_map(|line| line.strip_prefix('[')?.split_once(']'));
        let sections = names.map(|(name, _)| normalise(name).into_owned()).collect();
        let refused = problem.line().and_then(|line| lines.clone().nth(line.checked_sub(1)?));
        let is_template =
            |line: &str| ["{{", "{%", "{#"].iter().any(|mark| line.trim_start().starts_with(mark));
        let instead = match refused {
            Some(line) if is_template(line) => Some(Instead::Template),
            _ if text.starts_with("$ANSIBLE_VAULT;") => Some(Instead::Vault),
            _ => None,
        };
        Self { file, problem, sections, mark: text.starts_with('\u{feff}'), instead }
    }

    /// What the file is in place of a configuration, where that shows.
    pub fn instead(&self) -> Option<Instead> {
        self.instead
    }

    /// Whether a byte-order mark is to blame: with one the grammar refuses every file,
    /// on the first line or for an option before any section.
    pub fn is_of_mark(&self) -> bool {
        self.mark && matches!(self.problem, LoadProblem::Refused(_))
    }
}

/// Why oslo.config gives up on a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadProblem {
    /// The grammar refuses it. The line is not quoted: it may hold a secret.
    #[error("{}", .0.kind)]
    Refused(Refusal),
    /// It is not UTF-8 from this line on.
    #[error("not UTF-8 text")]
    NotUtf8 {
        /// 1-based line of the first bad byte.
        line: usize,
    },
    /// A directory stands where a file is read, such as `x.conf/` in a
    /// configuration directory.
    #[error("is a directory")]
    IsDirectory,
    /// It sets oslo.config's own `config_file`, and another file follows: the
    /// list of files has become a text that nothing can be added to.
    #[error("config_file in [DEFAULT] breaks the reading of the next file")]
    OwnConfigFile {
        /// 1-based line.
        line: usize,
    },
    /// It sets oslo.config's own `shell_completion` to none of its two words.
    #[error("shell_completion in [DEFAULT] is not one of bash, zsh")]
    OwnShellCompletion {
        /// 1-based line.
        line: usize,
    },
    /// oslo.config looks for references in its own options, and this one names
    /// nothing.
    #[error("a $ in {} is taken for a reference: {problem}", .line.map_or("its path", |_| "an option of oslo.config's own"))]
    OwnReference {
        /// 1-based line; none where it stands in a path on the command line.
        line: Option<usize>,
        /// What is wrong with it.
        problem: ReferenceProblem,
    },
    /// PasteDeploy refuses it.
    #[error("{0}")]
    Paste(PasteProblem),
}

impl LoadProblem {
    /// 1-based line to show, where there is one.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Refused(refusal) => Some(refusal.line),
            Self::NotUtf8 { line } | Self::OwnConfigFile { line } | Self::OwnShellCompletion { line } => {
                Some(*line)
            }
            Self::OwnReference { line, .. } => *line,
            Self::IsDirectory => None,
            Self::Paste(problem) => problem.line(),
        }
    }
}

/// The environment variables that oslo.config looks at, when they are to count.
#[derive(Default, Clone)]
pub struct Environment {
    variables: HashMap<String, String>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: a value may be a password.
        f.debug_set().entries(self.variables.keys()).finish()
    }
}

impl Environment {
    /// Takes the variables of the form `OS_<GROUP>__<OPTION>`.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables
            .into_iter()
            .filter(|(name, _)| name.starts_with("OS_") && name.contains("__"))
            .collect();
        Self { variables }
    }

    /// The variable for an option, and its value.
    pub(super) fn get(&self, group: &str, option: &str) -> Option<(String, &str)> {
        if self.variables.is_empty() {
            return None;
        }
        let name = format!("OS_{}__{}", group.to_uppercase(), option.to_uppercase());
        self.variables.get(&name).map(|value| (name.clone(), value.as_str()))
    }
}

/// What holds a file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// A file of that name.
    File,
    /// A file whose name cannot be written down as text.
    OddlyNamed,
    /// A manifest.
    Manifest,
    /// Standard input.
    StandardInput,
}

/// One file.
#[derive(Debug)]
pub struct Layer {
    file: Arc<str>,
    holder: Holder,
    document: Document,
    /// Whether each line ends in a line feed, if that was asked.
    plain_ends: OnceLock<bool>,
    /// The document's sections by normalised name, those of one name in file
    /// order. A file may have millions of them, so no name is kept.
    order: Vec<u32>,
    /// For each distinct name, sorted, the first of its sections in the order.
    groups: Vec<u32>,
    /// Whether every name stands in the file as it is compared: nearly every file.
    is_normal: bool,
    /// The options of all parts of a name, read when first asked for: one stretch for
    /// so many names, since a file may have millions of which a dozen are asked for.
    entries: Vec<OnceLock<Stretch>>,
}

/// The options of some names, each read when first asked for.
type Stretch = Box<[OnceLock<Box<[Assignment]>>; STRETCH]>;

/// Names whose options are kept together.
const STRETCH: usize = 8;

/// Section names are compared in lower case; `DEFAULT` alone stays as it is, so
/// `[default]` is another section.
fn normalise(section: &str) -> Cow<'_, str> {
    if is_normal(section) { Cow::Borrowed(section) } else { Cow::Owned(section.to_lowercase()) }
}

fn is_normal(section: &str) -> bool {
    section == "DEFAULT" || section.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

/// The name of a document's section as it is compared.
fn compared(document: &Document, section: u32, is_normal: bool) -> Cow<'_, str> {
    let name = document.section(section as usize).name();
    if is_normal { Cow::Borrowed(name) } else { normalise(name) }
}

impl Layer {
    /// Indexes a document.
    pub fn new(file: Arc<str>, document: Document) -> Self {
        let mut order: Vec<u32> = (0..).take(document.section_count()).collect();
        let is_normal = order.iter().all(|&index| is_normal(document.section(index as usize).name()));
        let name = |index: u32| compared(&document, index, is_normal);
        order.sort_by(|&a, &b| name(a).cmp(&name(b)));
        let starts = |first: &u32| match first.checked_sub(1) {
            Some(before) => name(order[*first as usize]) != name(order[before as usize]),
            None => true,
        };
        let groups: Vec<u32> = (0..).take(order.len()).filter(starts).collect();
        let entries = (0..groups.len().div_ceil(STRETCH)).map(|_| OnceLock::new()).collect();
        let (holder, plain_ends) = (Holder::File, OnceLock::new());
        Self { file, holder, document, plain_ends, order, groups, is_normal, entries }
    }

    /// The same, held by something else than a file.
    #[must_use]
    pub fn held_by(mut self, holder: Holder) -> Self {
        self.holder = holder;
        self
    }

    /// What holds the text.
    pub fn holder(&self) -> Holder {
        self.holder
    }

    /// The file as reached from the target as typed.
    pub fn file(&self) -> &Arc<str> {
        &self.file
    }

    /// Whether every line ends in a line feed, with or without a carriage return
    /// before it: for oslo.config a lone carriage return ends a line too.
    pub fn has_plain_line_ends(&self) -> bool {
        *self.plain_ends.get_or_init(|| {
            let text = self.document.text().as_bytes();
            memchr::memchr_iter(b'\r', text).all(|at| text.get(at + 1) == Some(&b'\n'))
        })
    }

    /// The text and its sections.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The sections of a normalised name, and the number of that name.
    fn parts(&self, section: &str) -> Option<(&[u32], usize)> {
        let name = |first: u32| compared(&self.document, self.order[first as usize], self.is_normal);
        let at = self.groups.binary_search_by(|&first| name(first).as_ref().cmp(section)).ok()?;
        let first = self.groups[at] as usize;
        let end = self.groups.get(at + 1).map_or(self.order.len(), |&next| next as usize);
        Some((&self.order[first..end], at))
    }

    /// The parts of a section (by normalised name) in file order.
    pub fn parts_of(&self, section: &str) -> impl Iterator<Item = Section<'_>> {
        let indices = self.parts(section).map_or(&[][..], |(indices, _)| indices);
        indices.iter().map(|&index| self.document.section(index as usize))
    }

    /// The options of a section (by normalised name), all parts, in file order.
    pub fn entries(&self, section: &str) -> &[Assignment] {
        let Some((indices, at)) = self.parts(section) else { return &[] };
        let stretch =
            self.entries[at / STRETCH].get_or_init(|| Box::new([const { OnceLock::new() }; STRETCH]));
        let parts = || indices.iter().map(|&index| self.document.section(index as usize));
        stretch[at % STRETCH].get_or_init(|| parts().flat_map(|part| part.assignments()).collect())
    }

    /// The first part of each section, in no order that means anything.
    pub fn distinct_sections(&self) -> impl Iterator<Item = Section<'_>> {
        self.groups.iter().map(|&first| self.document.section(self.order[first as usize] as usize))
    }

    /// The header of the first part of a section, by normalised name.
    pub fn header(&self, section: &str) -> Option<Place> {
        let &index = self.parts(section)?.0.first()?;
        let span = self.document.section(index as usize).span();
        Some(Place::plain(&self.file, &self.document, span))
    }

    /// Whether the file has that section, by normalised name.
    pub fn has_section(&self, section: &str) -> bool {
        self.parts(section).is_some()
    }

    /// Where an option's value stands; where it has none on its line, the key.
    pub fn place(&self, entry: &Assignment, secret: bool) -> Place {
        let has_value = entry.value().end > entry.value().start;
        if has_value {
            Place::value(&self.file, &self.document, entry.value(), secret)
        } else {
            self.key_place(entry, secret)
        }
    }

    /// Where a section's name stands.
    pub fn section_place(&self, section: &Section<'_>) -> Place {
        Place::plain(&self.file, &self.document, section.span())
    }

    /// Where an option's name stands.
    pub fn key_place(&self, entry: &Assignment, secret: bool) -> Place {
        Place::key(&self.file, &self.document, entry.key(), entry.value(), secret)
    }

    /// Whether an option is written under that name.
    pub fn is_named(&self, entry: &Assignment, name: &str) -> bool {
        let key = entry.key();
        // Most names differ in their lengths already.
        key.end - key.start == name.len() && self.slice(key) == name
    }

    /// The text of a span of this file.
    pub fn slice(&self, span: Span) -> &str {
        self.document.slice(span)
    }
}

impl Configuration {
    /// The layers in the order in which they were given: later ones win.
    pub fn new(layers: Vec<Layer>, environment: Environment) -> Self {
        Self {
            layers: layers.into_iter().map(Arc::new).collect(),
            environment,
            failure: None,
            overrides: None,
        }
    }

    /// A configuration that the service does not start with. `layers` are the
    /// files before the one that failed.
    pub fn failed(layers: Vec<Layer>, environment: Environment, failure: LoadFailure) -> Self {
        Self { failure: Some(failure), ..Self::new(layers, environment) }
    }

    /// The same, with values that beat the files where the middleware reads them.
    #[must_use]
    pub fn with_overrides(mut self, overrides: Overrides) -> Self {
        self.overrides = Some(overrides);
        self
    }

    /// The same, refused for a file that is read last.
    #[must_use]
    pub fn refused(mut self, failure: LoadFailure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// What the service's paste filter hands to its middleware, if it has one.
    pub fn overrides(&self) -> Option<&Overrides> {
        self.overrides.as_ref()
    }

    /// The files, first to last.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }

    /// Why the service would not start, if so.
    pub fn failure(&self) -> Option<&LoadFailure> {
        self.failure.as_ref()
    }

    /// How many files were read, a refused one included.
    pub fn files(&self) -> usize {
        let known = |file: &str| self.layers.iter().any(|layer| &**layer.file() == file);
        let paste = self.overrides.as_ref().map_or(0, |overrides| overrides.files(known));
        self.layers.len() + usize::from(self.failure.is_some()) + paste
    }

    /// The environment that counts.
    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Whether any file has that section (normalised name), one that is refused
    /// included.
    pub fn has_section(&self, section: &str) -> bool {
        let refused = self.failure.as_ref();
        self.layers.iter().any(|layer| layer.has_section(section))
            || refused.is_some_and(|failure| failure.sections.iter().any(|name| name == section))
    }

    /// The header of a section in the last file that has it.
    pub fn header(&self, section: &str) -> Option<Place> {
        self.layers.iter().rev().find_map(|layer| layer.header(section))
    }
}

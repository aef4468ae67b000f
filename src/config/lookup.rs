//! The value of one option: which file wins, what it overrides, what it is.
//!
//! Source: `oslo_config/cfg.py`, `ConfigOpts._do_get` and
//! `_Namespace._get_file_value`.

use std::borrow::Cow;
use std::sync::Arc;

use super::layers::{Configuration, Layer};
use super::place::{Place, masked};
use super::schema::{Default, Kind, OptionSpec, Schema, Spec};
use super::substitute::{ReferenceProblem, Resolver, Substituted};
use super::types::{Invalid, Value, convert};
use crate::ini::Assignment;
use crate::secret::Secret;

/// An option as the service sees it.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What was asked for.
    pub spec: Spec,
    /// The section it was asked for in.
    pub section: Arc<str>,
    /// What reading it gives.
    pub reading: Reading,
    /// Whether the value must not be shown: the option is a secret, or a `$name`
    /// in it stands for one.
    pub secret: bool,
    /// What sets it. Most options are set by nobody.
    pub(super) set: Option<Box<Set>>,
}

/// What sets an option.
#[derive(Debug, Clone)]
pub(super) struct Set {
    /// Always redacted in `Debug`: many a text holds a password.
    pub(super) raw: Secret,
    pub(super) origin: Origin,
    pub(super) written_as: Option<&'static str>,
}

/// What reading an option gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Nobody sets it and it has no default.
    Unset,
    /// A value of its type.
    Value(Value),
    /// oslo.config raises.
    Invalid(Invalid),
    /// oslo.config raises over a `$name`.
    BadReference(ReferenceProblem),
    /// The value cannot be known here, by way of this option: it hangs on the
    /// host, on a driver, or is of a type that is not modelled.
    HostDependent(String),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A line of a file.
    File(FileLine),
    /// An environment variable.
    Env {
        /// Its name.
        variable: String,
    },
    /// Nobody sets it.
    Default,
    /// The paste file that the service ships, which was not given.
    StockPaste,
}

impl Origin {
    /// The line, if it is one of a file.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::File(line) => Some(line.place()),
            _ => None,
        }
    }
}

/// A line that sets an option. Most are never shown, so what may be shown of one
/// is worked out when asked for.
#[derive(Clone)]
pub struct FileLine(Held);

#[derive(Clone)]
enum Held {
    /// One of oslo.config's files.
    InLayer { layer: Arc<Layer>, entry: Assignment, secret: bool },
    /// One of another file.
    Shown(Arc<Place>),
}

impl FileLine {
    /// Where the value stands, and what may be shown of the line.
    pub fn place(&self) -> Place {
        match &self.0 {
            Held::InLayer { layer, entry, secret } => layer.place(entry, *secret),
            Held::Shown(place) => Place::clone(place),
        }
    }
}

impl From<Place> for FileLine {
    fn from(place: Place) -> Self {
        Self(Held::Shown(Arc::new(place)))
    }
}

impl PartialEq for FileLine {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Held::InLayer { layer: a, entry: x, .. }, Held::InLayer { layer: b, entry: y, .. }) => {
                Arc::ptr_eq(a, b) && x.key() == y.key()
            }
            _ => self.place() == other.place(),
        }
    }
}

impl Eq for FileLine {}

impl std::fmt::Debug for FileLine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.place().fmt(f)
    }
}

impl Setting {
    /// The text of a text option that is set (empty counts), or of its default.
    pub fn text(&self) -> Option<&str> {
        match &self.reading {
            Reading::Value(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// As [`Setting::text`], but an empty text counts as none: Python's truth.
    pub fn truthy_text(&self) -> Option<&str> {
        self.text().filter(|text| !text.is_empty())
    }

    /// The value of an option that is registered as secret.
    pub fn secret_value(&self) -> Option<&Secret> {
        match &self.reading {
            Reading::Value(Value::Secret(text)) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn bool(&self) -> Option<bool> {
        match self.reading {
            Reading::Value(Value::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn list(&self) -> Option<&[String]> {
        match &self.reading {
            Reading::Value(Value::List(items)) => Some(items),
            _ => None,
        }
    }

    /// Whether a file or the environment sets it.
    pub fn is_set(&self) -> bool {
        self.set.is_some()
    }

    /// The text before substitution and conversion; `None` if nobody sets it.
    pub fn raw(&self) -> Option<&Secret> {
        self.set.as_ref().map(|set| &set.raw)
    }

    /// Where the text comes from.
    pub fn origin(&self) -> &Origin {
        static DEFAULT: Origin = Origin::Default;
        self.set.as_ref().map_or(&DEFAULT, |set| &set.origin)
    }

    /// The name it was found under, where that is a deprecated one.
    pub fn written_as(&self) -> Option<&'static str> {
        self.set.as_ref().and_then(|set| set.written_as)
    }

    /// Whether reading it raises.
    pub fn is_invalid(&self) -> bool {
        matches!(self.reading, Reading::Invalid(_) | Reading::BadReference(_))
    }

    /// The line it comes from, if it comes from a file.
    pub fn place(&self) -> Option<Place> {
        self.origin().place()
    }
}

impl Configuration {
    /// A section (normalised name), to read several of its options.
    pub fn section<'c>(&'c self, schema: &'c Schema, section: &str) -> InSection<'c> {
        InSection { configuration: self, schema, lines: self.lines(section) }
    }

    /// Reads an option of a section (normalised name).
    pub fn get(&self, schema: &Schema, section: &str, spec: impl Into<Spec>) -> Setting {
        self.section(schema, section).get(spec)
    }

    /// Reads an option by name; none if it is not registered.
    pub fn get_named(&self, schema: &Schema, section: &str, name: &str) -> Option<Setting> {
        Some(self.get(schema, section, schema.option(section, name)?))
    }

    /// What is wrong with the references of a text that stands in `[DEFAULT]`, for
    /// an option of that name.
    pub fn reference_problem(&self, schema: &Schema, name: &str, text: &str) -> Option<ReferenceProblem> {
        match Resolver::new(self, schema, "DEFAULT", name).substitute("DEFAULT", text) {
            Substituted::Problem(problem) => Some(problem),
            Substituted::Text(_) | Substituted::HostDependent(_) => None,
        }
    }

    /// Reads an option that was asked for as `name`, which may be an old name.
    pub(super) fn read(
        &self,
        resolver: &mut Resolver<'_>,
        lines: &Lines<'_>,
        spec: &OptionSpec,
        name: &str,
    ) -> Read {
        let section = &*lines.section;
        let environment = self.environment().get(section, name);
        let set = match environment {
            Some((variable, value)) => {
                let origin = Origin::Env { variable };
                Some(Set { raw: Secret::new(value.to_owned()), origin, written_as: None })
            }
            None => lines.winner(spec).map(|winner| winner.set()),
        };
        let secrets_before = resolver.secrets_used();
        let reading = match &set {
            _ if spec.kind == Kind::Opaque => Reading::HostDependent(spec.name.to_owned()),
            Some(set) => read(resolver, section, spec, set.raw.expose()),
            None => default(resolver, section, spec),
        };
        let secret = spec.secret || resolver.secrets_used() > secrets_before;
        let is_masked = |raw: &str| masked(raw, false) != raw;
        let hides = || secret || set.as_ref().is_some_and(|set| is_masked(set.raw.expose()));
        let reading = showable(reading, hides);
        Read { reading, secret, set: set.map(Box::new) }
    }

    /// What a setting of this configuration beats, nearest first: the lines that
    /// would count if it were not there.
    pub fn beaten_by(&self, setting: &Setting) -> Vec<Origin> {
        let environment = self.environment().get(&setting.section, setting.spec.name);
        let variable = environment.map(|(variable, _)| Origin::Env { variable });
        let lines = self.lines(&setting.section);
        let lines = lines.settings(&setting.spec).map(|found| found.origin());
        let all: Vec<Origin> = variable.into_iter().chain(lines).collect();
        // A value that no file and no variable sets stands above all of them.
        let own = all.iter().position(|origin| origin == setting.origin());
        all.into_iter().skip(own.map_or(0, |own| own + 1)).collect()
    }

    /// The lines of a section (normalised name).
    pub(super) fn lines(&self, section: &str) -> Lines<'_> {
        let files = self.layers().iter().rev().map(|layer| (layer, layer.entries(section)));
        Lines { section: Arc::from(section), files: files.filter(|(_, lines)| !lines.is_empty()).collect() }
    }
}

/// A section whose options are read.
pub struct InSection<'c> {
    configuration: &'c Configuration,
    schema: &'c Schema,
    lines: Lines<'c>,
}

impl InSection<'_> {
    /// Reads an option.
    pub fn get(&self, spec: impl Into<Spec>) -> Setting {
        let (spec, section) = (spec.into(), &self.lines.section);
        let mut resolver = Resolver::new(self.configuration, self.schema, section, spec.name);
        let Read { reading, secret, set } =
            self.configuration.read(&mut resolver, &self.lines, &spec, spec.name);
        drop(resolver);
        Setting { spec, section: Arc::clone(section), reading, secret, set }
    }

    /// Reads an option by name; none if it is not registered.
    pub fn named(&self, name: &str) -> Option<Setting> {
        Some(self.get(self.schema.option(&self.lines.section, name)?))
    }
}

/// What reading an option gives; see [`Setting`].
pub(super) struct Read {
    pub(super) reading: Reading,
    secret: bool,
    set: Option<Box<Set>>,
}

/// The lines of one section in each file that has any, the last file first.
pub(super) struct Lines<'c> {
    section: Arc<str>,
    files: Vec<(&'c Arc<Layer>, &'c [Assignment])>,
}

impl Lines<'_> {
    /// Every setting of an option, the winner first. In one file the current name
    /// beats a deprecated one wherever they stand, and of one name the last line wins.
    fn settings(&self, spec: &OptionSpec) -> impl Iterator<Item = Found<'_>> {
        self.files.iter().flat_map(move |file| names(spec).flat_map(move |name| named(file, spec, name)))
    }

    fn winner(&self, spec: &OptionSpec) -> Option<Found<'_>> {
        self.files.iter().find_map(|file| names(spec).find_map(|name| named(file, spec, name).next()))
    }
}

/// What stands behind a `$` in a secret is part of the secret: there is no name
/// to show if the value `hides` something.
fn showable(reading: Reading, hides: impl Fn() -> bool) -> Reading {
    match reading {
        Reading::BadReference(problem) if hides() => Reading::BadReference(problem.without_name()),
        Reading::HostDependent(_) if hides() => Reading::HostDependent("…".to_owned()),
        other => other,
    }
}

/// A line that sets an option.
struct Found<'c> {
    layer: &'c Arc<Layer>,
    entry: &'c Assignment,
    secret: bool,
    deprecated: Option<&'static str>,
}

impl Found<'_> {
    fn set(&self) -> Set {
        let raw = Secret::new(self.layer.document().value(self.entry));
        Set { raw, origin: self.origin(), written_as: self.deprecated }
    }

    fn origin(&self) -> Origin {
        let (layer, entry, secret) = (Arc::clone(self.layer), *self.entry, self.secret);
        Origin::File(FileLine(Held::InLayer { layer, entry, secret }))
    }
}

/// A name that an option is read under, and the same if it is a deprecated one.
type Name = (&'static str, Option<&'static str>);

fn names(spec: &OptionSpec) -> impl Iterator<Item = Name> + use<> {
    let deprecated = spec.deprecated.iter().map(|&name| (name, Some(name)));
    std::iter::once((spec.name, None)).chain(deprecated)
}

/// The lines of a file under a name, the last first.
fn named<'c>(
    (layer, entries): &(&'c Arc<Layer>, &'c [Assignment]),
    spec: &OptionSpec,
    (name, deprecated): Name,
) -> impl Iterator<Item = Found<'c>> + use<'c> {
    let (layer, secret) = (*layer, spec.secret);
    let named = entries.iter().rev().filter(move |entry| layer.is_named(entry, name));
    named.map(move |entry| Found { layer, entry, secret, deprecated })
}

fn read(resolver: &mut Resolver<'_>, section: &str, spec: &OptionSpec, text: &str) -> Reading {
    let substituted = match text.contains('$').then(|| resolver.substitute(section, text)) {
        None => Cow::Borrowed(text),
        Some(Substituted::Text(text)) => Cow::Owned(text),
        Some(Substituted::HostDependent(name)) => return Reading::HostDependent(name),
        Some(Substituted::Problem(problem)) => return Reading::BadReference(problem),
    };
    match convert(substituted, spec) {
        Ok(value) => Reading::Value(value),
        Err(invalid) => Reading::Invalid(invalid),
    }
}

fn default(resolver: &mut Resolver<'_>, section: &str, spec: &OptionSpec) -> Reading {
    match spec.default {
        Default::None => Reading::Unset,
        Default::Text(text) => read(resolver, section, spec, text),
        Default::Printed(text) => Reading::Value(Value::Str(text.to_owned())),
        Default::HostDependent => Reading::HostDependent(spec.name.to_owned()),
    }
}

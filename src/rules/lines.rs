//! What the rules about syntax share: walking over the lines that decide over
//! service tokens, and what each of them sets.

use std::collections::{HashMap, HashSet};

use super::Context;
use super::fixes::Page;
use crate::catalog;
use crate::config::{Group, Layer, OptionSpec, Place, printable};
use crate::facts::ServiceFacts;
use crate::findings::{Finding, Fix, Severity};
use crate::ini::{Assignment, strip};
use crate::service::Login;

/// A line `key = value` of a section that decides over service tokens.
#[derive(Clone, Copy)]
pub(super) struct Line<'f> {
    pub(super) service: &'f ServiceFacts,
    pub(super) layer: &'f Layer,
    /// The section's normalised name.
    pub(super) section: &'f str,
    pub(super) entry: &'f Assignment,
    /// The name as written.
    pub(super) key: &'f str,
}

/// The services that start: of the others nothing is known but that they do not.
pub(super) fn services<'f>(context: &Context<'f>) -> impl Iterator<Item = &'f ServiceFacts> + use<'f> {
    context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none())
}

/// What one file has in one section that a service registers here.
pub(super) struct Part<'f> {
    service: &'f ServiceFacts,
    layer: &'f Layer,
    pub(super) group: &'f Group,
    entries: &'f [Assignment],
    /// The last line under each name that no option of the section has now: what is
    /// repeated is looked at once. Most lines have an option's name, and several rules
    /// ask for the others.
    pub(super) strange: Vec<Line<'f>>,
}

impl<'f> Part<'f> {
    fn new(service: &'f ServiceFacts, layer: &'f Layer, group: &'f Group) -> Option<Self> {
        let entries = layer.entries(&group.name);
        if entries.is_empty() {
            return None;
        }
        let mut part = Self { service, layer, group, entries, strange: Vec::new() };
        let is_current = |key: &str| group.options.iter().any(|option| option.name == key);
        let mut seen: HashSet<&str> = HashSet::new();
        let lines = part.lines().rev();
        part.strange = lines.filter(|line| !is_current(line.key) && seen.insert(line.key)).collect();
        part.strange.reverse();
        Some(part)
    }

    /// Its lines, all of them.
    pub(super) fn lines(&self) -> impl DoubleEndedIterator<Item = Line<'f>> + use<'f> {
        let Self { service, layer, group, entries, .. } = *self;
        let line =
            move |entry| Line { service, layer, section: &group.name, entry, key: layer.slice(entry.key()) };
        entries.iter().map(line)
    }

    /// Whether some name stands there twice.
    pub(super) fn has_name_twice(&self) -> bool {
        let name = |entry: &Assignment| self.layer.slice(entry.key());
        // A million repetitions stand one below the other, and need no list.
        if self.entries.windows(2).any(|pair| name(&pair[0]) == name(&pair[1])) {
            return true;
        }
        let mut names: Vec<&str> = self.entries.iter().map(name).collect();
        // Most names differ in their lengths already.
        names.sort_unstable_by_key(|name| (name.len(), *name));
        names.windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Whether a value there may hold a comment: reading the options takes longer than to
    /// see that none does.
    pub(super) fn may_hold_comment(&self) -> bool {
        let has_sign = |text: &str| crate::bytes::find_either(b'#', b';', text.as_bytes()).is_some();
        let mut entries = self.entries.iter();
        entries.any(|entry| entry.is_continued() || has_sign(self.layer.slice(entry.value())))
    }
}

/// The parts of each service that starts, in the order of its sections and files.
pub(super) fn parts<'c, 'f>(context: &'c Context<'f>) -> &'c [Vec<Part<'f>>] {
    let of_service = |service: &'f ServiceFacts| {
        let layers = service.service.configuration.layers();
        let groups = service.service.schema.groups().iter();
        groups
            .flat_map(|group| layers.iter().filter_map(move |layer| Part::new(service, layer, group)))
            .collect()
    };
    context.parts.get_or_init(|| services(context).map(of_service).collect())
}

/// The logins of a service, each section once.
pub(super) fn login_sections(service: &ServiceFacts) -> Vec<&Login> {
    let service = &service.service;
    let mut logins: Vec<&Login> = Vec::new();
    let senders = service.senders.iter().map(|sender| &sender.login);
    let others = service.logins.iter().map(|other| &other.login);
    for login in senders.chain(service.receiver.as_ref().map(|receiver| &receiver.login)).chain(others) {
        if !logins.iter().any(|known| known.section == login.section) {
            logins.push(login);
        }
    }
    logins
}

impl<'f> Line<'f> {
    /// The option of this program's own tables that the line sets, under
    /// whichever of its names.
    pub(super) fn option(&self) -> Option<&'f OptionSpec> {
        self.service.service.schema.group(self.section)?.written_as(self.key)
    }

    /// Where the value stands. What is not known to be harmless is not shown.
    pub(super) fn place(&self) -> Place {
        self.layer.place(self.entry, self.is_secret())
    }

    /// Where the name stands.
    pub(super) fn key_place(&self) -> Place {
        if has_blank(self.key) {
            // Whoever forgot the = may have put a part of the value there.
            return Place::of_line(self.layer.file(), self.entry.key().line);
        }
        self.layer.key_place(self.entry, self.is_secret())
    }

    fn is_secret(&self) -> bool {
        self.option().is_none_or(|option| option.secret)
    }

    /// The whole value, as oslo.config joins it.
    pub(super) fn value(&self) -> String {
        self.layer.document().value(self.entry)
    }

    /// The name as it may be shown.
    pub(super) fn shown(&self) -> String {
        match self.key.split_once(crate::ini::is_python_space) {
            Some((first, _)) => printable(&format!("{first} …")),
            None => printable(self.key),
        }
    }

    /// The line under the name that is read.
    pub(super) fn renamed(&self, name: &str) -> Option<Fix> {
        let options = self.service.service.schema.group(self.section)?.options.iter().copied();
        // An option of the plugin, where the plugin is misspelt itself.
        let keystoneauth = self.service.service.in_force.keystoneauth;
        let of_plugin =
            catalog::plugin("password").into_iter().flat_map(|plugin| plugin.options(keystoneauth));
        let option = options.chain(of_plugin).find(|option| option.name == name)?;
        Page::new(self.service, self.layer, self.section).rename(self.entry, option)
    }

    /// A finding about this line, at its name.
    pub(super) fn finding(&self, rule: &'static str, severity: Severity, message: String) -> Finding {
        Finding::new(rule, severity, message)
            .of(&self.service.service.id)
            .at(Some(self.key_place()))
            .section(self.section)
            .option(&self.shown())
    }
}

/// Why a line sets nothing.
pub(super) enum Unread<'f> {
    /// The name is written with dashes.
    Dashes(Meant<'f>),
    /// The name is written in another case.
    Case(Meant<'f>),
    /// The `=` behind the name is missing, so that more of the line is the name.
    NoSeparator(&'f str),
    /// There is an option with nearly that name, and nobody sets it.
    Near(&'f str),
    /// No option is meant that is known here.
    Unknown,
}

/// The option that a line was to set.
pub(super) struct Meant<'f> {
    pub(super) name: &'f str,
    /// How bad it is: nothing is lost where another line sets it.
    pub(super) severity: Severity,
}

/// Tells for one section why its lines are not read.
struct Judge<'f> {
    service: &'f ServiceFacts,
    section: &'f str,
    options: &'f [&'static OptionSpec],
    /// Where the auth plugin is not known, each plugin's options count as read.
    any_plugin: bool,
    /// Whether a file sets an option, as far as was asked.
    set: HashMap<&'f str, bool>,
}

impl Meant<'_> {
    /// The line under the name that was meant, unless another line sets it.
    pub(super) fn fix(&self, line: &Line<'_>) -> Option<Fix> {
        if self.severity == Severity::Note { None } else { line.renamed(self.name) }
    }
}

impl<'f> Judge<'f> {
    fn new(service: &'f ServiceFacts, group: &'f Group, any_plugin: bool) -> Self {
        Self { service, section: &group.name, options: &group.options, any_plugin, set: HashMap::new() }
    }

    /// Those of some lines that set nothing, and why.
    fn unread_among<'l>(&mut self, lines: impl Iterator<Item = &'l Line<'f>>) -> Vec<(Line<'f>, Unread<'f>)>
    where
        'f: 'l,
    {
        lines.filter_map(|line| Some((*line, self.unread(line)?))).collect()
    }

    /// Why the line sets nothing, if it sets nothing.
    fn unread(&mut self, line: &Line<'f>) -> Option<Unread<'f>> {
        let key = line.key;
        let schema = &self.service.service.schema;
        let obsolete = self.section == "keystone_authtoken" && catalog::authtoken_removed(key).is_some();
        if line.option().is_some()
            || schema.option(self.section, key).is_some()
            || obsolete
            || (self.any_plugin && is_plugin_option(key))
        {
            return None;
        }
        let underscored = key.replace('-', "_");
        Some(if let Some(name) = self.find(&underscored) {
            Unread::Dashes(self.meant(name))
        } else if let Some(name) = self.find(&underscored.to_lowercase()) {
            Unread::Case(self.meant(name))
        } else if has_blank(key) {
            let first = key.split(crate::ini::is_python_space).next().unwrap_or_default();
            self.find(first).map_or(Unread::Unknown, Unread::NoSeparator)
        } else {
            let names: Vec<&str> = self.names().collect();
            let near = crate::text::nearest(key, names.into_iter());
            near.filter(|near| !self.is_set(near)).map_or(Unread::Unknown, Unread::Near)
        })
    }

    fn find(&self, wanted: &str) -> Option<&'f str> {
        self.names().find(|name| *name == wanted)
    }

    /// The names that a line may have meant: where the plugin is not known, `password`'s
    /// too, since it is nearly every login's.
    fn names(&self) -> impl Iterator<Item = &'f str> + use<'f> {
        let own = self.options.iter().map(|option| option.name);
        let plugin = catalog::plugin("password").filter(|_| self.any_plugin);
        let keystoneauth = self.service.service.in_force.keystoneauth;
        let of_plugin = plugin.into_iter().flat_map(move |plugin| plugin.options(keystoneauth));
        own.chain(of_plugin.map(|option| option.name))
    }

    fn meant(&mut self, name: &'f str) -> Meant<'f> {
        let severity = if self.is_set(name) { Severity::Note } else { Severity::Warning };
        Meant { name, severity }
    }

    fn is_set(&mut self, name: &'f str) -> bool {
        let (service, section) = (&self.service.service, self.section);
        *self.set.entry(name).or_insert_with(|| {
            let setting = service.configuration.get_named(&service.schema, section, name);
            let is_written = || {
                let mut layers = service.configuration.layers().iter();
                layers
                    .any(|layer| layer.entries(section).iter().any(|entry| layer.slice(entry.key()) == name))
            };
            setting.map_or_else(is_written, |setting| setting.is_set())
        })
    }
}

/// A line that sets nothing for a dash or a capital in its name.
pub(super) type Misnamed<'f> = (Line<'f>, Unread<'f>);

/// Those in the sections that a service registers here.
pub(super) fn misnamed<'c, 'f>(context: &'c Context<'f>) -> &'c [Misnamed<'f>] {
    let of_part = |part: &Part<'f>| {
        let is_odd = |c: char| c == '-' || !c.is_lowercase() && c.is_alphabetic();
        let odd: Vec<&Line<'f>> = part.strange.iter().filter(|line| line.key.contains(is_odd)).collect();
        let (service, section) = (part.service, part.group.name.as_str());
        let judge = || {
            let login = login_sections(service).into_iter().find(|login| login.section == section);
            let any_plugin = login.is_some_and(|login| is_of_unknown_plugin(service, login));
            Judge::new(service, part.group, any_plugin)
        };
        if odd.is_empty() { Vec::new() } else { judge().unread_among(odd.into_iter()) }
    };
    context.misnamed.get_or_init(|| parts(context).iter().flatten().flat_map(of_part).collect())
}

/// Whether some auth plugin has an option of that name.
pub(super) fn is_plugin_option(key: &str) -> bool {
    catalog::plugin_names().filter_map(catalog::plugin).any(|plugin| plugin.has_option(key))
}

/// A line of a login's section that sets nothing, with the login.
pub(super) type UnreadInLogin<'f> = (&'f Login, Line<'f>, Unread<'f>);

/// Those of each service.
pub(super) fn unread_in_logins<'c, 'f>(context: &'c Context<'f>) -> &'c [Vec<UnreadInLogin<'f>>] {
    let of_service = |(service, parts): (&'f ServiceFacts, &'c Vec<Part<'f>>)| {
        login_sections(service).into_iter().flat_map(|login| unread_in_login(service, login, parts)).collect()
    };
    let of_each = || services(context).zip(parts(context)).map(of_service).collect();
    context.unread_in_logins.get_or_init(of_each)
}

/// Whether no plugin that exists is named: its options are not registered then, and the
/// plugin is the finding.
fn is_of_unknown_plugin(service: &ServiceFacts, login: &Login) -> bool {
    let keystoneauth = service.service.in_force.keystoneauth;
    let plugin = login.auth_type.as_deref().and_then(|name| catalog::plugin_in(keystoneauth, name));
    plugin.is_none() && login.holder == login.section
}

fn unread_in_login<'f>(
    service: &'f ServiceFacts,
    login: &'f Login,
    parts: &[Part<'f>],
) -> Vec<UnreadInLogin<'f>> {
    let Some(group) = service.service.schema.group(&login.section) else { return Vec::new() };
    let of_login = parts.iter().filter(|part| part.group.name == login.section);
    let mut judge = Judge::new(service, group, is_of_unknown_plugin(service, login));
    let unread = judge.unread_among(of_login.flat_map(|part| &part.strange)).into_iter();
    let others = &service.service.logins;
    let to_another = others.iter().any(|other| other.login.section == login.section);
    unread
        .map(|(line, why)| (login, line, why))
        .filter(|(login, line, why)| !to_another || is_about_login(login, line, why))
        .collect()
}

/// Whether a line that sets nothing was meant for the login. The sections of other
/// services hold much else, and what of it older releases read is not known here.
fn is_about_login(login: &Login, line: &Line<'_>, why: &Unread<'_>) -> bool {
    match why {
        Unread::Near(option) | Unread::NoSeparator(option) => is_plugin_option(option),
        Unread::Unknown => login.holder != login.section && is_plugin_option(line.key),
        Unread::Dashes(_) | Unread::Case(_) => true,
    }
}

/// The part of a value from its ` #` or ` ;` on: what looks like a comment.
pub(super) fn comment_in(value: &str) -> Option<&str> {
    let mut before = None;
    for (at, c) in value.char_indices() {
        if matches!(c, '#' | ';') && before.is_some_and(crate::ini::is_python_space) {
            return Some(&value[at..]);
        }
        before = Some(c);
    }
    None
}

/// The name between brackets that was probably meant: without blanks around, dashes
/// and what stands behind the first `]`.
pub(super) fn meant_section(name: &str) -> String {
    let name = name.trim_start_matches('[').split(']').next().unwrap_or_default();
    strip(name).to_lowercase().replace(['-', ' ', '.'], "_")
}

fn has_blank(key: &str) -> bool {
    key.contains(crate::ini::is_python_space)
}

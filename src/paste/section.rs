//! What PasteDeploy hands to the thing that a section describes: the global
//! options and the section's own.

use super::grammar::{Entry, PasteFile, PasteSection};
use super::interpolate::interpolate;
use super::problem::PasteProblem;
use super::route::Loader;
use crate::ini::{Span, strip};

/// Options by name, in the order in which they were first set.
#[derive(Clone, Default)]
pub struct Conf {
    items: Vec<Item>,
}

/// One option with its value.
#[derive(Clone)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its value, references replaced.
    pub value: String,
    /// Where the value stands; none for `here` and `__file__`.
    pub at: Option<Span>,
}

impl std::fmt::Debug for Conf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Names only: a value may be a password.
        f.debug_list().entries(self.items.iter().map(|item| &item.name)).finish()
    }
}

impl Conf {
    /// The options in order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    pub(super) fn get(&self, name: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.name == name)
    }

    pub(super) fn set(&mut self, item: Item) {
        match self.items.iter_mut().find(|known| known.name == item.name) {
            Some(known) => *known = item,
            None => self.items.push(item),
        }
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Item> {
        let index = self.items.iter().position(|item| item.name == name)?;
        Some(self.items.remove(index))
    }

    /// Sets all options of another, as Python's `dict.update` does.
    pub(super) fn update(&mut self, other: &Self) {
        other.items.iter().for_each(|item| self.set(item.clone()));
    }
}

/// The options of a section, sorted out.
#[derive(Debug, Clone)]
pub(super) struct Options {
    /// `[DEFAULT]`, what the caller adds, and the section's `set` lines.
    pub(super) global: Conf,
    /// The section's own, with its `get` lines.
    pub(super) local: Conf,
}

/// A file with the two names that PasteDeploy defines for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names<'f> {
    pub(super) file: &'f PasteFile,
    pub(super) here: &'f str,
    pub(super) path: &'f str,
    pub(super) loader: Loader,
}

impl Names<'_> {
    /// Reads a section. `passed` is what the section that names it hands down.
    pub(super) fn options(
        &self,
        section: &PasteSection,
        passed: Option<&Conf>,
    ) -> Result<Options, PasteProblem> {
        let defaults = self.defaults()?;
        let mut global = defaults.clone();
        if let Some(passed) = passed {
            global.update(passed);
        }
        let mut local = Conf::default();
        let mut wanted: Vec<(Item, String)> = Vec::new();
        let inherited = self.file.defaults.iter().filter(|entry| {
            let command = entry.name.starts_with("set ") || entry.name.starts_with("get ");
            command && !section.entries.iter().any(|own| own.name == entry.name)
        });
        for entry in section.entries.iter().chain(inherited) {
            let read = |name: &str| -> Result<Item, PasteProblem> {
                let value = self.value(entry, Some(section))?;
                Ok(Item { name: name.to_owned(), value, at: Some(entry.value) })
            };
            if let Some(name) = entry.name.strip_prefix("set ") {
                global.set(read(strip(name))?);
            } else if let Some(name) = entry.name.strip_prefix("get ") {
                let item = read(strip(name))?;
                let from = item.value.clone();
                wanted.push((item, from));
            } else if defaults.get(&entry.name).is_none() {
                // A name that [DEFAULT] has too is taken for a global one: the
                // section's own line does not count, only `set` would.
                local.set(read(&entry.name)?);
            }
        }
        for (item, from) in wanted {
            let line = item.at.map(|at| at.line);
            let found = global.get(&from).ok_or(PasteProblem::NoSuchName { line, name: from })?;
            local.set(Item { name: item.name, ..found.clone() });
        }
        Ok(Options { global, local })
    }

    /// `[DEFAULT]` with its references replaced.
    fn defaults(&self) -> Result<Conf, PasteProblem> {
        let mut conf = Conf::default();
        for (name, value) in [("here", self.here), ("__file__", self.path)] {
            conf.set(Item { name: name.to_owned(), value: value.to_owned(), at: None });
        }
        for entry in &self.file.defaults {
            let value = self.value(entry, None)?;
            conf.set(Item { name: entry.name.clone(), value, at: Some(entry.value) });
        }
        Ok(conf)
    }

    /// The value of an option with its references replaced.
    fn value(&self, entry: &Entry, section: Option<&PasteSection>) -> Result<String, PasteProblem> {
        if self.loader == Loader::Swift && !entry.raw.contains("%(") {
            return Ok(entry.raw.clone());
        }
        interpolate(&entry.raw, &entry.name, Some(entry.value.line), &|name| self.raw(section, name))
    }

    /// The raw text of a name: of the section, of `[DEFAULT]`, or the file's own.
    fn raw<'s>(&'s self, section: Option<&'s PasteSection>, name: &str) -> Option<&'s str> {
        let own = section.and_then(|section| section.entries.iter().find(|entry| entry.name == name));
        let entry = own.or_else(|| self.file.defaults.iter().find(|entry| entry.name == name));
        match (entry, name) {
            (Some(entry), _) => Some(&entry.raw),
            (None, "here") => Some(self.here),
            (None, "__file__") => Some(self.path),
            (None, _) => None,
        }
    }
}

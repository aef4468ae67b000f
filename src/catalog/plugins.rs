//! keystoneauth1's auth plugins and the options each one takes.

use std::sync::{Mutex, PoisonError};

use super::options::version;
use super::releases::Version;
use super::table::{Sorted, count, firsts, kind, rows, words};
use crate::config::{Default, Kind, OptionSpec};

/// One auth plugin, as named in `auth_type`.
#[derive(Debug)]
pub struct Plugin {
    /// The name; case counts.
    pub name: &'static str,
    rows: Vec<PluginRow>,
}

/// One option of a plugin.
#[derive(Debug)]
struct PluginRow {
    /// The first keystoneauth1 that has it.
    since: Version,
    required: bool,
    spec: OptionSpec,
}

/// The table's text, sorted by plugin.
const TEXT: &str = include_str!("data/plugins.tsv");

static TABLE: Sorted<{ count(TEXT) }> = Sorted::new(TEXT);

/// The plugins that were asked for: a run meets one or two.
static PLUGINS: Mutex<Vec<&'static Plugin>> = Mutex::new(Vec::new());

fn plugin_row([_, name, required, secret, deprecated, type_name, since]: [&'static str; 7]) -> PluginRow {
    let spec = OptionSpec {
        name,
        kind: bare(kind(type_name, "")),
        default: Default::None,
        deprecated: Vec::leak(words(deprecated)),
        secret: secret == "secret",
    };
    PluginRow { since: version(since), required: required == "required", spec }
}

/// Plugins name Python's own types, which know no empty number.
fn bare(kind: Kind) -> Kind {
    match kind {
        Kind::Int => Kind::BareInt,
        Kind::Float => Kind::BareFloat,
        other => other,
    }
}

impl Plugin {
    /// The first keystoneauth1 that has it.
    pub fn since(&self) -> Version {
        self.rows.iter().map(|row| row.since).min().unwrap_or(Version(0, 0, 0))
    }

    /// How many options some version has at most.
    pub fn most_options(&self) -> usize {
        self.rows.len()
    }

    /// The options that a keystoneauth1 of that version knows.
    pub fn options(&'static self, keystoneauth: Version) -> impl Iterator<Item = &'static OptionSpec> {
        self.rows.iter().filter(move |row| row.since <= keystoneauth).map(|row| &row.spec)
    }

    /// Options whose absence makes loading fail (an empty value does not).
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.rows.iter().filter(|row| row.required).map(|row| row.spec.name)
    }

    /// Whether any version has an option of that name.
    pub fn has_option(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.spec.name == name)
    }
}

/// A plugin by its exact name, whichever version has it.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    // What stands in the list is whole, whoever panicked beside it.
    let mut known = PLUGINS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(plugin) = known.iter().find(|plugin| plugin.name == name) {
        return Some(plugin);
    }
    let plugin: &Plugin = Box::leak(Box::new(read(name)?));
    known.push(plugin);
    Some(plugin)
}

fn read(name: &str) -> Option<Plugin> {
    let table = TABLE.from(|row| row < name);
    let name = firsts(table).next().filter(|first| *first == name)?;
    let rows = rows(table).take_while(|row| row[0] == name).map(plugin_row);
    Some(Plugin { name, rows: rows.collect() })
}

/// The same as a keystoneauth1 of that version would find it.
pub fn plugin_in(keystoneauth: Version, name: &str) -> Option<&'static Plugin> {
    plugin(name).filter(|plugin| plugin.since() <= keystoneauth)
}

/// The names of all plugins.
pub fn plugin_names() -> impl Iterator<Item = &'static str> {
    let mut last = "";
    firsts(TEXT).filter(move |name| std::mem::replace(&mut last, name) != *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_plugin_takes_old_names() {
        let newest = Version(5, 18, 1);
        let username = plugin("password").unwrap().options(newest).find(|o| o.name == "username").unwrap();
        assert_eq!(username.deprecated, ["user-name", "user_name"]);
        assert_eq!(plugin("password").unwrap().required().collect::<Vec<_>>(), ["auth_url"]);
        assert!(plugin("Password").is_none());
    }

    #[test]
    fn every_plugin_of_the_table_is_found() {
        assert!(plugin_names().is_sorted());
        for name in plugin_names() {
            let rows = firsts(TEXT).filter(|first| *first == name).count();
            assert_eq!(plugin(name).unwrap().rows.len(), rows, "{name}");
        }
        assert!(["", "#", "passwor", "password2", "zz"].iter().all(|name| plugin(name).is_none()));
    }

    #[test]
    fn plugins_and_options_came_with_a_version() {
        assert!(plugin_in(Version(3, 3, 0), "v3applicationcredential").is_none());
        assert!(plugin_in(Version(3, 4, 0), "v3applicationcredential").is_some());
        let has = |version| plugin("v3password").unwrap().options(version).any(|o| o.name == "system_scope");
        assert!(!has(Version(3, 3, 0)) && has(Version(3, 4, 0)));
    }
}

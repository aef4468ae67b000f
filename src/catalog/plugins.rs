//! keystoneauth1's auth plugins and the options each one takes.

use std::sync::{LazyLock, OnceLock};

use super::options::version;
use super::releases::Version;
use super::table::{firsts, kind, rows_of, words};
use crate::config::{Default, Kind, OptionSpec};

/// One auth plugin, as named in `auth_type`.
#[derive(Debug)]
pub struct Plugin {
    /// The name; case counts.
    pub name: &'static str,
    /// Its options, read when first asked for: a run meets one plugin or two.
    rows: OnceLock<Vec<PluginRow>>,
}

/// One option of a plugin.
#[derive(Debug)]
struct PluginRow {
    /// The first keystoneauth1 that has it.
    since: Version,
    required: bool,
    spec: OptionSpec,
}

const TABLE: &str = include_str!("data/plugins.tsv");

static PLUGINS: LazyLock<Vec<Plugin>> = LazyLock::new(|| {
    let mut names: Vec<&str> = firsts(TABLE).collect();
    names.dedup();
    names.into_iter().map(|name| Plugin { name, rows: OnceLock::new() }).collect()
});

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
    fn rows(&self) -> &[PluginRow] {
        self.rows.get_or_init(|| rows_of(self.name, TABLE).map(plugin_row).collect())
    }

    /// The first keystoneauth1 that has it.
    pub fn since(&self) -> Version {
        self.rows().iter().map(|row| row.since).min().unwrap_or(Version(0, 0, 0))
    }

    /// The options that a keystoneauth1 of that version knows.
    pub fn options(&self, keystoneauth: Version) -> impl Iterator<Item = &OptionSpec> {
        self.rows().iter().filter(move |row| row.since <= keystoneauth).map(|row| &row.spec)
    }

    /// Options whose absence makes loading fail (an empty value does not).
    pub fn required(&self) -> impl Iterator<Item = &'static str> {
        self.rows().iter().filter(|row| row.required).map(|row| row.spec.name)
    }

    /// Whether any version has an option of that name.
    pub fn has_option(&self, name: &str) -> bool {
        self.rows().iter().any(|row| row.spec.name == name)
    }
}

/// A plugin by its exact name, whichever version has it.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|plugin| plugin.name == name)
}

/// The same as a keystoneauth1 of that version would find it.
pub fn plugin_in(keystoneauth: Version, name: &str) -> Option<&'static Plugin> {
    plugin(name).filter(|plugin| plugin.since() <= keystoneauth)
}

/// The names of all plugins.
pub fn plugin_names() -> impl Iterator<Item = &'static str> {
    PLUGINS.iter().map(|plugin| plugin.name)
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
    fn plugins_and_options_came_with_a_version() {
        assert!(plugin_in(Version(3, 3, 0), "v3applicationcredential").is_none());
        assert!(plugin_in(Version(3, 4, 0), "v3applicationcredential").is_some());
        let has = |version| plugin("v3password").unwrap().options(version).any(|o| o.name == "system_scope");
        assert!(!has(Version(3, 3, 0)) && has(Version(3, 4, 0)));
    }
}

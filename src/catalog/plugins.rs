//! keystoneauth1's auth plugins and the options each one takes.

use std::sync::LazyLock;

use super::options::version;
use super::releases::Version;
use super::table::{kind, rows, words};
use crate::config::{Default, Kind, OptionSpec};

/// One auth plugin, as named in `auth_type`.
#[derive(Debug)]
pub struct Plugin {
    /// The name; case counts.
    pub name: &'static str,
    /// The first keystoneauth1 that has it.
    pub since: Version,
    /// Its options, each with the first keystoneauth1 that has it.
    options: Vec<(Version, OptionSpec)>,
    /// Options whose absence makes loading fail (an empty value does not).
    pub required: Vec<&'static str>,
}

static PLUGINS: LazyLock<Vec<Plugin>> = LazyLock::new(|| {
    let mut plugins: Vec<Plugin> = Vec::new();
    for [auth_type, name, required, secret, deprecated, type_name, since] in
        rows(include_str!("data/plugins.tsv"))
    {
        let since = version(since);
        if plugins.last().is_none_or(|plugin| plugin.name != auth_type) {
            plugins.push(Plugin { name: auth_type, since, options: Vec::new(), required: Vec::new() });
        }
        let Some(plugin) = plugins.last_mut() else { continue };
        plugin.since = plugin.since.min(since);
        if required == "required" {
            plugin.required.push(name);
        }
        let spec = OptionSpec {
            name,
            kind: bare(kind(type_name, "")),
            default: Default::None,
            deprecated: Vec::leak(words(deprecated)),
            secret: secret == "secret",
        };
        plugin.options.push((since, spec));
    }
    plugins
});

/// Plugins name Python's own types, which know no empty number.
fn bare(kind: Kind) -> Kind {
    match kind {
        Kind::Int => Kind::BareInt,
        Kind::Float => Kind::BareFloat,
        other => other,
    }
}

impl Plugin {
    /// The options that a keystoneauth1 of that version knows.
    pub fn options(&self, keystoneauth: Version) -> impl Iterator<Item = &OptionSpec> {
        self.options.iter().filter(move |(since, _)| *since <= keystoneauth).map(|(_, spec)| spec)
    }

    /// Whether any version has an option of that name.
    pub fn has_option(&self, name: &str) -> bool {
        self.options.iter().any(|(_, spec)| spec.name == name)
    }
}

/// A plugin by its exact name, whichever version has it.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|plugin| plugin.name == name)
}

/// The same as a keystoneauth1 of that version would find it.
pub fn plugin_in(keystoneauth: Version, name: &str) -> Option<&'static Plugin> {
    plugin(name).filter(|plugin| plugin.since <= keystoneauth)
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
        assert_eq!(plugin("password").unwrap().required, ["auth_url"]);
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

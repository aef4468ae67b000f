//! keystoneauth1's auth plugins and the options each one takes.

use std::sync::LazyLock;

use super::table::{kind, rows, words};
use crate::config::{Default, Kind, OptionSpec};

/// One auth plugin, as named in `auth_type`.
#[derive(Debug)]
pub struct Plugin {
    /// The name; case counts.
    pub name: &'static str,
    /// Its options.
    pub options: Vec<OptionSpec>,
    /// Options whose absence makes loading fail (an empty value does not).
    pub required: Vec<&'static str>,
}

static PLUGINS: LazyLock<Vec<Plugin>> = LazyLock::new(|| {
    let mut plugins: Vec<Plugin> = Vec::new();
    for [auth_type, name, required, secret, deprecated, type_name] in rows(include_str!("data/plugins.tsv")) {
        if plugins.last().is_none_or(|plugin| plugin.name != auth_type) {
            plugins.push(Plugin { name: auth_type, options: Vec::new(), required: Vec::new() });
        }
        let Some(plugin) = plugins.last_mut() else { continue };
        if required == "required" {
            plugin.required.push(name);
        }
        plugin.options.push(OptionSpec {
            name,
            kind: bare(kind(type_name, "")),
            default: Default::None,
            deprecated: Vec::leak(words(deprecated)),
            secret: secret == "secret",
        });
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

/// A plugin by its exact name.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|plugin| plugin.name == name)
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
        let username = plugin("password").unwrap().options.iter().find(|o| o.name == "username").unwrap();
        assert_eq!(username.deprecated, ["user-name", "user_name"]);
        assert_eq!(plugin("password").unwrap().required, ["auth_url"]);
        assert!(plugin("Password").is_none());
    }
}

//! The options that decide over service tokens, apart from the plugins' own.

use std::sync::{LazyLock, Mutex, PoisonError};

use super::releases::{InForce, Version};
use super::services::ServiceKind;
use super::table::{default, kind, rows, words};
use crate::config::{Default, Kind, OptionSpec};

/// The options that a version knows, worked out once for each version asked for.
struct ByVersion(Mutex<Vec<(Version, &'static [OptionSpec])>>);

impl ByVersion {
    const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    fn get(&self, version: Version, options: impl FnOnce() -> Vec<OptionSpec>) -> &'static [OptionSpec] {
        // What stands in the list is whole, whoever panicked beside it.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, options)) = known.iter().find(|(known, _)| *known == version) {
            return options;
        }
        let options = Vec::leak(options());
        known.push((version, options));
        options
    }
}

/// One option of `[keystone_authtoken]` over time.
struct AuthtokenRow {
    spec: OptionSpec,
    /// Deprecated names and the keystonemiddleware versions that read them.
    former: Vec<(&'static str, Version, Version)>,
    since: Version,
    removed: Option<Version>,
    /// The default from a version on, oldest first.
    defaults: Vec<(Version, &'static str)>,
    read: &'static str,
}

static AUTHTOKEN: LazyLock<Vec<AuthtokenRow>> = LazyLock::new(|| {
    let rows = rows(include_str!("data/authtoken.tsv")).map(authtoken_row);
    // These two belong to every login, see `common_auth`.
    rows.filter(|row| !["auth_type", "auth_section"].contains(&row.spec.name)).collect()
});

fn authtoken_row(row: [&'static str; 10]) -> AuthtokenRow {
    let [name, type_name, choices, default_cell, deprecated, secret, removed, defaults, read, since] = row;
    let (former, current): (Vec<_>, Vec<_>) =
        words(deprecated).into_iter().partition(|name| name.contains('='));
    // The middleware's choices ignore case.
    let type_name = if type_name == "choice" { "choice-ignorecase" } else { type_name };
    AuthtokenRow {
        spec: OptionSpec {
            name,
            kind: kind(type_name, choices),
            default: default(default_cell),
            deprecated: Vec::leak(current),
            secret: secret == "secret",
        },
        former: former.into_iter().filter_map(former_name).collect(),
        since: version(since),
        removed: Version::parse(removed).filter(|_| !removed.is_empty()),
        defaults: words(defaults)
            .into_iter()
            .filter_map(|cell| cell.split_once('='))
            .map(|(from, value)| (version(from), value))
            .collect(),
        read,
    }
}

/// `name=A..B`: read from version A until before B.
fn former_name(cell: &'static str) -> Option<(&'static str, Version, Version)> {
    let (name, versions) = cell.split_once('=')?;
    let (from, until) = versions.split_once("..")?;
    Some((name, version(from), Version::parse(until)?))
}

/// A version; `<=` before it means that nothing older was looked at.
pub(super) fn version(cell: &str) -> Version {
    if cell.starts_with("<=") { Version(0, 0, 0) } else { Version::parse(cell).unwrap_or(Version(0, 0, 0)) }
}

/// The options of `[keystone_authtoken]` (without the auth plugin's) that a
/// keystonemiddleware of that version reads, with its defaults.
pub fn authtoken(middleware: Version) -> &'static [OptionSpec] {
    static OPTIONS: ByVersion = ByVersion::new();
    let is_known =
        |row: &&AuthtokenRow| row.since <= middleware && row.removed.is_none_or(|v| middleware < v);
    OPTIONS.get(middleware, || {
        AUTHTOKEN.iter().filter(is_known).map(|row| authtoken_of(row, middleware)).collect()
    })
}

/// An option as that version reads it.
fn authtoken_of(row: &AuthtokenRow, middleware: Version) -> OptionSpec {
    let mut spec = row.spec;
    let moved = row.defaults.iter().rev().find(|(from, _)| *from <= middleware);
    if let Some((_, cell)) = moved {
        spec.default = default(cell);
    }
    let read = |(_, from, until): &&(&str, Version, Version)| (*from..*until).contains(&middleware);
    let former: Vec<_> = row.former.iter().filter(read).map(|(name, ..)| *name).collect();
    if !former.is_empty() {
        spec.deprecated = Vec::leak(spec.deprecated.iter().copied().chain(former).collect());
    }
    spec
}

/// The same as a service's own process has them: cyborg sets a default of its own.
pub fn authtoken_at(kind: ServiceKind, in_force: InForce) -> &'static [OptionSpec] {
    static CYBORG: ByVersion = ByVersion::new();
    let middleware = in_force.keystonemiddleware;
    if kind != ServiceKind::Cyborg || !kind.looks_twice(in_force.release) {
        return authtoken(middleware);
    }
    let own = |option: &OptionSpec| match option.name {
        "service_token_roles_required" => OptionSpec { default: Default::Text("True"), ..*option },
        _ => *option,
    };
    CYBORG.get(middleware, || authtoken(middleware).iter().map(own).collect())
}

/// An option of `[keystone_authtoken]` that was dropped, by its name, and the
/// keystonemiddleware version that dropped it.
pub fn authtoken_removed(name: &str) -> Option<(&'static str, Version)> {
    let row = AUTHTOKEN.iter().find(|row| row.spec.name == name)?;
    Some((row.spec.name, row.removed?))
}

/// Whether the middleware reads the option when it starts, so that a value it
/// cannot read stops the service. Some are read only where another option is
/// switched on, or is not set: `is_on` tells.
pub fn read_at_start(name: &str, is_on: impl Fn(&str) -> bool) -> bool {
    let row = AUTHTOKEN.iter().find(|row| row.spec.name == name);
    match row.map_or("never", |row| row.read).split_once(':') {
        None => row.is_some_and(|row| row.read == "start"),
        Some((_, condition)) => match condition.strip_prefix('!') {
            Some(unset) => !is_on(unset),
            None => is_on(condition),
        },
    }
}

/// One option of a session over time.
struct SessionRow {
    since: Version,
    spec: OptionSpec,
    /// The type from a version on, oldest first.
    kinds: Vec<(Version, Kind)>,
}

static SESSION: LazyLock<Vec<SessionRow>> = LazyLock::new(|| {
    rows(include_str!("data/session.tsv"))
        .map(|[name, type_name, choices, default_cell, types, since]| {
            let spec = OptionSpec {
                name,
                kind: kind(type_name, choices),
                default: default(default_cell),
                deprecated: &[],
                secret: false,
            };
            let types = words(types).into_iter().filter_map(|cell| cell.split_once('='));
            let kinds = types.map(|(from, name)| (version(from), kind(name, choices))).collect();
            SessionRow { since: version(since), spec, kinds }
        })
        .collect()
});

/// The options of a keystoneauth1 session (TLS, time-outs).
pub fn session(keystoneauth: Version) -> &'static [OptionSpec] {
    static OPTIONS: ByVersion = ByVersion::new();
    let known = SESSION.iter().filter(|row| row.since <= keystoneauth);
    let options = known.map(|row| {
        let kind = row.kinds.iter().rev().find(|(from, _)| *from <= keystoneauth);
        OptionSpec { kind: kind.map_or(row.spec.kind, |(_, kind)| *kind), ..row.spec }
    });
    OPTIONS.get(keystoneauth, || options.collect())
}

/// `auth_type` and `auth_section`, which name the plugin and where its options
/// stand.
pub fn common_auth() -> &'static [OptionSpec; 2] {
    const { &auth(Kind::Str) }
}

/// The same in a section of which it is not known whether they are registered there.
pub fn uncertain_auth() -> &'static [OptionSpec; 2] {
    const { &auth(Kind::Opaque) }
}

const fn auth(kind: Kind) -> [OptionSpec; 2] {
    let auth_type = OptionSpec {
        name: "auth_type",
        kind,
        default: Default::None,
        deprecated: &["auth_plugin"],
        secret: false,
    };
    [auth_type, OptionSpec { name: "auth_section", deprecated: &[], ..auth_type }]
}

/// The boolean that makes a section send: `send_service_user_token`, false
/// unless set.
pub const fn switch(name: &'static str) -> OptionSpec {
    OptionSpec { name, kind: Kind::Bool, default: Default::Text("False"), deprecated: &[], secret: false }
}

/// `policy_file` in `[oslo_policy]`: where the service's own policies stand.
pub const POLICY_FILE: &OptionSpec = &OptionSpec {
    name: "policy_file",
    kind: Kind::Str,
    default: Default::None,
    deprecated: &[],
    secret: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn required(middleware: Version) -> Default {
        authtoken(middleware).iter().find(|o| o.name == "service_token_roles_required").unwrap().default
    }

    #[test]
    fn the_required_flag_is_false_before_13() {
        assert_eq!(required(Version(12, 0, 0)), Default::Text("False"));
        assert_eq!(required(Version(13, 0, 0)), Default::Text("True"));
    }

    #[test]
    fn a_default_list_has_one_item() {
        let roles = authtoken(Version(13, 0, 1)).iter().find(|o| o.name == "service_token_roles").unwrap();
        assert_eq!(roles.default, Default::Text("service"));
        let odd = |row: &&AuthtokenRow| matches!(row.spec.default, Default::Text(text) if text.contains(['[', ',']));
        assert!(AUTHTOKEN.iter().find(odd).is_none());
    }

    #[test]
    fn a_session_s_time_out_became_a_number_with_a_fraction() {
        let kind = |v| session(v).iter().find(|o| o.name == "timeout").unwrap().kind;
        assert_eq!((kind(Version(5, 13, 1)), kind(Version(5, 14, 0))), (Kind::Int, Kind::Float));
        assert!(!session(Version(5, 16, 0)).iter().any(|o| o.name == "tls_ciphers"));
    }

    #[test]
    fn the_admin_options_are_gone_with_13() {
        let has = |v, name| authtoken(v).iter().any(|o| o.name == name);
        assert!(has(Version(12, 0, 0), "admin_user"));
        assert!(!has(Version(13, 0, 0), "admin_user"));
        assert!(!has(Version(6, 0, 1), "interface"));
    }
}

//! The options that decide over service tokens, apart from the plugins' own.

use std::sync::{Mutex, PoisonError};

use super::releases::{InForce, Version};
use super::services::ServiceKind;
use super::table::{Sorted, count, default, kind, rows, words};
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

/// The options of `[keystone_authtoken]` over time, sorted by name.
const AUTHTOKEN: &str = include_str!("data/authtoken.tsv");

type Row = [&'static str; 10];

fn authtoken_row(name: &str) -> Option<Row> {
    static ROWS: Sorted<{ count(AUTHTOKEN) }> = Sorted::new(AUTHTOKEN);
    let table = ROWS.from(|row| row < name);
    let is_there = table.strip_prefix(name).is_some_and(|rest| rest.starts_with('\t'));
    if is_there { rows(table).next().filter(is_own) } else { None }
}

/// Two options belong to every login, see [`common_auth`].
fn is_own(row: &Row) -> bool {
    !["auth_type", "auth_section"].contains(&row[0])
}

/// What a cell `VERSION=VALUE,VERSION=VALUE` says from each version on, oldest first,
/// as a version has it.
fn in_version(cell: &'static str, asked: Version) -> Option<&'static str> {
    let changes = words(cell).into_iter().filter_map(|change| change.split_once('='));
    changes.rev().find(|(from, _)| version(from) <= asked).map(|(_, value)| value)
}

/// A former name in its cell, if the version reads it: `name`, or `name=A..B` if it was
/// read from version A until before B.
fn former_name(cell: &'static str, asked: Version) -> Option<&'static str> {
    let Some((name, versions)) = cell.split_once('=') else { return Some(cell) };
    let (from, until) = versions.split_once("..")?;
    (version(from)..version(until)).contains(&asked).then_some(name)
}

/// A version; `<=` before it means that nothing older was looked at.
pub(super) fn version(cell: &str) -> Version {
    if cell.starts_with("<=") { Version(0, 0, 0) } else { Version::parse(cell).unwrap_or(Version(0, 0, 0)) }
}

/// The options of `[keystone_authtoken]` (without the auth plugin's) that a
/// keystonemiddleware of that version reads, with its defaults.
pub fn authtoken(middleware: Version) -> &'static [OptionSpec] {
    static OPTIONS: ByVersion = ByVersion::new();
    let known = || rows(AUTHTOKEN).filter(is_own).filter_map(|row| authtoken_of(row, middleware));
    OPTIONS.get(middleware, || known().collect())
}

/// An option as that version reads it, if it does.
fn authtoken_of(row: Row, middleware: Version) -> Option<OptionSpec> {
    let [name, type_name, choices, default_cell, names, secret, removed, defaults, _, since] = row;
    if version(since) > middleware || (!removed.is_empty() && version(removed) <= middleware) {
        return None;
    }
    // The middleware's choices ignore case.
    let type_name = if type_name == "choice" { "choice-ignorecase" } else { type_name };
    let names = words(names).into_iter().filter_map(|cell| former_name(cell, middleware));
    Some(OptionSpec {
        name,
        kind: kind(type_name, choices),
        default: default(in_version(defaults, middleware).unwrap_or(default_cell)),
        deprecated: Vec::leak(names.collect()),
        secret: secret == "secret",
    })
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
    let [name, _, _, _, _, _, removed, ..] = authtoken_row(name)?;
    (!removed.is_empty()).then(|| (name, version(removed)))
}

/// Whether the middleware reads the option when it starts, so that a value it
/// cannot read stops the service. Some are read only where another option is
/// switched on, or is not set: `is_on` tells.
pub fn read_at_start(name: &str, is_on: impl Fn(&str) -> bool) -> bool {
    let read = authtoken_row(name).map_or("never", |row| row[8]);
    match read.split_once(':') {
        None => read == "start",
        Some((_, condition)) => match condition.strip_prefix('!') {
            Some(unset) => !is_on(unset),
            None => is_on(condition),
        },
    }
}

/// The options of a keystoneauth1 session (TLS, time-outs).
pub fn session(keystoneauth: Version) -> &'static [OptionSpec] {
    static OPTIONS: ByVersion = ByVersion::new();
    let known = || rows(include_str!("data/session.tsv")).filter(|row| version(row[5]) <= keystoneauth);
    let option = |[name, type_name, choices, default_cell, types, _]: [&'static str; 6]| OptionSpec {
        name,
        kind: kind(in_version(types, keystoneauth).unwrap_or(type_name), choices),
        default: default(default_cell),
        deprecated: &[],
        secret: false,
    };
    OPTIONS.get(keystoneauth, || known().map(option).collect())
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
        let odd = |row: &Row| matches!(default(row[3]), Default::Text(text) if text.contains(['[', ',']));
        assert!(!rows(AUTHTOKEN).any(|row| odd(&row)));
    }

    #[test]
    fn a_session_s_time_out_became_a_number_with_a_fraction() {
        let kind = |v| session(v).iter().find(|o| o.name == "timeout").unwrap().kind;
        assert_eq!((kind(Version(5, 13, 1)), kind(Version(5, 14, 0))), (Kind::Int, Kind::Float));
        assert!(!session(Version(5, 16, 0)).iter().any(|o| o.name == "tls_ciphers"));
    }

    #[test]
    fn every_option_of_the_table_is_found() {
        for row in rows(AUTHTOKEN).filter(is_own) {
            assert_eq!(authtoken_row(row[0]), Some(row));
        }
        assert_eq!(authtoken_removed("admin_user"), Some(("admin_user", Version(13, 0, 0))));
        assert!(["auth_type", "admin", "interface", ""].iter().all(|name| authtoken_removed(name).is_none()));
    }

    #[test]
    fn a_former_name_is_read_by_some_versions() {
        let names = |v| authtoken(v).iter().find(|o| o.name == "www_authenticate_uri").unwrap().deprecated;
        assert_eq!((names(Version(12, 0, 0)), names(Version(13, 0, 0))), (&["auth_uri"][..], &[][..]));
    }

    #[test]
    fn the_admin_options_are_gone_with_13() {
        let has = |v, name| authtoken(v).iter().any(|o| o.name == name);
        assert!(has(Version(12, 0, 0), "admin_user"));
        assert!(!has(Version(13, 0, 0), "admin_user"));
        assert!(!has(Version(6, 0, 1), "interface"));
    }
}

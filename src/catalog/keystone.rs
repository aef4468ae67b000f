//! The options of Keystone itself that decide how long a service token helps.
//!
//! Source: keystone `conf/token.py`, `conf/fernet_tokens.py`,
//! `conf/security_compliance.py`.

use crate::config::{Default, Kind, OptionSpec};

/// Section, option, type and default.
const OPTIONS: &[(&str, &str, Kind, Default)] = &[
    ("token", "provider", Kind::Str, Default::Text("fernet")),
    ("token", "expiration", Kind::Int, Default::Text("3600")),
    ("token", "allow_expired_window", Kind::Int, Default::Text("172800")),
    ("fernet_tokens", "max_active_keys", Kind::Int, Default::Text("3")),
    ("security_compliance", "lockout_failure_attempts", Kind::Int, Default::None),
    ("security_compliance", "lockout_duration", Kind::Int, Default::Text("1800")),
];

/// The options by section.
pub fn keystone() -> impl Iterator<Item = (&'static str, OptionSpec)> {
    OPTIONS.iter().map(|&(section, name, kind, default)| {
        (section, OptionSpec { name, kind, default, deprecated: &[], secret: false })
    })
}

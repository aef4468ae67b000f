//! The options of Keystone itself that decide how long a service token helps.
//!
//! Source: keystone `conf/token.py`, `conf/fernet_tokens.py`,
//! `conf/security_compliance.py`.

use crate::config::{Default, Kind, OptionSpec};

/// The options, each with its section.
static OPTIONS: [(&str, OptionSpec); 6] = [
    ("token", option("provider", Kind::Str, Default::Text("fernet"))),
    ("token", option("expiration", Kind::Int, Default::Text("3600"))),
    ("token", option("allow_expired_window", Kind::Int, Default::Text("172800"))),
    ("fernet_tokens", option("max_active_keys", Kind::Int, Default::Text("3"))),
    ("security_compliance", option("lockout_failure_attempts", Kind::Int, Default::None)),
    ("security_compliance", option("lockout_duration", Kind::Int, Default::Text("1800"))),
];

const fn option(name: &'static str, kind: Kind, default: Default) -> OptionSpec {
    OptionSpec { name, kind, default, deprecated: &[], secret: false }
}

/// The options by section.
pub fn keystone() -> impl Iterator<Item = (&'static str, &'static OptionSpec)> {
    OPTIONS.iter().map(|(section, option)| (*section, option))
}

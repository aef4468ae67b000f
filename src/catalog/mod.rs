//! Facts about OpenStack as data: releases, services and who calls whom, auth
//! plugins, options.
//!
//! The tables in `data/` are made from the real packages; this module gives
//! them types and looks things up, and draws no conclusions.

mod changes;
mod keystone;
mod options;
mod other_logins;
mod plugins;
mod policies;
mod probes;
mod registered;
mod releases;
mod services;
mod table;
mod token_policies;

pub use changes::{CHANGES, Change, ChangeKind, ROLES_REQUIRED_SOURCE};
pub use keystone::keystone;
pub use options::{
    POLICY_FILE, authtoken, authtoken_at, authtoken_removed, common_auth, read_at_start, session, switch,
    uncertain_auth,
};
pub use other_logins::{Need, OTHER_LOGINS, OtherLogin, other_logins};
pub use plugins::{Plugin, plugin, plugin_in, plugin_names};
pub use policies::{Asked, Policy, knows_policies, policy};
pub use probes::probe;
pub use registered::registered;
pub use releases::{InForce, RELEASES, ROLES_REQUIRED_SINCE, Release, Version, castellan_sends};
pub use services::{ServiceKind, SessionOptions, WhenNoPlugin, serves_api, service_names};
pub use token_policies::{TokenPolicy, token_policy};

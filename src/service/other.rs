//! The logins that a service has besides those of its service tokens, as far as
//! its files hold them.
//!
//! A section that is absent, or that names no plugin and sets none of its
//! options, is no login: most processes of a service call nobody.

use super::credential::Transport;
use super::login::{self, Login, LoginPlan, Purpose};
use super::reader::Reader;
use super::sender::session;
use crate::catalog::{self, InForce, Release, ServiceKind};
use crate::config::{Configuration, Schema};

/// One of them.
#[derive(Debug, Clone)]
pub struct OtherLogin {
    /// What it is for.
    pub purpose: &'static catalog::OtherLogin,
    /// The login.
    pub login: Login,
    /// The session it is made over.
    pub transport: Transport,
}

/// What only a login has: a section that sets one of them was meant to be one.
const OF_A_LOGIN: [&str; 4] = ["username", "password", "application_credential_id", "auth_url"];

/// The sections of a service that may hold one, as far as they are there.
pub(super) fn sections(
    kind: ServiceKind,
    configuration: &Configuration,
    release: &Release,
) -> impl Iterator<Item = &'static catalog::OtherLogin> {
    catalog::other_logins(kind, release).filter(|login| configuration.has_section(login.section))
}

/// Reads them.
pub(super) fn read_all(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    in_force: InForce,
) -> Vec<OtherLogin> {
    let reader = Reader::service(configuration, schema, in_force);
    let logins = sections(kind, configuration, in_force.release).map(|purpose| {
        let transport = session(&reader, purpose.section);
        let login = login::read(&reader, purpose.section, &transport, Purpose::OtherService);
        OtherLogin { purpose, login, transport }
    });
    logins.filter(|other| is_meant(configuration, other)).collect()
}

/// Whether a login is there or had to be. Templates write names and passwords
/// without `auth_type` into sections that can do without a login.
fn is_meant(configuration: &Configuration, other: &OtherLogin) -> bool {
    let (login, essential) = (&other.login, other.purpose.essential);
    let layers = configuration.layers();
    let sets = |name: &&str| {
        layers
            .iter()
            .any(|layer| layer.entries(&login.section).iter().any(|entry| layer.is_named(entry, name)))
    };
    !matches!(login.plan, LoginPlan::NoPlugin) || (essential && OF_A_LOGIN.iter().any(sets))
}

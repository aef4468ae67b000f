//! What a service does with the service tokens it receives.
//!
//! Source: keystonemiddleware `auth_token/__init__.py` (`AuthProtocol`), 12.0.0
//! and 13.0.1.

use std::cell::LazyCell;

use super::credential::Transport;
use super::login::{self, Login, LoginPlan, Purpose};
use super::reader::Reader;
use super::schema::{AUTHTOKEN, before_logins};
use super::sender::session;
use crate::catalog::{self, InForce, ROLES_REQUIRED_SINCE, ServiceKind};
use crate::config::{Configuration, Overrides, Place, Reading, Schema, Setting, Value};

/// A receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The header of `[keystone_authtoken]`.
    pub header: Option<Place>,
    /// `service_token_roles` as read.
    pub roles_setting: Setting,
    /// `service_token_roles_required` as read.
    pub required_setting: Setting,
    /// `delay_auth_decision` as read.
    pub deferred_setting: Setting,
    /// The roles it accepts.
    pub accepted: Vec<String>,
    /// Whether a token without one of them is refused.
    pub required: bool,
    /// Whether a refused request still reaches the service.
    pub deferred: bool,
    /// Whether its service refuses by itself what the middleware lets through
    /// unconfirmed (swift).
    pub refuses_itself: bool,
    /// The roles that the service itself compares with, where it looks a second
    /// time: those of its own files, which a paste filter does not change.
    pub second_look: Option<Vec<String>>,
    /// The interface of the identity endpoint it validates tokens at.
    pub interface: String,
    /// The region of that endpoint; any if none.
    pub region: Option<String>,
    /// Every option of the section that is set or has a default, as read.
    pub settings: Vec<Setting>,
    /// Why it cannot work, whatever its login does.
    pub faults: Vec<ReceiverFault>,
    /// The session of its own requests.
    pub transport: Transport,
    /// Its own login, with which it validates tokens.
    pub login: Login,
}

/// Why a receiver cannot work.
#[derive(Debug, Clone)]
pub struct ReceiverFault {
    /// What would be seen, as a sentence fragment.
    pub reason: String,
    /// The option to blame.
    pub option: &'static str,
    /// Its line.
    pub place: Option<Place>,
}

/// What the middleware reads before it loads its auth plugin.
const BEFORE_LOGIN: [&str; 6] = [
    "service_token_roles_required",
    "enforce_token_bind",
    "service_token_roles",
    "delay_auth_decision",
    "include_service_catalog",
    "interface",
];

/// Reads the receiver of a service that has the section.
pub(super) fn read(
    kind: ServiceKind,
    configuration: &Configuration,
    schema: &Schema,
    in_force: InForce,
) -> Option<Receiver> {
    let filter = configuration.overrides().is_some_and(Overrides::is_given);
    if !configuration.of_middleware().has_section(AUTHTOKEN) && !filter {
        return None;
    }
    let reader = Reader::middleware(configuration, schema, in_force);
    let options = catalog::authtoken_at(kind, in_force);
    let early = LazyCell::new(|| before_logins(kind, configuration, in_force));
    let section = reader.section(AUTHTOKEN);
    let settings = options.iter().map(|option| {
        let setting = section.get(option);
        if !BEFORE_LOGIN.contains(&option.name) || !has_reference(&setting) {
            return setting;
        }
        Reader::middleware(configuration, &early, in_force).section(AUTHTOKEN).get(option)
    });
    let settings: Vec<Setting> = settings.collect();
    let find = |name: &str| settings.iter().find(|setting| setting.spec.name == name).cloned();
    let roles_setting = find("service_token_roles")?;
    let required_setting = find("service_token_roles_required")?;
    let deferred_setting = find("delay_auth_decision")?;
    let transport = session(&reader, AUTHTOKEN);
    let login = login::read(&reader, AUTHTOKEN, &transport, Purpose::Middleware);
    let own_roles = configuration.get(schema, AUTHTOKEN, roles_setting.spec.clone());
    let second_look =
        kind.looks_twice(in_force.release).then(|| own_roles.list().unwrap_or_default().to_vec());
    let mut receiver = Receiver {
        header: reader.header(AUTHTOKEN),
        accepted: roles_setting.list().unwrap_or_default().to_vec(),
        required: required_setting.bool().unwrap_or_default(),
        deferred: deferred_setting.bool().unwrap_or_default(),
        refuses_itself: kind == ServiceKind::Swift,
        second_look,
        // keystoneauth1 takes an empty one for public; before there was the
        // option it was admin.
        interface: find("interface")
            .map_or_else(|| "admin".to_owned(), |s| s.truthy_text().unwrap_or("public").to_owned()),
        region: find("region_name").and_then(|s| s.truthy_text().map(str::to_owned)),
        roles_setting,
        required_setting,
        deferred_setting,
        settings,
        faults: Vec::new(),
        transport,
        login,
    };
    receiver.faults = faults(&receiver, in_force);
    Some(receiver)
}

/// Whether what is registered matters to a value.
fn has_reference(setting: &Setting) -> bool {
    setting.raw().is_some_and(|raw| raw.expose().contains('$'))
}

fn faults(receiver: &Receiver, in_force: InForce) -> Vec<ReceiverFault> {
    let mut faults: Vec<ReceiverFault> = receiver
        .settings
        .iter()
        .filter(|setting| setting.is_invalid() && receiver.reads_at_start(setting))
        .map(|setting| fault(setting, "the service does not start: keystonemiddleware cannot read it"))
        .collect();
    let find = |name: &str| receiver.settings.iter().find(|setting| setting.spec.name == name);
    if let Some(setting) = find("enforce_token_bind").filter(|setting| refuses_unbound(setting)) {
        faults.push(fault(setting, "every token is refused with 401, since Keystone binds none"));
    }
    if let Some(setting) = find("memcache_security_strategy").filter(|setting| wants_key(setting))
        && find("memcache_secret_key")
            .is_none_or(|key| key.secret_value().is_none_or(|k| k.expose().is_empty()))
    {
        faults.push(fault(setting, "the service does not start: the strategy needs memcache_secret_key"));
    }
    if let Some(setting) = find("auth_version").filter(|setting| !is_version(setting)) {
        faults.push(fault(setting, "the service does not start: it is no version such as v3"));
    }
    if let Some(setting) = find("http_connect_timeout").filter(|setting| is_not_positive(setting)) {
        faults.push(fault(setting, "every token validation fails: a time-out must be greater than 0"));
    }
    if let Some(setting) =
        find("token_cache_time").filter(|setting| setting.reading == Reading::Value(Value::Null))
    {
        faults.push(fault(setting, "the service does not start: it is empty, and a number is needed"));
    }
    if matches!(receiver.login.plan, LoginPlan::NoPlugin) {
        faults.extend(no_plugin(receiver, in_force));
    }
    faults
}

fn fault(setting: &Setting, reason: &str) -> ReceiverFault {
    ReceiverFault { reason: reason.to_owned(), option: setting.spec.name, place: setting.place() }
}

/// Without `auth_type` nothing can be validated, except that releases before
/// keystonemiddleware 13 still read the old `admin_*` options.
fn no_plugin(receiver: &Receiver, in_force: InForce) -> Option<ReceiverFault> {
    let reason = if in_force.keystonemiddleware >= ROLES_REQUIRED_SINCE {
        "the service starts, and every request with a token fails with 500 (MissingAuthPlugin)"
    } else if receiver.uses_obsolete_login() {
        return None;
    } else {
        "the service starts, and every request with a token fails: without auth_type a Keystone on this host's port 35357 is asked, with no user"
    };
    Some(ReceiverFault { reason: reason.to_owned(), option: "auth_type", place: receiver.header.clone() })
}

impl Receiver {
    /// Whether one of the options is set that made up a login before `auth_type`.
    pub fn uses_obsolete_login(&self) -> bool {
        const OBSOLETE: [&str; 4] = ["admin_user", "admin_token", "identity_uri", "auth_host"];
        self.settings.iter().any(|setting| OBSOLETE.contains(&setting.spec.name) && setting.is_set())
    }

    /// Whether the middleware reads an option of the section when it starts.
    pub fn reads_at_start(&self, setting: &Setting) -> bool {
        catalog::read_at_start(setting.spec.name, |condition| match condition {
            "auth_type" => self.login.auth_type.is_some(),
            "memcache_security_strategy" => self.setting(condition).is_some_and(wants_key),
            _ => self.setting(condition).is_some_and(|setting| setting.bool() == Some(true)),
        })
    }

    /// A setting of the section by name.
    pub fn setting(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.spec.name == name)
    }
}

/// Modes other than these three want a token that is bound.
fn refuses_unbound(setting: &Setting) -> bool {
    setting.text().is_some_and(|mode| !["disabled", "permissive", "strict"].contains(&mode))
}

fn wants_key(setting: &Setting) -> bool {
    setting.text().is_some_and(|strategy| !strategy.eq_ignore_ascii_case("none"))
}

/// `keystoneauth1.discover.normalize_version_number`, as far as it accepts.
fn is_version(setting: &Setting) -> bool {
    let Some(text) = setting.text() else { return true };
    let numbers = text.trim_start_matches('v');
    !numbers.is_empty() && numbers.split('.').all(|n| n == "latest" || n.trim().parse::<u64>().is_ok())
}

fn is_not_positive(setting: &Setting) -> bool {
    matches!(&setting.reading, Reading::Value(Value::Int(digits)) if digits == "0" || digits.starts_with('-'))
}

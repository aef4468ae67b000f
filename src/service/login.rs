//! From a section to a login: what keystoneauth1 would make of its options, when
//! it would fail, and why.
//!
//! Which section holds the login and which plugin it names is found here; what
//! the plugin makes of its options is `options.rs`'s and its neighbours'.
//!
//! Source: keystoneauth1 `loading/conf.py`, 5.18.1.

use super::credential::{Credential, Transport};
use super::options::Options;
use super::reader::Reader;
use crate::catalog::Plugin;
use crate::config::{Kind, Place, Setting, mask};

/// The login of one section.
#[derive(Debug, Clone)]
pub struct Login {
    /// The section that refers to the login.
    pub section: String,
    /// The section that holds it: the same, unless `auth_section` names another.
    pub holder: String,
    /// `auth_type` as set.
    pub auth_type: Option<String>,
    /// `auth_url` as set.
    pub auth_url: Option<String>,
    /// The header of the section that holds the login, or else of the one that
    /// refers to it.
    pub header: Option<Place>,
    /// All options of the plugin, as read.
    pub settings: Vec<Setting>,
    /// What can be done with it.
    pub plan: LoginPlan,
}

impl Login {
    /// Where it says who logs in, or else where its section begins.
    pub fn user_place(&self) -> Option<Place> {
        const WHO: [&str; 4] =
            ["username", "user_id", "application_credential_id", "application_credential_name"];
        let says = |name: &&str| self.settings.iter().find(|setting| setting.spec.name == *name)?.place();
        WHO.iter().find_map(says).or_else(|| self.header.clone())
    }
}

/// What can be done with a login.
#[derive(Debug, Clone)]
pub enum LoginPlan {
    /// It can be tried.
    Ready(Box<Credential>),
    /// It is known to fail.
    Invalid(Vec<Fault>),
    /// No plugin is named: keystoneauth1 gives none, without an error.
    NoPlugin,
    /// This program cannot log in that way.
    Unsupported {
        /// Why, as a sentence fragment.
        reason: String,
    },
}

/// When keystoneauth1 notices a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// When the plugin is built from the section.
    Load,
    /// When the first token is asked for.
    Login,
}

/// One reason why a login is known to fail.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// When it shows.
    pub phase: Phase,
    /// The line to blame, if there is one.
    pub place: Option<Place>,
}

/// What is wrong with a login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FaultKind {
    /// An option is not there (or empty where that is the same).
    Missing {
        /// The option, or options of which one is needed.
        option: &'static str,
        /// What happens without it.
        consequence: &'static str,
    },
    /// The plugin's name is not known to keystoneauth1.
    UnknownPlugin {
        /// The name as written.
        name: String,
    },
    /// `auth_section` names a section whose login the service does not read.
    UnknownSection {
        /// The section as written.
        name: String,
    },
    /// An option cannot be read.
    Unreadable {
        /// The option.
        option: &'static str,
    },
    /// Two scopes at once.
    TwoScopes,
    /// A scope beside an application credential, which has its own.
    ScopeNotAllowed {
        /// The option that asks for one.
        option: &'static str,
    },
    /// `system_scope` is something other than `all`.
    SystemScope,
    /// `mutual_auth` is none of its three words.
    MutualAuth,
    /// The plugin cannot give a service token, whatever its options say.
    Plugin {
        /// Why, as a sentence fragment.
        reason: &'static str,
    },
    /// A file of its session lets no request out; which and why, as a sentence fragment.
    File(String),
    /// `auth_url` can never work.
    AuthUrl {
        /// Why, as a sentence fragment.
        reason: &'static str,
    },
}

/// What a login is for: keystoneauth1 does more for requests of its own than for
/// a token that is only handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// A service token beside the user's.
    ServiceToken,
    /// The middleware's own requests.
    Middleware,
    /// Requests to another service in the user's stead.
    OtherService,
}

/// Reads the login of a section. `transport` is that of the session the service
/// fetches the token with.
pub(super) fn read(reader: &Reader<'_>, section: &str, transport: &Transport, purpose: Purpose) -> Login {
    let auth_section = reader.named(section, "auth_section");
    let holder = auth_section.as_ref().and_then(Setting::truthy_text).unwrap_or(section).to_owned();
    let header = reader.header(&holder.to_lowercase()).or_else(|| reader.header(section));
    let mut login = Login {
        section: section.to_owned(),
        holder: holder.clone(),
        auth_type: None,
        auth_url: None,
        header,
        settings: Vec::new(),
        plan: LoginPlan::NoPlugin,
    };
    if let Some(setting) = auth_section.as_ref().filter(|setting| setting.is_invalid()) {
        login.plan = LoginPlan::Invalid(vec![unreadable(setting)]);
        login.settings.push(setting.clone());
        return login;
    }
    let Some(auth_type) = reader.named(&holder, "auth_type") else {
        let place = auth_section.as_ref().and_then(Setting::place);
        let name = auth_section.as_ref().map_or(holder, shown);
        login.holder.clone_from(&name);
        let kind = FaultKind::UnknownSection { name };
        login.plan = LoginPlan::Invalid(vec![Fault { kind, phase: Phase::Load, place }]);
        return login;
    };
    if auth_type.spec.kind == Kind::Opaque {
        // The service registers the section's login in some processes only.
        let name = auth_section.as_ref().map_or(holder, shown);
        let reason = format!("whether every process of the service reads a login from [{name}] is not known");
        login.holder = name;
        login.plan = LoginPlan::Unsupported { reason };
        return login;
    }
    login.auth_type = auth_type.text().map(|_| shown(&auth_type));
    let plugin = match plugin(reader, &auth_type) {
        Ok(plugin) => plugin,
        Err(plan) => {
            login.plan = plan;
            login.settings.push(auth_type);
            return login;
        }
    };
    login.settings.reserve_exact(1 + plugin.most_options());
    login.settings.push(auth_type);
    login.settings.extend(reader.plugin_settings(&login.holder, plugin));
    let options = Options::new(plugin, &login.settings[1..], login.header.clone());
    login.auth_url = options.find("auth_url").filter(|url| url.text().is_some()).map(shown);
    login.plan = options.plan((transport, purpose));
    login
}

/// The plugin that is named, or what comes of the login without one.
fn plugin(reader: &Reader<'_>, auth_type: &Setting) -> Result<&'static Plugin, LoginPlan> {
    if auth_type.is_invalid() {
        return Err(LoginPlan::Invalid(vec![unreadable(auth_type)]));
    }
    let name = auth_type.truthy_text().ok_or(LoginPlan::NoPlugin)?;
    reader.plugin(name).ok_or_else(|| {
        let kind = FaultKind::UnknownPlugin { name: shown(auth_type) };
        LoginPlan::Invalid(vec![Fault { kind, phase: Phase::Load, place: auth_type.place() }])
    })
}

/// A text option as it may be shown: a `$name` in it may stand for a secret.
fn shown(setting: &Setting) -> String {
    mask(setting.text().unwrap_or_default(), setting.secret)
}

pub(super) fn unreadable(setting: &Setting) -> Fault {
    let kind = FaultKind::Unreadable { option: setting.spec.name };
    Fault { kind, phase: Phase::Load, place: setting.place() }
}

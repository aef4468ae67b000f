//! From a section to a login: what keystoneauth1 would make of its options, when
//! it would fail, and why.
//!
//! Source: keystoneauth1 `loading/conf.py`, `loading/_plugins/identity/generic.py`
//! and `v3.py`, `identity/generic/base.py`, `identity/v3/base.py`; what Keystone
//! answers was observed on keystoneauth1 5.18.1 and Keystone 30.0.

use super::credential::{Credential, Method, Ref, Scope, Transport, UserRef};
use super::reader::Reader;
use super::schema::login_section;
use super::stand_in::{StandIn, stand_in};
use crate::catalog;
use crate::config::{Place, Setting};
use crate::secret::Secret;

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
    /// `auth_url` can never work.
    AuthUrl {
        /// Why, as a sentence fragment.
        reason: &'static str,
    },
}

/// Reads the login of a section. `transport` is that of the session the service
/// fetches the token with.
pub(super) fn read(reader: &Reader<'_>, section: &str, transport: &Transport) -> Login {
    let holder = login_section(reader, section);
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
    let auth_section = reader.named(section, "auth_section");
    if let Some(setting) = auth_section.filter(Setting::is_invalid) {
        login.plan = LoginPlan::Invalid(vec![unreadable(&setting)]);
        login.settings.push(setting);
        return login;
    }
    let Some(auth_type) = reader.named(&holder, "auth_type") else {
        let place = reader.named(section, "auth_section").and_then(|setting| setting.place().cloned());
        let kind = FaultKind::UnknownSection { name: holder };
        login.plan = LoginPlan::Invalid(vec![Fault { kind, phase: Phase::Load, place }]);
        return login;
    };
    login.auth_type = auth_type.text().map(str::to_owned);
    login.plan = plan(reader, &auth_type, &mut login, transport);
    login.settings.insert(0, auth_type);
    login
}

fn plan(reader: &Reader<'_>, auth_type: &Setting, login: &mut Login, transport: &Transport) -> LoginPlan {
    if auth_type.is_invalid() {
        return LoginPlan::Invalid(vec![unreadable(auth_type)]);
    }
    let Some(name) = auth_type.truthy_text() else { return LoginPlan::NoPlugin };
    let Some(plugin) = catalog::plugin(name) else {
        let kind = FaultKind::UnknownPlugin { name: name.to_owned() };
        let fault = Fault { kind, phase: Phase::Load, place: auth_type.place().cloned() };
        return LoginPlan::Invalid(vec![fault]);
    };
    let settings: Vec<Setting> =
        plugin.options.iter().map(|option| reader.plugin_option(&login.holder, option)).collect();
    let options = Options { settings: &settings, section: login.header.clone() };
    login.auth_url = options.text("auth_url").map(str::to_owned);
    let plan = options.plan(plugin, transport);
    login.settings = settings;
    plan
}

fn unreadable(setting: &Setting) -> Fault {
    let kind = FaultKind::Unreadable { option: setting.spec.name };
    Fault { kind, phase: Phase::Load, place: setting.place().cloned() }
}

/// The plugin's options as read.
struct Options<'s> {
    settings: &'s [Setting],
    section: Option<Place>,
}

impl Options<'_> {
    fn find(&self, name: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.spec.name == name)
    }

    /// Set, even if to nothing.
    fn text(&self, name: &str) -> Option<&str> {
        self.find(name)?.text()
    }

    /// Set to something: what Python calls true.
    fn some(&self, name: &str) -> Option<&str> {
        self.find(name)?.truthy_text()
    }

    fn is_there(&self, name: &str) -> bool {
        self.find(name).is_some_and(Setting::is_set)
    }

    fn secret(&self, name: &str) -> Option<&Secret> {
        self.find(name)?.secret_value().filter(|secret| !secret.expose().is_empty())
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.find(name)?.place().cloned()
    }

    /// A fault at an option's line, or at the section where the option is not.
    fn fault(&self, kind: FaultKind, phase: Phase, at: &str) -> Fault {
        Fault { kind, phase, place: self.place(at).or_else(|| self.section.clone()) }
    }

    fn missing(&self, option: &'static str, phase: Phase, consequence: &'static str) -> Fault {
        self.fault(FaultKind::Missing { option, consequence }, phase, option)
    }

    fn plan(&self, plugin: &catalog::Plugin, transport: &Transport) -> LoginPlan {
        let unreadable: Vec<Fault> =
            self.settings.iter().filter(|s| s.is_invalid()).map(unreadable).collect();
        if !unreadable.is_empty() {
            return LoginPlan::Invalid(unreadable);
        }
        if let Some(host) = self.host_dependent() {
            return LoginPlan::Unsupported { reason: host };
        }
        let mut faults = self.faults(plugin);
        if self.find("auth_url").and_then(stand_in).is_some() {
            faults.retain(|fault| !matches!(fault.kind, FaultKind::AuthUrl { .. }));
        }
        if !faults.is_empty() {
            return LoginPlan::Invalid(faults);
        }
        if let Some(reason) = self.stand_in() {
            return LoginPlan::Unsupported { reason };
        }
        match plugin.name {
            "password" | "v3password" | "v3applicationcredential" => {
                match self.credential(plugin.name, transport) {
                    Some(credential) => LoginPlan::Ready(Box::new(credential)),
                    None => LoginPlan::Unsupported { reason: "its options do not make a login".to_owned() },
                }
            }
            other => LoginPlan::Unsupported {
                reason: format!("logging in with the plugin {other} is not supported"),
            },
        }
    }

    /// Why a value cannot be known here, if one cannot.
    fn host_dependent(&self) -> Option<String> {
        self.settings.iter().find_map(|setting| match &setting.reading {
            crate::config::Reading::HostDependent(name) => Some(format!(
                "{} hangs on ${name}, whose value is known only where the service runs",
                setting.spec.name
            )),
            _ => None,
        })
    }

    /// Why a value is not the real one, if one is not: a try with it would count
    /// towards Keystone's lock-out and prove nothing.
    fn stand_in(&self) -> Option<String> {
        self.settings.iter().find_map(|setting| {
            let what = match stand_in(setting)? {
                StandIn::Masked => "is masked in this file",
                StandIn::Template => "is a placeholder that was not filled in",
            };
            Some(format!("{} {what}", setting.spec.name))
        })
    }

    /// Everything that is known to fail, in the order in which keystoneauth1 and
    /// Keystone would notice.
    fn faults(&self, plugin: &catalog::Plugin) -> Vec<Fault> {
        let mut faults = Vec::new();
        if plugin.name == "v3applicationcredential" {
            faults.extend(self.application_credential_load());
        }
        for &option in plugin.required.iter().filter(|&&option| !self.is_there(option)) {
            faults.push(self.missing(option, Phase::Load, "the plugin does not load"));
        }
        if plugin.name.starts_with("v3") {
            faults.extend(self.v3_domains(plugin));
        }
        if !faults.is_empty() {
            return faults;
        }
        if self.is_there("auth_url") {
            faults.extend(self.auth_url(plugin.name));
        }
        match plugin.name {
            "password" | "v3password" => faults.extend(self.password_login(plugin.name)),
            "v3applicationcredential" => faults.extend(self.application_credential_login()),
            _ => {}
        }
        faults
    }

    fn application_credential_load(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if self.some("application_credential_id").is_none()
            && self.some("application_credential_name").is_none()
        {
            faults.push(self.missing("application_credential_id", Phase::Load, "the plugin does not load"));
        }
        if self.secret("application_credential_secret").is_none() {
            faults.push(self.missing(
                "application_credential_secret",
                Phase::Load,
                "the plugin does not load",
            ));
        }
        faults
    }

    /// The plugins with a version in their name want a domain beside a name
    /// before anything else, also where the name goes unused.
    fn v3_domains(&self, plugin: &catalog::Plugin) -> Vec<Fault> {
        let mut faults = Vec::new();
        let takes = |name: &str| plugin.options.iter().any(|option| option.name == name);
        let unless = |name: &str, domain: [&'static str; 2]| {
            self.some(name).is_some() && domain.iter().all(|d| self.some(d).is_none())
        };
        if takes("user_domain_name") && unless("username", ["user_domain_id", "user_domain_name"]) {
            faults.push(self.missing("user_domain_name", Phase::Load, "the plugin does not load"));
        }
        if takes("project_domain_name")
            && unless("project_name", ["project_domain_id", "project_domain_name"])
        {
            faults.push(self.missing("project_domain_name", Phase::Load, "the plugin does not load"));
        }
        faults
    }

    fn auth_url(&self, plugin: &str) -> Option<Fault> {
        let url = self.text("auth_url").unwrap_or_default();
        let reason = impossible_url(url, plugin)?;
        Some(self.fault(FaultKind::AuthUrl { reason }, Phase::Login, "auth_url"))
    }

    fn password_login(&self, plugin: &str) -> Vec<Fault> {
        let mut faults = Vec::new();
        let generic = plugin == "password";
        let default_domain = generic
            && (self.some("default_domain_id").or_else(|| self.some("default_domain_name"))).is_some();
        if self.secret("password").is_none() {
            faults.push(self.missing("password", Phase::Login, "every login is refused"));
        }
        if self.some("user_id").is_none() {
            if self.some("username").is_none() {
                faults.push(self.missing("username", Phase::Login, "Keystone answers 400 to every login"));
            } else if !default_domain
                && self.some("user_domain_id").or_else(|| self.some("user_domain_name")).is_none()
            {
                faults.push(self.missing(
                    "user_domain_name",
                    Phase::Login,
                    "Keystone answers 400 to every login",
                ));
            }
        }
        if self.some("project_id").is_none()
            && self.some("project_name").is_some()
            && !default_domain
            && self.some("project_domain_id").or_else(|| self.some("project_domain_name")).is_none()
        {
            faults.push(self.missing(
                "project_domain_name",
                Phase::Login,
                "Keystone answers 400 to every login",
            ));
        }
        faults.extend(self.scopes());
        faults
    }

    fn scopes(&self) -> Option<Fault> {
        let given: Vec<&str> = [
            ["project_id", "project_name"],
            ["domain_id", "domain_name"],
            ["trust_id", ""],
            ["system_scope", ""],
        ]
        .iter()
        .filter_map(|names| names.iter().find(|name| self.some(name).is_some()).copied())
        .collect();
        if let [_, second, ..] = given.as_slice() {
            return Some(self.fault(FaultKind::TwoScopes, Phase::Login, second));
        }
        if self.some("system_scope").is_some_and(|scope| scope != "all") {
            return Some(self.fault(FaultKind::SystemScope, Phase::Login, "system_scope"));
        }
        None
    }

    fn application_credential_login(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        const SCOPES: [&str; 6] =
            ["project_id", "project_name", "domain_id", "domain_name", "trust_id", "system_scope"];
        for option in SCOPES.into_iter().filter(|option| self.some(option).is_some()) {
            faults.push(self.fault(FaultKind::ScopeNotAllowed { option }, Phase::Login, option));
        }
        let by_name = self.some("application_credential_id").is_none();
        if by_name && self.some("user_id").is_none() && self.some("username").is_none() {
            faults.push(self.missing("username", Phase::Login, "Keystone answers 400 to every login"));
        }
        faults
    }

    /// The login, once nothing is known to be wrong with it.
    fn credential(&self, plugin: &str, transport: &Transport) -> Option<Credential> {
        let generic = plugin == "password";
        let method = if plugin == "v3applicationcredential" {
            self.application_credential_method()?
        } else {
            Method::Password { user: self.user(generic)?, password: self.secret("password")?.clone() }
        };
        let default_domain = self.some("default_domain_id").or_else(|| self.some("default_domain_name"));
        Some(Credential {
            auth_url: self.text("auth_url")?.to_owned(),
            method,
            scope: if plugin == "v3applicationcredential" { Scope::None } else { self.scope(generic) },
            discovers: generic,
            prefers_newest: generic && default_domain.is_some(),
            transport: transport.clone(),
        })
    }

    fn application_credential_method(&self) -> Option<Method> {
        let secret = self.secret("application_credential_secret")?.clone();
        if let Some(id) = self.some("application_credential_id") {
            return Some(Method::ApplicationCredentialId { id: id.to_owned(), secret });
        }
        let name = self.some("application_credential_name")?.to_owned();
        Some(Method::ApplicationCredentialName { name, user: self.user(false)?, secret })
    }

    fn user(&self, generic: bool) -> Option<UserRef> {
        if let Some(id) = self.some("user_id") {
            return Some(UserRef::Id(id.to_owned()));
        }
        let domain = self.domain("user_domain_id", "user_domain_name", generic);
        Some(UserRef::Name { name: self.some("username")?.to_owned(), domain })
    }

    /// An id beats a name, also where the id is only the default domain's.
    fn domain(&self, id: &str, name: &str, generic: bool) -> Option<Ref> {
        let default = |option: &str| if generic { self.some(option) } else { None };
        let by_id = self.some(id).or_else(|| default("default_domain_id"));
        let by_name = self.some(name).or_else(|| default("default_domain_name"));
        by_id.map(|id| Ref::Id(id.to_owned())).or_else(|| by_name.map(|name| Ref::Name(name.to_owned())))
    }

    fn scope(&self, generic: bool) -> Scope {
        if let Some(id) = self.some("domain_id") {
            Scope::Domain(Ref::Id(id.to_owned()))
        } else if let Some(name) = self.some("domain_name") {
            Scope::Domain(Ref::Name(name.to_owned()))
        } else if let Some(id) = self.some("project_id") {
            Scope::ProjectId(id.to_owned())
        } else if let Some(name) = self.some("project_name") {
            let domain = self.domain("project_domain_id", "project_domain_name", generic);
            Scope::ProjectName { name: name.to_owned(), domain }
        } else if let Some(id) = self.some("trust_id") {
            Scope::Trust(id.to_owned())
        } else if self.some("system_scope").is_some() {
            Scope::System
        } else {
            Scope::None
        }
    }
}

/// Why an `auth_url` can never work, if so.
fn impossible_url(url: &str, plugin: &str) -> Option<&'static str> {
    if url.is_empty() {
        return Some("it is empty");
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("it has no scheme such as http://");
    };
    if !["http", "https"].contains(&scheme.to_lowercase().as_str()) {
        return Some("its scheme is neither http nor https");
    }
    if rest.is_empty() || rest.starts_with(['/', '?', '#', ':']) {
        return Some("it names no host");
    }
    if url.trim_end_matches('/').ends_with("/v3/auth/tokens") {
        return Some(if plugin == "password" {
            "it ends in /v3/auth/tokens, and the plugin hangs for ever while it looks for the API's versions there"
        } else {
            "it ends in /v3/auth/tokens, and the plugin adds that path once more"
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_that_can_never_work_are_known() {
        for url in ["", "h:5000/v3", "keystone/v3", "https:/h/v3", "//h:5000/v3", "http://:5000/v3"] {
            assert!(impossible_url(url, "password").is_some(), "{url}");
        }
        assert!(impossible_url("http://h/v3/auth/tokens", "v3password").is_some());
        for url in ["http://h", "https://h:5000/v3/", "HTTP://h/identity"] {
            assert!(impossible_url(url, "password").is_none(), "{url}");
        }
    }
}

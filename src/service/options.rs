//! The options of one auth plugin as read, and what comes of them: known to
//! fail, a login that can be tried, or one that this program cannot do.

use super::credential::{Credential, Method, Ref, Scope, Transport, UserRef};
use super::login::{Fault, FaultKind, LoginPlan, Phase, Purpose, unreadable};
use super::plugins;
use super::stand_in::{StandIn, stand_in};
use crate::catalog::Plugin;
use crate::config::{Place, Reading, Setting, Value};
use crate::secret::Secret;

/// Options that rule out version 2 of the API, which knows no domains.
const DOMAINS: [&str; 6] = [
    "domain_id",
    "domain_name",
    "project_domain_id",
    "project_domain_name",
    "user_domain_id",
    "user_domain_name",
];

/// The plugin's options as read.
pub(super) struct Options<'s> {
    pub(super) plugin: &'static Plugin,
    settings: &'s [Setting],
    section: Option<Place>,
}

impl<'s> Options<'s> {
    /// The settings are those of the plugin's options; `section` is the header to
    /// blame for what is not there.
    pub(super) fn new(plugin: &'static Plugin, settings: &'s [Setting], section: Option<Place>) -> Self {
        Self { plugin, settings, section }
    }

    pub(super) fn find(&self, name: &str) -> Option<&'s Setting> {
        self.settings.iter().find(|setting| setting.spec.name == name)
    }

    /// Set, even if to nothing.
    pub(super) fn text(&self, name: &str) -> Option<&'s str> {
        self.find(name)?.text()
    }

    /// Set to something: what Python calls true.
    pub(super) fn some(&self, name: &str) -> Option<&'s str> {
        self.find(name)?.truthy_text()
    }

    /// Whether one of them holds something, a number or secret included.
    pub(super) fn holds(&self, names: &[&str]) -> bool {
        names.iter().filter_map(|name| self.find(name)).any(|setting| match &setting.reading {
            Reading::Value(Value::Str(text)) => !text.is_empty(),
            Reading::Value(Value::Secret(text)) => !text.expose().is_empty(),
            Reading::Value(value) => *value != Value::Null,
            _ => false,
        })
    }

    /// Whether one of them is set to something.
    pub(super) fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.some(name).is_some())
    }

    pub(super) fn is_there(&self, name: &str) -> bool {
        self.find(name).is_some_and(Setting::is_set)
    }

    /// Whether the plugin knows the option at all.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// A secret that is not empty.
    pub(super) fn secret(&self, name: &str) -> Option<&'s Secret> {
        self.find(name)?.secret_value().filter(|secret| !secret.expose().is_empty())
    }

    /// Whether the plugin asks `auth_url` for its versions first.
    pub(super) fn discovers(&self) -> bool {
        matches!(self.plugin.name, "password" | "token")
    }

    fn place(&self, name: &str) -> Option<Place> {
        self.find(name)?.place()
    }

    /// A fault at an option's line, or at the section where the option is not.
    pub(super) fn fault(&self, kind: FaultKind, phase: Phase, at: &str) -> Fault {
        Fault { kind, phase, place: self.place(at).or_else(|| self.section.clone()) }
    }

    pub(super) fn missing(&self, option: &'static str, phase: Phase, consequence: &'static str) -> Fault {
        self.fault(FaultKind::Missing { option, consequence }, phase, option)
    }

    /// What can be done with the login.
    pub(super) fn plan(&self, (transport, purpose): (&Transport, Purpose)) -> LoginPlan {
        let unreadable: Vec<Fault> =
            self.settings.iter().filter(|s| s.is_invalid()).map(unreadable).collect();
        if !unreadable.is_empty() {
            return LoginPlan::Invalid(unreadable);
        }
        if let Some(reason) = self.host_dependent().or_else(|| self.hidden()) {
            return LoginPlan::Unsupported { reason };
        }
        if purpose == Purpose::OtherService && matches!(self.plugin.name, "none" | "http_basic") {
            // Services without Keystone, such as a standalone ironic, are called so.
            let reason = format!("auth_type = {} logs in to no Keystone", self.plugin.name);
            return LoginPlan::Unsupported { reason };
        }
        let mut faults = plugins::faults(self);
        if self.find("auth_url").and_then(stand_in).is_some() {
            faults.retain(|fault| !matches!(fault.kind, FaultKind::AuthUrl { .. }));
        }
        if !faults.is_empty() {
            return LoginPlan::Invalid(faults);
        }
        if let Some(reason) = self.stand_in() {
            return LoginPlan::Unsupported { reason };
        }
        if let Some(reason) = plugins::unsupported(self.plugin.name) {
            return LoginPlan::Unsupported { reason: reason.to_owned() };
        }
        match self.credential(transport, purpose) {
            Some(credential) => LoginPlan::Ready(Box::new(credential)),
            None => LoginPlan::Unsupported { reason: "its options do not make a login".to_owned() },
        }
    }

    /// Why a value cannot be known here, if one cannot.
    fn host_dependent(&self) -> Option<String> {
        self.settings.iter().find_map(|setting| match &setting.reading {
            Reading::HostDependent(name) => Some(format!(
                "{} hangs on ${name}, whose value is known only where the service runs",
                setting.spec.name
            )),
            _ => None,
        })
    }

    /// Why a login cannot be spoken of, if so: names and URLs are shown, and a
    /// `$name` can put a secret there.
    fn hidden(&self) -> Option<String> {
        let hidden = self.settings.iter().find(|setting| setting.secret && !setting.spec.secret)?;
        Some(format!("{} stands for a secret, and this program shows such options", hidden.spec.name))
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

    /// The login, once nothing is known to be wrong with it.
    fn credential(&self, transport: &Transport, purpose: Purpose) -> Option<Credential> {
        Some(Credential {
            auth_url: self.text("auth_url")?.to_owned(),
            method: self.method(purpose)?,
            scope: self.scope(),
            discovers: self.discovers(),
            prefers_newest: self.any(&["default_domain_id", "default_domain_name"]),
            excludes_v2: self.discovers() && self.any(&DOMAINS),
            transport: transport.clone(),
        })
    }

    fn method(&self, purpose: Purpose) -> Option<Method> {
        match self.plugin.name {
            "password" | "v3password" => {
                Some(Method::Password { user: self.user()?, password: self.secret("password")?.clone() })
            }
            "token" | "v3token" => Some(Method::Token { token: self.secret("token")?.clone() }),
            "v3totp" => Some(Method::Totp { user: self.user()?, passcode: self.secret("passcode")?.clone() }),
            "v3applicationcredential" => self.application_credential(),
            "v3oauth2clientcredential" => Some(Method::OAuth2 {
                id: self.some("oauth2_client_id")?.to_owned(),
                secret: self.secret("oauth2_client_secret")?.clone(),
                // A token that is only handed on is fetched without the second
                // request, which is for keystoneauth1's own ones.
                endpoint: match purpose {
                    Purpose::Middleware | Purpose::OtherService => {
                        Some(self.some("oauth2_endpoint")?.to_owned())
                    }
                    Purpose::ServiceToken => None,
                },
            }),
            _ => None,
        }
    }

    fn application_credential(&self) -> Option<Method> {
        let secret = self.secret("application_credential_secret")?.clone();
        if let Some(id) = self.some("application_credential_id") {
            return Some(Method::ApplicationCredentialId { id: id.to_owned(), secret });
        }
        let name = self.some("application_credential_name")?.to_owned();
        Some(Method::ApplicationCredentialName { name, user: self.user()?, secret })
    }

    fn user(&self) -> Option<UserRef> {
        if let Some(id) = self.some("user_id") {
            return Some(UserRef::Id(id.to_owned()));
        }
        let domain = self.domain("user_domain_id", "user_domain_name");
        Some(UserRef::Name { name: self.some("username")?.to_owned(), domain })
    }

    /// An id beats a name, also where the id is only the default domain's. Only
    /// the plugins without a version in their name have a default domain.
    fn domain(&self, id: &str, name: &str) -> Option<Ref> {
        let by_id = self.some(id).or_else(|| self.some("default_domain_id"));
        let by_name = self.some(name).or_else(|| self.some("default_domain_name"));
        by_id.map(|id| Ref::Id(id.to_owned())).or_else(|| by_name.map(|name| Ref::Name(name.to_owned())))
    }

    fn scope(&self) -> Scope {
        if let Some(id) = self.some("domain_id") {
            Scope::Domain(Ref::Id(id.to_owned()))
        } else if let Some(name) = self.some("domain_name") {
            Scope::Domain(Ref::Name(name.to_owned()))
        } else if let Some(id) = self.some("project_id") {
            Scope::ProjectId(id.to_owned())
        } else if let Some(name) = self.some("project_name") {
            let domain = self.domain("project_domain_id", "project_domain_name");
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

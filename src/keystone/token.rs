//! What a token says, without the token, and safe to print.

use serde_json::Value;

use crate::config::printable;

/// The contents of a token.
#[derive(Debug, Clone, Default)]
pub struct TokenFacts {
    /// Names of the roles; implied ones are among them.
    pub roles: Vec<String>,
    /// The user's id.
    pub user_id: String,
    /// The user's name.
    pub user: String,
    /// The name of the user's domain.
    pub user_domain: String,
    /// What it is scoped to.
    pub scope: TokenScope,
    /// When it ends, as Keystone writes it.
    pub expires_at: Option<String>,
    /// When the user's password ends, if it does.
    pub password_expires_at: Option<String>,
    /// The application credential that it was got with, if it was with one.
    pub application_credential: Option<ApplicationCredential>,
    /// The endpoints of the catalogue.
    pub catalog: Vec<Endpoint>,
    /// How far Keystone's clock is ahead of this host's, in seconds, where its
    /// answer tells the time.
    pub clock_ahead: Option<i64>,
}

/// An application credential: it has a part of its user's roles, and its own end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApplicationCredential {
    /// Its id.
    pub id: String,
    /// When it ends, if it does and Keystone told.
    pub expires_at: Option<String>,
}

/// What a token is scoped to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum TokenScope {
    /// Nothing; it carries no roles and no catalogue.
    #[default]
    Unscoped,
    /// A project.
    Project {
        /// Its name.
        name: String,
        /// The name of its domain.
        domain: String,
    },
    /// A domain, by name.
    Domain(String),
    /// The system.
    System,
}

/// One endpoint of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The service's type, such as `identity`.
    pub service_type: String,
    /// `public`, `internal` or `admin`.
    pub interface: String,
    /// The region, if it has one.
    pub region: Option<String>,
    /// Its URL.
    pub url: String,
}

impl TokenFacts {
    /// Reads the answer to a token request; `None` if it is not Keystone's.
    pub(super) fn parse(answer: &Value) -> Option<Self> {
        let token = answer.get("token")?.as_object()?;
        let user = token.get("user");
        Some(Self {
            roles: list(token.get("roles")).filter_map(|role| text(role, "name")).collect(),
            user_id: user.and_then(|user| text(user, "id")).unwrap_or_default(),
            user: user.and_then(|user| text(user, "name")).unwrap_or_default(),
            user_domain: user.and_then(|user| text(user.get("domain")?, "name")).unwrap_or_default(),
            scope: scope(token),
            expires_at: token.get("expires_at").and_then(Value::as_str).map(printable),
            password_expires_at: user.and_then(|user| text(user, "password_expires_at")),
            application_credential: token
                .get("application_credential")
                .and_then(|credential| text(credential, "id"))
                .map(|id| ApplicationCredential { id, expires_at: None }),
            catalog: list(token.get("catalog")).flat_map(endpoints).collect(),
            clock_ahead: None,
        })
    }

    /// The project's name, if scoped to one.
    pub fn project(&self) -> Option<&str> {
        match &self.scope {
            TokenScope::Project { name, .. } => Some(name),
            _ => None,
        }
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text(object: &Value, key: &str) -> Option<String> {
    object.get(key)?.as_str().map(printable)
}

fn scope(token: &serde_json::Map<String, Value>) -> TokenScope {
    if let Some(project) = token.get("project") {
        let domain = project.get("domain").and_then(|domain| text(domain, "name"));
        return TokenScope::Project {
            name: text(project, "name").unwrap_or_default(),
            domain: domain.unwrap_or_default(),
        };
    }
    if let Some(domain) = token.get("domain") {
        return TokenScope::Domain(text(domain, "name").unwrap_or_default());
    }
    if token.contains_key("system") { TokenScope::System } else { TokenScope::Unscoped }
}

fn endpoints(service: &Value) -> Vec<Endpoint> {
    let service_type = text(service, "type").unwrap_or_default();
    list(service.get("endpoints"))
        .filter_map(|endpoint| {
            Some(Endpoint {
                service_type: service_type.clone(),
                interface: text(endpoint, "interface")?,
                region: text(endpoint, "region_id").or_else(|| text(endpoint, "region")),
                url: text(endpoint, "url")?,
            })
        })
        .collect()
}

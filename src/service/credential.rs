//! A login that can be tried: everything the auth plugin would send, and over
//! what kind of connection.

use crate::secret::Secret;
use crate::text::lower;

/// All that a login needs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Credential {
    /// `auth_url` exactly as the plugin gets it.
    pub auth_url: String,
    /// Who logs in, and how.
    pub method: Method,
    /// What the token is asked for.
    pub scope: Scope,
    /// Whether the plugin asks the URL for its versions first (the plugins
    /// without a version in their name).
    pub discovers: bool,
    /// Whether the newest version is taken (`default_domain_*` is set) instead
    /// of the oldest.
    pub prefers_newest: bool,
    /// Whether a domain is set, so that version 2 of the API is passed over.
    pub excludes_v2: bool,
    /// TLS and time-outs of the session the service would use.
    pub transport: Transport,
}

/// How a user proves to be one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Method {
    /// A user and a password.
    Password {
        /// Who.
        user: UserRef,
        /// The password.
        password: Secret,
    },
    /// An application credential by its id.
    ApplicationCredentialId {
        /// The id.
        id: String,
        /// The secret.
        secret: Secret,
    },
    /// An application credential by name and user.
    ApplicationCredentialName {
        /// The name.
        name: String,
        /// Whose it is.
        user: UserRef,
        /// The secret.
        secret: Secret,
    },
    /// A token that is exchanged for another.
    Token {
        /// The token.
        token: Secret,
    },
    /// A user and a one-time passcode.
    Totp {
        /// Who.
        user: UserRef,
        /// The passcode.
        passcode: Secret,
    },
    /// An application credential used as an OAuth 2.0 client credential.
    OAuth2 {
        /// The id.
        id: String,
        /// The secret.
        secret: Secret,
        /// Where an access token is fetched as well, for those who need one.
        endpoint: Option<String>,
    },
}

/// A name or an id, as Keystone takes them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Ref {
    /// By id.
    Id(String),
    /// By name.
    Name(String),
}

impl Ref {
    /// The name or id, for people.
    pub fn label(&self) -> &str {
        match self {
            Self::Id(text) | Self::Name(text) => text,
        }
    }
}

/// A user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum UserRef {
    /// By id; no domain is sent.
    Id(String),
    /// By name, with a domain where one is known.
    Name {
        /// The name.
        name: String,
        /// The domain.
        domain: Option<Ref>,
    },
}

impl UserRef {
    /// The name or id, for people.
    pub fn label(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Name { name, .. } => name,
        }
    }
}

/// What the token is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Nothing: Keystone gives the user's default project or no scope at all.
    None,
    /// A domain.
    Domain(Ref),
    /// A project by id.
    ProjectId(String),
    /// A project by name, with its domain where one is known.
    ProjectName {
        /// The name.
        name: String,
        /// The domain.
        domain: Option<Ref>,
    },
    /// A trust.
    Trust(String),
    /// The whole system.
    System,
}

impl Scope {
    /// The project's name or id, for people.
    pub fn project_label(&self) -> Option<&str> {
        match self {
            Self::ProjectId(id) => Some(id),
            Self::ProjectName { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// TLS and time-outs as the service's own session would have them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Transport {
    /// A CA file that replaces the system's trust store.
    pub cafile: Option<String>,
    /// Client certificate.
    pub certfile: Option<String>,
    /// Its key.
    pub keyfile: Option<String>,
    /// Whether the server's certificate is not looked at.
    pub insecure: bool,
}

impl Credential {
    /// Whether the other one is the same login, over whatever session.
    pub fn is_same_login(&self, other: &Self) -> bool {
        let Self { auth_url, method, scope, discovers, prefers_newest, excludes_v2, transport: _ } = self;
        *auth_url == other.auth_url
            && *method == other.method
            && *scope == other.scope
            && (*discovers, *prefers_newest, *excludes_v2)
                == (other.discovers, other.prefers_newest, other.excludes_v2)
    }

    /// What proves the user.
    pub fn secret(&self) -> &Secret {
        match &self.method {
            Method::Password { password: secret, .. }
            | Method::ApplicationCredentialId { secret, .. }
            | Method::ApplicationCredentialName { secret, .. }
            | Method::Token { token: secret }
            | Method::Totp { passcode: secret, .. }
            | Method::OAuth2 { secret, .. } => secret,
        }
    }

    /// Whether the settings of the session matter at all.
    pub fn uses_tls(&self) -> bool {
        self.auth_url.to_lowercase().starts_with("https")
    }

    /// The account this login counts against, at this Keystone: what Keystone
    /// locks after too many refusals. Names are compared without case, since a
    /// database may do so.
    pub fn account(&self) -> String {
        let mut account = keystone_root(&self.auth_url);
        match &self.method {
            Method::Password { user, .. }
            | Method::Totp { user, .. }
            | Method::ApplicationCredentialName { user, .. } => match user {
                UserRef::Id(id) => account.extend([" user id ", id]),
                UserRef::Name { name, domain } => {
                    let domain = domain.as_ref().map_or("", Ref::label);
                    account.extend([" user ", &*lower(name), "@", &*lower(domain)]);
                }
            },
            Method::ApplicationCredentialId { id, .. } | Method::OAuth2 { id, .. } => {
                account.extend([" application credential ", id]);
            }
            // Whose token it is shows only once Keystone has taken it.
            Method::Token { .. } => account.push_str(" token"),
        }
        account
    }

    /// A name for Keystone, user and scope together, without any secret: equal
    /// logins have equal names, also in reports of different hosts.
    pub fn identity(&self) -> String {
        let scope = match &self.scope {
            Scope::None => String::new(),
            Scope::Domain(domain) => format!("domain {}", domain.label()),
            Scope::ProjectId(id) => format!("project {id}"),
            Scope::ProjectName { name, domain } => {
                format!("project {name}@{}", domain.as_ref().map_or("", |domain| domain.label()))
            }
            Scope::Trust(id) => format!("trust {id}"),
            Scope::System => "system".to_owned(),
        };
        crate::text::fingerprint([self.account().as_str(), scope.as_str()])
    }

    /// The user's name or id, where the login names one.
    pub fn user_label(&self) -> Option<&str> {
        match &self.method {
            Method::Password { user, .. }
            | Method::Totp { user, .. }
            | Method::ApplicationCredentialName { user, .. } => Some(user.label()),
            Method::ApplicationCredentialId { .. } | Method::OAuth2 { .. } | Method::Token { .. } => None,
        }
    }
}

/// The Keystone that a URL means, whatever version its path names.
pub fn keystone_root(auth_url: &str) -> String {
    let trimmed = auth_url.trim_end_matches('/');
    let root = trimmed.strip_suffix("/v3").or_else(|| trimmed.strip_suffix("/v2.0")).unwrap_or(trimmed);
    root.trim_end_matches('/').to_lowercase()
}

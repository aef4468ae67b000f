//! Creates what a test needs in Keystone, over its API, as its admin.
//!
//! A thin layer: a function per request, ids as strings. Names are the
//! caller's to keep apart; `unique` helps. It is not the client under test and
//! shares nothing with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::{Request, Response};
use url::form_urlencoded::Serializer;

/// The domain that bootstrapping creates, id and all.
pub(crate) const DEFAULT_DOMAIN: &str = "default";

/// Keystone did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("{request}: {source}")]
    Http { request: String, source: Box<ureq::Error> },
    #[error("{request}: HTTP {status}: {body}")]
    Refused { request: String, status: u16, body: String },
    #[error("{request}: no {pointer} in {body}")]
    Unexpected { request: String, pointer: String, body: String },
}

/// What a role is granted on and a token is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope<'a> {
    Project(&'a str),
    Domain(&'a str),
    System,
}

/// A user's way to log in. Ids throughout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    /// None asks for no scope, which gives the default project if there is one.
    pub(crate) scope: Option<Scope<'a>>,
}

/// A token and what Keystone says it holds.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) secret: String,
    pub(crate) roles: Vec<String>,
}

/// An application credential, once created.
#[derive(Clone, Debug)]
pub(crate) struct ApplicationCredential {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// The admin, logged in.
#[derive(Debug)]
pub(crate) struct Admin {
    api: Api,
    token: String,
}

impl Admin {
    /// Logs in with the password that bootstrapping set.
    pub(crate) fn login(url: &str, password: &str) -> Result<Self, ApiError> {
        let api = Api::new(url);
        let identity = json!({
            "methods": ["password"],
            "password": {"user": {
                "name": "admin", "domain": {"id": DEFAULT_DOMAIN}, "password": password,
            }},
        });
        let project = json!({"name": "admin", "domain": {"id": DEFAULT_DOMAIN}});
        let auth = json!({"identity": identity, "scope": {"project": project}});
        let token = api.token(&auth)?.secret;
        Ok(Self { api, token })
    }

    pub(crate) fn create_domain(&self, name: &str) -> Result<String, ApiError> {
        self.create("domain", &json!({"name": name}))
    }

    pub(crate) fn create_project(&self, name: &str, domain: &str) -> Result<String, ApiError> {
        self.create("project", &json!({"name": name, "domain_id": domain}))
    }

    pub(crate) fn create_user(
        &self,
        name: &str,
        password: &str,
        domain: &str,
        default_project: Option<&str>,
    ) -> Result<String, ApiError> {
        let mut user = json!({"name": name, "password": password, "domain_id": domain});
        if let Some(project) = default_project {
            user["default_project_id"] = project.into();
        }
        self.create("user", &user)
    }

    pub(crate) fn disable_user(&self, user: &str) -> Result<(), ApiError> {
        let body = json!({"user": {"enabled": false}});
        self.send("PATCH", &format!("/users/{user}"), &body).map(drop)
    }

    pub(crate) fn create_group(&self, name: &str, domain: &str) -> Result<String, ApiError> {
        self.create("group", &json!({"name": name, "domain_id": domain}))
    }

    pub(crate) fn add_to_group(&self, user: &str, group: &str) -> Result<(), ApiError> {
        self.put(&format!("/groups/{group}/users/{user}"))
    }

    pub(crate) fn create_role(&self, name: &str) -> Result<String, ApiError> {
        self.create("role", &json!({"name": name}))
    }

    /// A role that belongs to a domain; its name never shows in a token.
    pub(crate) fn create_domain_role(&self, name: &str, domain: &str) -> Result<String, ApiError> {
        self.create("role", &json!({"name": name, "domain_id": domain}))
    }

    /// The id of a role that is there, such as those of bootstrapping.
    pub(crate) fn role(&self, name: &str) -> Result<String, ApiError> {
        let query = Serializer::new(String::new()).append_pair("name", name).finish();
        let answer = self.send("GET", &format!("/roles?{query}"), &Value::Null)?;
        answer.string("/roles/0/id")
    }

    pub(crate) fn imply(&self, prior: &str, implied: &str) -> Result<(), ApiError> {
        self.put(&format!("/roles/{prior}/implies/{implied}"))
    }

    pub(crate) fn grant(&self, user: &str, role: &str, on: Scope<'_>) -> Result<(), ApiError> {
        self.put(&format!("{}/users/{user}/roles/{role}", target(on)))
    }

    pub(crate) fn grant_group(&self, group: &str, role: &str, on: Scope<'_>) -> Result<(), ApiError> {
        self.put(&format!("{}/groups/{group}/roles/{role}", target(on)))
    }

    /// On every project below, not on the domain or project itself.
    pub(crate) fn grant_inherited(&self, user: &str, role: &str, on: Scope<'_>) -> Result<(), ApiError> {
        let target = target(on);
        self.put(&format!("/OS-INHERIT{target}/users/{user}/roles/{role}/inherited_to_projects"))
    }

    pub(crate) fn create_region(&self, id: &str) -> Result<String, ApiError> {
        self.create("region", &json!({"id": id}))
    }

    pub(crate) fn create_service(&self, kind: &str, name: &str) -> Result<String, ApiError> {
        self.create("service", &json!({"type": kind, "name": name}))
    }

    /// `interface` is public, internal or admin.
    pub(crate) fn create_endpoint(
        &self,
        service: &str,
        interface: &str,
        url: &str,
        region: &str,
    ) -> Result<String, ApiError> {
        let endpoint = json!({
            "service_id": service, "interface": interface, "url": url, "region_id": region,
        });
        self.create("endpoint", &endpoint)
    }

    /// A token of any user, from this Keystone.
    pub(crate) fn token(&self, login: Login<'_>) -> Result<Token, ApiError> {
        self.api.token(&login.auth())
    }

    /// Created by the user, as Keystone demands. `roles` are names and a part
    /// of those the user has in the login's project; `more` is merged into the
    /// request (`expires_at`, `access_rules`, `unrestricted`).
    pub(crate) fn create_application_credential(
        &self,
        login: Login<'_>,
        name: &str,
        roles: &[&str],
        more: &Value,
    ) -> Result<ApplicationCredential, ApiError> {
        let token = self.token(login)?.secret;
        let roles: Vec<Value> = roles.iter().map(|name| json!({"name": name})).collect();
        let mut credential = json!({"name": name, "roles": roles});
        for (key, value) in more.as_object().into_iter().flatten() {
            credential[key] = value.clone();
        }
        let path = format!("/users/{}/application_credentials", login.user);
        let body = json!({"application_credential": credential});
        let answer = self.api.send("POST", &path, &[("X-Auth-Token", &token)], &body)?;
        Ok(ApplicationCredential {
            id: answer.string("/application_credential/id")?,
            secret: answer.string("/application_credential/secret")?,
        })
    }

    /// Lets `trustee` act as the user of the login in `project`, with those roles.
    pub(crate) fn create_trust(
        &self,
        login: Login<'_>,
        trustee: &str,
        project: &str,
        roles: &[&str],
    ) -> Result<String, ApiError> {
        let token = self.token(login)?.secret;
        let roles: Vec<Value> = roles.iter().map(|name| json!({"name": name})).collect();
        let trust = json!({
            "trustor_user_id": login.user, "trustee_user_id": trustee, "project_id": project,
            "impersonation": false, "roles": roles,
        });
        let headers = [("X-Auth-Token", token.as_str())];
        let answer = self.api.send("POST", "/OS-TRUST/trusts", &headers, &json!({"trust": trust}))?;
        answer.string("/trust/id")
    }

    /// A token by an application credential, whose scope is its own.
    pub(crate) fn application_credential_token(
        &self,
        credential: &ApplicationCredential,
    ) -> Result<Token, ApiError> {
        self.api.token(&json!({"identity": {
            "methods": ["application_credential"],
            "application_credential": {"id": credential.id, "secret": credential.secret},
        }}))
    }

    /// Whether Keystone accepts the token at this moment.
    pub(crate) fn accepts(&self, token: &str) -> Result<bool, ApiError> {
        let headers = [("X-Auth-Token", self.token.as_str()), ("X-Subject-Token", token)];
        match self.api.send("GET", "/auth/tokens", &headers, &Value::Null) {
            Ok(_) => Ok(true),
            Err(ApiError::Refused { status: 404, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether the owner of a token may read what stands at a path.
    pub(crate) fn may_read(&self, token: &Token, path: &str) -> Result<bool, ApiError> {
        match self.api.send("GET", path, &[("X-Auth-Token", &token.secret)], &Value::Null) {
            Ok(_) => Ok(true),
            Err(ApiError::Refused { status: 403, .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn create(&self, kind: &str, body: &Value) -> Result<String, ApiError> {
        let answer = self.send("POST", &format!("/{kind}s"), &json!({ kind: body }))?;
        answer.string(&format!("/{kind}/id"))
    }

    fn put(&self, path: &str) -> Result<(), ApiError> {
        self.send("PUT", path, &Value::Null).map(drop)
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Result<Answer, ApiError> {
        self.api.send(method, path, &[("X-Auth-Token", &self.token)], body)
    }
}

impl Login<'_> {
    fn auth(self) -> Value {
        let user = json!({"id": self.user, "password": self.password});
        let mut auth = json!({
            "identity": {"methods": ["password"], "password": {"user": user}},
        });
        auth["scope"] = match self.scope {
            None => return auth,
            Some(Scope::Project(id)) => json!({"project": {"id": id}}),
            Some(Scope::Domain(id)) => json!({"domain": {"id": id}}),
            Some(Scope::System) => json!({"system": {"all": true}}),
        };
        auth
    }
}

/// A token from any Keystone, for a caller who is not its admin.
pub(crate) fn token(url: &str, login: Login<'_>) -> Result<Token, ApiError> {
    Api::new(url).token(&login.auth())
}

/// The name with a number that no other call in this process gets.
pub(crate) fn unique(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn target(on: Scope<'_>) -> String {
    match on {
        Scope::Project(id) => format!("/projects/{id}"),
        Scope::Domain(id) => format!("/domains/{id}"),
        Scope::System => "/system".to_owned(),
    }
}

/// One Keystone's address and the connections to it.
#[derive(Debug)]
struct Api {
    agent: Agent,
    url: String,
}

impl Api {
    fn new(url: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)));
        Self { agent: config.build().into(), url: format!("{url}/v3") }
    }

    fn token(&self, auth: &Value) -> Result<Token, ApiError> {
        let answer = self.send("POST", "/auth/tokens", &[], &json!({ "auth": auth }))?;
        let roles = answer.body["token"]["roles"].as_array().into_iter().flatten();
        let roles = roles.filter_map(|role| role["name"].as_str().map(str::to_owned)).collect();
        let secret = answer.token.clone().ok_or_else(|| answer.lacks("X-Subject-Token"))?;
        Ok(Token { secret, roles })
    }

    fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Result<Answer, ApiError> {
        let request = format!("{method} {path}");
        let failed =
            |source: ureq::Error| ApiError::Http { request: request.clone(), source: Box::new(source) };
        let mut builder = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let mut response = if body.is_null() {
            self.run(builder.body(()))
        } else {
            builder = builder.header("Content-Type", "application/json");
            self.run(builder.body(body.to_string()))
        }
        .map_err(failed)?;
        let status = response.status();
        let text = response.body_mut().read_to_string().map_err(failed)?;
        if !status.is_success() {
            return Err(ApiError::Refused { request, status: status.as_u16(), body: text });
        }
        let token = response.headers().get("X-Subject-Token");
        let token = token.and_then(|value| value.to_str().ok()).map(str::to_owned);
        // 204 has no body.
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer { request, token, body })
    }

    fn run<B: ureq::AsSendBody>(
        &self,
        request: Result<Request<B>, ureq::http::Error>,
    ) -> Result<Response<ureq::Body>, ureq::Error> {
        self.agent.run(request?)
    }
}

struct Answer {
    request: String,
    token: Option<String>,
    body: Value,
}

impl Answer {
    fn string(&self, pointer: &str) -> Result<String, ApiError> {
        let value = self.body.pointer(pointer).and_then(Value::as_str);
        value.map(str::to_owned).ok_or_else(|| self.lacks(pointer))
    }

    fn lacks(&self, pointer: &str) -> ApiError {
        ApiError::Unexpected {
            request: self.request.clone(),
            pointer: pointer.to_owned(),
            body: self.body.to_string(),
        }
    }
}

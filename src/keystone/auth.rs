//! Asking for a token: the body that keystoneauth1 would post, and what
//! Keystone's answer means.
//!
//! Source: keystoneauth1 `identity/v3/base.py`, `v3/password.py`,
//! `v3/application_credential.py`, 5.18.1.

use serde_json::{Value, json};

use super::LoginOutcome;
use super::discovery::version_url;
use super::fault::{Fault, FaultKind};
use super::http::{Answer, Ask, Http, is_refusal, status_text};
use super::token::TokenFacts;
use super::url::token_url;
use crate::config::printable;
use crate::secret::Secret;
use crate::service::{Credential, Method, Ref, Scope, UserRef};

/// A login's outcome, and the token if there is one.
pub(super) struct Attempt {
    pub(super) outcome: LoginOutcome,
    pub(super) token: Option<Secret>,
}

impl Attempt {
    pub(super) fn without_token(outcome: LoginOutcome) -> Self {
        Self { outcome, token: None }
    }
}

/// Logs in once.
pub(super) async fn login(http: &Http, credential: &Credential) -> Attempt {
    match try_login(http, credential).await {
        Ok(attempt) => attempt,
        Err(fault) => Attempt::without_token(LoginOutcome::Unreachable(fault)),
    }
}

async fn try_login(http: &Http, credential: &Credential) -> Result<Attempt, Fault> {
    let base = version_url(http, credential).await?;
    let body = Secret::new(body(credential).to_string());
    let ask = Ask { url: &token_url(&base), body: Some(&body), tokens: &[] };
    let answer = http.send(&credential.transport, &ask).await?;
    understand(&answer)
}

fn understand(answer: &Answer) -> Result<Attempt, Fault> {
    let json = answer.json();
    if is_refusal(answer.status) {
        let Some(detail) = json.as_ref().and_then(keystone_error) else {
            let detail = format!("status {} without Keystone's error document", answer.status);
            return Err(Fault::new(FaultKind::NotKeystone, detail));
        };
        return Ok(Attempt::without_token(LoginOutcome::Refused { status: answer.status, detail }));
    }
    if answer.status >= 400 {
        return Err(Fault::new(FaultKind::Status(answer.status), status_text(answer.status)));
    }
    let facts = json.as_ref().and_then(TokenFacts::parse);
    let token = answer.header("x-subject-token").filter(|token| !token.is_empty());
    match (facts, token) {
        (Some(facts), Some(token)) => Ok(Attempt {
            outcome: LoginOutcome::Ok(Box::new(facts)),
            token: Some(Secret::new(token.to_owned())),
        }),
        (Some(_), None) => Err(Fault::new(FaultKind::NotKeystone, "no X-Subject-Token header")),
        (None, _) => {
            let detail = format!("status {} and no token document", answer.status);
            Err(Fault::new(FaultKind::NotKeystone, detail))
        }
    }
}

/// Keystone's own words, shortened and made safe to print.
fn keystone_error(document: &Value) -> Option<String> {
    let error = document.get("error")?;
    let message = error.get("message").and_then(Value::as_str).or_else(|| error.as_str())?;
    Some(printable(message).chars().take(200).collect())
}

/// The body of the request.
fn body(credential: &Credential) -> Value {
    let identity = match &credential.method {
        Method::Password { user, password } => {
            let mut user = user_json(user);
            user["password"] = json!(password.expose());
            json!({"methods": ["password"], "password": {"user": user}})
        }
        Method::ApplicationCredentialId { id, secret } => application_credential(&json!({
            "id": id, "secret": secret.expose(),
        })),
        Method::ApplicationCredentialName { name, user, secret } => application_credential(&json!({
            "name": name, "secret": secret.expose(), "user": user_json(user),
        })),
    };
    match scope(&credential.scope) {
        Some(scope) => json!({"auth": {"identity": identity, "scope": scope}}),
        None => json!({"auth": {"identity": identity}}),
    }
}

fn application_credential(data: &Value) -> Value {
    json!({"methods": ["application_credential"], "application_credential": data})
}

fn user_json(user: &UserRef) -> Value {
    match user {
        UserRef::Id(id) => json!({"id": id}),
        UserRef::Name { name, domain: None } => json!({"name": name}),
        UserRef::Name { name, domain: Some(domain) } => json!({"name": name, "domain": reference(domain)}),
    }
}

fn reference(reference: &Ref) -> Value {
    match reference {
        Ref::Id(id) => json!({"id": id}),
        Ref::Name(name) => json!({"name": name}),
    }
}

fn scope(scope: &Scope) -> Option<Value> {
    Some(match scope {
        Scope::None => return None,
        Scope::Domain(domain) => json!({"domain": reference(domain)}),
        Scope::ProjectId(id) => json!({"project": {"id": id}}),
        Scope::ProjectName { name, domain: None } => json!({"project": {"name": name}}),
        Scope::ProjectName { name, domain: Some(domain) } => {
            json!({"project": {"name": name, "domain": reference(domain)}})
        }
        Scope::Trust(id) => json!({"OS-TRUST:trust": {"id": id}}),
        Scope::System => json!({"system": {"all": true}}),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Transport;

    fn credential(method: Method, scope: Scope) -> Credential {
        Credential {
            auth_url: "http://h".into(),
            method,
            scope,
            discovers: false,
            prefers_newest: false,
            transport: Transport::default(),
        }
    }

    #[test]
    fn the_body_is_what_keystoneauth_posts() {
        let user = UserRef::Name { name: "nova".into(), domain: Some(Ref::Name("Default".into())) };
        let scope = Scope::ProjectName { name: "service".into(), domain: Some(Ref::Id("default".into())) };
        let password = Secret::new("p".into());
        assert_eq!(
            body(&credential(Method::Password { user, password }, scope)),
            json!({"auth": {
                "identity": {"methods": ["password"], "password": {"user": {
                    "name": "nova", "domain": {"name": "Default"}, "password": "p"}}},
                "scope": {"project": {"name": "service", "domain": {"id": "default"}}},
            }})
        );
    }

    #[test]
    fn an_application_credential_asks_for_no_scope() {
        let method = Method::ApplicationCredentialId { id: "i".into(), secret: Secret::new("s".into()) };
        assert_eq!(
            body(&credential(method, Scope::None)),
            json!({"auth": {"identity": {
                "methods": ["application_credential"], "application_credential": {"id": "i", "secret": "s"}}}})
        );
    }
}

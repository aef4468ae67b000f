//! Asking for a token: the body that keystoneauth1 would post, and what
//! Keystone's answer means.
//!
//! Source: keystoneauth1 `identity/v3/base.py`, `v3/password.py`,
//! `v3/application_credential.py`, 5.18.1.

use serde_json::{Value, json};

use super::LoginOutcome;
use super::discovery::version_url;
use super::fault::{Fault, FaultKind};
use super::http::{Answer, Ask, Body, Http, is_refusal};
use super::token::TokenFacts;
use super::url::token_url;
use crate::config::printable;
use crate::secret::Secret;
use crate::service::{Credential, Method, Ref, Scope, Transport, UserRef};

/// No token of Keystone's is longer; PKI tokens came near it.
const MAX_TOKEN: usize = 16 << 10;

/// A login's outcome, and the token if there is one.
pub(super) struct Attempt {
    pub(super) outcome: LoginOutcome,
    pub(super) token: Option<Secret>,
    /// What is wrong with each session, if anything.
    pub(super) sessions: Vec<Option<Fault>>,
    /// Where the token came from.
    pub(super) tokens_url: Option<String>,
}

impl Attempt {
    pub(super) fn without_token(outcome: LoginOutcome) -> Self {
        Self { outcome, token: None, sessions: Vec::new(), tokens_url: None }
    }

    /// What the token says, and the token.
    pub(super) fn token(&self) -> Option<(&TokenFacts, &Secret)> {
        match &self.outcome {
            LoginOutcome::Ok(facts) => Some((facts, self.token.as_ref()?)),
            _ => None,
        }
    }
}

/// Logs in once.
pub(super) async fn login(http: &Http, credential: &Credential, transport: &Transport) -> Attempt {
    let attempt = try_login(http, credential, transport).await;
    attempt.unwrap_or_else(|fault| Attempt::without_token(LoginOutcome::Unreachable(fault)))
}

async fn try_login(http: &Http, credential: &Credential, transport: &Transport) -> Result<Attempt, Fault> {
    let base = version_url(http, credential, transport).await?;
    let body = Secret::new(body(credential).to_string());
    // The token plugins send their token twice.
    let tokens: Vec<_> = match &credential.method {
        Method::Token { token } => vec![("x-auth-token", token)],
        _ => Vec::new(),
    };
    let url = token_url(&base);
    let ask = Ask { body: Some(Body::Json(&body)), tokens: &tokens, ..Ask::get(&url) };
    let answer = http.send(transport, &ask).await?;
    let attempt = Attempt { tokens_url: Some(url), ..understand(&answer)? };
    match (&credential.method, &attempt.outcome) {
        (Method::OAuth2 { id, secret, endpoint: Some(endpoint) }, LoginOutcome::Ok(_)) => {
            let refused = access_token(http, transport, endpoint, (id, secret)).await?;
            Ok(refused.map_or(attempt, Attempt::without_token))
        }
        _ => Ok(attempt),
    }
}

/// Fetches the OAuth 2.0 access token that goes beside the token; the outcome if
/// it is refused.
async fn access_token(
    http: &Http,
    transport: &Transport,
    endpoint: &str,
    client: (&str, &Secret),
) -> Result<Option<LoginOutcome>, Fault> {
    let ask = Ask {
        body: Some(Body::Form("grant_type=client_credentials")),
        basic: Some(client),
        ..Ask::get(endpoint)
    };
    let answer = http.send(transport, &ask).await?;
    if answer.status == 200 {
        let there = answer.json().is_some_and(|json| json.get("access_token").is_some());
        let fault = || Fault::new(FaultKind::NotKeystone, "no access token at oauth2_endpoint");
        return if there { Ok(None) } else { Err(fault()) };
    }
    let detail = format!("oauth2_endpoint answered {}", answer.status);
    if is_refusal(answer.status) {
        return Ok(Some(LoginOutcome::Refused { status: answer.status, detail }));
    }
    Err(Fault::of_status(&answer))
}

fn understand(answer: &Answer) -> Result<Attempt, Fault> {
    let json = answer.json();
    if is_refusal(answer.status) {
        let detail = match json.as_ref().and_then(keystone_error) {
            Some(detail) => detail,
            // Keystone itself answers so to a path that it does not know.
            None if answer.status == 404 => "there is no such path".to_owned(),
            None => return Err(Fault::of_body(answer, "without Keystone's error document")),
        };
        return Ok(Attempt::without_token(LoginOutcome::Refused { status: answer.status, detail }));
    }
    if answer.status == 300 {
        return Err(Fault::new(FaultKind::Choices, ""));
    }
    if answer.status >= 301 {
        return Err(Fault::of_status(answer));
    }
    let Some(mut facts) = json.as_ref().and_then(TokenFacts::parse) else {
        return Err(Fault::of_body(answer, "no token in it"));
    };
    facts.clock_ahead = answer.clock_ahead();
    let token = Some(subject_token(answer)?);
    Ok(Attempt { token, ..Attempt::without_token(LoginOutcome::Ok(Box::new(facts))) })
}

/// The token itself, which stands in a header.
fn subject_token(answer: &Answer) -> Result<Secret, Fault> {
    let Some(value) = answer.headers.get("x-subject-token") else {
        return Err(Fault::new(FaultKind::NoToken, "there is none"));
    };
    let text = value.to_str().map_err(|_| Fault::new(FaultKind::NoToken, "it is no plain text"))?;
    match text.len() {
        0 => Err(Fault::new(FaultKind::NoToken, "it is empty")),
        1..=MAX_TOKEN => Ok(Secret::new(text.to_owned())),
        length => Err(Fault::new(FaultKind::NoToken, format!("it has {length} characters"))),
    }
}

/// Keystone's own words, made safe to print.
fn keystone_error(document: &Value) -> Option<String> {
    let error = document.get("error")?;
    error.get("message").and_then(Value::as_str).or_else(|| error.as_str()).map(printable)
}

/// The body of the request.
fn body(credential: &Credential) -> Value {
    let identity = match &credential.method {
        Method::Token { token } => json!({"methods": ["token"], "token": {"id": token.expose()}}),
        Method::Totp { user, passcode } => {
            let mut user = user_json(user);
            user["passcode"] = json!(passcode.expose());
            json!({"methods": ["totp"], "totp": {"user": user}})
        }
        Method::OAuth2 { id, secret, .. } => application_credential(&json!({
            "id": id, "secret": secret.expose(),
        })),
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

    fn credential(method: Method, scope: Scope) -> Credential {
        Credential {
            auth_url: "http://h".into(),
            method,
            scope,
            discovers: false,
            prefers_newest: false,
            excludes_v2: false,
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

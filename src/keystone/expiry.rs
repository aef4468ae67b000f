//! When an application credential ends. The token does not say so, but its owner
//! may ask; keystoneauth1 never does. An answer that is none costs nothing.

use super::http::{Ask, Http};
use super::token::TokenFacts;
use crate::config::printable;
use crate::secret::Secret;
use crate::service::{Method, Transport};

/// Whether a login may end by a date that its token does not tell.
pub(super) fn is_asked_for(method: &Method) -> bool {
    match method {
        Method::ApplicationCredentialId { .. }
        | Method::ApplicationCredentialName { .. }
        | Method::OAuth2 { .. } => true,
        Method::Password { .. } | Method::Token { .. } | Method::Totp { .. } => false,
    }
}

/// The end of the token's application credential, asked for where the token came
/// from.
pub(super) async fn ask(
    http: &Http,
    transport: &Transport,
    tokens_url: &str,
    (facts, token): (&TokenFacts, &Secret),
) -> Option<String> {
    let url = url(tokens_url, facts)?;
    let answer = http.send(transport, &Ask { tokens: &[("x-auth-token", token)], ..Ask::get(&url) }).await;
    let json = answer.ok().filter(|answer| answer.status == 200)?.json()?;
    json.get("application_credential")?.get("expires_at")?.as_str().map(printable)
}

/// Below version 3 of the API. The ids are Keystone's words, so they are looked at
/// before they become a part of a URL.
fn url(tokens_url: &str, facts: &TokenFacts) -> Option<String> {
    let version = tokens_url.strip_suffix("/auth/tokens")?;
    let credential = &facts.application_credential.as_ref()?.id;
    let plain =
        |id: &str| !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let user = &facts.user_id;
    (plain(user) && plain(credential))
        .then(|| format!("{version}/users/{user}/application_credentials/{credential}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keystone::token::ApplicationCredential;

    #[test]
    fn only_ids_become_a_part_of_the_url() {
        let facts = |user: &str, id: &str| TokenFacts {
            user_id: user.to_owned(),
            application_credential: Some(ApplicationCredential { id: id.to_owned(), expires_at: None }),
            ..TokenFacts::default()
        };
        let tokens = "https://h/identity/v3/auth/tokens";
        assert_eq!(
            url(tokens, &facts("u1", "c-2")).as_deref(),
            Some("https://h/identity/v3/users/u1/application_credentials/c-2")
        );
        assert_eq!(url(tokens, &facts("..", "c")), None);
        assert_eq!(url(tokens, &facts("u", "c/../x")), None);
        assert_eq!(url(tokens, &TokenFacts::default()), None);
    }
}

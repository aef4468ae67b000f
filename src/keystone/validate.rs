//! Validating another user's token as a receiver's middleware would.
//!
//! Source: keystonemiddleware `auth_token/_identity.py`; keystoneauth1
//! `access/service_catalog.py`.

use super::ValidationOutcome;
use super::fault::Fault;
use super::http::{Ask, Http, is_refusal};
use super::token::{Endpoint, TokenFacts};
use super::url::{split, token_url};
use crate::secret::Secret;
use crate::service::Transport;

/// The identity endpoint that a receiver validates at, from its own catalogue.
///
/// # Errors
///
/// Why there is none, as a sentence fragment.
pub(super) fn endpoint<'t>(
    facts: &'t TokenFacts,
    interface: &str,
    region: Option<&str>,
) -> Result<&'t str, String> {
    if facts.catalog.is_empty() {
        return Err("its token has no catalogue, since it is not scoped to a project, domain or the system"
            .to_owned());
    }
    let identity: Vec<&Endpoint> =
        facts.catalog.iter().filter(|endpoint| endpoint.service_type == "identity").collect();
    // keystoneauth1 takes `internalURL` for `internal`.
    let interface = interface.trim_end_matches(['U', 'R', 'L']);
    let fits = |endpoint: &&&Endpoint| {
        endpoint.interface == interface
            && region.is_none_or(|region| endpoint.region.as_deref() == Some(region))
    };
    if let Some(endpoint) = identity.iter().find(fits) {
        return Ok(&endpoint.url);
    }
    let mut there: Vec<String> = identity
        .iter()
        .map(|endpoint| {
            format!("{} in {}", endpoint.interface, endpoint.region.as_deref().unwrap_or("no region"))
        })
        .collect();
    there.dedup();
    let wanted = region.map_or_else(String::new, |region| format!(" in region {region}"));
    let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
    Err(format!("its catalogue has no {interface} identity endpoint{wanted} (it has: {there})"))
}

/// Asks Keystone about `subject` with the receiver's own token.
pub(super) async fn validate(
    http: &Http,
    transport: &Transport,
    endpoint: &str,
    own: &Secret,
    subject: &Secret,
) -> ValidationOutcome {
    if split(endpoint).scheme.is_empty() {
        return ValidationOutcome::NoEndpoint { reason: "its identity endpoint is no URL".to_owned() };
    }
    let url = token_url(endpoint);
    let ask = Ask { tokens: &[("x-auth-token", own), ("x-subject-token", subject)], ..Ask::get(&url) };
    match http.send(transport, &ask).await {
        Err(fault) => ValidationOutcome::Unreachable(fault),
        Ok(answer) if answer.status < 300 && answer.json().is_some_and(|j| j.get("token").is_some()) => {
            ValidationOutcome::Works
        }
        Ok(answer) if is_refusal(answer.status) => ValidationOutcome::Forbidden { status: answer.status },
        Ok(answer) if answer.status >= 400 => ValidationOutcome::Unreachable(Fault::of_status(&answer)),
        Ok(answer) => ValidationOutcome::Unreachable(Fault::of_body(&answer, "no token in it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> TokenFacts {
        let endpoint = |interface: &str, region: &str| Endpoint {
            service_type: "identity".into(),
            interface: interface.into(),
            region: Some(region.into()),
            url: format!("http://{interface}.{region}"),
        };
        TokenFacts {
            catalog: vec![endpoint("public", "One"), endpoint("internal", "Two")],
            ..TokenFacts::default()
        }
    }

    #[test]
    fn the_endpoint_is_the_catalogue_s() {
        assert_eq!(endpoint(&facts(), "internalURL", None), Ok("http://internal.Two"));
        assert_eq!(endpoint(&facts(), "public", Some("One")), Ok("http://public.One"));
        assert!(endpoint(&facts(), "internal", Some("One")).is_err());
        assert!(endpoint(&facts(), "admin", None).is_err());
        assert!(endpoint(&TokenFacts::default(), "internal", None).unwrap_err().contains("not scoped"));
    }
}

//! The requests of a run before any of them is sent.

use super::expiry;
use super::probe::Probe;
use super::run::{Login, Validation};
use super::url::token_url;
use crate::config::mask;
use crate::service::Method;

/// The requests of a login in their order, without secrets. Redirects add to
/// them.
pub fn requests(login: &Login) -> Vec<String> {
    let credential = &login.credential;
    let url = mask(&credential.auth_url, false);
    let mut lines = Vec::new();
    if credential.discovers {
        lines.push(format!("GET {url}"));
        lines.push("POST auth/tokens below the URL of version 3 that it names".to_owned());
    } else {
        lines.push(format!("POST {}", token_url(&url)));
    }
    if let Method::OAuth2 { endpoint: Some(endpoint), .. } = &credential.method {
        lines.push(format!("POST {}", mask(endpoint, false)));
    }
    if expiry::is_asked_for(&credential.method) {
        lines.push("GET users/…/application_credentials/… beside it: when it expires".to_owned());
    }
    // Only one session carries the login.
    for _ in login.transports.iter().skip(1) {
        lines.push(format!("GET {url} with the TLS settings of another section, without a secret"));
    }
    lines
}

/// The request of a validation.
pub fn validation_request(validation: &Validation) -> String {
    let region = validation.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
    format!(
        "GET v3/auth/tokens at the {} identity endpoint{region} of its catalogue, about another user's token",
        validation.interface
    )
}

/// The requests of a probe.
pub fn probe_request(probe: &Probe) -> String {
    let endpoint = probe.endpoint.as_ref().map_or_else(
        || {
            let region = probe.region.as_ref().map_or_else(String::new, |region| format!(" in {region}"));
            let (interfaces, types) = (probe.interfaces.join(" or "), probe.service_types.join(" or "));
            format!("the {interfaces} {types} endpoint{region} of its catalogue")
        },
        |url| mask(url, false),
    );
    format!("GET {} at {endpoint}, without and with X-Service-Token", probe.path)
}

//! Which URL the plugins without a version in their name log in at.
//!
//! Source: keystoneauth1 `identity/generic/base.py` (`_do_create_plugin`) and
//! `discover.py`, 5.18.1.

use serde_json::Value;

use super::fault::{Fault, FaultKind};
use super::http::{Answer, Ask, Http};
use super::url::{combine, split};
use crate::service::{Credential, Ref, Scope};

/// The URL whose `/auth/tokens` the login is posted to.
pub(super) async fn version_url(http: &Http, credential: &Credential) -> Result<String, Fault> {
    if !credential.discovers {
        return Ok(credential.auth_url.clone());
    }
    let ask = Ask { url: &credential.auth_url, body: None, tokens: &[] };
    let failure = match http.send(&credential.transport, &ask).await {
        Ok(answer) if answer.status < 400 => match versions(&answer, &credential.auth_url) {
            Some(versions) => return choose(versions, credential),
            None => Fault::new(FaultKind::NotKeystone, "it lists no versions"),
        },
        Ok(answer) if answer.status == 401 => {
            let detail =
                "it wants a token before it lists its versions, and there keystoneauth1 hangs for ever";
            return Err(Fault::new(FaultKind::NotKeystone, detail));
        }
        Ok(answer) => fault_of_status(&answer),
        Err(fault) => fault,
    };
    guess(credential, failure)
}

fn fault_of_status(answer: &Answer) -> Fault {
    if answer.status >= 500 || answer.status == 429 {
        Fault::new(FaultKind::Status(answer.status), super::http::status_text(answer.status))
    } else {
        Fault::new(
            FaultKind::NotKeystone,
            format!("status {} to the question for its versions", answer.status),
        )
    }
}

/// Without a list of versions keystoneauth1 takes the version from the path.
fn guess(credential: &Credential, failure: Fault) -> Result<String, Fault> {
    let path = split(&credential.auth_url).path().to_lowercase();
    if path.starts_with("/v3") { Ok(credential.auth_url.clone()) } else { Err(failure) }
}

/// A version of the API that a Keystone offers.
struct Version {
    number: Vec<u64>,
    url: String,
}

/// The versions in a discovery document, oldest first; `None` if it is none.
fn versions(answer: &Answer, asked: &str) -> Option<Vec<Version>> {
    let document = answer.json()?;
    let list = match document.get("versions") {
        Some(Value::Object(nested)) => nested.get("values")?.as_array()?.clone(),
        Some(list) => list.as_array()?.clone(),
        None => vec![document.get("version").or_else(|| document.get("id").map(|_| &document))?.clone()],
    };
    let mut versions: Vec<Version> = list.iter().filter_map(|entry| version(entry, asked)).collect();
    versions.sort_by(|a, b| a.number.cmp(&b.number));
    Some(versions)
}

fn version(entry: &Value, asked: &str) -> Option<Version> {
    let status = entry.get("status")?.as_str()?.to_lowercase();
    if !["stable", "current", "supported", "deprecated"].contains(&status.as_str()) {
        return None;
    }
    let number: Option<Vec<u64>> =
        entry.get("id")?.as_str()?.trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect();
    let links = entry.get("links")?.as_array()?;
    let own = links.iter().rev().find(|link| {
        link.get("rel").and_then(Value::as_str).is_some_and(|rel| rel.eq_ignore_ascii_case("self"))
    })?;
    Some(Version { number: number?, url: combine(asked, own.get("href")?.as_str()?)? })
}

/// The first version that fits: version 2 knows no domains.
fn choose(mut versions: Vec<Version>, credential: &Credential) -> Result<String, Fault> {
    if credential.prefers_newest {
        versions.reverse();
    }
    for version in versions {
        match version.number.first() {
            Some(3) => return Ok(version.url),
            Some(2) if !has_domain(credential) => {
                let detail = "it offers version 2.0, and the plugin takes that where no domain is set";
                return Err(Fault::new(FaultKind::NoVersion3, detail));
            }
            _ => {}
        }
    }
    Err(Fault::new(FaultKind::NoVersion3, ""))
}

/// Whether any domain is sent, which rules version 2 out.
fn has_domain(credential: &Credential) -> bool {
    use crate::service::{Method, UserRef};
    let user = match &credential.method {
        Method::Password { user: UserRef::Name { domain, .. }, .. } => domain.is_some(),
        _ => false,
    };
    let scope = match &credential.scope {
        Scope::Domain(Ref::Id(_) | Ref::Name(_)) => true,
        Scope::ProjectName { domain, .. } => domain.is_some(),
        _ => false,
    };
    user || scope
}

//! Which URL the plugins without a version in their name log in at.
//!
//! Source: keystoneauth1 `identity/generic/base.py` (`_do_create_plugin`) and
//! `discover.py`, 5.18.1.

use serde_json::Value;

use super::fault::{Fault, FaultKind};
use super::http::{Answer, Http};
use super::url::{combine, split};
use crate::service::{Credential, Transport};

/// The URL whose `/auth/tokens` the login is posted to.
pub(super) async fn version_url(
    http: &Http,
    credential: &Credential,
    transport: &Transport,
) -> Result<String, Fault> {
    if !credential.discovers {
        return Ok(credential.auth_url.clone());
    }
    let answer = match http.get(transport, &credential.auth_url).await {
        Ok(answer) => answer,
        // Nothing that follows could do better at the same host.
        Err(fault) if is_final(fault.kind) => return Err(fault),
        Err(fault) => return guess(credential, fault),
    };
    if answer.status == 401 {
        return Err(Fault::new(FaultKind::VersionsWantToken, ""));
    }
    if answer.status >= 400 {
        let fault = match answer.status {
            429 | 500.. => Fault::of_status(&answer),
            status if answer.is_web_page() || status == 400 => Fault::of_body(&answer, "no list of versions"),
            status => Fault::new(
                FaultKind::NotKeystone,
                format!("status {status} to the question for its versions"),
            ),
        };
        return guess(credential, fault);
    }
    match entries(&answer) {
        Some(entries) => choose(versions(&entries, &credential.auth_url)?, credential),
        None => guess(credential, Fault::of_body(&answer, "no list of versions")),
    }
}

/// Whether the same host would fail in the same way once more, and in the same
/// words, so that no secret need be risked on it.
fn is_final(kind: FaultKind) -> bool {
    !matches!(
        kind,
        FaultKind::Broken
            | FaultKind::BadHttp
            | FaultKind::TooLarge
            | FaultKind::RedirectLoop
            | FaultKind::RedirectBroken
    )
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

/// The entries of a discovery document; `None` if it is none.
fn entries(answer: &Answer) -> Option<Vec<Value>> {
    let document = answer.json()?;
    let document = document.as_object()?;
    if let Some(versions) = document.get("versions") {
        return versions.get("values").unwrap_or(versions).as_array().cloned();
    }
    if let Some(version) = document.get("version") {
        return Some(vec![version.clone()]);
    }
    document.contains_key("id").then(|| {
        let mut only = document.clone();
        only.insert("status".to_owned(), Value::from("CURRENT"));
        vec![Value::Object(only)]
    })
}

/// The usable versions, oldest first. A number that is none ends keystoneauth1's
/// attempt, while an entry that lacks something is passed over.
fn versions(entries: &[Value], asked: &str) -> Result<Vec<Version>, Fault> {
    let mut versions = Vec::new();
    for entry in entries.iter().filter(|entry| is_offered(entry)) {
        let (Some(id), Some(links)) = (entry.get("id"), entry.get("links")) else { continue };
        let number = id
            .as_str()
            .and_then(number)
            .ok_or_else(|| Fault::new(FaultKind::NotKeystone, "its list has a version that is no number"))?;
        if let Some(url) = own_link(links).and_then(|link| combine(asked, link)) {
            versions.push(Version { number, url });
        }
    }
    versions.sort_by(|a, b| a.number.cmp(&b.number));
    Ok(versions)
}

fn is_offered(entry: &Value) -> bool {
    let status = entry.get("status").and_then(Value::as_str).unwrap_or_default().to_lowercase();
    ["stable", "current", "supported", "deprecated"].contains(&status.as_str())
}

fn number(id: &str) -> Option<Vec<u64>> {
    id.trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect()
}

fn own_link(links: &Value) -> Option<&str> {
    let own = links.as_array()?.iter().rev().find(|link| {
        link.get("rel").and_then(Value::as_str).is_some_and(|rel| rel.eq_ignore_ascii_case("self"))
    })?;
    own.get("href")?.as_str()
}

/// The first version that fits: version 2 knows no domains.
fn choose(mut versions: Vec<Version>, credential: &Credential) -> Result<String, Fault> {
    if credential.prefers_newest {
        versions.reverse();
    }
    for version in versions {
        match version.number.first() {
            Some(3) => return Ok(version.url),
            Some(2) if !credential.excludes_v2 => {
                let detail = "it offers version 2.0, and the plugin takes that where no domain is set";
                return Err(Fault::new(FaultKind::NoVersion3, detail));
            }
            _ => {}
        }
    }
    Err(Fault::new(FaultKind::NoVersion3, ""))
}

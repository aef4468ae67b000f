//! Asking a running service whether it rejects a service token.
//!
//! The sender's token serves as the user's token and as the service token; the
//! same harmless GET is sent without and with the second. A 401 that comes only
//! with it is the middleware's. Nothing else can be learnt from outside: a token
//! that is not rejected may be trusted or ignored.

use super::fault::{Fault, FaultKind};
use super::http::{Ask, Http};
use super::token::TokenFacts;
use crate::config::mask;
use crate::secret::Secret;
use crate::service::Transport;

/// A service to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// Index into the logins: the sender's.
    pub login: usize,
    /// Its types in the catalogue, newest first.
    pub service_types: &'static [&'static str],
    /// The interfaces that are looked for, the preferred one first.
    pub interfaces: Vec<String>,
    /// The region, if one is asked for.
    pub region: Option<String>,
    /// A URL that stands for the catalogue's.
    pub endpoint: Option<String>,
    /// What is asked for below the endpoint.
    pub path: &'static str,
    /// The session.
    pub transport: Transport,
}

/// What a probe shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The request passes without the service token and gets 401 with it.
    Rejected,
    /// The service token makes no such difference.
    NotRejected,
    /// The request is refused without the service token too.
    NoUser {
        /// The HTTP status.
        status: u16,
    },
    /// The catalogue has no endpoint for the sender's settings.
    NoEndpoint,
    /// Nothing was learnt.
    Unreachable(Fault),
    /// There was no token to ask with.
    NotTried,
}

impl Evidence {
    /// Why it shows nothing, as a sentence fragment; `None` if it shows something.
    pub fn why_none(&self) -> Option<String> {
        match self {
            Self::Rejected | Self::NotRejected => None,
            Self::NoUser { status } => Some(format!(
                "it answers {status} to the user token alone, so its own login is to be looked at"
            )),
            Self::NoEndpoint => Some("Keystone's catalogue has no endpoint for these settings".to_owned()),
            Self::Unreachable(Fault { kind: FaultKind::Status(status), detail }) => {
                Some(format!("it answers {status} {detail}"))
            }
            Self::Unreachable(fault) => Some(fault.summary()),
            Self::NotTried => Some("there is no token to ask with".to_owned()),
        }
    }

    /// What to do to learn more.
    pub fn help(&self, service: &str) -> String {
        match self {
            Self::NoUser { .. } => format!("give {service}'s file, and read its log"),
            Self::NoEndpoint => "openstack endpoint list shows what there is".to_owned(),
            Self::Unreachable(fault) if fault.kind.is_of_session() => fault.help().to_owned(),
            _ => {
                format!("check that {service} runs there and can be reached from this host, and read its log")
            }
        }
    }
}

/// What a probe shows, and where.
#[derive(Debug, Clone)]
pub struct ProbeOutcome {
    /// The URL that was asked, safe to print.
    pub url: String,
    /// What it shows.
    pub evidence: Evidence,
}

impl ProbeOutcome {
    pub(super) fn without_url(evidence: Evidence) -> Self {
        Self { url: String::new(), evidence }
    }
}

/// The URL to ask, by the sender's own catalogue.
pub(super) fn url(probe: &Probe, facts: &TokenFacts) -> Option<String> {
    let base = probe.endpoint.as_deref().or_else(|| from_catalogue(probe, facts))?.trim_end_matches('/');
    // An endpoint may name the version already.
    let version = probe.path.split_once('/').map(|(version, _)| version).filter(|word| word.starts_with('v'));
    let path = match version {
        Some(version) if base.ends_with(&format!("/{version}")) => &probe.path[version.len() + 1..],
        _ => probe.path,
    };
    Some(format!("{base}/{path}"))
}

fn from_catalogue<'f>(probe: &Probe, facts: &'f TokenFacts) -> Option<&'f str> {
    let fits = |interface: &str, service_type: &str| {
        facts.catalog.iter().find(|endpoint| {
            endpoint.service_type == service_type
                && endpoint.interface == interface.trim_end_matches("URL")
                && probe.region.as_deref().is_none_or(|region| endpoint.region.as_deref() == Some(region))
        })
    };
    let found = probe
        .interfaces
        .iter()
        .find_map(|interface| probe.service_types.iter().find_map(|kind| fits(interface, kind)))?;
    Some(&found.url)
}

/// Asks without and with the service token.
pub(super) async fn ask(http: &Http, probe: &Probe, url: &str, token: &Secret) -> ProbeOutcome {
    let shown = mask(url, false);
    let evidence = evidence(http, probe, url, token).await.unwrap_or_else(Evidence::Unreachable);
    ProbeOutcome { url: shown, evidence }
}

async fn evidence(http: &Http, probe: &Probe, url: &str, token: &Secret) -> Result<Evidence, Fault> {
    let user = [("x-auth-token", token)];
    let without = http.send(&probe.transport, &Ask { tokens: &user, ..Ask::get(url) }).await?.status;
    match without {
        401 => return Ok(Evidence::NoUser { status: without }),
        500.. => return Err(Fault::new(FaultKind::Status(without), "without a service token")),
        _ => {}
    }
    let both = [("x-auth-token", token), ("x-service-token", token)];
    let with = http.send(&probe.transport, &Ask { tokens: &both, ..Ask::get(url) }).await?.status;
    match with {
        401 => Ok(Evidence::Rejected),
        500.. => Err(Fault::new(FaultKind::Status(with), "with the service token")),
        _ => Ok(Evidence::NotRejected),
    }
}

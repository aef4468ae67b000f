//! The requests of a run as they went out, without their secrets.

use super::fault::Fault;
use super::http::{Answer, Ask};
use crate::config::mask;

/// One request, safe to print.
#[derive(Debug, Clone)]
pub struct Sent {
    /// Its method, URL and the names of the headers that held tokens.
    pub request: String,
    /// Whether a server named the URL, in a redirect.
    pub(super) redirected: bool,
    pub(super) end: End,
}

/// What came of a request.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// Nothing until the time was up.
    Nothing,
    /// A whole answer, with this status.
    Status(u16),
    /// No whole answer, for this reason.
    Fault(Fault),
}

impl Sent {
    pub(super) fn new(url: &str, redirected: bool, ask: &Ask<'_>) -> Self {
        let method = if ask.body.is_some() { "POST" } else { "GET" };
        let headers: Vec<&str> = ask.tokens.iter().map(|(name, _)| header(name)).collect();
        let with =
            if headers.is_empty() { String::new() } else { format!(" with {}", headers.join(" and ")) };
        Self { request: format!("{method} {}{with}", mask(url, false)), redirected, end: End::Nothing }
    }

    pub(super) fn ended(&mut self, answer: &Result<Answer, Fault>) {
        self.end = match answer {
            Ok(answer) => End::Status(answer.status),
            Err(fault) => End::Fault(fault.clone()),
        };
    }

    /// What came of it: a status, or why there is none.
    pub fn outcome(&self) -> String {
        match &self.end {
            End::Nothing => "no whole answer in time".to_owned(),
            End::Status(status) => status.to_string(),
            End::Fault(fault) => fault.summary(),
        }
    }
}

/// A header's name as people know it.
fn header(name: &str) -> &str {
    match name {
        "x-auth-token" => "X-Auth-Token",
        "x-service-token" => "X-Service-Token",
        "x-subject-token" => "X-Subject-Token",
        other => other,
    }
}

//! What the rules about logins share: walking over every login that matters.

use super::Context;
use crate::facts::{LoginState, ServiceFacts};
use crate::findings::Severity;
use crate::service::{Login, Sender};

/// A login of a service, and what depends on it.
pub(super) struct Subject<'f> {
    pub(super) service: &'f ServiceFacts,
    pub(super) login: &'f Login,
    pub(super) state: &'f LoginState,
    /// The sender it belongs to; the receiver's own login if none.
    pub(super) sender: Option<&'f Sender>,
}

impl Subject<'_> {
    /// The id of the service.
    pub(super) fn id(&self) -> &str {
        &self.service.service.id
    }

    /// How bad it is when this login does not work: a sender that is switched
    /// off does no harm yet.
    pub(super) fn severity(&self) -> Severity {
        match self.sender {
            Some(sender) if !sender.sends() => Severity::Note,
            _ => Severity::Error,
        }
    }

    /// What does not work without this login.
    pub(super) fn consequence(&self) -> String {
        let name = &self.service.service.name;
        match self.sender {
            Some(sender) => {
                format!("every call {name} makes with a service token from [{}] fails", sender.section)
            }
            None => format!("{name} cannot validate any token, so every request with one fails"),
        }
    }
}

/// The logins of all explicit senders and of all receivers. An implicit
/// sender's login is its receiver's and comes once. A service that does not
/// start has none.
pub(super) fn all<'f>(context: &Context<'f>) -> Vec<Subject<'f>> {
    let facts = context.facts;
    let mut subjects = Vec::new();
    for service in facts.services.iter().filter(|s| s.service.configuration.failure().is_none()) {
        let senders = service.service.senders.iter().zip(&service.senders);
        for (sender, state) in senders.filter(|(sender, _)| !sender.implicit) {
            subjects.push(Subject { service, login: &sender.login, state, sender: Some(sender) });
        }
        if let (Some(receiver), Some(facts)) = (&service.service.receiver, &service.receiver) {
            subjects.push(Subject { service, login: &receiver.login, state: &facts.login, sender: None });
        }
    }
    subjects
}

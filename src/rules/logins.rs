//! What the rules about logins share: walking over every login that matters.

use super::Context;
use crate::facts::{LoginState, ServiceFacts};
use crate::findings::Severity;
use crate::service::{Fault, Login, LoginPlan, OtherLogin, Sender};

/// A login of a service, and what depends on it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'f> {
    pub(super) service: &'f ServiceFacts,
    pub(super) login: &'f Login,
    pub(super) state: &'f LoginState,
    pub(super) whose: Whose<'f>,
}

/// What a login is for.
#[derive(Clone, Copy)]
pub(super) enum Whose<'f> {
    /// The service token of this sender.
    Sender(&'f Sender),
    /// Validating tokens.
    Receiver,
    /// Calls to another service, without a service token.
    Other(&'f OtherLogin),
}

impl<'f> Subject<'f> {
    /// The sender it belongs to, if it does to one.
    pub(super) fn sender(&self) -> Option<&'f Sender> {
        match self.whose {
            Whose::Sender(sender) => Some(sender),
            Whose::Receiver | Whose::Other(_) => None,
        }
    }

    /// Whether a service token takes part.
    pub(super) fn is_of_service_tokens(&self) -> bool {
        !matches!(self.whose, Whose::Other(_))
    }

    /// The id of the service.
    pub(super) fn id(&self) -> &str {
        &self.service.service.id
    }

    /// How bad it is when this login does not work: a sender that is switched
    /// off does no harm yet, and not every login to another service is needed
    /// every day.
    pub(super) fn severity(&self) -> Severity {
        match self.whose {
            Whose::Sender(sender) if !sender.sends() => Severity::Note,
            Whose::Other(other) if !other.purpose.essential => Severity::Warning,
            Whose::Sender(_) | Whose::Receiver | Whose::Other(_) => Severity::Error,
        }
    }

    /// What does not work without this login.
    pub(super) fn consequence(&self) -> String {
        let name = &self.service.service.name;
        match self.whose {
            Whose::Sender(sender) => {
                format!("every call {name} makes with a service token from [{}] fails", sender.section)
            }
            Whose::Receiver => format!("{name} cannot validate any token, so every request with one fails"),
            Whose::Other(other) => format!("{name} {}", other.purpose.without),
        }
    }
}

/// The logins of all explicit senders, of all receivers and to other services, in
/// that order for each service. An implicit sender's login is its receiver's and
/// comes once. A service that does not start has none.
pub(super) fn all<'c, 'f>(context: &'c Context<'f>) -> &'c [Subject<'f>] {
    context.subjects.get_or_init(|| super::lines::services(context).flat_map(of_service).collect())
}

fn of_service<'f>(service: &'f ServiceFacts) -> impl Iterator<Item = Subject<'f>> {
    let senders = service.service.senders.iter().zip(&service.senders);
    let senders = senders.filter(|(sender, _)| !sender.implicit).map(move |(sender, state)| Subject {
        service,
        login: &sender.login,
        state,
        whose: Whose::Sender(sender),
    });
    let receiver = service.service.receiver.as_ref().zip(service.receiver.as_ref());
    let receiver = receiver.map(|(receiver, facts)| Subject {
        service,
        login: &receiver.login,
        state: &facts.login,
        whose: Whose::Receiver,
    });
    let others = service.other_logins().map(move |(other, state)| Subject {
        service,
        login: &other.login,
        state,
        whose: Whose::Other(other),
    });
    senders.chain(receiver).chain(others)
}

/// Every reason why a login cannot be made, with that login.
pub(super) fn faults<'f>(context: &Context<'f>) -> Vec<(Subject<'f>, &'f Fault)> {
    let faults = |subject: &Subject<'f>| {
        let subject = *subject;
        let faults = match &subject.login.plan {
            LoginPlan::Invalid(faults) => faults.as_slice(),
            _ => &[],
        };
        faults.iter().map(move |fault| (subject, fault))
    };
    all(context).iter().flat_map(faults).collect()
}

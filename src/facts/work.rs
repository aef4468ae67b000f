//! Which logins a run needs, and their outcomes brought back to the services.

use super::{Asking, Facts, LoginState, ReceiverFacts, ServiceFacts, Skip, ValidationState};
use crate::config::mask;
use crate::keystone::{
    self, LoginOutcome, Outcome, TokenFacts, TokenScope, Validation, ValidationOutcome, Work,
};
use crate::service::{Credential, Login, LoginPlan, Receiver, Sender, Service};

/// Asks Keystone what the services need to know, once per distinct credential.
///
/// # Errors
///
/// The network runtime cannot be started.
pub fn gather(services: Vec<Service>, asking: &Asking) -> std::io::Result<Facts> {
    let mut plan = Plan::default();
    let tickets: Vec<Tickets> =
        services.iter().map(|service| plan.tickets(service, asking.live.is_some())).collect();
    let logins = plan.work.logins.len();
    let outcome = match asking.live.clone() {
        Some(limits) if logins > 0 => keystone::run(plan.work, limits)?,
        _ => Outcome::default(),
    };
    let services = services
        .into_iter()
        .zip(tickets)
        .map(|(service, tickets)| tickets.redeem(service, &outcome))
        .collect();
    Ok(Facts {
        services,
        live: asking.live.is_some(),
        assumed_roles: asking.assumed_roles.clone(),
        requests: outcome.requests,
        logins,
    })
}

#[derive(Default)]
struct Plan {
    work: Work,
}

/// A login's state, or where in the outcome it will stand.
enum Ticket {
    Known(LoginState),
    Login(usize),
}

struct Tickets {
    senders: Vec<Ticket>,
    receiver: Option<(Ticket, Option<usize>)>,
}

impl Plan {
    fn tickets(&mut self, service: &Service, live: bool) -> Tickets {
        let starts = service.configuration.failure().is_none();
        let senders = service.senders.iter().map(|sender| self.sender(sender, starts, live)).collect();
        let receiver = service.receiver.as_ref().map(|receiver| {
            let ticket = self.login(&receiver.login, starts, live);
            let validation = match &ticket {
                Ticket::Login(login) => {
                    self.work.validations.push(Validation {
                        login: *login,
                        interface: receiver.interface.clone(),
                        region: receiver.region.clone(),
                    });
                    Some(self.work.validations.len() - 1)
                }
                Ticket::Known(_) => None,
            };
            (ticket, validation)
        });
        Tickets { senders, receiver }
    }

    fn sender(&mut self, sender: &Sender, starts: bool, live: bool) -> Ticket {
        if !starts {
            return skip(Skip::DoesNotStart);
        }
        if let LoginPlan::Invalid(faults) = &sender.login.plan {
            return Ticket::Known(LoginState::Invalid(faults.clone()));
        }
        if !sender.sends() {
            return skip(Skip::NotSending);
        }
        self.login(&sender.login, starts, live)
    }

    fn login(&mut self, login: &Login, starts: bool, live: bool) -> Ticket {
        match &login.plan {
            _ if !starts => skip(Skip::DoesNotStart),
            LoginPlan::Invalid(faults) => Ticket::Known(LoginState::Invalid(faults.clone())),
            LoginPlan::NoPlugin => skip(Skip::NoPlugin),
            LoginPlan::Ready(_) | LoginPlan::Unsupported { .. } if !live => skip(Skip::Offline),
            LoginPlan::Unsupported { reason } => skip(Skip::Unsupported(reason.clone())),
            LoginPlan::Ready(credential) => Ticket::Login(self.index(credential)),
        }
    }

    /// The place of a credential among the distinct ones.
    fn index(&mut self, credential: &Credential) -> usize {
        let logins = &mut self.work.logins;
        logins.iter().position(|known| known == credential).unwrap_or_else(|| {
            logins.push(credential.clone());
            logins.len() - 1
        })
    }
}

fn skip(why: Skip) -> Ticket {
    Ticket::Known(LoginState::Skipped { why })
}

impl Tickets {
    fn redeem(self, service: Service, outcome: &Outcome) -> ServiceFacts {
        let senders = self.senders.into_iter().map(|ticket| ticket.redeem(outcome)).collect();
        let receiver = self.receiver.map(|(ticket, validation)| {
            let login = ticket.redeem(outcome);
            let validation = validation.and_then(|index| outcome.validations.get(index));
            let mut validation = validation_state(&login, validation);
            if let ValidationState::NoEndpoint(reason) = &mut validation {
                hide(reason, service.receiver.as_ref());
            }
            ReceiverFacts { validation, login }
        });
        ServiceFacts { service, senders, receiver }
    }
}

impl Ticket {
    fn redeem(self, outcome: &Outcome) -> LoginState {
        match self {
            Self::Known(state) => state,
            Self::Login(index) => outcome.logins.get(index).map_or_else(
                || LoginState::Skipped { why: Skip::Run("it was not reached".to_owned()) },
                state_of,
            ),
        }
    }
}

fn state_of(outcome: &LoginOutcome) -> LoginState {
    match outcome {
        LoginOutcome::Ok(facts) => LoginState::Ok(facts.clone()),
        LoginOutcome::Refused { status, detail } => {
            LoginState::Refused { status: *status, detail: detail.clone() }
        }
        LoginOutcome::Unreachable(fault) => LoginState::Unreachable(fault.clone()),
        LoginOutcome::Skipped { reason } => LoginState::Skipped { why: Skip::Run(reason.clone()) },
    }
}

fn validation_state(login: &LoginState, outcome: Option<&ValidationOutcome>) -> ValidationState {
    match outcome {
        Some(ValidationOutcome::Works) => ValidationState::Works,
        Some(ValidationOutcome::Forbidden { status }) => ValidationState::Forbidden { status: *status },
        Some(ValidationOutcome::NoEndpoint { reason }) => ValidationState::NoEndpoint(reason.clone()),
        Some(ValidationOutcome::Unreachable(fault)) => ValidationState::Unreachable(fault.clone()),
        Some(ValidationOutcome::NotTried) | None => login
            .token()
            .map_or(ValidationState::Unknown, |facts| ValidationState::Assumed(may_validate(facts))),
    }
}

/// Takes a region out of a sentence when a `$name` put a secret there.
fn hide(reason: &mut String, receiver: Option<&Receiver>) {
    let region = receiver.and_then(|receiver| receiver.setting("region_name"));
    if let Some(region) = region.filter(|setting| setting.secret).and_then(|s| s.truthy_text()) {
        *reason = reason.replace(region, &mask(region, true));
    }
}

/// Keystone's default policy for looking at another user's token: the role
/// service or admin, or reader on the system.
///
/// Source: keystone `common/policies/token.py`.
fn may_validate(facts: &TokenFacts) -> bool {
    let has = |role: &str| facts.roles.iter().any(|r| r.eq_ignore_ascii_case(role));
    has("service") || has("admin") || (facts.scope == TokenScope::System && has("reader"))
}

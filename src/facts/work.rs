//! Which logins a run needs, and their outcomes brought back to the services.

use super::{
    Asking, Facts, LoginState, ProbeFact, ReceiverFacts, ServiceFacts, SessionFault, Skip, ValidationState,
};
use crate::catalog::{ServiceKind, SessionOptions};
use crate::config::mask;
use crate::keystone::{
    self, Fault, LoginOutcome, Outcome, Probe, Roots, TokenFacts, TokenScope, Validation, ValidationOutcome,
    Work,
};
use crate::service::{
    Credential, Login, LoginPlan, Receiver, Sender, Service, Session, Transport, UnusableFile,
};

/// Asks Keystone what the services need to know, once per distinct credential.
///
/// # Errors
///
/// The network runtime cannot be started.
pub fn gather(services: Vec<Service>, asking: &Asking, roots: Option<Roots>) -> std::io::Result<Facts> {
    let mut plan = Plan::default();
    let tickets = plan.all_tickets(&services, asking);
    let logins = plan.work.logins.len();
    let outcome = match &asking.live {
        Some(limits) if logins > 0 => keystone::run(plan.work, limits, roots)?,
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
        fernet_rotation: asking.fernet_rotation,
        sent: outcome.sent,
        trust_store: outcome.trust_store,
        logins,
    })
}

#[derive(Default)]
pub(super) struct Plan {
    pub(super) work: Work,
}

/// A login's state, or where in the outcome it will stand.
pub(super) enum Ticket {
    Known(LoginState),
    Login(Place),
}

/// Where in the outcome a login stands.
pub(super) struct Place {
    pub(super) login: usize,
    /// The sessions it would go over, each with where its settings stand (none for
    /// the login's own section), by their places among the login's.
    sessions: Vec<(Option<&'static SessionOptions>, usize)>,
}

pub(super) struct Tickets {
    pub(super) senders: Vec<Ticket>,
    pub(super) receiver: Option<(Ticket, Option<usize>)>,
    /// Which service each probe asks, by which section, and where its outcome
    /// will stand.
    probes: Vec<(ServiceKind, &'static str, usize)>,
    /// Of the logins to other services.
    pub(super) logins: Vec<Ticket>,
}

impl Plan {
    /// The tickets of all services. Logins to other services come last: if one of
    /// them is refused, the account's others have been tried already.
    pub(super) fn all_tickets(&mut self, services: &[Service], asking: &Asking) -> Vec<Tickets> {
        let mut tickets: Vec<Tickets> =
            services.iter().map(|service| self.tickets(service, asking)).collect();
        for (service, tickets) in services.iter().zip(&mut tickets) {
            let starts = service.configuration.failure().is_none();
            let logins = service.logins.iter().map(|other| {
                let session = SessionOptions::of(other.purpose.target, other.purpose.section);
                let session = service.fatal_file(&session);
                self.login(&other.login, session, starts, asking.live.is_some())
            });
            tickets.logins = logins.collect();
        }
        tickets
    }

    fn tickets(&mut self, service: &Service, asking: &Asking) -> Tickets {
        let live = asking.live.is_some();
        let starts = service.configuration.failure().is_none();
        let senders: Vec<Ticket> =
            service.senders.iter().map(|sender| self.sender(service, sender, starts, live)).collect();
        let receiver = service.receiver.as_ref().map(|receiver| {
            let session = SessionOptions::of(service.kind, "keystone_authtoken");
            let ticket = self.login(&receiver.login, service.fatal_file(&session), starts, live);
            let validation = match &ticket {
                Ticket::Login(place) => {
                    let validation = Validation {
                        login: place.login,
                        transport: receiver.transport.clone(),
                        interface: receiver.interface.clone(),
                        region: receiver.region.clone(),
                    };
                    Some(place_of(&mut self.work.validations, validation))
                }
                Ticket::Known(_) => None,
            };
            (ticket, validation)
        });
        let probes = if asking.probe { self.probes(service, &senders) } else { Vec::new() };
        Tickets { senders, receiver, probes, logins: Vec::new() }
    }

    /// The running services that the token of `[service_user]` is shown to.
    fn probes(&mut self, service: &Service, senders: &[Ticket]) -> Vec<(ServiceKind, &'static str, usize)> {
        let explicit = service.senders.iter().position(|sender| sender.section == "service_user");
        let Some(Ticket::Login(place)) = explicit.and_then(|index| senders.get(index)) else {
            return Vec::new();
        };
        let mut probes = Vec::new();
        for callee in service.callees() {
            let probe = Probe {
                login: place.login,
                service_types: callee.service_types,
                interfaces: callee.interfaces,
                region: callee.region,
                endpoint: callee.endpoint,
                path: callee.path,
                transport: callee.transport,
            };
            probes.push((callee.kind, callee.section, place_of(&mut self.work.probes, probe)));
        }
        probes
    }

    fn sender(&mut self, service: &Service, sender: &Sender, starts: bool, live: bool) -> Ticket {
        if !starts {
            return skip(Skip::DoesNotStart);
        }
        if let LoginPlan::Invalid(faults) = &sender.login.plan {
            return Ticket::Known(LoginState::Invalid(faults.clone()));
        }
        if !sender.sends() {
            return skip(Skip::NotSending);
        }
        let mut ticket = self.login(&sender.login, service.stops_all_of(sender), starts, live);
        if let (Ticket::Login(place), LoginPlan::Ready(credential)) = (&mut ticket, &sender.login.plan) {
            let usable = |session: &&Session| service.fatal_file(session.options).is_none();
            let sessions = sender.sessions.iter().filter(usable);
            let sessions = sessions.map(|session| {
                (Some(session.options), self.session(place.login, credential, &session.transport))
            });
            let sessions: Vec<_> = sessions.collect();
            if !sessions.is_empty() {
                place.sessions = sessions;
            }
        }
        ticket
    }

    /// The ticket of a login; `fatal` is the file that lets nothing out over its session.
    fn login(&mut self, login: &Login, fatal: Option<&UnusableFile>, starts: bool, live: bool) -> Ticket {
        match &login.plan {
            _ if !starts => skip(Skip::DoesNotStart),
            LoginPlan::Invalid(faults) => Ticket::Known(LoginState::Invalid(faults.clone())),
            LoginPlan::NoPlugin => skip(Skip::NoPlugin),
            _ if fatal.is_some() => {
                Ticket::Known(LoginState::Invalid(fatal.into_iter().map(UnusableFile::fault).collect()))
            }
            LoginPlan::Ready(_) | LoginPlan::Unsupported { .. } if !live => skip(Skip::Offline),
            LoginPlan::Unsupported { reason } => skip(Skip::Unsupported(reason.clone())),
            LoginPlan::Ready(credential) => {
                let login = self.index(credential);
                let session = self.session(login, credential, &credential.transport);
                Ticket::Login(Place { login, sessions: vec![(None, session)] })
            }
        }
    }

    /// The place of a login among the distinct ones: what is sent counts, not
    /// the session.
    fn index(&mut self, credential: &Credential) -> usize {
        let logins = &mut self.work.logins;
        logins.iter().position(|known| known.credential.is_same_login(credential)).unwrap_or_else(|| {
            logins.push(keystone::Login { credential: credential.clone(), transports: Vec::new() });
            logins.len() - 1
        })
    }

    /// The place of a session among those of a login. Without TLS all are alike.
    fn session(&mut self, login: usize, credential: &Credential, transport: &Transport) -> usize {
        let transports = &mut self.work.logins[login].transports;
        let alike = |known: &Transport| !credential.uses_tls() || known == transport;
        transports.iter().position(alike).unwrap_or_else(|| {
            transports.push(transport.clone());
            transports.len() - 1
        })
    }
}

/// The place of something among the distinct ones, where it is put if it is new.
fn place_of<T: PartialEq>(known: &mut Vec<T>, new: T) -> usize {
    known.iter().position(|known| *known == new).unwrap_or_else(|| {
        known.push(new);
        known.len() - 1
    })
}

fn skip(why: Skip) -> Ticket {
    Ticket::Known(LoginState::Skipped { why })
}

impl Tickets {
    fn redeem(self, service: Service, outcome: &Outcome) -> ServiceFacts {
        let mut sessions: Vec<SessionFault> = Vec::new();
        for ticket in &self.senders {
            sessions.extend(ticket.faults(outcome));
        }
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
        let probes = self.probes.into_iter().filter_map(|(kind, section, index)| {
            Some(ProbeFact { kind, section, outcome: outcome.probes.get(index)?.clone() })
        });
        let probes = probes.collect();
        let logins = self.logins.into_iter().map(|ticket| ticket.redeem(outcome)).collect();
        ServiceFacts { service, senders, sessions, probes, receiver, logins }
    }
}

impl Ticket {
    fn redeem(self, outcome: &Outcome) -> LoginState {
        match self {
            Self::Known(state) => state,
            Self::Login(place) => place.state(outcome),
        }
    }

    /// Sections that a token cannot be fetched over, where it can over another.
    fn faults(&self, outcome: &Outcome) -> Vec<SessionFault> {
        let Self::Login(place) = self else { return Vec::new() };
        let faults: Vec<SessionFault> = place
            .sessions
            .iter()
            .filter_map(|&(options, session)| {
                Some(SessionFault { options: options?, fault: place.fault(outcome, session)?.clone() })
            })
            .collect();
        if faults.len() == place.sessions.len() { Vec::new() } else { faults }
    }
}

impl Place {
    fn fault<'o>(&self, outcome: &'o Outcome, session: usize) -> Option<&'o Fault> {
        outcome.sessions.get(self.login)?.get(session)?.as_ref()
    }

    /// What became of the login over these sessions: of the login itself, unless
    /// none of them lets it out.
    fn state(&self, outcome: &Outcome) -> LoginState {
        let faults: Option<Vec<&Fault>> =
            self.sessions.iter().map(|&(_, session)| self.fault(outcome, session)).collect();
        match (faults.as_deref(), outcome.logins.get(self.login)) {
            (Some([fault, ..]), _) => LoginState::Unreachable((*fault).clone()),
            (_, Some(login)) => state_of(login),
            (_, None) => LoginState::Skipped { why: Skip::Run("it was not reached".to_owned()) },
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

//! The services of a run together with what Keystone said about their logins:
//! all that verdicts and rules may know.
//!
//! A login that was not tried is a fact too ([`LoginState::Skipped`]), so what
//! builds on this is the same offline and online.

mod preview;
mod unseen;
mod work;

use std::time::Duration;

pub use preview::{PlannedLogin, Preview, preview};
pub use work::gather;

use crate::catalog::{Release, ServiceKind, SessionOptions};
use crate::keystone::{Evidence, Fault, ProbeOutcome, Roots, Sent, TokenFacts};
use crate::service::{self, Service};

/// Everything known in a run.
#[derive(Debug)]
pub struct Facts {
    /// The services, in the order in which they were given.
    pub services: Vec<ServiceFacts>,
    /// Whether Keystone was to be asked.
    pub live: bool,
    /// Roles that every sender is taken to have (`--assume-roles`).
    pub assumed_roles: Option<Vec<String>>,
    /// How often Keystone's Fernet keys are rotated, in seconds, where it was said.
    pub fernet_rotation: Option<u64>,
    /// The requests, in the order in which they went out.
    pub sent: Vec<Sent>,
    /// This host's trust store, if a server was judged by it.
    pub trust_store: Option<String>,
    /// Distinct logins tried.
    pub logins: usize,
}

/// One service and its logins.
#[derive(Debug)]
pub struct ServiceFacts {
    /// What its configuration means.
    pub service: Service,
    /// One per sender of the service.
    pub senders: Vec<LoginState>,
    /// Sections over whose session a sender's token cannot be fetched, although
    /// it can over another's.
    pub sessions: Vec<SessionFault>,
    /// What the running services did with the token of its `[service_user]`.
    pub probes: Vec<ProbeFact>,
    /// Of the receiver, if it is one.
    pub receiver: Option<ReceiverFacts>,
    /// One per login to another service.
    pub logins: Vec<LoginState>,
}

/// A session with a called service that does not reach Keystone.
#[derive(Debug, Clone)]
pub struct SessionFault {
    /// Where its settings stand.
    pub options: &'static SessionOptions,
    /// Why.
    pub fault: Fault,
}

/// What a running service did with a sender's token.
#[derive(Debug, Clone)]
pub struct ProbeFact {
    /// The service that was asked.
    pub kind: ServiceKind,
    /// The section that says where it is.
    pub section: &'static str,
    /// What it did, and where.
    pub outcome: ProbeOutcome,
}

/// What is known of a receiver beyond its files.
#[derive(Debug)]
pub struct ReceiverFacts {
    /// Its own login.
    pub login: LoginState,
    /// Whether that login may validate other users' tokens.
    pub validation: ValidationState,
}

/// What is known of a login.
#[derive(Debug, Clone)]
pub enum LoginState {
    /// Keystone gave a token.
    Ok(Box<TokenFacts>),
    /// Keystone said no.
    Refused {
        /// The HTTP status.
        status: u16,
        /// Keystone's own words.
        detail: String,
    },
    /// Nothing was learnt.
    Unreachable(Fault),
    /// It is known to fail; not tried.
    Invalid(Vec<service::Fault>),
    /// Not tried.
    Skipped {
        /// Why.
        why: Skip,
    },
}

/// Why a login was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    /// `--offline`.
    Offline,
    /// The sender does not send.
    NotSending,
    /// The service would not start with its files.
    DoesNotStart,
    /// No plugin is named.
    NoPlugin,
    /// This program cannot log in that way; why, as a sentence fragment.
    Unsupported(String),
    /// Not tried during the run; why, as a sentence fragment.
    Run(String),
}

/// What is known of a receiver's right to validate.
#[derive(Debug, Clone)]
pub enum ValidationState {
    /// It validated another user's token.
    Works,
    /// Keystone refused.
    Forbidden {
        /// The HTTP status.
        status: u16,
    },
    /// No identity endpoint for its settings; why, as a sentence fragment.
    NoEndpoint(String),
    /// Nothing was learnt.
    Unreachable(Fault),
    /// Judged from the roles in its own token.
    Assumed(bool),
    /// Not asked, since there is no token to ask with.
    Unknown,
}

impl ValidationState {
    /// `can_validate` of the report.
    pub fn can_validate(&self) -> Option<bool> {
        match self {
            Self::Works => Some(true),
            Self::Forbidden { .. } | Self::NoEndpoint(_) => Some(false),
            Self::Assumed(answer) => Some(*answer),
            Self::Unreachable(_) | Self::Unknown => None,
        }
    }
}

impl Skip {
    /// As a sentence fragment.
    pub fn reason(&self) -> String {
        match self {
            Self::Offline => "offline".to_owned(),
            Self::NotSending => "it does not send".to_owned(),
            Self::DoesNotStart => "the service does not start with these files".to_owned(),
            Self::NoPlugin => "no auth_type is set".to_owned(),
            Self::Unsupported(reason) | Self::Run(reason) => reason.clone(),
        }
    }
}

/// How the run may ask Keystone.
#[derive(Debug, Clone)]
pub struct Asking {
    /// `None` with `--offline`.
    pub live: Option<crate::keystone::Limits>,
    /// Whether running services are asked too (`--probe`).
    pub probe: bool,
    /// `--assume-roles`.
    pub assumed_roles: Option<Vec<String>>,
    /// `--fernet-rotation`, in seconds.
    pub fernet_rotation: Option<u64>,
}

impl Asking {
    /// No network at all.
    pub fn offline() -> Self {
        Self { live: None, probe: false, assumed_roles: None, fernet_rotation: None }
    }

    /// Begins to load this host's trust store if a login of this service will
    /// need it, so that it is there when all files are read.
    pub fn load_roots(&self, service: &Service) -> Option<Roots> {
        let limits = self.live.as_ref()?;
        let needed = limits.ca_bundle.is_none() && service.uses_trust_store();
        needed.then(|| crate::keystone::load_roots(limits)).flatten()
    }

    /// Live, with the usual bounds.
    pub fn live() -> Self {
        let limits = crate::keystone::Limits {
            timeout: Duration::from_secs(30),
            jobs: 8,
            use_proxies: false,
            ca_bundle: None,
        };
        Self { live: Some(limits), ..Self::offline() }
    }
}

impl Facts {
    /// The same facts after an upgrade of every service to that release: Keystone's
    /// answers stay, what the files mean is read anew.
    pub fn under(&self, to: &'static Release) -> Self {
        let services = self.services.iter().map(|facts| facts.under(to)).collect();
        Self {
            services,
            live: self.live,
            assumed_roles: self.assumed_roles.clone(),
            fernet_rotation: self.fernet_rotation,
            sent: Vec::new(),
            trust_store: None,
            logins: 0,
        }
    }

    /// Whether something that was to be asked of Keystone could not be.
    pub fn incomplete(&self) -> bool {
        self.services.iter().any(|service| {
            let receiver = service.receiver.as_ref();
            service.senders.iter().chain(&service.logins).any(LoginState::is_unreachable)
                || !service.sessions.is_empty()
                || service.probes.iter().any(ProbeFact::is_unreachable)
                || receiver.is_some_and(|receiver| {
                    receiver.login.is_unreachable()
                        || matches!(receiver.validation, ValidationState::Unreachable(_))
                })
        })
    }
}

impl ProbeFact {
    fn is_unreachable(&self) -> bool {
        matches!(self.outcome.evidence, Evidence::Unreachable(_))
    }
}

impl LoginState {
    /// Why it was not tried, or would not be, as a sentence fragment.
    fn why_not_tried(&self) -> String {
        match self {
            Self::Invalid(_) => "it is known to fail".to_owned(),
            Self::Skipped { why } => why.reason(),
            _ => String::new(),
        }
    }

    fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }

    /// The token's contents, if there is one.
    pub fn token(&self) -> Option<&TokenFacts> {
        match self {
            Self::Ok(facts) => Some(facts),
            _ => None,
        }
    }
}

impl ServiceFacts {
    fn under(&self, to: &'static Release) -> Self {
        let old = &self.service;
        let identity = service::Identity {
            name: old.name.clone(),
            id: old.id.clone(),
            process: old.process,
            method: old.method,
            paths: old.paths.clone(),
            packages: old.packages.clone(),
        };
        let configuration = std::sync::Arc::clone(&old.configuration);
        let mut service = Service::new(identity, configuration, old.in_force.upgraded(to))
            .with_policy_files(old.policy_files.clone());
        service.detach_policies.clone_from(&old.detach_policies);
        service.unusable.clone_from(&old.unusable);
        service.exposed.clone_from(&old.exposed);
        service.gateways.clone_from(&old.gateways);
        let senders = service.senders.iter().map(|sender| self.login_of(sender)).collect();
        let receiver = service.receiver.as_ref().map(|receiver| self.receiver_under(receiver));
        let logins = service.logins.iter().map(|other| self.other_login_of(other)).collect();
        let (sessions, probes) = (self.sessions.clone(), self.probes.clone());
        Self { service, senders, sessions, probes, receiver, logins }
    }

    /// The state of a sender's login: the release may make it fail, or not fail,
    /// from the file alone.
    fn login_of(&self, sender: &service::Sender) -> LoginState {
        let old = self
            .service
            .senders
            .iter()
            .position(|old| old.section == sender.section && old.implicit == sender.implicit);
        let state = old.map(|index| self.senders[index].clone());
        state_under(&sender.login, state)
    }

    fn other_login_of(&self, other: &service::OtherLogin) -> LoginState {
        let known = self.service.logins.iter().position(|known| known.purpose == other.purpose);
        state_under(&other.login, known.map(|index| self.logins[index].clone()))
    }

    /// The login to another service by its section, and what became of it.
    pub fn other_logins(&self) -> impl Iterator<Item = (&service::OtherLogin, &LoginState)> {
        self.service.logins.iter().zip(&self.logins)
    }

    fn receiver_under(&self, receiver: &service::Receiver) -> ReceiverFacts {
        let old = self.receiver.as_ref();
        ReceiverFacts {
            login: state_under(&receiver.login, old.map(|old| old.login.clone())),
            validation: old.map_or(ValidationState::Unknown, |old| old.validation.clone()),
        }
    }
}

fn state_under(login: &service::Login, old: Option<LoginState>) -> LoginState {
    match (&login.plan, old) {
        (service::LoginPlan::Invalid(faults), _) => LoginState::Invalid(faults.clone()),
        (service::LoginPlan::NoPlugin, _) => LoginState::Skipped { why: Skip::NoPlugin },
        (_, Some(state)) => state,
        (_, None) => LoginState::Skipped { why: Skip::NotSending },
    }
}

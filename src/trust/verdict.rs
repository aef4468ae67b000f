//! The verdict of one pair.
//!
//! Source: keystonemiddleware `auth_token/__init__.py` (`process_request`), as
//! observed on 12.0.0 and 13.0.1.

use crate::catalog::{self, ServiceKind, TokenPolicy};
use crate::ceph::Gateways;
use crate::facts::{Facts, LoginState, ReceiverFacts, ServiceFacts, Skip, ValidationState};
use crate::service::{FaultKind, Phase, Receiver, Sender, Sending};

/// What a receiver does with a sender's service token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Calls fail whatever the roles.
    Broken,
    /// Every call with the token gets 401.
    Rejected,
    /// The call passes as a plain user's.
    Ignored,
    /// No token is sent.
    NotSent,
    /// Nothing was learnt.
    Unknown,
    /// Expired user tokens are honoured; the call counts as a service's.
    Trusted,
}

impl Verdict {
    /// As in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trusted => "trusted",
            Self::Rejected => "rejected",
            Self::Ignored => "ignored",
            Self::NotSent => "not-sent",
            Self::Broken => "broken",
            Self::Unknown => "unknown",
        }
    }
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Granted roles that the receiver accepts.
    pub matched: Vec<String>,
    /// Why, and what would be seen: one sentence.
    pub reason: String,
}

impl Judgement {
    fn new(verdict: Verdict, reason: String) -> Self {
        Self { verdict, matched: Vec::new(), reason }
    }
}

/// Judges a pair. The receiver comes first, then whether anything is sent, then
/// the sender's login, then what could not be learnt, then the roles.
pub fn judge(
    facts: &Facts,
    sender_service: &ServiceFacts,
    sender_index: usize,
    receiver_service: &ServiceFacts,
) -> Option<Judgement> {
    let sender = &sender_service.service.senders[sender_index];
    let login = &sender_service.senders[sender_index];
    let names = Names {
        sender: &sender_service.service.name,
        section: sender.section,
        receiver: &receiver_service.service.name,
        kind: receiver_service.service.kind,
        policy: catalog::token_policy(
            sender_service.service.kind,
            sender.section,
            receiver_service.service.kind,
            receiver_service.service.in_force.release,
        ),
    };
    if let Some(gateways) = &receiver_service.service.gateways {
        let judgement = names
            .not_sent(sender_service, sender)
            .or_else(|| names.sender_broken(sender_service, sender, login))
            .unwrap_or_else(|| Judgement::new(Verdict::Unknown, of_rados_gateway(gateways)));
        return Some(judgement);
    }
    let receiver = receiver_service.service.receiver.as_ref()?;
    let receiver_facts = receiver_service.receiver.as_ref()?;
    let judgement = names
        .receiver_broken(receiver_service, receiver, receiver_facts)
        .or_else(|| names.not_sent(sender_service, sender))
        .or_else(|| names.sender_broken(sender_service, sender, login))
        .or_else(|| names.session_broken(sender_service, sender))
        .or_else(|| names.unknown(facts, login, receiver_facts))
        .or_else(|| names.session_unknown(sender_service, sender))
        .unwrap_or_else(|| {
            let granted = granted_roles(facts, login);
            names.roles(&granted, receiver)
        });
    Some(judgement)
}

/// RadosGW is judged by nobody: its files may not be what it goes by.
fn of_rados_gateway(gateways: &Gateways) -> String {
    format!("RadosGW checks service tokens with code of its own: {}", gateways.says())
}

/// The roles in the sender's token, or those it is taken to have.
fn granted_roles(facts: &Facts, login: &LoginState) -> Vec<String> {
    match login {
        LoginState::Ok(token) => token.roles.clone(),
        _ => facts.assumed_roles.clone().unwrap_or_default(),
    }
}

/// The names that the sentences need.
struct Names<'a> {
    sender: &'a str,
    section: &'a str,
    receiver: &'a str,
    kind: ServiceKind,
    /// What the receiver asks of the service token behind the middleware.
    policy: Option<&'static TokenPolicy>,
}

impl Names<'_> {
    fn receiver_broken(
        &self,
        service: &ServiceFacts,
        receiver: &Receiver,
        facts: &ReceiverFacts,
    ) -> Option<Judgement> {
        let reason = if service.service.configuration.failure().is_some() {
            "does not start: its configuration cannot be parsed".to_owned()
        } else if let Some(fault) = receiver.faults.first() {
            format!("cannot work ({}): {}", fault.option, fault.reason)
        } else {
            receiver_login_failure(&facts.login, receiver.deferred)
                .or_else(|| validation_failure(&facts.validation, receiver.deferred))?
        };
        Some(Judgement::new(Verdict::Broken, format!("{} {reason}", self.receiver)))
    }

    fn not_sent(&self, service: &ServiceFacts, sender: &Sender) -> Option<Judgement> {
        // A file that does not parse does not say whether it sends.
        if service.service.configuration.failure().is_some() {
            return None;
        }
        let why = match sender.sending {
            Sending::SwitchedOff => "send_service_user_token is not true",
            Sending::NoPlugin => "no auth_type is set, so it goes on without a token",
            Sending::Yes | Sending::Raises(_) => return None,
        };
        let reason = format!(
            "[{}] of {} sends no service token: {why}; {}",
            self.section,
            self.sender,
            self.as_user()
        );
        Some(Judgement::new(Verdict::NotSent, reason))
    }

    fn sender_broken(
        &self,
        service: &ServiceFacts,
        sender: &Sender,
        login: &LoginState,
    ) -> Option<Judgement> {
        let reason = if service.service.configuration.failure().is_some() {
            "does not start: its configuration cannot be parsed".to_owned()
        } else if let Sending::Raises(why) = &sender.sending {
            format!("cannot send from [{}]: {why}", self.section)
        } else {
            let what = login_failure(login, "every call it makes with this section raises")?;
            format!("cannot send from [{}]: {what}", self.section)
        };
        Some(Judgement::new(Verdict::Broken, format!("{} {reason}", self.sender)))
    }

    /// The token for these calls is fetched over the session of the receiver's
    /// section, and a file of it may let no request out.
    fn session_broken(&self, service: &ServiceFacts, sender: &Sender) -> Option<Judgement> {
        let own = sender.sessions.iter().find(|session| session.options.called == self.kind)?.options;
        let file = service.service.fatal_file(own)?.described();
        let (name, section) = (self.sender, self.section);
        let reason = format!("{name} cannot send from [{section}]: {file}: each of these calls raises");
        Some(Judgement::new(Verdict::Broken, reason))
    }

    /// It may also not reach Keystone where another's does.
    fn session_unknown(&self, service: &ServiceFacts, sender: &Sender) -> Option<Judgement> {
        let own = sender.sessions.iter().find(|session| session.options.called == self.kind)?.options;
        let session = service.sessions.iter().find(|session| session.options == own)?;
        let why = format!(
            "{}'s Keystone, over the session of {}: {}",
            self.sender,
            own.label(),
            session.fault.summary()
        );
        Some(Judgement::new(Verdict::Unknown, why))
    }

    fn unknown(&self, facts: &Facts, login: &LoginState, receiver: &ReceiverFacts) -> Option<Judgement> {
        let why = match login {
            LoginState::Ok(_) => None,
            LoginState::Skipped { why: Skip::Offline } if facts.assumed_roles.is_some() => None,
            LoginState::Skipped { why: Skip::Offline } => Some(
                "offline, the roles of the token are not known (give --assume-roles to judge all the same)"
                    .to_owned(),
            ),
            LoginState::Skipped { why } => {
                Some(format!("{}'s login was not tried: {}", self.sender, why.reason()))
            }
            LoginState::Unreachable(fault) => {
                Some(format!("{}'s Keystone: {}", self.sender, fault.summary()))
            }
            LoginState::Refused { .. } | LoginState::Invalid(_) => None,
        };
        let why = why.or_else(|| self.receiver_unknown(receiver))?;
        Some(Judgement::new(Verdict::Unknown, why))
    }

    fn receiver_unknown(&self, receiver: &ReceiverFacts) -> Option<String> {
        match (&receiver.login, &receiver.validation) {
            (LoginState::Unreachable(fault), _) => {
                Some(format!("{}'s Keystone: {}", self.receiver, fault.summary()))
            }
            (LoginState::Skipped { why: Skip::Offline }, _) => None,
            (LoginState::Skipped { why }, _) => {
                Some(format!("whether {} can validate tokens was not tried: {}", self.receiver, why.reason()))
            }
            (_, ValidationState::Unreachable(fault)) => Some(format!(
                "whether {} can validate tokens was not learnt: {}",
                self.receiver,
                fault.summary()
            )),
            _ => None,
        }
    }

    fn roles(&self, granted: &[String], receiver: &Receiver) -> Judgement {
        let matched: Vec<String> =
            granted.iter().filter(|role| receiver.accepted.contains(role)).cloned().collect();
        if !matched.is_empty() {
            let reason = format!(
                "{}'s token carries {}, which {} accepts: expired user tokens are honoured",
                self.sender,
                listed(&matched, ""),
                self.receiver
            );
            return Judgement { verdict: Verdict::Trusted, matched, reason };
        }
        let carries = format!(
            "{}'s token carries {}; {} accepts {}",
            self.sender,
            listed(granted, "no role at all"),
            self.receiver,
            listed(&receiver.accepted, "none (the list is empty)")
        );
        let refused = receiver.required && (!receiver.deferred || receiver.refuses_itself);
        if refused {
            let reason = format!(
                "{carries} and requires it: every call with the token gets 401, even with a valid user token"
            );
            Judgement::new(Verdict::Rejected, reason)
        } else {
            let reason = format!("{carries}; {}", self.as_user());
            Judgement::new(Verdict::Ignored, reason)
        }
    }

    /// What a call without a trusted service token looks like.
    fn as_user(&self) -> String {
        let common =
            "calls pass as the user's own: long operations fail with 401 once the user's token expires";
        if self.kind == ServiceKind::Cinder {
            return format!("{common}, and volumes do not detach (409)");
        }
        match self.policy {
            Some(policy) => format!("{common}, and {}", policy.breaks),
            None => common.to_owned(),
        }
    }
}

fn listed(roles: &[String], none: &str) -> String {
    if roles.is_empty() { none.to_owned() } else { crate::config::printable(&roles.join(", ")) }
}

/// Why a login fails for good, with what follows.
fn login_failure(login: &LoginState, consequence: &str) -> Option<String> {
    match login {
        LoginState::Refused { status, .. } => {
            Some(format!("cannot log in (Keystone answers {status}): {consequence}"))
        }
        LoginState::Invalid(faults) => Some(match faults.first().map(|fault| &fault.kind) {
            Some(FaultKind::File(file)) => format!("cannot log in ({file}): {consequence}"),
            _ => format!("cannot log in with its section as it stands: {consequence}"),
        }),
        LoginState::Ok(_) | LoginState::Unreachable(_) | LoginState::Skipped { .. } => None,
    }
}

/// As [`login_failure`], with what the receiver's clients see.
fn receiver_login_failure(login: &LoginState, deferred: bool) -> Option<String> {
    let consequence = match login {
        // The middleware takes it for the answer about the client's token.
        LoginState::Refused { status: 404, .. } => failing(401, deferred),
        LoginState::Refused { .. } => failing(503, deferred),
        // The middleware catches no such error, even where it defers.
        LoginState::Invalid(faults)
            if faults.iter().any(|fault| matches!(fault.kind, FaultKind::File(_))) =>
        {
            failing(500, deferred)
        }
        LoginState::Invalid(faults) if faults.iter().any(|fault| fault.phase == Phase::Load) => {
            return Some("does not start: its section makes no login that loads".to_owned());
        }
        _ => "it can validate no token".to_owned(),
    };
    login_failure(login, &consequence)
}

/// What becomes of requests with a token when the middleware gives that status.
/// A deferred decision lets all but its exceptions (500) through.
fn failing(status: u16, deferred: bool) -> String {
    if deferred && status != 500 {
        "every request with a token reaches the service as nobody's, since the decision is deferred"
            .to_owned()
    } else {
        format!("every request with a token fails with {status}")
    }
}

fn validation_failure(validation: &ValidationState, deferred: bool) -> Option<String> {
    match validation {
        ValidationState::Forbidden { status } => {
            let consequence = failing(503, deferred);
            Some(format!("may not validate tokens (Keystone answers {status}): {consequence}"))
        }
        ValidationState::NoEndpoint(reason) => {
            let consequence = failing(500, deferred);
            Some(format!("finds no Keystone to validate tokens at: {reason}; {consequence}"))
        }
        ValidationState::Assumed(false) => {
            let consequence = failing(503, deferred);
            Some(format!("may not validate tokens, going by the roles of its user: {consequence}"))
        }
        ValidationState::Works
        | ValidationState::Assumed(true)
        | ValidationState::Unreachable(_)
        | ValidationState::Unknown => None,
    }
}

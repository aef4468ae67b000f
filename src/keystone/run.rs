//! All logins and validations of a run, side by side and within bounds.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::auth::{Attempt, login};
use super::fault::{Fault, FaultKind};
use super::http::{Ask, Http, Manners, SharedHttp};
use super::probe::{self, Evidence, Probe, ProbeOutcome};
use super::token::TokenFacts;
use super::validate::{endpoint, validate};
use super::{LoginOutcome, ValidationOutcome};
use crate::secret::Secret;
use crate::service::{Credential, Method, Transport, keystone_root};

/// The part of the time that a connection may take, so that what is left of it
/// serves the others.
const CONNECT_SHARE: f64 = 0.6;

/// A connection that takes longer is lost (Linux sends its fourth SYN after 7 s).
const MAX_CONNECT: Duration = Duration::from_secs(10);

/// What is to be asked.
#[derive(Debug, Default)]
pub struct Work {
    /// Distinct logins; each is tried once.
    pub logins: Vec<Login>,
    /// Receivers whose right to validate is to be seen.
    pub validations: Vec<Validation>,
    /// Running services to be asked.
    pub probes: Vec<Probe>,
}

/// A login and the sessions it is asked for over.
#[derive(Debug, Clone)]
pub struct Login {
    /// What is sent; over the first session that lets it.
    pub credential: Credential,
    /// Distinct sessions, at least one. Those that the login does not go over
    /// are tried with a request that holds no secret.
    pub transports: Vec<Transport>,
}

/// A receiver's validation of another user's token.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Index into [`Work::logins`]: the receiver's own login.
    pub login: usize,
    /// The interface of the identity endpoint.
    pub interface: String,
    /// Its region, if one is asked for.
    pub region: Option<String>,
    /// The receiver's own session.
    pub transport: Transport,
}

/// The bounds of a run.
#[derive(Debug, Clone)]
pub struct Limits {
    /// For everything together.
    pub timeout: Duration,
    /// Logins under way at once.
    pub jobs: usize,
    /// Whether the proxies of this program's environment are used.
    pub use_proxies: bool,
    /// A CA file for sessions that name none (`REQUESTS_CA_BUNDLE`).
    pub ca_bundle: Option<String>,
}

/// What was learnt; the vectors match those of [`Work`].
#[derive(Debug, Default)]
pub struct Outcome {
    /// One per login.
    pub logins: Vec<LoginOutcome>,
    /// For each login what is wrong with each of its sessions, if anything.
    pub sessions: Vec<Vec<Option<Fault>>>,
    /// One per validation.
    pub validations: Vec<ValidationOutcome>,
    /// One per probe.
    pub probes: Vec<ProbeOutcome>,
    /// Requests sent.
    pub requests: usize,
}

/// Does the work. Blocks until it is done or the time is up.
///
/// # Errors
///
/// The runtime cannot be started: the system is out of resources.
pub fn run(work: Work, limits: Limits) -> std::io::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(run_all(work, limits));
    // A name that is still being resolved must not hold the program up.
    runtime.shutdown_background();
    Ok(outcome)
}

async fn run_all(work: Work, limits: Limits) -> Outcome {
    let bounds = Bounds {
        http: Arc::new(Http::new(Manners {
            use_proxies: limits.use_proxies,
            ca_bundle: limits.ca_bundle,
            connect_timeout: limits.timeout.mul_f64(CONNECT_SHARE).min(MAX_CONNECT),
        })),
        deadline: Instant::now() + limits.timeout,
        slots: Arc::new(Semaphore::new(limits.jobs.max(1))),
    };
    let logins = Arc::new(work.logins);
    let attempts = Arc::new(bounds.log_in(&logins).await);
    let validations = bounds.validate(&logins, &attempts, work.validations).await;
    let probes = bounds.probe(&attempts, work.probes).await;
    let requests = bounds.http.requests();
    let logins = attempts.iter().map(|attempt| attempt.outcome.clone()).collect();
    let sessions = attempts.iter().map(|attempt| attempt.sessions.clone()).collect();
    Outcome { logins, sessions, validations, probes, requests }
}

#[derive(Clone)]
struct Bounds {
    http: SharedHttp,
    deadline: Instant,
    slots: Arc<Semaphore>,
}

impl Bounds {
    /// Waits for a free slot, then for `step`, and gives up at the deadline.
    async fn bounded<T>(&self, step: impl Future<Output = T>) -> Result<T, Fault> {
        let with_slot = async {
            let _slot = self.slots.acquire().await;
            step.await
        };
        timeout_at(self.deadline, with_slot).await.map_err(|_| Fault::new(FaultKind::TimedOut, ""))
    }

    async fn log_in(&self, logins: &Arc<Vec<Login>>) -> Vec<Attempt> {
        let mut accounts: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, login) in logins.iter().enumerate() {
            accounts.entry(login.credential.account()).or_default().push(index);
        }
        let mut tasks = JoinSet::new();
        for indices in accounts.into_values() {
            let (bounds, logins) = (self.clone(), Arc::clone(logins));
            tasks.spawn(async move { bounds.log_in_account(&logins, indices).await });
        }
        let mut attempts: Vec<Option<Attempt>> = logins.iter().map(|_| None).collect();
        while let Some(done) = tasks.join_next().await {
            for (index, attempt) in done.into_iter().flatten() {
                attempts[index] = Some(attempt);
            }
        }
        let lost =
            || Attempt::without_token(LoginOutcome::Skipped { reason: "the login was lost".to_owned() });
        attempts.into_iter().map(|attempt| attempt.unwrap_or_else(lost)).collect()
    }

    /// The logins of one account, one after the other: after a refusal no other
    /// secret is tried, since each one counts towards Keystone's lock-out.
    async fn log_in_account(&self, logins: &[Login], indices: Vec<usize>) -> Vec<(usize, Attempt)> {
        let mut attempts = Vec::new();
        let mut refused = false;
        for index in indices {
            let attempt = if refused {
                let reason = "Keystone refused this account once in this run, and each further try counts towards its lock-out";
                Attempt::without_token(LoginOutcome::Skipped { reason: reason.to_owned() })
            } else {
                self.log_in_over(&logins[index]).await
            };
            // A token that is refused counts against nobody.
            let counts = !matches!(logins[index].credential.method, Method::Token { .. });
            refused |= counts && matches!(attempt.outcome, LoginOutcome::Refused { .. });
            attempts.push((index, attempt));
        }
        attempts
    }

    /// Logs in over the first session that lets the request out, and looks
    /// whether the others would.
    async fn log_in_over(&self, work: &Login) -> Attempt {
        let (credential, transports) = (&work.credential, &work.transports);
        let mut sessions: Vec<Option<Fault>> = vec![None; transports.len()];
        let mut last = None;
        let mut left = transports.iter().enumerate();
        for (index, transport) in left.by_ref() {
            let attempt = self
                .bounded(login(&self.http, credential, transport))
                .await
                .unwrap_or_else(|fault| Attempt::without_token(LoginOutcome::Unreachable(fault)));
            let fault = match &attempt.outcome {
                LoginOutcome::Unreachable(fault) if fault.kind.is_of_session() => fault.clone(),
                _ => {
                    last = Some(attempt);
                    break;
                }
            };
            sessions[index] = Some(fault);
            last = last.or(Some(attempt));
        }
        for (index, transport) in left {
            let ask = Ask::get(&credential.auth_url);
            let answer = self.bounded(self.http.send(transport, &ask)).await;
            sessions[index] = answer.and_then(|answer| answer).err().filter(|f| f.kind.is_of_session());
        }
        let lost =
            || Attempt::without_token(LoginOutcome::Skipped { reason: "it has no session".to_owned() });
        Attempt { sessions, ..last.unwrap_or_else(lost) }
    }

    async fn validate(
        &self,
        logins: &Arc<Vec<Login>>,
        attempts: &Arc<Vec<Attempt>>,
        validations: Vec<Validation>,
    ) -> Vec<ValidationOutcome> {
        let mut tasks = JoinSet::new();
        let mut outcomes: Vec<ValidationOutcome> =
            validations.iter().map(|_| ValidationOutcome::NotTried).collect();
        for (index, validation) in validations.into_iter().enumerate() {
            let (bounds, logins, attempts) = (self.clone(), Arc::clone(logins), Arc::clone(attempts));
            tasks.spawn(async move { (index, bounds.validate_one(&logins, &attempts, &validation).await) });
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok((index, outcome)) = done {
                outcomes[index] = outcome;
            }
        }
        outcomes
    }

    async fn probe(&self, attempts: &Arc<Vec<Attempt>>, probes: Vec<Probe>) -> Vec<ProbeOutcome> {
        let mut tasks = JoinSet::new();
        let mut outcomes = vec![ProbeOutcome::without_url(Evidence::NotTried); probes.len()];
        for (index, probe) in probes.into_iter().enumerate() {
            let (bounds, attempts) = (self.clone(), Arc::clone(attempts));
            tasks.spawn(async move { (index, bounds.probe_one(&attempts[probe.login], &probe).await) });
        }
        while let Some(done) = tasks.join_next().await {
            if let Ok((index, outcome)) = done {
                outcomes[index] = outcome;
            }
        }
        outcomes
    }

    async fn probe_one(&self, sender: &Attempt, probe: &Probe) -> ProbeOutcome {
        let (LoginOutcome::Ok(facts), Some(token)) = (&sender.outcome, &sender.token) else {
            return ProbeOutcome::without_url(Evidence::NotTried);
        };
        let Some(url) = probe::url(probe, facts) else {
            return ProbeOutcome::without_url(Evidence::NoEndpoint);
        };
        let asked = self.bounded(probe::ask(&self.http, probe, &url, token)).await;
        asked.unwrap_or_else(|fault| ProbeOutcome {
            url: crate::config::mask(&url, false),
            evidence: Evidence::Unreachable(fault),
        })
    }

    async fn validate_one(
        &self,
        logins: &[Login],
        attempts: &[Attempt],
        validation: &Validation,
    ) -> ValidationOutcome {
        let own = &attempts[validation.login];
        let (LoginOutcome::Ok(facts), Some(token)) = (&own.outcome, &own.token) else {
            return ValidationOutcome::NotTried;
        };
        let endpoint = match endpoint(facts, &validation.interface, validation.region.as_deref()) {
            Ok(endpoint) => endpoint,
            Err(reason) => return ValidationOutcome::NoEndpoint { reason },
        };
        let credential = &logins[validation.login].credential;
        let Some(subject) = other_token(logins, attempts, credential, facts) else {
            return ValidationOutcome::NotTried;
        };
        let step = validate(&self.http, &validation.transport, endpoint, token, subject);
        self.bounded(step).await.unwrap_or_else(ValidationOutcome::Unreachable)
    }
}

/// A token of a different user of the same Keystone: everyone may look at their
/// own, so only another's proves anything.
fn other_token<'a>(
    logins: &[Login],
    attempts: &'a [Attempt],
    own: &Credential,
    facts: &TokenFacts,
) -> Option<&'a Secret> {
    let keystone = keystone_root(&own.auth_url);
    logins.iter().zip(attempts).find_map(|(login, attempt)| match &attempt.outcome {
        LoginOutcome::Ok(other)
            if other.user_id != facts.user_id && keystone_root(&login.credential.auth_url) == keystone =>
        {
            attempt.token.as_ref()
        }
        _ => None,
    })
}

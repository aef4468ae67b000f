//! All logins and validations of a run, side by side and within bounds.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::auth::{Attempt, login};
use super::expiry;
use super::fault::{Fault, FaultKind};
use super::http::{Http, Manners, SharedHttp};
use super::probe::{self, Evidence, Probe, ProbeOutcome};
use super::redact::redact;
use super::sent::Sent;
use super::tls::{self, Roots};
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

/// How long what waits for a login waits beyond the deadline.
const GRACE: Duration = Duration::from_millis(100);

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
#[derive(Debug, Clone, PartialEq, Eq)]
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

impl Limits {
    fn manners(&self) -> Manners {
        Manners {
            use_proxies: self.use_proxies,
            ca_bundle: self.ca_bundle.clone(),
            connect_timeout: self.timeout.mul_f64(CONNECT_SHARE).min(MAX_CONNECT),
        }
    }
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
    /// The requests, in the order in which they went out.
    pub sent: Vec<Sent>,
    /// This host's trust store, if a server was judged by it.
    pub trust_store: Option<String>,
}

/// Begins to load this host's trust store, for a run that will need it. Nothing
/// if there is no thread to be had.
pub fn load_roots(limits: &Limits) -> Option<Roots> {
    Roots::load(limits.manners())
}

/// Does the work. Blocks until it is done or the time is up.
///
/// # Errors
///
/// The runtime cannot be started: the system is out of resources.
pub fn run(work: Work, limits: &Limits, roots: Option<Roots>) -> std::io::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let outcome = runtime.block_on(run_all(work, limits, roots));
    // A name that is still being resolved must not hold the program up.
    runtime.shutdown_background();
    Ok(outcome)
}

async fn run_all(work: Work, limits: &Limits, roots: Option<Roots>) -> Outcome {
    let (attempts, done) = Attempts::new(work.logins.len());
    let shared = Shared {
        http: Arc::new(Http::new(limits.manners(), roots)),
        deadline: Instant::now() + limits.timeout,
        slots: Arc::new(Semaphore::new(limits.jobs.max(1))),
        logins: Arc::new(work.logins),
        attempts: Arc::new(attempts),
        done,
    };
    // All at once: what needs a login waits for that one alone.
    let mut accounts = shared.log_in();
    let validations = shared.side_by_side(work.validations, |shared, validation| async move {
        shared.validate(&validation).await
    });
    let probes = shared.side_by_side(work.probes, |shared, probe| async move { shared.probe(&probe).await });
    while accounts.join_next().await.is_some() {}
    let validations = collect(validations, ValidationOutcome::NotTried).await;
    let probes = collect(probes, ProbeOutcome::without_url(Evidence::NotTried)).await;
    shared.outcome(validations, probes)
}

/// What all tasks of a run share.
#[derive(Clone)]
struct Shared {
    http: SharedHttp,
    deadline: Instant,
    slots: Arc<Semaphore>,
    logins: Arc<Vec<Login>>,
    attempts: Arc<Attempts>,
    /// Sees a change whenever a login has ended.
    done: watch::Receiver<()>,
}

/// The logins that have ended, each in its place.
struct Attempts {
    ended: Vec<OnceLock<Attempt>>,
    tell: watch::Sender<()>,
}

impl Attempts {
    fn new(count: usize) -> (Self, watch::Receiver<()>) {
        let (tell, done) = watch::channel(());
        (Self { ended: (0..count).map(|_| OnceLock::new()).collect(), tell }, done)
    }

    fn end(&self, index: usize, attempt: Attempt) {
        // Each login is made by one task, so that its place is free.
        let _ = self.ended[index].set(attempt);
        self.tell.send_replace(());
    }

    fn get(&self, index: usize) -> Option<&Attempt> {
        self.ended.get(index)?.get()
    }
}

/// Tasks that each end with a place and what belongs there.
type Tasks<T> = (usize, JoinSet<(usize, T)>);

/// Waits for all tasks; what was lost is `otherwise`.
async fn collect<T: Clone + 'static>((count, mut tasks): Tasks<T>, otherwise: T) -> Vec<T> {
    let mut outcomes = vec![otherwise; count];
    while let Some(done) = tasks.join_next().await {
        if let Ok((index, outcome)) = done {
            outcomes[index] = outcome;
        }
    }
    outcomes
}

impl Shared {
    /// Waits for a free slot, then for `step`, and gives up at the deadline.
    async fn bounded<T>(&self, step: impl Future<Output = T>) -> Result<T, Fault> {
        let with_slot = async {
            let _slot = self.slots.acquire().await;
            step.await
        };
        timeout_at(self.deadline, with_slot).await.map_err(|_| Fault::new(FaultKind::TimedOut, ""))
    }

    fn side_by_side<I, T, F>(&self, items: Vec<I>, step: impl Fn(Self, I) -> F) -> Tasks<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let mut tasks = JoinSet::new();
        let count = items.len();
        for (index, item) in items.into_iter().enumerate() {
            let step = step(self.clone(), item);
            tasks.spawn(async move { (index, step.await) });
        }
        (count, tasks)
    }

    /// Begins all logins, one task for each account.
    fn log_in(&self) -> JoinSet<()> {
        let mut accounts: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, login) in self.logins.iter().enumerate() {
            accounts.entry(login.credential.account()).or_default().push(index);
        }
        let mut tasks = JoinSet::new();
        // In the order of their first login, so that two runs do the same.
        let mut accounts: Vec<Vec<usize>> = accounts.into_values().collect();
        accounts.sort();
        for indices in accounts {
            let shared = self.clone();
            tasks.spawn(async move { shared.log_in_account(indices).await });
        }
        tasks
    }

    /// The logins of one account, one after the other: after a refusal no other
    /// secret is tried, since each one counts towards Keystone's lock-out.
    async fn log_in_account(&self, indices: Vec<usize>) {
        let mut refused = false;
        for index in indices {
            let login = &self.logins[index];
            let attempt = if refused {
                let reason = "Keystone refused this account once in this run, and each further try counts towards its lock-out";
                Attempt::without_token(LoginOutcome::Skipped { reason: reason.to_owned() })
            } else {
                self.log_in_over(login).await
            };
            // A token that is refused counts against nobody.
            let counts = !matches!(login.credential.method, Method::Token { .. });
            refused |= counts && matches!(attempt.outcome, LoginOutcome::Refused { .. });
            self.attempts.end(index, attempt);
        }
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
                    last = Some(self.with_expiry(attempt, credential, transport).await);
                    break;
                }
            };
            sessions[index] = Some(fault);
            last = last.or(Some(attempt));
        }
        for (index, transport) in left {
            let answer = self.bounded(self.http.get(transport, &credential.auth_url)).await;
            sessions[index] = answer.and_then(|answer| answer).err().filter(|f| f.kind.is_of_session());
        }
        let lost =
            || Attempt::without_token(LoginOutcome::Skipped { reason: "it has no session".to_owned() });
        Attempt { sessions, ..last.unwrap_or_else(lost) }
    }

    /// Adds when the application credential ends. That it cannot be asked spoils
    /// no login.
    async fn with_expiry(
        &self,
        mut attempt: Attempt,
        credential: &Credential,
        transport: &Transport,
    ) -> Attempt {
        let known = attempt.token().zip(attempt.tokens_url.as_deref());
        let Some((token, url)) = known.filter(|_| expiry::is_asked_for(&credential.method)) else {
            return attempt;
        };
        let end = self.bounded(expiry::ask(&self.http, transport, url, token)).await.ok().flatten();
        if let LoginOutcome::Ok(facts) = &mut attempt.outcome
            && let Some(credential) = &mut facts.application_credential
        {
            credential.expires_at = end;
        }
        attempt
    }

    async fn validate(&self, validation: &Validation) -> ValidationOutcome {
        let own = self.ended(validation.login).await;
        let Some((facts, token)) = own.and_then(Attempt::token) else {
            return ValidationOutcome::NotTried;
        };
        let endpoint = match endpoint(facts, &validation.interface, validation.region.as_deref()) {
            Ok(endpoint) => endpoint,
            Err(reason) => return ValidationOutcome::NoEndpoint { reason },
        };
        let credential = &self.logins[validation.login].credential;
        let Some(subject) = self.other_token(credential, facts).await else {
            return ValidationOutcome::NotTried;
        };
        let step = validate(&self.http, &validation.transport, endpoint, token, subject);
        self.bounded(step).await.unwrap_or_else(ValidationOutcome::Unreachable)
    }

    async fn probe(&self, probe: &Probe) -> ProbeOutcome {
        let sender = self.ended(probe.login).await;
        let Some((facts, token)) = sender.and_then(Attempt::token) else {
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

    /// Waits until a login has ended; nothing if its task was lost.
    async fn ended(&self, login: usize) -> Option<&Attempt> {
        self.wait_for(|| Some(Some(self.attempts.get(login)?))).await
    }

    /// The first token of a different user of the same Keystone, waited for if
    /// need be: everyone may look at their own, so only another's proves anything.
    async fn other_token(&self, own: &Credential, facts: &TokenFacts) -> Option<&Secret> {
        let keystone = keystone_root(&own.auth_url);
        self.wait_for(|| {
            let mut all = true;
            for (index, login) in self.logins.iter().enumerate() {
                if keystone_root(&login.credential.auth_url) != keystone {
                    continue;
                }
                let Some(attempt) = self.attempts.get(index) else {
                    all = false;
                    continue;
                };
                match attempt.token() {
                    Some((other, token)) if other.user_id != facts.user_id => return Some(Some(token)),
                    _ => {}
                }
            }
            all.then_some(None)
        })
        .await
    }

    /// Looks anew whenever a login has ended, until there is an answer or the
    /// time is up.
    async fn wait_for<T>(&self, look: impl Fn() -> Option<Option<T>>) -> Option<T> {
        let mut done = self.done.clone();
        let answer = async {
            loop {
                // Before looking, so that nothing that ends meanwhile is missed.
                done.mark_unchanged();
                if let Some(answer) = look() {
                    return answer;
                }
                if done.changed().await.is_err() {
                    return None;
                }
            }
        };
        // Logins end by the deadline, and say so a moment later.
        timeout_at(self.deadline + GRACE, answer).await.unwrap_or_default()
    }

    fn outcome(&self, validations: Vec<ValidationOutcome>, probes: Vec<ProbeOutcome>) -> Outcome {
        let lost = || LoginOutcome::Skipped { reason: "the login was lost".to_owned() };
        let attempts = || (0..self.logins.len()).map(|index| self.attempts.get(index));
        let mut outcome = Outcome {
            logins: attempts().map(|attempt| attempt.map_or_else(lost, |a| a.outcome.clone())).collect(),
            sessions: attempts()
                .map(|attempt| attempt.map_or_else(Vec::new, |a| a.sessions.clone()))
                .collect(),
            validations,
            probes,
            sent: self.http.sent(),
            trust_store: self.http.used_trust_store().then(tls::trust_store_name),
        };
        let tokens = attempts().filter_map(|attempt| attempt?.token.as_ref());
        let secrets: Vec<&Secret> =
            self.logins.iter().map(|login| login.credential.secret()).chain(tokens).collect();
        redact(&mut outcome, &secrets);
        outcome
    }
}

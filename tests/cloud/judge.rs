//! What a real keystonemiddleware does with nova's service token at a given
//! receiver, and the one word for it.
//!
//! The observation is `judge.py`'s; only the word is found here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::environment::Environment;
use super::process::{Process, ProcessError};

/// More than the judge itself grants a receiver that hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A receiving service, as it would be started.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Case {
    /// Names the case in messages.
    pub(crate) id: String,
    /// The project name in oslo.config's sense: `cinder`, `glance` and so on.
    pub(crate) service: String,
    /// In the order of the command line. None at all means the default files.
    pub(crate) sources: Vec<Source>,
    /// The options of the paste file's authtoken filter.
    pub(crate) paste: BTreeMap<String, String>,
    /// Environment variables of the service.
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) tokens: Tokens,
}

/// `--config-file` or `--config-dir`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    File(PathBuf),
    Dir(PathBuf),
}

/// What the requests carry.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Tokens {
    pub(crate) user: String,
    pub(crate) expired_user: String,
    /// None sends no service token at all.
    pub(crate) service: Option<String>,
}

/// What a real sender put into `X-Service-Token`.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Sent {
    /// None without an error: it goes on without a token.
    pub(crate) token: Option<String>,
    /// Why every call raises.
    pub(crate) error: Option<String>,
}

/// What was observed.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Answer {
    /// The version of keystonemiddleware.
    pub(crate) middleware: String,
    /// Why the service did not even start.
    pub(crate) start_error: Option<String>,
    /// A valid user token with the service token.
    pub(crate) a: Outcome,
    /// An expired user token with the service token.
    pub(crate) b: Outcome,
    /// The valid user token alone.
    pub(crate) c: Outcome,
}

/// What became of one request.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Outcome {
    /// None when the middleware raised an exception.
    pub(crate) http: Option<u16>,
    pub(crate) error: Option<String>,
    /// What the service was told of the user token; None when the request did
    /// not reach it.
    pub(crate) user: Option<Status>,
    /// What it was told of the service token; None also when there was none.
    pub(crate) service: Option<Status>,
    pub(crate) service_roles: Vec<String>,
    /// What the middleware logged, for whoever wonders about an answer.
    #[expect(dead_code, reason = "shown by Debug when an assertion fails")]
    log: Vec<String>,
}

/// The two values of the identity status headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(crate) enum Status {
    Confirmed,
    Invalid,
}

/// What a receiver does with nova's service token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Expired user tokens pass with it.
    Trusted,
    /// Requests pass, but only as long as the user's token is valid.
    Ignored,
    /// Requests fail that would have passed without it.
    Rejected,
    /// Requests fail with and without it.
    Broken,
}

impl Answer {
    /// The status headers decide, not the HTTP code: under
    /// `delay_auth_decision` the request reaches the service whatever the
    /// tokens are worth, and only these headers tell it.
    pub(crate) fn verdict(&self) -> Verdict {
        let failed = self.a.error.is_some() || self.a.http.is_some_and(|code| code >= 500);
        if self.start_error.is_some() || failed || !self.c.user_confirmed() {
            Verdict::Broken
        } else if !self.a.user_confirmed() {
            Verdict::Rejected
        } else if self.a.service == Some(Status::Confirmed) && self.b.user_confirmed() {
            Verdict::Trusted
        } else {
            Verdict::Ignored
        }
    }
}

impl Outcome {
    fn user_confirmed(&self) -> bool {
        self.user == Some(Status::Confirmed)
    }
}

/// One version of keystonemiddleware, ready to be asked.
#[derive(Debug)]
pub(crate) struct Judge {
    // One question at a time; threads wait for each other.
    process: Mutex<Process>,
    middleware: String,
}

#[derive(Deserialize)]
struct Versions {
    keystonemiddleware: String,
}

impl Judge {
    /// `directory` takes its log, and must outlive it.
    pub(crate) fn start(
        environment: &Environment,
        name: &str,
        directory: &Path,
    ) -> Result<Self, ProcessError> {
        let command = environment.script("judge.py", directory);
        let log = directory.join(format!("judge-{name}.log"));
        let mut process = Process::start(&format!("the judge {name}"), command, &log)?;
        let versions: Versions = ask(&mut process, &json!({"op": "versions"}))?;
        Ok(Self { process: Mutex::new(process), middleware: versions.keystonemiddleware })
    }

    /// The version of keystonemiddleware.
    pub(crate) fn middleware(&self) -> &str {
        &self.middleware
    }

    pub(crate) fn ask(&self, case: &Case) -> Result<Answer, ProcessError> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&mut process, case)
    }

    /// Asks what the `[service_user]` of a service makes of its files.
    pub(crate) fn send(&self, service: &str, sources: &[Source]) -> Result<Sent, ProcessError> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        ask(&mut process, &json!({"op": "send", "service": service, "sources": sources}))
    }
}

fn ask<Q: Serialize, A: for<'de> Deserialize<'de>>(
    process: &mut Process,
    question: &Q,
) -> Result<A, ProcessError> {
    let wrong =
        |what: String| move |error: serde_json::Error| ProcessError::Io { name: what, source: error.into() };
    let question = serde_json::to_string(question).map_err(wrong("a question".to_owned()))?;
    process.say(&question)?;
    let line = process.hear(ANSWER_WITHIN)?;
    serde_json::from_str(&line).map_err(wrong(format!("the judge said {line:?}")))
}

//! The real keystoneauth1, asked to log in with a section of a configuration.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::environment::Environment;
use super::process::{Process, ProcessError};

/// More than the peer grants a login that hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What became of a login.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Login {
    /// `load-error`, `no-plugin`, `loads`, `login-error`, `no-token`, `ok` or
    /// `hang`.
    pub(crate) outcome: String,
    /// The class of the exception.
    #[serde(default)]
    pub(crate) error: String,
    /// The HTTP status of an exception that has one.
    pub(crate) status: Option<u16>,
    /// The roles in the token, sorted.
    #[serde(default)]
    pub(crate) roles: Vec<String>,
}

/// A process with keystoneauth1 in it.
#[derive(Debug)]
pub(crate) struct Keystoneauth {
    // One question at a time; threads wait for each other.
    process: Mutex<Process>,
    directory: PathBuf,
}

impl Keystoneauth {
    /// `directory` takes its log and files, and must outlive it.
    pub(crate) fn start(environment: &Environment, directory: &Path) -> Result<Self, ProcessError> {
        let command = environment.script("keystoneauth_peer.py", directory);
        let log = directory.join(super::admin::unique("keystoneauth") + ".log");
        let process = Process::start("keystoneauth1", command, &log)?;
        Ok(Self { process: Mutex::new(process), directory: directory.to_owned() })
    }

    /// Loads the plugin of `section` and asks it for a token over the session of
    /// `[cinder]`; `own`: as for a request of the middleware's own, over its own
    /// session.
    pub(crate) fn login(&self, text: &str, section: &str, own: bool) -> Result<Login, ProcessError> {
        self.ask(&json!({
            "text": text, "section": section, "directory": self.directory, "own": own, "called": "cinder",
        }))
    }

    /// Loads the plugin of `section` and leaves it at that: `loads`,
    /// `load-error` or `no-plugin`.
    pub(crate) fn load(&self, text: &str, section: &str) -> Result<Login, ProcessError> {
        self.ask(&json!({
            "text": text, "section": section, "directory": self.directory, "own": false, "load": true,
        }))
    }

    fn ask(&self, question: &Value) -> Result<Login, ProcessError> {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        process.say(&question.to_string())?;
        let line = process.hear(ANSWER_WITHIN)?;
        serde_json::from_str(&line).map_err(|error| ProcessError::Io {
            name: format!("keystoneauth1 said {line:?}"),
            source: error.into(),
        })
    }
}

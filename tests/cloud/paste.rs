//! What the real PasteDeploy makes of a paste file.
//!
//! The loading is `paste_peer.py`'s; here it is only asked.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use super::CloudError;
use super::environment::{Environment, Which};
use super::process::{Process, ProcessError};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What PasteDeploy says.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Loaded {
    /// The class of the exception.
    Refused(String),
    /// What each auth_token filter is handed.
    Filters(Vec<BTreeMap<String, String>>),
}

/// The real PasteDeploy, ready to be asked.
#[derive(Debug)]
pub(crate) struct PasteDeploy {
    process: Process,
    _directory: TempDir,
}

impl PasteDeploy {
    pub(crate) fn start() -> Result<Self, CloudError> {
        let environment = Environment::ensure(Which::Keystone)?;
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir()?;
        let command = environment.script("paste_peer.py", directory.path());
        let process = Process::start("PasteDeploy", command, &directory.path().join("paste.log"))?;
        Ok(Self { process, _directory: directory })
    }

    pub(crate) fn load(&mut self, file: &Path, application: &str) -> Result<Loaded, ProcessError> {
        let question = json!({"file": file, "application": application, "strategy": "keystone"});
        self.process.say(&question.to_string())?;
        let line = self.process.hear(ANSWER_WITHIN)?;
        serde_json::from_str(&line)
            .map_err(|error| ProcessError::Io { name: "PasteDeploy".to_owned(), source: error.into() })
    }
}

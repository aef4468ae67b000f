//! What the real oslo.config makes of a configuration.
//!
//! The reading is `oslo_peer.py`'s; here it is only asked, many cases at once.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::CloudError;
use super::environment::{Environment, Which};
use super::judge::Source;
use super::process::{Process, ProcessError};

/// A thousand cases take about a second.
const ANSWER_WITHIN: Duration = Duration::from_secs(120);

/// A configuration and what is asked about it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Question {
    pub(crate) sources: Vec<Source>,
    pub(crate) env: BTreeMap<String, String>,
    /// Group and option.
    pub(crate) ask: Vec<(String, String)>,
}

/// What oslo.config says.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Reading {
    /// The files are refused.
    Refused(Refused),
    /// One value for each option asked for.
    Values(Vec<Value>),
}

/// Why files are refused.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The exception's class.
    pub(crate) class: String,
    pub(crate) file: Option<String>,
    pub(crate) line: Option<usize>,
    pub(crate) message: Option<String>,
}

/// What reading an option gives; numbers as Python prints them.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Value {
    #[serde(rename = "value")]
    Plain(Option<Plain>),
    Int(String),
    Float(String),
    /// The class of the exception that reading it raised.
    Error(String),
}

/// A value that JSON has a type for.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(untagged)]
pub(crate) enum Plain {
    Bool(bool),
    Text(String),
    List(Vec<String>),
}

/// The real oslo.config, ready to be asked.
#[derive(Debug)]
pub(crate) struct Oslo {
    process: Process,
    _directory: TempDir,
}

impl Oslo {
    pub(crate) fn start() -> Result<Self, CloudError> {
        let environment = Environment::ensure(Which::Keystone)?;
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir()?;
        let command = environment.script("oslo_peer.py", directory.path());
        let process = Process::start("oslo.config", command, &directory.path().join("oslo.log"))?;
        Ok(Self { process, _directory: directory })
    }

    pub(crate) fn ask(&mut self, questions: &[Question]) -> Result<Vec<Reading>, ProcessError> {
        let wrong = |error: serde_json::Error| ProcessError::Io {
            name: "oslo.config".to_owned(),
            source: error.into(),
        };
        self.process.say(&serde_json::to_string(questions).map_err(wrong)?)?;
        serde_json::from_str(&self.process.hear(ANSWER_WITHIN)?).map_err(wrong)
    }
}

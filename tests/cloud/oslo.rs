//! What the real oslo.config makes of a configuration.
//!
//! The reading is `oslo_peer.py`'s; here it is only asked, many cases at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

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
    /// The auth plugins whose options are registered, for each login section.
    pub(crate) plugins: [&'static str; 3],
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

/// Group, name and old names of an option that is registered.
pub(crate) type Name = (String, String, Vec<String>);

#[derive(Deserialize)]
struct Names {
    names: Vec<Name>,
}

/// The real oslo.config, ready to be asked.
#[derive(Debug)]
pub(crate) struct Oslo {
    process: Process,
}

/// The one that tests share, started on first use.
#[expect(clippy::panic, reason = "without oslo.config no test can say anything")]
pub(crate) fn shared() -> MutexGuard<'static, Oslo> {
    static OSLO: LazyLock<Mutex<Oslo>> =
        LazyLock::new(|| Oslo::start().map_or_else(|error| panic!("no oslo.config: {error}"), Mutex::new));
    // Between two questions it is as good as new, whatever a test made of the answer.
    OSLO.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A process that parses a file in a folder of its own and ends.
pub(crate) fn parsing(file: &Path) -> Result<Command, CloudError> {
    let environment = Environment::ensure(Which::Keystone)?;
    let mut command = environment.script("parse_file.py", file.parent().unwrap_or(Path::new("/")));
    command.arg(file);
    Ok(command)
}

impl Oslo {
    pub(crate) fn start() -> Result<Self, CloudError> {
        let environment = Environment::ensure(Which::Keystone)?;
        // The process removes it, so that it goes even where no destructor runs.
        let directory = tempfile::Builder::new().prefix("nova-token-check-").tempdir()?.keep();
        let mut command = environment.script("oslo_peer.py", &directory);
        command.arg(&directory);
        let process = Process::start("oslo.config", command, &directory.join("oslo.log"))?;
        Ok(Self { process })
    }

    pub(crate) fn ask(&mut self, questions: &[Question]) -> Result<Vec<Reading>, ProcessError> {
        self.answer(&questions)
    }

    /// What is registered in the login sections with these plugins.
    pub(crate) fn names(&mut self, plugins: [&str; 3]) -> Result<Vec<Name>, ProcessError> {
        let answers: [Names; 1] = self.answer(&[json!({"plugins": plugins, "names": true})])?;
        let [Names { names }] = answers;
        Ok(names)
    }

    fn answer<Answer: DeserializeOwned>(
        &mut self,
        question: &impl Serialize,
    ) -> Result<Answer, ProcessError> {
        let wrong = |error: serde_json::Error| ProcessError::Io {
            name: "oslo.config".to_owned(),
            source: error.into(),
        };
        self.process.say(&serde_json::to_string(question).map_err(wrong)?)?;
        serde_json::from_str(&self.process.hear(ANSWER_WITHIN)?).map_err(wrong)
    }
}

//! The program and its JSON report, asked the questions that tests have.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{Run, program};

/// A run to be made.
pub(crate) struct Binary {
    command: Command,
}

impl Binary {
    pub(crate) fn new() -> Self {
        Self { command: program(Path::new("/")) }
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    pub(crate) fn run(mut self) -> Run {
        Run::of(&self.command.output().unwrap())
    }

    /// Runs with `--format json`.
    pub(crate) fn report(self) -> (Run, Report) {
        let run = self.args(["--format", "json"]).run();
        let report = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("no JSON report ({error}): {run:#?}"));
        (run, Report(report))
    }
}

/// The JSON report.
pub(crate) struct Report(pub(crate) Value);

impl Report {
    /// The row of a sender's `[service_user]` and a receiver, both by id.
    pub(crate) fn row(&self, sender: &str, receiver: &str) -> Option<&Value> {
        let holds = |list: &Value, id: &str| list.as_array().unwrap().iter().any(|known| known == id);
        let rows = self.0["trust"].as_array().unwrap();
        let mut rows = rows.iter().filter(|row| {
            row["section"] == "service_user"
                && holds(&row["senders"], sender)
                && holds(&row["receivers"], receiver)
        });
        let row = rows.next();
        assert!(rows.next().is_none(), "two rows for {sender} and {receiver}");
        row
    }

    pub(crate) fn verdict(&self, sender: &str, receiver: &str) -> &str {
        self.row(sender, receiver).unwrap()["verdict"].as_str().unwrap()
    }

    pub(crate) fn service(&self, id: &str) -> &Value {
        let mut services = self.0["services"].as_array().unwrap().iter();
        services.find(|service| service["id"] == id).unwrap_or_else(|| panic!("no service {id}"))
    }

    /// The names of the rules with findings, each once.
    pub(crate) fn rules(&self) -> Vec<&str> {
        let findings = self.0["findings"].as_array().unwrap();
        let mut rules: Vec<&str> = findings.iter().map(|f| f["rule"].as_str().unwrap()).collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }
}

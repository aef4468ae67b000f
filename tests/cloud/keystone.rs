//! A real Keystone on 127.0.0.1 with its own database, for as long as the
//! value lives.
//!
//! What is created in it is `admin.rs`'s business.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::environment::Environment;
use super::process::{Process, ProcessError};

/// Setting up takes about three seconds; a busy machine may need many more.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Tokens of the short-lived Keystone live this many seconds.
const SHORT_LIFE: &str = "1";

/// A running Keystone.
#[derive(Debug)]
pub(crate) struct Keystone {
    // Ends before the directory goes.
    _process: Process,
    _work: Option<WorkDirectory>,
    directory: PathBuf,
    port: u16,
    admin_password: String,
}

#[derive(Deserialize)]
struct Ready {
    port: u16,
}

impl Keystone {
    /// Sets up a new Keystone in an empty directory and starts it. The
    /// directory is gone when it has ended.
    pub(crate) fn start(environment: &Environment, directory: &Path) -> Result<Self, ProcessError> {
        let work = WorkDirectory(directory.to_owned());
        let admin_password = random_password()
            .map_err(|source| ProcessError::Io { name: "/dev/urandom".to_owned(), source })?;
        let mut command = environment.script("keystone_server.py", directory);
        command.arg(directory);
        let log = directory.join("keystone.log");
        let mut process = Process::start("Keystone", command, &log)?;
        process.say(&admin_password)?;
        let port = ready_port(&mut process)?;
        Ok(Self {
            _process: process,
            _work: Some(work),
            directory: directory.to_owned(),
            port,
            admin_password,
        })
    }

    /// A second process on the same database and keys, whose tokens expire
    /// after a second. Ask it for tokens and nothing else: the catalogue knows
    /// only the first.
    pub(crate) fn start_short_lived(&self, environment: &Environment) -> Result<Self, ProcessError> {
        self.join(environment, "short-lived", &["--expiration", SHORT_LIFE])
    }

    /// A second process on the same database, which lets the passwords that are
    /// set through it expire after so many days.
    pub(crate) fn start_with_password_days(
        &self,
        environment: &Environment,
        days: u32,
    ) -> Result<Self, ProcessError> {
        self.join(environment, "password-days", &["--password-days", &days.to_string()])
    }

    fn join(&self, environment: &Environment, name: &str, arguments: &[&str]) -> Result<Self, ProcessError> {
        let mut command = environment.script("keystone_server.py", &self.directory);
        command.arg(&self.directory).arg("--join").args(arguments);
        let log = self.directory.join(format!("{name}.log"));
        let mut process = Process::start("a further Keystone", command, &log)?;
        let port = ready_port(&mut process)?;
        Ok(Self {
            _process: process,
            _work: None,
            directory: self.directory.clone(),
            port,
            admin_password: self.admin_password.clone(),
        })
    }

    /// Without a path; version 3 is found at `/v3` below it.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where it works: gone when it has ended, however this process ends.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn admin_password(&self) -> &str {
        &self.admin_password
    }
}

pub(super) fn ready_port(process: &mut Process) -> Result<u16, ProcessError> {
    let line = process.hear(READY_WITHIN)?;
    let ready: Ready = serde_json::from_str(&line).map_err(|error| ProcessError::Io {
        name: format!("Keystone said {line:?}"),
        source: error.into(),
    })?;
    Ok(ready.port)
}

fn random_password() -> std::io::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Removed by Keystone's process when it ends; this is for when it could not.
#[derive(Debug)]
struct WorkDirectory(PathBuf);

impl Drop for WorkDirectory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

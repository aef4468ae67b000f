//! A Python process that is spoken to in lines and ends with its standard
//! input.
//!
//! The operating system closes that input when the test process ends, however
//! it ends; so nothing is left behind even where no destructor runs, as with
//! the statics of a test binary.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a process gets to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a process does not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProcessError {
    #[error("{name}: {source}")]
    Io { name: String, source: std::io::Error },
    #[error("{name} ended. The end of its log:\n{log}")]
    Ended { name: String, log: String },
    #[error("{name} did not answer within {} s. The end of its log:\n{log}", within.as_secs())]
    Late { name: String, within: Duration, log: String },
}

/// The process and its two ends.
#[derive(Debug)]
pub(crate) struct Process {
    name: String,
    child: Child,
    input: Option<ChildStdin>,
    // A receiver alone could not be part of a static.
    lines: Mutex<Receiver<String>>,
    log: PathBuf,
}

impl Process {
    /// Starts it; what it writes to standard error goes to the log.
    pub(crate) fn start(name: &str, mut command: Command, log: &Path) -> Result<Self, ProcessError> {
        let io = |source| ProcessError::Io { name: name.to_owned(), source };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(File::create(log).map_err(io)?);
        let mut child = command.spawn().map_err(io)?;
        let input = child.stdin.take();
        let (sender, lines) = channel();
        if let Some(output) = child.stdout.take() {
            std::thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        Ok(Self { name: name.to_owned(), child, input, lines: Mutex::new(lines), log: log.to_owned() })
    }

    pub(crate) fn say(&mut self, line: &str) -> Result<(), ProcessError> {
        let Some(input) = &mut self.input else {
            return Err(self.ended());
        };
        match writeln!(input, "{line}").and_then(|()| input.flush()) {
            Ok(()) => Ok(()),
            Err(_) => Err(self.ended()),
        }
    }

    /// The next line of its standard output.
    pub(crate) fn hear(&mut self, within: Duration) -> Result<String, ProcessError> {
        let lines = self.lines.get_mut().unwrap_or_else(PoisonError::into_inner);
        lines.recv_timeout(within).map_err(|error| match error {
            RecvTimeoutError::Disconnected => self.ended(),
            RecvTimeoutError::Timeout => {
                ProcessError::Late { name: self.name.clone(), within, log: self.log_tail() }
            }
        })
    }

    fn ended(&self) -> ProcessError {
        ProcessError::Ended { name: self.name.clone(), log: self.log_tail() }
    }

    fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }
}

impl Drop for Process {
    /// Lets it end by itself first, because it may have to clean up. What
    /// fails here has no one to be told to.
    fn drop(&mut self) {
        drop(self.input.take());
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! Why the program could not do its work, and what to do about it.

use thiserror::Error;

use crate::deployment::{ReadError, TargetError};

/// An error that ends the run with code 2.
#[derive(Debug, Error)]
pub enum CliError {
    /// A target cannot be used.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A name is not known.
    #[error("unknown {what} {name:?}")]
    UnknownName {
        /// What it should have named.
        what: &'static str,
        /// As typed.
        name: String,
        /// What to do.
        help: String,
    },
    /// `--report` is not of the form F=FILE, or says something impossible.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// Output cannot be written.
    #[error("failed to write {what}: {reason}")]
    Write {
        /// The file, or standard output.
        what: String,
        /// The system's word for it.
        reason: String,
    },
    /// The runtime cannot be started.
    #[error("failed to start the network runtime: {0}")]
    Runtime(std::io::Error),
}

impl CliError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Target(error) => Some(error.help()),
            Self::Read(error) => Some(error.help().to_owned()),
            Self::UnknownName { help, .. } | Self::Usage { help, .. } => Some(help.clone()),
            Self::Write { .. } => Some("check the path, its permissions and the free space".to_owned()),
            Self::Runtime(_) => None,
        }
    }
}

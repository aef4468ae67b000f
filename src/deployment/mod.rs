//! From what was typed to the files each service process reads, in their order.
//!
//! This folder looks at the file system and decides which files belong
//! together; what stands in them is read by `ini/` and `config/`.

mod discover;
mod read;
mod target;

pub use discover::resolve;
pub use read::{ReadError, load};
pub use target::{Target, TargetError, parse};

/// A service process and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The service's name.
    pub name: String,
    /// The process, where the files tell it.
    pub process: Option<&'static str>,
    /// Its sources in the order in which they count.
    pub sources: Vec<Source>,
}

/// One thing that a service reads options from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// As `--config-file`.
    File(String),
    /// As `--config-dir`.
    Directory(String),
    /// Standard input, read as a file.
    Stdin,
}

impl Source {
    /// The path as typed.
    pub fn label(&self) -> &str {
        match self {
            Self::File(path) | Self::Directory(path) => path,
            Self::Stdin => "-",
        }
    }
}

//! From what was typed to the files each service process reads, in their order.
//!
//! This folder looks at the file system and decides which files belong
//! together; what stands in them is read by `ini/` and `config/`.

mod discover;
mod glob;
mod installed;
mod own;
mod paste;
mod policy;
mod read;
mod search;
mod seen;
mod surroundings;
mod target;
mod tls;

use std::sync::Arc;

pub use discover::resolve;
pub use installed::{Finder, Package, Packages, Trouble};
pub use policy::{Policy, policies};
pub use read::{Loaded, ReadError, load};
pub use search::Variables;
pub use seen::Seen;
pub use surroundings::Surroundings;
pub use target::{Target, TargetError, parse};
pub use tls::{TlsFault, TlsPaths, TlsProblem};

/// A service process and its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The service's name.
    pub name: String,
    /// The process, where the files tell it.
    pub process: Option<&'static str>,
    /// How it was deployed, where the files tell it.
    pub method: Option<&'static str>,
    /// Its sources in the order in which they count.
    pub sources: Vec<Source>,
    /// The directory it was found in, where it was looked for: perhaps the root
    /// of a host, an image or a support bundle, or above several such.
    pub within: Option<String>,
    /// Whether their paths are those of its command line, as typed: `--config-file`
    /// and `--config-dir`.
    pub on_command_line: bool,
    /// The command line that names them, where one was found, and the file it stands in.
    pub command: Option<String>,
    /// Policy files that stand beside the sources inside other files.
    pub policies: Vec<Text>,
}

impl Process {
    /// A process of which nothing but its arguments is known.
    pub fn plain(name: &str, sources: Vec<Source>) -> Self {
        Self {
            name: name.to_owned(),
            process: None,
            method: None,
            sources,
            within: None,
            on_command_line: true,
            command: None,
            policies: Vec::new(),
        }
    }
}

/// One thing that a service reads options from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// As `--config-file`.
    File(String),
    /// As `--config-dir`.
    Directory(String),
    /// The paste file of its API.
    Paste(String),
    /// Ceph's file, which RadosGW reads.
    Ceph(String),
    /// A text that stands inside another file.
    Text(Text),
    /// Standard input, read as a file.
    Stdin,
}

/// A text inside a Kubernetes manifest.
#[derive(Clone, PartialEq, Eq)]
pub struct Text {
    /// `manifest.yaml#object/key`.
    pub label: String,
    /// What stands there, decoded.
    pub bytes: Arc<[u8]>,
    /// Whether it is a paste file.
    pub paste: bool,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the bytes: they hold passwords.
        f.debug_struct("Text").field("label", &self.label).field("bytes", &self.bytes.len()).finish()
    }
}

impl Source {
    /// The path as typed.
    pub fn label(&self) -> &str {
        match self {
            Self::File(path) | Self::Directory(path) | Self::Paste(path) | Self::Ceph(path) => path,
            Self::Text(text) => &text.label,
            Self::Stdin => "-",
        }
    }
}

/// Something that was met and not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unchecked {
    /// What.
    pub what: String,
    /// Why.
    pub why: String,
    /// What would check it.
    pub how: String,
}

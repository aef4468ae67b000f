//! What a TARGET argument means.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use thiserror::Error;

use super::Source;
use super::paste::{is_paste_name, is_paste_text};
use crate::catalog::{ServiceKind, service_names};
use crate::ceph;

/// A TARGET as understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `NAME=PATH[,PATH]...`
    Service {
        /// The name before the `=`.
        name: String,
        /// The paths behind it.
        sources: Vec<Source>,
    },
    /// A file whose name tells the service.
    File(String),
    /// A directory to be looked through.
    Directory(String),
}

/// Why the work cannot be done with these targets.
#[derive(Debug, Error)]
pub enum TargetError {
    /// Nothing is there.
    #[error("{path}: no such file or directory")]
    NotFound {
        /// The path as typed.
        path: String,
    },
    /// It cannot be looked at.
    #[error("{path}: {reason}")]
    Unreadable {
        /// The path as typed.
        path: String,
        /// The system's word for it.
        reason: String,
    },
    /// `NAME=` with nothing behind it.
    #[error("{argument}: no path behind the =")]
    NoPath {
        /// The argument as typed.
        argument: String,
    },
    /// Nothing to check was found.
    #[error("nothing to check: {what}")]
    Nothing {
        /// Where was looked, and for what.
        what: String,
        /// What would help, where something was met that could not be looked at.
        help: Option<String>,
    },
}

impl TargetError {
    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Self::NotFound { .. } => {
                "check the path; a service is given as NAME=PATH, such as nova=/etc/nova/nova.conf".to_owned()
            }
            Self::Unreadable { .. } => "run as a user who may read it, such as the service's own".to_owned(),
            Self::NoPath { .. } => "write NAME=PATH, such as nova=/etc/nova/nova.conf".to_owned(),
            Self::Nothing { help: Some(help), .. } => help.clone(),
            Self::Nothing { help: None, .. } => {
                "name the services and their files: nova=/etc/nova/nova.conf cinder=/etc/cinder/cinder.conf"
                    .to_owned()
            }
        }
    }
}

/// Understands one argument. `home` is what `~` stands for.
///
/// # Errors
///
/// The path is missing, does not exist, or cannot be looked at.
pub fn parse(argument: &str, home: Option<&Path>) -> Result<Target, TargetError> {
    if let Some((name, paths)) = argument.split_once('=')
        && is_name(name)
    {
        let sources: Result<Vec<Source>, TargetError> =
            split_paths(paths).iter().map(|path| source(&expanded(path, home))).collect();
        let sources = sources?;
        if sources.is_empty() {
            return Err(TargetError::NoPath { argument: argument.to_owned() });
        }
        return Ok(Target::Service { name: name.to_owned(), sources });
    }
    match source(&expanded(argument, home))? {
        Source::Directory(path) => Ok(Target::Directory(path)),
        Source::File(path) | Source::Paste(path) | Source::Ceph(path) => Ok(Target::File(path)),
        Source::Stdin | Source::Text(_) => Err(TargetError::Nothing {
            what: "standard input needs a service's name, as in nova=-".to_owned(),
            help: None,
        }),
    }
}

/// A service this program knows, or a word that may name one it does not.
fn is_name(name: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    service_names().any(|known| known == name) || (!name.is_empty() && name.chars().all(word))
}

/// Splits at commas; `\,` is a comma in a path.
fn split_paths(text: &str) -> Vec<String> {
    let mut paths = vec![String::new()];
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&',') => {
                chars.next();
                push(&mut paths, ',');
            }
            ',' => paths.push(String::new()),
            c => push(&mut paths, c),
        }
    }
    paths.retain(|path| !path.is_empty());
    paths
}

fn push(paths: &mut [String], c: char) {
    if let Some(path) = paths.last_mut() {
        path.push(c);
    }
}

/// A leading `~` is the home directory, as oslo.config takes it in both of its
/// options; other users' homes are not looked up.
fn expanded(path: &str, home: Option<&Path>) -> String {
    let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match (rest, home) {
        (Some(rest), Some(home)) => format!("{}{rest}", home.display()),
        _ => path.to_owned(),
    }
}

fn source(path: &str) -> Result<Source, TargetError> {
    if path == "-" {
        return Ok(Source::Stdin);
    }
    let metadata = std::fs::metadata(Path::new(path)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => TargetError::NotFound { path: path.to_owned() },
        _ => TargetError::Unreadable { path: path.to_owned(), reason: error.to_string() },
    })?;
    Ok(if metadata.is_dir() {
        Source::Directory(path.to_owned())
    } else if Path::new(path).file_name().is_some_and(|name| name == ceph::FILE) {
        Source::Ceph(path.to_owned())
    } else if metadata.is_file() && is_paste(path) {
        Source::Paste(path.to_owned())
    } else {
        Source::File(path.to_owned())
    })
}

/// Whether a file is a paste file, by its name or else by its sections.
fn is_paste(path: &str) -> bool {
    /// Sections further down than this (bytes) are not looked for.
    const LOOK: u64 = 1 << 20;
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if is_paste_name(name) || ServiceKind::from_file_name(name).is_some() {
        return is_paste_name(name);
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LOOK).read_to_end(&mut bytes));
    read.is_ok() && is_paste_text(&String::from_utf8_lossy(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_split_paths_and_can_be_escaped() {
        assert_eq!(split_paths(r"a,b\,c,"), ["a", "b,c"]);
    }

    #[test]
    fn a_tilde_is_the_home_directory() {
        let home = Some(Path::new("/home/me"));
        assert_eq!(expanded("~/nova.conf", home), "/home/me/nova.conf");
        assert_eq!(expanded("~nova/nova.conf", home), "~nova/nova.conf");
        assert_eq!(expanded("a~/b", home), "a~/b");
    }

    #[test]
    fn a_name_is_a_service_s() {
        assert!(is_name("nova") && is_name("my-service_2"));
        assert!(!is_name("./nova") && !is_name("") && !is_name("Nova"));
    }
}

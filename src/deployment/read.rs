//! Reading the files of a process into a configuration, as oslo.config would:
//! one after the other, up to the first that it refuses.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::{Process, Seen, Source, Text, Unchecked, own, paste, policy};
use crate::catalog::ServiceKind;
use crate::ceph::Gateways;
use crate::config::{Configuration, Environment, Holder, Layer, LoadFailure, LoadProblem};
use crate::ini::Document;

/// A file larger than this (bytes) is not read.
const MAX_FILE: u64 = 512 << 20;

/// Why this program could not read a file that the service may be able to read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The system's error.
    #[error("{path}: {reason}")]
    Io {
        /// The path as reached from the target.
        path: String,
        /// The system's word for it.
        reason: String,
    },
    /// A pipe, socket or device: reading it might never end.
    #[error("{path}: is no regular file")]
    NotRegular {
        /// The path as reached from the target.
        path: String,
    },
    /// Larger than any configuration.
    #[error("{path}: is larger than {} MiB", MAX_FILE >> 20)]
    TooLarge {
        /// The path as reached from the target.
        path: String,
    },
}

impl ReadError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Io { .. } => "run as a user who may read it, such as the service's own",
            Self::NotRegular { .. } => "give a file, or pass the text on standard input as NAME=-",
            Self::TooLarge { .. } => "check that this is a configuration file",
        }
    }
}

/// The outcome of reading a process's files.
#[derive(Debug)]
pub struct Loaded {
    /// The files, and what the paste filter puts above them.
    pub configuration: Configuration,
    /// The paths in question, as reached from the target.
    pub paths: Vec<String>,
    /// The policy files beside them that say anything.
    pub policy_files: Vec<String>,
    /// What its Ceph file says, if it is RadosGW.
    pub gateways: Option<Gateways>,
    /// What was met and not looked at.
    pub unchecked: Vec<Unchecked>,
}

/// Reads all sources of a process, and looks for its policy files where not all was `seen`.
///
/// # Errors
///
/// A file cannot be read by this program. What oslo.config itself would refuse
/// is no error but part of the configuration.
pub fn load(process: &Process, environment: &Environment, seen: &Seen) -> Result<Loaded, ReadError> {
    let mut unchecked = Vec::new();
    let mut paths = process.sources.iter().map(|source| source.label().to_owned()).collect();
    let configuration = paste::apply(process, files(process, environment)?, &mut paths, &mut unchecked)?;
    let gateways = ceph(process, &mut unchecked)?;
    Ok(Loaded { configuration, paths, gateways, policy_files: policy::files(process, seen), unchecked })
}

/// Reads Ceph's file of a RadosGW.
fn ceph(process: &Process, unchecked: &mut Vec<Unchecked>) -> Result<Option<Gateways>, ReadError> {
    let path = process.sources.iter().find_map(|source| match source {
        Source::Ceph(path) => Some(path),
        _ => None,
    });
    let Some(path) = path else { return Ok(None) };
    let text = match read_text(&Input::Path(PathBuf::from(path)))? {
        Ok(text) => text,
        Err((LoadProblem::NotUtf8 { .. }, bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    };
    let gateways = Gateways::read(path, &text);
    let said = match &gateways {
        Some(gateways) => format!("its verdict is unknown: {}", gateways.says()),
        None => "the file has no gateway that asks Keystone".to_owned(),
    };
    unchecked.push(Unchecked {
        what: format!("RadosGW ({path})"),
        why: said,
        how: "`ceph config get client.rgw rgw_keystone_service_token_enabled` tells, and …_accepted_roles"
            .to_owned(),
    });
    Ok(gateways)
}

/// Reads the files that oslo.config reads.
pub(super) fn files(process: &Process, environment: &Environment) -> Result<Configuration, ReadError> {
    let mut layers: Vec<Layer> = Vec::new();
    for source in oslo_sources(process) {
        if !matches!(source, Source::Directory(_))
            && let Some(failure) = own::before_a_file(&layers)
        {
            return Ok(Configuration::failed(layers, environment.clone(), failure));
        }
        for file in files_of(source)? {
            match layer(&file)? {
                Ok(layer) => layers.push(layer),
                Err((problem, bytes)) => {
                    let failure = LoadFailure::new(Arc::from(file.label()), problem, &bytes);
                    return Ok(Configuration::failed(layers, environment.clone(), failure));
                }
            }
        }
    }
    let configuration = Configuration::new(layers, environment.clone());
    Ok(match own::at_the_end(process, &configuration) {
        Some(failure) => configuration.refused(failure),
        None => configuration,
    })
}

/// What oslo.config reads, in its order. Under a WSGI server nova hands it its paste
/// file too, before anything else. (So did glance up to 2024.1.)
fn oslo_sources(process: &Process) -> Vec<&Source> {
    let kind = ServiceKind::from_name(&process.name);
    let is_paste = |source: &&Source| match source {
        Source::Paste(_) => true,
        Source::Text(text) => text.paste,
        Source::Stdin => kind == ServiceKind::Swift,
        // Not oslo.config's either, and read by nobody else here.
        Source::Ceph(_) => true,
        Source::File(_) | Source::Directory(_) => false,
    };
    let both = kind == ServiceKind::Nova;
    let paste = process.sources.iter().filter(|source| both && is_paste(source));
    // Swift's directory is one of paste files.
    let not_oslo = |source: &&Source| kind == ServiceKind::Swift && matches!(source, Source::Directory(_));
    let rest = process.sources.iter().filter(|source| !is_paste(source) && !not_oslo(source));
    paste.chain(rest).collect()
}

/// One file to be read.
pub(super) enum Input {
    Path(PathBuf),
    Text(Text),
    Stdin,
}

impl Input {
    pub(super) fn label(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Text(text) => text.label.clone(),
            Self::Stdin => "-".to_owned(),
        }
    }

    fn holder(&self) -> Holder {
        match self {
            Self::Path(path) if path.to_str().is_none() => Holder::OddlyNamed,
            Self::Path(_) => Holder::File,
            Self::Text(_) => Holder::Manifest,
            Self::Stdin => Holder::StandardInput,
        }
    }
}

fn files_of(source: &Source) -> Result<Vec<Input>, ReadError> {
    Ok(match source {
        Source::File(path) | Source::Paste(path) => vec![Input::Path(PathBuf::from(path))],
        Source::Text(text) => vec![Input::Text(text.clone())],
        Source::Ceph(_) => Vec::new(),
        Source::Stdin => vec![Input::Stdin],
        Source::Directory(path) => directory(path)?.into_iter().map(Input::Path).collect(),
    })
}

/// The files of a configuration directory.
fn directory(path: &str) -> Result<Vec<PathBuf>, ReadError> {
    super::glob::fragments(path)
        .map_err(|error| ReadError::Io { path: path.to_owned(), reason: error.to_string() })
}

/// The files of a directory that swift reads: its name is no pattern.
pub(super) fn listed(path: &str) -> Result<Vec<PathBuf>, ReadError> {
    super::glob::listed(Path::new(path))
        .map_err(|error| ReadError::Io { path: path.to_owned(), reason: error.to_string() })
}

/// A text, or why the service would not take it and what stands there.
type TextOrProblem = Result<String, (LoadProblem, Vec<u8>)>;

/// A file that oslo.config reads, or why it does not and what stands there.
type LayerOrProblem = Result<Layer, (LoadProblem, Vec<u8>)>;

/// A file's text, or why the service would not take it.
pub(super) fn read_text(input: &Input) -> Result<TextOrProblem, ReadError> {
    let bytes = match input {
        Input::Stdin => read_bounded(std::io::stdin().lock(), 0, "-")?,
        Input::Text(text) => text.bytes.to_vec(),
        Input::Path(path) => {
            let metadata = std::fs::metadata(path).map_err(|error| io_error(input, &error))?;
            if metadata.is_dir() {
                return Ok(Err((LoadProblem::IsDirectory, Vec::new())));
            }
            if !metadata.is_file() {
                return Err(ReadError::NotRegular { path: input.label() });
            }
            let file = File::open(path).map_err(|error| io_error(input, &error))?;
            read_bounded(file, metadata.len(), &input.label())?
        }
    };
    Ok(String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|&&byte| byte == b'\n').count() + 1;
        (LoadProblem::NotUtf8 { line }, error.into_bytes())
    }))
}

fn layer(input: &Input) -> Result<LayerOrProblem, ReadError> {
    Ok(read_text(input)?.and_then(|text| {
        let document = Document::parse_or_return(text)
            .map_err(|(refusal, text)| (LoadProblem::Refused(refusal), text.into_bytes()))?;
        Ok(Layer::new(Arc::from(input.label()), document).held_by(input.holder()))
    }))
}

fn io_error(input: &Input, error: &std::io::Error) -> ReadError {
    ReadError::Io { path: input.label(), reason: error.to_string() }
}

/// Reads all there is, which is probably as much as `expected`.
fn read_bounded(source: impl Read, expected: u64, label: &str) -> Result<Vec<u8>, ReadError> {
    // One byte more, so that the end is noticed without growing.
    let mut bytes = Vec::with_capacity(usize::try_from(expected.min(MAX_FILE)).unwrap_or(0) + 1);
    let read = source.take(MAX_FILE + 1).read_to_end(&mut bytes);
    read.map_err(|error| ReadError::Io { path: label.to_owned(), reason: error.to_string() })?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(ReadError::TooLarge { path: label.to_owned() });
    }
    Ok(bytes)
}

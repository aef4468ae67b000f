//! From targets to processes: a file's name tells its service, a directory is
//! looked through for the layout of distribution packages.

use std::path::{Path, PathBuf};

use super::{Process, Source, Target, TargetError, Unchecked};
use crate::catalog::ServiceKind;

/// What the targets lead to.
#[derive(Debug, Default)]
pub struct Resolved {
    /// The processes found.
    pub processes: Vec<Process>,
    /// What was met and not looked at.
    pub unchecked: Vec<Unchecked>,
}

/// Finds the processes that the targets mean.
///
/// # Errors
///
/// Nothing to check was found.
pub fn resolve(targets: &[Target]) -> Result<Resolved, TargetError> {
    let mut resolved = Resolved::default();
    if targets.is_empty() {
        resolved.processes = in_directory("/etc");
        let what = "no configuration of a known service below /etc".to_owned();
        return nonempty(resolved, what);
    }
    let (mut looked, mut skipped) = (Vec::new(), Vec::new());
    for target in targets {
        match target {
            Target::Service { name, sources } => resolved.processes.push(Process {
                name: name.clone(),
                process: sources
                    .iter()
                    .find_map(|source| kind_of(source.label()))
                    .and_then(|(_, process)| process),
                method: None,
                sources: sources.clone(),
            }),
            Target::File(path) => match of_file(path) {
                Some(process) => resolved.processes.push(process),
                None => skipped.push(path.clone()),
            },
            Target::Directory(path) => {
                resolved.processes.extend(in_directory(path));
                looked.push(path.as_str());
            }
        }
    }
    let what = if looked.is_empty() {
        format!("{} is of no known service", skipped.join(", "))
    } else {
        format!("no configuration of a known service below {}", looked.join(", "))
    };
    resolved.unchecked.extend(skipped.into_iter().map(|path| Unchecked {
        what: path,
        why: "of no known service".to_owned(),
        how: "give it as NAME=PATH".to_owned(),
    }));
    nonempty(resolved, what)
}

fn nonempty(resolved: Resolved, what: String) -> Result<Resolved, TargetError> {
    if resolved.processes.is_empty() { Err(TargetError::Nothing { what }) } else { Ok(resolved) }
}

fn kind_of(path: &str) -> Option<(ServiceKind, Option<&'static str>)> {
    ServiceKind::from_file_name(Path::new(path).file_name()?.to_str()?)
}

/// A file whose name is known. A fragment of a `*.conf.d` stands for the whole:
/// its main file and its siblings.
fn of_file(path: &str) -> Option<Process> {
    if let Some((kind, process)) = kind_of(path) {
        return Some(Process {
            name: kind.name()?.to_owned(),
            process,
            method: None,
            sources: vec![Source::File(path.to_owned())],
        });
    }
    let directory = Path::new(path).parent()?;
    let main_name = directory.file_name()?.to_str()?.strip_suffix(".d")?;
    let (kind, process) = ServiceKind::from_file_name(main_name)?;
    let main = directory.with_file_name(main_name);
    let mut sources = Vec::new();
    if main.is_file() {
        sources.push(Source::File(main.display().to_string()));
    }
    sources.push(Source::Directory(directory.display().to_string()));
    Some(Process { name: kind.name()?.to_owned(), process, method: None, sources })
}

/// `ROOT/etc/SERVICE/FILE`, `ROOT/SERVICE/FILE` and `ROOT/FILE`, each with its
/// `FILE.d` beside it.
fn in_directory(root: &str) -> Vec<Process> {
    let root = Path::new(root);
    let mut folders = vec![root.to_path_buf(), root.join("etc")];
    for base in [root.to_path_buf(), root.join("etc")] {
        folders.extend(subdirectories(&base));
    }
    folders.dedup();
    let mut processes: Vec<Process> = Vec::new();
    for folder in folders {
        for process in in_folder(&folder) {
            if !processes.contains(&process) {
                processes.push(process);
            }
        }
    }
    processes
}

fn subdirectories(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    paths.sort();
    paths
}

fn in_folder(folder: &Path) -> Vec<Process> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    paths.sort();
    paths.iter().filter_map(|path| with_fragments(path)).collect()
}

fn with_fragments(path: &Path) -> Option<Process> {
    let mut process = of_file(path.to_str()?)?;
    let fragments = PathBuf::from(format!("{}.d", path.display()));
    if fragments.is_dir() {
        process.sources.push(Source::Directory(fragments.display().to_string()));
    }
    Some(process)
}

//! The files below a directory that may matter, nearest first: bounded, each
//! directory once, and what could not be looked at is told.

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use crate::catalog::{ServiceKind, service_names};
use crate::deployment::Unchecked;
use crate::deployment::seen::{Seen, Sight};

/// Entries looked at below one directory.
const MAX_ENTRIES: usize = 200_000;
/// Directories nested deeper than this are not entered.
const MAX_DEPTH: usize = 16;
/// Directories that hold no configuration and may be endless.
const NEVER: [&str; 8] = [
    "proc",
    "sys",
    "dev",
    ".git",
    "node_modules",
    "__pycache__",
    // Layers of images, with the files that packages bring.
    "overlay2",
    "io.containerd.snapshotter.v1.overlayfs",
];

/// What lies below a directory.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The sorted names of files by folder.
    names: HashMap<PathBuf, Vec<String>>,
    /// The folders with any, sorted. Paths are compared part by part, so that only
    /// their order is worth that.
    folders: Vec<PathBuf>,
    /// What its folders do not hold.
    pub(super) seen: Seen,
    /// What was not looked at.
    pub(super) unchecked: Vec<Unchecked>,
}

impl Tree {
    /// Looks through a directory.
    pub(super) fn of(root: &Path) -> Self {
        let mut walk = Walk::default();
        walk.queue.push_back(Folder { path: root.to_path_buf(), real: real(root), depth: 0 });
        while let Some(folder) = walk.queue.pop_front() {
            if walk.entries > MAX_ENTRIES {
                walk.tree.unchecked.push(too_many(root));
                break;
            }
            walk.folder(folder);
        }
        walk.tree.unchecked.extend(unreadable(&walk.unreadable));
        walk.tree.unchecked.extend(unnamed(&walk.unnamed));
        walk.tree.folders.sort();
        walk.tree
    }

    /// Whether a folder has a file of that name.
    pub(super) fn has(&self, folder: &Path, name: &str) -> bool {
        let found = |names: &Vec<String>| names.binary_search_by(|known| known.as_str().cmp(name)).is_ok();
        self.names.get(folder).is_some_and(found)
    }

    /// Whether there is such a folder with anything in it.
    pub(super) fn has_folder(&self, folder: &Path) -> bool {
        self.names.contains_key(folder)
    }

    /// The folders with any files, each with their names, both sorted.
    pub(super) fn folders(&self) -> impl Iterator<Item = (&Path, &[String])> {
        self.with_names(&self.folders)
    }

    /// The same from one folder on: first what lies below it.
    pub(super) fn folders_from(&self, folder: &Path) -> impl Iterator<Item = (&Path, &[String])> {
        self.with_names(&self.folders[self.folders.partition_point(|path| path.as_path() < folder)..])
    }

    fn with_names<'t>(&'t self, folders: &'t [PathBuf]) -> impl Iterator<Item = (&'t Path, &'t [String])> {
        folders.iter().map(|folder| (folder.as_path(), self.files(folder)))
    }

    /// The sorted names of the files in a folder.
    pub(super) fn files(&self, folder: &Path) -> &[String] {
        self.names.get(folder).map_or(&[], Vec::as_slice)
    }

    /// Whether any file has that name.
    pub(super) fn any(&self, test: impl Fn(&str) -> bool) -> bool {
        self.names.values().flatten().any(|name| test(name))
    }
}

#[derive(Default)]
struct Walk {
    tree: Tree,
    queue: VecDeque<Folder>,
    /// Directories by their real path, so that a link that leads back up ends.
    seen: HashSet<PathBuf>,
    entries: usize,
    unreadable: Vec<(PathBuf, String)>,
    /// What has a name that is no UTF-8.
    unnamed: Vec<PathBuf>,
}

/// A directory to look into.
struct Folder {
    path: PathBuf,
    /// Its real path. Only a link has to be followed for it, which takes a system call
    /// for each part of the path.
    real: PathBuf,
    depth: usize,
}

fn real(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

impl Walk {
    fn folder(&mut self, Folder { path: folder, real: this, depth }: Folder) {
        if !self.seen.insert(this.clone()) {
            return;
        }
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // Gone since its name was read.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
            Err(error) => {
                self.unreadable.push((folder, error.to_string()));
                return;
            }
        };
        let (mut names, mut below, mut sight) = (Vec::new(), Vec::new(), Sight::default());
        for entry in entries {
            let Ok(entry) = entry else {
                sight.misses_some();
                continue;
            };
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                sight.misses_some();
                break;
            }
            let name = match entry.file_name().into_string() {
                Ok(name) => name,
                Err(name) => {
                    let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
                    if is_folder || is_of_interest(&name.to_string_lossy()) {
                        self.unnamed.push(folder.join(name));
                    }
                    continue;
                }
            };
            // Where Kubernetes mounts a volume, the files are links into such a folder.
            if name.starts_with("..") {
                continue;
            }
            sight.meets(&name);
            // A link counts as what it leads to.
            let kind = entry.file_type().ok();
            let is_link = kind.is_some_and(|kind| kind.is_symlink());
            let is_directory =
                if is_link { entry.path().is_dir() } else { kind.is_some_and(|kind| kind.is_dir()) };
            if is_directory {
                if ServiceKind::from_file_name(&name).is_some() {
                    self.tree.unchecked.push(is_a_directory(&entry.path()));
                }
                below.push((name, is_link));
            } else if is_of_interest(&name) {
                if !is_link || entry.path().is_file() {
                    names.push(name);
                } else if ServiceKind::from_file_name(&name).is_some() {
                    self.tree.unchecked.push(leads_nowhere(&entry.path()));
                }
            }
        }
        names.sort();
        below.sort();
        if depth < MAX_DEPTH {
            let never = |name: &str| {
                NEVER.contains(&name) || (name == "overlay" && folder.ends_with("containers/storage"))
            };
            let folders = below.iter().filter(|(name, _)| !never(name));
            self.queue.extend(folders.map(|(name, is_link)| {
                let path = folder.join(name);
                let real = if *is_link { real(&path) } else { this.join(name) };
                Folder { path, real, depth: depth + 1 }
            }));
        }
        self.tree.seen.add(&folder, sight);
        if !names.is_empty() {
            self.tree.folders.push(folder.clone());
            self.tree.names.insert(folder, names);
        }
    }
}

fn is_of_interest(name: &str) -> bool {
    [".conf", ".ini", ".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end))
}

fn too_many(root: &Path) -> Unchecked {
    Unchecked {
        what: format!("a part of {}", root.display()),
        why: format!("it holds more than {MAX_ENTRIES} files and directories"),
        how: "give the directories of the services themselves".to_owned(),
    }
}

fn leads_nowhere(link: &Path) -> Unchecked {
    let target = std::fs::read_link(link).map_or_else(|_| "there".to_owned(), |to| to.display().to_string());
    Unchecked {
        what: link.display().to_string(),
        why: format!("it is a link to {target}, where no file is"),
        how: "give the file that it means as NAME=PATH".to_owned(),
    }
}

/// Docker makes one where it is to mount a file that is not there.
fn is_a_directory(path: &Path) -> Unchecked {
    Unchecked {
        what: path.display().to_string(),
        why: "it is a directory where a file is meant; a service that is told to read it does not start"
            .to_owned(),
        how: "remove it and put the file there".to_owned(),
    }
}

/// One line for all of them.
fn unnamed(paths: &[PathBuf]) -> Option<Unchecked> {
    let first = paths.first()?.display();
    let more = paths.len() - 1;
    let more = if more > 0 { format!(" and {more} more files or directories") } else { String::new() };
    Some(Unchecked {
        what: format!("{first}{more}"),
        why: "the name is no UTF-8".to_owned(),
        how: "rename it, or run inside it".to_owned(),
    })
}

/// One line for all of them; those of services first.
fn unreadable(folders: &[(PathBuf, String)]) -> Option<Unchecked> {
    const SHOWN: usize = 3;
    let (_, reason) = folders.first()?;
    let is_service = |path: &Path| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        service_names().any(|service| name.starts_with(service))
    };
    let mut paths: Vec<&Path> = folders.iter().map(|(path, _)| path.as_path()).collect();
    paths.sort_by_key(|path| !is_service(path));
    let shown: Vec<String> = paths.iter().take(SHOWN).map(|path| path.display().to_string()).collect();
    let more = paths.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(Unchecked {
        what: format!("what lies below {}{more}", shown.join(", ")),
        why: format!("cannot be read ({reason})"),
        how: "run it as a user who may".to_owned(),
    })
}

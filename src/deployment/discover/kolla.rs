//! What a container of kolla's reads. The `config.yaml` or `config.json` beside its
//! files says which of them are copied where, and which command the process is started
//! with.
//!
//! Source: kolla `docker/base/set_configs.py`, `start.sh`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::name::{Role, role};
use super::walk::Tree;
use super::with_room;
use crate::catalog::{ServiceKind, serves_api};
use crate::deployment::search::{self, Places, Variables};
use crate::deployment::{Source, Unchecked, glob};

/// A description larger than this (bytes) is not read.
const MAX_SIZE: u64 = 1 << 20;
/// Where a container finds the folder of its files.
const MOUNTED: &str = "/var/lib/kolla/config_files/";

/// A container, as its description says.
pub(super) struct Container<'t> {
    tree: &'t Tree,
    description: PathBuf,
    /// What is run, and with what.
    command: Vec<String>,
    /// What is copied: the path inside, and the one here.
    copies: BTreeMap<PathBuf, PathBuf>,
}

impl<'t> Container<'t> {
    /// Reads the description in a folder, if there is one.
    pub(super) fn of(tree: &'t Tree, folder: &Path) -> Option<Result<Self, Unchecked>> {
        // Where both are there, the first counts; kolla of before 2026 knows the other alone.
        let name = ["config.yaml", "config.json"].into_iter().find(|name| tree.has(folder, name))?;
        let description = folder.join(name);
        let unusable = |why: &str| Unchecked {
            what: format!("the command line in {}", description.display()),
            why: format!("{why}; the files beside it are read as for a process started without arguments"),
            how: "correct it, or name each process and its files: nova=PATH,PATH".to_owned(),
        };
        let value = match text(&description).and_then(|text| value(&text, name)) {
            Ok(value) => value,
            Err(why) => return Some(Err(unusable(&why))),
        };
        // The shell that starts it splits at blanks and looks at no quotes.
        let command = value.get("command").and_then(Value::as_str)?;
        let command: Vec<String> = command.split_ascii_whitespace().map(str::to_owned).collect();
        let mut container = Self { tree, description, command, copies: BTreeMap::new() };
        for copy in value.get("config_files").and_then(Value::as_array).into_iter().flatten() {
            container.copy(folder, copy);
        }
        Some(Ok(container))
    }

    /// The file that it is described in.
    pub(super) fn description(&self) -> &Path {
        &self.description
    }

    fn copy(&mut self, folder: &Path, copy: &Value) {
        let text = |key: &str| copy.get(key).and_then(Value::as_str);
        let (Some(source), Some(destination)) = (text("source"), text("dest")) else { return };
        let Some(inner) = source.strip_prefix(MOUNTED) else { return };
        for source in self.sources_of(folder, inner) {
            let inside = match source.file_name() {
                Some(name) if destination.ends_with('/') => Path::new(destination).join(name),
                _ => PathBuf::from(destination),
            };
            // What was copied there before is deleted.
            if copy.get("merge").and_then(Value::as_bool) != Some(true) {
                self.copies.retain(|earlier, _| !earlier.starts_with(&inside));
            }
            self.copies.insert(inside, source);
        }
    }

    /// What is there of a source, whose name may be a pattern.
    fn sources_of(&self, folder: &Path, inner: &str) -> Vec<PathBuf> {
        let path = Path::new(inner);
        // It leads out of the folder.
        if path.components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            return Vec::new();
        }
        let is_there = |path: &PathBuf| self.tree.has_file(path) || self.tree.has_folder(path);
        let last = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !last.contains(['*', '?', '[']) {
            return vec![folder.join(inner)].into_iter().filter(is_there).collect();
        }
        let within = folder.join(path).parent().map_or_else(|| folder.to_path_buf(), Path::to_path_buf);
        let names = glob::names(&within, last);
        let mut paths: Vec<PathBuf> =
            names.into_iter().map(|name| within.join(name)).filter(is_there).collect();
        paths.sort();
        paths
    }

    /// What the command says of the process, if it runs one of that service's.
    pub(super) fn role(&self, kind: ServiceKind) -> Option<Role> {
        role(self.program()?, kind)
    }

    fn program(&self) -> Option<&str> {
        Path::new(self.command.first()?).file_name()?.to_str()
    }

    /// Its files in their order; none if nothing of the service's is copied to where it
    /// looks.
    pub(super) fn sources(&self, kind: ServiceKind, unchecked: &mut Vec<Unchecked>) -> Vec<Source> {
        let Some(service) = kind.name() else { return Vec::new() };
        let folders = [Path::new("/etc").join(service), PathBuf::from("/etc")];
        let program = self.program().filter(|program| program.starts_with(service));
        let arguments = self.arguments();
        let found = match program {
            Some(program) if !serves_api(program) => {
                search::with_arguments(self, &folders, service, Some(program), arguments)
            }
            Some(program) => {
                let paste = search::paste_file(self, &folders, kind);
                let files = search::with_arguments(self, &folders, service, Some(program), arguments);
                paste.into_iter().chain(files).collect()
            }
            // A server that runs the API, such as uWSGI or Apache.
            None => {
                let variables = self.variables();
                let own = variables.directory(kind).map(PathBuf::from);
                let folders: Vec<PathBuf> = own.into_iter().chain(folders).collect();
                search::of_api(self, &folders, kind, &variables)
            }
        };
        found.into_iter().flat_map(|source| self.outside(source, unchecked)).collect()
    }

    /// What the command line names as oslo.config's files and directories.
    fn arguments(&self) -> Vec<Source> {
        let mut found = Vec::new();
        let mut words = self.command.iter().skip(1);
        while let Some(word) = words.next() {
            let (option, joined) = match word.split_once('=') {
                Some((option, value)) => (option, Some(value.to_owned())),
                None => (word.as_str(), None),
            };
            let make = match option {
                "--config-file" => Source::File,
                "--config-dir" => Source::Directory,
                _ => continue,
            };
            found.extend(joined.or_else(|| words.next().cloned()).map(make));
        }
        found
    }

    /// The command as far as it is about files.
    pub(super) fn command(&self) -> String {
        let arguments = self.arguments().into_iter().map(|source| match source {
            Source::Directory(path) => format!(" --config-dir {path}"),
            source => format!(" --config-file {}", source.label()),
        });
        let words: String = arguments.collect();
        format!("{}{words} ({})", self.program().unwrap_or_default(), self.description.display())
    }

    /// What the file of a uWSGI server sets.
    fn variables(&self) -> Variables {
        let words = self.command.iter().skip(1);
        let ini =
            words.map(|word| word.strip_prefix("--ini=").unwrap_or(word)).find(|word| word.ends_with(".ini"));
        let path = ini.and_then(|ini| self.here(Path::new(ini)));
        path.and_then(|path| text(&path).ok())
            .map_or_else(Variables::default, |text| Variables::of_uwsgi(&text))
    }

    /// Where a path inside the container comes from.
    fn here(&self, inside: &Path) -> Option<PathBuf> {
        inside.ancestors().find_map(|above| {
            let source = self.copies.get(above)?;
            let rest = inside.strip_prefix(above).ok()?;
            Some(if rest.as_os_str().is_empty() { source.clone() } else { source.join(rest) })
        })
    }

    /// A source of the process with the paths here. A directory may be put together
    /// from several files.
    fn outside(&self, source: Source, unchecked: &mut Vec<Unchecked>) -> Vec<Source> {
        let here = |path: &str| self.here(Path::new(path)).map(|path| path.display().to_string());
        match source {
            Source::File(path) => match here(&path).filter(|path| self.tree.has_file(Path::new(path))) {
                Some(path) => vec![Source::File(path)],
                None => self.not_copied(&path, unchecked),
            },
            Source::Directory(path) => match here(&path) {
                Some(folder) if self.tree.has_folder(Path::new(&folder)) => vec![Source::Directory(folder)],
                Some(_) => Vec::new(),
                None => {
                    let files = self.files_in(Path::new(&path));
                    if files.is_empty() { self.not_copied(&path, unchecked) } else { files }
                }
            },
            Source::Paste(path) => here(&path).map(Source::Paste).into_iter().collect(),
            source @ (Source::Ceph(_) | Source::Text(_) | Source::Stdin) => vec![source],
        }
    }

    /// The files that are copied into a directory and that oslo.config reads there.
    fn files_in<'c>(&'c self, directory: &'c Path) -> Vec<Source> {
        let is_read = |inside: &Path| {
            let name = inside.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            inside.parent() == Some(directory) && name.ends_with(".conf") && !name.starts_with('.')
        };
        let copies = self.copies.iter().filter(|(inside, _)| is_read(inside));
        copies.map(|(_, path)| Source::File(path.display().to_string())).collect()
    }

    /// That files are copied, and none of them to where the process looks.
    pub(super) fn copies_elsewhere(&self, kind: ServiceKind) -> Option<Unchecked> {
        (!self.copies.is_empty()).then(|| Unchecked {
            what: format!("whether {} reads the files beside {}", kind.label(), self.description.display()),
            why: "it copies none of them to where the process looks; they are read all the same".to_owned(),
            how: "correct the dest of its config_files".to_owned(),
        })
    }

    fn not_copied(&self, path: &str, unchecked: &mut Vec<Unchecked>) -> Vec<Source> {
        unchecked.push(Unchecked {
            what: format!("{path}, which the command line in {} names", self.description.display()),
            why: "no file here is copied there, so that it is the image's own or missing".to_owned(),
            how: "name the process and all its files: nova=PATH,PATH".to_owned(),
        });
        Vec::new()
    }
}

impl Places for Container<'_> {
    fn has_file(&self, path: &Path) -> bool {
        self.here(path).is_some_and(|path| self.tree.has_file(&path))
    }

    fn has_directory(&self, path: &Path) -> bool {
        self.here(path).is_some_and(|path| self.tree.has_folder(&path)) || !self.files_in(path).is_empty()
    }
}

/// What a description says, by the format that its name tells.
fn value(text: &str, name: &str) -> Result<Value, String> {
    if name.ends_with(".json") {
        let place = |error: serde_json::Error| format!("line {} column {}", error.line(), error.column());
        return serde_json::from_str(text).map_err(|error| format!("it is no JSON at {}", place(error)));
    }
    serde_yaml_ng::from_str(text).map_err(|error| match error.location() {
        Some(at) => format!("it is no YAML at line {} column {}", at.line(), at.column()),
        None => "it is no YAML that can be read".to_owned(),
    })
}

/// The text of a small file.
fn text(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is no regular file".to_owned());
    }
    if metadata.len() > MAX_SIZE {
        return Err(format!("it is larger than {} MiB", MAX_SIZE >> 20));
    }
    let mut text = with_room(&metadata);
    let read = File::open(path).and_then(|file| file.take(MAX_SIZE).read_to_string(&mut text));
    read.map(|_| text).map_err(|error| format!("it cannot be read ({error})"))
}

//! From targets to processes: a file's name tells its service, a directory is
//! looked through for the layouts of the known ways of deployment.

mod kolla;
mod layout;
mod manifest;
pub(super) mod method;
mod name;
mod walk;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use manifest::{Manifests, is_manifest_name};
use name::{Role, owner, role};
use walk::Tree;

use super::paste::is_paste_name;
use super::search::Variables;
use super::{Process, Seen, Source, Target, TargetError, Unchecked};
use crate::catalog::{ServiceKind, service_names};
use crate::ceph::{self, Gateways};

/// What the targets lead to.
#[derive(Debug, Default)]
pub struct Resolved {
    /// The processes found.
    pub processes: Vec<Process>,
    /// What was met and not looked at.
    pub unchecked: Vec<Unchecked>,
    /// What their folders do not hold.
    pub seen: Seen,
}

/// Where the files of this host lie, whoever put them there.
const USUAL_PLACES: [&str; 3] =
    ["/etc", "/var/lib/config-data/puppet-generated", "/var/snap/openstack-hypervisor/common/etc"];

/// Finds the processes that the targets mean. The `variables` are those of this host's
/// services, and count where no target is given.
///
/// # Errors
///
/// Nothing to check was found.
pub fn resolve(targets: &[Target], variables: &Variables) -> Result<Resolved, TargetError> {
    let mut resolved = Resolved::default();
    if targets.is_empty() {
        let usual = |place: &&str| USUAL_PLACES.iter().any(|usual| Path::new(place).starts_with(usual));
        let named = variables.directories().filter(|place| !usual(place));
        for place in USUAL_PLACES.into_iter().chain(named).filter(|place| Path::new(place).is_dir()) {
            resolved.directory(place, "/", variables);
        }
        return resolved
            .nonempty(format!("no configuration of a known service below {}", USUAL_PLACES.join(", ")));
    }
    let (mut looked, mut skipped) = (Vec::new(), Vec::new());
    for target in targets {
        match target {
            Target::Service { name, sources } => resolved.processes.push(Process {
                process: sources
                    .iter()
                    .find_map(|source| kind_of(source.label()))
                    .and_then(|(_, process)| process),
                ..Process::plain(name, sources.clone())
            }),
            Target::File(path) => {
                if !resolved.file(path) {
                    skipped.push(path.clone());
                }
            }
            Target::Directory(path) => {
                resolved.directory(path, path, &Variables::default());
                looked.push(path.as_str());
            }
        }
    }
    let what = if looked.is_empty() {
        format!("{} is of no known service", skipped.join(", "))
    } else {
        format!("no configuration of a known service below {}", looked.join(", "))
    };
    let mut resolved = resolved.nonempty(what)?;
    resolved.unchecked.extend(skipped.into_iter().map(|path| Unchecked {
        what: path,
        why: "of no known service".to_owned(),
        how: "give it as NAME=PATH".to_owned(),
    }));
    Ok(resolved)
}

impl Resolved {
    /// Where nothing was found, what could not be looked at may be why.
    fn nonempty(self, mut what: String) -> Result<Self, TargetError> {
        if !self.processes.is_empty() {
            return Ok(self);
        }
        for unchecked in self.unchecked.iter().take(3) {
            what.push_str(&format!("; {}: {}", unchecked.what, unchecked.why));
        }
        Err(TargetError::Nothing { what, help: self.unchecked.into_iter().next().map(|first| first.how) })
    }

    /// Looks through a directory, which is or holds the root of a host, or lies
    /// `within` one.
    fn directory(&mut self, root: &str, within: &str, variables: &Variables) {
        let root = Path::new(root);
        let tree = Tree::of(root);
        let found = layout::processes(&tree, root, variables);
        self.unchecked.extend(found.unchecked);
        let processes = found.processes.into_iter();
        self.processes
            .extend(processes.map(|process| Process { within: Some(within.to_owned()), ..process }));
        let mut manifests = Manifests::default();
        for (folder, names) in tree.folders() {
            let paths = names.iter().filter(|name| is_manifest_name(name)).map(|name| folder.join(name));
            paths.filter(|path| !found.descriptions.contains(path)).for_each(|path| manifests.read(&path));
        }
        self.manifests(manifests);
        self.unchecked.extend(tree.unchecked);
        self.seen.extend(tree.seen);
    }

    fn manifests(&mut self, manifests: Manifests) {
        self.processes.extend(manifests.processes());
        self.unchecked.extend(manifests.unchecked);
    }

    /// Takes a file whose name or contents tell its service.
    fn file(&mut self, path: &str) -> bool {
        if file_name(path).is_some_and(is_manifest_name) {
            let mut manifests = Manifests::default();
            manifests.read(Path::new(path));
            let found = !manifests.processes().is_empty();
            self.manifests(manifests);
            return found;
        }
        let process =
            if file_name(path) == Some(ceph::FILE) { rados_gateway(Path::new(path)) } else { of_file(path) };
        let found = process.is_some();
        process.into_iter().for_each(|process| self.joined(process));
        found
    }

    /// A hook passes every file that changed: the main one, fragments, the paste file.
    /// Those of one process are one process.
    fn joined(&mut self, process: Process) {
        let main = main_of(&process);
        let same = |known: &&mut Process| {
            let is_typed = known.on_command_line || known.within.is_some();
            main.is_some() && !is_typed && known.name == process.name && main_of(known) == main
        };
        let Some(known) = self.processes.iter_mut().find(same) else {
            self.processes.push(process);
            return;
        };
        known.process = known.process.or(process.process);
        for source in process.sources {
            if !known.sources.contains(&source) {
                known.sources.push(source);
            }
        }
        known.sources.sort_by_key(|source| match source {
            Source::Paste(_) => 0,
            Source::Directory(_) => 2,
            _ => 1,
        });
    }
}

fn file_name(path: &str) -> Option<&str> {
    Path::new(path).file_name()?.to_str()
}

fn kind_of(path: &str) -> Option<(ServiceKind, Option<&'static str>)> {
    let name = file_name(path)?;
    if name == ceph::FILE {
        return Some((ServiceKind::Swift, Some(RADOS_GATEWAY)));
    }
    // swift has one file, or a directory of its name with `.d` in its place.
    let of_swift =
        |file: &str| ServiceKind::from_file_name(file).filter(|(kind, _)| *kind == ServiceKind::Swift);
    ServiceKind::from_file_name(name).or_else(|| of_swift(name.strip_suffix(".d")?))
}

/// A file whose name is known. A fragment of a `*.conf.d` stands for the whole:
/// its main file and its siblings. So does a paste file.
fn of_file(path: &str) -> Option<Process> {
    if let Some((kind, process)) = kind_of(path) {
        let source = if kind == ServiceKind::Swift { Source::Paste } else { Source::File };
        return made(kind, process, vec![source(path.to_owned())]);
    }
    let folder = Path::new(path).parent()?;
    if is_paste_name(file_name(path)?) {
        let named = file_name(path)?;
        let around = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let service = service_names()
            .find(|service| named.starts_with(&format!("{service}-")) || around.starts_with(*service))?;
        let kind = ServiceKind::from_name(service);
        let mut sources = vec![Source::Paste(path.to_owned())];
        sources.extend(main_file(folder, kind));
        return made(kind, None, sources);
    }
    let main_name = folder.file_name()?.to_str()?.strip_suffix(".d")?;
    let (kind, process) = ServiceKind::from_file_name(main_name).or_else(|| {
        let service = service_names().find(|service| main_name == format!("{service}.conf"))?;
        Some((ServiceKind::from_name(service), None))
    })?;
    let main = folder.with_file_name(main_name);
    let main = if kind == ServiceKind::Swift {
        None
    } else if main.is_file() {
        Some(Source::File(main.display().to_string()))
    } else {
        main_file(folder.parent()?, kind)
    };
    let sources = main.into_iter().chain([Source::Directory(folder.display().to_string())]).collect();
    made(kind, process, sources)
}

/// The main file of a process, also where only its directory is there.
fn main_of(process: &Process) -> Option<&str> {
    let file = process.sources.iter().find_map(|source| match source {
        Source::File(path) => Some(path.as_str()),
        _ => None,
    });
    let directory = || process.sources.iter().find_map(|source| source.label().strip_suffix(".d"));
    file.or_else(directory)
}

fn main_file(folder: &Path, kind: ServiceKind) -> Option<Source> {
    let service = kind.name()?;
    let names = [format!("{service}.conf"), format!("{service}-api.conf")];
    let path = names.iter().map(|name| folder.join(name)).find(|path| path.is_file())?;
    Some(Source::File(path.display().to_string()))
}

fn made(kind: ServiceKind, process: Option<&'static str>, sources: Vec<Source>) -> Option<Process> {
    Some(Process { process, ..found(kind.name()?, sources) })
}

/// A process that was found: its paths are not those of a command line.
fn found(name: &str, sources: Vec<Source>) -> Process {
    Process { on_command_line: false, ..Process::plain(name, sources) }
}

/// The process that reads the numbered fragments of an object of RHOSO, whose name tells
/// whose they are.
fn numbered_object(name: &str, sources: Vec<Source>) -> Option<Process> {
    let service = owner(name)?;
    let process = match role(name, ServiceKind::from_name(service)) {
        Some(Role::Neither) => return None,
        Some(Role::Process(process)) => Some(process),
        None => None,
    };
    let made = Process { process, method: Some(method::name::RHOSO), ..found(service, sources) };
    (!made.sources.is_empty()).then_some(made)
}

/// Room for a file's text, so that it is read at one go, and for a byte more, at which
/// its end is noticed.
fn with_room(metadata: &std::fs::Metadata) -> String {
    String::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1)
}

/// RadosGW, if a Ceph file has one that asks Keystone. It serves swift's API.
fn rados_gateway(path: &Path) -> Option<Process> {
    const LOOK: u64 = 1 << 20;
    let mut bytes = Vec::new();
    std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    File::open(path).ok()?.take(LOOK).read_to_end(&mut bytes).ok()?;
    let label = path.display().to_string();
    Gateways::read(&label, &String::from_utf8_lossy(&bytes))?;
    Some(Process { process: Some(RADOS_GATEWAY), ..found("swift", vec![Source::Ceph(label)]) })
}

/// The process that a Ceph file is of.
const RADOS_GATEWAY: &str = "radosgw";

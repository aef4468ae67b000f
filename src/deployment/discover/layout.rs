//! From the files of a tree to the processes that read them.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

use super::kolla::Container;
use super::method::Evidence;
use super::name::{Role, api_programs, is_numbered, owner, programs, role_of_path};
use super::walk::Tree;
use super::{file_name, found, numbered_object, rados_gateway};
use crate::catalog::{ServiceKind, serves_api};
use crate::ceph;
use crate::deployment::search::{self, Places, Variables};
use crate::deployment::{Process, Source, Unchecked};

impl Places for Tree {
    fn has_file(&self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str())) else {
            return false;
        };
        self.has(folder, name)
    }

    fn has_directory(&self, path: &Path) -> bool {
        self.has_folder(path)
    }
}

/// What the files of a tree make up.
#[derive(Default)]
pub(super) struct Found {
    /// The processes whose files lie in it, by path.
    pub(super) processes: Vec<Process>,
    /// What of them was not looked at.
    pub(super) unchecked: Vec<Unchecked>,
    /// Descriptions of containers, which are nothing else.
    pub(super) descriptions: HashSet<PathBuf>,
    /// Folders of kolla-ansible's overrides.
    overrides: BTreeSet<PathBuf>,
}

/// Looks through a tree.
pub(super) fn processes(tree: &Tree, root: &Path, variables: &Variables) -> Found {
    let mut look = Look { tree, root, variables, evidence: Evidence::of(tree), found: Found::default() };
    let mut known: HashSet<(String, Vec<String>)> = HashSet::new();
    for (folder, names) in tree.folders() {
        for process in look.folder(folder, names) {
            let labels = process.sources.iter().map(|source| source.label().to_owned()).collect();
            if known.insert((process.name.clone(), labels)) {
                look.found.processes.push(process);
            }
        }
    }
    let Found { processes, overrides, .. } = &look.found;
    let unmerged: Vec<Unchecked> =
        overrides.iter().filter_map(|folder| unmerged(folder, processes)).collect();
    look.found.unchecked.extend(unmerged);
    look.found
}

struct Look<'t> {
    tree: &'t Tree,
    root: &'t Path,
    variables: &'t Variables,
    evidence: Evidence,
    found: Found,
}

impl Look<'_> {
    fn folder(&mut self, folder: &Path, names: &[String]) -> Vec<Process> {
        let below = folder.strip_prefix(self.root).unwrap_or(folder);
        if self.is_unused_copy(folder) || is_backup(below) || is_packaged(below) {
            return Vec::new();
        }
        if let Some(overrides) = folder.ancestors().find(|path| path.ends_with("kolla/config")) {
            self.found.overrides.insert(overrides.to_path_buf());
            return Vec::new();
        }
        if let Some(kind) = fragments_of(folder) {
            return self.fragments(folder, kind);
        }
        let mut kinds: Vec<ServiceKind> = Vec::new();
        for (kind, _) in names.iter().filter_map(|name| ServiceKind::from_file_name(name)) {
            if !kinds.contains(&kind) && !self.is_shadowed(folder, kind) {
                kinds.push(kind);
            }
        }
        let mut processes: Vec<Process> = Vec::new();
        for kind in kinds {
            match self.container(folder, kind) {
                Some(of_container) => processes.extend(of_container),
                None => {
                    processes.extend(self.service(folder, kind));
                    self.of_api_programs(folder, kind);
                }
            }
        }
        processes.extend(self.cells(folder, names));
        if processes.is_empty() {
            processes.extend(object(folder, names));
        }
        if names.iter().any(|name| name == ceph::FILE) {
            let method = self.evidence.method(self.tree, self.root, folder, ceph::FILE);
            let gateway = rados_gateway(&folder.join(ceph::FILE));
            processes.extend(gateway.map(|process| Process { method, ..process }));
        }
        processes
    }

    /// A service whose container's description says what it reads: its process, if it is
    /// one that matters.
    fn container(&mut self, folder: &Path, kind: ServiceKind) -> Option<Option<Process>> {
        let container = match Container::of(self.tree, folder)? {
            Ok(container) => container,
            Err(unchecked) => {
                self.found.unchecked.push(unchecked);
                return None;
            }
        };
        self.found.descriptions.insert(container.description().to_path_buf());
        let role = container.role(kind).or_else(|| role_of_path(self.root, folder, kind));
        let process = match role {
            Some(Role::Neither) => return Some(None),
            Some(Role::Process(process)) => Some(process),
            None => None,
        };
        let sources = container.sources(kind, &mut self.found.unchecked);
        if sources.is_empty() {
            self.found.unchecked.extend(container.copies_elsewhere(kind));
        }
        let made = self.made(folder, kind, process, sources)?;
        Some(Some(Process { command: Some(container.command()), ..made }))
    }

    /// TripleO keeps every container's untouched files beside those that are
    /// mounted, which lie in `puppet-generated`.
    fn is_unused_copy(&self, folder: &Path) -> bool {
        let Some(data) = folder.ancestors().find(|path| path.ends_with("config-data")) else { return false };
        let mounted = data.join("puppet-generated");
        let mut below = self.tree.folders_from(&mounted);
        !folder.starts_with(&mounted) && below.next().is_some_and(|(path, _)| path.starts_with(&mounted))
    }

    /// `/etc/nova.conf` is not read where `/etc/nova/nova.conf` is there.
    fn is_shadowed(&self, folder: &Path, kind: ServiceKind) -> bool {
        let Some(service) = kind.name() else { return false };
        folder.file_name().is_some_and(|name| name == "etc")
            && self.tree.has(&folder.join(service), &format!("{service}.conf"))
    }

    fn service(&mut self, folder: &Path, kind: ServiceKind) -> Vec<Process> {
        match role_of_path(self.root, folder, kind) {
            Some(Role::Neither) => {
                self.found.unchecked.extend(named_otherwise(folder, kind));
                Vec::new()
            }
            Some(Role::Process(process)) => self.process(folder, kind, Some(process)).into_iter().collect(),
            None if kind == ServiceKind::Nova => self.nova(folder),
            None => {
                let shared = self.process(folder, kind, None).into_iter();
                shared.chain(self.programs(folder, kind)).collect()
            }
        }
    }

    /// nova's files on one host: what all processes share, and what only
    /// nova-compute reads.
    fn nova(&self, folder: &Path) -> Vec<Process> {
        let has = |name: &str| self.tree.has(folder, name);
        let mut found = Vec::new();
        // With a file of its own beside it, a host without an API has no
        // process that reads the shared file alone.
        let shared = has("nova.conf") && (!has("nova-compute.conf") || has("api-paste.ini"));
        if shared || (!has("nova-cpu.conf") && !has("nova-compute.conf")) {
            found.extend(self.process(folder, ServiceKind::Nova, None));
        }
        if has("nova-compute.conf") {
            found.extend(self.process(folder, ServiceKind::Nova, Some("nova-compute")));
        }
        if has("nova-cpu.conf") {
            found.extend(self.with_file(folder, "nova-cpu.conf", "nova-compute"));
        }
        found.extend(self.programs(folder, ServiceKind::Nova));
        found
    }

    /// Processes with a file or a directory of their own beside the one that all share.
    fn programs(&self, folder: &Path, kind: ServiceKind) -> Vec<Process> {
        let has_own = |program: &&str| {
            let name = format!("{program}.conf");
            // nova-compute's is looked for above.
            let is_known = ServiceKind::from_file_name(&name).is_some();
            !is_known && (self.tree.has(folder, &name) || self.tree.has_folder(&folder.join(name + ".d")))
        };
        let programs = programs(kind).filter(has_own);
        programs.filter_map(|program| self.process(folder, kind, Some(program))).collect()
    }

    /// Files that an API program reads where it is started by its own name; under a WSGI
    /// server, as nearly all are, nobody does.
    fn of_api_programs(&mut self, folder: &Path, kind: ServiceKind) {
        for program in api_programs(kind) {
            let name = format!("{program}.conf");
            if ServiceKind::from_file_name(&name).is_some() || !self.tree.has(folder, &name) {
                continue;
            }
            let service = kind.label();
            let path = |name: &str| folder.join(name).display().to_string();
            let own = path(&name);
            let how = format!("{service}={},{own} reads it too", path(&format!("{service}.conf")));
            let why =
                format!("a {program} under a WSGI server does not read it, one that serves by itself does");
            self.found.unchecked.push(Unchecked { what: own, why, how });
        }
    }

    /// A process of nova's whose command line names one file.
    fn with_file(&self, folder: &Path, file: &str, process: &'static str) -> Option<Process> {
        let folders = search_folders(folder, ServiceKind::Nova);
        let file = Source::File(folder.join(file).display().to_string());
        let sources = search::with_arguments(self.tree, &folders, "nova", Some(process), vec![file]);
        self.made(folder, ServiceKind::Nova, Some(process), sources)
    }

    /// DevStack's conductors of the cells, each with a file of its own.
    fn cells(&self, folder: &Path, names: &[String]) -> Vec<Process> {
        let cells = names.iter().filter(|name| name.starts_with("nova_cell") && name.ends_with(".conf"));
        cells.filter_map(|name| self.with_file(folder, name, "nova-conductor")).collect()
    }

    fn process(&self, folder: &Path, kind: ServiceKind, process: Option<&'static str>) -> Option<Process> {
        let folders = search_folders(folder, kind);
        let mut sources = match process {
            Some(program) if !serves_api(program) => {
                search::search(self.tree, &folders, kind.name()?, Some(program))
            }
            _ => search::of_api(self.tree, &folders, kind, self.variables),
        };
        if let Some(packaged) = self.packaged(folder, kind) {
            sources.insert(0, packaged);
            // Whoever starts it names these files, so that the directories come first.
            sources.sort_by_key(|source| !matches!(source, Source::Directory(_)));
        }
        self.made(folder, kind, process, sources)
    }

    fn made(
        &self,
        folder: &Path,
        kind: ServiceKind,
        process: Option<&'static str>,
        sources: Vec<Source>,
    ) -> Option<Process> {
        let is_file = |source: &&Source| matches!(source, Source::File(_));
        // The first file is the service's main one, the last names the process.
        let main = sources.iter().find(is_file).or(sources.first())?.label();
        let last = sources.iter().rfind(is_file).map_or(main, Source::label);
        let last = file_name(last)?;
        let told = ServiceKind::from_file_name(last.strip_suffix(".d").unwrap_or(last));
        let told = told.and_then(|(_, process)| process);
        let method = self.evidence.method(self.tree, self.root, folder, file_name(main)?);
        Some(Process { process: process.or(told), method, ..found(kind.name()?, sources) })
    }

    /// The defaults that RDO's packages read before the site's own file.
    fn packaged(&self, folder: &Path, kind: ServiceKind) -> Option<Source> {
        let service = kind.name()?;
        let etc = folder.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "etc"))?;
        let name = if kind == ServiceKind::Glance { "glance-api" } else { service };
        let path = etc.with_file_name("usr").join("share").join(service).join(format!("{name}-dist.conf"));
        self.tree.has_file(&path).then(|| Source::File(path.display().to_string()))
    }

    /// A directory of fragments whose main file is not there.
    fn fragments(&self, folder: &Path, kind: ServiceKind) -> Vec<Process> {
        let within = folder.parent().unwrap_or(folder);
        let is_main =
            |name: &String| ServiceKind::from_file_name(name).is_some_and(|(known, _)| known == kind);
        if self.tree.files(within).iter().any(is_main) {
            return Vec::new();
        }
        match role_of_path(self.root, within, kind) {
            Some(Role::Neither) => Vec::new(),
            Some(Role::Process(process)) => self.process(within, kind, Some(process)).into_iter().collect(),
            None => self.process(within, kind, None).into_iter().collect(),
        }
    }
}

/// A Secret or ConfigMap of RHOSO that a support bundle has put down as a folder
/// of its name, with a file for each key.
fn object(folder: &Path, names: &[String]) -> Option<Process> {
    let name = folder.file_name()?.to_str()?;
    // A folder of the service's own name is none.
    owner(name).filter(|service| name.len() > service.len())?;
    let numbered = names.iter().filter(|name| is_numbered(name));
    numbered_object(
        name,
        numbered.map(|name| Source::File(folder.join(name).display().to_string())).collect(),
    )
}

/// A host's own folder, as `neutron-agent-1/etc/neutron`, may be named like an agent and
/// hold an API all the same; a container's is not.
fn named_otherwise(folder: &Path, kind: ServiceKind) -> Option<Unchecked> {
    let above = folder.parent()?;
    let is_container = above.components().any(|part| part.as_os_str() == "puppet-generated");
    (above.ends_with("etc") && !is_container).then(|| Unchecked {
        what: format!("{} in {}", kind.label(), folder.display()),
        why: "a folder above it is named like an agent or a proxy, which checks no service tokens".to_owned(),
        how: format!("{}=FILE checks it", kind.label()),
    })
}

/// What a site writes for kolla-ansible (`node_custom_config`) is merged into each
/// container's file; where those are there, they say it all.
fn unmerged(overrides: &Path, found: &[Process]) -> Option<Unchecked> {
    let kolla = overrides.parent()?;
    let is_container = |source: &Source| Path::new(source.label()).starts_with(kolla);
    (!found.iter().any(|process| process.sources.iter().any(is_container))).then(|| Unchecked {
        what: format!("the overrides in {}", overrides.display()),
        why: "no service reads them: kolla-ansible merges them into the files of its containers".to_owned(),
        how: "check what `kolla-ansible genconfig` writes".to_owned(),
    })
}

/// Whether a folder below the target is kept aside, by a name on the way to it:
/// `nova.bak`, `cinder.orig`, `old`. Nothing reads what lies there.
fn is_backup(folder: &Path) -> bool {
    const ENDS: [&str; 6] = ["bak", "backup", "backups", "old", "orig", "save"];
    folder.components().filter_map(|part| part.as_os_str().to_str()).any(|name| {
        // A dash proves nothing: cinder-backup is a process.
        let end = name.rsplit('.').next().unwrap_or(name);
        ENDS.contains(&end) || name.ends_with('~')
    })
}

/// Whether a folder below the target holds what packages bring, such as Debian's
/// `usr/share/nova-common`, which they copy to `/etc`.
fn is_packaged(folder: &Path) -> bool {
    folder.ancestors().any(|path| path.ends_with("usr/share"))
}

/// Where oslo.config looks, as far as the folder tells: in it, and in `/etc`
/// above it.
fn search_folders(folder: &Path, kind: ServiceKind) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_path_buf()];
    let is_own = folder.file_name().and_then(|name| name.to_str()) == kind.name();
    if let Some(parent) = folder.parent()
        && is_own
        && parent.file_name().is_some_and(|name| name == "etc")
    {
        folders.push(parent.to_path_buf());
    }
    folders
}

/// The service whose fragments a directory holds, by its name.
fn fragments_of(folder: &Path) -> Option<ServiceKind> {
    let name = folder.file_name()?.to_str()?;
    if name == search::SWIFT_DIRECTORY {
        return Some(ServiceKind::Swift);
    }
    Some(ServiceKind::from_name(owner(name.strip_suffix(".conf.d")?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_kept_aside_are_known_by_their_names() {
        for path in ["etc/nova.bak", "etc/nova/old", "backups/etc/nova", "etc/nova.2025.orig/x", "etc/nova~"]
        {
            assert!(is_backup(Path::new(path)), "{path}");
        }
        for path in ["etc/nova", "etc/kolla/cinder-backup", "etc/gold", "save-the-date/etc"] {
            assert!(!is_backup(Path::new(path)), "{path}");
        }
    }
}

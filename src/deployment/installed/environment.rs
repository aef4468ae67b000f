//! The Python environments below a root: where each way of deployment puts its
//! packages, in the order in which Python looks.

use std::fs::ReadDir;
use std::path::{Path, PathBuf};

use super::metadata::packages;
use super::{Package, Packages, Trouble, lists};

/// A set of packages that one service may run with.
#[derive(Debug)]
pub(super) struct Environment {
    kind: Kind,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// Directories, the first that has a package counts.
    Folders(Vec<PathBuf>),
    /// A list of a support bundle.
    Listed(Vec<Package>),
}

/// Whose packages they are.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// Everything on the host.
    Host,
    /// Everything in an image.
    Image,
    /// Those of the service with this name.
    Service(String),
}

impl Environment {
    /// Whether a process of the service may be run from here.
    pub(super) fn may_run(&self, service: &str, contained: bool) -> bool {
        match &self.kind {
            Kind::Host => !contained,
            Kind::Image => true,
            Kind::Service(name) => name == service,
        }
    }

    /// The packages that matter, if the service or its middleware is among them.
    pub(super) fn packages(&self, distribution: &str) -> Option<Packages> {
        let wanted = |name: &str| [distribution, "keystonemiddleware", "keystoneauth1"].contains(&name);
        let (found, mut troubles) = match &self.content {
            Content::Folders(folders) => {
                let each = folders.iter().map(|folder| packages(folder, wanted));
                let (found, troubles): (Vec<_>, Vec<_>) = each.unzip();
                (found.concat(), troubles.concat())
            }
            Content::Listed(listed) => {
                (listed.iter().filter(|package| wanted(&package.name)).cloned().collect(), Vec::new())
            }
        };
        let mut take = |name: &str| {
            let mut named = found.iter().filter(|package| package.name == name);
            let first = named.next()?.clone();
            let other = named.find(|other| other.number != first.number).cloned();
            troubles.extend(other.map(|other| Trouble::Twice(first.clone(), other)));
            Some(first)
        };
        let (service, keystonemiddleware) = (take(distribution), take("keystonemiddleware"));
        let keystoneauth = take("keystoneauth1");
        let is_there = service.is_some() || keystonemiddleware.is_some() || !troubles.is_empty();
        is_there.then_some(Packages { service, keystonemiddleware, keystoneauth, troubles })
    }
}

/// What holds packages directly below a root: one of them at least is there.
const BELOW_A_ROOT: [&str; 9] =
    ["openstack", "var", "opt", "lib", "snap", "usr", "sos_commands", "installed-debs", "installed-rpms"];

/// Whether a name directly below a root leads to packages.
pub(in crate::deployment) fn is_way_to_packages(name: &str) -> bool {
    BELOW_A_ROOT.contains(&name)
}

/// Whether a folder holds so little that one look shows that it is no root. Most
/// of those above a service's files are so.
fn is_no_root(folder: &Path) -> bool {
    const LITTLE: usize = 100;
    let names = |entries: ReadDir| {
        let names = entries.take(LITTLE).map(|entry| Ok(entry?.file_name()));
        names.collect::<std::io::Result<Vec<_>>>()
    };
    std::fs::read_dir(folder).and_then(names).is_ok_and(|names| {
        names.len() < LITTLE && !names.iter().filter_map(|name| name.to_str()).any(is_way_to_packages)
    })
}

/// The environments below a root, those made for OpenStack first.
pub(super) fn environments(root: &Path) -> Vec<Environment> {
    if is_no_root(root) {
        return Vec::new();
    }
    let mut found = of_services(root);
    // kolla, LOCI, DevStack, and a root that is an environment itself.
    let venvs =
        ["var/lib/kolla/venv", "var/lib/openstack", "opt/stack/data/venv"].map(|venv| root.join(venv));
    for venv in venvs.into_iter().chain([root.to_owned()]) {
        let folders = site_packages(&venv);
        if !folders.is_empty() {
            found.push(Environment { kind: Kind::Image, content: Content::Folders(folders) });
        }
    }
    let snap = root.join("snap/openstack-hypervisor/current");
    if snap.is_dir() {
        let mut folders = site_packages(&snap);
        folders.push(snap.join("usr/lib/python3/dist-packages"));
        let (kind, content) = (Kind::Service("nova".to_owned()), Content::Folders(folders));
        found.push(Environment { kind, content });
    }
    let of_host = |folders| Environment { kind: Kind::Host, content: Content::Folders(folders) };
    found.extend(of_system(root).into_iter().map(of_host));
    found.extend(
        lists::of_bundle(root)
            .into_iter()
            .map(|listed| Environment { kind: Kind::Host, content: Content::Listed(listed) }),
    );
    found
}

/// OpenStack-Ansible's `/openstack/venvs/NAME-VERSION`, the newest first: those
/// of earlier releases stay.
fn of_services(root: &Path) -> Vec<Environment> {
    let venvs = root.join("openstack/venvs");
    let mut named: Vec<(String, Vec<u32>, PathBuf)> = names(&venvs)
        .into_iter()
        .filter_map(|name| {
            let (service, version) = name.split_once('-')?;
            let numbers = version.split(['.', '-']).map(|part| part.parse().unwrap_or(u32::MAX)).collect();
            Some((service.to_owned(), numbers, venvs.join(&name)))
        })
        .collect();
    named.sort_by(|one, other| other.1.cmp(&one.1));
    let environment = |(service, _, path): (String, Vec<u32>, PathBuf)| Environment {
        kind: Kind::Service(service),
        content: Content::Folders(site_packages(&path)),
    };
    named.into_iter().map(environment).collect()
}

/// The directories of packages of a virtual environment.
fn site_packages(venv: &Path) -> Vec<PathBuf> {
    let lib = venv.join("lib");
    let pythons = pythons(&lib).into_iter();
    pythons.map(|python| lib.join(python).join("site-packages")).filter(|folder| folder.is_dir()).collect()
}

/// One environment for each Python of the system, the newest first.
fn of_system(root: &Path) -> Vec<Vec<PathBuf>> {
    let usr = root.join("usr");
    if !usr.is_dir() {
        return Vec::new();
    }
    let mut versions: Vec<String> = ["lib", "lib64", "local/lib", "local/lib64"]
        .iter()
        .flat_map(|lib| pythons(&usr.join(lib)))
        .filter(|python| python.contains('.'))
        .collect();
    versions.sort_by_key(|python| std::cmp::Reverse(minor(python)));
    versions.dedup();
    if versions.is_empty() {
        versions.push("python3".to_owned());
    }
    versions
        .iter()
        .map(|python| {
            let mut folders = vec![
                usr.join(format!("local/lib/{python}/dist-packages")),
                usr.join(format!("local/lib64/{python}/site-packages")),
                usr.join(format!("local/lib/{python}/site-packages")),
            ];
            if python.starts_with("python3") {
                folders.push(usr.join("lib/python3/dist-packages"));
            }
            for (lib, kind) in [("lib", "dist"), ("lib64", "site"), ("lib", "site")] {
                folders.push(usr.join(format!("{lib}/{python}/{kind}-packages")));
            }
            folders.retain(|folder| folder.is_dir());
            folders
        })
        .filter(|folders| !folders.is_empty())
        .collect()
}

/// The names of the Pythons in a `lib`, the newest first.
fn pythons(lib: &Path) -> Vec<String> {
    let mut found: Vec<String> =
        names(lib).into_iter().filter(|name| name.starts_with("python") && minor(name).0 > 0).collect();
    found.sort_by_key(|python| std::cmp::Reverse(minor(python)));
    found
}

/// Major and minor version of `python3.12`.
fn minor(python: &str) -> (u16, u16) {
    let mut numbers = python.trim_start_matches("python").split('.').map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// The names in a directory, bounded and sorted; none if it is not there.
fn names(folder: &Path) -> Vec<String> {
    const MAX: usize = 10_000;
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let names = entries.take(MAX).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

//! Which release is installed: the packages of a service found on disk, below
//! the root of a host, an image or a support bundle.
//!
//! Only places where packages usually lie are looked at, and of them only names
//! and the head of a package's metadata. What the versions mean is said here;
//! which release a service is then judged by is not decided here.

mod environment;
mod lists;
mod metadata;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

pub(super) use environment::is_way_to_packages;
use environment::{Environment, environments};

use super::discover::method::name as method;
use super::{Process, Seen, Source};
use crate::catalog::{InForce, Release, Version};
use crate::config::Place;

/// The packages of one service, as installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packages {
    /// The service's own.
    pub service: Option<Package>,
    /// What decides over the service tokens it receives.
    pub keystonemiddleware: Option<Package>,
    /// What reads its logins.
    pub keystoneauth: Option<Package>,
    /// What is not as it should be.
    pub troubles: Vec<Trouble>,
}

/// One installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name on PyPI.
    pub name: String,
    /// Its version as written, safe to print.
    pub version: String,
    /// The same as numbers.
    pub number: Version,
    /// Where that is said.
    pub place: Place,
    /// The directory or list it was found in.
    pub within: String,
}

/// Something about the packages that makes the answer less certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Two versions are there; the first counts.
    Twice(Package, Package),
    /// Its metadata tells no version.
    Broken {
        /// Where.
        place: Place,
        /// Why, as a sentence fragment.
        reason: String,
    },
    /// The service is older or newer than any release known here.
    UnknownRelease(Package),
}

/// How other services number their versions beside nova's: theirs is that much
/// lower in each release from Queens on.
const BEHIND_NOVA: [(&str, u16); 6] =
    [("nova", 0), ("cinder", 5), ("glance", 1), ("neutron", 5), ("placement", 18), ("keystone", 4)];

impl Packages {
    /// The release and libraries that these packages make.
    pub fn in_force(&self) -> Option<InForce> {
        let middleware = self.keystonemiddleware.as_ref().map(|package| package.number);
        let of_service = self.service.as_ref().and_then(release_of);
        let of_middleware = || {
            let release = Release::first_with_middleware(middleware?);
            Some(release.unwrap_or(Release::newest()))
        };
        let release = of_service.or_else(of_middleware)?;
        let mut in_force = InForce::from(release);
        if let Some(version) = middleware {
            in_force.keystonemiddleware = version;
        }
        if let Some(package) = &self.keystoneauth {
            in_force.keystoneauth = package.number;
        }
        Some(in_force)
    }
}

/// The release that a service's own version belongs to.
fn release_of(package: &Package) -> Option<&'static Release> {
    Some(Release::of_nova(nova_major(package)?))
}

/// The major version of the nova that came out with it.
fn nova_major(package: &Package) -> Option<u16> {
    let (_, behind) = BEHIND_NOVA.iter().find(|(name, _)| distribution(name) == package.name)?;
    Some(package.number.0.saturating_add(*behind))
}

/// A service's name on PyPI.
fn distribution(service: &str) -> String {
    match service {
        "placement" | "cyborg" | "heat" => format!("openstack-{service}"),
        name => name.to_owned(),
    }
}

/// Looks for packages, each place once.
#[derive(Debug)]
pub struct Finder<'s> {
    seen: &'s Seen,
    roots: HashMap<PathBuf, Rc<Vec<Environment>>>,
}

impl<'s> Finder<'s> {
    /// Looks nowhere where nothing was seen.
    pub fn new(seen: &'s Seen) -> Self {
        Self { seen, roots: HashMap::new() }
    }

    /// The packages of a process that was found in a directory, if that is a
    /// root, or holds one, with the service's packages below it.
    pub fn of(&mut self, process: &Process) -> Option<Arc<Packages>> {
        let within = Path::new(process.within.as_deref()?);
        let path = process.sources.iter().find_map(|source| match source {
            Source::File(path) | Source::Directory(path) | Source::Paste(path) => Some(Path::new(path)),
            Source::Ceph(_) | Source::Text(_) | Source::Stdin => None,
        })?;
        // The nearest root: below one target there may be many hosts.
        let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(within));
        let folders: Vec<&Path> = above.collect();
        let contained = matches!(process.method, Some(method::KOLLA | method::TRIPLEO));
        folders.into_iter().filter(|folder| !self.seen.has_no_packages(folder)).find_map(|folder| {
            let known = self.roots.entry(folder.to_owned());
            let found = Rc::clone(known.or_insert_with(|| Rc::new(environments(folder))));
            choose(&found, &process.name, contained)
        })
    }
}

/// The packages of a service among the environments of a root. Where services
/// run in containers, the host's own packages are not theirs.
fn choose(environments: &[Environment], service: &str, contained: bool) -> Option<Arc<Packages>> {
    let distribution = distribution(service);
    let its = environments.iter().filter(|environment| environment.may_run(service, contained));
    let found: Vec<Packages> = its.filter_map(|environment| environment.packages(&distribution)).collect();
    let own = |packages: &&Packages| packages.service.is_some();
    let first = found.iter().find(own).or(found.first())?;
    let mut chosen = first.clone();
    // Old environments stay behind after an upgrade; that the one chosen is in
    // use is likely, not certain.
    for (mine, theirs) in found.iter().filter(|other| *other != first).flat_map(|other| both(first, other)) {
        if mine.number != theirs.number && !told(&chosen.troubles, &mine.name) {
            chosen.troubles.push(Trouble::Twice(mine.clone(), theirs.clone()));
        }
    }
    let unknown = chosen.service.as_ref().filter(|package| {
        let (oldest, newest) = (crate::catalog::RELEASES[0].nova_major, Release::newest().nova_major);
        nova_major(package).is_some_and(|major| !(oldest..=newest).contains(&major))
    });
    chosen.troubles.extend(unknown.cloned().map(Trouble::UnknownRelease));
    Some(Arc::new(chosen))
}

fn told(troubles: &[Trouble], name: &str) -> bool {
    troubles.iter().any(|trouble| matches!(trouble, Trouble::Twice(first, _) if first.name == name))
}

/// The packages that two environments both have and that decide something.
fn both<'p>(one: &'p Packages, other: &'p Packages) -> Vec<(&'p Package, &'p Package)> {
    let pairs = [(&one.service, &other.service), (&one.keystonemiddleware, &other.keystonemiddleware)];
    pairs.into_iter().filter_map(|(one, other)| Some((one.as_ref()?, other.as_ref()?))).collect()
}

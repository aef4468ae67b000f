//! The lists of packages that a support bundle holds (sosreport's
//! `installed-debs`, `installed-rpms` and what lies in `sos_commands`).

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Package;
use super::metadata::{normalised, number};
use crate::config::{Place, printable};

/// Bytes read of one list.
const MAX_LIST: u64 = 16 << 20;

/// Lists looked at in one directory.
const MAX_LISTS: usize = 50;

/// Directories of a bundle that hold lists among other things.
const FOLDERS: [&str; 4] =
    ["sos_commands/dpkg", "sos_commands/rpm", "sos_commands/apt", "sos_commands/python"];

/// The packages of each list below a bundle's root that names any that matter;
/// lists that say the same once.
pub(super) fn of_bundle(root: &Path) -> Vec<Vec<Package>> {
    let mut paths: Vec<PathBuf> = ["installed-debs", "installed-rpms"].map(|name| root.join(name)).to_vec();
    for folder in FOLDERS.map(|folder| root.join(folder)) {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut found: Vec<PathBuf> = entries.take(MAX_LISTS).flatten().map(|entry| entry.path()).collect();
        found.sort();
        paths.extend(found);
    }
    let mut lists: Vec<Vec<Package>> = Vec::new();
    for path in paths {
        let list = packages(&path);
        let same = |known: &Vec<Package>| {
            known.len() == list.len()
                && known
                    .iter()
                    .zip(&list)
                    .all(|(one, other)| one.name == other.name && one.number == other.number)
        };
        if !list.is_empty() && !lists.iter().any(same) {
            lists.push(list);
        }
    }
    lists
}

fn packages(path: &Path) -> Vec<Package> {
    let mut bytes = Vec::new();
    if !std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Vec::new();
    }
    let read = File::open(path).and_then(|file| file.take(MAX_LIST).read_to_end(&mut bytes));
    if read.is_err() {
        return Vec::new();
    }
    let text = String::from_utf8_lossy(&bytes);
    let label: Arc<str> = Arc::from(printable(&path.display().to_string()));
    let mut found: Vec<Package> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some((name, version)) = entry(line) else { continue };
        let (Some(name), Some(number)) = (distribution(name), number(version)) else { continue };
        let package = Package {
            name,
            version: printable(version),
            number,
            place: Place::of_line(&label, index + 1),
            within: label.to_string(),
        };
        // A service is in several packages of one version.
        if !found.iter().any(|known| known.name == package.name && known.number == package.number) {
            found.push(package);
        }
    }
    found
}

/// Name and version on a line of `dpkg -l`, `dpkg-query -W`, `apt list
/// --installed`, `rpm -qa` or `pip list`.
fn entry(line: &str) -> Option<(&str, &str)> {
    let mut words = line.split_whitespace();
    let (first, second) = (words.next()?, words.next());
    // dpkg -l: the second letter tells whether it is installed.
    if first.len() <= 3
        && let Some(name) = second
        && first.chars().nth(1) == Some('i')
    {
        return Some((name.split(':').next()?, words.next()?));
    }
    if let Some((name, _)) = first.split_once('/') {
        return line.contains("installed").then_some((name, second?));
    }
    if let Some((name, version)) = first.split_once("==") {
        return Some((name, version));
    }
    // rpm -qa: NAME-VERSION-RELEASE.ARCH, perhaps with an epoch before the version.
    if let Some((rest, _)) = first.rsplit_once('-')
        && let Some((name, version)) = rest.rsplit_once('-')
        && version.starts_with(|c: char| c.is_ascii_digit())
    {
        return Some((name, version));
    }
    Some((first.split(':').next()?, second?))
}

/// The name on PyPI of what a distribution's package holds, of those that
/// matter.
fn distribution(package: &str) -> Option<String> {
    let name = normalised(package);
    let bare = ["python3-", "python-", "python2-", "openstack-"].iter().find_map(|p| name.strip_prefix(p));
    let bare = bare.unwrap_or(&name);
    let bare = bare.strip_suffix("-common").unwrap_or(bare);
    if ["keystonemiddleware", "keystoneauth1"].contains(&bare) {
        return Some(bare.to_owned());
    }
    crate::catalog::service_names().find(|service| *service == bare).map(super::distribution)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_list_is_understood() {
        for (line, expected) in [
            (
                "ii  python3-nova  3:29.0.1-0ubuntu1.4  all  OpenStack Compute",
                Some(("python3-nova", "3:29.0.1-0ubuntu1.4")),
            ),
            ("ii  libc6:amd64  2.39-0ubuntu8  amd64  GNU C Library", Some(("libc6", "2.39-0ubuntu8"))),
            ("rc  python3-nova  3:29.0.1-0ubuntu1.4  all  OpenStack Compute", None),
            (
                "python3-keystonemiddleware-10.6.0-1.el9.noarch   Tue 11 Jun 2024",
                Some(("python3-keystonemiddleware", "10.6.0")),
            ),
            ("python3-nova\t3:29.0.1-0ubuntu1", Some(("python3-nova", "3:29.0.1-0ubuntu1"))),
            (
                "python3-nova/noble-updates,now 3:29.0.1-0ubuntu1 all [installed]",
                Some(("python3-nova", "3:29.0.1-0ubuntu1")),
            ),
            ("keystonemiddleware==12.0.0", Some(("keystonemiddleware", "12.0.0"))),
            ("keystonemiddleware 12.0.0", Some(("keystonemiddleware", "12.0.0"))),
        ] {
            let found = entry(line)
                .filter(|(name, version)| distribution(name).is_some() || number(version).is_some());
            let found = found.filter(|(name, _)| !name.starts_with("rc"));
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_distribution_s_package_is_the_service_s() {
        for (package, expected) in [
            ("python3-nova", Some("nova")),
            ("nova-common", Some("nova")),
            ("openstack-nova-common", Some("nova")),
            ("openstack-placement-common", Some("openstack-placement")),
            ("python3-keystoneauth1", Some("keystoneauth1")),
            ("python3-novaclient", None),
            ("nova-compute", None),
            ("python3-nova-lxd", None),
        ] {
            assert_eq!(distribution(package).as_deref(), expected, "{package}");
        }
    }
}

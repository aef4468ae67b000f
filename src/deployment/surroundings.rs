//! Where a service's files lie: on this host, or in a copy of some host's tree. A
//! path in a configuration means a file of the host that the service runs on, so it
//! can be followed only where that host's tree is known, and what is missing from a
//! copy proves nothing.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::{Process, Source};

/// Where a service's files lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Surroundings {
    /// On this host, below its root.
    Host(PathBuf),
    /// In a copy of a host's tree, or of a part of it.
    Tree(PathBuf),
    /// In a container's folder, a manifest or a folder of its own.
    Elsewhere,
}

/// What a path of a configuration leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Something, here.
    At(PathBuf),
    /// Nothing, on the host itself.
    Missing,
    /// Something that this program may not look at.
    Denied,
    /// It cannot be told.
    Unknown,
}

impl Surroundings {
    /// Those of a process. `host` is the root of this host.
    pub fn of(process: &Process, host: &Path) -> Self {
        let path = process.sources.iter().find_map(|source| match source {
            Source::File(path) | Source::Directory(path) | Source::Paste(path) => Some(path),
            Source::Ceph(_) | Source::Text(_) | Source::Stdin => None,
        });
        path.and_then(|path| std::path::absolute(path).ok())
            .and_then(|path| Self::around(&path, host))
            .unwrap_or(Self::Elsewhere)
    }

    /// By the last `etc` on the way to a file.
    fn around(path: &Path, host: &Path) -> Option<Self> {
        let parts: Vec<Component<'_>> = path.components().collect();
        let etc = parts.iter().rposition(|part| part.as_os_str() == "etc")?;
        // A container's folder: what it names lies inside the container.
        if parts.get(etc + 1).is_some_and(|part| part.as_os_str() == "kolla") {
            return None;
        }
        let root: PathBuf = parts[..etc].iter().collect();
        Some(if root == host { Self::Host(root) } else { Self::Tree(root) })
    }

    /// Follows a path of the configuration.
    pub(super) fn find(&self, path: &str) -> Found {
        let Some(inner) = path.strip_prefix('/') else { return Found::Unknown };
        match self {
            Self::Elsewhere => Found::Unknown,
            Self::Host(root) => {
                let path = root.join(inner);
                match std::fs::metadata(&path) {
                    Ok(_) => Found::At(path),
                    Err(error) if error.kind() == ErrorKind::NotFound => Found::Missing,
                    Err(error) if error.kind() == ErrorKind::PermissionDenied => Found::Denied,
                    Err(_) => Found::Unknown,
                }
            }
            Self::Tree(root) => in_tree(root, inner).map_or(Found::Unknown, Found::At),
        }
    }

    /// Those of some files that every user of this host can read.
    pub fn exposed<'p>(&self, files: impl Iterator<Item = &'p str>) -> Vec<String> {
        match self {
            Self::Host(root) => {
                files.filter(|file| is_exposed(Path::new(file), root)).map(str::to_owned).collect()
            }
            Self::Tree(_) | Self::Elsewhere => Vec::new(),
        }
    }
}

/// A file of a tree. A link that leads out of it leads to another host's file.
fn in_tree(root: &Path, inner: &str) -> Option<PathBuf> {
    let path = root.join(inner);
    let real = std::fs::canonicalize(&path).ok()?;
    real.starts_with(std::fs::canonicalize(root).ok()?).then_some(path)
}

/// Whether everybody may read a file, and may pass through all folders above it.
#[cfg(unix)]
fn is_exposed(file: &Path, root: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let Ok(path) = std::path::absolute(file) else { return false };
    let allows = |metadata: Metadata, bit: u32| metadata.permissions().mode() & bit != 0;
    let readable =
        std::fs::metadata(&path).is_ok_and(|metadata| metadata.is_file() && allows(metadata, 0o004));
    let above = path.ancestors().skip(1).take_while(|folder| *folder != root);
    readable && above.map(std::fs::metadata).all(|metadata| metadata.is_ok_and(|found| allows(found, 0o001)))
}

#[cfg(not(unix))]
fn is_exposed(_: &Path, _: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(path: &str) -> Surroundings {
        let process = Process::plain("nova", vec![Source::File(path.to_owned())]);
        Surroundings::of(&process, Path::new("/"))
    }

    #[test]
    fn the_last_etc_tells_the_root() {
        assert_eq!(around("/etc/nova/nova.conf"), Surroundings::Host("/".into()));
        assert_eq!(around("/srv/image/etc/nova/nova.conf"), Surroundings::Tree("/srv/image".into()));
        let generated = "/var/lib/config-data/puppet-generated/nova";
        assert_eq!(around(&format!("{generated}/etc/nova/nova.conf")), Surroundings::Tree(generated.into()));
    }

    #[test]
    fn a_container_s_folder_tells_nothing() {
        assert_eq!(around("/etc/kolla/nova-api/nova.conf"), Surroundings::Elsewhere);
        assert_eq!(around("/srv/nova.conf"), Surroundings::Elsewhere);
    }

    #[test]
    fn what_is_missing_from_a_copy_proves_nothing() {
        let copy = tempfile::tempdir().unwrap();
        let tree = Surroundings::Tree(copy.path().to_owned());
        let host = Surroundings::Host(copy.path().to_owned());
        assert_eq!(tree.find("/etc/ssl/ca.pem"), Found::Unknown);
        assert_eq!(host.find("/etc/ssl/ca.pem"), Found::Missing);
        assert_eq!(host.find("ca.pem"), Found::Unknown);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_a_copy_is_not_followed() {
        let copy = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), copy.path().join("ca.pem")).unwrap();
        assert_eq!(Surroundings::Tree(copy.path().to_owned()).find("/ca.pem"), Found::Unknown);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_exposed_if_everybody_can_reach_it() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("etc");
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("nova.conf");
        std::fs::write(&file, "").unwrap();
        let host = Surroundings::Host(root.path().to_owned());
        let mode =
            |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
        let exposed = || !host.exposed([file.to_str().unwrap()].into_iter()).is_empty();
        mode(&folder, 0o755);
        mode(&file, 0o644);
        assert!(exposed());
        mode(&file, 0o640);
        assert!(!exposed());
        mode(&file, 0o644);
        mode(&folder, 0o750);
        assert!(!exposed());
    }
}

//! Where the file is: named, or the nearest one upwards.

use std::path::{Path, PathBuf};

use super::FILE;

/// What was found, and what is to be said about it.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) path: Option<PathBuf>,
    pub(super) warning: Option<String>,
}

/// The nearest file from the working directory upwards, up to the top of the
/// repository it is in. Paths stay relative, as a user would type them.
pub(super) fn find() -> Found {
    let Ok(directory) = std::env::current_dir() else { return Found::default() };
    find_from(&directory)
}

fn find_from(directory: &Path) -> Found {
    let mut way = PathBuf::new();
    for ancestor in directory.ancestors() {
        if ancestor.join(FILE).is_file() {
            let path = way.join(FILE);
            if anyone_may_put_files(ancestor) {
                let warning = format!(
                    "{}: not heeded, since anyone may put files there; --config takes it",
                    path.display()
                );
                return Found { path: None, warning: Some(warning) };
            }
            return Found { path: Some(path), warning: None };
        }
        if ancestor.join(".git").exists() {
            break;
        }
        way.push("..");
    }
    Found::default()
}

/// A directory like `/tmp`: whoever put a file there could have this program
/// read and write files in another user's name.
#[cfg(unix)]
fn anyone_may_put_files(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    const STICKY_AND_WRITABLE: u32 = 0o1002;
    std::fs::metadata(directory)
        .is_ok_and(|metadata| metadata.mode() & STICKY_AND_WRITABLE == STICKY_AND_WRITABLE)
}

#[cfg(not(unix))]
fn anyone_may_put_files(_: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_file_counts_up_to_the_top_of_the_repository() {
        let top = tempfile::tempdir().unwrap();
        let deep = top.path().join("a/b/c");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::create_dir(top.path().join("a/.git")).unwrap();
        std::fs::write(top.path().join(FILE), "").unwrap();
        assert_eq!(find_from(&deep).path, None);
        std::fs::write(top.path().join("a").join(FILE), "").unwrap();
        assert_eq!(find_from(&deep).path, Some(Path::new("../..").join(FILE)));
        std::fs::write(deep.join(FILE), "").unwrap();
        assert_eq!(find_from(&deep).path, Some(PathBuf::from(FILE)));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_anyone_could_have_put_there_is_not_heeded() {
        use std::os::unix::fs::PermissionsExt;
        let top = tempfile::tempdir().unwrap();
        std::fs::write(top.path().join(FILE), "").unwrap();
        std::fs::set_permissions(top.path(), std::fs::Permissions::from_mode(0o1777)).unwrap();
        let found = find_from(top.path());
        assert!(found.path.is_none() && found.warning.unwrap().contains("--config"));
    }
}

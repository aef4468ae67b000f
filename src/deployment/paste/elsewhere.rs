//! The files that a paste filter reads in place of its service's: with
//! `oslo_config_project` the middleware has an oslo.config of its own, which finds that
//! project's files or is given one with `oslo_config_file`.
//!
//! Source: keystonemiddleware `_common/config.py` (`Config`).

use std::path::{Path, PathBuf};

use crate::deployment::search::{self, Places};
use crate::deployment::{Source, Unchecked};
use crate::paste::Filter;

/// The project and its files, as far as they are there; `None` where the filter names
/// no project, and so reads its service's files.
pub(super) fn sources(
    filter: &Filter,
    paste: &Path,
    unchecked: &mut Vec<Unchecked>,
) -> Option<(String, Vec<Source>)> {
    if filter.drops_its_section() {
        return None;
    }
    let option = |name: &str| {
        let item = filter.conf.items().iter().find(|item| item.name == name)?;
        Some(item.value.clone()).filter(|value| !value.is_empty())
    };
    let project = option("oslo_config_project")?;
    let folders = folders(paste, &project);
    let sources = match option("oslo_config_file") {
        Some(named) => {
            let file = named_file(paste, &named).map(|path| Source::File(path.display().to_string()));
            if file.is_none() {
                unchecked.push(not_found(&named, paste, "; without it the service does not start"));
            }
            // The directories are found all the same, and count after it.
            file.into_iter().chain(search::directories(&OnDisk, &folders, &project, None)).collect()
        }
        None => {
            let found = search::search(&OnDisk, &folders, &project, None);
            if found.is_empty() {
                unchecked.push(not_found(&format!("/etc/{project}/{project}.conf"), paste, ""));
            }
            found
        }
    };
    Some((project, sources))
}

fn not_found(file: &str, paste: &Path, more: &str) -> Unchecked {
    let paste = paste.display();
    Unchecked {
        what: format!("the file {file}"),
        why: format!("the paste filter in {paste} reads its options there, and it was not found{more}"),
        how: "put it beside the paste file".to_owned(),
    }
}

struct OnDisk;

impl Places for OnDisk {
    fn has_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn has_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }
}

/// The `etc` of the host that a folder lies on; that above a container of kolla's is
/// another host's.
fn etc(beside: &Path) -> Option<&Path> {
    let mut above = beside.ancestors();
    let etc = above.find(|path| path.file_name().is_some_and(|name| name == "etc"))?;
    (!beside.starts_with(etc.join("kolla"))).then_some(etc)
}

/// Where the project's files are looked for: below the `etc` that the paste file lies
/// in, and beside it.
fn folders(paste: &Path, project: &str) -> Vec<PathBuf> {
    let beside = paste.parent().unwrap_or(Path::new(""));
    let below = etc(beside).into_iter().flat_map(|etc| [etc.join(project), etc.to_path_buf()]);
    below.chain([beside.to_path_buf()]).collect()
}

/// The file that is named: in the tree that the paste file lies in, or beside it.
fn named_file(paste: &Path, named: &str) -> Option<PathBuf> {
    let beside = paste.parent().unwrap_or(Path::new(""));
    let in_tree = etc(beside).and_then(Path::parent).map(|root| root.join(named.trim_start_matches('/')));
    let name = Path::new(named).file_name()?;
    in_tree.into_iter().chain([beside.join(name)]).find(|path| path.is_file())
}

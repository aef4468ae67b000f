//! The files that a program reads when its command line names none.
//!
//! oslo.config looks for `PROJECT.conf` and then `PROGRAM.conf`, each in the
//! first of its directories that has one, and for `PROJECT.conf.d` and
//! `PROGRAM.conf.d` likewise; the directories count after the files. Under a
//! WSGI server some services hand it a list of their own in place of the files,
//! while the directories are still looked for. A directory on the command line
//! replaces the directories, a file replaces the files, and neither the other.
//!
//! Source: `oslo_config/cfg.py` (`find_config_files`, `_parse_config_files`),
//! `nova/api/openstack/wsgi_app.py`, `glance/common/wsgi_app.py`,
//! `neutron/server/__init__.py`.

use std::path::{Path, PathBuf};

use super::Source;
use crate::catalog::ServiceKind;

/// What is there, as far as this is to look.
pub(super) trait Places {
    /// Whether that file is there.
    fn has_file(&self, path: &Path) -> bool;
    /// Whether that directory is there.
    fn has_directory(&self, path: &Path) -> bool;
}

/// The first of the folders that has the file.
fn first(places: &dyn Places, folders: &[PathBuf], name: &str) -> Option<Source> {
    let path = folders.iter().map(|folder| folder.join(name)).find(|path| places.has_file(path))?;
    Some(Source::File(path.display().to_string()))
}

fn first_directory(places: &dyn Places, folders: &[PathBuf], name: &str) -> Option<Source> {
    let path = folders.iter().map(|folder| folder.join(name)).find(|path| places.has_directory(path))?;
    Some(Source::Directory(path.display().to_string()))
}

/// oslo.config's own search.
pub(super) fn search(
    places: &dyn Places,
    folders: &[PathBuf],
    project: &str,
    program: Option<&str>,
) -> Vec<Source> {
    let files = names(project, program).filter_map(|name| first(places, folders, &format!("{name}.conf")));
    files.chain(directories(places, folders, project, program)).collect()
}

/// The files that a command line names, which count after the directories that are
/// found all the same.
pub(super) fn with_files(
    places: &dyn Places,
    folders: &[PathBuf],
    project: &str,
    program: Option<&str>,
    files: impl IntoIterator<Item = Source>,
) -> Vec<Source> {
    directories(places, folders, project, program).chain(files).collect()
}

/// The names that oslo.config looks for.
fn names<'n>(project: &'n str, program: Option<&'n str>) -> impl Iterator<Item = &'n str> {
    std::iter::once(project).chain(program.filter(move |program| *program != project))
}

/// The directories that are found.
pub(super) fn directories<'p>(
    places: &'p dyn Places,
    folders: &'p [PathBuf],
    project: &'p str,
    program: Option<&'p str>,
) -> impl Iterator<Item = Source> + use<'p> {
    names(project, program).filter_map(|name| first_directory(places, folders, &format!("{name}.conf.d")))
}

/// The files of a service's API, or of a process that is not known.
pub(super) fn of_api(places: &dyn Places, folders: &[PathBuf], kind: ServiceKind) -> Vec<Source> {
    let Some(project) = kind.name() else { return Vec::new() };
    let paste = paste_file(places, folders, kind);
    if kind == ServiceKind::Swift {
        // It reads nothing else; its swift.conf is no file of oslo.config's.
        return paste.into_iter().collect();
    }
    let files: &[&str] = match kind {
        ServiceKind::Glance => &["glance-image-import.conf", "glance-api.conf"],
        ServiceKind::Neutron => &["neutron.conf", "plugins/ml2/ml2_conf.ini"],
        _ => &[],
    };
    let own: Vec<Source> = if files.is_empty() {
        search(places, folders, project, None)
    } else {
        let program = format!("{project}-api");
        let files = files.iter().filter_map(|name| first(places, folders, name));
        files.chain(directories(places, folders, project, Some(&program))).collect()
    };
    paste.into_iter().chain(own).collect()
}

/// Swift's files may lie in a directory, which it reads as one file.
pub(super) const SWIFT_DIRECTORY: &str = "proxy-server.conf.d";

fn paste_file(places: &dyn Places, folders: &[PathBuf], kind: ServiceKind) -> Option<Source> {
    let name = match kind {
        ServiceKind::Glance => "glance-api-paste.ini".to_owned(),
        ServiceKind::Barbican => "barbican-api-paste.ini".to_owned(),
        ServiceKind::Swift => "proxy-server.conf".to_owned(),
        _ => "api-paste.ini".to_owned(),
    };
    // Without a file of its own in the service's folder, `/etc` is no place for
    // a paste file of that general name.
    let folder = folders.first()?;
    let path = folder.join(name);
    if places.has_file(&path) {
        return Some(Source::Paste(path.display().to_string()));
    }
    let fragments = folder.join(SWIFT_DIRECTORY);
    let is_there = kind == ServiceKind::Swift && places.has_directory(&fragments);
    is_there.then(|| Source::Directory(fragments.display().to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct There(&'static [&'static str]);

    impl Places for There {
        fn has_file(&self, path: &Path) -> bool {
            self.0.contains(&path.to_str().unwrap())
        }
        fn has_directory(&self, path: &Path) -> bool {
            self.0.contains(&path.to_str().unwrap())
        }
    }

    #[test]
    fn each_name_is_taken_from_the_first_folder_that_has_it() {
        let there = There(&[
            "/etc/nova/nova.conf",
            "/etc/nova.conf",
            "/etc/nova-compute.conf",
            "/etc/nova/nova.conf.d",
            "/etc/nova-compute.conf.d",
        ]);
        let folders = ["/etc/nova".into(), "/etc".into()];
        let found = search(&there, &folders, "nova", Some("nova-compute"));
        let labels: Vec<&str> = found.iter().map(Source::label).collect();
        let expected = [
            "/etc/nova/nova.conf",
            "/etc/nova-compute.conf",
            "/etc/nova/nova.conf.d",
            "/etc/nova-compute.conf.d",
        ];
        assert_eq!(labels, expected);
    }

    #[test]
    fn a_file_on_the_command_line_replaces_the_files_found_and_counts_after_the_directories() {
        let there = There(&["/etc/nova/nova.conf", "/etc/nova/nova.conf.d", "/etc/nova/nova-compute.conf.d"]);
        let file = Source::File("/etc/nova/nova-cpu.conf".to_owned());
        let found = with_files(&there, &["/etc/nova".into()], "nova", Some("nova-compute"), [file]);
        let labels: Vec<&str> = found.iter().map(Source::label).collect();
        let expected = ["/etc/nova/nova.conf.d", "/etc/nova/nova-compute.conf.d", "/etc/nova/nova-cpu.conf"];
        assert_eq!(labels, expected);
    }

    #[test]
    fn glance_under_wsgi_has_a_list_of_its_own() {
        let there = There(&[
            "/etc/glance/glance-api.conf",
            "/etc/glance/glance-image-import.conf",
            "/etc/glance/glance-api-paste.ini",
            "/etc/glance/glance.conf.d",
        ]);
        let found = of_api(&there, &["/etc/glance".into()], ServiceKind::Glance);
        let labels: Vec<&str> = found.iter().map(Source::label).collect();
        let expected = ["-paste.ini", "-image-import.conf", "-api.conf", ".conf.d"];
        assert!(labels.iter().zip(expected).all(|(label, end)| label.ends_with(end)), "{labels:?}");
    }
}

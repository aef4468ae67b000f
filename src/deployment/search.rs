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
//! `neutron/server/__init__.py`, `placement/wsgi/__init__.py`.

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

/// The first of the folders that has the file. An absolute name means a file of the
/// same tree.
fn first(places: &dyn Places, folders: &[PathBuf], name: &str) -> Option<Source> {
    let named = |folder: &PathBuf| match name.strip_prefix('/') {
        Some(inner) => root(folder).join(inner),
        None => folder.join(name),
    };
    let path = folders.iter().map(named).find(|path| places.has_file(path))?;
    Some(Source::File(path.display().to_string()))
}

/// What lies above the last `etc` on the way to a folder.
fn root(folder: &Path) -> &Path {
    let etc = folder.ancestors().find(|path| path.file_name().is_some_and(|name| name == "etc"));
    etc.and_then(Path::parent).unwrap_or(Path::new("/"))
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

/// What a command line names, in its order. What is found counts before it: the files
/// if it names none, the directories if it names none.
pub(super) fn with_arguments(
    places: &dyn Places,
    folders: &[PathBuf],
    project: &str,
    program: Option<&str>,
    arguments: Vec<Source>,
) -> Vec<Source> {
    let names_files = arguments.iter().any(|source| matches!(source, Source::File(_)));
    let names_directories = arguments.iter().any(|source| matches!(source, Source::Directory(_)));
    let found = search(places, folders, project, program).into_iter();
    let found = found.filter(|source| match source {
        Source::Directory(_) => !names_directories,
        _ => !names_files,
    });
    found.chain(arguments).collect()
}

/// The variables in which services under a WSGI server look for their files:
/// `OS_NOVA_CONFIG_DIR`, `OS_NOVA_CONFIG_FILES` and the like.
#[derive(Debug, Default, Clone)]
pub struct Variables(Vec<(String, String)>);

impl Variables {
    /// Takes those that any service looks at.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(variables.into_iter().filter(|(name, _)| Self::knows(name)).collect())
    }

    /// Whether any service looks at a variable of that name.
    pub fn knows(name: &str) -> bool {
        let name = name.strip_prefix("OS_").and_then(|name| name.split_once("_CONFIG_"));
        matches!(name, Some(("NOVA" | "NEUTRON", "DIR" | "FILES") | ("GLANCE" | "PLACEMENT", "DIR")))
    }

    /// Those that a uWSGI file sets (`env = NAME=VALUE`).
    pub(super) fn of_uwsgi(text: &str) -> Self {
        let lines = text.lines().filter_map(|line| {
            let (key, value) = line.split_once('=')?;
            let (name, value) = value.split_once('=').filter(|_| key.trim() == "env")?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        });
        Self::new(lines)
    }

    /// The directories that are named in place of `/etc/SERVICE`.
    pub(super) fn directories(&self) -> impl Iterator<Item = &str> {
        let named = |name: &str| name.ends_with("_DIR");
        let values = self.0.iter().filter(move |(name, _)| named(name)).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty())
    }

    fn get(&self, kind: ServiceKind, what: &str) -> Option<&str> {
        let name = format!("OS_{}_CONFIG_{what}", kind.name()?.to_uppercase());
        let (_, value) = self.0.iter().rev().find(|(known, _)| *known == name)?;
        Some(value.trim()).filter(|value| !value.is_empty())
    }

    /// The directory in place of `/etc/SERVICE`.
    pub(super) fn directory(&self, kind: ServiceKind) -> Option<&str> {
        self.get(kind, "DIR")
    }

    fn files(&self, kind: ServiceKind) -> Option<Vec<&str>> {
        let files = self.get(kind, "FILES")?;
        Some(files.split(';').map(str::trim).filter(|name| !name.is_empty()).collect())
    }
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
pub(super) fn of_api(
    places: &dyn Places,
    folders: &[PathBuf],
    kind: ServiceKind,
    variables: &Variables,
) -> Vec<Source> {
    let Some(project) = kind.name() else { return Vec::new() };
    let paste = paste_file(places, folders, kind);
    if kind == ServiceKind::Swift {
        // It reads nothing else; its swift.conf is no file of oslo.config's.
        return paste.into_iter().collect();
    }
    let program = format!("{project}-api");
    let files = listed(kind, variables).map(|names| {
        let names = names.into_iter().filter_map(|name| first(places, folders, name));
        names.collect::<Vec<Source>>()
    });
    let Some(mut files) = files else {
        return paste.into_iter().chain(search(places, folders, project, None)).collect();
    };
    let is_paste = |source: &Source| {
        let name = source.label().rsplit('/').next().unwrap_or_default();
        super::paste::is_paste_name(name)
    };
    // nova loads the first of its list as its paste file, and has no other.
    let paste = match files.first_mut() {
        Some(first) if kind == ServiceKind::Nova && is_paste(first) => {
            Some(Source::Paste(files.remove(0).label().to_owned()))
        }
        _ => paste,
    };
    files.extend(directories(places, folders, project, Some(&program)));
    paste.into_iter().chain(files).collect()
}

/// The list that a service under a WSGI server hands to oslo.config, if it does.
fn listed(kind: ServiceKind, variables: &Variables) -> Option<Vec<&str>> {
    let fixed = match kind {
        ServiceKind::Glance => vec!["glance-image-import.conf", "glance-api.conf"],
        ServiceKind::Neutron => vec!["neutron.conf", "plugins/ml2/ml2_conf.ini"],
        _ => return variables.files(kind),
    };
    Some(variables.files(kind).unwrap_or(fixed))
}

/// Swift's files may lie in a directory, which it reads as one file.
pub(super) const SWIFT_DIRECTORY: &str = "proxy-server.conf.d";

/// The paste file of the usual name, where its service has one.
pub(super) fn paste_file(places: &dyn Places, folders: &[PathBuf], kind: ServiceKind) -> Option<Source> {
    let name = match kind {
        ServiceKind::Glance => "glance-api-paste.ini".to_owned(),
        ServiceKind::Barbican => "barbican-api-paste.ini".to_owned(),
        ServiceKind::Swift => "proxy-server.conf".to_owned(),
        // They put their middleware together themselves.
        ServiceKind::Placement | ServiceKind::Ironic | ServiceKind::Octavia => return None,
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
        let found = with_arguments(&there, &["/etc/nova".into()], "nova", Some("nova-compute"), vec![file]);
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
        let found = of_api(&there, &["/etc/glance".into()], ServiceKind::Glance, &Variables::default());
        let labels: Vec<&str> = found.iter().map(Source::label).collect();
        let expected = ["-paste.ini", "-image-import.conf", "-api.conf", ".conf.d"];
        assert!(labels.iter().zip(expected).all(|(label, end)| label.ends_with(end)), "{labels:?}");
    }

    #[test]
    fn variables_name_the_files_of_a_service_under_wsgi() {
        let there = There(&[
            "/etc/nova/api-paste.ini",
            "/etc/nova/mine-paste.ini",
            "/etc/nova/nova.conf",
            "/etc/nova/extra.conf",
            "/etc/neutron/neutron.conf",
            "/etc/neutron/plugins/ml2/ml2_conf.ini",
            "/opt/x.conf",
        ]);
        let read = |kind: ServiceKind, variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            let folders = [PathBuf::from("/etc").join(kind.name().unwrap())];
            let found = of_api(&there, &folders, kind, &Variables::new(variables));
            found.iter().map(|source| source.label().to_owned()).collect::<Vec<_>>().join(" ")
        };
        let files = ("OS_NOVA_CONFIG_FILES", "mine-paste.ini;nova.conf;extra.conf");
        assert_eq!(
            read(ServiceKind::Nova, &[files]),
            "/etc/nova/mine-paste.ini /etc/nova/nova.conf /etc/nova/extra.conf"
        );
        assert_eq!(read(ServiceKind::Nova, &[]), "/etc/nova/api-paste.ini /etc/nova/nova.conf");
        let files = ("OS_NEUTRON_CONFIG_FILES", " neutron.conf ; /opt/x.conf;; gone.conf");
        assert_eq!(read(ServiceKind::Neutron, &[files]), "/etc/neutron/neutron.conf /opt/x.conf");
        let both = "/etc/neutron/neutron.conf /etc/neutron/plugins/ml2/ml2_conf.ini";
        assert_eq!(read(ServiceKind::Neutron, &[("OS_NEUTRON_CONFIG_FILES", "")]), both);
    }

    #[test]
    fn a_uwsgi_file_sets_variables() {
        let text = "[uwsgi]\nmodule = a\nenv = OS_NEUTRON_CONFIG_FILES=a.conf;b.conf\nenv = HOME=/x\n#env = OS_NOVA_CONFIG_DIR=/x\n";
        let variables = Variables::of_uwsgi(text);
        assert_eq!(variables.0.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["OS_NEUTRON_CONFIG_FILES"]);
        assert_eq!(variables.files(ServiceKind::Neutron), Some(vec!["a.conf", "b.conf"]));
    }
}

//! Which of its files a service loads as its paste file: what it is told in its
//! own options comes before what only lies beside them.
//!
//! Source: nova `api/openstack/wsgi_app.py`, oslo.service `wsgi.py` (cinder, manila,
//! neutron), glance `common/config.py`, heat `common/config.py` and `api/__init__.py`, designate
//! `api/middleware.py`, cyborg `api/app.py`,
//! barbican `api/app.py`, oslo.config `cfg.py` (`find_file`).

use std::path::{Path, PathBuf};

use super::is_paste_name;
use crate::catalog::ServiceKind;
use crate::config::{Configuration, Default, Kind, OptionSpec, Schema};
use crate::deployment::read::{self, Input, ReadError};
use crate::deployment::surroundings::Found;
use crate::deployment::{Process, Source, Surroundings, Unchecked};

/// The few options that lead to the paste file and through it.
pub(super) struct Settings<'c> {
    pub(super) configuration: &'c Configuration,
}

impl Settings<'_> {
    fn text(&self, section: &str, name: &'static str) -> Option<String> {
        let spec =
            OptionSpec { name, kind: Kind::Str, default: Default::None, deprecated: &[], secret: false };
        let setting = self.configuration.get(&Schema::new(None), section, spec);
        setting.truthy_text().map(str::to_owned)
    }

    /// The paste file that the service is told to load, where it is told.
    fn paste_file(&self, kind: ServiceKind) -> Option<String> {
        let option = "api_paste_config";
        match kind {
            // Its old name stood in [DEFAULT].
            ServiceKind::Nova => self.text("wsgi", option).or_else(|| self.text("DEFAULT", option)),
            ServiceKind::Glance => self.text("paste_deploy", "config_file"),
            ServiceKind::Heat => self.text("paste_deploy", option),
            ServiceKind::Cyborg | ServiceKind::Magnum | ServiceKind::Zun => self.text("api", option),
            ServiceKind::Aodh | ServiceKind::Gnocchi => self.text("api", "paste_config"),
            ServiceKind::Designate => self.text("service:api", option),
            ServiceKind::Masakari => self.text("wsgi", option),
            // They are told by nothing, or have none.
            ServiceKind::Barbican
            | ServiceKind::Swift
            | ServiceKind::Placement
            | ServiceKind::Ironic
            | ServiceKind::Octavia => None,
            _ => self.text("DEFAULT", option),
        }
    }

    /// The application that the service loads from its paste file.
    pub(super) fn application(&self, kind: ServiceKind) -> String {
        let flavoured = |name: &str| match self.text("paste_deploy", "flavor") {
            Some(flavor) => format!("{name}-{flavor}"),
            None => name.to_owned(),
        };
        match kind {
            ServiceKind::Nova => "osapi_compute".to_owned(),
            ServiceKind::Cinder => "osapi_volume".to_owned(),
            ServiceKind::Manila => "osapi_share".to_owned(),
            ServiceKind::Neutron => "neutron".to_owned(),
            ServiceKind::Designate => "osapi_dns".to_owned(),
            ServiceKind::Glance => flavoured("glance-api"),
            ServiceKind::Heat => flavoured("heat-api"),
            _ => "main".to_owned(),
        }
    }

    /// What the service loads where its file has no such application.
    pub(super) fn other_application(kind: ServiceKind) -> Option<&'static str> {
        (kind == ServiceKind::Heat).then_some("heat-api")
    }

    pub(super) fn strategy(&self, kind: ServiceKind) -> String {
        let (section, option, default) = match kind {
            ServiceKind::Nova => ("api", "auth_strategy", "keystone"),
            ServiceKind::Designate => ("service:api", "auth_strategy", "keystone"),
            ServiceKind::Heat => ("paste_deploy", "flavor", "default"),
            _ => ("DEFAULT", "auth_strategy", "keystone"),
        };
        self.text(section, option).unwrap_or_else(|| default.to_owned())
    }
}

/// What a service loads: a paste file, or swift's directory of them.
pub(super) struct Given {
    /// As the service is told.
    pub(super) label: String,
    pub(super) files: Vec<Input>,
}

impl Given {
    fn file(file: Input) -> Self {
        Self { label: file.label(), files: vec![file] }
    }
}

/// Where the paste file comes from.
pub(super) enum Choice {
    /// It is one of the process's sources, if any is.
    OfSources(Option<Given>),
    /// Its options name another, which may not be there.
    Named(Option<Given>),
}

/// The paste file: the one that the service's options name, else one of those given
/// or found. What was typed counts even where the options name another.
pub(super) fn choose(
    process: &Process,
    kind: ServiceKind,
    settings: &Settings<'_>,
    unchecked: &mut Vec<Unchecked>,
) -> Result<Choice, ReadError> {
    let mut all: Vec<Given> = Vec::new();
    for source in &process.sources {
        all.extend(given(source, kind)?);
    }
    let Some(named) = settings.paste_file(kind) else { return Ok(Choice::OfSources(all.pop())) };
    let is_named = |given: &Given| file_name(&given.label) == file_name(&named);
    if let Some(index) = all.iter().rposition(is_named) {
        return Ok(Choice::OfSources(Some(all.swap_remove(index))));
    }
    match all.pop() {
        Some(typed) if process.on_command_line => return Ok(Choice::OfSources(Some(typed))),
        Some(beside) if kind == ServiceKind::Nova => {
            unchecked.push(only_eventlet(process, &named, &beside.label));
            return Ok(Choice::OfSources(Some(beside)));
        }
        _ => {}
    }
    let found = search(process, &named).map(|path| Given::file(Input::Path(path)));
    if found.is_none() {
        unchecked.push(missing(process, &named));
    }
    Ok(Choice::Named(found))
}

fn missing(process: &Process, named: &str) -> Unchecked {
    Unchecked {
        what: format!("{named}, the paste file of {}", process.name),
        why: "its options name it, and it was not found".to_owned(),
        how: format!("{}=FILE,PASTE-FILE reads it", process.name),
    }
}

/// Under a WSGI server nova loads the first of its files and does not ask the option.
fn only_eventlet(process: &Process, named: &str, beside: &str) -> Unchecked {
    Unchecked {
        what: format!("{named}, which nova's api_paste_config names"),
        why: format!(
            "only the server of its own that nova had until 2025.1 heeds it; under WSGI, as taken here, it loads {beside}"
        ),
        how: format!("{}=FILE,PASTE-FILE reads another", process.name),
    }
}

fn given(source: &Source, kind: ServiceKind) -> Result<Option<Given>, ReadError> {
    Ok(match source {
        Source::Paste(path) => Some(Given::file(Input::Path(PathBuf::from(path)))),
        Source::Text(text) if text.paste => Some(Given::file(Input::Text(text.clone()))),
        Source::Stdin if kind == ServiceKind::Swift => Some(Given::file(Input::Stdin)),
        Source::Directory(path) => match in_directory(Path::new(path)) {
            Some(file) => Some(Given::file(Input::Path(file))),
            None if kind == ServiceKind::Swift => {
                let files = read::listed(path)?.into_iter().map(Input::Path).collect();
                Some(Given { label: path.clone(), files })
            }
            None => None,
        },
        _ => None,
    })
}

fn in_directory(directory: &Path) -> Option<PathBuf> {
    let names = std::fs::read_dir(directory).ok()?.flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names.filter(|name| name.to_str().is_some_and(is_paste_name)).collect();
    names.sort();
    names.into_iter().map(|name| directory.join(name)).rfind(|path| path.is_file())
}

/// The file that an option names: on the host or in the copy of its tree where that
/// is known, else beside the service's own files.
fn search(process: &Process, named: &str) -> Option<PathBuf> {
    let relative = named.trim_start_matches('/');
    let candidates = |folder: &Path| [folder.join(relative), folder.join(file_name(named))];
    let mut beside = folders(process).into_iter().flat_map(candidates).filter(|path| path.is_file());
    if !named.starts_with('/') {
        return beside.next();
    }
    match Surroundings::of(process, Path::new("/")).find(named) {
        // As reached from the target, where it is.
        Found::At(path) => {
            let real = std::fs::canonicalize(&path).ok()?;
            let same = |path: &PathBuf| std::fs::canonicalize(path).is_ok_and(|found| found == real);
            beside.find(same).or_else(|| in_tree(process, named)).or(Some(path)).filter(|path| path.is_file())
        }
        Found::Missing | Found::Denied => None,
        Found::Unknown => beside.next(),
    }
}

/// A path below the root of the tree that the process was found in.
fn in_tree(process: &Process, named: &str) -> Option<PathBuf> {
    let path = process.sources.iter().map(|source| Path::new(source.label())).next()?;
    let parts: Vec<_> = path.components().collect();
    let etc = parts.iter().rposition(|part| part.as_os_str() == "etc")?;
    let path = parts[..etc].iter().collect::<PathBuf>().join(named.trim_start_matches('/'));
    path.is_file().then_some(path)
}

/// Where oslo.config looks for a file by a name alone.
fn folders(process: &Process) -> Vec<&Path> {
    let directories = process.sources.iter().filter_map(|source| match source {
        Source::Directory(path) => Some(Path::new(path)),
        _ => None,
    });
    let files = process.sources.iter().rev().filter_map(|source| match source {
        Source::File(path) => Some(Path::new(path)),
        _ => None,
    });
    let above = files.chain(directories.clone()).map(|path| path.parent().unwrap_or(Path::new("")));
    directories.chain(above).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

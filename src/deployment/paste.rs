//! The paste file of a service process: which of its files that is, which way
//! requests take through it, and what its `auth_token` filter hands over.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::read::{Input, ReadError, read_text};
use super::{Process, Source, Unchecked};
use crate::catalog::{ServiceKind, serves_api};
use crate::config::{
    Configuration, Default, Kind, LoadFailure, LoadProblem, OptionSpec, Override, Overrides, Schema,
};
use crate::paste::{Filter, Loader, PasteFile, PasteProblem, Route};

/// Whether a file's name is that of a paste file.
pub(super) fn is_paste_name(name: &str) -> bool {
    name == "proxy-server.conf" || (name.ends_with(".ini") && name.contains("paste"))
}

/// Whether a text has sections that only a paste file has.
pub(super) fn is_paste_text(text: &str) -> bool {
    const SECTIONS: [&str; 4] = ["[filter:", "[pipeline:", "[composite:", "[filter-app:"];
    text.lines().any(|line| SECTIONS.iter().any(|section| line.starts_with(section)))
}

/// Puts what the paste filter hands over above the files.
pub(super) fn apply(
    process: &Process,
    configuration: Configuration,
    unchecked: &mut Vec<Unchecked>,
) -> Result<Configuration, ReadError> {
    let kind = ServiceKind::from_name(&process.name);
    if configuration.failure().is_some() || process.process.is_some_and(|name| !serves_api(name)) {
        return Ok(configuration);
    }
    let settings = Settings { configuration: &configuration };
    let Some(given) = input(process, kind, &settings)? else {
        let assumed = kind == ServiceKind::Glance && configuration.has_section("keystone_authtoken");
        return Ok(if assumed {
            unchecked.push(stock_note(process));
            let values = vec![Override::stock("delay_auth_decision", "true")];
            configuration.with_overrides(Overrides::stock(values))
        } else {
            configuration
        });
    };
    let (mut labels, mut texts): (Vec<Arc<str>>, Vec<String>) = (Vec::new(), Vec::new());
    for file in &given.files {
        let label: Arc<str> = Arc::from(file.label());
        match read_text(file)? {
            Ok(text) => texts.push(text),
            // Python's `read` passes over what it cannot open.
            Err((LoadProblem::IsDirectory, _)) if given.files.len() > 1 => continue,
            Err((problem, bytes)) => {
                return Ok(configuration.refused(LoadFailure::new(label, problem, &bytes)));
            }
        }
        labels.push(label);
    }
    match filter(texts, kind, &settings, &given.label) {
        Err((part, problem)) => {
            let label = labels.get(part).cloned().unwrap_or_else(|| Arc::from(given.label.as_str()));
            Ok(configuration.refused(LoadFailure::new(label, LoadProblem::Paste(problem), &[])))
        }
        Ok((_, None)) => {
            unchecked.push(no_filter_note(process, &given.label));
            Ok(configuration)
        }
        Ok((file, Some(filter))) => {
            let overrides = overrides(&file, &filter, &labels);
            let elsewhere = elsewhere(&filter, Path::new(&given.label), unchecked)?;
            Ok(configuration.with_overrides(match elsewhere {
                Some(files) => overrides.reading(files),
                None => overrides,
            }))
        }
    }
}

fn stock_note(process: &Process) -> Unchecked {
    Unchecked {
        what: format!("the paste file of {}", process.name),
        why: "not given, so the one that glance ships is assumed (delay_auth_decision = true)".to_owned(),
        how: format!("{0}=FILE,glance-api-paste.ini reads it", process.name),
    }
}

fn no_filter_note(process: &Process, label: &str) -> Unchecked {
    Unchecked {
        what: format!("whether {} checks tokens at all", process.name),
        why: format!("no auth_token filter stands in the pipeline that {label} gives it"),
        how: "look at the pipeline, or give the paste file that the service loads".to_owned(),
    }
}

/// The few options that lead to the paste file and through it.
struct Settings<'c> {
    configuration: &'c Configuration,
}

impl Settings<'_> {
    fn text(&self, section: &str, name: &'static str) -> Option<String> {
        let spec =
            OptionSpec { name, kind: Kind::Str, default: Default::None, deprecated: &[], secret: false };
        let setting = self.configuration.get(&Schema::new(None), section, &spec);
        setting.truthy_text().map(str::to_owned)
    }

    /// The paste file that the service is told to load, where it is told.
    fn paste_file(&self, kind: ServiceKind) -> Option<String> {
        match kind {
            ServiceKind::Nova => self.text("wsgi", "api_paste_config"),
            ServiceKind::Glance => self.text("paste_deploy", "config_file"),
            ServiceKind::Heat => self.text("paste_deploy", "api_paste_config"),
            _ => self.text("DEFAULT", "api_paste_config"),
        }
    }

    /// The application that the service loads from its paste file.
    fn application(&self, kind: ServiceKind) -> String {
        let flavoured = |name: &str| match self.text("paste_deploy", "flavor") {
            Some(flavor) => format!("{name}-{flavor}"),
            None => name.to_owned(),
        };
        match kind {
            ServiceKind::Nova => "osapi_compute".to_owned(),
            ServiceKind::Cinder => "osapi_volume".to_owned(),
            ServiceKind::Manila => "osapi_share".to_owned(),
            ServiceKind::Neutron => "neutron".to_owned(),
            ServiceKind::Glance => flavoured("glance-api"),
            ServiceKind::Heat => flavoured("heat-api"),
            _ => "main".to_owned(),
        }
    }

    fn strategy(&self, kind: ServiceKind) -> String {
        let section = if kind == ServiceKind::Nova { "api" } else { "DEFAULT" };
        self.text(section, "auth_strategy").unwrap_or_else(|| "keystone".to_owned())
    }
}

/// What a service loads: a paste file, or swift's directory of them.
struct Given {
    /// As the service is told.
    label: String,
    files: Vec<Input>,
}

impl Given {
    fn file(file: Input) -> Self {
        Self { label: file.label(), files: vec![file] }
    }
}

/// The paste file: the one given, one in a directory given, or the one that the
/// service's own files name.
fn input(process: &Process, kind: ServiceKind, settings: &Settings<'_>) -> Result<Option<Given>, ReadError> {
    let named = settings.paste_file(kind);
    let mut all: Vec<Given> = Vec::new();
    for source in &process.sources {
        all.extend(given(source, kind)?);
    }
    let is_named =
        |given: &Given| named.as_deref().is_some_and(|named| file_name(&given.label) == file_name(named));
    let index = all.iter().rposition(is_named).or_else(|| all.len().checked_sub(1));
    Ok(match index {
        Some(index) => Some(all.swap_remove(index)),
        None => named.and_then(|named| beside(process, &named)).map(|path| Given::file(Input::Path(path))),
    })
}

fn given(source: &Source, kind: ServiceKind) -> Result<Option<Given>, ReadError> {
    Ok(match source {
        Source::Paste(path) => Some(Given::file(Input::Path(PathBuf::from(path)))),
        Source::Text(text) if text.paste => Some(Given::file(Input::Text(text.clone()))),
        Source::Stdin if kind == ServiceKind::Swift => Some(Given::file(Input::Stdin)),
        Source::Directory(path) => match in_directory(Path::new(path)) {
            Some(file) => Some(Given::file(Input::Path(file))),
            None if kind == ServiceKind::Swift => {
                let files = super::read::directory(path)?.into_iter().map(Input::Path).collect();
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

/// The file that an option names, looked for beside the service's own files: a
/// tree may be the copy of a host, so its absolute paths mean nothing here.
fn beside(process: &Process, named: &str) -> Option<PathBuf> {
    let files = process.sources.iter().filter_map(|source| match source {
        Source::File(path) => Some(Path::new(path)),
        _ => None,
    });
    for file in files {
        let folder = file.parent().unwrap_or(Path::new(""));
        let candidates = [folder.join(named.trim_start_matches('/')), folder.join(file_name(named))];
        if let Some(found) = candidates.into_iter().find(|path| path.is_file()) {
            return Some(found);
        }
        if file.is_absolute() && file.starts_with("/etc") && Path::new(named).is_file() {
            return Some(PathBuf::from(named));
        }
    }
    None
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The `auth_token` filter in use. Where several are, the last: newer versions
/// of an API stand further down.
fn filter(
    texts: Vec<String>,
    kind: ServiceKind,
    settings: &Settings<'_>,
    label: &str,
) -> Result<(PasteFile, Option<Filter>), (usize, PasteProblem)> {
    let file = PasteFile::parse_all(texts)?;
    let application = settings.application(kind);
    let strategy = settings.strategy(kind);
    let folder = Path::new(label).parent().map_or_else(String::new, |path| path.display().to_string());
    let loader = if kind == ServiceKind::Swift { Loader::Swift } else { Loader::PasteDeploy };
    let route = Route { application: &application, strategy: &strategy, here: &folder, path: label, loader };
    let certain = matches!(kind, ServiceKind::Glance | ServiceKind::Swift);
    let found = if certain || file.has_application(&application) {
        file.filters(&route)
    } else {
        file.all_filters(&route)
    };
    let found = found.map_err(|problem| file.part_of_problem(problem))?;
    let filter = found.filters.into_iter().rfind(Filter::is_auth_token);
    Ok((file, filter))
}

/// What keystonemiddleware takes away before it looks at the values, and what
/// PasteDeploy adds.
const NOT_OPTIONS: [&str; 5] =
    ["here", "__file__", "oslo_config_project", "oslo_config_file", "oslo_config_config"];

fn overrides(file: &PasteFile, filter: &Filter, labels: &[Arc<str>]) -> Overrides {
    let items = filter.conf.items().iter().filter(|item| !NOT_OPTIONS.contains(&item.name.as_str()));
    let values = items.filter_map(|item| {
        let at = item.at.filter(|at| !filter.drops_its_section() || file.is_default(*at))?;
        let (part, place) = file.part_of(at);
        let (label, text) = (labels.get(part)?, file.text_of(part));
        let value = Override::in_file(&item.name, item.value.clone(), label, text, place);
        Some(if file.is_default(at) { value.merged_in() } else { value })
    });
    let (part, header) = file.part_of(filter.header);
    let label = labels.get(part).cloned().unwrap_or_default();
    Overrides::of_filter(values.collect(), &label, file.text_of(part), header).of_files(labels.len())
}

/// The files that the filter reads in place of its service's.
fn elsewhere(
    filter: &Filter,
    paste: &Path,
    unchecked: &mut Vec<Unchecked>,
) -> Result<Option<Configuration>, ReadError> {
    if filter.drops_its_section() {
        return Ok(None);
    }
    let option = |name: &str| {
        let item = filter.conf.items().iter().find(|item| item.name == name)?;
        Some(item.value.clone()).filter(|value| !value.is_empty())
    };
    // Without a project the file is not looked at.
    let Some(project) = option("oslo_config_project") else { return Ok(None) };
    let named = option("oslo_config_file");
    let file = named.clone().unwrap_or_else(|| format!("/etc/{project}/{project}.conf"));
    let folder = paste.parent().unwrap_or(Path::new(""));
    let own = |path: &Path| path.is_file() && (path.is_relative() || paste.starts_with("/etc"));
    let found = [PathBuf::from(&file), folder.join(file_name(&file))]
        .into_iter()
        .find(|path| own(path) || (path.starts_with(folder) && path.is_file()));
    let Some(found) = found else {
        unchecked.push(Unchecked {
            what: format!("the file {file}"),
            why: format!(
                "the paste filter in {} reads its options there, and it was not found",
                paste.display()
            ),
            how: "put it beside the paste file".to_owned(),
        });
        return Ok(Some(Configuration::default()));
    };
    let process = Process::plain(&project, vec![Source::File(found.display().to_string())]);
    super::read::files(&process, &crate::config::Environment::default()).map(Some)
}

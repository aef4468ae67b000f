//! The paste file of a service process: which of its files that is, which way
//! requests take through it, and what its `auth_token` filter hands over.

mod elsewhere;
mod which;

use std::path::Path;
use std::sync::Arc;

use which::{Choice, Settings, choose};

use super::read::{self, ReadError, read_text};
use super::{Process, Source, Unchecked};
use crate::catalog::{ServiceKind, serves_api};
use crate::config::{Configuration, LoadFailure, LoadProblem, Neighbour, Override, Overrides};
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

/// Puts what the paste filter hands over above the files. `paths` are those of the
/// process, in which the paste file that it is told to load takes the place of the one
/// that was found.
pub(super) fn apply(
    process: &Process,
    configuration: Configuration,
    paths: &mut Vec<String>,
    unchecked: &mut Vec<Unchecked>,
) -> Result<Configuration, ReadError> {
    let kind = ServiceKind::from_name(&process.name);
    if configuration.failure().is_some() || process.process.is_some_and(|name| !serves_api(name)) {
        return Ok(configuration);
    }
    let settings = Settings { configuration: &configuration };
    let given = match choose(process, kind, &settings, unchecked)? {
        Choice::OfSources(given) => given,
        Choice::Named(given) => {
            let unused = |path: &String| {
                process.sources.iter().any(|source| matches!(source, Source::Paste(paste) if paste == path))
            };
            paths.retain(|path| !unused(path));
            paths.extend(given.iter().map(|given| given.label.clone()));
            given
        }
    };
    let Some(given) = given else {
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
        Ok(Filters { auth_token: None, .. }) => {
            unchecked.push(no_filter_note(process, &given.label));
            Ok(configuration)
        }
        Ok(Filters { file, pipeline, auth_token: Some(filter) }) => {
            let overrides =
                overrides(&file, &filter, &labels).in_pipeline(neighbours(&file, pipeline, &labels));
            unchecked.extend(by_release_note(&file, &filter, &given.label));
            let elsewhere = match elsewhere::sources(&filter, Path::new(&given.label), unchecked) {
                Some((project, sources)) => {
                    paths.extend(sources.iter().map(|source| source.label().to_owned()));
                    Some(read::files(&Process::plain(&project, sources), configuration.environment())?)
                }
                None => None,
            };
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

/// That a filter's options are read by some releases of its service.
fn by_release_note(file: &PasteFile, filter: &Filter, label: &str) -> Option<Unchecked> {
    let is_own = |item: &crate::paste::Item| item.at.is_some_and(|at| !file.is_default(at));
    let mut names = filter.conf.items().iter().filter(|item| is_own(item)).map(|item| item.name.as_str());
    let set = names.find(|name| !NOT_OPTIONS.contains(name))?;
    filter.may_drop_its_section().then(|| Unchecked {
        what: format!("whether {set} in [{}] of {label} counts", filter.section),
        why: "magnum hands it on since 23.0.0 (2026.2) and forgot it before; it is taken to count".to_owned(),
        how: "set it in the service's own file".to_owned(),
    })
}

/// What was found in a paste file.
struct Filters {
    file: PasteFile,
    /// Swift's whole pipeline; of other services nothing but the filter is asked for.
    pipeline: Vec<Filter>,
    /// The `auth_token` filter in use. Where several are, the last: newer versions
    /// of an API stand further down.
    auth_token: Option<Filter>,
}

fn filter(
    texts: Vec<String>,
    kind: ServiceKind,
    settings: &Settings<'_>,
    label: &str,
) -> Result<Filters, (usize, PasteProblem)> {
    let file = PasteFile::parse_all(texts)?;
    let mut application = settings.application(kind);
    if let Some(other) = Settings::other_application(kind).filter(|_| !file.has_application(&application)) {
        other.clone_into(&mut application);
    }
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
    let mut pipeline = found.filters;
    let auth_token = pipeline.iter().rfind(|filter| filter.is_auth_token()).cloned();
    pipeline.retain(|_| kind == ServiceKind::Swift);
    Ok(Filters { file, pipeline, auth_token })
}

fn neighbours(file: &PasteFile, pipeline: Vec<Filter>, labels: &[Arc<str>]) -> Vec<Neighbour> {
    let neighbours = pipeline.into_iter().filter_map(|filter| {
        let (part, header) = file.part_of(filter.header);
        Some(Neighbour::new(filter.factory, labels.get(part)?, file.text_of(part), header))
    });
    neighbours.collect()
}

/// What keystonemiddleware takes away before it looks at the values, what PasteDeploy
/// adds, and what a service's own factory looks at.
const NOT_OPTIONS: [&str; 6] = [
    "here",
    "__file__",
    "oslo_config_project",
    "oslo_config_file",
    "oslo_config_config",
    "acl_public_routes",
];

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
    let texts = labels.iter().enumerate().map(|(part, label)| (label, file.text_of(part)));
    Overrides::of_filter(values.collect(), &label, file.text_of(part), header).of_files(texts)
}

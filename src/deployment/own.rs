//! oslo.config's own options: where they stand inside a file they disturb the
//! reading itself, and where they stand on the command line a `$` in a path is
//! taken for a reference.
//!
//! `config_dir` in a file reads nothing, and `config_source` needs a section with a
//! driver; neither does any harm.
//!
//! Source: `oslo_config/cfg.py` (`_ConfigFileOpt.ConfigFileAction`,
//! `ConfigOpts._shell_completion_opt`, `ConfigOpts._validate_cli_options`).

use std::borrow::Borrow;
use std::sync::Arc;

use super::{Process, Source};
use crate::catalog::{self, ServiceKind};
use crate::config::{
    Configuration, Default, Kind, Layer, LoadFailure, LoadProblem, OptionSpec, Reading, Schema,
};
use crate::ini::Assignment;

/// Why no further file is read: a file before set `config_file`.
pub(super) fn before_a_file(layers: &[Layer]) -> Option<LoadFailure> {
    let (layer, entry) = last(layers, "config_file")?;
    Some(failure(layer, LoadProblem::OwnConfigFile { line: entry.key().line }))
}

/// oslo.config's own options, in the order in which it looks at them: by name.
const OWN: [&str; 4] = ["config_dir", "config_file", "config_source", "shell_completion"];

/// Why the service ends after all files were read.
pub(super) fn at_the_end(process: &Process, configuration: &Configuration) -> Option<LoadFailure> {
    let sets_one = |layer: &Arc<Layer>| {
        let mut entries = layer.entries("DEFAULT").iter();
        entries.any(|entry| OWN.iter().any(|name| layer.is_named(entry, name)))
    };
    let refers = |source: &Source| source.label().contains('$');
    // Nearly every service is done with here.
    if !configuration.layers().iter().any(sets_one) && !process.sources.iter().any(refers) {
        return None;
    }
    OWN.into_iter()
        .find_map(|name| unresolved(process, configuration, name))
        .or_else(|| no_shell(configuration))
}

/// A reference in an own option that names nothing.
fn unresolved(process: &Process, configuration: &Configuration, name: &str) -> Option<LoadFailure> {
    let problem = |text: &str| {
        // Nearly no value has one, and the table of options is large.
        let schema = || Schema::new(catalog::registered(ServiceKind::from_name(&process.name)));
        text.contains('$').then(|| configuration.reference_problem(&schema(), name, text))?
    };
    // A file that sets config_file replaces what the command line says; of config_dir
    // it hangs on their order, and the command line's is taken.
    let arguments = arguments(process, name);
    let in_file = last(configuration.layers(), name).filter(|_| name != "config_dir" || arguments.is_empty());
    if let Some((layer, entry)) = in_file {
        let problem = problem(&layer.document().value(entry))?;
        return Some(failure(layer, LoadProblem::OwnReference { line: Some(entry.key().line), problem }));
    }
    arguments.into_iter().find_map(|path| {
        let problem = LoadProblem::OwnReference { line: None, problem: problem(path)? };
        Some(LoadFailure::new(Arc::from(path), problem, &[]))
    })
}

/// The paths that the option has on the command line: of directories the last alone.
fn arguments<'p>(process: &'p Process, name: &str) -> Vec<&'p str> {
    let sources = process.sources.iter().filter(|_| process.on_command_line);
    let mut paths = sources.filter_map(|source| match source {
        Source::File(path) if name == "config_file" => Some(path.as_str()),
        Source::Directory(path) if name == "config_dir" => Some(path.as_str()),
        _ => None,
    });
    if name == "config_dir" { paths.next_back().into_iter().collect() } else { paths.collect() }
}

/// `shell_completion` in force is no shell. Where it hangs on other options it is
/// not judged.
fn no_shell(configuration: &Configuration) -> Option<LoadFailure> {
    let (layer, entry) = last(configuration.layers(), "shell_completion")?;
    let kind = Kind::Choice { choices: &["bash", "zsh"], ignore_case: false };
    let spec =
        OptionSpec { name: "shell_completion", kind, default: Default::None, deprecated: &[], secret: false };
    let setting = configuration.get(&Schema::new(None), "DEFAULT", spec);
    let problem = LoadProblem::OwnShellCompletion { line: entry.key().line };
    matches!(setting.reading, Reading::Invalid(_)).then(|| failure(layer, problem))
}

/// The last line that sets an option of `[DEFAULT]`.
fn last<'l>(layers: &'l [impl Borrow<Layer>], option: &str) -> Option<(&'l Layer, &'l Assignment)> {
    layers.iter().map(Borrow::borrow).rev().find_map(|layer| {
        let entries = layer.entries("DEFAULT").iter();
        Some((layer, entries.rev().find(|entry| layer.is_named(entry, option))?))
    })
}

fn failure(layer: &Layer, problem: LoadProblem) -> LoadFailure {
    LoadFailure::new(Arc::clone(layer.file()), problem, layer.document().text().as_bytes())
}

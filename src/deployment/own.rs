//! oslo.config's own options where they stand inside a file: they are registered
//! for the command line, and a file that sets them disturbs the reading itself.
//!
//! `config_dir` in a file reads nothing, and `config_source` needs a section with a
//! driver; neither does any harm.
//!
//! Source: `oslo_config/cfg.py` (`_ConfigFileOpt.ConfigFileAction`,
//! `ConfigOpts._shell_completion_opt`).

use std::sync::Arc;

use crate::config::{Layer, LoadFailure, LoadProblem};
use crate::ini::Assignment;

/// Why no further file is read: a file before set `config_file`.
pub(super) fn before_a_file(layers: &[Layer]) -> Option<LoadFailure> {
    let (layer, entry) = last(layers, "config_file")?;
    Some(failure(layer, LoadProblem::OwnConfigFile { line: entry.key.line }))
}

/// Why the service ends after all files were read: `shell_completion` in force is
/// no shell. A value with a `$` is not judged.
pub(super) fn at_the_end(layers: &[Layer]) -> Option<LoadFailure> {
    let (layer, entry) = last(layers, "shell_completion")?;
    let value = layer.document().value(entry);
    let fits = matches!(value.as_str(), "bash" | "zsh") || value.contains('$');
    (!fits).then(|| failure(layer, LoadProblem::OwnShellCompletion { line: entry.key.line }))
}

/// The last line that sets an option of `[DEFAULT]`.
fn last<'l>(layers: &'l [Layer], option: &str) -> Option<(&'l Layer, &'l Assignment)> {
    layers.iter().rev().find_map(|layer| {
        let entries = layer.entries("DEFAULT").iter();
        Some((layer, entries.rev().find(|entry| layer.slice(entry.key) == option)?))
    })
}

fn failure(layer: &Layer, problem: LoadProblem) -> LoadFailure {
    LoadFailure::new(Arc::clone(layer.file()), problem, layer.document().text().as_bytes())
}

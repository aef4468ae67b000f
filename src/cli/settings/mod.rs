//! The program's own configuration file, `.nova-token-check.toml`: what a
//! repository or a host always wants to be asked. Optional; what is typed beats
//! it. Found from the working directory upwards; its paths are relative to it.
//!
//! `check` heeds all of it, `show` what says which files are read and how. What its
//! keys mean is in [`keys`], how they are read
//! in [`reader`].

mod find;
mod keys;
mod reader;

use std::io::Write;
use std::path::Path;

use clap::ValueEnum;

use super::args::{CheckArgs, FailOnArg, FormatArg, OwnArgs, ShowArgs};
use super::error::CliError;
use crate::findings::Severity;

use find::{Found, find};

/// The file's name.
pub(super) const FILE: &str = ".nova-token-check.toml";

/// What the file says. What it does not say is `None`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Settings {
    targets: Option<Vec<String>>,
    release: Option<Vec<String>>,
    upgrade_to: Option<String>,
    offline: Option<bool>,
    probe: Option<bool>,
    assume_roles: Option<Vec<String>>,
    with_env: Option<bool>,
    timeout: Option<u64>,
    fernet_rotation: Option<String>,
    jobs: Option<u16>,
    select: Option<Vec<String>>,
    ignore: Option<Vec<String>>,
    fail_on: Option<FailOnArg>,
    baseline: Option<String>,
    format: Option<FormatArg>,
    reports: Option<Vec<String>>,
    /// Severities of rules, instead of their own.
    pub(super) levels: Vec<(String, Severity)>,
    /// What is odd about the file, to be said and passed over.
    pub(super) warnings: Vec<String>,
}

/// What the configuration file says that is named, or else the nearest; what is
/// odd about it is said on standard error.
pub(super) fn of(args: &OwnArgs) -> Result<Settings, CliError> {
    let found = match (&args.config, args.no_config) {
        (_, true) => Found::default(),
        (Some(path), _) => Found { path: Some(path.clone()), warning: None },
        (None, _) => find(),
    };
    let mut settings = found.path.map(|path| Settings::load(&path)).transpose()?.unwrap_or_default();
    settings.warnings.extend(found.warning);
    for warning in &settings.warnings {
        let line = format!("nova-token-check: warning: {}\n", crate::config::printable(warning));
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    Ok(settings)
}

impl Settings {
    /// Reads a file; its paths are relative to its directory.
    pub(super) fn load(path: &Path) -> Result<Self, CliError> {
        let failed = |reason: String| CliError::Usage {
            message: format!("{}: {reason}", path.display()),
            help: "mend the file, name another with --config, or use none with --no-config".to_owned(),
        };
        let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let base = path.parent().map(|base| base.to_string_lossy().into_owned()).unwrap_or_default();
        let mut settings = keys::read(&text, &base).map_err(|problem| failed(problem.to_string()))?;
        settings.warnings.iter_mut().for_each(|text| *text = format!("{}: {text}", path.display()));
        Ok(settings)
    }

    /// Fills in what was not typed of the files to show.
    pub(super) fn apply_to_show(self, args: &mut ShowArgs, typed: impl Fn(&str) -> bool) {
        let mut fill = Fill { typed: &typed };
        fill.with("targets", &mut args.targets, self.targets);
        fill.with("release", &mut args.release, self.release);
        fill.with("with_env", &mut args.with_env, self.with_env);
    }

    /// Fills in what was not typed.
    pub(super) fn apply(self, args: &mut CheckArgs, typed: impl Fn(&str) -> bool) {
        let mut fill = Fill { typed: &typed };
        fill.with("targets", &mut args.targets, self.targets);
        fill.with("release", &mut args.release, self.release);
        fill.with("upgrade_to", &mut args.upgrade_to, self.upgrade_to.map(Some));
        // These two exclude each other, so one that is typed keeps the other out.
        if !typed("probe") {
            fill.with("offline", &mut args.offline, self.offline);
        }
        if !args.offline {
            fill.with("probe", &mut args.probe, self.probe);
        }
        fill.with("assume_roles", &mut args.assume_roles, self.assume_roles.map(Some));
        fill.with("with_env", &mut args.with_env, self.with_env);
        fill.with("fernet_rotation", &mut args.fernet_rotation, self.fernet_rotation.map(Some));
        fill.with("timeout", &mut args.timeout, self.timeout);
        fill.with("jobs", &mut args.jobs, self.jobs);
        fill.with("fail_on", &mut args.output.fail_on, self.fail_on);
        fill.with("format", &mut args.output.format, self.format);
        fill.with("report", &mut args.output.report, self.reports);
        // Rules asked for by name run whatever the file thinks of them.
        if !typed("select") {
            fill.with("select", &mut args.select, self.select);
            fill.with("ignore", &mut args.ignore, self.ignore);
        }
        // A baseline that is being written is not heeded.
        if !typed("write_baseline") {
            fill.with("baseline", &mut args.baseline, self.baseline.map(|path| Some(path.into())));
        }
    }
}

/// Fills in one argument after the other.
struct Fill<'t> {
    typed: &'t dyn Fn(&str) -> bool,
}

impl Fill<'_> {
    fn with<T>(&mut self, id: &str, place: &mut T, value: Option<T>) {
        if let Some(value) = value
            && !(self.typed)(id)
        {
            *place = value;
        }
    }
}

/// A value of an argument by its name, or all the names.
fn by_name<T: ValueEnum>(name: &str) -> Result<T, Vec<String>> {
    T::from_str(name, false).map_err(|_| {
        let values = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        values.map(|value| value.get_name().to_owned()).collect()
    })
}

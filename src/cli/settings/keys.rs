//! The keys of the file and what they mean. Names of rules, releases and formats
//! are looked up here, so that a wrong one is reported with its line.

use super::reader::{At, Problem, Table, parse};
use super::{Settings, by_name};
use crate::catalog::{Release, service_names};
use crate::cli::args::{FailOnArg, FormatArg};
use crate::cli::plan;
use crate::findings::Severity;
use crate::rules::{self, RULES};
use crate::text::nearest;

/// Reads the file's text; paths are relative to `base`.
pub(super) fn read(text: &str, base: &str) -> Result<Settings, Problem> {
    let document = parse(text)?;
    let mut top = Table::new(text, "", document.get_ref());
    let mut settings = Settings {
        targets: top.strings("targets")?.map(|all| all.iter().map(|t| target(base, &t.value)).collect()),
        release: releases(&mut top)?,
        upgrade_to: top.string("upgrade-to")?.map(series).transpose()?,
        offline: top.bool("offline")?,
        probe: top.bool("probe")?,
        assume_roles: top.strings("assume-roles")?.map(values),
        with_env: top.bool("with-env")?,
        fernet_rotation: top.string("fernet-rotation")?.map(interval).transpose()?,
        timeout: top.number("timeout", 86400)?,
        jobs: top.number("jobs", 256)?.and_then(|jobs| u16::try_from(jobs).ok()),
        fail_on: top.string("fail-on")?.map(|at| named::<FailOnArg>("severity", &at)).transpose()?,
        baseline: top.string("baseline")?.map(|at| in_base(base, &at.value)),
        format: top.string("format")?.map(|at| named::<FormatArg>("format", &at)).transpose()?,
        reports: reports(&mut top, base)?,
        ..Settings::default()
    };
    if let Some(mut table) = top.table("rules")? {
        settings.select = table.strings("select")?.map(all_rules).transpose()?;
        settings.ignore = table.strings("ignore")?.map(all_rules).transpose()?;
        settings.levels = table.table("levels")?.map(levels).transpose()?.unwrap_or_default();
        settings.warnings.extend(table.unknown());
    }
    settings.warnings.extend(top.unknown());
    Ok(settings)
}

fn values(all: Vec<At<String>>) -> Vec<String> {
    all.into_iter().map(|at| at.value).collect()
}

/// `release = "2025.1"` and `[releases]` with `cinder = "2024.2"`.
fn releases(top: &mut Table<'_>) -> Result<Option<Vec<String>>, Problem> {
    let mut all = Vec::new();
    all.extend(top.string("release")?.map(series).transpose()?);
    if let Some(table) = top.table("releases")? {
        for (name, value) in table.pairs()? {
            if !service_names().any(|known| known == name.value) {
                return Err(unknown("service", &name, service_names()));
            }
            all.push(format!("{}={}", name.value, series(value)?));
        }
    }
    Ok((!all.is_empty()).then_some(all))
}

fn interval(at: At<String>) -> Result<String, Problem> {
    match plan::interval(&at.value) {
        Ok(_) => Ok(at.value),
        Err(_) => Err(Problem {
            line: at.line,
            what: format!("fernet-rotation: {:?} is no interval such as 30m, 12h or 7d", at.value),
        }),
    }
}

fn series(at: At<String>) -> Result<String, Problem> {
    if Release::find(&at.value).is_some() {
        return Ok(at.value);
    }
    let names: Vec<String> = Release::names().collect();
    Err(unknown("release", &at, names.iter().map(String::as_str)))
}

/// `[reports]` with `sarif = "report.sarif"`.
fn reports(top: &mut Table<'_>, base: &str) -> Result<Option<Vec<String>>, Problem> {
    let Some(table) = top.table("reports")? else { return Ok(None) };
    let mut all = Vec::new();
    for (format, path) in table.pairs()? {
        named::<FormatArg>("format", &format)?;
        all.push(format!("{}={}", format.value, in_base(base, &path.value)));
    }
    Ok(Some(all))
}

fn named<T: clap::ValueEnum>(what: &str, at: &At<String>) -> Result<T, Problem> {
    by_name(&at.value).map_err(|names| unknown(what, at, names.iter().map(String::as_str)))
}

fn all_rules(names: Vec<At<String>>) -> Result<Vec<String>, Problem> {
    names.iter().try_for_each(rule)?;
    Ok(values(names))
}

fn rule(at: &At<String>) -> Result<(), Problem> {
    match rules::find(&at.value) {
        Some(_) => Ok(()),
        None => Err(unknown("rule", at, RULES.iter().map(|rule| rule.name))),
    }
}

fn levels(table: Table<'_>) -> Result<Vec<(String, Severity)>, Problem> {
    let level = |(name, level): (At<String>, At<String>)| {
        rule(&name)?;
        let all = [Severity::Error, Severity::Warning, Severity::Note];
        match all.into_iter().find(|severity| severity.name() == level.value) {
            Some(severity) => Ok((name.value, severity)),
            None => Err(unknown("severity", &level, all.iter().map(|severity| severity.name()))),
        }
    };
    table.pairs()?.into_iter().map(level).collect()
}

fn unknown<'n>(what: &str, at: &At<String>, names: impl Iterator<Item = &'n str> + Clone) -> Problem {
    let hint = match nearest(&at.value, names.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("known are {}", names.collect::<Vec<_>>().join(", ")),
    };
    Problem { line: at.line, what: format!("unknown {what} {:?}; {hint}", at.value) }
}

/// A path as seen from the working directory.
fn in_base(base: &str, path: &str) -> String {
    if base.is_empty() || path == "-" || path.starts_with('/') {
        path.to_owned()
    } else {
        format!("{}/{path}", base.trim_end_matches('/'))
    }
}

/// A target with its paths as seen from the working directory.
fn target(base: &str, text: &str) -> String {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    let Some((name, paths)) = text.split_once('=').filter(|(name, _)| name.chars().all(word)) else {
        return in_base(base, text);
    };
    // A comma parts paths unless a backslash stands before it.
    let escaped = base.replace(',', "\\,");
    let mut parts: Vec<String> = vec![String::new()];
    for (i, c) in paths.char_indices() {
        match (c, parts.last_mut()) {
            (',', Some(part)) if paths[..i].ends_with('\\') => part.push(c),
            (',', _) => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    let parts: Vec<String> = parts.iter().map(|part| in_base(&escaped, part)).collect();
    format!("{name}={}", parts.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = r#"
targets = ["nova=etc/nova.conf,/etc/x,a\\,b", "etc", "cinder=-"]
release = "2025.1"
upgrade_to = "2026.1"
offline = true
assume-roles = ["service"]
timeout = 5
fernet-rotation = "12h"
fail-on = "warning"
baseline = "known.json"
format = "github"

[releases]
cinder = "epoxy"

[rules]
ignore = ["scope-missing"]
[rules.levels]
role-not-accepted = "warning"

[reports]
sarif = "out/report.sarif"
"#;

    #[test]
    fn every_key_is_read_and_paths_are_relative_to_the_file() {
        let settings = read(FULL, "../up, here").unwrap();
        assert_eq!(settings.warnings, Vec::<String>::new());
        let targets =
            [r"nova=../up\, here/etc/nova.conf,/etc/x,../up\, here/a\,b", "../up, here/etc", "cinder=-"];
        assert_eq!(settings.targets.unwrap(), targets);
        assert_eq!(settings.release.unwrap(), ["2025.1", "cinder=epoxy"]);
        assert_eq!(settings.reports.unwrap(), ["sarif=../up, here/out/report.sarif"]);
        assert_eq!(settings.baseline.unwrap(), "../up, here/known.json");
        assert_eq!(settings.levels, [("role-not-accepted".to_owned(), Severity::Warning)]);
        assert_eq!((settings.timeout, settings.offline), (Some(5), Some(true)));
        assert_eq!(settings.upgrade_to.as_deref(), Some("2026.1"));
    }

    #[test]
    fn an_empty_file_says_nothing() {
        assert_eq!(read("", "x").unwrap(), Settings::default());
    }

    #[test]
    fn a_wrong_value_is_reported_with_its_line() {
        for (text, message) in [
            ("\noffline = 1", "line 2: offline: expected true or false, found integer"),
            ("targets = [\n 'a',\n 2]", "line 3: targets: expected a string, found integer"),
            ("release = '2025.7'", "line 1: unknown release \"2025.7\"; did you mean 2025.1?"),
            (
                "[rules]\nselect = ['role-not-acepted']",
                "line 2: unknown rule \"role-not-acepted\"; did you mean role-not-accepted?",
            ),
            (
                "[rules.levels]\nscope-missing = 'eror'",
                "line 2: unknown severity \"eror\"; did you mean error?",
            ),
            ("[reports]\nsarfi = 'x'", "line 2: unknown format \"sarfi\"; did you mean sarif?"),
            ("[releases]\nnoav = 'epoxy'", "line 2: unknown service \"noav\"; did you mean nova?"),
            (
                "fernet-rotation = \"soon\"",
                "line 1: fernet-rotation: \"soon\" is no interval such as 30m, 12h or 7d",
            ),
            ("timeout = -1", "line 1: timeout: expected a whole number from 1 to 86400, found integer"),
            ("rules = 3", "line 1: rules: expected a table, found integer"),
        ] {
            assert_eq!(read(text, "").unwrap_err().to_string(), message);
        }
        assert_eq!(read("a = 1\nb =", "").unwrap_err().line, 2);
    }

    #[test]
    fn an_unknown_key_is_a_warning_with_the_nearest_name() {
        let text = "offlien = true\n[rules]\nlevel = 1\nx = 2";
        let said = read(text, "").unwrap().warnings;
        assert!(said.contains(&"line 1: unknown key offlien; did you mean offline?".to_owned()), "{said:?}");
        assert!(said.contains(&"line 3: unknown key rules.level; did you mean rules.levels?".to_owned()));
        assert!(said.contains(&"line 4: unknown key rules.x".to_owned()), "{said:?}");
    }
}

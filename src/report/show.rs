//! `show`: the options in force, each with the line it comes from.
//!
//! Not a report of a check: nothing is judged here, and no login is tried.

use std::fmt::Write as _;

use serde::Serialize;

use super::Style;
use super::snippet::paint;
use crate::catalog;
use crate::config::{Configuration, Group, Layer, Origin, Place, Reading, Setting, Value, mask, printable};
use crate::ini::{Assignment, Section, is_python_space, strip};
use crate::service::Service;

/// The name of the JSON's shape.
const SCHEMA: &str = "nova-token-check/show/1";

/// What is shown.
#[derive(Debug, Clone, Copy)]
pub struct ShowOptions {
    /// Options left at their default too.
    pub defaults: bool,
    /// Secrets too.
    pub reveal: bool,
}

/// An option, and the lines that it beats.
struct Shown {
    setting: Setting,
    overrides: Vec<Origin>,
}

/// The options of a service that are shown: those of the sections that decide
/// over service tokens.
fn settings(service: &Service, options: ShowOptions) -> Vec<Shown> {
    let mut shown = Vec::new();
    for group in service.schema.groups() {
        for spec in &group.options {
            let Some((setting, configuration)) = service.setting(&group.name, spec.name) else { continue };
            if setting.is_set() || (options.defaults && has_default(&setting)) {
                let overrides = configuration.beaten_by(&setting);
                shown.push(Shown { setting, overrides });
            }
        }
    }
    shown
}

fn has_default(setting: &Setting) -> bool {
    setting.reading != Reading::Unset
}

/// Sections that decide over service tokens in one service or another.
const DECIDING: [&str; 3] = ["keystone_authtoken", "service_user", "barbican_service_user"];

/// What stands where somebody could take it for an option that counts.
struct Unread {
    place: Place,
    what: String,
    /// What to know about it.
    note: Option<String>,
}

/// Lines of the same sections, and whole sections, that nobody reads.
fn unread(service: &Service) -> Vec<Unread> {
    let mut found = Vec::new();
    for layer in service.configuration.layers() {
        let first = found.len();
        for group in service.schema.groups().iter().filter(|group| group.name != "DEFAULT") {
            found.extend(
                layer.entries(&group.name).iter().filter_map(|entry| line(service, layer, group, entry)),
            );
        }
        found.extend(layer.distinct_sections().filter_map(|part| section(service, layer, &part)));
        found[first..].sort_by_key(|unread| unread.place.line);
    }
    found
}

/// A line that sets nothing.
fn line(service: &Service, layer: &Layer, group: &Group, entry: &Assignment) -> Option<Unread> {
    let key = layer.slice(entry.key());
    let known = |name: &str| service.schema.option(&group.name, name).is_some();
    if known(key) || group.options.iter().any(|option| option.deprecated.contains(&key)) {
        return None;
    }
    let meant = key.replace('-', "_").to_lowercase();
    // Whoever forgot the = may have put a part of a secret into the name.
    let first = key.split(is_python_space).next().unwrap_or_default();
    let shown = if first == key { printable(key) } else { printable(first) + " …" };
    let note = if known(&meant) {
        Some(format!("the name is {meant}"))
    } else if known(first) {
        Some("no equals sign stands behind the name".to_owned())
    } else {
        let mut plugins = catalog::plugin_names().filter_map(catalog::plugin);
        let is_plugin_s = plugins.any(|plugin| plugin.has_option(key));
        is_plugin_s.then(|| "an option of auth plugins that are not in use here".to_owned())
    };
    let what = format!("[{}] {shown}", group.name);
    Some(Unread { place: layer.key_place(entry, true), what, note })
}

/// A section that another service reads, or this one under another name.
fn section(service: &Service, layer: &Layer, part: &Section<'_>) -> Option<Unread> {
    let lower = part.name().to_lowercase();
    let meant = lower.trim_start_matches('[').split(']').next().unwrap_or_default();
    let meant = strip(meant).replace('-', "_");
    let counts = DECIDING.contains(&meant.as_str()) || (meant == "default" && part.name() != "DEFAULT");
    if !counts || service.schema.has_group(&lower) {
        return None;
    }
    let note = if meant == "default" {
        Some("the name is DEFAULT".to_owned())
    } else if meant != lower {
        Some(format!("the name is {meant}"))
    } else {
        None
    };
    let what = format!("[{}], the whole section", printable(part.name()));
    Some(Unread { place: layer.section_place(part), what, note })
}

/// The options as text.
pub fn text(services: &[Service], options: ShowOptions, style: Style) -> String {
    let mut out = String::new();
    for service in services {
        if !out.is_empty() {
            out.push('\n');
        }
        let _ = writeln!(out, "{}", paint(style, &printable(&service.id), colored::Colorize::bold));
        if let Some(failure) = service.configuration.failure() {
            let line = failure.problem.line().map_or_else(String::new, |line| format!(":{line}"));
            let mark = if failure.is_of_mark() { "a byte-order mark begins the file: " } else { "" };
            let file = printable(&failure.file);
            let _ = writeln!(out, "  {file}{line}: {mark}{}; the service does not start", failure.problem);
            continue;
        }
        text_of(service, options, style, &mut out);
    }
    out
}

/// More lines than these that one option overrides help nobody; the JSON has all.
const MOST_OVERRIDDEN: usize = 5;

fn text_of(service: &Service, options: ShowOptions, style: Style, out: &mut String) {
    let settings = settings(service, options);
    let width =
        settings.iter().map(|s| origin_text(s.setting.origin()).chars().count()).max().unwrap_or(0).min(60);
    let mut section = "";
    for Shown { setting, overrides } in &settings {
        if *setting.section != *section {
            section = &setting.section;
            let _ = writeln!(out, "[{}]", paint(style, &printable(section), colored::Colorize::cyan));
        }
        let origin = format!("{:width$}", origin_text(setting.origin()));
        let _ = write!(
            out,
            "  {}  {} = {}",
            paint(style, &origin, colored::Colorize::dimmed),
            setting.spec.name,
            value_text(setting, options)
        );
        if let Some(old) = setting.written_as() {
            let _ = write!(out, "  (written as {old})");
        }
        out.push('\n');
        for overridden in overrides.iter().take(MOST_OVERRIDDEN) {
            let line = format!("{:width$}  overrides {}", "", overridden_text(overridden));
            let _ = writeln!(out, "  {}", paint(style, &line, colored::Colorize::dimmed));
        }
        if overrides.len() > MOST_OVERRIDDEN {
            let line = format!("{:width$}  and {} more", "", overrides.len() - MOST_OVERRIDDEN);
            let _ = writeln!(out, "  {}", paint(style, &line, colored::Colorize::dimmed));
        }
    }
    let unread = unread(service);
    if !unread.is_empty() {
        let _ = writeln!(out, "{}", paint(style, "read by nobody", colored::Colorize::yellow));
        for Unread { place, what, note } in unread {
            let note = note.map_or_else(String::new, |note| format!("  ({note})"));
            let _ = writeln!(out, "  {:width$}  {what}{note}", position(&place));
        }
    }
    if let Some(gateways) = &service.gateways {
        let _ = writeln!(out, "  RadosGW: {}", gateways.says());
    } else if settings.is_empty() {
        let _ = writeln!(out, "  no option of a section that decides over service tokens is set");
    }
}

fn position(place: &Place) -> String {
    format!("{}:{}", printable(&place.file), place.line)
}

/// The place of a value that does not count, and its line.
fn overridden_text(origin: &Origin) -> String {
    match origin {
        Origin::File(line) => {
            let place = line.place();
            format!("{}  {}", position(&place), place.source)
        }
        other => origin_text(other),
    }
}

fn origin_text(origin: &Origin) -> String {
    match origin {
        Origin::File(line) => position(&line.place()),
        Origin::Env { variable } => format!("${variable}"),
        Origin::Default => "default".to_owned(),
        Origin::StockPaste => "stock paste file".to_owned(),
    }
}

fn value_text(setting: &Setting, options: ShowOptions) -> String {
    match &setting.reading {
        Reading::Unset | Reading::Value(Value::Null) => "(null)".to_owned(),
        Reading::Invalid(why) => format!("(cannot be read: {why})"),
        Reading::BadReference(why) => format!("(cannot be read: {why})"),
        Reading::HostDependent(name) => format!("({})", host_dependent(name)),
        Reading::Value(value) => {
            let text = value_plain(value);
            let text = if options.reveal { text } else { mask(&text, setting.secret) };
            if text.is_empty() { "(empty)".to_owned() } else { printable(&text.replace('\n', "\\n")) }
        }
    }
}

/// Why a value is not known here.
fn host_dependent(name: &str) -> String {
    format!("hangs on {name}, which is known only where the service runs")
}

/// Whether an item can stand between commas without being taken for another.
fn is_plain(item: &str) -> bool {
    !item.is_empty() && !item.contains([' ', ',', '"', '\'', '\n'])
}

fn value_plain(value: &Value) -> String {
    match value {
        Value::List(items) if items.iter().all(|item| is_plain(item)) => items.join(", "),
        Value::List(items) => format!("{items:?}"),
        Value::Secret(text) => text.expose().to_owned(),
        Value::Bool(value) => value.to_string(),
        other => other.to_python_str(),
    }
}

#[derive(Serialize)]
struct View<'s> {
    schema: &'static str,
    services: Vec<ServiceView<'s>>,
}

#[derive(Serialize)]
struct ServiceView<'s> {
    name: &'s str,
    id: &'s str,
    options: Vec<OptionView>,
    error: Option<ErrorView<'s>>,
}

#[derive(Serialize)]
struct ErrorView<'s> {
    file: &'s str,
    line: Option<usize>,
    message: String,
}

#[derive(Serialize)]
struct OptionView {
    section: String,
    option: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    value: serde_json::Value,
    raw: Option<String>,
    secret: bool,
    origin: OriginView,
    overrides: Vec<OriginView>,
    error: Option<String>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum OriginView {
    File { file: String, line: usize },
    Env { variable: String },
    Default,
    StockPaste,
}

/// The options as JSON.
///
/// # Errors
///
/// A number that JSON cannot hold; there is none.
pub fn json(services: &[Service], options: ShowOptions) -> serde_json::Result<String> {
    let view = View {
        schema: SCHEMA,
        services: services.iter().map(|service| service_view(service, options)).collect(),
    };
    serde_json::to_string_pretty(&view).map(|text| text + "\n")
}

fn service_view(service: &Service, options: ShowOptions) -> ServiceView<'_> {
    let error = service.configuration.failure().map(|failure| ErrorView {
        file: &failure.file,
        line: failure.problem.line(),
        message: failure.problem.to_string(),
    });
    let shown = if error.is_some() { Vec::new() } else { settings(service, options) };
    ServiceView {
        name: &service.name,
        id: &service.id,
        options: shown.iter().map(|shown| option_view(shown, options)).collect(),
        error,
    }
}

fn option_view(Shown { setting, overrides }: &Shown, options: ShowOptions) -> OptionView {
    let hidden = setting.secret && !options.reveal;
    let shown = |text: &str| if options.reveal { text.to_owned() } else { mask(text, false) };
    let (value, error) = match &setting.reading {
        Reading::Value(value) if !hidden => (json_value(value, &shown), None),
        Reading::Value(_) | Reading::Unset => (serde_json::Value::Null, None),
        Reading::Invalid(why) => (serde_json::Value::Null, Some(why.to_string())),
        Reading::BadReference(why) => (serde_json::Value::Null, Some(why.to_string())),
        Reading::HostDependent(name) => (serde_json::Value::Null, Some(host_dependent(name))),
    };
    OptionView {
        section: setting.section.to_string(),
        option: setting.spec.name,
        kind: setting.spec.kind.name(),
        value,
        raw: setting.raw().filter(|_| !hidden).map(|raw| shown(raw.expose())),
        secret: setting.secret,
        origin: origin_view(setting.origin()),
        overrides: overrides.iter().map(origin_view).collect(),
        error,
    }
}

/// Numbers keep every digit; what JSON has no number for is a text.
fn json_value(value: &Value, shown: &dyn Fn(&str) -> String) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => (*value).into(),
        Value::Int(digits) => serde_json::from_str(digits).unwrap_or_else(|_| digits.clone().into()),
        Value::Float(x) => {
            serde_json::Number::from_f64(*x).map_or_else(|| value.to_python_str().into(), Into::into)
        }
        Value::Str(text) => shown(text).into(),
        Value::Secret(text) => text.expose().into(),
        Value::List(items) => items.iter().map(|item| shown(item)).collect::<Vec<_>>().into(),
    }
}

fn origin_view(origin: &Origin) -> OriginView {
    match origin {
        Origin::File(line) => {
            let place = line.place();
            OriginView::File { file: place.file.to_string(), line: place.line }
        }
        Origin::Env { variable } => OriginView::Env { variable: variable.clone() },
        Origin::Default => OriginView::Default,
        Origin::StockPaste => OriginView::StockPaste,
    }
}

/// Whether a file of one of the services cannot be parsed.
pub fn any_refused(services: &[Service]) -> bool {
    services.iter().map(|service| &*service.configuration).any(|c: &Configuration| c.failure().is_some())
}

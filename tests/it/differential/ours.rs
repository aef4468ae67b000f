//! Our reading, put in the words of the real one.

use std::collections::BTreeMap;

use nova_token_check::catalog::{self, Version};
use nova_token_check::config::{
    Configuration, Default, Environment, Invalid, Kind, LoadProblem, OptionSpec, Origin, Reading as Ours,
    ReferenceProblem, Registry, Schema, Setting, Value as OurValue,
};
use nova_token_check::deployment::{self, Process, Source as OurSource};
use nova_token_check::ini::RefusalKind;

use crate::cloud::judge::Source;
use crate::cloud::oslo::{Plain, Reading, Refused, Value};

/// The releases that are installed in the test environment.
const MIDDLEWARE: Version = Version(13, 0, 1);
const KEYSTONEAUTH: Version = Version(5, 18, 1);

const PLUGINS: [(&str, &str); 3] = [
    ("keystone_authtoken", "password"),
    ("service_user", "v3password"),
    ("barbican_service_user", "v3applicationcredential"),
];

/// The peer registers nothing but what it is told to.
#[derive(Debug)]
struct Nothing;

impl Registry for Nothing {
    fn option(&self, _: &str, _: &str) -> Option<OptionSpec> {
        None
    }

    fn has_group(&self, _: &str) -> bool {
        false
    }
}

/// What `oslo_peer.py` registers.
fn schema() -> Schema {
    let option = |name, kind, default| OptionSpec { name, kind, default, deprecated: &[], secret: false };
    let mut schema = Schema::new(Some(&Nothing));
    schema.register(
        "DEFAULT",
        &[
            option("state_path", Kind::Str, Default::Text("/var/lib/nova")),
            option("username", Kind::Str, Default::None),
            option("debug_requests", Kind::Bool, Default::Text("False")),
            option("workers", Kind::Int, Default::Text("4")),
            option("ratio", Kind::Float, Default::Text("1.5")),
            option("names", Kind::List, Default::Text("a,b")),
        ],
    );
    schema.register("keystone_authtoken", &catalog::authtoken(MIDDLEWARE));
    schema.register("service_user", &[catalog::switch("send_service_user_token")]);
    for (group, plugin) in PLUGINS {
        if group != "keystone_authtoken" {
            schema.register(group, &catalog::session(KEYSTONEAUTH));
        }
        schema.register(group, &catalog::common_auth());
        schema.register(group, &catalog::plugin(plugin).unwrap().options);
    }
    schema
}

/// Every option of the schema.
pub(super) fn options() -> Vec<(String, String)> {
    let schema = schema();
    let groups = schema.groups().iter();
    groups
        .flat_map(|group| {
            group.options.iter().map(|o| (group.name.clone(), o.name.to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

/// Reads a case as the program does.
pub(super) fn read(sources: &[Source], env: &BTreeMap<String, String>, ask: &[(String, String)]) -> Reading {
    let sources = sources.iter().map(|source| match source {
        Source::File(path) => OurSource::File(path.display().to_string()),
        Source::Dir(path) => OurSource::Directory(path.display().to_string()),
    });
    let process = Process::plain("nova", sources.collect());
    let environment = Environment::new(env.clone());
    let configuration = deployment::load(&process, &environment).unwrap().configuration;
    match refusal(&configuration) {
        Some(refused) => Reading::Refused(refused),
        None => {
            let schema = schema();
            let value = |(group, option): &(String, String)| {
                let setting = configuration.get_named(&schema, group, option).unwrap();
                value(&setting)
            };
            Reading::Values(ask.iter().map(value).collect())
        }
    }
}

fn refusal(configuration: &Configuration) -> Option<Refused> {
    let failure = configuration.failure()?;
    let class = |class: &str| Refused { class: class.into(), file: None, line: None, message: None };
    Some(match &failure.problem {
        LoadProblem::Refused(refusal) => Refused {
            class: "ConfigFileParseError".into(),
            file: Some(failure.file.to_string()),
            line: Some(refusal.line),
            message: Some(message(refusal.kind).into()),
        },
        LoadProblem::NotUtf8 { .. } => class("UnicodeDecodeError"),
        LoadProblem::IsDirectory => class("IsADirectoryError"),
        LoadProblem::OwnConfigFile { .. } => class("AttributeError"),
        LoadProblem::OwnShellCompletion { .. } => class("SystemExit"),
        LoadProblem::Paste(_) => class("no paste file was given"),
    })
}

/// oslo.config's words.
fn message(kind: RefusalKind) -> &'static str {
    match kind {
        RefusalKind::NoSeparator => "No ':' or '=' found in assignment",
        RefusalKind::EmptyKey => "Key cannot be empty",
        RefusalKind::UnexpectedContinuation => "Unexpected continuation line",
        RefusalKind::UnclosedSection => "Invalid section (must end with ])",
        RefusalKind::EmptySection => "Empty section name",
        RefusalKind::NoSection => "Section must be started before assignment",
    }
}

fn value(setting: &Setting) -> Value {
    match &setting.reading {
        Ours::Unset | Ours::Value(OurValue::Null) => Value::Plain(None),
        Ours::Value(OurValue::Bool(value)) => Value::Plain(Some(Plain::Bool(*value))),
        Ours::Value(OurValue::Int(digits)) => Value::Int(digits.clone()),
        Ours::Value(value @ OurValue::Float(_)) => Value::Float(value.to_python_str()),
        Ours::Value(OurValue::Str(text)) => Value::Plain(Some(Plain::Text(text.clone()))),
        Ours::Value(OurValue::Secret(text)) => Value::Plain(Some(Plain::Text(text.expose().to_owned()))),
        Ours::Value(OurValue::List(items)) => Value::Plain(Some(Plain::List(items.clone()))),
        Ours::Invalid(Invalid::Bool | Invalid::Int | Invalid::Float | Invalid::Choice(_)) => invalid(setting),
        Ours::BadReference(problem) => reference(problem, setting),
        Ours::HostDependent(name) => panic!("{name} is not host-dependent here"),
    }
}

/// The class hangs on where the value comes from, and for the environment on
/// whether a file sets the option too.
fn invalid(setting: &Setting) -> Value {
    let from_file = matches!(setting.origin, Origin::File(_)) || !setting.overrides.is_empty();
    Value::Error(if from_file { "ConfigFileValueError" } else { "ConfigSourceValueError" }.to_owned())
}

fn reference(problem: &ReferenceProblem, setting: &Setting) -> Value {
    let class = match problem {
        ReferenceProblem::NoSuchOption { .. } => "NoSuchOptError",
        ReferenceProblem::NoSuchGroup { .. } => "NoSuchGroupError",
        ReferenceProblem::IsGroup { .. } => "TemplateSubstitutionError",
        ReferenceProblem::Cycle { .. } | ReferenceProblem::TooLarge { .. } => "RecursionError",
        ReferenceProblem::InvalidTarget { .. } => return invalid(setting),
    };
    Value::Error(class.to_owned())
}

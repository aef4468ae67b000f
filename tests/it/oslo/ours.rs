//! Our reading, put in the words of the real one.

use nova_token_check::catalog::{self, Version};
use nova_token_check::config::{
    Configuration, Default, Environment, Invalid, Kind, LoadProblem, OptionSpec, Origin, Reading as Ours,
    ReferenceProblem, Registry, Schema, Setting, Value as OurValue,
};
use nova_token_check::deployment::{self, Process, Seen, Source as OurSource};
use nova_token_check::ini::RefusalKind;

use crate::cloud::judge::Source;
use crate::cloud::oslo::{Plain, Question, Reading, Refused, Value};

/// The releases that are installed in the test environment.
const MIDDLEWARE: Version = Version(13, 0, 1);
const KEYSTONEAUTH: Version = Version(5, 18, 1);

/// The sections with a login, as `oslo_peer.py` orders them.
const SECTIONS: [&str; 3] = ["keystone_authtoken", "service_user", "barbican_service_user"];

/// Choices of the plugins for the three sections: together they put each plugin into
/// each section, beside ever others.
pub(crate) fn plugins() -> Vec<[&'static str; 3]> {
    let all: Vec<&str> = catalog::plugin_names().collect();
    (0..all.len()).map(|i| [all[i], all[(i + 5) % all.len()], all[(i + 11) % all.len()]]).collect()
}

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
pub(crate) fn schema(plugins: [&str; 3]) -> Schema {
    let option = |name, kind, default| OptionSpec { name, kind, default, deprecated: &[], secret: false };
    let mut schema = Schema::new(Some(&Nothing));
    let of_default = vec![
        option("state_path", Kind::Str, Default::Text("/var/lib/nova")),
        option("username", Kind::Str, Default::None),
        option("debug_requests", Kind::Bool, Default::Text("False")),
        option("workers", Kind::Int, Default::Text("4")),
        option("ratio", Kind::Float, Default::Text("1.5")),
        option("names", Kind::List, Default::Text("a,b")),
    ];
    schema.register("DEFAULT", &*of_default.leak());
    schema.register("keystone_authtoken", catalog::authtoken(MIDDLEWARE));
    schema.register("service_user", const { &[catalog::switch("send_service_user_token")] });
    for (group, plugin) in SECTIONS.into_iter().zip(plugins) {
        if group != "keystone_authtoken" {
            schema.register(group, catalog::session(KEYSTONEAUTH));
        }
        schema.register(group, catalog::common_auth());
        let newest = catalog::Release::newest().keystoneauth;
        schema.register(group, catalog::plugin(plugin).unwrap().options(newest));
    }
    schema
}

/// Reads a case as the program does.
pub(crate) fn read(question: &Question, schema: &Schema) -> Reading {
    let sources = question.sources.iter().map(|source| match source {
        Source::File(path) => OurSource::File(path.display().to_string()),
        Source::Dir(path) => OurSource::Directory(path.display().to_string()),
    });
    let process = Process::plain("nova", sources.collect());
    let environment = Environment::new(question.env.clone());
    let configuration = deployment::load(&process, &environment, &Seen::default()).unwrap().configuration;
    match refusal(&configuration) {
        Some(refused) => Reading::Refused(refused),
        None => {
            let value = |(group, option): &(String, String)| {
                let setting = configuration.get_named(schema, group, option).unwrap();
                value(&configuration, &setting)
            };
            Reading::Values(question.ask.iter().map(value).collect())
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
        LoadProblem::OwnReference { problem, .. } => class(reference_class(problem)),
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

fn value(configuration: &Configuration, setting: &Setting) -> Value {
    match &setting.reading {
        Ours::Unset | Ours::Value(OurValue::Null) => Value::Plain(None),
        Ours::Value(OurValue::Bool(value)) => Value::Plain(Some(Plain::Bool(*value))),
        Ours::Value(OurValue::Int(digits)) => Value::Int(digits.clone()),
        Ours::Value(value @ OurValue::Float(_)) => Value::Float(value.to_python_str()),
        Ours::Value(OurValue::Str(text)) => Value::Plain(Some(Plain::Text(text.clone()))),
        Ours::Value(OurValue::Secret(text)) => Value::Plain(Some(Plain::Text(text.expose().to_owned()))),
        Ours::Value(OurValue::List(items)) => Value::Plain(Some(Plain::List(items.clone()))),
        Ours::Invalid(Invalid::Bool | Invalid::Int | Invalid::Float | Invalid::Choice(_)) => {
            invalid(configuration, setting)
        }
        Ours::BadReference(problem) => reference(problem, configuration, setting),
        Ours::HostDependent(name) => panic!("{name} is not host-dependent here"),
    }
}

/// The class hangs on where the value comes from, and for the environment on
/// whether a file sets the option too.
fn invalid(configuration: &Configuration, setting: &Setting) -> Value {
    let is_file = |origin: &Origin| matches!(origin, Origin::File(_));
    let from_file = is_file(setting.origin()) || configuration.beaten_by(setting).iter().any(is_file);
    Value::Error(if from_file { "ConfigFileValueError" } else { "ConfigSourceValueError" }.to_owned())
}

fn reference(problem: &ReferenceProblem, configuration: &Configuration, setting: &Setting) -> Value {
    match problem {
        ReferenceProblem::InvalidTarget { .. } => invalid(configuration, setting),
        other => Value::Error(reference_class(other).to_owned()),
    }
}

fn reference_class(problem: &ReferenceProblem) -> &'static str {
    match problem {
        ReferenceProblem::NoSuchOption { .. } => "NoSuchOptError",
        ReferenceProblem::NoSuchGroup { .. } => "NoSuchGroupError",
        ReferenceProblem::IsGroup { .. } => "TemplateSubstitutionError",
        ReferenceProblem::Cycle { .. } | ReferenceProblem::TooLarge { .. } => "RecursionError",
        ReferenceProblem::InvalidTarget { .. } => "ConfigFileValueError",
    }
}

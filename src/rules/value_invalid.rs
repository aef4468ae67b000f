//! `value-invalid`

use super::lines::services;
use super::logins::{Subject, all, faults};
use super::{Context, Rule, fixes, substitution_unknown};
use crate::catalog::{self, ServiceKind, switch};
use crate::config::{Default, Kind, OptionSpec, Reading, Setting};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Fault, FaultKind, LoginPlan};

pub(super) const RULE: Rule = Rule {
    name: "value-invalid",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/types.py, oslo_config/cfg.py; keystonemiddleware/auth_token/__init__.py; keystoneauth1/identity",
    needs_login: false,
    summary: "A value cannot be read as its option's type, or can never work.",
    why: "oslo.config converts a value when the option is read, not when the file is loaded. A boolean is one of \
true, 1, on, yes, false, 0, off, no and nothing else: not empty, not `true # comment`. A bad value in \
[keystone_authtoken] stops the service; in [service_user] every outgoing call raises. A $name that names no \
option makes the value unreadable, also in a password ($$ is a literal dollar). Other values are read and can \
never work: an auth_url without a scheme, two scopes at once, a scope beside an application credential, a \
token-binding mode that asks for bound tokens.",
    fix: "Correct the value. A comment needs a line of its own.",
    example: "\
# bad
service_token_roles_required = true  # since the audit

# good
# since the audit
service_token_roles_required = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = refused(context).iter().filter_map(unreadable).collect();
    for service in services(context) {
        findings.extend(receiver_faults(service));
        findings.extend(of_sessions(service));
    }
    findings.extend(faults(context).iter().filter_map(|(subject, fault)| impossible(subject, fault)));
    findings
}

/// A value that oslo.config refuses, and how bad that is.
pub(super) struct Refused<'f> {
    pub(super) service: &'f ServiceFacts,
    pub(super) setting: &'f Setting,
    pub(super) severity: Severity,
}

/// Every value that decides over service tokens and cannot be read.
pub(super) fn refused<'f>(context: &Context<'f>) -> Vec<Refused<'f>> {
    let mut found: Vec<Refused<'f>> = Vec::new();
    for service in services(context) {
        let switches = service.service.senders.iter().filter_map(|sender| sender.switch.as_ref());
        let switches = switches.filter(|setting| setting.is_invalid());
        found.extend(switches.map(|setting| Refused { service, setting, severity: Severity::Error }));
        let Some(receiver) = &service.service.receiver else { continue };
        let settings = receiver.settings.iter().filter(|setting| setting.is_invalid());
        found.extend(settings.map(|setting| {
            let severity = if receiver.reads_at_start(setting) { Severity::Error } else { Severity::Warning };
            Refused { service, setting, severity }
        }));
    }
    for subject in all(context).iter().filter(|s| matches!(s.login.plan, LoginPlan::Invalid(_))) {
        let (service, severity) = (subject.service, subject.severity());
        let settings = subject.login.settings.iter().filter(|setting| setting.is_invalid());
        found.extend(settings.map(|setting| Refused { service, setting, severity }));
    }
    found
}

/// Session options that cannot be read. nova and cinder write all their options to
/// the log when they start, unless `log_options` is off, and stop at the first of these:
/// also in `[service_user]`, whose session plays no part otherwise.
fn of_sessions(service: &ServiceFacts) -> Vec<Finding> {
    let kind = service.service.kind;
    if !matches!(kind, ServiceKind::Nova | ServiceKind::Cinder) {
        return Vec::new();
    }
    let service = &service.service;
    let log_options = OptionSpec { default: Default::Text("True"), ..switch("log_options") };
    let logs = service.configuration.get(&service.schema, "DEFAULT", log_options).bool().unwrap_or(true);
    let sections = kind.session_sections().chain(logs.then_some("service_user"));
    // Every text can be read.
    let options = catalog::session(service.in_force.keystoneauth).iter();
    let options = options.filter(|option| option.kind != Kind::Str);
    let mut findings = Vec::new();
    // cinder's session with glance has no section.
    let glance = kind.sessions().iter().filter(|session| !session.has_section());
    let glance = glance.filter_map(|session| {
        service.configuration.get_named(&service.schema, session.section, session.insecure)
    });
    let own = sections.filter(|section| service.configuration.has_section(section));
    let own = own.map(|name| {
        let section = service.configuration.section(&service.schema, name);
        (name, options.clone().map(|option| section.get(option)).collect())
    });
    for (section, settings) in own.chain([("DEFAULT", glance.collect::<Vec<Setting>>())]) {
        for setting in settings {
            let Reading::Invalid(invalid) = &setting.reading else { continue };
            let consequence = if logs {
                format!("{} does not start, since it reads all options to log them", service.name)
            } else {
                format!("every call of {} over this session raises", service.name)
            };
            let message =
                format!("{} in [{section}] cannot be read: {invalid}: {consequence}", setting.spec.name);
            findings.push(
                Finding::new(RULE.name, Severity::Error, message)
                    .of(&service.id)
                    .at(setting.place())
                    .section(section)
                    .option(setting.spec.name)
                    .help("correct the value or remove it; a comment needs a line of its own"),
            );
        }
    }
    findings
}

/// What stops a receiver although each value by itself can be read.
fn receiver_faults(service: &ServiceFacts) -> Vec<Finding> {
    let Some(receiver) = &service.service.receiver else { return Vec::new() };
    let readable = |option: &str| receiver.setting(option).is_none_or(|setting| !setting.is_invalid());
    let faults = receiver.faults.iter().filter(|fault| fault.option != "auth_type" && readable(fault.option));
    faults
        .map(|fault| {
            let message = format!("{} in [keystone_authtoken]: {}", fault.option, fault.reason);
            Finding::new(RULE.name, Severity::Error, message)
                .of(&service.service.id)
                .at(fault.place.clone())
                .section("keystone_authtoken")
                .option(fault.option)
                .help(cure(fault.option))
        })
        .collect()
}

/// What to do about a value that stops a receiver.
fn cure(option: &str) -> String {
    match option {
        "memcache_security_strategy" => {
            "set memcache_secret_key, the same on every host that shares the cache, or remove the strategy"
                .to_owned()
        }
        "enforce_token_bind" => "remove the option: its default asks for no binding".to_owned(),
        option => format!("correct {option} or remove it"),
    }
}

/// What to say about a value that oslo.config refuses.
fn unreadable(refused: &Refused<'_>) -> Option<Finding> {
    let setting = refused.setting;
    let (why, help) = match &setting.reading {
        Reading::Invalid(invalid) if is_continued(setting) => (
            invalid.to_string(),
            "begin the next line in its first column: an indented line is a part of the value above it",
        ),
        Reading::Invalid(invalid) => {
            (invalid.to_string(), "correct the value; a comment needs a line of its own")
        }
        reading if substitution_unknown::is_unknown(reading) => return None,
        Reading::BadReference(problem) => (problem.to_string(), "write $$ for a dollar sign"),
        Reading::Unset | Reading::Value(_) | Reading::HostDependent(_) => return None,
    };
    let message = format!("{} in [{}] cannot be read: {why}", setting.spec.name, setting.section);
    let finding = Finding::new(RULE.name, refused.severity, message)
        .of(&refused.service.service.id)
        .at(setting.place())
        .section(&setting.section)
        .option(setting.spec.name)
        .fix(fixes::comment_above(refused.service, setting))
        .help(help);
    Some(finding)
}

fn is_continued(setting: &Setting) -> bool {
    setting.raw().is_some_and(|raw| raw.expose().contains('\n'))
}

/// A value that is read and can never work.
fn impossible(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    let section = &subject.login.holder;
    let (what, option, help) = match &fault.kind {
        FaultKind::AuthUrl { reason } => (
            format!("auth_url in [{section}] can never work, since {reason}"),
            "auth_url",
            "write Keystone's URL, such as https://keystone.example:5000/v3",
        ),
        FaultKind::TwoScopes => (
            format!("[{section}] asks for two scopes at once, and keystoneauth1 refuses"),
            "project_name",
            "keep one of project, domain, trust and system_scope",
        ),
        FaultKind::SystemScope => (
            format!("system_scope in [{section}] takes only the word all"),
            "system_scope",
            "write system_scope = all, or remove it and name a project",
        ),
        FaultKind::MutualAuth => (
            format!("mutual_auth in [{section}] takes only required, optional and disabled"),
            "mutual_auth",
            "write one of the three, or remove it",
        ),
        FaultKind::ScopeNotAllowed { option } => (
            format!(
                "{option} in [{section}] stands beside an application credential, which brings its own scope, and Keystone answers 401"
            ),
            *option,
            "remove the option",
        ),
        _ => return None,
    };
    let finding = Finding::new(RULE.name, subject.severity(), format!("{what}: {}", subject.consequence()))
        .of(subject.id())
        .at(fault.place.clone())
        .section(section)
        .option(option)
        .help(help);
    Some(finding)
}

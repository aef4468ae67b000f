//! `obsolete-option`

use super::fixes::Page;
use super::{Context, Rule};
use crate::catalog::{self, Release, Version};
use crate::config::Place;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Fix, Severity};
use crate::service::LoginPlan;

const SECTION: &str = "keystone_authtoken";

/// The login of the days before auth_type.
const LOGIN: [&str; 9] = [
    "admin_user",
    "admin_password",
    "admin_token",
    "admin_tenant_name",
    "identity_uri",
    "auth_host",
    "auth_port",
    "auth_protocol",
    "auth_admin_prefix",
];

pub(super) const RULE: Rule = Rule {
    name: "obsolete-option",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_opts.py and _auth.py, 4.17.0 to 13.0.1",
    needs_login: false,
    summary: "An option of [keystone_authtoken] is no longer read, or will not be after an upgrade.",
    why: "The login of the early days (admin_user, identity_uri, auth_host, …) was read where auth_type was missing; \
keystonemiddleware 13 (2026.2) reads it no more, and each request then fails with 500. auth_uri was the old \
name of www_authenticate_uri until the same version. Others went earlier and without harm, such as \
signing_dir. Beside a complete login of auth_type they are a note.",
    fix: "Write the login with auth_type, and www_authenticate_uri for auth_uri; remove the rest.",
    example: "\
# bad
[keystone_authtoken]
identity_uri = https://keystone.example:35357
admin_user = cinder
admin_password = …
admin_tenant_name = service

# good
[keystone_authtoken]
auth_type = password
auth_url = https://keystone.example:5000/v3
username = cinder
password = …
user_domain_name = Default
project_name = service
project_domain_name = Default",
    check,
};

/// A line that sets an obsolete option.
pub(super) struct Obsolete {
    option: &'static str,
    place: Place,
    removed: Version,
}

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.flat_map(in_service).collect()
}

fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    let in_use = login_lines(service);
    let mut findings: Vec<Finding> = login_finding(service, &in_use).into_iter().collect();
    let others = lines(service).into_iter().filter(|line| in_use.is_empty() || !LOGIN.contains(&line.option));
    findings.extend(others.map(|line| note(service, line)));
    findings
}

/// Every line that sets an obsolete option, without repetitions in a file.
fn lines(service: &ServiceFacts) -> Vec<Obsolete> {
    let mut lines: Vec<Obsolete> = Vec::new();
    for layer in service.service.configuration.layers() {
        for entry in layer.entries(SECTION) {
            let Some((option, removed)) = catalog::authtoken_removed(layer.slice(entry.key())) else {
                continue;
            };
            let secret = ["admin_password", "admin_token"].contains(&option);
            let place = layer.key_place(entry, secret);
            if !lines.iter().any(|known| known.option == option && known.place.file == place.file) {
                lines.push(Obsolete { option, place, removed });
            }
        }
    }
    lines
}

/// The lines of an obsolete login where there is no other.
pub(super) fn login_lines(service: &ServiceFacts) -> Vec<Obsolete> {
    let receiver = service.service.receiver.as_ref();
    if !receiver.is_some_and(|receiver| matches!(receiver.login.plan, LoginPlan::NoPlugin)) {
        return Vec::new();
    }
    let lines = lines(service);
    let who = ["admin_user", "admin_token", "identity_uri", "auth_host"];
    if !lines.iter().any(|line| who.contains(&line.option)) {
        return Vec::new();
    }
    lines.into_iter().filter(|line| LOGIN.contains(&line.option)).collect()
}

fn login_finding(service: &ServiceFacts, lines: &[Obsolete]) -> Option<Finding> {
    let first = lines.first()?;
    let name = &service.service.name;
    let options: Vec<&str> = lines.iter().map(|line| line.option).collect();
    let options = options.join(", ");
    let since = since(first.removed);
    let (severity, message) = if is_read(service, first.removed) {
        (Severity::Warning, format!("{name} logs in with {options}, which {since} no longer reads"))
    } else {
        (
            Severity::Error,
            format!(
                "{name} has no login but {options}, which {since} no longer reads: every request with a token fails with 500"
            ),
        )
    };
    let finding = Finding::new(RULE.name, severity, message)
        .of(&service.service.id)
        .at(Some(first.place.clone()))
        .section(SECTION)
        .option(first.option)
        .help("write auth_type = password with auth_url, username, password, user_domain_name, project_name and project_domain_name");
    Some(finding)
}

fn note(service: &ServiceFacts, line: Obsolete) -> Finding {
    let option = line.option;
    // The same words before and after an upgrade: nothing new is found there.
    let message = format!("{} no longer reads {option}", since(line.removed));
    let help = match option {
        "auth_uri" => "write www_authenticate_uri",
        option if LOGIN.contains(&option) => "it can go: the login of auth_type is used",
        _ => "it can go",
    };
    Finding::new(RULE.name, Severity::Note, message)
        .of(&service.service.id)
        .at(Some(line.place))
        .section(SECTION)
        .option(option)
        .fix(successor(service, option))
        .help(help)
}

/// The line of auth_uri under its new name, unless that is set too.
fn successor(service: &ServiceFacts, option: &str) -> Option<Fix> {
    let (configuration, schema) = (&service.service.configuration, &service.service.schema);
    let new = schema.option(SECTION, "www_authenticate_uri").filter(|_| option == "auth_uri")?;
    let setting = configuration.get(schema, SECTION, new);
    if setting.is_set() && setting.written_as() != Some("auth_uri") {
        return None;
    }
    let mut lines = configuration.layers().iter().flat_map(|layer| {
        let entries = layer.entries(SECTION).iter().filter(|entry| layer.is_named(entry, option));
        entries.map(move |entry| (layer, entry))
    });
    let (layer, entry) = lines.next()?;
    if lines.next().is_some() {
        return None;
    }
    Page::new(service, layer, SECTION).rename(entry, &setting.spec)
}

fn is_read(service: &ServiceFacts, removed: Version) -> bool {
    service.service.in_force.keystonemiddleware < removed
}

/// The version that dropped an option, and its release where one is known.
fn since(removed: Version) -> String {
    let release = Release::first_with_middleware(removed).map(|release| format!(" ({})", release.id));
    format!("keystonemiddleware {removed}{}", release.unwrap_or_default())
}

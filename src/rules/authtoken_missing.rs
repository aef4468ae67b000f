//! `authtoken-missing`

use super::{Context, Rule};
use crate::catalog::ServiceKind;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "authtoken-missing",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_opts.py",
    needs_login: false,
    summary: "The files of an API process have no [keystone_authtoken] section.",
    why: "Without it the middleware has no login and cannot validate a token: every request fails. Only API processes \
need the section; nova-compute, cinder-volume and the like do not, so for services that have such processes it \
is a note. The settings may also stand in a file that was not given.",
    fix: "Give the files that the API process really reads, in their order (NAME=FILE,DIRECTORY), or add the section.",
    example: "\
[keystone_authtoken]
auth_type = password
auth_url = https://keystone.example/identity
…",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.facts.services.iter().filter(|service| lacks(service)).map(finding).collect()
}

fn lacks(service: &ServiceFacts) -> bool {
    let service = &service.service;
    let runs_an_api =
        service.process.is_none_or(|process| process.ends_with("-api") || process.ends_with("-proxy"));
    service.receiver.is_none()
        && service.configuration.failure().is_none()
        && service.kind != ServiceKind::Keystone
        && runs_an_api
}

fn finding(service: &ServiceFacts) -> Finding {
    let service = &service.service;
    let certain = service.kind.is_api_only();
    let severity = if certain { Severity::Error } else { Severity::Note };
    let message = if certain {
        format!(
            "{} has no [keystone_authtoken] section in the files given: it cannot validate tokens",
            service.name
        )
    } else {
        format!(
            "{} has no [keystone_authtoken] section in the files given, so it was not looked at as a receiver",
            service.name
        )
    };
    let file = service.configuration.layers().first().map(|layer| Place::of_file(layer.file()));
    Finding::new(RULE.name, severity, message)
        .of(&service.id)
        .at(file)
        .section("keystone_authtoken")
        .help(format!(
            "if an API process reads these files, give all of them: {}=FILE,DIRECTORY",
            service.name
        ))
        .likely()
}

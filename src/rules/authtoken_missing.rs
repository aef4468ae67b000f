//! `authtoken-missing`

use super::{Context, Rule, together};
use crate::catalog::ServiceKind;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};

const SECTION: &str = "keystone_authtoken";

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
    let lacking: Vec<&ServiceFacts> =
        context.facts.services.iter().filter(|service| lacks(service)).collect();
    let (certain, others): (Vec<&ServiceFacts>, Vec<&ServiceFacts>) =
        lacking.into_iter().partition(|service| service.service.kind.is_api_only());
    let mut findings: Vec<Finding> = certain.into_iter().map(error).collect();
    let mut names: Vec<&str> = Vec::new();
    for service in &others {
        if !names.contains(&service.service.name.as_str()) {
            names.push(&service.service.name);
        }
    }
    findings.extend(names.into_iter().filter_map(|name| note(name, &others)));
    findings
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

fn error(service: &ServiceFacts) -> Finding {
    let name = &service.service.name;
    let message =
        format!("{name} has no [keystone_authtoken] section in the files given: it cannot validate tokens");
    Finding::new(RULE.name, Severity::Error, message)
        .of(&service.service.id)
        .at(file(service))
        .section(SECTION)
        .help(help(name))
        .likely()
}

/// One note for all processes of a service: most of them need no such section.
fn note(name: &str, lacking: &[&ServiceFacts]) -> Option<Finding> {
    let message = format!(
        "{name} has no [keystone_authtoken] section in the files given, so it was not looked at as a receiver"
    );
    let same = lacking.iter().filter(|service| service.service.name == name);
    let places = same.map(|service| (service.service.id.as_str(), file(service)));
    let finding = together(&RULE, Severity::Note, message, places)?;
    Some(finding.section(SECTION).help(help(name)).likely())
}

fn file(service: &ServiceFacts) -> Option<Place> {
    service.service.configuration.layers().first().map(|layer| Place::of_file(layer.file()))
}

fn help(name: &str) -> String {
    format!("if an API process reads these files, give all of them: {name}=FILE,DIRECTORY")
}

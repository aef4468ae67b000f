//! `option-without-effect`

use super::{Context, Rule};
use crate::catalog;
use crate::config::{Layer, Place};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Login;
use crate::text::nearest;

pub(super) const RULE: Rule = Rule {
    name: "option-without-effect",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "nova/conf/service_token.py, keystonemiddleware/auth_token/_opts.py, keystoneauth1/loading: what is not registered is not read",
    needs_login: false,
    summary: "An option or section stands where nothing reads it.",
    why: "oslo.config ignores an unknown option without a word, so a misspelt one looks as if it were set. Names count \
byte by byte: auth-url and Auth_Url are not auth_url. Stock templates write several harmless ones, such as \
region_name and auth_strategy in [service_user], and [service_user] sections for services that never read one \
(glance, neutron, ironic, placement, …). With auth_section the login stands in another section, and the \
credentials beside it are not read.",
    fix: "Remove the line, or write the name that the service reads.",
    example: "\
# bad
[service_user]
send-service-user-token = true

# good
[service_user]
send_service_user_token = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services
        .flat_map(|service| {
            [unread_section(service), unread_options(service), unread_in_filter(service)].concat()
        })
        .collect()
}

/// `[service_user]` of a service that is no sender.
fn unread_section(service: &ServiceFacts) -> Vec<Finding> {
    if service.service.kind.reads_service_user() || service.service.kind == catalog::ServiceKind::Other {
        return Vec::new();
    }
    let Some(place) = service.service.configuration.header("service_user") else { return Vec::new() };
    let message = format!("{} never reads [service_user]: it sends no service token", service.service.name);
    vec![
        Finding::new(RULE.name, Severity::Note, message)
            .of(&service.service.id)
            .at(Some(place))
            .section("service_user")
            .help("the section can go"),
    ]
}

fn unread_options(service: &ServiceFacts) -> Vec<Finding> {
    let mut logins: Vec<&Login> = service.service.senders.iter().map(|sender| &sender.login).collect();
    logins.extend(service.service.receiver.as_ref().map(|receiver| &receiver.login));
    let mut sections: Vec<&Login> = Vec::new();
    for login in logins {
        if !sections.iter().any(|known| known.section == login.section) {
            sections.push(login);
        }
    }
    sections.iter().flat_map(|login| in_section(service, login)).collect()
}

fn in_section(service: &ServiceFacts, login: &Login) -> Vec<Finding> {
    let Some(group) = service.service.schema.group(&login.section) else { return Vec::new() };
    let mut known: Vec<&str> = Vec::new();
    for option in &group.options {
        known.push(option.name);
        known.extend(option.deprecated);
    }
    let elsewhere = login.holder != login.section;
    // Without a plugin that exists its options are not registered, and the plugin
    // is the finding.
    let any_plugin = login.auth_type.as_deref().and_then(catalog::plugin).is_none() && !elsewhere;
    let mut findings = Vec::new();
    for layer in service.service.configuration.layers() {
        for entry in layer.entries(&login.section) {
            let key = layer.slice(entry.key);
            if known.contains(&key) || (any_plugin && is_plugin_option(key)) || is_obsolete(login, key) {
                continue;
            }
            let near = nearest(key, known.iter().copied()).filter(|near| !is_set(service, login, near));
            findings.push(finding(service, login, key, place(layer, entry), near));
        }
    }
    findings
}

/// Options that were read once are another rule's.
fn is_obsolete(login: &Login, key: &str) -> bool {
    login.section == "keystone_authtoken" && catalog::authtoken_removed(key).is_some()
}

fn is_set(service: &ServiceFacts, login: &Login, option: &str) -> bool {
    let service = &service.service;
    let setting = service.configuration.get_named(&service.schema, &login.section, option);
    setting.is_some_and(|setting| setting.is_set())
}

/// The value of an unknown option may be a secret under a misspelt name.
fn place(layer: &Layer, entry: &crate::ini::Assignment) -> Place {
    layer.key_place(entry, true)
}

fn is_plugin_option(key: &str) -> bool {
    catalog::plugin_names()
        .filter_map(catalog::plugin)
        .flat_map(|p| &p.options)
        .any(|option| option.name == key)
}

/// What stands in the paste filter and is no option of the middleware's, which
/// says so in its log and goes on.
fn unread_in_filter(service: &ServiceFacts) -> Vec<Finding> {
    let service = &service.service;
    let Some((filter, receiver)) = service.configuration.overrides().zip(service.receiver.as_ref()) else {
        return Vec::new();
    };
    let specs = receiver.settings.iter().chain(&receiver.login.settings).map(|setting| &setting.spec);
    let mut known: Vec<&str> =
        specs.flat_map(|spec| [spec.name].into_iter().chain(spec.deprecated.iter().copied())).collect();
    known.extend(catalog::common_auth().iter().map(|spec| spec.name));
    let unread = filter.values().iter().filter(|value| value.is_own() && !known.contains(&value.name()));
    unread
        .map(|value| {
            let shown = crate::config::printable(value.name());
            let near = nearest(value.name(), known.iter().copied());
            let help = near.map_or_else(|| "it can go".to_owned(), |near| format!("did you mean {near}?"));
            let message = format!("the auth_token filter of {} reads no {shown}", service.name);
            Finding::new(RULE.name, Severity::Note, message)
                .of(&service.id)
                .at(value.masked_place().cloned())
                .section("keystone_authtoken")
                .option(&shown)
                .help(help)
        })
        .collect()
}

fn finding(service: &ServiceFacts, login: &Login, key: &str, place: Place, near: Option<&str>) -> Finding {
    let section = &login.section;
    let shown = crate::config::printable(key);
    let (message, help) = if login.holder != *section && is_plugin_option(key) {
        (
            format!("{shown} in [{section}] is not read: auth_section moves the login to [{}]", login.holder),
            "remove it, or remove auth_section".to_owned(),
        )
    } else {
        let message = format!("{} reads no {shown} in [{section}]", service.service.name);
        match near {
            Some(near) => (format!("{message}; did you mean {near}?"), format!("write {near}")),
            None => (message, "it can go".to_owned()),
        }
    };
    Finding::new(RULE.name, Severity::Note, message)
        .of(&service.service.id)
        .at(Some(place))
        .section(section)
        .option(&shown)
        .help(help)
}

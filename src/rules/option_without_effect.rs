//! `option-without-effect`

use super::lines::{Line, Unread, UnreadInLogin, is_plugin_option, services, unread_in_logins};
use super::{Context, Rule};
use crate::catalog;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Login;
use crate::text::{list, nearest};

pub(super) const RULE: Rule = Rule {
    name: "option-without-effect",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "nova/conf/service_token.py, keystonemiddleware/auth_token/_opts.py, keystoneauth1/loading: what is not registered is not read",
    needs_login: false,
    summary: "An option or section stands where nothing reads it.",
    why: "oslo.config ignores an unknown option without a word. Stock templates write several harmless ones, such as \
region_name and auth_strategy in [service_user], and [service_user] sections for services that never read one \
(glance, neutron, ironic, placement, …). With auth_section the login stands in another section, and the \
credentials beside it are not read.",
    fix: "Remove the line or the section.",
    example: "\
# bad
[service_user]
region_name = RegionOne

# good
[neutron]
region_name = RegionOne",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    services(context)
        .zip(unread_in_logins(context))
        .flat_map(|(service, lines)| {
            unread_section(service)
                .into_iter()
                .chain(unread_options(service, lines))
                .chain(unread_in_filter(service))
        })
        .collect()
}

/// `[service_user]` of a service that is no sender.
fn unread_section(service: &ServiceFacts) -> Option<Finding> {
    if service.service.kind.reads_service_user() || service.service.kind == catalog::ServiceKind::Other {
        return None;
    }
    let place = service.service.configuration.header("service_user")?;
    let sending = service.service.senders.iter().filter(|sender| sender.sends());
    let sections: Vec<String> = sending.map(|sender| format!("[{}]", sender.section)).collect();
    let names: Vec<&str> = sections.iter().map(String::as_str).collect();
    let what = match list(&names) {
        none if none.is_empty() => "it sends no service token".to_owned(),
        sections => format!("the service tokens that it sends are those of {sections}"),
    };
    let message = format!("{} never reads [service_user]: {what}", service.service.name);
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&service.service.id)
        .at(Some(place))
        .section("service_user")
        .help("the section can go");
    Some(finding)
}

fn unread_options(service: &ServiceFacts, lines: &[UnreadInLogin<'_>]) -> impl Iterator<Item = Finding> {
    lines
        .iter()
        .filter(|(_, _, why)| matches!(why, Unread::Unknown))
        .map(|(login, line, _)| finding(service, login, line))
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

fn finding(service: &ServiceFacts, login: &Login, line: &Line<'_>) -> Finding {
    let (section, shown) = (line.section, line.shown());
    let (message, help) = if login.holder != *section && is_plugin_option(line.key) {
        (
            format!("{shown} in [{section}] is not read: auth_section moves the login to [{}]", login.holder),
            "remove it, or remove auth_section",
        )
    } else {
        (format!("{} reads no {shown} in [{section}]", service.service.name), "it can go")
    };
    line.finding(RULE.name, Severity::Note, message).help(help)
}

//! `auth-type-unknown`

use super::logins::{Subject, faults};
use super::{Context, Rule};
use crate::catalog::{self, Version};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Fault, FaultKind};
use crate::text::nearest;

pub(super) const RULE: Rule = Rule {
    name: "auth-type-unknown",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/loading/base.py (NoMatchingPlugin), keystoneauth1/loading/conf.py",
    needs_login: false,
    summary: "auth_type names a plugin that keystoneauth1 does not have, or auth_section a section that cannot be used.",
    why: "Plugin names are compared byte by byte: Password is not password. A sender with an unknown plugin raises \
on every call; a receiver does not start. auth_section moves the whole login to another section, which must be \
one that the service itself reads a login from.",
    fix: "Write the plugin's exact name: password, v3password, v3applicationcredential, … For auth_section, name a \
section that holds a login of the same service, in the spelling the service uses (lower case).",
    example: "\
# bad
auth_type = Password

# good
auth_type = password",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    faults(context).iter().filter_map(|(subject, fault)| finding(subject, fault)).collect()
}

/// Which keystoneauth1 lacks the plugin, and what to do.
fn unknown(name: &str, keystoneauth: Version) -> (String, String) {
    const USUAL: &str = "set auth_type to password, v3password or v3applicationcredential";
    if let Some(plugin) = catalog::plugin(name) {
        let which = format!("keystoneauth1 {keystoneauth}");
        return (which, format!("{USUAL}: {name} came with keystoneauth1 {}", plugin.since()));
    }
    let near = nearest(name, catalog::plugin_names());
    let help = near.map_or_else(|| USUAL.to_owned(), |near| format!("did you mean {near}?"));
    ("keystoneauth1".to_owned(), help)
}

fn finding(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    let (message, help, option) = match &fault.kind {
        FaultKind::UnknownPlugin { name } => {
            let (which, help) = unknown(name, subject.service.service.in_force.keystoneauth);
            let message = format!("{which} has no auth plugin named {name:?}: {}", subject.consequence());
            (message, help, "auth_type")
        }
        FaultKind::Plugin { reason } => (
            format!(
                "auth_type = {} cannot work: {reason}; {}",
                subject.login.auth_type.as_deref().unwrap_or_default(),
                subject.consequence()
            ),
            "set auth_type to password, v3password or v3applicationcredential".to_owned(),
            "auth_type",
        ),
        FaultKind::UnknownSection { name } => (
            format!(
                "auth_section names [{name}], from which {} reads no login: {}",
                subject.service.service.name,
                subject.consequence()
            ),
            "name a section that the service logs in with, such as service_user or keystone_authtoken"
                .to_owned(),
            "auth_section",
        ),
        _ => return None,
    };
    let finding = Finding::new(RULE.name, subject.severity(), message)
        .of(subject.id())
        .at(fault.place.clone())
        .section(&subject.login.section)
        .option(option)
        .help(help);
    Some(finding)
}

//! `option-missing`

use super::logins::{Subject, Whose, faults};
use super::spelling::point_at;
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{Fault, FaultKind, Phase};

pub(super) const RULE: Rule = Rule {
    name: "option-missing",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystoneauth1/loading/_plugins/identity/{generic,v3}.py (when loading), keystone/api/auth.py (when logging in)",
    needs_login: false,
    summary: "A login lacks an option without which it cannot work.",
    why: "Some options are wanted when the plugin is loaded (auth_url; for the v3 plugins a domain beside each name; \
the secret of an application credential), others only when Keystone is asked (username, password, and for the \
plain password plugin the domains). The first kind stops a receiver from starting, the second shows only at \
the first request, which for nova may be days after the restart.",
    fix: "Add the option that is named. A domain is user_domain_name and project_domain_name (or the _id forms); \
on most clouds it is Default.",
    example: "\
# bad: Keystone answers 400, \"Expecting to find domain in user\"
[service_user]
auth_type = password
auth_url = https://keystone.example/identity
username = nova
password = …

# good
user_domain_name = Default
project_name = service
project_domain_name = Default",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    faults(context).iter().filter_map(|(subject, fault)| finding(subject, fault)).collect()
}

fn finding(subject: &Subject<'_>, fault: &Fault) -> Option<Finding> {
    let FaultKind::Missing { option, consequence } = fault.kind else { return None };
    let plugin = subject.login.auth_type.as_deref().unwrap_or_default();
    let holder = &subject.login.holder;
    let consequence = match (fault.phase, subject.whose) {
        (Phase::Load, Whose::Receiver) => {
            "the plugin does not load, and the service does not start".to_owned()
        }
        (_, Whose::Other(_)) => format!("{consequence}, and {}", subject.consequence()),
        _ => consequence.to_owned(),
    };
    let set = subject.login.settings.iter().find(|setting| setting.spec.name == option && setting.is_set());
    let (lacks, what) = match set {
        Some(_) => ("has an empty", option.to_owned()),
        None => ("lacks", label(option)),
    };
    let message = format!("[{holder}] {lacks} {what}, which auth_type = {plugin} needs: {consequence}");
    let finding = Finding::new(RULE.name, subject.severity(), message)
        .of(subject.id())
        .at(fault.place.clone())
        .section(holder)
        .option(option)
        .help(match set {
            Some(_) => format!("give {option} a value"),
            None => help(plugin, option, holder),
        });
    Some(if set.is_some() { finding } else { point_at(finding, subject.service, holder, option) })
}

fn help(plugin: &str, option: &str, holder: &str) -> String {
    if plugin == "v3applicationcredential" && option == "project_domain_name" {
        // With the domain Keystone would refuse the scope.
        return format!(
            "remove project_name from [{holder}]: an application credential brings its own project"
        );
    }
    format!("add {} to [{holder}]", label(option))
}

/// Where one of several options will do, all of them.
fn label(option: &str) -> String {
    match option {
        "user_domain_name" => "user_domain_name (or user_domain_id)".to_owned(),
        "project_domain_name" => "project_domain_name (or project_domain_id)".to_owned(),
        "username" => "username (or user_id)".to_owned(),
        "application_credential_id" => {
            "application_credential_id (or application_credential_name)".to_owned()
        }
        "access_token_endpoint" => "access_token_endpoint (or discovery_endpoint)".to_owned(),
        other => other.to_owned(),
    }
}

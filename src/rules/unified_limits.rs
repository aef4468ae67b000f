//! What `policy-role-missing` says of the logins to Keystone for quotas: oslo.limit
//! first looks at the service's endpoint, and the role for that counts on the system,
//! so no table of roles tells.
//!
//! Source: keystone `common/policies/endpoint.py`, oslo.limit `limit.py`.

use super::{policy_role_missing, together};
use crate::facts::ServiceFacts;
use crate::findings::{Finding, Severity};
use crate::keystone::{TokenFacts, TokenScope};
use crate::service::OtherLogin;
use crate::text::shell_word;

/// What the logins of `[oslo_limit]` lack.
pub(super) fn lacks(service: &ServiceFacts) -> Vec<Finding> {
    let logins = service.other_logins().filter(|(other, _)| other.purpose.section == "oslo_limit");
    let asking = logins.filter(|_| keeps_limits_in_keystone(service));
    asking.filter_map(|(other, state)| limit_finding(service, other, state.token()?)).collect()
}

/// Whether the section is used: nova's driver of quotas, glance's switch.
fn keeps_limits_in_keystone(service: &ServiceFacts) -> bool {
    let service = &service.service;
    let read = |section, name| service.configuration.get_named(&service.schema, section, name);
    let driver = read("quota", "driver");
    let unified = driver.is_some_and(|s| s.text() == Some("nova.quota.UnifiedLimitsDriver"));
    unified || read("DEFAULT", "use_keystone_limits").is_some_and(|switch| switch.bool() == Some(true))
}

fn limit_finding(service: &ServiceFacts, other: &OtherLogin, token: &TokenFacts) -> Option<Finding> {
    let has = |role: &str| token.roles.iter().any(|have| have.eq_ignore_ascii_case(role));
    let of_system = token.scope == TokenScope::System;
    if token.scope == TokenScope::Unscoped || has("admin") || (of_system && has("reader")) {
        return None;
    }
    let name = &service.service.name;
    let message = format!(
        "the user {} of [oslo_limit] in {name} may not look at endpoints: Keystone asks for admin, or for reader on \
         the system (identity:get_endpoint, identity:list_endpoints), so {name} reads no quota and every request that \
         needs one fails",
        token.user
    );
    let user = format!("--user {} --user-domain {}", shell_word(&token.user), shell_word(&token.user_domain));
    let command = format!("openstack role add {user} --system all reader");
    let (help, cure) = match (&token.application_credential, of_system) {
        (Some(_), _) => {
            ("log in with a password and system_scope = all, as a user with reader there".to_owned(), None)
        }
        (None, true) => (command.clone(), Some(command)),
        (None, false) => {
            let section = "in [oslo_limit] set system_scope = all in place of the project";
            (format!("{command}, and {section}"), Some(command))
        }
    };
    let places = std::iter::once((service.service.id.as_str(), other.login.user_place()));
    let finding = together(&policy_role_missing::RULE, Severity::Error, message, places)?;
    Some(finding.section("oslo_limit").option("username").help(help).cure(cure).likely())
}

//! `user-role-accepted`

use super::{Context, Rule, receivers};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;

/// Roles that deployments give to ordinary users, in lower case.
const USER_ROLES: [&str; 6] = ["member", "_member_", "reader", "user", "creator", "load-balancer_member"];

pub(super) const RULE: Rule = Rule {
    name: "user-role-accepted",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (process_request): any token with one of the roles is a service token",
    needs_login: false,
    summary: "service_token_roles names a role that ordinary users have.",
    why: "The middleware does not look at who holds the token, only at its roles. Where member or reader is accepted, \
every user of the cloud can present a token as a service's: cinder then lets them detach volumes behind nova's \
back, which is what CVE-2023-2088 was about, and expired tokens are honoured for them.",
    fix: "Accept only a role that nobody but service users has, usually service.",
    example: "\
# bad
[keystone_authtoken]
service_token_roles = service,member

# good
[keystone_authtoken]
service_token_roles = service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    receivers(context).filter_map(|(service, receiver)| finding(service, receiver)).collect()
}

fn finding(service: &ServiceFacts, receiver: &Receiver) -> Option<Finding> {
    let is_user_role = |role: &&String| USER_ROLES.contains(&role.to_lowercase().as_str());
    let roles: Vec<&str> = receiver.accepted.iter().filter(is_user_role).map(String::as_str).collect();
    if roles.is_empty() {
        return None;
    }
    let message = format!(
        "{} takes every token with the role {} for a service's, and ordinary users have that role",
        service.service.name,
        roles.join(" or ")
    );
    let finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(receiver.roles_setting.place())
        .section("keystone_authtoken")
        .option("service_token_roles")
        .help("accept only a role that nobody but service users has, usually service");
    Some(finding)
}

//! What `policy-role-missing` says of nova's login to ironic: who sees all nodes hangs
//! on the scope, on the project's name and on two options of ironic's own, so no table
//! of roles tells. All others see the nodes of their own project.
//!
//! Source: ironic `common/policy.py` (`SYSTEM_READER`, `service_role`),
//! `common/context.py`; enforced so since 24.0.0 (2024.1).

use super::{Context, policy_role_missing, together};
use crate::catalog::{Release, ServiceKind};
use crate::facts::ServiceFacts;
use crate::findings::{Finding, Severity};
use crate::keystone::{TokenFacts, TokenScope};
use crate::service::{OtherLogin, Service};

/// Logins of `[ironic]` that see no node but their project's, where ironic's own files
/// are there to say so.
pub(super) fn lacks(context: &Context<'_>) -> Vec<Finding> {
    let ironics = super::lines::services(context).filter(|facts| facts.service.kind == ServiceKind::Ironic);
    let Some(ironic) = ironics.map(|facts| &facts.service).find(|ironic| enforces(ironic)) else {
        return Vec::new();
    };
    let novas = super::lines::services(context).filter(|facts| facts.service.kind == ServiceKind::Nova);
    let found = novas.flat_map(|nova| {
        let logins = nova.other_logins().filter(|(other, _)| other.purpose.target == ServiceKind::Ironic);
        logins.filter_map(move |(other, state)| finding(ironic, nova, other, state.token()?))
    });
    found.collect()
}

/// Whether ironic's default policies are those that look at the scope.
fn enforces(ironic: &Service) -> bool {
    let since = Release::find("2024.1").map_or(0, Release::position);
    let setting = ironic.configuration.get_named(&ironic.schema, "oslo_policy", "enforce_new_defaults");
    ironic.in_force.release.position() >= since && setting.is_none_or(|setting| !setting.is_set())
}

fn finding(ironic: &Service, nova: &ServiceFacts, other: &OtherLogin, token: &TokenFacts) -> Option<Finding> {
    let has = |role: &str| token.roles.iter().any(|have| have.eq_ignore_ascii_case(role));
    let project = token.project()?;
    let read = |name| ironic.configuration.get_named(&ironic.schema, "DEFAULT", name);
    let elevated = read(ELEVATED).is_some_and(|setting| setting.bool() == Some(true));
    let trusted = read("rbac_service_project_name");
    let trusted = trusted.as_ref().and_then(|setting| setting.truthy_text()).unwrap_or_default();
    if token.scope == TokenScope::Unscoped || (elevated && has("service") && project == trusted) {
        return None;
    }
    let message = format!(
        "the user {} of [ironic] in {}, with the roles {} in the project {project}, sees no node but that project's: \
         ironic shows all to the system, and to the role service in the project {trusted} if {ELEVATED} is true",
        token.user,
        nova.service.name,
        token.roles.join(", "),
    );
    let mut todo: Vec<String> = Vec::new();
    if !has("service") {
        todo.push(super::grant_command(token, "service"));
    }
    if project != trusted {
        todo.push(format!("set rbac_service_project_name = {project} in [DEFAULT] of ironic"));
    }
    if !elevated {
        todo.push(format!("set {ELEVATED} = true in [DEFAULT] of ironic"));
    }
    let places = std::iter::once((nova.service.id.as_str(), other.login.user_place()));
    let finding = together(&policy_role_missing::RULE, Severity::Warning, message, places)?;
    let header = read(ELEVATED).and_then(|setting| setting.place());
    let header = header.or_else(|| ironic.configuration.header("DEFAULT"));
    let finding = finding.section("ironic").option("username").help(todo.join(", and "));
    Some(finding.see(header.as_ref(), "ironic's own word").of(&ironic.id).likely())
}

const ELEVATED: &str = "rbac_service_role_elevated_access";

//! `scope-missing`

use super::logins::{Subject, all};
use super::{Context, Rule};
use crate::facts::LoginState;
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::TokenScope;
use crate::service::{LoginPlan, Method, Scope};

pub(super) const RULE: Rule = Rule {
    name: "scope-missing",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystoneauth1/identity/v3/base.py; observed on Keystone 30.0",
    needs_login: false,
    summary: "A login asks for no project, domain or system, so its token carries no roles.",
    why: "Keystone accepts such a login and gives an unscoped token: no roles, no catalogue. As a service token it \
matches no receiver's service_token_roles. In [keystone_authtoken] every request fails with 500, because the \
middleware finds no identity endpoint. Only a user with a default project gets away with it. Offline this is a \
warning, since the user's default project cannot be seen; a login tells.",
    fix: "Add project_name and project_domain_name (on most clouds service and Default). With v3password the old \
tenant_name is not read.",
    example: "\
# bad
[service_user]
auth_type = password
username = nova
user_domain_name = Default

# good
project_name = service
project_domain_name = Default",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    all(context).iter().filter(|subject| asks_for_nothing(subject)).map(finding).collect()
}

fn asks_for_nothing(subject: &Subject<'_>) -> bool {
    match &subject.login.plan {
        LoginPlan::Ready(credential) => {
            credential.scope == Scope::None && matches!(credential.method, Method::Password { .. })
        }
        _ => false,
    }
}

fn finding(subject: &Subject<'_>) -> Finding {
    let holder = &subject.login.holder;
    let (severity, what) = match subject.state {
        LoginState::Ok(token) if token.scope == TokenScope::Unscoped => {
            (subject.severity(), "Keystone gave an unscoped token: no roles, no catalogue".to_owned())
        }
        LoginState::Ok(token) => (
            Severity::Note,
            format!("it works only by the user's default project ({})", token.project().unwrap_or("unnamed")),
        ),
        _ => (
            subject.severity().min(Severity::Warning),
            "unless the user has a default project, its token is unscoped and carries no roles".to_owned(),
        ),
    };
    let mut finding = Finding::new(
        RULE.name,
        severity,
        format!("[{holder}] asks for no project, domain or system scope: {what}"),
    )
    .of(subject.id())
    .at(subject.login.header.clone())
    .section(holder)
    .option("project_name")
    .help(format!("add project_name and project_domain_name to [{holder}]"));
    if severity == Severity::Warning {
        finding = finding.likely();
    }
    finding
}

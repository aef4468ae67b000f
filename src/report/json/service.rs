//! A service and its logins in the JSON report.

use serde::Serialize;
use serde_json::Value;

use crate::config::{mask, printable};
use crate::deployment::Packages;
use crate::facts::{LoginState, ServiceFacts};
use crate::keystone::TokenFacts;
use crate::report::probed::{self, Probed};
use crate::service::{FaultKind, Login, LoginPlan};

#[derive(Serialize)]
struct ServiceView<'r> {
    name: &'r str,
    id: &'r str,
    process: Option<&'static str>,
    method: Option<&'static str>,
    paths: &'r [String],
    release: &'static str,
    keystonemiddleware: String,
    packages: Vec<PackageView<'r>>,
    senders: Vec<SenderView<'r>>,
    receiver: Option<ReceiverView<'r>>,
    logins: Vec<OtherLoginView<'r>>,
    probes: Vec<Probed>,
}

#[derive(Serialize)]
struct OtherLoginView<'r> {
    section: &'static str,
    target: &'static str,
    auth_type: Option<&'r str>,
    login: LoginView,
}

#[derive(Serialize)]
struct PackageView<'r> {
    name: &'r str,
    version: &'r str,
    within: &'r str,
}

#[derive(Serialize)]
struct SenderView<'r> {
    section: &'static str,
    implicit: bool,
    sends: bool,
    auth_type: Option<&'r str>,
    login: LoginView,
}

#[derive(Serialize)]
struct ReceiverView<'r> {
    service_token_roles: &'r [String],
    service_token_roles_required: bool,
    delay_auth_decision: bool,
    login: LoginView,
    can_validate: Option<bool>,
    can_validate_from: Option<&'static str>,
}

#[derive(Serialize)]
struct LoginView {
    status: &'static str,
    auth_url: Option<String>,
    user: Option<String>,
    project: Option<String>,
    roles: Option<Vec<String>>,
    expires_at: Option<String>,
    identity: Option<String>,
    detail: Option<String>,
}

/// A service as the report has it.
pub(in crate::report) fn service(facts: &ServiceFacts) -> Value {
    // A struct of texts and numbers is a value whatever is in it.
    serde_json::to_value(service_view(facts)).unwrap_or_default()
}

fn service_view(facts: &ServiceFacts) -> ServiceView<'_> {
    let service = &facts.service;
    let senders = service.senders.iter().zip(&facts.senders).map(|(sender, state)| SenderView {
        section: sender.section,
        implicit: sender.implicit,
        sends: sender.sends(),
        auth_type: sender.login.auth_type.as_deref(),
        login: login(&sender.login, state),
    });
    let receiver =
        service.receiver.as_ref().zip(facts.receiver.as_ref()).map(|(receiver, known)| ReceiverView {
            service_token_roles: &receiver.accepted,
            service_token_roles_required: receiver.required,
            delay_auth_decision: receiver.deferred,
            login: login(&receiver.login, &known.login),
            can_validate: known.validation.can_validate(),
            can_validate_from: match known.validation {
                crate::facts::ValidationState::Assumed(_) => Some("assumed"),
                _ => known.validation.can_validate().map(|_| "observed"),
            },
        });
    let logins = facts.other_logins().map(|(other, state)| OtherLoginView {
        section: other.purpose.section,
        target: other.purpose.target.label(),
        auth_type: other.login.auth_type.as_deref(),
        login: login(&other.login, state),
    });
    ServiceView {
        name: &service.name,
        id: &service.id,
        process: service.process,
        method: service.method,
        paths: &service.paths,
        release: service.in_force.release.id,
        keystonemiddleware: service.in_force.keystonemiddleware.to_string(),
        packages: service.packages.as_deref().map(packages).unwrap_or_default(),
        senders: senders.collect(),
        receiver,
        logins: logins.collect(),
        probes: probed::of(facts),
    }
}

fn packages(found: &Packages) -> Vec<PackageView<'_>> {
    let all = found.service.iter().chain(&found.keystonemiddleware).chain(&found.keystoneauth);
    all.map(|p| PackageView { name: &p.name, version: &p.version, within: &p.within }).collect()
}

fn login(login: &Login, state: &LoginState) -> LoginView {
    let credential = match &login.plan {
        LoginPlan::Ready(credential) => Some(credential),
        _ => None,
    };
    let token = state.token();
    let (status, detail) = match state {
        LoginState::Ok(_) => ("ok", None),
        LoginState::Refused { status, detail } => {
            ("refused", Some(format!("Keystone answers {status}: {detail}")))
        }
        LoginState::Unreachable(fault) => ("unreachable", Some(fault.summary())),
        LoginState::Invalid(faults) => {
            let file = faults.iter().find_map(|fault| match &fault.kind {
                FaultKind::File(file) => Some(format!("over this session no request goes out: {file}")),
                _ => None,
            });
            let section = || "the section does not make a login that can work".to_owned();
            ("invalid", Some(file.unwrap_or_else(section)))
        }
        LoginState::Skipped { why } => ("skipped", Some(why.reason())),
    };
    let user = token.map(|t| t.user.clone()).or_else(|| credential?.user_label().map(str::to_owned));
    let project = token
        .and_then(|t| t.project().map(str::to_owned))
        .or_else(|| credential?.scope.project_label().map(str::to_owned));
    LoginView {
        status,
        auth_url: login.auth_url.as_deref().map(|url| printable(&mask(url, false))),
        user: user.map(|user| printable(&user)),
        project: project.map(|project| printable(&project)),
        roles: token.map(roles),
        expires_at: token.and_then(|t| t.expires_at.clone()),
        identity: credential.map(|credential| credential.identity()),
        detail,
    }
}

fn roles(token: &TokenFacts) -> Vec<String> {
    token.roles.iter().map(|role| printable(role)).collect()
}

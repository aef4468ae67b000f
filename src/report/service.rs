//! All there is to say of a service and its logins: what the JSON report writes and
//! reads back. Like the shapes of `json`, this is published: fields may be added, none
//! renamed or removed.

use serde::{Deserialize, Serialize};

use super::probed::{self, Probed};
use crate::config::{mask, printable};
use crate::deployment::{Package, Packages};
use crate::facts::{LoginState, ServiceFacts, ValidationState};
use crate::keystone::TokenFacts;
use crate::service::{FaultKind, Login, LoginPlan};

/// A service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ServiceView {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) process: Option<String>,
    pub(super) method: Option<String>,
    pub(super) paths: Vec<String>,
    pub(super) release: String,
    pub(super) keystonemiddleware: String,
    pub(super) packages: Vec<PackageView>,
    pub(super) senders: Vec<SenderView>,
    pub(super) receiver: Option<ReceiverView>,
    pub(super) logins: Vec<OtherLoginView>,
    pub(super) probes: Vec<Probed>,
    /// Only in a report of several hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) host: Option<String>,
}

/// A login to another service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct OtherLoginView {
    pub(super) section: String,
    pub(super) target: String,
    pub(super) auth_type: Option<String>,
    pub(super) login: LoginView,
}

/// A package found installed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PackageView {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) within: String,
}

/// A sender of service tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SenderView {
    pub(super) section: String,
    pub(super) implicit: bool,
    pub(super) sends: bool,
    pub(super) auth_type: Option<String>,
    pub(super) login: LoginView,
}

/// A receiver of service tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ReceiverView {
    pub(super) service_token_roles: Vec<String>,
    pub(super) service_token_roles_required: bool,
    pub(super) delay_auth_decision: bool,
    pub(super) login: LoginView,
    pub(super) can_validate: Option<bool>,
    pub(super) can_validate_from: Option<String>,
}

/// A login and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LoginView {
    pub(super) status: LoginStatus,
    pub(super) auth_url: Option<String>,
    pub(super) user: Option<String>,
    pub(super) project: Option<String>,
    pub(super) roles: Option<Vec<String>>,
    pub(super) expires_at: Option<String>,
    pub(super) identity: Option<String>,
    pub(super) detail: Option<String>,
}

/// What became of a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum LoginStatus {
    Ok,
    Refused,
    Unreachable,
    Invalid,
    Skipped,
}

impl ServiceView {
    /// All logins of the service, whatever they are for.
    pub(super) fn all_logins(&self) -> impl Iterator<Item = &LoginView> {
        let senders = self.senders.iter().map(|sender| &sender.login);
        let receiver = self.receiver.iter().map(|receiver| &receiver.login);
        senders.chain(receiver).chain(self.logins.iter().map(|other| &other.login))
    }
}

/// A service of this run.
pub(super) fn service(facts: &ServiceFacts) -> ServiceView {
    let service = &facts.service;
    let senders = service.senders.iter().zip(&facts.senders).map(|(sender, state)| SenderView {
        section: sender.section.to_owned(),
        implicit: sender.implicit,
        sends: sender.sends(),
        auth_type: sender.login.auth_type.clone(),
        login: login(&sender.login, state),
    });
    let receiver =
        service.receiver.as_ref().zip(facts.receiver.as_ref()).map(|(receiver, known)| ReceiverView {
            service_token_roles: receiver.accepted.clone(),
            service_token_roles_required: receiver.required,
            delay_auth_decision: receiver.deferred,
            login: login(&receiver.login, &known.login),
            can_validate: known.validation.can_validate(),
            can_validate_from: match known.validation {
                ValidationState::Assumed(_) => Some("assumed".to_owned()),
                _ => known.validation.can_validate().map(|_| "observed".to_owned()),
            },
        });
    let logins = facts.other_logins().map(|(other, state)| OtherLoginView {
        section: other.purpose.section.to_owned(),
        target: other.purpose.target.label().to_owned(),
        auth_type: other.login.auth_type.clone(),
        login: login(&other.login, state),
    });
    ServiceView {
        name: service.name.clone(),
        id: service.id.clone(),
        process: service.process.map(str::to_owned),
        method: service.method.map(str::to_owned),
        paths: service.paths.clone(),
        release: service.in_force.release.id.to_owned(),
        keystonemiddleware: service.in_force.keystonemiddleware.to_string(),
        packages: service.packages.as_deref().map(packages).unwrap_or_default(),
        senders: senders.collect(),
        receiver,
        logins: logins.collect(),
        probes: probed::of(facts),
        host: None,
    }
}

/// What was found installed.
pub(super) fn packages(found: &Packages) -> Vec<PackageView> {
    let all = found.service.iter().chain(&found.keystonemiddleware).chain(&found.keystoneauth);
    let view = |p: &Package| PackageView {
        name: p.name.clone(),
        version: p.version.clone(),
        within: p.within.clone(),
    };
    all.map(view).collect()
}

fn login(login: &Login, state: &LoginState) -> LoginView {
    let credential = match &login.plan {
        LoginPlan::Ready(credential) => Some(credential),
        _ => None,
    };
    let token = state.token();
    let (status, detail) = match state {
        LoginState::Ok(_) => (LoginStatus::Ok, None),
        LoginState::Refused { status, detail } => {
            (LoginStatus::Refused, Some(format!("Keystone answers {status}: {detail}")))
        }
        LoginState::Unreachable(fault) => (LoginStatus::Unreachable, Some(fault.summary())),
        LoginState::Invalid(faults) => {
            let file = faults.iter().find_map(|fault| match &fault.kind {
                FaultKind::File(file) => Some(format!("over this session no request goes out: {file}")),
                _ => None,
            });
            let section = || "the section does not make a login that can work".to_owned();
            (LoginStatus::Invalid, Some(file.unwrap_or_else(section)))
        }
        LoginState::Skipped { why } => (LoginStatus::Skipped, Some(why.reason())),
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

//! `role-not-accepted`

use super::lines::comment_in;
use super::{Context, Rule};
use crate::catalog::{ServiceKind, token_policy};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::{LoginPlan, Receiver};
use crate::text::nearest;
use crate::trust::{Row, Verdict};

pub(super) const RULE: Rule = Rule {
    name: "role-not-accepted",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (process_request), cinder/volume/api.py (is_service_request), ironic/common/keystone.py (get_service_auth)",
    needs_login: true,
    summary: "None of the roles in a sender's token is in the receiver's service_token_roles.",
    why: "The middleware compares role names byte by byte: Service is not service. Where the role is required (the \
default from keystonemiddleware 13, 2026.2), every call with the token gets 401, even with a valid user token. \
Where it is not, the call passes as a plain user's: long operations die when the user's token expires, and \
cinder answers 409 to detaching a volume. The role admin does not imply service. ironic needs no switch: with each \
user's token that it hands on goes one of the login in [cinder], [neutron] or [glance].",
    fix: "Grant the sender's user a role that the receiver accepts, in the project it logs in to, or, if the receiver's \
list is wrong, correct service_token_roles there. The list replaces the default, it does not add to it.",
    example: "\
# bad: nova's user has only admin
[keystone_authtoken]
service_token_roles = service

# good: grant the role
openstack role add --user nova --user-domain Default \\
  --project service --project-domain Default service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let rows = context.matrix.rows.iter();
    rows.filter(|row| row.used == Some(true))
        .filter(|row| matches!(row.judgement.verdict, Verdict::Rejected | Verdict::Ignored))
        .flat_map(|row| findings(context, row))
        .collect()
}

/// One finding per receiver of the row, at the receiver's list.
fn findings(context: &Context<'_>, row: &Row) -> Vec<Finding> {
    let services = &context.facts.services;
    row.receivers.iter().filter_map(|&receiver| finding(context, row, &services[receiver])).collect()
}

fn finding(context: &Context<'_>, row: &Row, receiver_service: &ServiceFacts) -> Option<Finding> {
    let sender_service = &context.facts.services[*row.senders.first()?];
    let receiver = receiver_service.service.receiver.as_ref()?;
    let index = sender_service
        .service
        .senders
        .iter()
        .position(|sender| sender.section == row.section && sender.implicit == row.implicit)?;
    let granted = match sender_service.senders[index].token() {
        Some(token) => token.roles.clone(),
        None => context.facts.assumed_roles.clone().unwrap_or_default(),
    };
    let setting = &receiver.roles_setting;
    let place = setting.place().or_else(|| receiver.header.clone());
    let sender = &sender_service.service.senders[index];
    let mut finding = Finding::new(
        RULE.name,
        severity(row, sender_service, receiver_service),
        row.judgement.reason.clone(),
    )
    .of(&receiver_service.service.id)
    .at(place)
    .section("keystone_authtoken")
    .option("service_token_roles")
    .help(help(sender_service, index, receiver, &granted))
    .cure(cure(sender_service, index, receiver).filter(|_| !is_list_s_fault(receiver, &granted)))
    .see(sender.login.user_place().as_ref(), format!("{} logs in here", row.sender_name));
    for &sender in &row.senders {
        finding = finding.of(&context.facts.services[sender].service.id);
    }
    Some(finding)
}

/// What a plain user's call breaks is worst at cinder, at nova called by cinder,
/// and where a policy asks for the token.
fn severity(row: &Row, sender: &ServiceFacts, receiver: &ServiceFacts) -> Severity {
    let at_cinder = receiver.service.kind == ServiceKind::Cinder;
    let nova_from_cinder = receiver.service.kind == ServiceKind::Nova && row.sender_name == "cinder";
    let (from, to) = (&sender.service, &receiver.service);
    let by_policy = token_policy(from.kind, row.section, to.kind, to.in_force.release).is_some();
    if row.judgement.verdict == Verdict::Rejected || at_cinder || nova_from_cinder || by_policy {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn help(sender: &ServiceFacts, index: usize, receiver: &Receiver, granted: &[String]) -> String {
    let Some(role) = receiver.accepted.first() else {
        return "name the role in service_token_roles; an empty list accepts nobody".to_owned();
    };
    if is_list_s_fault(receiver, granted) {
        let names = names(&receiver.accepted);
        let other_case = |name: &&&str| name.eq_ignore_ascii_case("service");
        return if names.contains(&"service") {
            format!("write nothing but names between commas: service_token_roles = {}", names.join(","))
        } else if let Some(name) = names.iter().find(other_case) {
            let names: Vec<&str> = names.iter().map(|n| if n == name { "service" } else { *n }).collect();
            format!(
                "{name} is not service, since role names are compared byte by byte: service_token_roles = {}",
                names.join(",")
            )
        } else {
            let names = [names.as_slice(), &["service"]].concat();
            format!("accept service too: service_token_roles = {}", names.join(","))
        };
    }
    let near = granted.iter().find_map(|have| {
        let accepted = nearest(have, receiver.accepted.iter().map(String::as_str))?;
        Some(format!("{have} is not {accepted}, since role names are compared byte by byte; "))
    });
    let login = &sender.service.senders[index].login;
    let grant = match (sender.senders[index].token(), &login.plan) {
        (Some(token), _) => super::grant_command(token, role),
        (None, LoginPlan::Ready(credential)) => super::grant_by_file(credential, role, &login.section),
        (None, _) => format!("grant {role} to the user that [{}] logs in as", login.section),
    };
    format!("{}{grant}", near.unwrap_or_default())
}

/// Whether the sender has the role service and the receiver's list leaves it out: no
/// other role is to be granted then.
fn is_list_s_fault(receiver: &Receiver, granted: &[String]) -> bool {
    let has_service = |roles: &[String]| roles.iter().any(|role| role == "service");
    has_service(granted) && !has_service(&receiver.accepted)
}

/// The names in a list. What is no name but the syntax of another list, or a comment
/// behind a value, is left out.
fn names(accepted: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let cleaned = accepted.iter().map(|role| {
        let comment = comment_in(role).map_or(0, str::len);
        role[..role.len() - comment].trim_matches(|c: char| c.is_whitespace() || "[]{}()'\";".contains(c))
    });
    for name in cleaned {
        if !name.is_empty() && !name.starts_with(['#', ';']) && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// The command that grants the role, where a login has told to whom.
fn cure(sender: &ServiceFacts, index: usize, receiver: &Receiver) -> Option<String> {
    let command = super::grant_command(sender.senders[index].token()?, receiver.accepted.first()?);
    command.starts_with("openstack ").then_some(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cure_repeats_no_comment_and_no_other_syntax() {
        let of = |roles: &[&str]| {
            let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
            names(&roles).join(",")
        };
        assert_eq!(of(&["admin", "svc # since May"]), "admin,svc");
        assert_eq!(of(&["[\"service\"]"]), "service");
        assert_eq!(of(&["['admin'", "'service']", "# x"]), "admin,service");
    }
}

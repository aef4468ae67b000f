//! `role-list-malformed`

use super::lines::comment_in;
use super::{Context, Rule, receivers};
use crate::catalog::ServiceKind;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;
use crate::trust::Verdict;

pub(super) const RULE: Rule = Rule {
    name: "role-list-malformed",
    severity: Severity::Error,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "oslo_config/types.py (List splits at commas and nowhere else), keystonemiddleware/auth_token/__init__.py",
    needs_login: false,
    summary: "service_token_roles is empty, or holds a name that looks like the syntax of another list.",
    why: "The list is split at commas, and what stands between them is compared with role names byte by byte. A Python \
or JSON list keeps its brackets and inner quotes, names between blanks or semicolons are one name, and the \
role is then called [\"service\"] or service admin, which nobody has. An empty list accepts nobody.",
    fix: "Write the names between commas: service_token_roles = service,admin. To accept the default, remove the line.",
    example: "\
# bad
[keystone_authtoken]
service_token_roles = ['service', 'admin']

# good
[keystone_authtoken]
service_token_roles = service,admin",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    receivers(context).filter_map(|(service, receiver)| finding(context, service, receiver)).collect()
}

fn finding(context: &Context<'_>, service: &ServiceFacts, receiver: &Receiver) -> Option<Finding> {
    let (severity, message) = if is_empty(receiver) {
        if is_judged(context, &service.service.id) {
            return None;
        }
        (
            empty_severity(service, receiver),
            "service_token_roles is empty, so no service token is accepted at all".to_owned(),
        )
    } else {
        let odd: Vec<String> = receiver
            .accepted
            .iter()
            .filter(|role| is_odd(role) && !has_comment(role))
            .map(|role| format!("{role:?}"))
            .collect();
        if odd.is_empty() {
            return None;
        }
        (
            Severity::Warning,
            format!("service_token_roles accepts a role named {}", odd.join(" and one named ")),
        )
    };
    let finding = Finding::new(RULE.name, severity, message)
        .of(&service.service.id)
        .at(receiver.roles_setting.place().or_else(|| receiver.header.clone()))
        .section("keystone_authtoken")
        .option("service_token_roles")
        .help("write the names between commas, such as service,admin");
    Some(if is_empty(receiver) { finding } else { finding.likely() })
}

/// As a verdict would weigh it: without the role required only cinder's refusals
/// are sure to be seen.
fn empty_severity(service: &ServiceFacts, receiver: &Receiver) -> Severity {
    if receiver.required || service.service.kind == ServiceKind::Cinder {
        Severity::Error
    } else {
        Severity::Warning
    }
}

fn is_empty(receiver: &Receiver) -> bool {
    receiver.accepted.is_empty() && !receiver.roles_setting.is_invalid()
}

/// Where a verdict comes from the roles, that verdict's rule says it better.
fn is_judged(context: &Context<'_>, id: &str) -> bool {
    let is_it = |&index: &usize| context.facts.services[index].service.id == id;
    context.matrix.rows.iter().any(|row| {
        let by_roles = matches!(row.judgement.verdict, Verdict::Rejected | Verdict::Ignored);
        row.used == Some(true) && by_roles && row.receivers.iter().any(is_it)
    })
}

/// What looks like a comment is another rule's.
fn has_comment(role: &str) -> bool {
    comment_in(role).is_some_and(|comment| comment.starts_with('#'))
}

/// Brackets, quotes, blanks and semicolons belong to other kinds of lists.
fn is_odd(role: &str) -> bool {
    role.is_empty() || role.chars().any(|c| c.is_whitespace() || "[]{}()'\";".contains(c))
}

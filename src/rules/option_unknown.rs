//! `option-unknown`

use super::lines::{Unread, unread_in_logins};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "option-unknown",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_opts.py, keystoneauth1/loading: what is not registered is not read",
    needs_login: false,
    summary: "A line sets no option, and there is one of nearly that name that nobody sets.",
    why: "oslo.config ignores an unknown option without a word, so a misspelt one looks as if it were set while the \
real one keeps its default. Where the = is missing, everything up to a colon further right is taken for the name: \
`auth_url http://keystone` sets an option called `auth_url http`.",
    fix: "Write the name that the service reads, and an = behind it.",
    example: "\
# bad
[keystone_authtoken]
service_token_role = service

# good
[keystone_authtoken]
service_token_roles = service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (_, line, why) in unread_in_logins(context).iter().flatten() {
        let name = &line.service.service.name;
        let (message, help, fix) = match why {
            Unread::Near(near) => (
                format!("{name} reads no {} in [{}]; did you mean {near}?", line.shown(), line.section),
                format!("write {near}"),
                line.renamed(near),
            ),
            Unread::NoSeparator(meant) => (
                format!("{meant} in [{}] is not set here: there is no = behind the name", line.section),
                format!("write {meant} = and the value"),
                None,
            ),
            Unread::Dashes(_) | Unread::Case(_) | Unread::Unknown => continue,
        };
        findings.push(line.finding(RULE.name, Severity::Warning, message).help(help).fix(fix).likely());
    }
    findings
}

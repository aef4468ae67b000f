//! One file per rule: what it looks for, why it matters, how to fix it, and its
//! check. Facts in, findings out; no rule reads a file, asks a server or prints.

mod ambiguous_syntax;
mod auth_type_missing;
mod auth_type_unknown;
mod authtoken_missing;
mod config_unparsable;
mod keystone_unreachable;
mod login_refused;
mod logins;
mod option_missing;
mod option_without_effect;
mod receiver_cannot_validate;
mod role_not_accepted;
mod scope_missing;
mod send_token_disabled;
mod value_invalid;

use crate::facts::Facts;
use crate::findings::{Confidence, Finding, Severity};
use crate::keystone::{TokenFacts, TokenScope};
use crate::text::shell_word;
use crate::trust::Matrix;

/// A rule and its documentation.
#[derive(Debug)]
pub struct Rule {
    /// Its name, which reads well after "ignore".
    pub name: &'static str,
    /// The worst severity it reports.
    pub severity: Severity,
    /// How sure its findings usually are.
    pub confidence: Confidence,
    /// The version of this program that brought it.
    pub since: &'static str,
    /// Where the behaviour it rests on is defined.
    pub source: &'static str,
    /// Whether it needs a live login.
    pub needs_login: bool,
    /// What it looks for: one sentence.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// How to fix it.
    pub fix: &'static str,
    /// A bad and a good example.
    pub example: &'static str,
    /// Looks at the facts.
    pub check: fn(&Context<'_>) -> Vec<Finding>,
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'f> {
    /// The services and their logins.
    pub facts: &'f Facts,
    /// The verdicts.
    pub matrix: &'f Matrix,
}

/// Every rule, in the order in which they are documented.
pub const RULES: &[&Rule] = &[
    &send_token_disabled::RULE,
    &auth_type_missing::RULE,
    &auth_type_unknown::RULE,
    &option_missing::RULE,
    &scope_missing::RULE,
    &value_invalid::RULE,
    &config_unparsable::RULE,
    &authtoken_missing::RULE,
    &role_not_accepted::RULE,
    &login_refused::RULE,
    &keystone_unreachable::RULE,
    &receiver_cannot_validate::RULE,
    &option_without_effect::RULE,
    &ambiguous_syntax::RULE,
];

/// A rule by name.
pub fn find(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}

/// Runs rules and brings their findings together: what several services share
/// is one finding, the worst come first.
pub fn check(context: &Context<'_>, selected: impl Fn(&Rule) -> bool) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES.iter().filter(|rule| selected(rule)) {
        for finding in (rule.check)(context) {
            merge(&mut findings, finding);
        }
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings
}

fn merge(findings: &mut Vec<Finding>, finding: Finding) {
    let known = findings.iter_mut().rev().find(|known| known.same_as(&finding) && known.place.is_some());
    match known {
        Some(known) => {
            let merged = finding.services.iter().fold(known.clone(), |merged, service| merged.of(service));
            *known = merged;
        }
        None => findings.push(finding),
    }
}

/// The command that grants a role where the token was scoped to.
fn grant_command(token: &TokenFacts, role: &str) -> String {
    let user = format!("--user {} --user-domain {}", shell_word(&token.user), shell_word(&token.user_domain));
    let role = shell_word(role);
    match &token.scope {
        TokenScope::Project { name, domain } => format!(
            "openstack role add {user} --project {} --project-domain {} {role}",
            shell_word(name),
            shell_word(domain)
        ),
        TokenScope::Domain(name) => format!("openstack role add {user} --domain {} {role}", shell_word(name)),
        TokenScope::System => format!("openstack role add {user} --system all {role}"),
        TokenScope::Unscoped => format!("set a project in the section, and grant {role} there"),
    }
}

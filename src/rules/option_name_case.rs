//! `option-name-case`

use super::lines::{Unread, misnamed};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "option-name-case",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/cfg.py: only section names are lower-cased",
    needs_login: false,
    summary: "An option is written with capitals, and oslo.config compares names byte by byte.",
    why: "Section names may be written in any case, option names may not. oslo.config ignores Auth_Url without a word, \
and the option keeps its default.",
    fix: "Write the name in lower case.",
    example: "\
# bad
[service_user]
Username = nova

# good
[service_user]
username = nova",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, why) in misnamed(context) {
        let Unread::Case(meant) = why else { continue };
        let name = meant.name;
        let message = format!(
            "{} in [{}] is not read: case counts, and the name is {name}",
            line.shown(),
            line.section
        );
        let finding = line.finding(RULE.name, meant.severity, message).help(format!("write {name}"));
        findings.push(finding.fix(meant.fix(line)));
    }
    findings
}

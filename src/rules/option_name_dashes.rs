//! `option-name-dashes`

use super::lines::{Unread, misnamed};
use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "option-name-dashes",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/cfg.py: options are looked up by dest, which has underscores",
    needs_login: false,
    summary: "An option is written with dashes, and oslo.config reads the name with underscores only.",
    why: "On the command line options have dashes, in a file they have underscores. oslo.config ignores auth-url \
without a word, and the option keeps its default. Only a few old names, such as user-name, are read with a dash.",
    fix: "Write the name with underscores.",
    example: "\
# bad
[service_user]
send-service-user-token = true

# good
[service_user]
send_service_user_token = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (line, why) in misnamed(context) {
        let Unread::Dashes(meant) = why else { continue };
        let name = meant.name;
        let message = format!(
            "{} in [{}] is not read: oslo.config reads {name}, with underscores",
            line.shown(),
            line.section
        );
        let finding = line.finding(RULE.name, meant.severity, message).help(format!("write {name}"));
        findings.push(finding.fix(meant.fix(line)));
    }
    findings
}

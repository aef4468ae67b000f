//! `byte-order-mark`

use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "byte-order-mark",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/iniparser.py: U+FEFF is an ordinary character of the first line",
    needs_login: false,
    summary: "The file begins with a byte-order mark, so the service does not start.",
    why: "Editors on Windows write three invisible bytes (EF BB BF) at the start of a file. oslo.config takes them for \
part of the first line, which is then no section and no comment, and refuses the file with a message that names \
a line which looks right.",
    fix: "Save the file as UTF-8 without a byte-order mark, or run: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE",
    example: "\
# bad: the three bytes EF BB BF stand before the bracket
[service_user]
username = nova

# good: the bracket is the first byte of the file
[service_user]
username = nova",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in &context.facts.services {
        let Some(failure) = service.service.configuration.failure().filter(|failure| failure.is_of_mark())
        else {
            continue;
        };
        let message = "oslo.config refuses the file: it begins with a byte-order mark (EF BB BF), which is invisible and part of its first line; the service does not start";
        findings.push(
            Finding::new(RULE.name, Severity::Error, message)
                .of(&service.service.id)
                .at(Some(Place::of_line(&failure.file, 1)))
                .help("save the file as UTF-8 without a byte-order mark"),
        );
    }
    findings
}

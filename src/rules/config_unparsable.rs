//! `config-unparsable`

use super::{Context, Rule};
use crate::config::{Instead, LoadFailure, LoadProblem};
use crate::findings::{Confidence, Finding, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "config-unparsable",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/iniparser.py, oslo_config/cfg.py (ConfigParser)",
    needs_login: false,
    summary: "oslo.config refuses the file, so the service does not start.",
    why: "One line that does not parse, in any section, stops the whole service at its next restart; so does a byte \
that is not UTF-8, even in a comment. The running process goes on with the old file, \
which is why such an error is often found at the worst moment. The line itself is not shown, since it could be \
part of a password.",
    fix: "Mend the line that is named. A comment begins in the first column; nothing may follow a section's ]; a \
line that begins with a blank continues the option above it.",
    example: "\
# bad
[service_user]  # who nova is
send_service_user_token true

# good
# who nova is
[service_user]
send_service_user_token = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter();
    let mut findings = Vec::new();
    for service in services {
        // A byte-order mark has a rule that says it better.
        let failure = service.service.configuration.failure().filter(|failure| !failure.is_of_mark());
        findings.extend(failure.map(|failure| finding(failure).of(&service.service.id)));
    }
    findings
}

fn finding(failure: &LoadFailure) -> Finding {
    let (message, help) = match &failure.problem {
        LoadProblem::Refused(refusal) => {
            let help = match failure.instead() {
                Some(Instead::Template) => "check the file that the template gives, not the template",
                Some(Instead::Vault) => "decrypt it: ansible-vault has encrypted the file",
                None => refusal.kind.help(),
            };
            (format!("oslo.config refuses the file: {}", refusal.kind), help)
        }
        LoadProblem::NotUtf8 { line } => (
            format!("oslo.config refuses the file: line {line} is not UTF-8 text"),
            "save the file as UTF-8, or remove the characters that are not",
        ),
        LoadProblem::IsDirectory => (
            "oslo.config refuses the directory: a name that ends in .conf is read as a file".to_owned(),
            "rename the directory so that it does not end in .conf",
        ),
        LoadProblem::OwnConfigFile { .. } => (
            "oslo.config raises: config_file in [DEFAULT] of a file breaks the reading of the next one"
                .to_owned(),
            "remove config_file: files are named on the command line only",
        ),
        LoadProblem::OwnShellCompletion { .. } => (
            "oslo.config exits: shell_completion in [DEFAULT] is its own option and takes only bash and zsh"
                .to_owned(),
            "remove shell_completion: it is for the command line only",
        ),
        LoadProblem::OwnReference { line: None, problem } => (
            format!("oslo.config takes the $ in this path for a reference, and {problem}"),
            "give the service a path without a $",
        ),
        LoadProblem::OwnReference { line: Some(_), problem } => (
            format!("oslo.config raises over an option of its own: {problem}"),
            "remove the option: it is for the command line only",
        ),
        LoadProblem::Paste(problem) => (format!("PasteDeploy refuses the file: {problem}"), problem.help()),
    };
    let place = match failure.problem.line() {
        Some(line) => Place::of_line(&failure.file, line),
        None => Place::of_file(&failure.file),
    };
    Finding::new(RULE.name, Severity::Error, format!("{message}; the service does not start"))
        .at(Some(place))
        .help(help)
}

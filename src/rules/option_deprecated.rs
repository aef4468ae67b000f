//! `option-deprecated`

use super::lines::{Line, parts};
use super::{Context, Rule};
use crate::catalog;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "option-deprecated",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_opts.py, keystoneauth1/loading (deprecated names), oslo_config/cfg.py",
    needs_login: false,
    summary: "An option is set under an old name, which is still read.",
    why: "Old names work as long as the libraries carry them. They have an order of their own: in one file the \
current name beats an old one wherever the two stand, but an old name in a later file beats the current one in \
an earlier file. A $name in a value and the environment do not know old names.",
    fix: "Write the current name.",
    example: "\
# bad
[service_user]
tenant_name = service

# good
[service_user]
project_name = service",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    parts(context).iter().flatten().flat_map(|part| &part.strange).filter_map(finding).collect()
}

fn finding(line: &Line<'_>) -> Option<Finding> {
    let option = line.option().filter(|option| option.name != line.key)?;
    // What is dropped by now, or soon, is another rule's.
    if line.section == "keystone_authtoken" && catalog::authtoken_removed(line.key).is_some() {
        return None;
    }
    let (old, new, section) = (line.shown(), option.name, line.section);
    let beside = line.layer.entries(section).iter().rfind(|entry| line.layer.is_named(entry, new));
    let finding = match beside {
        Some(current) => {
            let message = format!("{old} in [{section}] is not read: {new} stands in the same file");
            let place = line.layer.key_place(current, option.secret);
            line.finding(RULE.name, Severity::Note, message)
                .see(Some(&place), "this one is read")
                .help(format!("keep one of the two, under the name {new}"))
        }
        None => {
            let message = format!("{old} in [{section}] is an old name of {new}, and still read");
            line.finding(RULE.name, Severity::Note, message)
                .help(format!("write {new}"))
                .fix(line.renamed(new))
        }
    };
    Some(finding)
}

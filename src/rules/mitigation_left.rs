//! `mitigation-left`

use super::{Context, Rule};
use crate::deployment::Policy;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};

/// The policies that were tightened, one for each way to end an attachment.
pub const DETACH_POLICIES: [&str; 4] = [
    "volume:attachment_delete",
    "volume_extension:volume_actions:detach",
    "volume_extension:volume_actions:terminate_connection",
    "volume_extension:volume_admin_actions:force_detach",
];

pub(super) const RULE: Rule = Rule {
    name: "mitigation-left",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "OSSN-0092; cinder/volume/api.py (attachment_deletion_allowed)",
    needs_login: false,
    summary: "cinder's policies still hold what was advised before the fix for CVE-2023-2088 could be installed.",
    why: "As a stopgap, OSSN-0092 closed four of cinder's calls to everybody but services. The fix makes cinder tell \
a harmful call from a harmless one by itself. With the policies left in place users get 403 where nothing was to be \
protected: when they remove an attachment that no server has, or a script of theirs cleans up. Whether the fix is \
installed is not looked at; every cinder since 2023.2 has it.",
    fix: "Remove the policies that are named, and a rule is_service that nothing else uses, from cinder's policy file. \
cinder reads it anew by itself.",
    example: "\
# bad
\"volume:attachment_delete\": \"rule:xena_system_admin_or_project_member and rule:is_service\"

# good: no such line, so cinder's default counts",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    context.facts.services.iter().filter_map(finding).collect()
}

/// One finding for a service, at the first of them.
fn finding(service: &ServiceFacts) -> Option<Finding> {
    let left: Vec<&Policy> =
        service.service.detach_policies.iter().filter(|policy| is_closed(policy)).collect();
    let first = left.first()?;
    let names: Vec<&str> = left.iter().map(|policy| policy.name.as_str()).collect();
    let place = |policy: &Policy| Place::of_line(&policy.file, policy.line);
    let message = format!(
        "cinder's policies let only services end an attachment, as before the fix for CVE-2023-2088: users get 403 ({})",
        names.join(", ")
    );
    let mut finding = Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .at(Some(place(first)))
        .help("remove them: cinder itself protects what is in use")
        .likely();
    left[1..].iter().for_each(|policy| finding.is_also_at(place(policy), "and here"));
    Some(finding)
}

/// Whether a policy asks for a service, or lets nobody through.
fn is_closed(policy: &Policy) -> bool {
    let check = policy.check.trim();
    check == "!"
        || check.contains("is_service")
        || check.contains("role:service")
        || check.contains("service_user_id:")
}

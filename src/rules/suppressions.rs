//! The findings about suppressions and the baseline. They are made where
//! suppressions are applied, after all rules; here stands their documentation.

use super::{Context, Rule};
use crate::findings::{Confidence, Finding, Severity};

const SOURCE: &str = "this program";

const EXAMPLE: &str = "\
# nova-token-check: ignore[roles-differ] until=2027-03-31 cinder follows in March
service_token_roles = service,admin";

pub(super) const UNUSED: Rule = Rule {
    name: "suppression-unused",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: SOURCE,
    needs_login: false,
    summary: "A suppression in a comment suppresses nothing, or is not understood.",
    why: "A suppression that outlives its reason hides the next fault of the same kind. It holds only in a comment \
line of its own right above an option or a section header, and is reported as unused only if its rule ran.",
    fix: "Remove the comment, or move it right above the line it is meant for.",
    example: EXAMPLE,
    check: nothing,
};

pub(super) const EXPIRED: Rule = Rule {
    name: "suppression-expired",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: SOURCE,
    needs_login: false,
    summary: "A suppression's last day has passed, and its finding counts again.",
    why: "A date on a suppression is a promise to mend the cause by then. The last day is part of it, in UTC.",
    fix: "Mend the cause, or set a new date.",
    example: EXAMPLE,
    check: nothing,
};

pub(super) const UNKNOWN_RULE: Rule = Rule {
    name: "suppression-unknown-rule",
    severity: Severity::Warning,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: SOURCE,
    needs_login: false,
    summary: "A suppression names a rule that does not exist.",
    why: "A misspelt rule suppresses nothing, and its finding goes on counting.",
    fix: "Write the rule's name as `nova-token-check rules` lists it.",
    example: EXAMPLE,
    check: nothing,
};

pub(super) const BASELINE_STALE: Rule = Rule {
    name: "baseline-stale",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: SOURCE,
    needs_login: false,
    summary: "The baseline knows a finding that no longer occurs.",
    why: "An entry that is no longer needed would hide the same fault when it comes back.",
    fix: "Write the baseline anew with --write-baseline.",
    example: "nova-token-check --offline --write-baseline baseline.json /etc",
    check: nothing,
};

fn nothing(_: &Context<'_>) -> Vec<Finding> {
    Vec::new()
}

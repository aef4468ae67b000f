//! `role-not-required`

use super::{Context, Rule, lacking};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;

pub(super) const RULE: Rule = Rule {
    name: "role-not-required",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/_opts.py: false up to 12.x, true from 13.0.0 (2026.2)",
    needs_login: false,
    summary: "A receiver lets service tokens without an accepted role pass as if there were none.",
    why: "With service_token_roles_required false a wrong role shows only when a user's token expires in a long \
operation, and at cinder as 409. From keystonemiddleware 13 (2026.2) the default is true: what was ignored \
until then is rejected with 401, without a change of the files. To require the role now shows what would \
happen then.",
    fix: "When every sender is trusted, set service_token_roles_required = true.",
    example: "\
[keystone_authtoken]
service_token_roles = service
service_token_roles_required = true",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let message = |names: &str| {
        format!(
            "no accepted role is required of service tokens by {names}; from 2026.2 the default is to require one"
        )
    };
    lacking::note(
        context,
        &RULE,
        "service_token_roles_required",
        lacks,
        message,
        "when every sender is trusted, set service_token_roles_required = true",
    )
}

fn lacks(receiver: &Receiver) -> bool {
    !receiver.required && !receiver.required_setting.is_invalid()
}

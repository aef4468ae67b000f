//! `service-type-missing`

use super::{Context, Rule, lacking};
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;

pub(super) const RULE: Rule = Rule {
    name: "service-type-missing",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (access rules of application credentials), since 7.0.0",
    needs_login: false,
    summary: "A receiver does not say which type of service it is, so restricted application credentials are refused.",
    why: "An application credential may be restricted to some paths of some services. The middleware can only check that \
if service_type says which service it guards; without it, requests with such a credential get 401. Credentials \
without access rules and service tokens are not affected.",
    fix: "Set service_type to the type that the service has in Keystone's catalogue.",
    example: "\
[keystone_authtoken]
service_type = compute",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let message = |names: &str| {
        format!("no service_type in {names}: application credentials with access rules get 401 there")
    };
    lacking::note(
        context,
        &RULE,
        "service_type",
        lacks,
        message,
        "set service_type to the type in the catalogue, such as compute, block-storage, image, network",
    )
}

/// Releases without the option have no access rules either.
fn lacks(receiver: &Receiver) -> bool {
    receiver
        .setting("service_type")
        .is_some_and(|setting| setting.truthy_text().is_none() && !setting.is_invalid())
}

//! `second-look-differs`

use super::{Context, Rule};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;

pub(super) const RULE: Rule = Rule {
    name: "second-look-differs",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "cinder/volume/api.py (is_service_request), cyborg/common/service_token_utils.py, keystonemiddleware/_common/config.py",
    needs_login: false,
    summary: "A paste file gives the middleware another service_token_roles than the service compares with itself.",
    why: "cinder and cyborg look at the roles of the service token a second time, behind the middleware: cinder before it \
deletes an attachment or detaches a volume of a running instance. They compare with [keystone_authtoken] of their \
own files and never see the paste file. So a token can be trusted by the middleware and still be no service's to \
cinder (409 to every detach), or the other way round.",
    fix: "Keep service_token_roles in [keystone_authtoken] alone, and remove it from the paste file.",
    example: "\
# bad: api-paste.ini beside a cinder.conf without the option
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
service_token_roles = admin

# good: cinder.conf
[keystone_authtoken]
service_token_roles = admin",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.filter_map(|service| finding(service, service.service.receiver.as_ref()?)).collect()
}

fn finding(service: &ServiceFacts, receiver: &Receiver) -> Option<Finding> {
    let own = receiver.second_look.as_ref()?;
    let same =
        own.len() == receiver.accepted.len() && own.iter().all(|role| receiver.accepted.contains(role));
    if same {
        return None;
    }
    let listed = |roles: &[String]| {
        if roles.is_empty() { "no role".to_owned() } else { crate::config::printable(&roles.join(", ")) }
    };
    let name = &service.service.name;
    let message = format!(
        "the paste filter lets {} pass as a service, but {name} itself compares with {}, the value of its own files",
        listed(&receiver.accepted),
        listed(own)
    );
    let finding = Finding::new(RULE.name, Severity::Error, message)
        .of(&service.service.id)
        .at(receiver.roles_setting.place())
        .section("keystone_authtoken")
        .option("service_token_roles")
        .help(format!(
            "write service_token_roles into [keystone_authtoken] of {name}'s own file, and not here"
        ));
    Some(finding)
}

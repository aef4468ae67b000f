//! `auth-filters-clash`

use super::{Context, Rule};
use crate::catalog::ServiceKind;
use crate::config::{Neighbour, Overrides};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};
use crate::service::Receiver;
use crate::text::list;

pub(super) const RULE: Rule = Rule {
    name: "auth-filters-clash",
    severity: Severity::Error,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "keystonemiddleware/auth_token/__init__.py (process_request), swift/common/middleware/{tempauth,keystoneauth,tempurl}.py",
    needs_login: false,
    summary: "swift's authtoken or keystoneauth refuses requests that another filter of its pipeline lets in.",
    why: "Without delay_auth_decision authtoken answers 401 to every request that carries no token of Keystone's, \
wherever in the pipeline the other filter stands: to the users of tempauth and to S3 clients, to temporary URLs, \
form uploads and whoever reads a public container. A bad service token is refused before tempauth could look at it. \
And keystoneauth puts its own judgement in place of the one of a tempauth before it, so that its users get 403.",
    fix: "Set delay_auth_decision = True in swift's [filter:authtoken]; swift itself still refuses what nobody lets in. \
Let tempauth stand behind keystoneauth.",
    example: "\
# bad
[pipeline:main]
pipeline = cache tempurl authtoken keystoneauth tempauth proxy-server
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory

# good
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
delay_auth_decision = True",
    check,
};

/// Filters that know users of their own, and whom they let in.
const AUTH: [(&str, &str); 3] =
    [("tempauth", "the users of tempauth"), ("swauth", "the users of swauth"), ("s3api", "S3 clients")];

/// Filters that let anybody in who knows an address.
const OPEN: [(&str, &str); 3] = [
    ("tempurl", "temporary URLs"),
    ("formpost", "form uploads"),
    ("staticweb", "the web pages of public containers"),
];

fn check(context: &Context<'_>) -> Vec<Finding> {
    let swifts = super::lines::services(context).filter(|facts| facts.service.kind == ServiceKind::Swift);
    swifts.filter_map(|facts| finding(facts, facts.service.receiver.as_ref()?)).collect()
}

fn finding(facts: &ServiceFacts, receiver: &Receiver) -> Option<Finding> {
    let pipeline = facts.service.configuration.overrides().map_or(&[][..], Overrides::pipeline);
    if receiver.deferred { too_early(facts, pipeline) } else { not_deferred(facts, receiver, pipeline) }
}

fn not_deferred(facts: &ServiceFacts, receiver: &Receiver, pipeline: &[Neighbour]) -> Option<Finding> {
    let known = |table: &'static [(&str, &'static str)]| {
        let known = pipeline.iter().filter_map(|filter| {
            let (_, whom) = table.iter().find(|(name, _)| is_made_by(filter, name))?;
            Some((filter, *whom))
        });
        known.collect::<Vec<_>>()
    };
    let (users, anybody) = (known(&AUTH), known(&OPEN));
    let severity = if users.is_empty() { Severity::Warning } else { Severity::Error };
    let refused: Vec<_> = users.into_iter().chain(anybody).collect();
    let whom: Vec<&str> = refused.iter().map(|(_, whom)| *whom).collect();
    let (first, _) = refused.first()?;
    let behind = if too_early(facts, pipeline).is_some() {
        ", and let tempauth stand behind keystoneauth"
    } else {
        ""
    };
    let name = &facts.service.name;
    let message = format!(
        "authtoken of {name} refuses what carries no token of Keystone's with 401, since delay_auth_decision is not true: {}",
        list(&whom)
    );
    let mut finding = Finding::new(RULE.name, severity, message)
        .of(&facts.service.id)
        .at(receiver.deferred_setting.place().or_else(|| receiver.header.clone()))
        .section("keystone_authtoken")
        .option("delay_auth_decision")
        .help(format!("set delay_auth_decision = True in the filter authtoken{behind}"))
        .see(Some(&first.header), "in the same pipeline");
    for (filter, _) in &refused[1..] {
        finding = finding.see(Some(&filter.header), "and this one");
    }
    Some(finding)
}

/// A tempauth before keystoneauth, whose word counts.
fn too_early(facts: &ServiceFacts, pipeline: &[Neighbour]) -> Option<Finding> {
    let place = |name| pipeline.iter().position(|filter| is_made_by(filter, name));
    let (early, judge) = (place("tempauth")?, place("keystoneauth")?);
    if early > judge {
        return None;
    }
    let message = "keystoneauth stands behind tempauth and takes its users for nobody: they get 403 at their own accounts";
    let finding = Finding::new(RULE.name, Severity::Error, message)
        .of(&facts.service.id)
        .at(Some(pipeline[judge].header.clone()))
        .help("let tempauth stand behind keystoneauth in the pipeline")
        .see(Some(&pipeline[early].header), "tempauth");
    Some(finding)
}

/// Whether a filter is swift's of that name: `egg:swift#tempauth`, or its module.
fn is_made_by(filter: &Neighbour, name: &str) -> bool {
    let factory = crate::ini::strip(&filter.factory);
    let maker = factory.strip_prefix("call:").unwrap_or(factory);
    match maker.strip_prefix("egg:").and_then(|egg| egg.split_once('#')) {
        Some((_, entry)) => entry == name,
        None => {
            maker.strip_suffix(":filter_factory").is_some_and(|module| module.ends_with(&format!(".{name}")))
        }
    }
}

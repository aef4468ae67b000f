//! `region-spelling`

use std::collections::HashMap;

use super::{Context, Rule, receivers};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Place, Severity};

pub(super) const RULE: Rule = Rule {
    name: "region-spelling",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "keystoneauth1/access/service_catalog.py: regions are compared byte by byte",
    needs_login: false,
    summary: "Receivers write the same region differently.",
    why: "The middleware looks for the identity endpoint of region_name in its catalogue, and regionOne is not RegionOne \
there: it finds none, and every request fails with 500. Where files differ in nothing but case or a dash, one \
of them is probably wrong.",
    fix: "Write region_name as openstack region list shows it.",
    example: "\
# cinder.conf
[keystone_authtoken]
region_name = regionOne

# nova.conf
[keystone_authtoken]
region_name = RegionOne",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut seen: HashMap<String, (&str, &ServiceFacts)> = HashMap::new();
    let mut findings = Vec::new();
    for (service, receiver) in receivers(context) {
        let Some(region) = receiver.region.as_deref() else { continue };
        let key = region.to_lowercase().replace(['-', '_', ' '], "");
        let (first, other) = *seen.entry(key).or_insert((region, service));
        if first != region {
            findings.push(finding((region, service), (first, other)));
        }
    }
    findings
}

fn finding((region, service): (&str, &ServiceFacts), (first, other): (&str, &ServiceFacts)) -> Finding {
    let message = format!(
        "region_name is {region} in {} and {first} in {}, and regions are compared byte by byte",
        service.service.name, other.service.name
    );
    Finding::new(RULE.name, Severity::Warning, message)
        .of(&service.service.id)
        .of(&other.service.id)
        .at(place(service))
        .section("keystone_authtoken")
        .option("region_name")
        .help("write it as openstack region list shows it")
        .see(place(other).as_ref(), "the other spelling")
        .likely()
}

fn place(service: &ServiceFacts) -> Option<Place> {
    service.service.receiver.as_ref()?.setting("region_name")?.place()
}

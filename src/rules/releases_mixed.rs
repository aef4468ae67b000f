//! `releases-mixed`

use super::{Context, Rule};
use crate::deployment::Packages;
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "releases-mixed",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "the version numbers of nova, cinder, glance, neutron and placement in each release (releases.openstack.org)",
    needs_login: false,
    summary: "The services found installed are of different releases.",
    why: "In the middle of an upgrade this is as it should be, and each service is judged by its own release. Left \
so, one receiver may require a role in service tokens and another not, so that the same call works here and \
fails there.",
    fix: "Finish the upgrade; --upgrade-to says what it does to the services that are behind.",
    example: "\
# bad, unless an upgrade is under way
nova 34.0.0    (2026.2)
cinder 28.0.0  (2026.1)",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter();
    let installed: Vec<(&ServiceFacts, &Packages)> =
        services.filter_map(|facts| Some((facts, facts.service.packages.as_deref()?))).collect();
    let position = |(facts, _): &&(&ServiceFacts, &Packages)| facts.service.in_force.release.position();
    let (Some(oldest), Some(newest)) =
        (installed.iter().min_by_key(position), installed.iter().max_by_key(position))
    else {
        return Vec::new();
    };
    if position(&oldest) == position(&newest) {
        return Vec::new();
    }
    let release = |facts: &ServiceFacts| facts.service.in_force.release.id;
    let message = format!(
        "{} is of {} and {} of {}: each is judged by its own release",
        oldest.0.service.name,
        release(oldest.0),
        newest.0.service.name,
        release(newest.0)
    );
    let place = |packages: &Packages| {
        let package = packages.service.as_ref().or(packages.keystonemiddleware.as_ref())?;
        Some(package.place.clone())
    };
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&oldest.0.service.id)
        .of(&newest.0.service.id)
        .at(place(oldest.1))
        .see(place(newest.1).as_ref(), "the newer one")
        .help(format!("finish the upgrade to {}, or leave it if it is under way", release(newest.0)));
    vec![finding]
}

//! Which release is in force and how that is known, in words.

use super::outline::ServiceOutline;
use super::{ReleaseFrom, Report};
use crate::catalog::InForce;

/// The release in force, and how it is known.
pub(super) fn release(report: &Report) -> String {
    let id = report.release.id;
    match report.release_from {
        ReleaseFrom::Flag => format!("{id}{}", others(report, Vec::new())),
        ReleaseFrom::Assumed if report.upgrade.is_some() => {
            format!("{id} (assumed, the one before; --release tells){}", others(report, Vec::new()))
        }
        ReleaseFrom::Assumed => {
            format!("{id} (assumed, the newest known; --release tells){}", others(report, Vec::new()))
        }
        ReleaseFrom::Installed => {
            let services = report.facts.services.iter().map(|facts| &facts.service);
            let of_it =
                |service: &&ServiceOutline| service.in_force.release.id == id && service.packages.is_some();
            let first = services.clone().filter(of_it).find(|service| service.name == "nova");
            let Some(shown) = first.or_else(|| services.clone().find(of_it)) else { return id.to_owned() };
            let found = shown.packages.clone().unwrap_or_default();
            format!("{id} (installed: {found}){}", others(report, vec![shown.in_force]))
        }
    }
}

/// The services that are judged by something else, each kind once.
fn others(report: &Report, mut told: Vec<InForce>) -> String {
    told.push(InForce::from(report.release));
    let mut more = String::new();
    for facts in &report.facts.services {
        let service = &facts.service;
        if told.contains(&service.in_force) {
            continue;
        }
        told.push(service.in_force);
        let found = service.packages.as_ref().map(|packages| format!(" ({packages})"));
        let (name, id) = (&service.name, service.in_force.release.id);
        more.push_str(&format!("; {name} {id}{}", found.unwrap_or_default()));
    }
    more
}

//! `installed-unclear`

use super::{Context, Rule};
use crate::catalog::Release;
use crate::deployment::{Package, Packages, Trouble};
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "installed-unclear",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    since: "0.1.0",
    source: "importlib.metadata (the first directory of sys.path that has a package counts), packaging.python.org, Recording installed projects",
    needs_login: false,
    summary: "The packages on disk do not tell for certain which release runs.",
    why: "The verdicts hang on the version of keystonemiddleware: from 13.0.0 on it requires an accepted role. Two \
versions side by side, as an interrupted upgrade or an old virtual environment leaves them, or a package whose \
metadata is broken, leave open which one a service starts with.",
    fix: "Remove what is left over, or say the release with --release.",
    example: "\
# bad
/usr/lib/python3/dist-packages/keystonemiddleware-12.0.0.dist-info
/usr/local/lib/python3.12/dist-packages/keystonemiddleware-13.0.1.dist-info

# good: one of them, or
nova-token-check --release 2026.1",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for facts in &context.facts.services {
        let service = &facts.service;
        let Some(packages) = &service.packages else { continue };
        for trouble in &packages.troubles {
            let finding = finding(packages, trouble).of(&service.id);
            match findings.iter_mut().find(|known| known.same_as(&finding)) {
                Some(known) => known.concerns(&service.id),
                None => findings.push(finding),
            }
        }
    }
    findings
}

fn finding(packages: &Packages, trouble: &Trouble) -> Finding {
    match trouble {
        Trouble::Twice(first, other) => twice(first, other),
        Trouble::Broken { place, reason } => {
            let message = format!("the metadata of an installed package is broken, {reason}");
            Finding::new(RULE.name, Severity::Warning, message)
                .at(Some(place.clone()))
                .help("install the package anew, or say the release with --release")
        }
        Trouble::UnknownRelease(package) => {
            let newest = Release::newest();
            let oldest = &crate::catalog::RELEASES[0];
            let known = packages.in_force().map_or(newest, |in_force| in_force.release);
            let message = format!(
                "{} {} is of no release from {} to {}, which are those known here; it is judged as {}",
                package.name, package.version, oldest.id, newest.id, known.id
            );
            Finding::new(RULE.name, Severity::Warning, message)
                .at(Some(package.place.clone()))
                .help("say with --release which release it is closest to")
        }
    }
    .likely()
}

/// What differs in nothing that a service token feels is a note: old
/// environments stay behind after every upgrade.
fn twice(first: &Package, other: &Package) -> Finding {
    let severity = if first.within == other.within { Severity::Warning } else { Severity::Note };
    let place = if first.within == other.within { String::new() } else { format!(" in {}", other.within) };
    let message = format!(
        "{} is installed twice: {} counts here ({}), and {} is there too{place}",
        first.name, first.version, first.within, other.version
    );
    Finding::new(RULE.name, severity, message)
        .at(Some(first.place.clone()))
        .see(Some(&other.place), "the other one")
        .help("remove the one that is not used, or say the release with --release")
}

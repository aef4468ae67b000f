//! Which release each service is judged by: the one given, else the one
//! installed, else the series before an upgrade's target, else the newest known.

use super::error::CliError;
use super::plan::unknown;
use crate::catalog::{InForce, Release, service_names};
use crate::deployment::Packages;
use crate::report::ReleaseFrom;
use crate::service::Service;

/// What was said about releases.
pub(super) struct Releases {
    given: Option<&'static Release>,
    by_name: Vec<(String, &'static Release)>,
    /// Where nothing is given or installed.
    assumed: &'static Release,
    /// The release of `--upgrade-to`.
    pub(super) target: Option<&'static Release>,
}

impl Releases {
    /// Understands `--release` and `--upgrade-to`.
    pub(super) fn new(given: &[String], upgrade_to: Option<&str>) -> Result<Self, CliError> {
        let target = upgrade_to.map(release).transpose()?;
        let assumed = target.map_or(Some(Release::newest()), Release::previous);
        let mut releases = Self {
            given: None,
            by_name: Vec::new(),
            assumed: assumed.unwrap_or(&crate::catalog::RELEASES[0]),
            target,
        };
        for text in given {
            match text.split_once('=') {
                Some((name, series)) => {
                    if !service_names().any(|known| known == name) {
                        return Err(unknown("service", name, service_names()));
                    }
                    releases.by_name.push((name.to_owned(), release(series)?));
                }
                None => releases.given = Some(release(text)?),
            }
        }
        Ok(releases)
    }

    /// Whether the release of a service is given, so that none is looked for.
    pub(super) fn is_given(&self, name: &str) -> bool {
        self.given.is_some() || self.named(name).is_some()
    }

    fn named(&self, name: &str) -> Option<&'static Release> {
        self.by_name.iter().rev().find(|(known, _)| known == name).map(|(_, release)| *release)
    }

    /// The release in force where no other is known for a service, and how it is
    /// known. `installed` are the services whose packages were found.
    pub(super) fn overall<'p>(
        &self,
        installed: impl IntoIterator<Item = (&'p str, &'p Packages)>,
    ) -> (&'static Release, ReleaseFrom) {
        if let Some(release) = self.given {
            return (release, ReleaseFrom::Flag);
        }
        let mut found =
            installed.into_iter().filter_map(|(name, packages)| Some((name, packages.in_force()?)));
        let first = found.next();
        // nova's, since it is the one that sends.
        let nova = first.into_iter().chain(found).find(|(name, _)| *name == "nova");
        match nova.or(first) {
            Some((_, in_force)) => (in_force.release, ReleaseFrom::Installed),
            None => (self.assumed, ReleaseFrom::Assumed),
        }
    }

    /// What a service is judged by.
    pub(super) fn of(&self, name: &str, packages: Option<&Packages>, overall: &'static Release) -> InForce {
        let named = self.named(name).map(InForce::from);
        let installed = || packages.filter(|_| self.given.is_none()).and_then(Packages::in_force);
        named.or_else(installed).unwrap_or(InForce::from(overall))
    }

    /// An upgrade leads to a later release than the one in force. In the middle of
    /// one, some services may be there already, but none beyond.
    pub(super) fn check(&self, services: &[Service]) -> Result<(), CliError> {
        let Some(target) = self.target else { return Ok(()) };
        let position = |service: &Service| service.in_force.release.position();
        let beyond = services.iter().find(|service| position(service) > target.position());
        let all_there =
            || services.first().filter(|_| services.iter().all(|s| position(s) >= target.position()));
        let Some(service) = beyond.or_else(all_there) else { return Ok(()) };
        let in_force = service.in_force.release.id;
        let of = if self.given.is_some() || services.iter().all(|s| s.in_force.release.id == in_force) {
            String::new()
        } else {
            format!(" for {}", service.name)
        };
        Err(CliError::Usage {
            message: format!(
                "--upgrade-to {} is not newer than the release in force{of}, {in_force}",
                target.id
            ),
            help: "give the release in force with --release, and a later one with --upgrade-to".to_owned(),
        })
    }
}

fn release(series: &str) -> Result<&'static Release, CliError> {
    Release::find(series).ok_or_else(|| {
        let names: Vec<String> = Release::names().collect();
        unknown("release", series, names.iter().map(String::as_str))
    })
}

//! What a report says of the services and their logins, so that a report that was read
//! back is the same thing as one that was just made.

use super::probed::{self, Probed};
use super::service::{self, LoginStatus, PackageView, ServiceView};
use crate::catalog::InForce;
use crate::facts::{Facts, ServiceFacts};
use crate::keystone::Sent;

/// The services of a report.
#[derive(Debug, Default)]
pub struct Outline {
    /// In the order in which they were given.
    pub services: Vec<Outlined>,
    /// Whether Keystone was to be asked.
    pub live: bool,
    /// Roles that every sender is taken to have.
    pub assumed_roles: Option<Vec<String>>,
    /// Whether something that was to be asked of Keystone could not be.
    pub(super) incomplete: bool,
    /// The requests of this run, in their order.
    pub sent: Vec<Sent>,
    /// How many requests there were; also of runs that were read back.
    pub requests: usize,
    /// Distinct logins tried.
    pub logins: usize,
}

/// One service.
#[derive(Debug)]
pub struct Outlined {
    /// Who it is.
    pub service: ServiceOutline,
    /// Whether it has settings of a receiver.
    pub is_receiver: bool,
    /// The host it is of, in a report of several.
    pub host: Option<String>,
    /// What the rest is taken from.
    pub(super) source: Source,
}

/// What is known of a service.
#[derive(Debug)]
pub(super) enum Source {
    /// All that this run found out.
    Facts(Box<ServiceFacts>),
    /// What a report that was read back says.
    Report(Box<ServiceView>),
}

/// Who a service is.
#[derive(Debug)]
pub struct ServiceOutline {
    /// Its name.
    pub name: String,
    /// Unique among the services.
    pub id: String,
    /// Its files and directories.
    pub paths: Vec<String>,
    /// The first file that was read.
    pub file: Option<String>,
    /// What it is judged by.
    pub in_force: InForce,
    /// Sections of its logins to other services.
    pub logins: Vec<String>,
    /// Sections that hold the logins of its service tokens.
    pub holders: Vec<String>,
    /// The packages found installed, in words.
    pub packages: Option<String>,
}

impl Outline {
    /// Of the facts of a run.
    pub fn of(facts: Facts) -> Self {
        Self {
            live: facts.live,
            incomplete: facts.incomplete(),
            services: facts.services.into_iter().map(Outlined::of).collect(),
            requests: facts.sent.len(),
            logins: facts.logins,
            assumed_roles: facts.assumed_roles,
            sent: facts.sent,
        }
    }

    /// Whether any token that was seen carries the role.
    pub(super) fn shows_role(&self, role: &str) -> bool {
        self.services.iter().any(|service| {
            let view = service.view();
            view.all_logins().flat_map(|login| login.roles.iter().flatten()).any(|known| known == role)
        })
    }

    /// Whether Keystone was there for every login, and a running service was not.
    pub(super) fn misses_probes_alone(&self) -> bool {
        let unreached = |service: &Outlined| {
            service.view().all_logins().any(|login| login.status == LoginStatus::Unreachable)
        };
        probed::any_unreachable(&self.services) && !self.services.iter().any(unreached)
    }

    /// Whether something that was to be asked of Keystone or of a running service
    /// could not be.
    pub fn incomplete(&self) -> bool {
        self.incomplete
    }
}

impl Outlined {
    /// A service of this run.
    fn of(facts: ServiceFacts) -> Self {
        let service = &facts.service;
        let read = service.configuration.layers().first().map(|layer| layer.file().to_string());
        Self {
            service: ServiceOutline {
                name: service.name.clone(),
                id: service.id.clone(),
                paths: service.paths.clone(),
                file: read.or_else(|| service.paths.first().cloned()),
                in_force: service.in_force,
                logins: service.logins.iter().map(|other| other.login.section.clone()).collect(),
                holders: service.senders.iter().map(|sender| sender.login.holder.clone()).collect(),
                packages: service.packages.as_deref().and_then(|found| packages(&service::packages(found))),
            },
            is_receiver: service.receiver.is_some(),
            host: None,
            source: Source::Facts(Box::new(facts)),
        }
    }

    /// All there is to say of it. Made when it is asked for, since a report for a person
    /// shows hardly any of it.
    pub(super) fn view(&self) -> ServiceView {
        let view = match &self.source {
            Source::Facts(facts) => service::service(facts),
            Source::Report(view) => (**view).clone(),
        };
        // Among services of several hosts it has another id than alone.
        ServiceView { id: self.service.id.clone(), host: self.host.clone(), ..view }
    }

    /// What it asked running services.
    pub(super) fn probes(&self) -> Vec<Probed> {
        match &self.source {
            Source::Facts(facts) => probed::of(facts),
            Source::Report(view) => view.probes.clone(),
        }
    }
}

/// The packages that were found, for a sentence: `nova 33.0.2 and keystonemiddleware
/// 12.0.0 in /usr/lib/python3/dist-packages`.
pub(super) fn packages(found: &[PackageView]) -> Option<String> {
    let named = || found.iter().filter(|package| package.name != "keystoneauth1");
    let within = &named().next()?.within;
    let names: Vec<String> = named().map(|package| format!("{} {}", package.name, package.version)).collect();
    Some(format!("{} in {within}", names.join(" and ")))
}

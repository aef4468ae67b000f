//! What a report says of the services and their logins: plain data, so that a
//! report that was read back is the same thing as one that was just made.

use serde_json::Value;

use super::{json, probed};
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
    /// Set if it is a receiver.
    pub receiver: Option<()>,
    /// The host it is of, in a report of several.
    pub host: Option<String>,
    /// All there is to say of it, as in the JSON report.
    pub(super) view: Value,
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
            services: facts.services.iter().map(outlined).collect(),
            live: facts.live,
            incomplete: facts.incomplete(),
            requests: facts.sent.len(),
            logins: facts.logins,
            assumed_roles: facts.assumed_roles,
            sent: facts.sent,
        }
    }

    /// Whether any token that was seen carries the role.
    pub(super) fn shows_role(&self, role: &str) -> bool {
        let shows = |name: &str, value: &Value| {
            name == "roles" && value.as_array().is_some_and(|roles| roles.iter().any(|known| known == role))
        };
        self.services.iter().any(|service| any_field(&service.view, &shows))
    }

    /// Whether Keystone was there for every login, and a running service was not.
    pub(super) fn misses_probes_alone(&self) -> bool {
        let login = |name: &str, value: &Value| name == "status" && value == "unreachable";
        probed::any_unreachable(&self.services)
            && !self.services.iter().any(|service| any_field(&service.view, &login))
    }

    /// Whether something that was to be asked of Keystone or of a running service
    /// could not be.
    pub fn incomplete(&self) -> bool {
        self.incomplete
    }
}

/// Looks through all there is to say of a service, to any depth.
fn any_field(view: &Value, test: &dyn Fn(&str, &Value) -> bool) -> bool {
    match view {
        Value::Array(items) => items.iter().any(|item| any_field(item, test)),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| test(name, value) || any_field(value, test))
        }
        _ => false,
    }
}

/// The packages that were found, for a sentence: `nova 33.0.2 and keystonemiddleware
/// 12.0.0 in /usr/lib/python3/dist-packages`.
pub(super) fn packages(view: &Value) -> Option<String> {
    let packages = view["packages"].as_array()?.iter();
    let named: Vec<&Value> = packages.filter(|package| package["name"] != "keystoneauth1").collect();
    let text = |package: &Value, field: &str| package[field].as_str().unwrap_or_default().to_owned();
    let within = text(named.first()?, "within");
    let names: Vec<String> = named
        .iter()
        .map(|package| format!("{} {}", text(package, "name"), text(package, "version")))
        .collect();
    Some(format!("{} in {within}", names.join(" and ")))
}

fn outlined(facts: &ServiceFacts) -> Outlined {
    let service = &facts.service;
    let read = service.configuration.layers().first().map(|layer| layer.file().to_string());
    let view = json::service(facts);
    Outlined {
        service: ServiceOutline {
            name: service.name.clone(),
            id: service.id.clone(),
            paths: service.paths.clone(),
            file: read.or_else(|| service.paths.first().cloned()),
            in_force: service.in_force,
            logins: service.logins.iter().map(|other| other.login.section.clone()).collect(),
            holders: service.senders.iter().map(|sender| sender.login.holder.clone()).collect(),
            packages: packages(&view),
        },
        receiver: service.receiver.as_ref().map(|_| ()),
        host: None,
        view,
    }
}

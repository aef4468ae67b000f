//! What a run would do, without doing it (`--plan`).

use super::Asking;
use super::work::{Plan, Ticket};
use crate::keystone;
use crate::service::Service;

/// What a run would do, for people.
#[derive(Debug, Default)]
pub struct Preview {
    /// Distinct logins in the order in which they were met.
    pub logins: Vec<PlannedLogin>,
    /// Logins that would not be tried, and why.
    pub skipped: Vec<(String, String)>,
    /// Requests that follow the logins, each with the login it is made with.
    pub further: Vec<(String, String)>,
}

/// A login that would be tried once.
#[derive(Debug)]
pub struct PlannedLogin {
    /// Whose it is: `nova [service_user]`, …
    pub by: Vec<String>,
    /// Its requests in their order.
    pub requests: Vec<String>,
}

/// Says what [`super::gather`] would do.
pub fn preview(services: &[Service], asking: &Asking) -> Preview {
    let mut plan = Plan::default();
    let mut preview = Preview::default();
    let mut users: Vec<(usize, String)> = Vec::new();
    let all = plan.all_tickets(services, asking);
    for (service, tickets) in services.iter().zip(&all) {
        let senders = service.senders.iter().map(|sender| sender.section).zip(&tickets.senders);
        let receiver = tickets.receiver.iter().map(|(ticket, _)| ("keystone_authtoken", ticket));
        let others = service.logins.iter().map(|other| other.purpose.section).zip(&tickets.logins);
        for (section, ticket) in senders.chain(receiver).chain(others) {
            let name = format!("{} [{section}]", service.id);
            match ticket {
                Ticket::Known(state) => {
                    // ironic's logins to other services are senders, too.
                    let skipped = (name, state.why_not_tried());
                    if !preview.skipped.contains(&skipped) {
                        preview.skipped.push(skipped);
                    }
                }
                Ticket::Login(place) if !users.contains(&(place.login, name.clone())) => {
                    users.push((place.login, name));
                }
                Ticket::Login(_) => {}
            }
        }
    }
    let by = |login: usize| users.iter().filter(move |user| user.0 == login).map(|user| user.1.clone());
    for (index, login) in plan.work.logins.iter().enumerate() {
        preview.logins.push(PlannedLogin { by: by(index).collect(), requests: keystone::requests(login) });
    }
    let first = |login: usize| by(login).next().unwrap_or_default();
    for validation in &plan.work.validations {
        preview.further.push((first(validation.login), keystone::validation_request(validation)));
    }
    for probe in &plan.work.probes {
        preview.further.push((first(probe.login), keystone::probe_request(probe)));
    }
    preview
}

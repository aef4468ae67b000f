//! Receivers that Keystone's catalogue names and nobody gave the files of, and logins
//! whose roles nobody can judge here.

use super::Facts;
use crate::catalog::{self, ServiceKind};

impl Facts {
    /// The services that a sender of this run calls, that its token's catalogue
    /// names, and whose configuration is not here.
    pub fn unseen_receivers(&self) -> Vec<ServiceKind> {
        let mut unseen: Vec<ServiceKind> = Vec::new();
        for facts in &self.services {
            let senders = facts.service.senders.iter().zip(&facts.senders);
            let tokens = senders
                .filter(|(sender, _)| sender.section == "service_user")
                .filter_map(|(_, state)| state.token());
            for token in tokens {
                let called = facts.service.kind.sessions().iter().map(|session| session.called);
                let named = called.filter(|kind| {
                    let types = catalog::probe(*kind).map_or(&[][..], |(types, _)| types);
                    token.catalog.iter().any(|endpoint| types.contains(&endpoint.service_type.as_str()))
                });
                unseen.extend(named.filter(|kind| !self.services.iter().any(|s| s.service.kind == *kind)));
            }
        }
        unseen.sort();
        unseen.dedup();
        unseen
    }

    /// The logins to other services that work, and whose called service is of a release
    /// so old that what its default policies ask for is not known: `nova [neutron]`.
    pub fn logins_with_unknown_policies(&self) -> Vec<String> {
        let mut logins: Vec<String> = Vec::new();
        for facts in &self.services {
            for (other, state) in facts.other_logins() {
                let target = self.services.iter().find(|s| s.service.kind == other.purpose.target);
                let release = target.unwrap_or(facts).service.in_force.release;
                let login = format!("{} [{}]", facts.service.name, other.purpose.section);
                let asks = !other.purpose.needs.is_empty() && state.token().is_some();
                if asks && !catalog::knows_policies(release) && !logins.contains(&login) {
                    logins.push(login);
                }
            }
        }
        logins
    }
}

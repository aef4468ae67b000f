//! Receivers that Keystone's catalogue names and nobody gave the files of.

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
}

//! What default policies ask of a service's user, by release.
//!
//! The table holds what oslo.policy decided with the defaults of the real
//! packages (`scripts/collect-policies`), not what a policy's text seems to say.

use super::releases::Release;
use super::services::ServiceKind;
use super::table::rows;

/// A policy of a service over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// `release=roles` from the first release looked at, oldest first.
    history: &'static str,
}

/// The roles of which each one is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Their names; none where no role of the user's own is enough.
    pub roles: Vec<&'static str>,
    /// The release that began to ask so; none where that was before the first
    /// one looked at.
    pub since: Option<&'static Release>,
}

const TABLE: &str = include_str!("data/policies.tsv");

/// A policy by service and name.
pub fn policy(service: ServiceKind, name: &str) -> Option<Policy> {
    let service = service.name()?;
    let mut rows = rows::<3>(TABLE);
    rows.find(|row| row[0] == service && row[1] == name).map(|[_, _, history]| Policy { history })
}

/// Whether the table reaches back to a release.
pub fn knows_policies(release: &Release) -> bool {
    Release::find("2023.1").is_some_and(|first| release.position() >= first.position())
}

impl Policy {
    /// What it asks for under a release; `None` where that is not known or there
    /// was no such policy.
    pub fn asks(self, release: &Release) -> Option<Asked> {
        let changes = self.history.split(';').filter_map(|change| {
            let (since, roles) = change.split_once('=')?;
            Some((Release::find(since)?, roles))
        });
        let (number, (since, roles)) =
            changes.enumerate().filter(|(_, (since, _))| since.position() <= release.position()).last()?;
        let roles = roles.split(',').filter(|role| *role != "-").collect();
        Some(Asked { roles, since: (number > 0).then_some(since) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::releases::RELEASES;

    fn asked(service: ServiceKind, name: &str, release: &str) -> Option<Vec<&'static str>> {
        let asked = policy(service, name).unwrap().asks(Release::find(release).unwrap());
        asked.map(|asked| asked.roles)
    }

    #[test]
    fn port_bindings_left_the_admin_behind_with_2024_1() {
        let roles = |release| asked(ServiceKind::Neutron, "create_port_binding", release);
        assert_eq!(roles("2023.2"), Some(vec!["admin"]));
        assert_eq!(roles("2024.1"), Some(vec!["service"]));
        assert_eq!(roles("2026.2"), Some(vec!["service"]));
        assert_eq!(roles("queens"), None);
    }

    #[test]
    fn the_table_begins_where_it_is_said_to() {
        let mut first: Vec<usize> = Vec::new();
        for [_, _, history] in rows::<3>(TABLE) {
            let release = history.split_once('=').and_then(|(release, _)| Release::find(release));
            first.push(release.unwrap().position());
        }
        let begins = RELEASES.iter().find(|release| knows_policies(release)).unwrap();
        assert_eq!(first.iter().min(), Some(&begins.position()));
    }

    #[test]
    fn who_began_to_ask_is_known_only_after_the_first_release() {
        let policy = policy(ServiceKind::Neutron, "create_port_binding").unwrap();
        let since = |release| policy.asks(Release::find(release).unwrap()).unwrap().since.map(|r| r.id);
        assert_eq!((since("2023.2"), since("2025.1")), (None, Some("2024.1")));
    }
}

//! What changed in OpenStack from one release to the next that a service token
//! feels, apart from the options themselves.

use super::releases::Release;

/// One change.
#[derive(Debug, PartialEq, Eq)]
pub struct Change {
    /// The release that brought it, by number.
    pub release: &'static str,
    /// What changed, in one sentence.
    pub what: &'static str,
    /// What to do before the upgrade, if anything.
    pub before: Option<&'static str>,
    /// What `before` is about.
    pub kind: ChangeKind,
    /// Where it is defined.
    pub source: &'static str,
}

/// What a change is about, and so when what it asks for is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// The senders' tokens: nothing to do where each is trusted.
    Tokens,
    /// The role service: it is there where a token that carries it is trusted.
    Role,
    /// Logins of nova in these sections.
    Logins(&'static [&'static str]),
    /// Nothing that is to be done.
    Other,
}

/// Where the default of `service_token_roles_required` moved.
pub const ROLES_REQUIRED_SOURCE: &str =
    "keystonemiddleware 13.0.0, release note service-token-roles-required-default-true";

/// All changes, oldest first.
pub const CHANGES: &[Change] = &[
    Change {
        release: "yoga",
        what: "from 20.3.0 on cinder answers 409 to detaching a volume of a running instance unless the call carries a service token with an accepted role (CVE-2023-2088)",
        before: Some("let every nova process send its service token, with a role that cinder accepts"),
        kind: ChangeKind::Tokens,
        source: "cinder/volume/api.py, first in 20.3.0, 21.3.0, 22.1.0, 23.0.0",
    },
    Change {
        release: "2023.2",
        what: "keystone-manage bootstrap creates the role service; a cloud that was bootstrapped before gets it only when bootstrap runs again",
        before: Some("create the role service where it is missing"),
        kind: ChangeKind::Role,
        source: "keystone/cmd/bootstrap.py, keystone 24.0.0",
    },
    Change {
        release: "2023.2",
        what: "neutron enforces scope and its new default policies unless neutron.conf says otherwise",
        before: None,
        kind: ChangeKind::Other,
        source: "neutron/policy.py, neutron 23.0.0 (enforce_scope, enforce_new_defaults)",
    },
    Change {
        release: "2024.1",
        what: "neutron lets only the role service write port bindings and binding:profile; admin is no substitute, and live migrations fail with 403",
        before: Some("grant the role service to the user of nova's [neutron] section"),
        kind: ChangeKind::Logins(&["neutron"]),
        source: "neutron/conf/policies/port_bindings.py, neutron/conf/policies/port.py, neutron 24.0.0",
    },
    Change {
        release: "2024.2",
        what: "oslo.policy enforces scope and the new default policies unless told otherwise: service users that relied on an old rule lose it",
        before: Some(
            "grant the role service to the users of [placement], [neutron] and [ironic] in nova.conf; that of [cinder] keeps admin",
        ),
        kind: ChangeKind::Logins(&["neutron", "placement", "ironic"]),
        source: "oslo.policy 4.4.0 (enforce_scope, enforce_new_defaults)",
    },
    Change {
        release: "2025.2",
        what: "nova lets the role service report external events and swap volumes beside admin; admin alone is to lose that in a later release",
        before: None,
        kind: ChangeKind::Other,
        source: "nova/policies/base.py (service_or_admin), nova 32.0.0",
    },
    Change {
        release: "2026.2",
        what: "keystonemiddleware 13 requires an accepted role in every service token unless service_token_roles_required says false: where the call passed as a plain user's before, it gets 401",
        before: Some("grant every sender's user a role that its receivers accept"),
        kind: ChangeKind::Tokens,
        source: ROLES_REQUIRED_SOURCE,
    },
    Change {
        release: "2026.2",
        what: "neutron lets ordinary users delete the ports of a server only in calls whose service token carries the role service, whatever service_token_roles says: without it a server that is deleted stays in ERROR",
        before: None,
        kind: ChangeKind::Other,
        source: "neutron/conf/policies/port.py (delete_port), neutron 29.0.0",
    },
];

impl Release {
    /// The changes that an upgrade from this release to `to` meets, oldest
    /// first; those of skipped releases are among them.
    pub fn changes_until(&self, to: &Self) -> impl Iterator<Item = &'static Change> {
        let (from, to) = (self.position(), to.position());
        CHANGES.iter().filter(move |change| {
            Self::find(change.release).is_some_and(|release| (from + 1..=to).contains(&release.position()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_names_a_release_and_they_are_in_order() {
        let positions: Vec<usize> =
            CHANGES.iter().map(|change| Release::find(change.release).unwrap().position()).collect();
        assert!(positions.is_sorted());
    }

    #[test]
    fn a_skipped_release_s_changes_are_met_too() {
        let from = Release::find("2025.1").unwrap();
        let releases: Vec<&str> =
            from.changes_until(Release::find("2026.2").unwrap()).map(|change| change.release).collect();
        assert_eq!(releases, ["2025.2", "2026.2", "2026.2"]);
    }
}

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
    /// Whether `before` is done where every service token is trusted already.
    pub met_by_trust: bool,
    /// Where it is defined.
    pub source: &'static str,
}

/// All changes, oldest first.
pub const CHANGES: &[Change] = &[
    Change {
        release: "yoga",
        what: "From 20.3.0 on cinder answers 409 to detaching a volume of a running instance unless the call carries a service token with an accepted role (CVE-2023-2088)",
        before: Some("let every nova process send its service token, with a role that cinder accepts"),
        met_by_trust: true,
        source: "cinder/volume/api.py, first in 20.3.0, 21.3.0, 22.1.0, 23.0.0",
    },
    Change {
        release: "2023.2",
        what: "keystone-manage bootstrap creates the role service; a cloud that was bootstrapped before gets it only when bootstrap runs again",
        before: Some("openstack role create --or-show service"),
        met_by_trust: true,
        source: "keystone/cmd/bootstrap.py, keystone 24.0.0",
    },
    Change {
        release: "2023.2",
        what: "neutron lets only the role service write port bindings: the user in nova's [neutron] section needs it, admin is no substitute",
        before: Some("grant the role service to the user of nova's [neutron] section"),
        met_by_trust: false,
        source: "neutron/conf/policies/port_bindings.py, neutron/conf/policies/port.py",
    },
    Change {
        release: "2024.2",
        what: "oslo.policy enforces scope and the new default policies unless told otherwise: service users that relied on an old rule lose it",
        before: Some(
            "grant the role service to the users of [placement], [neutron], [cinder] and [ironic] in nova.conf",
        ),
        met_by_trust: false,
        source: "oslo.policy 4.4.0 (enforce_scope, enforce_new_defaults)",
    },
    Change {
        release: "2026.2",
        what: "keystonemiddleware 13 requires an accepted role in every service token unless service_token_roles_required says false: where the call passed as a plain user's before, it gets 401",
        before: Some("grant every sender's user a role that its receivers accept"),
        met_by_trust: true,
        source: "keystonemiddleware 13.0.0, release note service-token-roles-required-default-true",
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
        assert_eq!(releases, ["2026.2"]);
    }
}

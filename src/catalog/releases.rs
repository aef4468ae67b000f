//! OpenStack's releases from Queens on, and the library versions that belong
//! to each.
//!
//! Source: the `releases` and `requirements` repositories of OpenStack (the
//! final upper constraints of each series).

/// A package version, compared number by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u16, pub u16, pub u16);

impl Version {
    /// Reads `13.0.1`; missing parts are zero.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(str::parse::<u16>);
        let mut part = || parts.next().unwrap_or(Ok(0)).ok();
        Some(Self(part()?, part()?, part()?))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// One release of OpenStack.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// `2026.1`, or the series name before 2023.1.
    pub id: &'static str,
    /// `Gazpacho`.
    pub codename: &'static str,
    /// Whether an upgrade may skip from here to the next such release.
    pub slurp: bool,
    /// The day it came out.
    pub released: &'static str,
    /// nova's major version.
    pub nova_major: u16,
    /// keystonemiddleware as pinned for the release.
    pub keystonemiddleware: Version,
    /// keystoneauth1 as pinned for the release.
    pub keystoneauth: Version,
}

/// What a service runs with: its release, and the versions of the two libraries
/// that decide over service tokens. A deployment may run newer or older ones than
/// those its release was made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InForce {
    /// The release.
    pub release: &'static Release,
    /// keystonemiddleware: what a receiver does.
    pub keystonemiddleware: Version,
    /// keystoneauth1: how a login is read.
    pub keystoneauth: Version,
}

impl From<&'static Release> for InForce {
    fn from(release: &'static Release) -> Self {
        Self { release, keystonemiddleware: release.keystonemiddleware, keystoneauth: release.keystoneauth }
    }
}

impl InForce {
    /// The same service after an upgrade to that release. What is of it already
    /// stays, and no library gets older.
    #[must_use]
    pub fn upgraded(self, to: &'static Release) -> Self {
        if self.release.position() >= to.position() {
            return self;
        }
        Self {
            release: to,
            keystonemiddleware: self.keystonemiddleware.max(to.keystonemiddleware),
            keystoneauth: self.keystoneauth.max(to.keystoneauth),
        }
    }
}

/// All releases, oldest first.
pub const RELEASES: &[Release] = &[
    Release {
        id: "queens",
        codename: "Queens",
        slurp: false,
        released: "2018-02-28",
        nova_major: 17,
        keystonemiddleware: Version(4, 22, 0),
        keystoneauth: Version(3, 4, 1),
    },
    Release {
        id: "rocky",
        codename: "Rocky",
        slurp: false,
        released: "2018-08-30",
        nova_major: 18,
        keystonemiddleware: Version(5, 2, 2),
        keystoneauth: Version(3, 10, 1),
    },
    Release {
        id: "stein",
        codename: "Stein",
        slurp: false,
        released: "2019-04-10",
        nova_major: 19,
        keystonemiddleware: Version(6, 0, 1),
        keystoneauth: Version(3, 13, 2),
    },
    Release {
        id: "train",
        codename: "Train",
        slurp: false,
        released: "2019-10-16",
        nova_major: 20,
        keystonemiddleware: Version(7, 0, 1),
        keystoneauth: Version(3, 17, 4),
    },
    Release {
        id: "ussuri",
        codename: "Ussuri",
        slurp: false,
        released: "2020-05-13",
        nova_major: 21,
        keystonemiddleware: Version(9, 0, 0),
        keystoneauth: Version(4, 0, 0),
    },
    Release {
        id: "victoria",
        codename: "Victoria",
        slurp: false,
        released: "2020-10-14",
        nova_major: 22,
        keystonemiddleware: Version(9, 1, 0),
        keystoneauth: Version(4, 2, 1),
    },
    Release {
        id: "wallaby",
        codename: "Wallaby",
        slurp: false,
        released: "2021-04-14",
        nova_major: 23,
        keystonemiddleware: Version(9, 2, 0),
        keystoneauth: Version(4, 3, 1),
    },
    Release {
        id: "xena",
        codename: "Xena",
        slurp: false,
        released: "2021-10-06",
        nova_major: 24,
        keystonemiddleware: Version(9, 3, 0),
        keystoneauth: Version(4, 4, 0),
    },
    Release {
        id: "yoga",
        codename: "Yoga",
        slurp: false,
        released: "2022-03-30",
        nova_major: 25,
        keystonemiddleware: Version(9, 4, 0),
        keystoneauth: Version(4, 5, 0),
    },
    Release {
        id: "zed",
        codename: "Zed",
        slurp: false,
        released: "2022-10-05",
        nova_major: 26,
        keystonemiddleware: Version(10, 1, 1),
        keystoneauth: Version(5, 0, 1),
    },
    Release {
        id: "2023.1",
        codename: "Antelope",
        slurp: true,
        released: "2023-03-22",
        nova_major: 27,
        keystonemiddleware: Version(10, 2, 0),
        keystoneauth: Version(5, 1, 3),
    },
    Release {
        id: "2023.2",
        codename: "Bobcat",
        slurp: false,
        released: "2023-10-04",
        nova_major: 28,
        keystonemiddleware: Version(10, 4, 1),
        keystoneauth: Version(5, 3, 1),
    },
    Release {
        id: "2024.1",
        codename: "Caracal",
        slurp: true,
        released: "2024-04-03",
        nova_major: 29,
        keystonemiddleware: Version(10, 6, 0),
        keystoneauth: Version(5, 6, 1),
    },
    Release {
        id: "2024.2",
        codename: "Dalmatian",
        slurp: false,
        released: "2024-10-02",
        nova_major: 30,
        keystonemiddleware: Version(10, 7, 2),
        keystoneauth: Version(5, 8, 1),
    },
    Release {
        id: "2025.1",
        codename: "Epoxy",
        slurp: true,
        released: "2025-04-02",
        nova_major: 31,
        keystonemiddleware: Version(10, 9, 1),
        keystoneauth: Version(5, 10, 0),
    },
    Release {
        id: "2025.2",
        codename: "Flamingo",
        slurp: false,
        released: "2025-10-01",
        nova_major: 32,
        keystonemiddleware: Version(10, 12, 1),
        keystoneauth: Version(5, 12, 0),
    },
    Release {
        id: "2026.1",
        codename: "Gazpacho",
        slurp: true,
        released: "2026-04-01",
        nova_major: 33,
        keystonemiddleware: Version(12, 0, 0),
        keystoneauth: Version(5, 13, 1),
    },
    Release {
        id: "2026.2",
        codename: "Hibiscus",
        slurp: false,
        released: "2026-09-30",
        nova_major: 34,
        keystonemiddleware: Version(13, 0, 1),
        keystoneauth: Version(5, 17, 0),
    },
];

/// keystonemiddleware from which `service_token_roles_required` is true unless
/// set.
pub const ROLES_REQUIRED_SINCE: Version = Version(13, 0, 0);

/// Whether castellan can send a service token to barbican: from 3.9.0 on, which
/// came with Xena.
pub fn castellan_sends(release: &Release) -> bool {
    Release::find("xena").is_some_and(|first| first.position() <= release.position())
}

impl Release {
    /// The newest one known.
    pub fn newest() -> &'static Self {
        &RELEASES[RELEASES.len() - 1]
    }

    /// By number, series or codename, whatever the case.
    pub fn find(name: &str) -> Option<&'static Self> {
        RELEASES.iter().find(|r| r.id == name || r.codename.eq_ignore_ascii_case(name))
    }

    /// The release with that major version of nova, as other services number
    /// theirs in step with nova's. The oldest or newest known one for what is
    /// older or newer.
    pub fn of_nova(major: u16) -> &'static Self {
        RELEASES.iter().find(|release| release.nova_major >= major).unwrap_or(Self::newest())
    }

    /// The place in [`RELEASES`].
    pub fn position(&self) -> usize {
        RELEASES.iter().position(|r| r.id == self.id).unwrap_or_default()
    }

    /// The first release with at least that keystonemiddleware.
    pub fn first_with_middleware(version: Version) -> Option<&'static Self> {
        RELEASES.iter().find(|release| release.keystonemiddleware >= version)
    }

    /// The release before this one, if known.
    pub fn previous(&self) -> Option<&'static Self> {
        self.position().checked_sub(1).map(|i| &RELEASES[i])
    }

    /// Every name that [`Release::find`] takes.
    pub fn names() -> impl Iterator<Item = String> {
        RELEASES.iter().flat_map(|r| [r.id.to_owned(), r.codename.to_lowercase()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_found_by_number_and_codename() {
        assert_eq!(Release::find("2025.1"), Release::find("Epoxy"));
        assert_eq!(Release::find("queens").map(|r| r.nova_major), Some(17));
        assert!(Release::find("zebra").is_none());
    }

    #[test]
    fn the_default_moved_with_2026_2() {
        let moved = RELEASES.iter().find(|r| r.keystonemiddleware >= ROLES_REQUIRED_SINCE);
        assert_eq!(moved.map(|r| r.id), Some("2026.2"));
    }
}

//! The services of OpenStack: who sends service tokens, to whom, and what their
//! files are called.
//!
//! Source: nova `nova/service_auth.py`, cinder `cinder/service_auth.py`, cyborg
//! `cyborg/service_auth.py`, castellan `key_manager/barbican_key_manager.py`,
//! keystonemiddleware `auth_token/_user_plugin.py`, ironic
//! `common/{keystone,cinder,neutron}.py` and `common/glance_service/image_service.py`.

use super::releases::Release;

/// A service this program knows, or one it does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the services' own")]
pub enum ServiceKind {
    Nova,
    Cinder,
    Glance,
    Neutron,
    Placement,
    Ironic,
    Manila,
    Barbican,
    Cyborg,
    Swift,
    Heat,
    Octavia,
    Designate,
    Magnum,
    Masakari,
    Aodh,
    Blazar,
    Cloudkitty,
    Gnocchi,
    Mistral,
    Trove,
    Watcher,
    Zaqar,
    Zun,
    Keystone,
    /// A receiver of a kind this program does not know.
    Other,
}

/// What a sender does when its section is on and names no auth plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenNoPlugin {
    /// A warning in the log; the call goes out without a service token.
    SendsNone,
    /// Every call fails.
    Raises,
}

/// The options that say how a service connects to another one.
#[derive(Debug, PartialEq, Eq)]
pub struct SessionOptions {
    /// The service that is called.
    pub called: ServiceKind,
    /// The section they stand in.
    pub section: &'static str,
    /// What `cafile` is called there.
    pub cafile: &'static str,
    /// What `certfile` is called there.
    pub certfile: &'static str,
    /// What `keyfile` is called there.
    pub keyfile: &'static str,
    /// What `insecure` is called there.
    pub insecure: &'static str,
    /// Whether that option says the opposite, and is on by default.
    pub verifies: bool,
}

impl SessionOptions {
    /// Those of a section, under the names that keystoneauth1 gives them.
    pub const fn of(called: ServiceKind, section: &'static str) -> Self {
        Self {
            called,
            section,
            cafile: "cafile",
            certfile: "certfile",
            keyfile: "keyfile",
            insecure: "insecure",
            verifies: false,
        }
    }

    /// Those of castellan, which has no client certificate.
    ///
    /// Source: castellan `key_manager/barbican_key_manager.py`.
    pub const fn of_castellan() -> Self {
        Self {
            called: ServiceKind::Barbican,
            section: "barbican",
            cafile: "verify_ssl_path",
            certfile: "",
            keyfile: "",
            insecure: "verify_ssl",
            verifies: true,
        }
    }

    /// Whether no certificate is looked at, as `insecure` or its opposite says.
    pub fn is_insecure(&self, setting: Option<bool>) -> bool {
        setting == Some(!self.verifies)
    }

    /// Whether it has a section of its own, which a file may lack.
    pub fn has_section(&self) -> bool {
        self.section != "DEFAULT"
    }

    /// What keystoneauth1's option is called there; `None` for one that is not there.
    pub fn name(&self, option: &'static str) -> Option<&'static str> {
        match option {
            "cafile" => Some(self.cafile),
            "certfile" => Some(self.certfile),
            "keyfile" => Some(self.keyfile),
            "insecure" => Some(self.insecure),
            other => self.has_section().then_some(other),
        }
    }

    /// As a person writes it in a sentence: `[cinder]`.
    pub fn label(&self) -> String {
        if self.has_section() {
            format!("[{}]", self.section)
        } else {
            format!("{} and its like in [{}]", self.cafile, self.section)
        }
    }
}

use ServiceKind as K;

/// The kinds with a name of their own.
const NAMED: &[(K, &str)] = &[
    (K::Nova, "nova"),
    (K::Cinder, "cinder"),
    (K::Glance, "glance"),
    (K::Neutron, "neutron"),
    (K::Placement, "placement"),
    (K::Ironic, "ironic"),
    (K::Manila, "manila"),
    (K::Barbican, "barbican"),
    (K::Cyborg, "cyborg"),
    (K::Swift, "swift"),
    (K::Heat, "heat"),
    (K::Octavia, "octavia"),
    (K::Designate, "designate"),
    (K::Magnum, "magnum"),
    (K::Masakari, "masakari"),
    (K::Aodh, "aodh"),
    (K::Blazar, "blazar"),
    (K::Cloudkitty, "cloudkitty"),
    (K::Gnocchi, "gnocchi"),
    (K::Mistral, "mistral"),
    (K::Trove, "trove"),
    (K::Watcher, "watcher"),
    (K::Zaqar, "zaqar"),
    (K::Zun, "zun"),
    (K::Keystone, "keystone"),
];

/// File names that tell the service, and the process where they do.
const FILES: &[(&str, K, Option<&str>)] = &[
    ("nova.conf", K::Nova, None),
    ("nova-cpu.conf", K::Nova, Some("nova-compute")),
    ("nova-compute.conf", K::Nova, Some("nova-compute")),
    ("cinder.conf", K::Cinder, None),
    ("glance-api.conf", K::Glance, Some("glance-api")),
    ("neutron.conf", K::Neutron, None),
    ("placement.conf", K::Placement, Some("placement-api")),
    ("ironic.conf", K::Ironic, None),
    ("manila.conf", K::Manila, None),
    ("barbican.conf", K::Barbican, None),
    ("cyborg.conf", K::Cyborg, None),
    ("proxy-server.conf", K::Swift, Some("swift-proxy")),
    ("heat.conf", K::Heat, None),
    ("octavia.conf", K::Octavia, None),
    ("designate.conf", K::Designate, None),
    ("magnum.conf", K::Magnum, None),
    ("masakari.conf", K::Masakari, None),
    ("aodh.conf", K::Aodh, None),
    ("blazar.conf", K::Blazar, None),
    ("cloudkitty.conf", K::Cloudkitty, None),
    ("gnocchi.conf", K::Gnocchi, None),
    ("mistral.conf", K::Mistral, None),
    ("trove.conf", K::Trove, None),
    ("watcher.conf", K::Watcher, None),
    ("zaqar.conf", K::Zaqar, None),
    ("zun.conf", K::Zun, None),
    ("keystone.conf", K::Keystone, None),
];

/// Whether a process of that name answers API requests and so checks tokens.
pub fn serves_api(process: &str) -> bool {
    process.ends_with("-api") || process.ends_with("-proxy") || process == "neutron-server"
}

/// The names that `NAME=PATH` knows.
pub fn service_names() -> impl Iterator<Item = &'static str> + Clone {
    NAMED.iter().map(|(_, name)| *name)
}

impl ServiceKind {
    /// The kind of that name; [`ServiceKind::Other`] for any other word.
    pub fn from_name(name: &str) -> Self {
        NAMED.iter().find(|(_, known)| *known == name).map_or(K::Other, |(kind, _)| *kind)
    }

    /// The kind and process that a file name tells.
    pub fn from_file_name(name: &str) -> Option<(Self, Option<&'static str>)> {
        FILES.iter().find(|(file, ..)| *file == name).map(|(_, kind, process)| (*kind, *process))
    }

    /// The service's own name; `None` for [`ServiceKind::Other`].
    pub fn name(self) -> Option<&'static str> {
        NAMED.iter().find(|(kind, _)| *kind == self).map(|(_, name)| *name)
    }

    /// Whether the service reads a `[service_user]` section.
    pub fn reads_service_user(self) -> bool {
        matches!(self, K::Nova | K::Cinder | K::Cyborg)
    }

    /// What its `[service_user]` does without `auth_type`.
    pub fn when_no_plugin(self) -> WhenNoPlugin {
        if self == K::Cinder { WhenNoPlugin::Raises } else { WhenNoPlugin::SendsNone }
    }

    /// Whether its API process adds a service token of the `[keystone_authtoken]`
    /// login by itself.
    pub fn sends_implicitly(self) -> bool {
        matches!(self, K::Nova | K::Cyborg | K::Masakari)
    }

    /// The sections whose login the service adds to each user's token that it hands
    /// on to the service of that name, without a switch, under a release.
    ///
    /// ironic's calls to cinder carry one since the updates of 2023.1.
    pub fn sends_from_called_sections(self, release: &Release) -> impl Iterator<Item = &'static str> {
        let since = |name: &str| if name == "cinder" { Release::find("2023.1") } else { None };
        let position = release.position();
        let sections: &[&str] = if self == K::Ironic { &["cinder", "neutron", "glance"] } else { &[] };
        sections
            .iter()
            .copied()
            .filter(move |name| since(name).is_none_or(|since| position >= since.position()))
    }

    /// Whether the service itself compares the token's roles with its list once
    /// more, behind the middleware. A cyborg that does so takes
    /// `service_token_roles_required` for true unless it is set.
    ///
    /// Source: cinder `volume/api.py` (`is_service_request`), cyborg
    /// `common/service_token_utils.py` and `common/config.py`, first in 14.1.0
    /// (2025.1), 15.0.1, 16.0.1 and 17.0.0; tried with 16.0.0 and 16.0.1 over
    /// keystonemiddleware 12.0.0. A release is taken to have its last fixes.
    pub fn looks_twice(self, release: &Release) -> bool {
        let since = |id| Release::find(id).is_some_and(|first| first.position() <= release.position());
        self == K::Cinder || (self == K::Cyborg && since("2025.1"))
    }

    /// Whether every process of the service is an API process, so that each
    /// needs `[keystone_authtoken]`.
    pub fn is_api_only(self) -> bool {
        matches!(self, K::Glance | K::Placement | K::Swift)
    }

    /// Whether `[service_user]` of this service, or its API process when
    /// `implicit`, calls `receiver` with its service token. `None` where one of
    /// the two is not known. Swift is called by cinder's backups only when they
    /// are told to send the token.
    pub fn calls(self, receiver: Self, implicit: bool, swift_backup: bool) -> Option<bool> {
        if self == K::Other || receiver == K::Other {
            return None;
        }
        Some(match self {
            K::Nova => matches!(receiver, K::Cinder | K::Neutron | K::Glance | K::Cyborg),
            K::Cinder if !implicit => {
                matches!(receiver, K::Nova | K::Glance) || (receiver == K::Swift && swift_backup)
            }
            K::Cyborg => receiver == K::Glance,
            _ => false,
        })
    }

    /// The sessions that carry the request for the service token: it is fetched
    /// over the connection to the service being called. In the order in which
    /// this program tries them.
    ///
    /// Source: nova `volume/cinder.py`, `network/neutron.py`, `image/glance.py`,
    /// `accelerator/cyborg.py`; cinder `compute/nova.py`, `image/glance.py`; cyborg
    /// `image/glance.py`.
    pub fn sessions(self) -> &'static [SessionOptions] {
        const NOVA: &[SessionOptions] = &[
            SessionOptions::of(K::Cinder, "cinder"),
            SessionOptions::of(K::Neutron, "neutron"),
            SessionOptions::of(K::Glance, "glance"),
            SessionOptions::of(K::Cyborg, "cyborg"),
        ];
        const CINDER: &[SessionOptions] = &[
            SessionOptions::of(K::Nova, "nova"),
            SessionOptions {
                called: K::Glance,
                section: "DEFAULT",
                cafile: "glance_ca_certificates_file",
                certfile: "glance_certfile",
                keyfile: "glance_keyfile",
                insecure: "glance_api_insecure",
                verifies: false,
            },
        ];
        const CYBORG: &[SessionOptions] = &[SessionOptions::of(K::Glance, "glance")];
        match self {
            K::Nova => NOVA,
            K::Cinder => CINDER,
            K::Cyborg => CYBORG,
            _ => &[],
        }
    }

    /// The sections among them that are a session's own.
    pub fn session_sections(self) -> impl Iterator<Item = &'static str> {
        self.sessions().iter().filter(|session| session.has_section()).map(|session| session.section)
    }

    /// The service's name as people write it in a sentence.
    pub fn label(self) -> &'static str {
        self.name().unwrap_or("the service")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_calls_whom() {
        assert_eq!(K::Nova.calls(K::Cinder, false, false), Some(true));
        assert_eq!(K::Nova.calls(K::Placement, false, false), Some(false));
        assert_eq!(K::Cinder.calls(K::Swift, false, true), Some(true));
        assert_eq!(K::Cinder.calls(K::Swift, false, false), Some(false));
        assert_eq!(K::Nova.calls(K::Other, false, false), None);
    }
}

//! The logins that services have besides those of their service tokens: nova
//! calls neutron and placement as itself, cinder and neutron call nova. These
//! calls carry the token of the login as the user's, and what they may do is up
//! to the called service's policies.
//!
//! Source: nova `conf/{neutron,placement,cinder,ironic,manila,vendordata}.py`,
//! oslo.limit `opts.py`, cinder
//! `compute/nova.py` and `image/glance.py`, neutron `conf/common.py`, ironic
//! `conf/auth.py`, cyborg `conf/{nova,placement}.py`; who registers a login
//! stands in `data/registered.tsv`.

use super::releases::Release;
use super::services::ServiceKind as K;

/// One of them.
#[derive(Debug, PartialEq, Eq)]
pub struct OtherLogin {
    /// Whose it is.
    pub service: K,
    /// The section.
    pub section: &'static str,
    /// Whom it calls.
    pub target: K,
    /// The first release that reads it, unless all known ones do.
    pub since: Option<&'static str>,
    /// Whether the service's daily work needs it, rather than one feature.
    pub essential: bool,
    /// What goes wrong without it, after the service's name.
    pub without: &'static str,
    /// What the target's default policies are asked for.
    pub needs: &'static [Need],
}

/// A call that policies of the target decide about.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// The policies, of which each must allow it.
    pub policies: &'static [&'static str],
    /// What fails where one does not.
    pub breaks: &'static str,
    /// Whether that happens rarely enough to be only worth knowing.
    pub rare: bool,
}

const EVENTS: &[&str] = &["os_compute_api:os-server-external-events:create"];
const PROVIDERS: &[&str] = &["placement:resource_providers:list", "placement:resource_providers:create"];

/// All of them, in the order in which they are tried.
pub const OTHER_LOGINS: &[OtherLogin] = &[
    OtherLogin {
        service: K::Nova,
        section: "neutron",
        target: K::Neutron,
        since: None,
        essential: true,
        without: "cannot bind ports, so servers neither start nor migrate",
        needs: &[Need {
            policies: &["update_port:binding:host_id", "update_port:binding:profile", "create_port_binding"],
            breaks: "port bindings get 403, and with them live migration, resize and servers with SR-IOV ports",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Nova,
        section: "placement",
        target: K::Placement,
        since: None,
        essential: true,
        without: "reaches no placement, so no server is scheduled",
        needs: &[
            Need {
                policies: &[
                    "placement:resource_providers:list",
                    "placement:resource_providers:create",
                    "placement:allocations:update",
                ],
                breaks: "placement answers 403, so computes cannot report and no server is scheduled",
                rare: false,
            },
            Need {
                policies: &["placement:reshaper:reshape"],
                breaks: "an upgrade that moves inventory to other providers stops nova-compute with 403",
                rare: true,
            },
        ],
    },
    OtherLogin {
        service: K::Nova,
        section: "cinder",
        target: K::Cinder,
        since: None,
        essential: false,
        without: "cannot reach volumes where no user asks, as in nova-manage and periodic tasks",
        needs: &[Need {
            policies: &["volume:get", "volume:attachment_delete"],
            breaks: "nova-manage and periodic tasks cannot see or detach the volumes of other projects",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Nova,
        section: "ironic",
        target: K::Ironic,
        since: None,
        essential: false,
        without: "reaches no bare metal nodes",
        // Whether a service role counts hangs on ironic's own options
        // (rbac_service_role_elevated_access), which a rule looks at.
        needs: &[],
    },
    OtherLogin {
        service: K::Nova,
        section: "manila",
        target: K::Manila,
        since: Some("2025.1"),
        essential: false,
        without: "cannot attach shares to servers",
        needs: &[Need {
            policies: &["share:allow_access", "resource_lock:create"],
            breaks: "attaching a share to a server gets 403",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Nova,
        section: "oslo_limit",
        target: K::Keystone,
        since: Some("yoga"),
        essential: false,
        without: "cannot read its quotas where Keystone keeps them (UnifiedLimitsDriver), and then creates no server",
        // What Keystone asks for hangs on the scope, not on roles alone.
        needs: &[],
    },
    OtherLogin {
        service: K::Nova,
        section: "vendordata_dynamic_auth",
        target: K::Other,
        since: None,
        essential: false,
        without: "gets no dynamic vendordata for its servers",
        needs: &[],
    },
    OtherLogin {
        service: K::Glance,
        section: "oslo_limit",
        target: K::Keystone,
        since: Some("xena"),
        essential: false,
        without: "cannot read its quotas where Keystone keeps them (use_keystone_limits), and then takes no image",
        needs: &[],
    },
    OtherLogin {
        service: K::Cinder,
        section: "nova",
        target: K::Nova,
        since: None,
        essential: false,
        without: "cannot tell nova of extended volumes nor ask it for assisted snapshots",
        needs: &[Need {
            policies: &[
                "os_compute_api:os-server-external-events:create",
                "os_compute_api:os-assisted-volume-snapshots:create",
            ],
            breaks: "extending a volume in use and snapshots of NFS volumes get 403",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Cinder,
        section: "glance",
        target: K::Glance,
        since: Some("2025.2"),
        essential: false,
        without: "cannot register or read the locations of images",
        needs: &[Need {
            policies: &["add_image_location", "fetch_image_location"],
            breaks: "creating images from volumes and volumes from images by their location gets 403",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Neutron,
        section: "nova",
        target: K::Nova,
        since: None,
        essential: true,
        without: "cannot tell nova that a port is up, so servers time out while they start",
        needs: &[Need {
            policies: EVENTS,
            breaks: "nova never hears that a port is up, so servers time out while they start",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Neutron,
        section: "placement",
        target: K::Placement,
        since: None,
        essential: false,
        without: "cannot report bandwidth and segments to placement",
        needs: &[Need {
            policies: PROVIDERS,
            breaks: "bandwidth and segments are not reported to placement (403)",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Neutron,
        section: "ironic",
        target: K::Ironic,
        since: None,
        essential: false,
        without: "cannot tell ironic of its ports",
        needs: &[],
    },
    OtherLogin {
        service: K::Neutron,
        section: "designate",
        target: K::Designate,
        since: None,
        essential: false,
        without: "cannot write reverse records",
        needs: &[],
    },
    OtherLogin {
        service: K::Ironic,
        section: "neutron",
        target: K::Neutron,
        since: None,
        essential: false,
        without: "cannot plug its nodes into networks",
        needs: &[Need {
            policies: &["update_port:binding:host_id", "update_port:binding:profile"],
            breaks: "binding the ports of nodes gets 403",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Ironic,
        section: "glance",
        target: K::Glance,
        since: None,
        essential: false,
        without: "cannot fetch images",
        needs: &[],
    },
    OtherLogin {
        service: K::Ironic,
        section: "cinder",
        target: K::Cinder,
        since: None,
        essential: false,
        without: "cannot attach volumes to its nodes",
        needs: &[],
    },
    OtherLogin {
        service: K::Ironic,
        section: "nova",
        target: K::Nova,
        since: None,
        essential: false,
        without: "cannot tell nova that a node's power has changed",
        needs: &[Need {
            policies: EVENTS,
            breaks: "nova never hears that a node's power has changed (403)",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Cyborg,
        section: "placement",
        target: K::Placement,
        since: None,
        essential: true,
        without: "cannot report its devices to placement",
        needs: &[Need {
            policies: PROVIDERS,
            breaks: "devices are not reported to placement (403)",
            rare: false,
        }],
    },
    OtherLogin {
        service: K::Cyborg,
        section: "nova",
        target: K::Nova,
        since: None,
        essential: true,
        without: "cannot tell nova that a device is bound, so servers time out while they start",
        needs: &[Need {
            policies: EVENTS,
            breaks: "nova never hears that a device is bound, so servers time out while they start",
            rare: false,
        }],
    },
];

/// Those of a service under a release.
pub fn other_logins(service: K, release: &Release) -> impl Iterator<Item = &'static OtherLogin> {
    let position = release.position();
    OTHER_LOGINS.iter().filter(move |login| login.service == service).filter(move |login| {
        let since = login.since.and_then(Release::find).map_or(0, Release::position);
        position >= since
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{policy, registered};

    #[test]
    fn the_services_really_register_these_logins() {
        for login in OTHER_LOGINS {
            let options = registered(login.service).unwrap();
            assert!(options.option(login.section, "auth_type").is_some(), "{login:?}");
        }
    }

    #[test]
    fn every_policy_is_in_the_table() {
        for login in OTHER_LOGINS {
            assert!(login.since.is_none_or(|since| Release::find(since).is_some()), "{login:?}");
            for name in login.needs.iter().flat_map(|need| need.policies) {
                assert!(policy(login.target, name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn cinder_s_login_to_glance_came_late() {
        let sections = |release| {
            let release = Release::find(release).unwrap();
            other_logins(K::Cinder, release).map(|login| login.section).collect::<Vec<_>>()
        };
        assert_eq!(sections("2025.1"), ["nova"]);
        assert_eq!(sections("2025.2"), ["nova", "glance"]);
    }
}

//! What the names of folders, containers and Kubernetes objects say about the
//! process whose files they hold.

use std::path::Path;

use crate::catalog::{ServiceKind, serves_api, service_names};

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// This process.
    Process(&'static str),
    /// A process that neither sends service tokens nor checks any: a console
    /// proxy, an agent, a job.
    Neither,
}

/// The processes that send or check service tokens. A name may say more, as
/// `nova-super-conductor` and `nova-compute-ironic` do.
const PROCESSES: [&str; 34] = [
    "nova-api",
    "nova-metadata",
    "nova-scheduler",
    "nova-conductor",
    "nova-compute",
    "cinder-api",
    "cinder-scheduler",
    "cinder-volume",
    "cinder-backup",
    "glance-api",
    "neutron-server",
    "neutron-api",
    "placement-api",
    "ironic-api",
    "ironic-conductor",
    "manila-api",
    "manila-share",
    "barbican-api",
    "cyborg-api",
    "cyborg-conductor",
    "swift-proxy",
    "heat-api",
    "octavia-api",
    "designate-api",
    "magnum-api",
    "masakari-api",
    "aodh-api",
    "blazar-api",
    "cloudkitty-api",
    "gnocchi-api",
    "mistral-api",
    "trove-api",
    "watcher-api",
    "zun-api",
];

/// The programs of a service that answer no API requests. (Under a WSGI server the others
/// have no files of their own.)
pub(super) fn programs(kind: ServiceKind) -> impl Iterator<Item = &'static str> {
    let service = kind.name().unwrap_or_default();
    let is_of = move |process: &&str| process.split('-').next() == Some(service) && !serves_api(process);
    PROCESSES.into_iter().filter(is_of)
}

/// The programs of a service that answer API requests, which read a file of their own
/// name only where they are started as such.
pub(super) fn api_programs(kind: ServiceKind) -> impl Iterator<Item = &'static str> {
    let service = kind.name().unwrap_or_default();
    let is_of = move |process: &&str| process.split('-').next() == Some(service) && serves_api(process);
    PROCESSES.into_iter().filter(is_of)
}

/// Words in the name of a process that has no part in service tokens.
const NEITHER: [&str; 9] = [
    "novncproxy",
    "vncproxy",
    "spicehtml5proxy",
    "spiceproxy",
    "serialproxy",
    "bootstrap",
    "agent",
    "agents",
    "rpc",
];

/// Names that say it in other words than the process's own.
const OTHERWISE: [(&str, &str); 6] = [
    ("nova_libvirt", "nova-compute"),
    ("nova-libvirt", "nova-compute"),
    ("nova-super-conductor", "nova-conductor"),
    ("swift-proxy-server", "swift-proxy"),
    ("nova-cell0-conductor", "nova-conductor"),
    ("nova-external-compute", "nova-compute"),
];

/// The service that an object or a folder named `nova` or `nova-api-config-data` is of.
pub(super) fn owner(name: &str) -> Option<&'static str> {
    service_names().find(|service| {
        name.strip_prefix(service).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// `00-config.conf` and the like, which are read in the order of their names.
pub(super) fn is_numbered(name: &str) -> bool {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    digits > 0 && name[digits..].starts_with('-') && name.ends_with(".conf")
}

/// What a name says about a process of that kind.
pub(super) fn role(name: &str, kind: ServiceKind) -> Option<Role> {
    let service = kind.name()?;
    let name = name.to_lowercase();
    let plain = name.replace('_', "-");
    if !plain.starts_with(service) {
        return None;
    }
    if let Some((_, process)) = OTHERWISE.iter().find(|(other, _)| name == *other || plain == *other) {
        return known(process).map(Role::Process);
    }
    let words: Vec<&str> = plain.split('-').collect();
    if words.iter().any(|word| NEITHER.contains(word)) {
        return Some(Role::Neither);
    }
    let says = |process: &&&'static str| {
        let mut parts = process.split('-');
        parts.next() == Some(service) && parts.all(|part| words.contains(&part))
    };
    PROCESSES.iter().find(says).map(|process| Role::Process(process))
}

fn known(process: &str) -> Option<&'static str> {
    PROCESSES.iter().find(|known| **known == process).copied()
}

/// What the folders on the way to a file say, the nearest first. The folder that
/// is named like the service itself (`etc/nova`) says nothing.
pub(super) fn role_of_path(root: &Path, folder: &Path, kind: ServiceKind) -> Option<Role> {
    let below = folder.strip_prefix(root).unwrap_or(folder);
    let names = below.components().rev().filter_map(|part| part.as_os_str().to_str());
    let own = root.file_name().and_then(|name| name.to_str());
    names.chain(own).find_map(|name| match name {
        // The snap of a hypervisor holds nova's compute process alone.
        "openstack-hypervisor" if kind == ServiceKind::Nova => known("nova-compute").map(Role::Process),
        name => role(name, kind),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_containers_and_objects_tell_the_process() {
        let nova = |name| role(name, ServiceKind::Nova);
        for (name, process) in [
            ("nova-api", "nova-api"),
            ("nova-super-conductor", "nova-conductor"),
            ("nova-compute-ironic", "nova-compute"),
            ("nova_libvirt", "nova-compute"),
            ("nova-cell1-conductor-config-data", "nova-conductor"),
            ("nova_metadata", "nova-metadata"),
        ] {
            assert_eq!(nova(name), Some(Role::Process(process)), "{name}");
        }
        assert_eq!(nova("nova-novncproxy"), Some(Role::Neither));
        assert_eq!(role("neutron-dhcp-agent", ServiceKind::Neutron), Some(Role::Neither));
        assert_eq!(nova("nova"), None);
        assert_eq!(nova("cinder-api"), None);
    }
}

//! How a deployment was made, as far as its files tell.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::walk::Tree;

/// The ways of deployment that leave traces.
pub(in crate::deployment) mod name {
    pub(crate) const PACKAGES: &str = "packages";
    pub(crate) const DEVSTACK: &str = "devstack";
    pub(crate) const KOLLA: &str = "kolla-ansible";
    pub(crate) const OPENSTACK_ANSIBLE: &str = "openstack-ansible";
    pub(crate) const TRIPLEO: &str = "tripleo";
    pub(crate) const PUPPET: &str = "puppet";
    pub(crate) const JUJU: &str = "juju-charms";
    pub(crate) const SUNBEAM: &str = "sunbeam";
    pub(crate) const OPENSTACK_HELM: &str = "openstack-helm";
    pub(crate) const ATMOSPHERE: &str = "atmosphere";
    pub(crate) const RHOSO: &str = "rhoso";
}

/// Bytes at the start of a file in which a tool may say that it wrote it.
const HEAD: u64 = 2048;

/// What the whole tree says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    devstack: bool,
    puppet: bool,
    ansible: bool,
}

impl Evidence {
    pub(super) fn of(tree: &Tree) -> Self {
        let cell = |name: &str| name.starts_with("nova_cell") && name.ends_with(".conf");
        let folder =
            |name: &str| tree.folders().any(|(path, _)| path.components().any(|c| c.as_os_str() == name));
        Self {
            devstack: tree.any(|name| name == "nova-cpu.conf" || cell(name)),
            puppet: folder("puppet") || folder("puppetlabs"),
            ansible: folder("openstack_deploy"),
        }
    }

    /// The method of one service's files.
    pub(super) fn method(self, tree: &Tree, root: &Path, folder: &Path, file: &str) -> Option<&'static str> {
        let own = root.file_name().and_then(|name| name.to_str());
        let below = folder.strip_prefix(root).unwrap_or(folder);
        let parts = || below.components().filter_map(|part| part.as_os_str().to_str()).chain(own);
        let under = |name: &str| parts().any(|part| part == name);
        if under("puppet-generated") || under("config-data") {
            return Some(name::TRIPLEO);
        }
        if under("kolla") || tree.has(folder, "config.json") {
            return Some(name::KOLLA);
        }
        if under("openstack-hypervisor") || parts().any(|part| part.contains("sunbeam")) {
            return Some(name::SUNBEAM);
        }
        let head = head(&folder.join(file));
        if head.contains("maintained by Juju") {
            return Some(name::JUJU);
        }
        if self.devstack {
            return Some(name::DEVSTACK);
        }
        if self.ansible || head.to_lowercase().contains("ansible managed") {
            return Some(name::OPENSTACK_ANSIBLE);
        }
        if let Some(method) = of_fragments(tree, folder) {
            return Some(method);
        }
        if self.puppet {
            return Some(name::PUPPET);
        }
        under("etc").then_some(name::PACKAGES)
    }
}

/// Two ways of deployment put logins and sites' settings into fragments of
/// their own kind of name.
fn of_fragments(tree: &Tree, folder: &Path) -> Option<&'static str> {
    // What lies below a folder follows it.
    let below = tree.folders_from(folder).take_while(|(path, _)| path.starts_with(folder));
    let fragments = below.filter(|(path, _)| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        (path.parent() == Some(folder) || *path == folder) && name.ends_with(".conf.d")
    });
    let names: Vec<&String> = fragments.flat_map(|(_, names)| names).collect();
    if names.iter().any(|name| name.ends_with("_keystone_authtoken.conf")) {
        return Some(name::OPENSTACK_HELM);
    }
    const NUMBERED: [&str; 4] =
        ["00-config.conf", "00-global-defaults.conf", "01-nova.conf", "01-neutron.conf"];
    names.iter().any(|name| NUMBERED.contains(&name.as_str())).then_some(name::RHOSO)
}

fn head(path: &Path) -> String {
    let mut bytes = Vec::new();
    let is_file = std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
    if is_file && let Ok(file) = File::open(path) {
        // What cannot be read here is told when the file itself is read.
        let _ = file.take(HEAD).read_to_end(&mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

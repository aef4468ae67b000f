//! The installed release, found on trees laid out as each way of deployment
//! lays them out.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, run};

const DEBIAN: &str = "usr/lib/python3/dist-packages";

/// A tree with files and packages in it.
struct Tree(TempDir);

impl Tree {
    /// A host with nova and cinder.
    fn host() -> Self {
        let tree = Self(TempDir::new().unwrap());
        tree.file("etc/nova/nova.conf", "[keystone_authtoken]\nauth_type = password\n");
        tree.file("etc/cinder/cinder.conf", "[keystone_authtoken]\nauth_type = password\n");
        tree
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// As pip leaves it.
    fn package(&self, folder: &str, name: &str, version: &str) {
        let text = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n\nVersion: 1\n");
        self.file(&format!("{folder}/{name}-{version}.dist-info/METADATA"), &text);
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run(&self, arguments: &[&str]) -> Run {
        run(self.path(), [&["--offline", "."], arguments].concat())
    }

    fn report(&self, arguments: &[&str]) -> Value {
        let run = self.run(&[arguments, &["--format", "json"]].concat());
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
    }

    /// Release and keystonemiddleware of a service, and how the release is known.
    fn of(&self, service: &str) -> [String; 3] {
        let report = self.report(&[]);
        let mut services = report["services"].as_array().unwrap().iter();
        let found = services.find(|found| found["name"] == service).unwrap();
        let texts = [&found["release"], &found["keystonemiddleware"], &report["release"]["from"]];
        texts.map(|text| text.as_str().unwrap().to_owned())
    }
}

fn rules(report: &Value) -> Vec<&str> {
    report["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

#[test]
fn every_usual_place_is_looked_at() {
    for folder in [
        DEBIAN,
        "usr/lib/python3.9/site-packages",
        "usr/lib64/python3.12/site-packages",
        "usr/lib/python2.7/site-packages",
        "usr/local/lib/python3.12/dist-packages",
        "usr/local/lib/python3.11/site-packages",
        "var/lib/kolla/venv/lib/python3.12/site-packages",
        "var/lib/openstack/lib/python3.10/site-packages",
        "opt/stack/data/venv/lib/python3.12/site-packages",
        "lib/python3.12/site-packages",
    ] {
        let tree = Tree::host();
        tree.package(folder, "nova", "32.0.0");
        tree.package(folder, "keystonemiddleware", "10.12.0");
        let expected = ["2025.2", "10.12.0", "installed"];
        assert_eq!(tree.of("nova"), expected, "{folder}");
        // By its middleware alone.
        assert_eq!(tree.of("cinder"), expected, "{folder}");
    }
    assert_eq!(Tree::host().of("nova"), ["2026.2", "13.0.1", "assumed"]);
}

#[test]
fn what_decides_is_the_middleware_that_is_installed() {
    let tree = Tree::host();
    tree.package(DEBIAN, "nova", "33.0.2");
    tree.package(DEBIAN, "keystonemiddleware", "13.0.1");
    assert_eq!(tree.of("nova"), ["2026.1", "13.0.1", "installed"]);
    let report = tree.report(&[]);
    let nova = report["services"].as_array().unwrap().iter().find(|found| found["name"] == "nova").unwrap();
    assert_eq!(nova["receiver"]["service_token_roles_required"], true, "{nova:#}");
    assert_eq!(nova["packages"][0]["within"], format!("./{DEBIAN}"));
}

#[test]
fn each_service_has_its_own_virtual_environment() {
    let tree = Tree::host();
    let venv = |name: &str| format!("openstack/venvs/{name}/lib/python3.10/site-packages");
    for (name, service, version, middleware) in [
        ("nova-29.2.0", "nova", "29.2.0", "10.6.0"),
        ("nova-31.1.0", "nova", "31.1.0", "10.9.1"),
        ("cinder-30.1.0", "cinder", "25.1.0", "10.7.2"),
    ] {
        tree.package(&venv(name), service, version);
        tree.package(&venv(name), "keystonemiddleware", middleware);
    }
    assert_eq!(tree.of("nova"), ["2025.1", "10.9.1", "installed"]);
    assert_eq!(tree.of("cinder"), ["2024.2", "10.7.2", "installed"]);
    // What stayed behind and what is behind are notes.
    let report = tree.report(&["--select", "installed-unclear,releases-mixed"]);
    assert_eq!(rules(&report), ["installed-unclear", "installed-unclear", "releases-mixed"]);
    assert_eq!(report["summary"]["notes"], 3, "{report:#}");
}

#[test]
fn a_support_bundle_names_its_packages() {
    let dpkg = "||/ Name Version Architecture Description\n\
                ii  nova-common  3:29.0.1-0ubuntu1.4  all  OpenStack Compute\n\
                ii  python3-keystonemiddleware  10.6.0-0ubuntu1  all  Middleware\n\
                rc  cinder-common  2:22.0.0-0ubuntu1  all  Cinder\n";
    let rpm = "openstack-nova-common-29.0.1-1.el9.noarch   Tue 11 Jun 2024\n\
               python3-keystonemiddleware-10.6.0-2.el9.noarch   Tue 11 Jun 2024\n";
    for (path, list) in [
        ("installed-debs", dpkg),
        ("sos_commands/dpkg/dpkg_-l", dpkg),
        ("installed-rpms", rpm),
        ("sos_commands/rpm/sh_-c_rpm_--nodigest_-qa", rpm),
        (
            "sos_commands/apt/apt_list_--installed",
            "nova-common/noble,now 3:29.0.1-0ubuntu1 all [installed]\n",
        ),
        ("sos_commands/python/pip_list", "Package  Version\nnova  29.0.1\nkeystonemiddleware  10.6.0\n"),
    ] {
        let tree = Tree::host();
        tree.file(path, list);
        assert_eq!(tree.of("nova"), ["2024.1", "10.6.0", "installed"], "{path}");
    }
}

#[test]
fn many_hosts_below_one_target_have_a_release_each() {
    let tree = Tree(TempDir::new().unwrap());
    for (host, version) in [("one", "33.0.0"), ("two", "34.0.0")] {
        tree.file(&format!("{host}/etc/nova/nova.conf"), "[keystone_authtoken]\nauth_type = password\n");
        tree.package(&format!("{host}/{DEBIAN}"), "nova", version);
    }
    let report = tree.report(&[]);
    let services = report["services"].as_array().unwrap().iter();
    let releases: Vec<&str> = services.map(|service| service["release"].as_str().unwrap()).collect();
    assert_eq!(releases, ["2026.1", "2026.2"]);
}

#[test]
fn a_flag_beats_what_is_installed() {
    let tree = Tree::host();
    tree.package(DEBIAN, "nova", "33.0.2");
    tree.package(DEBIAN, "cinder", "28.0.0");
    tree.package(DEBIAN, "keystonemiddleware", "12.0.0");
    let releases = |arguments: &[&str]| {
        let report = tree.report(arguments);
        let services = report["services"].as_array().unwrap().iter();
        let mut found: Vec<String> = services.map(|s| s["release"].as_str().unwrap().to_owned()).collect();
        found.push(report["release"]["from"].as_str().unwrap().to_owned());
        found
    };
    assert_eq!(releases(&[]), ["2026.1", "2026.1", "installed"]);
    assert_eq!(releases(&["--release", "zed"]), ["zed", "zed", "flag"]);
    assert_eq!(releases(&["--release", "cinder=2025.2"]), ["2025.2", "2026.1", "installed"]);
    let run = run(tree.path(), ["--offline", "nova=etc/nova/nova.conf", "--format", "json"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["release"]["from"], "assumed", "files by name are of no root");
}

#[test]
fn an_upgrade_leads_beyond_what_is_installed() {
    let tree = Tree::host();
    tree.package(DEBIAN, "nova", "33.0.2");
    tree.package(DEBIAN, "cinder", "29.0.0");
    tree.package(DEBIAN, "keystonemiddleware", "12.0.0");
    // cinder is there already.
    let upgrade = tree.report(&["--upgrade-to", "2026.2"]);
    assert_eq!(upgrade["upgrade"]["from"], "2026.1");
    for (target, words) in [
        ("2026.1", "not newer than the release in force for cinder, 2026.2"),
        ("2025.1", "not newer than the release in force for cinder, 2026.2"),
    ] {
        let run = tree.run(&["--upgrade-to", target]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert!(run.stdout.is_empty());
    }
}

#[test]
fn bad_packages_are_told_and_do_not_stop_the_check() {
    let bad: [(&str, &str, &str, &str); 6] = [
        ("keystonemiddleware-12.0.0.dist-info/METADATA", "", "names no version", "12.0.0"),
        ("keystonemiddleware-12.0.0.dist-info/RECORD", "x", "cannot be read", "12.0.0"),
        ("keystonemiddleware-12.0.0.dist-info/METADATA", "Version: \u{1b}[31m", "no number", "12.0.0"),
        ("keystonemiddleware-12.0.0.dist-info/METADATA", "Version: 13.0.1\n", "another", "12.0.0"),
        ("keystonemiddleware.egg-info/PKG-INFO", "Version: ?\n", "no number", "12.0.0"),
        (
            "keystonemiddleware-99999999999.dist-info/METADATA",
            "Version: 99999999999\n",
            "no number",
            "12.0.0",
        ),
    ];
    for (path, text, words, middleware) in bad {
        let tree = Tree::host();
        tree.package(DEBIAN, "nova", "33.0.2");
        tree.file(&format!("{DEBIAN}/{path}"), text);
        let report = tree.report(&["--select", "installed-unclear"]);
        let message = report["findings"][0]["message"].as_str().unwrap();
        assert!(message.contains(words) && !message.contains('\u{1b}'), "{path}: {message}");
        assert_eq!(tree.of("nova")[1], middleware, "{path}");
    }
}

#[test]
fn a_container_host_s_own_packages_are_not_its_services() {
    let tree = Tree(TempDir::new().unwrap());
    tree.file("etc/kolla/nova-api/nova.conf", "[keystone_authtoken]\nauth_type = password\n");
    tree.package(DEBIAN, "keystonemiddleware", "10.2.0");
    assert_eq!(tree.of("nova"), ["2026.2", "13.0.1", "assumed"]);
}

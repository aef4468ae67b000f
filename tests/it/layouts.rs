//! What the known ways of deployment leave on disk, whole: `clean` as it should
//! be, `broken` with something planted.
//!
//! A case is a directory `fixtures/realworld/METHOD/{clean,broken}` with a tree,
//! the arguments in `cmd` and the report in `expected.txt`.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{compare, run};

/// The methods and their two cases, by name.
fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld");
    let methods = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> =
        methods.flat_map(|method| ["clean", "broken"].map(|case| method.join(case))).collect();
    cases.sort();
    cases
}

fn arguments(case: &Path) -> Vec<String> {
    let cmd = fs::read_to_string(case.join("cmd")).unwrap();
    cmd.split_whitespace().map(str::to_owned).collect()
}

fn json(directory: &Path, arguments: &[String]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--format", "json"].map(str::to_owned));
    let run = run(directory, &arguments);
    assert!(!run.stdout.is_empty(), "{}", run.stderr);
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn every_report_is_as_expected() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let found = run(case, arguments(case));
            let stderr: String = found.stderr.lines().map(|line| format!("stderr: {line}\n")).collect();
            let transcript = format!("{}{stderr}exit code: {}\n", found.stdout, found.code);
            compare(&case.join("expected.txt"), &transcript).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn clean_deployments_raise_no_alarm_and_broken_ones_do() {
    for case in cases() {
        let report = json(&case, &arguments(&case));
        let counts = (report["summary"]["errors"].as_u64().unwrap(), report["summary"]["warnings"].as_u64());
        if case.ends_with("clean") {
            assert_eq!(counts, (0, Some(0)), "{}", case.display());
        } else {
            assert!(counts.0 > 0, "{}", case.display());
        }
    }
}

#[test]
fn the_method_is_told() {
    for case in cases() {
        let report = json(&case, &arguments(&case));
        let expected = match case.parent().unwrap().file_name().unwrap().to_str().unwrap() {
            // A support bundle is a host's tree, whoever set the host up.
            "sosreport" => "packages",
            method => method,
        };
        for service in report["services"].as_array().unwrap() {
            assert_eq!(service["method"], expected, "{}: {}", case.display(), service["id"]);
        }
    }
}

/// Process and paths of each service of a case, the tree's name left out.
fn services(method: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld");
    let report = json(&root.join(method).join("clean"), &["--offline".to_owned(), "tree".to_owned()]);
    let line = |service: &Value| {
        let paths: Vec<&str> =
            service["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
        let process = service["process"].as_str().unwrap_or("-");
        format!("{} {process} {}", service["name"].as_str().unwrap(), paths.join(" ")).replace("tree/", "")
    };
    report["services"].as_array().unwrap().iter().map(line).collect()
}

#[test]
fn each_process_has_the_files_it_loads_in_their_order() {
    let devstack = services("devstack");
    for line in [
        "nova - etc/nova/api-paste.ini etc/nova/nova.conf",
        "nova nova-compute etc/nova/nova-cpu.conf",
        "nova nova-conductor etc/nova/nova_cell1.conf",
        "glance glance-api etc/glance/glance-api-paste.ini etc/glance/glance-api.conf",
    ] {
        assert!(devstack.iter().any(|known| known == line), "{line}: {devstack:#?}");
    }
    let packages = services("packages");
    let compute = "nova nova-compute compute1/etc/nova/nova.conf compute1/etc/nova/nova-compute.conf";
    assert!(packages.iter().any(|known| known == compute), "{packages:#?}");
    let kolla = services("kolla-ansible");
    assert!(!kolla.iter().any(|known| known.contains("novncproxy") || known.contains("agent")), "{kolla:#?}");
    let helm = services("openstack-helm");
    let nova = "nova nova-compute nova.yaml#nova-etc/nova-compute.conf \
                nova.yaml#nova-ks-etc/nova_cinder.conf nova.yaml#nova-ks-etc/nova_keystone_authtoken.conf \
                nova.yaml#nova-ks-etc/nova_service_user.conf";
    assert!(helm.iter().any(|known| known == nova), "{helm:#?}");
    let rhoso = services("rhoso");
    let api = "nova nova-api pods/nova-api/etc/nova/nova.conf pods/nova-api/etc/nova/nova.conf.d";
    let glance = "glance glance-api pods/glance-api/etc/glance/glance.conf.d";
    for line in [api, glance] {
        assert!(rhoso.iter().any(|known| known == line), "{line}: {rhoso:#?}");
    }
}

#[test]
fn a_tree_that_leads_back_to_itself_ends() {
    let folder = TempDir::new().unwrap();
    let nova = folder.path().join("etc/nova");
    fs::create_dir_all(&nova).unwrap();
    fs::write(nova.join("nova.conf"), "[service_user]\nsend_service_user_token = true\n").unwrap();
    symlink("..", nova.join("up")).unwrap();
    symlink(folder.path(), folder.path().join("all")).unwrap();
    symlink("/nowhere/at/all", nova.join("gone.conf")).unwrap();
    let report = json(folder.path(), &["--offline".to_owned(), ".".to_owned()]);
    assert_eq!(report["services"].as_array().unwrap().len(), 1, "{report:#}");
}

#[test]
fn a_fragment_and_a_paste_file_stand_for_the_whole() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir_all(path("cinder/cinder.conf.d")).unwrap();
    fs::write(path("cinder/cinder.conf"), "[DEFAULT]\n").unwrap();
    fs::write(path("cinder/cinder.conf.d/1.conf"), "[DEFAULT]\n").unwrap();
    fs::write(path("cinder/api-paste.ini"), "[pipeline:osapi_volume]\npipeline = x\n[app:x]\n").unwrap();
    let paths = |target: &str| {
        let report = json(folder.path(), &["--offline".to_owned(), target.to_owned()]);
        report["services"][0]["paths"].clone()
    };
    let whole = serde_json::json!(["cinder/cinder.conf", "cinder/cinder.conf.d"]);
    assert_eq!(paths("cinder/cinder.conf.d/1.conf"), whole);
    let paste = serde_json::json!(["cinder/api-paste.ini", "cinder/cinder.conf"]);
    assert_eq!(paths("cinder/api-paste.ini"), paste);
}

//! Ceph's RadosGW in place of swift: named with what `ceph.conf` says, and judged by
//! nobody.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::run;

const LOGIN: &str = "auth_type = password\nauth_url = https://k:5000\nusername = u\npassword = p\n\
                     user_domain_name = Default\nproject_name = p\nproject_domain_name = Default\n";

/// A host with cinder, whose backups send the token to swift or do not, and a gateway.
fn host(sends: bool, gateway: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for part in ["etc/cinder", "etc/ceph"] {
        fs::create_dir_all(folder.path().join(part)).unwrap();
    }
    let cinder = format!(
        "[DEFAULT]\nbackup_swift_service_auth = {sends}\n[service_user]\nsend_service_user_token = true\n{LOGIN}"
    );
    fs::write(folder.path().join("etc/cinder/cinder.conf"), cinder).unwrap();
    fs::write(folder.path().join("etc/ceph/ceph.conf"), gateway).unwrap();
    folder
}

/// Its row of verdicts, and the whole report.
fn swift(folder: &TempDir, targets: &[&str]) -> (Value, String) {
    let arguments = ["--offline", "--assume-roles=service", "--format=json"];
    let run = run(folder.path(), arguments.iter().chain(targets));
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let row = report["trust"].as_array().unwrap().iter().find(|row| row["receivers"][0] == "swift");
    (row.cloned().unwrap_or_default(), run.stdout)
}

#[test]
fn its_verdict_is_unknown_with_the_values_of_the_file() {
    let on = "[client.rgw.a]\nrgw keystone url = http://k\nrgw keystone admin password = hunter2\n\
              rgw_keystone_service_token_enabled = true\nrgw_keystone_service_token_accepted_roles = service\n";
    for targets in [
        &["."][..],
        &["swift=etc/ceph/ceph.conf", "etc/cinder/cinder.conf"],
        &["etc/cinder/cinder.conf", "etc/ceph/ceph.conf"],
    ] {
        let (row, report) = swift(&host(true, on), targets);
        assert_eq!((&row["verdict"], &row["used"]), (&"unknown".into(), &true.into()), "{targets:?}");
        let reason = row["reason"].as_str().unwrap();
        assert!(reason.contains("with the role service"), "{reason}");
        assert!(reason.contains("ceph.conf:5) and refuses"), "{reason}");
        assert!(!report.contains("hunter2"));
    }
    let (row, _) = swift(&host(true, "[client.rgw.a]\nrgw keystone url = http://k\n"), &["."]);
    assert!(row["reason"].as_str().unwrap().contains("looks at no service token"), "{row}");
    let (row, _) = swift(&host(false, on), &["."]);
    assert_eq!((&row["verdict"], &row["used"]), (&"unknown".into(), &false.into()));
}

#[test]
fn what_is_not_sent_is_not_sent_to_it_either() {
    let folder = host(true, "[client.rgw.a]\nrgw keystone url = http://k\n");
    let cinder = "[DEFAULT]\nbackup_swift_service_auth = true\n[service_user]\n";
    fs::write(folder.path().join("etc/cinder/cinder.conf"), cinder).unwrap();
    assert_eq!(swift(&folder, &["."]).0["verdict"], "not-sent");
}

#[test]
fn the_text_names_it_in_the_matrix_and_among_what_was_not_checked() {
    let folder = host(true, "[client.rgw.a]\nrgw keystone url = http://k\n");
    let report = run(folder.path(), ["--offline", "."]).stdout;
    assert!(report.contains("\nswift     unknown\n"), "{report}");
    assert!(report.contains("\n- RadosGW (./etc/ceph/ceph.conf): its verdict is unknown"), "{report}");
    let shown = run(folder.path(), ["show", "etc/ceph/ceph.conf"]).stdout;
    assert!(shown.starts_with("swift\n  RadosGW: it looks at no service token"), "{shown}");
}

#[test]
fn a_client_s_ceph_conf_is_no_gateway() {
    let folder = host(true, "[global]\nfsid = 1\n[client.cinder]\nkeyring = /x\n");
    let (row, report) = swift(&folder, &["."]);
    assert!(row.is_null() && !report.contains("RadosGW"), "{report}");
}

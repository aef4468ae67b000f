//! Trees that are not as a way of deployment leaves them: mounted volumes, copies of
//! a part, odd names and links, manifests of other tools. What is not looked at is
//! said.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, run};

/// A file of any service.
const CONF: &str = "[service_user]\nsend_service_user_token = true\n[keystone_authtoken]\n";

fn put(folder: &TempDir, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
    let path = folder.path().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn check(folder: &TempDir, target: &str) -> Run {
    run(folder.path(), ["--offline", "--format=json", target])
}

/// The paths of each service, and what was not checked with the reason.
fn found(folder: &TempDir, target: &str) -> (Vec<String>, Vec<String>) {
    let run = check(folder, target);
    assert!(!run.stdout.is_empty(), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let list = |key: &str| report[key].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let paths = list("services").into_iter().map(|service| {
        let paths: Vec<String> = service["paths"].as_array().unwrap().iter().map(text).collect();
        paths.join(" ")
    });
    let unchecked = list("not_checked").into_iter();
    let unchecked = unchecked.map(|item| format!("{}: {}", text(&item["what"]), text(&item["why"])));
    (
        paths.collect(),
        unchecked.filter(|line| !line.contains("--offline") && !line.contains("receiver")).collect(),
    )
}

#[test]
fn a_volume_that_kubernetes_mounted_is_one_folder() {
    let folder = TempDir::new().unwrap();
    put(&folder, "nova-etc/..2026_11_25/nova.conf", CONF);
    symlink("..2026_11_25", folder.path().join("nova-etc/..data")).unwrap();
    symlink("..data/nova.conf", folder.path().join("nova-etc/nova.conf")).unwrap();
    assert_eq!(found(&folder, "."), (vec!["./nova-etc/nova.conf".to_owned()], vec![]));
}

#[test]
fn the_files_of_a_process_that_a_hook_passes_are_one_process() {
    let folder = TempDir::new().unwrap();
    for path in ["nova.conf", "nova.conf.d/1.conf", "nova.conf.d/2.conf"] {
        put(&folder, Path::new("nova").join(path), CONF);
    }
    put(&folder, "nova/api-paste.ini", "[app:x]\npaste.app_factory = m:f\n");
    put(&folder, "glance/glance-api.conf", CONF);
    put(&folder, "glance/glance-api-paste.ini", "[app:x]\npaste.app_factory = m:f\n");
    put(&folder, "placement/placement.conf.d/1.conf", CONF);
    let files = [
        "glance/glance-api-paste.ini",
        "glance/glance-api.conf",
        "nova/api-paste.ini",
        "nova/nova.conf.d/1.conf",
        "nova/nova.conf.d/2.conf",
        "nova/nova.conf",
        "placement/placement.conf.d/1.conf",
        "placement/placement.conf.d/1.conf",
    ];
    let plan = |files: &[&str]| {
        let run = run(folder.path(), ["--plan"].iter().chain(files));
        let read = run.stdout.lines().skip(1).take_while(|line| line.starts_with("- "));
        read.map(str::to_owned).collect::<Vec<_>>()
    };
    let expected = [
        "- glance: glance/glance-api-paste.ini, glance/glance-api.conf",
        "- nova: nova/api-paste.ini, nova/nova.conf, nova/nova.conf.d",
        "- placement: placement/placement.conf.d",
    ];
    assert_eq!(plan(&files), expected);
    let mut reversed = files;
    reversed.reverse();
    let mut plan = plan(&reversed);
    plan.sort();
    assert_eq!(plan, expected);
    // What is given by name is as it was typed.
    let twice = run(folder.path(), ["--plan", "nova=nova/nova.conf", "nova/nova.conf"]).stdout;
    assert!(twice.contains("#2"), "{twice}");
}

#[test]
fn files_that_tripleo_does_not_mount_are_left_out_beside_those_it_does() {
    let folder = TempDir::new().unwrap();
    put(&folder, "config-data/nova/etc/nova/nova.conf", CONF);
    let read = |path: &str| (vec![path.to_owned()], vec![]);
    assert_eq!(found(&folder, "config-data"), read("config-data/nova/etc/nova/nova.conf"));
    put(&folder, "config-data/puppet-generated/nova/etc/nova/nova.conf", CONF);
    assert_eq!(found(&folder, "."), read("./config-data/puppet-generated/nova/etc/nova/nova.conf"));
}

#[test]
fn layers_of_images_hold_nobody_s_files() {
    let folder = TempDir::new().unwrap();
    put(&folder, "etc/nova/nova.conf", CONF);
    for layer in ["var/lib/docker/overlay2/1/diff", "var/lib/containers/storage/overlay/1/diff"] {
        put(&folder, Path::new(layer).join("etc/cinder/cinder.conf"), CONF);
    }
    put(&folder, "overlay/etc/glance/glance-api.conf", CONF);
    let paths = found(&folder, ".").0;
    assert_eq!(paths, ["./etc/nova/nova.conf", "./overlay/etc/glance/glance-api.conf"]);
}

#[test]
fn what_debian_s_packages_copy_from_is_read_by_nobody() {
    let folder = TempDir::new().unwrap();
    put(&folder, "etc/nova/nova.conf", CONF);
    put(&folder, "usr/share/nova-common/nova.conf", CONF);
    assert_eq!(found(&folder, ".").0, ["./etc/nova/nova.conf"]);
    // But a target is what somebody means.
    assert_eq!(found(&folder, "usr/share/nova-common").0, ["usr/share/nova-common/nova.conf"]);
}

#[test]
fn what_is_not_looked_at_is_said() {
    let folder = TempDir::new().unwrap();
    put(&folder, "etc/cinder/cinder.conf", CONF);
    put(&folder, Path::new(OsStr::from_bytes(b"h\xf6st/etc/nova")).join("nova.conf"), CONF);
    put(&folder, "neutron-agent-1/etc/neutron/neutron.conf", CONF);
    fs::create_dir_all(folder.path().join("etc/nova")).unwrap();
    fs::create_dir_all(folder.path().join("etc/manila/manila.conf")).unwrap();
    symlink("/gone/nova.conf", folder.path().join("etc/nova/nova.conf")).unwrap();
    let (paths, unchecked) = found(&folder, ".");
    assert_eq!(paths, ["./etc/cinder/cinder.conf"]);
    let expected = [
        "neutron in ./neutron-agent-1/etc/neutron: a folder above it is named like an agent or a proxy, which \
         checks no service tokens",
        "./etc/manila/manila.conf: it is a directory where a file is meant; a service that is told to read it \
         does not start",
        "./etc/nova/nova.conf: it is a link to /gone/nova.conf, where no file is",
        "./h\u{fffd}st: the name is no UTF-8",
    ];
    assert_eq!(unchecked, expected);
}

#[test]
fn a_container_s_yaml_counts_before_its_json() {
    let description = |command: &str| {
        format!(
            "command: {command}\nconfig_files:\n- source: /var/lib/kolla/config_files/x.conf\n  \
             dest: /etc/nova/nova.conf\n- source: /var/lib/kolla/config_files/nova.conf\n  \
             dest: /etc/nova/nova.conf\n"
        )
    };
    let folder = TempDir::new().unwrap();
    for file in ["nova.conf", "x.conf"] {
        put(&folder, format!("etc/kolla/nova-compute/{file}"), CONF);
    }
    put(&folder, "etc/kolla/nova-compute/config.json", r#"{"command": "nova-novncproxy"}"#);
    put(&folder, "etc/kolla/nova-compute/config.yaml", description("nova-compute --x"));
    let read = vec!["etc/kolla/nova-compute/nova.conf".to_owned()];
    assert_eq!(found(&folder, "etc"), (read.clone(), vec![]));
    let plan = run(folder.path(), ["--plan", "etc"]).stdout;
    assert!(plan.contains("started as nova-compute (etc/kolla/nova-compute/config.yaml)"), "{plan}");
    put(&folder, "etc/kolla/nova-compute/config.yaml", "command: [");
    let (paths, unchecked) = found(&folder, "etc");
    assert_eq!(paths, read);
    let told = "the command line in etc/kolla/nova-compute/config.yaml: it is no YAML at line 2 column 1";
    assert!(unchecked[0].starts_with(told), "{unchecked:?}");
}

#[test]
fn overrides_for_kolla_ansible_are_read_by_no_service() {
    let folder = TempDir::new().unwrap();
    for path in ["nova.conf", "nova/nova-compute.conf", "cinder/host1/cinder.conf", "nova/ceph.conf"] {
        put(&folder, Path::new("etc/kolla/config").join(path), "[DEFAULT]\nrgw_keystone_url = x\n");
    }
    let run = check(&folder, "etc");
    let told = "below etc; the overrides in etc/kolla/config: no service reads them: kolla-ansible merges them \
                into the files of its containers\n";
    assert!(run.code == 2 && run.stderr.contains(told), "{}", run.stderr);
    put(&folder, "etc/nova/nova.conf", CONF);
    let (paths, unchecked) = found(&folder, "etc");
    assert_eq!((paths, unchecked.len()), (vec!["etc/nova/nova.conf".to_owned()], 1));
    // Merged already.
    put(&folder, "etc/kolla/nova-compute/nova.conf", CONF);
    let both = vec!["etc/kolla/nova-compute/nova.conf".to_owned(), "etc/nova/nova.conf".to_owned()];
    assert_eq!(found(&folder, "etc"), (both, vec![]));
}

#[test]
fn a_directory_copied_over_a_file_takes_its_place() {
    let copies = |merge: bool| {
        let from = "/var/lib/kolla/config_files";
        serde_json::json!({"command": "nova-compute", "config_files": [
            {"source": format!("{from}/nova.conf"), "dest": "/etc/nova/nova.conf"},
            {"source": format!("{from}/all"), "dest": "/etc/nova", "merge": merge},
        ]})
        .to_string()
    };
    let folder = TempDir::new().unwrap();
    put(&folder, "etc/kolla/nova-compute/nova.conf", CONF);
    put(&folder, "etc/kolla/nova-compute/all/nova-compute.conf", CONF);
    let read = |merge: bool| {
        put(&folder, "etc/kolla/nova-compute/config.json", copies(merge));
        found(&folder, "etc").0[0].replace("etc/kolla/nova-compute/", "")
    };
    assert_eq!(read(true), "nova.conf all/nova-compute.conf");
    assert_eq!(read(false), "all/nova-compute.conf");
}

fn secret(metadata: &str, field: &str, text: &str) -> String {
    format!("kind: Secret\nmetadata: {{name: nova-etc{metadata}}}\n{field}:\n  nova.conf: {text}\n")
}

#[test]
fn an_object_is_found_whatever_stands_beside_it() {
    let encoded = STANDARD.encode(CONF);
    let script = "---\nkind: ConfigMap\nmetadata: {name: nova-bin}\ndata:\n  \
                  x.sh: kubectl get pods -o go-template='{{.items}}'\n";
    for text in [
        format!("{}{script}", secret("", "data", &encoded)),
        secret(", namespace: null, labels: null", "data", &encoded),
        secret("", "binaryData", &encoded),
        format!(
            "kind: List\nitems:\n- 1\n- {{kind: Secret, metadata: null, data: 1, items: null}}\n---\n{}",
            secret("", "data", &encoded)
        ),
    ] {
        let folder = TempDir::new().unwrap();
        put(&folder, "all.yaml", &text);
        assert_eq!(found(&folder, ".").0, ["./all.yaml#nova-etc/nova.conf"], "{text}");
    }
}

#[test]
fn a_chart_s_template_is_no_manifest() {
    for text in [
        "{{- if .Values.x }}\nkind: Secret\nmetadata:\n  name: nova-etc\n{{- end }}\n".to_owned(),
        secret("", "stringData", "\"{{ .Values.conf }}\""),
    ] {
        let folder = TempDir::new().unwrap();
        put(&folder, "all.yaml", &text);
        let run = check(&folder, ".");
        let expected = "nova-token-check: nothing to check: no configuration of a known service below .\n";
        assert!(run.code == 2 && run.stderr.ends_with(expected), "{}", run.stderr);
    }
}

#[test]
fn what_is_encrypted_is_said_to_be() {
    for field in ["data", "stringData"] {
        let folder = TempDir::new().unwrap();
        put(&folder, "all.yaml", secret("", field, "ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]"));
        let run = check(&folder, ".");
        let told = "below .; ./all.yaml#nova-etc/nova.conf: is encrypted (SOPS)\n";
        assert!(run.code == 2 && run.stderr.contains(told), "{}", run.stderr);
    }
}

#[test]
fn where_nothing_is_found_what_was_met_is_said() {
    let folder = TempDir::new().unwrap();
    put(&folder, "x/all.yaml", "kind: Secret\nmetadata: [\n");
    let run = check(&folder, "x");
    let expected = "hint: correct it, or give the files themselves\nnova-token-check: nothing to check: no \
                    configuration of a known service below x; x/all.yaml: is no YAML that can be read at line 3\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, expected));
    let large = format!("kind: Secret\n{}", "# filler\n".repeat(8 << 20));
    put(&folder, "y/all.yaml", large);
    let run = check(&folder, "y");
    assert!(run.stderr.contains("below y; y/all.yaml: is larger than 64 MiB\n"), "{}", run.stderr);
}

#[test]
fn a_daemon_set_of_openstack_helm_has_a_copy_and_the_same_logins() {
    let object = |name: &str, files: &[(&str, &str)]| {
        let lines = files.iter().map(|(key, text)| format!("  {key}: {}\n", STANDARD.encode(text)));
        format!("---\nkind: Secret\nmetadata: {{name: {name}}}\ndata:\n{}", lines.collect::<String>())
    };
    let nova = [("nova.conf", CONF), ("nova-compute.conf", CONF), ("api-paste.ini", "[app:x]\n")];
    let neutron = [("neutron.conf", CONF)];
    let folder = TempDir::new().unwrap();
    let all = [
        object("nova-etc", &nova),
        object("nova-ks-etc", &[("nova_service_user.conf", CONF)]),
        object("nova-compute-default", &nova),
        object("nova-compute-rack1-0a1b2c3d", &nova),
        object("neutron-etc", &neutron),
        object("neutron-ks-etc", &[("neutron_keystone_authtoken.conf", CONF)]),
        object("neutron-ovs-agent-default", &neutron),
        object("neutron-netns-cleanup-cron-default", &neutron),
    ];
    put(&folder, "a.yaml", all.concat());
    let logins = "./a.yaml#nova-ks-etc/nova_service_user.conf";
    let own = |name: &str| format!("./a.yaml#{name}/nova-compute.conf {logins}");
    let expected = [
        "./a.yaml#neutron-etc/neutron.conf ./a.yaml#neutron-ks-etc/neutron_keystone_authtoken.conf"
            .to_owned(),
        own("nova-compute-default"),
        own("nova-compute-rack1-0a1b2c3d"),
        format!("./a.yaml#nova-etc/api-paste.ini ./a.yaml#nova-etc/nova.conf {logins}"),
        own("nova-etc"),
    ];
    let mut paths = found(&folder, ".").0;
    paths.sort();
    assert_eq!(paths, expected);
}

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

/// A folder of kolla's for one container: its description and other files.
fn container(name: &str, description: &str, files: &[&str]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("etc/kolla").join(name);
    for file in files {
        let path = own.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "[keystone_authtoken]\n[service_user]\n").unwrap();
    }
    fs::write(own.join("config.json"), description).unwrap();
    folder
}

/// What is read of it, process and files without the folder, and what was not.
fn read_of(folder: &TempDir) -> (Vec<String>, Vec<String>) {
    let run = run(folder.path(), ["--offline", "--format=json", "etc"]);
    if run.stdout.is_empty() {
        assert!(run.stderr.contains("nothing to check"), "{}", run.stderr);
        return (Vec::new(), Vec::new());
    }
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let services = report["services"].as_array().unwrap().iter().map(|service| {
        let paths = service["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
        let names: Vec<&str> = paths.map(|path| path.splitn(4, '/').last().unwrap()).collect();
        format!("{} {}", service["process"].as_str().unwrap_or("-"), names.join(" "))
    });
    let unchecked = report["not_checked"].as_array().unwrap().iter();
    let unchecked = unchecked.map(|item| item["what"].as_str().unwrap().to_owned());
    let files = |what: &String| what.contains(".conf") || what.contains(".json");
    (services.collect(), unchecked.filter(files).collect())
}

fn described(command: &str, copies: &[(&str, &str)]) -> String {
    let copies: Vec<Value> = copies
        .iter()
        .map(|(source, destination)| {
            serde_json::json!({
                "source": format!("/var/lib/kolla/config_files/{source}"),
                "dest": destination, "owner": "nova", "perm": "0600",
            })
        })
        .collect();
    serde_json::json!({ "command": command, "config_files": copies }).to_string()
}

#[test]
fn a_container_reads_what_its_command_names_in_that_order() {
    let main = ("nova.conf", "/etc/nova/nova.conf");
    let read = |name: &str, command: &str, copies: &[(&str, &str)], files: &[&str]| {
        read_of(&container(name, &described(command, copies), files))
    };
    let files = ["nova.conf", "cell.conf", "nova-compute.conf", "d/2.conf", "d/1.conf"];
    let cell = ("cell.conf", "/etc/nova/cells/cell1.conf");
    let command = "nova-compute --config-file /etc/nova/cells/cell1.conf --config-file=/etc/nova/nova.conf";
    // What lies in the folder and is not copied is not read.
    assert_eq!(read("nova-compute", command, &[main, cell], &files).0, ["nova-compute cell.conf nova.conf"]);
    assert_eq!(read("nova-compute", "nova-compute", &[main, cell], &files).0, ["nova-compute nova.conf"]);
    let own = ("nova-compute.conf", "/etc/nova/");
    let both = ["nova-compute nova.conf nova-compute.conf"];
    assert_eq!(read("nova-compute", "/usr/bin/nova-compute", &[own, main], &files).0, both);
    // A directory as such, and one that is put together; found, it counts before what
    // is named.
    let folder = ("d", "/etc/nova/nova.conf.d");
    assert_eq!(read("nova-compute", "nova-compute", &[main, folder], &files).0, ["nova-compute nova.conf d"]);
    let named = "nova-compute --config-file /etc/nova/nova.conf";
    assert_eq!(read("nova-compute", named, &[main, folder], &files).0, ["nova-compute d nova.conf"]);
    let singly =
        [("d/*.conf", "/etc/nova/nova.conf.d/"), ("cell.conf", "/etc/nova/nova.conf.d/0.conf"), main];
    let composed = ["nova-compute nova.conf cell.conf d/1.conf d/2.conf"];
    assert_eq!(read("nova-compute", "nova-compute", &singly, &files).0, composed);
    let directory = "nova-compute --config-dir /etc/nova/nova.conf.d --config-file /etc/nova/nova.conf";
    assert_eq!(read("nova-compute", directory, &[main, folder], &files).0, ["nova-compute d nova.conf"]);
    // The command beats the folder's name.
    assert_eq!(read("nova-other", "nova-conductor", &[main], &files).0, ["nova-conductor nova.conf"]);
    assert!(
        read("nova-api", "nova-novncproxy --config-file /etc/nova/nova.conf", &[main], &files).0.is_empty()
    );
    let missing =
        "nova-compute --config-file /usr/share/nova/nova-dist.conf --config-file /etc/nova/nova.conf";
    let (services, unchecked) = read("nova-compute", missing, &[main], &files);
    assert_eq!(services, ["nova-compute nova.conf"]);
    let told =
        "/usr/share/nova/nova-dist.conf, which the command line in etc/kolla/nova-compute/config.json names";
    assert_eq!(unchecked, [told]);
}

#[test]
fn a_container_s_api_reads_what_its_server_is_told() {
    let masakari = described(
        "masakari-api --config-file /etc/masakari/masakari.conf",
        &[
            ("masakari-api-paste.ini", "/etc/masakari/api-paste.ini"),
            ("masakari.conf", "/etc/masakari/masakari.conf"),
        ],
    );
    let folder = container("masakari-api", &masakari, &["masakari.conf"]);
    fs::write(folder.path().join("etc/kolla/masakari-api/masakari-api-paste.ini"), "[app:x]\n").unwrap();
    assert_eq!(read_of(&folder).0, ["masakari-api masakari-api-paste.ini masakari.conf"]);
    let copies = [
        ("neutron.conf", "/etc/neutron/neutron.conf"),
        ("ml2_conf.ini", "/etc/neutron/plugins/ml2/ml2_conf.ini"),
        ("fwaas_driver.ini", "/etc/neutron/fwaas_driver.ini"),
        ("uwsgi.ini", "/etc/neutron/neutron-server-uwsgi.ini"),
    ];
    let files = ["neutron.conf", "ml2_conf.ini", "fwaas_driver.ini"];
    let neutron = |command: &str, uwsgi: &str| {
        let folder = container("neutron-server", &described(command, &copies), &files);
        fs::write(folder.path().join("etc/kolla/neutron-server/uwsgi.ini"), uwsgi).unwrap();
        read_of(&folder).0
    };
    let uwsgi = "uwsgi /etc/neutron/neutron-server-uwsgi.ini";
    let told = "[uwsgi]\nenv = OS_NEUTRON_CONFIG_FILES=neutron.conf;fwaas_driver.ini\n";
    assert_eq!(neutron(uwsgi, told), ["neutron-server neutron.conf fwaas_driver.ini"]);
    assert_eq!(neutron(uwsgi, "[uwsgi]\n"), ["neutron-server neutron.conf ml2_conf.ini"]);
    assert_eq!(neutron("httpd -DFOREGROUND", ""), ["neutron-server neutron.conf ml2_conf.ini"]);
    assert!(neutron("neutron-rpc-server --config-file /etc/neutron/neutron.conf", "").is_empty());
}

#[test]
fn the_plan_shows_each_command_and_every_user_of_a_login() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld/kolla-ansible/clean");
    let plan = run(&case, ["--plan", "tree"]).stdout;
    let command = "\n    started as cinder-volume --config-file /etc/cinder/cinder.conf \
                   (tree/etc/kolla/cinder-volume/config.json)\n";
    assert!(plan.contains(command), "{plan}");
    for folder in ["nova-api", "nova-compute", "nova-conductor", "nova-metadata", "nova-super-conductor"] {
        assert!(plan.contains(&format!(" nova@tree/etc/kolla/{folder}/nova.conf [neutron]\n")), "{plan}");
    }
}

#[test]
fn a_description_that_tells_nothing_is_said_to_and_the_files_are_read() {
    let told = "the command line in etc/kolla/nova-compute/config.json";
    let deep = "[".repeat(100_000);
    let large = format!("{{\"command\": \"{}\"}}", "x ".repeat(1 << 20));
    for description in ["", "{", "nova-compute", "{\"command\": \"a\"", deep.as_str(), large.as_str()] {
        let read = read_of(&container("nova-compute", description, &["nova.conf"]));
        let expected = (vec!["nova-compute nova.conf".to_owned()], vec![told.to_owned()]);
        assert_eq!(read, expected, "{}", &description[..description.len().min(20)]);
    }
    // Of something else, or nothing that can be used: nothing to say.
    for description in [
        "null",
        "[1]",
        "{}",
        "{\"command\": 1}",
        "{\"command\": \"\"}",
        "{\"command\": \"nova-compute\", \"config_files\": 1}",
        "{\"command\": \"nova-compute\", \"config_files\": [1, {}, {\"source\": 1, \"dest\": 2}]}",
        "{\"command\": \"nova-compute\", \"config_files\": [{\"source\": \"/var/lib/kolla/config_files/../../nova.conf\", \"dest\": \"/etc/nova/nova.conf\"}]}",
    ] {
        let (services, _) = read_of(&container("nova-compute", description, &["nova.conf"]));
        assert_eq!(services, ["nova-compute nova.conf"], "{description}");
    }
}

#[test]
fn a_program_reads_a_file_of_its_name_after_the_one_that_all_share() {
    let folder = TempDir::new().unwrap();
    for path in [
        "etc/cinder/cinder.conf",
        "etc/cinder/cinder-volume.conf",
        "etc/cinder/cinder-api.conf",
        "etc/nova/nova.conf",
        "etc/nova/api-paste.ini",
        "etc/nova/nova-compute.conf",
        "etc/nova/nova-conductor.conf",
        "etc/nova/nova-scheduler.conf.d/1.conf",
    ] {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "[DEFAULT]\n").unwrap();
    }
    let report = json(folder.path(), &["--offline".to_owned(), "etc".to_owned()]);
    let mut read: Vec<String> = report["services"]
        .as_array()
        .unwrap()
        .iter()
        .map(|service| {
            let paths = service["paths"].as_array().unwrap().iter().map(|path| path.as_str().unwrap());
            let names: Vec<&str> = paths.map(|path| path.rsplit('/').next().unwrap()).collect();
            format!("{} {}", service["process"].as_str().unwrap_or("-"), names.join(" "))
        })
        .collect();
    read.sort();
    let expected = [
        "- api-paste.ini nova.conf",
        "- cinder.conf",
        "cinder-volume cinder.conf cinder-volume.conf",
        "nova-compute nova.conf nova-compute.conf",
        "nova-conductor nova.conf nova-conductor.conf",
        "nova-scheduler nova.conf nova-scheduler.conf.d",
    ];
    assert_eq!(read, expected);
    // Who reads that one hangs on how the API is started.
    let unchecked = report["not_checked"].as_array().unwrap().iter();
    let own: Vec<&str> =
        unchecked.filter_map(|item| item["what"].as_str()).filter(|what| what.ends_with(".conf")).collect();
    assert_eq!(own, ["etc/cinder/cinder-api.conf"]);
}

/// This host has no OpenStack of its own where the tests run; if it has, its services
/// come first.
#[test]
fn with_env_the_variables_of_wsgi_services_lead_to_their_files() {
    let folder = TempDir::new().unwrap();
    for name in ["api-paste.ini", "nova.conf", "extra.conf"] {
        fs::write(folder.path().join(name), "[DEFAULT]\n").unwrap();
    }
    let run = |with_env: &[&str]| {
        let mut command = crate::program::program(folder.path());
        command.env("OS_NOVA_CONFIG_DIR", folder.path()).args(with_env);
        command.env("OS_NOVA_CONFIG_FILES", "api-paste.ini;nova.conf;extra.conf");
        crate::program::Run::of(&command.arg("--plan").output().unwrap()).stdout
    };
    let directory = folder.path().display();
    let files = format!("{directory}/api-paste.ini, {directory}/nova.conf, {directory}/extra.conf");
    assert!(run(&["--with-env"]).contains(&files), "{}", run(&["--with-env"]));
    assert!(!run(&[]).contains(&files));
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

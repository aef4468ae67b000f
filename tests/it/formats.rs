//! The formats as the program writes them: file names that mean something in
//! each of them, the published schema, and outputs that cannot be written.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use crate::schema;

const LOGIN: &str = "\
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = someone
password = canary-secret
project_name = service
user_domain_name = Default
project_domain_name = Default
";

/// A directory name that means something in every format.
const NASTY: &str = "a b\u{1b}[31m\"'&<script>alert(1)<%0A::,:\u{202e}\u{e9}\n";

const FORMATS: [&str; 7] = ["text", "json", "sarif", "junit", "github", "gitlab", "html"];

fn tree() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let base = directory.path().join(NASTY);
    fs::create_dir_all(base.join("cinder.conf.d")).unwrap();
    let nova =
        format!("[service_user]\nsend_service_user_token = true\n{LOGIN}[keystone_authtoken]\n{LOGIN}");
    fs::write(base.join("nova.conf"), nova).unwrap();
    fs::write(base.join("cinder.conf"), format!("[keystone_authtoken]\n{LOGIN}")).unwrap();
    let roles = "[keystone_authtoken]\nservice_token_roles = <script>alert(2)</script>%::\n";
    fs::write(base.join("cinder.conf.d").join(not_utf8()), roles).unwrap();
    directory
}

/// A file name that is no UTF-8 where the system allows it.
#[cfg(target_os = "linux")]
fn not_utf8() -> std::ffi::OsString {
    use std::os::unix::ffi::OsStrExt;
    OsStr::from_bytes(b"\xff\xfe.conf").to_owned()
}

#[cfg(not(target_os = "linux"))]
fn not_utf8() -> std::ffi::OsString {
    "roles.conf".into()
}

fn run<S: AsRef<OsStr>>(directory: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_nova-token-check"))
        .args(arguments)
        .current_dir(directory)
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

fn judged(format: &str) -> Output {
    let tree = tree();
    run(tree.path(), ["--offline", "--assume-roles", "member", "--format", format, NASTY])
}

#[test]
fn nasty_names_come_out_whole_and_harmless_in_every_format() {
    for format in FORMATS {
        let output = judged(format);
        assert_eq!(output.status.code(), Some(1), "{format}: {output:?}");
        assert!(output.stderr.is_empty(), "{format}: {output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{format}");
        assert!(!text.contains("canary-secret"), "{format}");
        assert!(text.contains("role-not-accepted"), "{format}: {text}");
        match format {
            "json" | "sarif" | "gitlab" => drop(serde_json::from_str::<Value>(&text).unwrap()),
            "junit" => drop(roxmltree::Document::parse(&text).unwrap()),
            "html" => assert!(!text.contains("<script>alert")),
            "github" => assert!(text.lines().all(|line| line.starts_with("::"))),
            _ => {}
        }
    }
}

#[test]
fn json_fits_the_published_schema() {
    let published: Value = serde_json::from_str(include_str!("../../schemas/report-1.json")).unwrap();
    let report: Value = serde_json::from_slice(&judged("json").stdout).unwrap();
    assert_eq!(schema::errors(&published, &report), Vec::<String>::new());
    let mut wrong = report.clone();
    wrong["findings"][0]["severity"] = "fatal".into();
    wrong["summary"]["errors"] = (-1).into();
    assert_eq!(schema::errors(&published, &wrong).len(), 2, "the test's validator must see faults");
}

#[test]
fn json_of_an_upgrade_and_of_show_fit_their_schemas() {
    let tree = tree();
    let fits = |published: &str, arguments: &[&str]| {
        let output = run(tree.path(), arguments);
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        let published: Value = serde_json::from_str(published).unwrap();
        assert_eq!(schema::errors(&published, &value), Vec::<String>::new());
        value
    };
    let upgrade =
        ["--offline", "--assume-roles", "member", "--upgrade-to", "2026.2", "--format", "json", NASTY];
    let report = fits(include_str!("../../schemas/report-1.json"), &upgrade);
    assert!(!report["upgrade"]["trust"].as_array().unwrap().is_empty());
    let show = ["show", "--defaults", "--format", "json", NASTY];
    fits(include_str!("../../schemas/show-1.json"), &show);
    let html = run(tree.path(), ["--offline", "--upgrade-to", "2026.2", "--format", "html", NASTY]);
    assert!(String::from_utf8(html.stdout).unwrap().contains("Upgrade from 2026.1 to 2026.2"));
}

#[test]
fn the_schema_names_every_field_of_the_output() {
    let published: Value = serde_json::from_str(include_str!("../../schemas/report-1.json")).unwrap();
    let report: Value = serde_json::from_slice(&judged("json").stdout).unwrap();
    let described = published.to_string();
    let mut names = Vec::new();
    collect(&report, &mut names);
    names.retain(|name| !described.contains(&format!("\"{name}\"")));
    assert_eq!(names, Vec::<String>::new());
}

fn collect(value: &Value, names: &mut Vec<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        names.push(name.clone());
        collect(inner, names);
    }
    value.as_array().into_iter().flatten().for_each(|inner| collect(inner, names));
}

#[test]
fn several_reports_come_from_one_run() {
    let tree = tree();
    let mut arguments = vec!["--offline".to_owned(), "-q".to_owned(), NASTY.to_owned()];
    for format in FORMATS {
        arguments.extend(["--report".to_owned(), format!("{format}=report.{format}")]);
    }
    assert_eq!(run(tree.path(), &arguments).status.code(), Some(0));
    for format in FORMATS {
        let metadata = fs::metadata(tree.path().join(format!("report.{format}"))).unwrap();
        assert!(metadata.len() > 0);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Written as any file of this user, not for this user's eyes alone.
            fs::write(tree.path().join("any"), "").unwrap();
            let usual = fs::metadata(tree.path().join("any")).unwrap().permissions().mode();
            assert_eq!(metadata.permissions().mode(), usual, "{format}");
        }
    }
}

#[test]
fn with_code_2_a_machine_format_prints_nothing() {
    let tree = tree();
    for format in FORMATS.iter().filter(|format| **format != "text") {
        for wrong in [
            vec!["--offline", "--format", format, "no-such-file"],
            vec!["--offline", "--format", format, "--select", "no-such-rule", NASTY],
            vec!["--offline", "--format", format, "--report", "json=no/such/folder/x", NASTY],
        ] {
            let output = run(tree.path(), &wrong);
            assert_eq!(output.status.code(), Some(2), "{output:?}");
            assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_code_2_and_a_closed_pipe_is_none() {
    let tree = tree();
    let program = env!("CARGO_BIN_EXE_nova-token-check");
    let full = Command::new(program)
        .args(["--offline", "--format", "html", NASTY])
        .current_dir(tree.path())
        .stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
        .output()
        .unwrap();
    assert_eq!(full.status.code(), Some(2));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let closed = Command::new(program)
        .args(["--offline", "--format", "html", NASTY])
        .current_dir(tree.path())
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(closed.status.code(), Some(0), "{closed:?}");
}

/// The errors of a run by each format's own reckoning.
fn errors_in(format: &str, text: &str) -> usize {
    let json = || serde_json::from_str::<Value>(text).unwrap();
    let count = |items: &Value, field: &str, value: &str, suppressed: &str| {
        let counts = |item: &&Value| {
            let known = &item[suppressed];
            item[field] == value && (known.is_null() || known.as_array().is_some_and(Vec::is_empty))
        };
        items.as_array().unwrap().iter().filter(counts).count()
    };
    match format {
        "json" => count(&json()["findings"], "severity", "error", "suppression"),
        "sarif" => count(&json()["runs"][0]["results"], "level", "error", "suppressions"),
        "gitlab" => count(&json(), "severity", "critical", ""),
        "github" => text.lines().filter(|line| line.starts_with("::error ")).count(),
        "html" => text.matches("<article class=\"finding error\"").count(),
        "junit" => {
            let document = roxmltree::Document::parse(text).unwrap();
            document.descendants().filter(|node| node.attribute("type") == Some("error")).count()
        }
        _ => text.lines().filter(|line| line.starts_with("error: ")).count(),
    }
}

#[test]
fn every_format_shows_the_planted_faults_of_real_deployments_and_nothing_else() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld");
    for method in fs::read_dir(root).unwrap() {
        for case in ["clean", "broken"] {
            let directory = method.as_ref().unwrap().path().join(case);
            let cmd = fs::read_to_string(directory.join("cmd")).unwrap();
            let shown: Vec<usize> = FORMATS
                .iter()
                .map(|format| {
                    let arguments = cmd.split_whitespace().chain(["--format", format]);
                    let output = run(&directory, arguments);
                    errors_in(format, &String::from_utf8(output.stdout).unwrap())
                })
                .collect();
            assert!(shown.iter().all(|count| *count == shown[0]), "{}: {shown:?}", directory.display());
            assert_eq!(shown[0] > 0, case == "broken", "{}", directory.display());
        }
    }
}

#[test]
fn a_file_inside_a_manifest_is_shown_at_the_manifest() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld/openstack-helm/broken");
    let cmd = fs::read_to_string(directory.join("cmd")).unwrap();
    for (format, shown) in [
        ("github", "::error file=tree/nova.yaml,title="),
        ("gitlab", "\"path\": \"tree/nova.yaml\""),
        ("sarif", "\"uri\": \"tree/nova.yaml\""),
        ("junit", "file=\"tree/nova.yaml\" time="),
    ] {
        let output = run(&directory, cmd.split_whitespace().chain(["--format", format]));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(shown) && text.contains("nova-etc/nova.conf:14"), "{format}: {text}");
    }
}

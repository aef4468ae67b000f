//! Findings that are known: comments in the files and the baseline, in every
//! format, and what is wrong with either.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, run};

/// A cinder that does not require a role, and nothing else to be told of.
const CINDER: &str = "\
[keystone_authtoken]
www_authenticate_uri = https://keystone.example:5000
auth_type = password
auth_url = https://keystone.example:5000
username = cinder
password = secret
user_domain_name = Default
project_name = service
project_domain_name = Default
service_type = block-storage
";

const OPTIONS: [&str; 4] = ["--offline", "--release", "2026.1", "--no-config"];

/// The rule of its note.
const RULE: &str = "role-not-required";

/// A directory with a cinder.conf that begins with these lines.
fn cinder(before: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("cinder.conf"), format!("{before}{CINDER}")).unwrap();
    folder
}

fn check(folder: &Path, more: &[&str]) -> Run {
    run(folder, [&OPTIONS, more, &["cinder=cinder.conf"]].concat())
}

fn report(folder: &Path, more: &[&str]) -> Value {
    let run = check(folder, &[more, &["--format", "json"]].concat());
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

fn finding<'r>(report: &'r Value, rule: &str) -> Option<&'r Value> {
    report["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == rule)
}

#[test]
fn a_comment_and_the_baseline_are_in_every_format() {
    let comment = cinder("# nova-token-check: ignore[role-not-required] until=2999-12-31 after the audit\n");
    let known = cinder("");
    check(known.path(), &["--write-baseline", "known.json"]);
    let cases: [(&Path, &[&str], &str); 2] =
        [(comment.path(), &[], "comment"), (known.path(), &["--baseline", "known.json"], "baseline")];
    for (folder, more, kind) in cases {
        let more = [more, &["--select", RULE]].concat();
        let report = report(folder, &more);
        let suppression = &finding(&report, RULE).unwrap()["suppression"];
        assert_eq!(suppression["kind"], kind);
        assert_eq!((&report["summary"]["notes"], &report["summary"]["suppressed"]), (&0.into(), &1.into()));
        let of = |format: &str| {
            let run = check(folder, &[&more[..], &["--format", format, "--fail-on", "note"]].concat());
            assert_eq!(run.code, 0, "{kind} {format}");
            run.stdout
        };
        assert!(of("text").contains("1 suppressed") && !of("text").contains(RULE), "{kind}");
        let sarif: Value = serde_json::from_str(&of("sarif")).unwrap();
        let told = if kind == "comment" { "inSource" } else { "external" };
        assert_eq!(sarif["runs"][0]["results"][0]["suppressions"][0]["kind"], told);
        assert!(of("junit").contains("<skipped message=\"suppressed by"), "{kind}");
        assert!(!of("github").contains(RULE), "{kind}");
        assert_eq!(serde_json::from_str::<Value>(&of("gitlab")).unwrap(), serde_json::json!([]));
        assert!(of("html").contains("suppressed"), "{kind}");
        assert!(!of("diff").contains("+++"), "{kind}");
        if kind == "comment" {
            assert_eq!(suppression["reason"], "after the audit");
            assert_eq!(suppression["until"], "2999-12-31");
        }
    }
}

#[test]
fn bad_comments_are_found_and_suppress_nothing() {
    for (comment, rule, words) in [
        ("ignore[role-not-requird]", "suppression-unknown-rule", "names no rule: role-not-requird"),
        ("ignore[role\u{202e}]", "suppression-unknown-rule", "names no rule"),
        ("ignore[role-not-required] until=2026-13-01", "suppression-unused", "no date of the form"),
        ("ignore[role-not-required] until=tomorrow", "suppression-unused", "no date of the form"),
        ("ignore[role-not-required] until=2020-01-01 x", "suppression-expired", "ended on 2020-01-01"),
        ("ignore[role-not-required", "suppression-unused", "not understood"),
        ("ignore[]", "suppression-unused", "names no rule"),
        ("ignore", "suppression-unused", "not understood"),
        ("ignore[password-over-http]", "suppression-unused", "nothing here is found by"),
    ] {
        let folder = cinder(&format!("# nova-token-check: {comment}\n"));
        let report = report(folder.path(), &[]);
        let found = finding(&report, rule).unwrap_or_else(|| panic!("{comment}: {report:#}"));
        let message = found["message"].as_str().unwrap();
        assert!(message.contains(words) && !message.contains('\u{202e}'), "{comment}: {message}");
        assert_eq!(found["location"]["line"], 1, "{comment}");
        assert_eq!(found["services"][0], "cinder", "{comment}");
        assert!(finding(&report, RULE).unwrap()["suppression"].is_null(), "{comment}");
    }
}

#[test]
fn a_comment_in_the_wrong_place_says_so() {
    for (before, words) in [
        ("# nova-token-check: ignore[role-not-required]\n\n", "above neither"),
        ("# nova-token-check: ignore[role-not-required]\n# another comment\n", "above neither"),
        ("[DEFAULT]\n# nova-token-check: ignore[role-not-required]\ndebug = false\n", "nothing here"),
    ] {
        let folder = cinder(before);
        let report = report(folder.path(), &[]);
        let message = finding(&report, "suppression-unused").unwrap()["message"].as_str().unwrap();
        assert!(message.contains(words), "{before}: {message}");
    }
    // Behind a value it is no comment line of its own.
    let folder = cinder("[DEFAULT]\ndebug = false # nova-token-check: ignore[role-not-required]\n");
    let report = report(folder.path(), &[]);
    assert!(finding(&report, RULE).unwrap()["suppression"].is_null());
}

#[test]
fn a_paste_file_takes_comments_too() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("glance-api.conf"), CINDER.replace("cinder", "glance")).unwrap();
    let found = |comment: &str| {
        let paste = format!(
            "[pipeline:glance-api]\npipeline = authtoken app\n[app:app]\npaste.app_factory = x\n\
             {comment}[filter:authtoken]\n\
             paste.filter_factory = keystonemiddleware.auth_token:filter_factory\nregion = x\n"
        );
        fs::write(path("glance-api-paste.ini"), paste).unwrap();
        let target = "glance=glance-api.conf,glance-api-paste.ini";
        let run = run(folder.path(), [&OPTIONS[..], &["--format", "json", target]].concat());
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        finding(&report, "option-without-effect").unwrap()["suppression"]["kind"].clone()
    };
    assert!(found("").is_null());
    assert_eq!(found("# nova-token-check: ignore[option-without-effect]\n"), "comment");
}

#[test]
fn each_file_of_swift_s_directory_takes_comments() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join("proxy-server.conf.d").join(name);
    fs::create_dir(folder.path().join("proxy-server.conf.d")).unwrap();
    let main = "[pipeline:main]\npipeline = t x\n[app:x]\nuse = egg:swift#proxy\n[filter:t]\n\
                paste.filter_factory = keystonemiddleware.auth_token:filter_factory\n";
    fs::write(path("1.conf"), main).unwrap();
    let found = |comment: &str| {
        fs::write(path("2.conf"), format!("[filter:t]\n{comment}region = x\n")).unwrap();
        let target = "swift=proxy-server.conf.d";
        let run = run(folder.path(), [&OPTIONS[..], &["--format", "json", target]].concat());
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        finding(&report, "option-without-effect").unwrap()["suppression"]["kind"].clone()
    };
    assert!(found("").is_null());
    assert_eq!(found("# nova-token-check: ignore[option-without-effect]\n"), "comment");
}

#[test]
fn a_baseline_that_cannot_be_used_is_code_2() {
    let folder = cinder("");
    for (text, words) in [
        ("", "no baseline of this program"),
        (r#"{"schema": "nova-token-check/report/1", "findings": []}"#, "another version"),
        (r#"{"schema": "nova-token-check/baseline/2", "findings": []}"#, "another version"),
        (r#"{"schema": "nova-token-check/baseline/1", "findings": [1]}"#, "no baseline of this program"),
        (r#"{"schema": "nova-token-check/baseline/1", "findings": ["#, "no baseline of this program"),
        (r#"{"schema": "\u001b[31m"}"#, "another version"),
    ] {
        fs::write(folder.path().join("b.json"), text).unwrap();
        let run = check(folder.path(), &["--baseline", "b.json"]);
        assert_eq!(run.code, 2, "{text}");
        assert!(run.stdout.is_empty() && run.stderr.contains(words), "{text}: {}", run.stderr);
        assert!(!run.stderr.contains('\u{1b}'), "{text}");
    }
    fs::write(folder.path().join("b.json"), b"\xff\xfe").unwrap();
    for path in ["b.json", "nowhere.json", "."] {
        assert_eq!(check(folder.path(), &["--baseline", path]).code, 2, "{path}");
    }
    assert_eq!(check(folder.path(), &["--write-baseline", "no/such/b.json"]).code, 2);
}

#[test]
fn a_baseline_of_another_tree_hides_nothing_and_says_so_once() {
    let folder = cinder("");
    let entry = |rule: &str| {
        format!(r#"{{"rule":"{rule}","file":"other/cinder.conf","section":null,"option":null}}"#)
    };
    let entries = [entry(RULE), entry("option-missing"), entry("role-not-accepted")].join(",");
    let text = format!(r#"{{"schema": "nova-token-check/baseline/1", "findings": [{entries}]}}"#);
    fs::write(folder.path().join("b.json"), text).unwrap();
    let report = report(folder.path(), &["--baseline", "b.json"]);
    assert!(finding(&report, RULE).unwrap()["suppression"].is_null());
    let findings = report["findings"].as_array().unwrap().iter();
    let stale: Vec<&Value> = findings.filter(|finding| finding["rule"] == "baseline-stale").collect();
    assert_eq!(stale.len(), 1, "{stale:#?}");
    assert!(stale[0]["message"].as_str().unwrap().starts_with("none of the 3 "), "{stale:#?}");
}

#[test]
fn a_suppressed_error_does_not_hide_the_verdict() {
    let folder = cinder("# nova-token-check: ignore[role-not-accepted]\n");
    let login = CINDER.split_once("auth_type").unwrap().1.replace("cinder", "nova");
    let nova = format!("[service_user]\nsend_service_user_token = true\nauth_type{login}");
    fs::write(folder.path().join("nova.conf"), nova).unwrap();
    let more = ["--assume-roles", "member", "--upgrade-to", "2026.2", "nova=nova.conf"];
    let report = report(folder.path(), &more);
    assert_eq!(report["summary"]["errors"], 0);
    assert_eq!(report["upgrade"]["outcome"], "breaks");
    assert_eq!(report["upgrade"]["trust"][0]["after"], "rejected");
}

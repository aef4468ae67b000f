//! What `--upgrade-to` says. Whether it is true is asked in `truth/upgrade.rs`.
//!
//! A case is a directory `fixtures/upgrade/CASE` with the arguments in `cmd` and
//! the report in `expected.txt`.

use std::fs;
use std::path::{Path, PathBuf};

use nova_token_check::catalog::RELEASES;
use serde_json::Value;

use crate::program::{Run, compare, run};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/upgrade").join(name)
}

fn started(case: &Path, more: &[&str]) -> Run {
    let cmd = fs::read_to_string(case.join("cmd")).unwrap();
    run(case, cmd.split_whitespace().chain(more.iter().copied()))
}

fn report(name: &str) -> Value {
    let run = started(&case(name), &["--format", "json"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn every_report_is_as_expected() {
    let cases = fs::read_dir(case("")).unwrap().map(|entry| entry.unwrap().path());
    let wrong: Vec<String> = cases
        .filter_map(|case| {
            let run = started(&case, &[]);
            let stderr: String = run.stderr.lines().map(|line| format!("stderr: {line}\n")).collect();
            let transcript = format!("{}{stderr}exit code: {}\n", run.stdout, run.code);
            compare(&case.join("expected.txt"), &transcript).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_outcome_and_the_exit_code_agree() {
    for (name, outcome, code) in [
        ("stock-offline", "unknown", 0),
        ("stock-trusted", "safe", 0),
        ("stock-breaks", "breaks", 1),
        ("slurp", "safe", 0),
        ("old-login", "breaks", 1),
    ] {
        let run = started(&case(name), &["--format", "json"]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["upgrade"]["outcome"], outcome, "{name}");
        assert_eq!(run.code, code, "{name}");
        let first = started(&case(name), &["--color", "never"]).stdout;
        let answer = report["upgrade"]["answer"].as_str().unwrap();
        assert!(first.replace("\n  ", " ").starts_with(answer), "{name}: {answer}");
    }
}

#[test]
fn a_step_has_its_release_and_source_and_grants_come_after_the_role() {
    let report = report("stock-breaks");
    let steps = report["upgrade"]["steps"].as_array().unwrap();
    let commands: Vec<&str> = steps.iter().filter_map(|step| step["command"].as_str()).collect();
    assert_eq!(
        commands,
        [
            "openstack role create --or-show service",
            "openstack role add --user nova --user-domain Default --project service --project-domain Default service"
        ]
    );
    for step in steps {
        assert!(
            !step["release"].as_str().unwrap().is_empty() && !step["source"].as_str().unwrap().is_empty()
        );
    }
}

#[test]
fn a_fault_that_gets_worse_is_one_finding() {
    let report = report("stock-breaks");
    let findings = report["findings"].as_array().unwrap();
    let mut prints: Vec<&str> = findings.iter().map(|f| f["fingerprint"].as_str().unwrap()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), findings.len());
    let neutron = findings.iter().find(|finding| finding["services"][0] == "neutron").unwrap();
    assert_eq!((&neutron["severity"], &neutron["under"]), (&"error".into(), &"2026.2".into()));
}

#[test]
fn every_release_can_be_left_and_reached() {
    let files = case("demo");
    let upgrade = |from: &str, to: &str| {
        let arguments = ["--offline", "--release", from, "--upgrade-to", to, "--format", "json", "tree"];
        run(&files, arguments)
    };
    for pair in RELEASES.windows(2) {
        let codename = pair[1].codename.to_uppercase();
        for (from, to) in [(pair[0].id, pair[1].id), (pair[0].codename, codename.as_str())] {
            let run = upgrade(from, to);
            let report: Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(report["upgrade"]["from"], pair[0].id, "{from} {to}");
            assert_eq!(report["upgrade"]["to"], pair[1].id, "{from} {to}");
            assert_eq!(upgrade(to, from).code, 2, "{to} {from}");
        }
        assert_eq!(upgrade(pair[0].id, pair[0].codename).code, 2);
    }
}

#[test]
fn what_is_skipped_is_gathered() {
    let releases = |from: &str, to: &str| {
        let arguments = ["--offline", "--release", from, "--upgrade-to", to, "--format", "json", "tree"];
        let report: Value = serde_json::from_str(&run(&case("demo"), arguments).stdout).unwrap();
        let changes = report["upgrade"]["changes"].as_array().unwrap().iter();
        let mut found: Vec<String> =
            changes.map(|change| change["release"].as_str().unwrap().to_owned()).collect();
        found.dedup();
        found
    };
    assert_eq!(releases("2025.1", "2026.1"), ["2025.2"]);
    assert_eq!(releases("2025.1", "2026.2"), ["2025.2", "2026.2"]);
    assert_eq!(releases("2023.1", "2024.1"), ["2023.2", "2024.1"]);
}

#[test]
fn every_format_tells_the_answer() {
    let answer = report("stock-breaks")["upgrade"]["answer"].as_str().unwrap().to_owned();
    for format in ["text", "json", "sarif", "junit", "github", "html"] {
        let run = started(&case("stock-breaks"), &["--format", format]);
        assert!(run.stdout.contains(&answer), "{format}");
        assert!(run.stdout.contains("openstack role create --or-show service"), "{format}");
        assert_eq!(run.code, 1, "{format}");
    }
    // It knows findings only.
    let run = started(&case("stock-breaks"), &["--format", "gitlab"]);
    assert!(run.stdout.contains("under 2026.2") && run.code == 1);
}

#[test]
fn a_service_that_is_there_already_stays() {
    let moved = |more: &[&str]| -> Vec<String> {
        let arguments =
            ["--offline", "--release", "2026.1", "--upgrade-to", "2026.2", "--format", "json", "tree"];
        let run = run(&case("demo"), arguments.iter().chain(more));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let moved = report["upgrade"]["options"].as_array().unwrap().iter();
        moved.map(|change| change["service"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(moved(&[]), ["cinder"]);
    assert_eq!(moved(&["--release", "cinder=2026.2"]), Vec::<String>::new());
}

//! `merge`: reports of many hosts in one, in every format, and what is no report.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, run};
use crate::schema;

fn fixture(method: &str, case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/realworld").join(method).join(case)
}

/// The report of a deployment, as if made on that host.
fn report(method: &str, case: &str, host: &str, format: &str) -> String {
    let directory = fixture(method, case);
    let arguments = fs::read_to_string(directory.join("cmd")).unwrap();
    let run = run(&directory, arguments.split_whitespace().chain(["--format", format]));
    let here = serde_json::to_string(&gethostname()).unwrap();
    run.stdout.replace(&format!("\"host\": {here}"), &format!("\"host\": \"{host}\""))
}

fn gethostname() -> String {
    let report: Value = serde_json::from_str(
        &run(&fixture("kolla-ansible", "clean"), ["--offline", "--format", "json", "tree"]).stdout,
    )
    .unwrap();
    report["host"].as_str().unwrap().to_owned()
}

fn merge(directory: &Path, arguments: &[&str]) -> Run {
    run(directory, ["merge"].iter().chain(arguments))
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

/// Reports of three hosts, two of them alike.
fn cloud() -> TempDir {
    let tree = TempDir::new().unwrap();
    for (name, method, case) in [
        ("ctl1", "kolla-ansible", "broken"),
        ("ctl2", "kolla-ansible", "broken"),
        ("juju", "juju-charms", "clean"),
    ] {
        fs::write(tree.path().join(format!("{name}.json")), report(method, case, name, "json")).unwrap();
    }
    tree
}

#[test]
fn one_report_says_the_same_in_every_format() {
    let tree = TempDir::new().unwrap();
    let deployments = fs::read_dir(fixture("", "")).unwrap().map(|method| method.unwrap().path());
    for directory in deployments.flat_map(|method| [method.join("clean"), method.join("broken")]) {
        let cmd = fs::read_to_string(directory.join("cmd")).unwrap();
        let formats = ["json", "sarif", "junit", "github", "gitlab", "html"];
        let mut arguments: Vec<String> = cmd.split_whitespace().map(str::to_owned).collect();
        for format in formats {
            arguments.push("--report".to_owned());
            arguments.push(format!("{format}={}", tree.path().join(format).display()));
        }
        let checked = run(&directory, &arguments);
        for format in formats {
            let merged = merge(tree.path(), &["json", "--format", format]);
            assert_eq!(merged.code, checked.code, "{merged:?}");
            let expected = fs::read_to_string(tree.path().join(format)).unwrap();
            assert!(merged.stdout == expected, "{} as {format}", directory.display());
        }
    }
}

#[test]
fn several_hosts_make_one_report() {
    let tree = cloud();
    let merged = merge(tree.path(), &["ctl1.json", "ctl2.json", "juju.json", "--format", "json"]);
    assert_eq!(merged.code, 1);
    let report = json(&merged);
    let published: Value = serde_json::from_str(include_str!("../../schemas/report-1.json")).unwrap();
    assert_eq!(schema::errors(&published, &report), Vec::<String>::new());
    let each: Vec<Value> = ["ctl1", "ctl2", "juju"]
        .iter()
        .map(|name| {
            serde_json::from_str(&fs::read_to_string(tree.path().join(format!("{name}.json"))).unwrap())
                .unwrap()
        })
        .collect();
    let list = |value: &Value, key: &str| value[key].as_array().unwrap().clone();
    // Every service is there, by an id of its own, and every pair in one row.
    let ids: Vec<String> =
        list(&report, "services").iter().map(|s| s["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids.len(), each.iter().map(|report| list(report, "services").len()).sum::<usize>());
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
    assert!(
        ids.iter().all(|id| ["ctl1:", "ctl2:", "juju:"].iter().any(|host| id.starts_with(host))),
        "{ids:?}"
    );
    let mut pairs: HashSet<String> = HashSet::new();
    for row in list(&report, "trust") {
        for sender in list(&row, "senders") {
            for receiver in list(&row, "receivers") {
                assert!(ids.contains(&sender.as_str().unwrap().to_owned()));
                let same_host = sender.as_str().unwrap().split(':').next()
                    == receiver.as_str().unwrap().split(':').next();
                assert!(same_host, "{row}");
                assert!(pairs.insert(format!("{sender} {receiver} {} {}", row["section"], row["implicit"])));
            }
        }
    }
    assert_eq!(
        list(&report, "trust").len(),
        each.iter().map(|report| list(report, "trust").len()).sum::<usize>()
    );
    // What two hosts found alike is one finding that names both.
    assert_eq!(
        list(&report, "findings").len(),
        list(&each[0], "findings").len() + list(&each[2], "findings").len()
    );
    let error = &list(&report, "findings")[0];
    assert!(error["message"].as_str().unwrap().starts_with("ctl1, ctl2: "), "{error}");
    let of = |host: &str| {
        list(error, "services").iter().filter(|id| id.as_str().unwrap().starts_with(host)).count()
    };
    assert!(of("ctl1:") > 0 && of("ctl1:") == of("ctl2:"), "{error}");
    let files = |value: &Value| value["summary"]["files"].as_u64().unwrap();
    assert_eq!(files(&report), each.iter().map(files).sum::<u64>());
    assert_eq!(list(&report, "merged").len(), 3);
    // Merged again, with another host.
    fs::write(tree.path().join("all.json"), &merged.stdout).unwrap();
    fs::write(tree.path().join("more.json"), report_of("ctl9")).unwrap();
    let again = json(&merge(tree.path(), &["all.json", "more.json", "--format", "json"]));
    assert_eq!(list(&again, "merged").len(), 4);
    assert!(list(&again, "services").iter().any(|s| s["id"].as_str().unwrap().starts_with("ctl1:")));
    assert!(list(&again, "services").iter().any(|s| s["id"].as_str().unwrap().starts_with("ctl9:")));
}

fn report_of(host: &str) -> String {
    report("juju-charms", "broken", host, "json")
}

#[test]
fn the_text_names_the_hosts_and_counts_those_alike() {
    let tree = cloud();
    let text = merge(tree.path(), &["ctl1.json", "ctl2.json", "juju.json"]).stdout;
    assert!(text.starts_with("Service tokens will not work: "), "{text}");
    assert!(text.contains("error: ctl1, ctl2: nova sends no service token"), "{text}");
    assert!(text.contains("@ctl1 +1") && text.contains("@juju") && !text.contains("@ctl2"), "{text}");
    assert!(text.contains("so many more hosts with the same verdicts"), "{text}");
}

#[test]
fn exit_codes_are_those_of_check() {
    let tree = cloud();
    for (arguments, code) in [
        (&["ctl1.json", "juju.json"][..], 1),
        (&["ctl1.json", "juju.json", "--fail-on", "never"], 0),
        (&["juju.json"], 0),
        (&["juju.json", "--fail-on", "note"], 1),
    ] {
        assert_eq!(merge(tree.path(), arguments).code, code, "{arguments:?}");
    }
    let text = fs::read_to_string(tree.path().join("juju.json")).unwrap();
    fs::write(tree.path().join("part.json"), text.replace("\"incomplete\": false", "\"incomplete\": true"))
        .unwrap();
    let part = merge(tree.path(), &["part.json"]);
    assert_eq!(part.code, 3);
    assert!(
        part.stderr.ends_with("could not be completed, since Keystone was not reached\n"),
        "{}",
        part.stderr
    );
}

#[test]
fn what_is_no_report_is_named_with_the_reason() {
    let tree = cloud();
    let good = fs::read_to_string(tree.path().join("juju.json")).unwrap();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let directory = fixture("juju-charms", "clean");
    let upgrade = run(&directory, ["--offline", "--upgrade-to", "2026.2", "--format", "json", "tree"]).stdout;
    let show = run(&directory, ["show", "--format", "json", "tree"]).stdout;
    for (text, message) in [
        (String::new(), "no JSON: EOF while parsing a value at line 1 column 0"),
        (good[..good.len() / 2].to_owned(), "no JSON: EOF"),
        ("[]".to_owned(), "no report of this program: its schema is null, not \"nova-token-check/report/1\""),
        (show, "its schema is nova-token-check/show/1"),
        (
            good.replace("nova-token-check/report/1", "nova-token-check/report/2"),
            "its schema is nova-token-check/report/2",
        ),
        (good.replace(&version, "\"version\": \"9.9.9\""), "made by nova-token-check 9.9.9, and this is "),
        (upgrade, "made with --upgrade-to"),
        (
            good.replace("\"trusted\"", "\"trustworthy\""),
            "a broken report: it names a service, rule, release or verdict",
        ),
        (good.replace("\"trust\": [", "\"trust\": 7, \"x\": ["), "a broken report: "),
        (good.replace("\"findings\"", "\"finding\""), "a broken report: missing field `findings`"),
        (good.replace("\"schema\": \"nova", "\"schema\": \"\\u001b[31m"), "its schema is \u{fffd}[31m"),
    ] {
        fs::write(tree.path().join("x.json"), &text).unwrap();
        let output = merge(tree.path(), &["juju.json", "x.json", "--format", "json"]);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{message}");
        assert!(
            output.stderr.contains(&format!("x.json: {message}")) || output.stderr.contains(message),
            "{message}: {}",
            output.stderr
        );
        assert!(
            output.stderr.starts_with("hint: ") && !output.stderr.contains('\u{1b}'),
            "{}",
            output.stderr
        );
    }
    for (arguments, message) in [
        (&["no-such.json"][..], "no-such.json: No such file"),
        (&["juju.json", "./juju.json"], "./juju.json: a report of juju of "),
        (&["juju.json", "--format", "diff"], "merge has no diff"),
        (&["juju.json", "--report", "diff=x"], "merge has no diff"),
        (&["juju.json", "--report", "jsno=x"], "unknown format \"jsno\""),
        (&[], "required arguments were not provided"),
    ] {
        let output = merge(tree.path(), arguments);
        assert_eq!((output.code, output.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(output.stderr.contains(message), "{arguments:?}: {}", output.stderr);
    }
}

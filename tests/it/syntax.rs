//! The corners of the grammar as `show` presents them.
//!
//! A case is a directory in `fixtures/syntax` with files, the arguments in `cmd`,
//! variables of the environment in `env` if there are any, and what is shown in
//! `expected.txt`. A new one needs no line of Rust.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::{Run, compare, program};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/syntax");
    let mut cases: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    cases
}

fn show(case: &Path, more: &[&str]) -> Run {
    let arguments = fs::read_to_string(case.join("cmd")).unwrap();
    let mut command = program(case);
    command.args(arguments.split_whitespace()).args(more);
    let variables = fs::read_to_string(case.join("env")).unwrap_or_default();
    command.envs(variables.lines().map(|line| line.split_once('=').unwrap()));
    Run::of(&command.output().unwrap())
}

#[test]
fn every_corner_is_shown_as_expected() {
    let cases = cases();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let run = show(case, &[]);
            let stderr: String = run.stderr.lines().map(|line| format!("stderr: {line}\n")).collect();
            let transcript = format!("{}{stderr}exit code: {}\n", run.stdout, run.code);
            compare(&case.join("expected.txt"), &transcript).err()
        })
        .collect();
    assert!(!cases.is_empty() && wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Options, values and lines of a text; what stands in brackets or is overridden is
/// left out.
fn shown(text: &str) -> BTreeSet<(String, String)> {
    let rows = text.lines().filter(|line| line.starts_with("  ") && line.contains(" = "));
    let rows = rows.filter(|line| !line.trim_start().starts_with("overrides "));
    rows.filter_map(|line| {
        let (place, rest) = line.trim_start().split_once(' ')?;
        Some((place.to_owned(), rest.trim_start().split_once(" = ")?.0.to_owned()))
    })
    .collect()
}

#[test]
fn text_and_json_show_the_same_lines() {
    for case in cases() {
        let text = shown(&show(&case, &[]).stdout);
        let json = show(&case, &["--format", "json"]).stdout;
        let json: Value = serde_json::from_str(&json).unwrap();
        let options = json["services"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|service| service["options"].as_array().unwrap());
        let of_files = options.filter(|option| option["origin"]["kind"] == "file");
        let row = |option: &Value| {
            let origin = &option["origin"];
            let place = format!("{}:{}", origin["file"].as_str().unwrap(), origin["line"]);
            (place, option["option"].as_str().unwrap().to_owned())
        };
        let found: BTreeSet<_> = of_files.map(row).collect();
        let of_files = |(place, _): &&(String, String)| place.contains(".conf:") || place.contains(".ini:");
        assert_eq!(
            text.iter().filter(of_files).cloned().collect::<BTreeSet<_>>(),
            found,
            "{}",
            case.display()
        );
    }
}

#[test]
fn no_secret_is_shown() {
    for case in cases() {
        for more in [&[][..], &["--defaults"], &["--format", "json"]] {
            let run = show(&case, more);
            assert!(!run.stdout.contains("hunter"), "{}: {}", case.display(), run.stdout);
        }
    }
}

//! Outputs that cannot be written and names that no format is made for, in every
//! format: one complete document or none, the contract's exit code, and a clear
//! last line.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::program;

const FORMATS: [&str; 8] = ["text", "json", "sarif", "junit", "github", "gitlab", "html", "diff"];

/// Complete but for the switch, which is an error, and with one for a diff.
const NOVA: &str = "\
[service_user]
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = someone
password = canary-secret
project_name = service
user_domain_name = Default
project_domain_name = Default
";

fn tree(name: &OsStr) -> TempDir {
    let tree = TempDir::new().unwrap();
    fs::write(tree.path().join(name), NOVA).unwrap();
    tree
}

fn check(directory: &Path, format: &str, target: &OsStr) -> Command {
    let mut command = program(directory);
    command.args(["--offline", "--format", format]).arg(target);
    command
}

/// A format's own reader takes the output, and finds the one error in it.
fn is_complete(format: &str, output: &Output) {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert!(!text.contains("canary-secret"), "{format}: {text}");
    let steers = |c: char| c.is_control() && c != '\n' && !(c == '\t' && format == "diff");
    assert!(!text.contains(steers), "{format}: {text}");
    let json = || serde_json::from_str::<Value>(text).unwrap();
    let errors = match format {
        "json" => json()["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == "error").count(),
        "sarif" => {
            let log = json();
            let results = log["runs"][0]["results"].as_array().unwrap();
            results.iter().filter(|result| result["level"] == "error").count()
        }
        "gitlab" => json().as_array().unwrap().iter().filter(|issue| issue["severity"] == "critical").count(),
        "junit" => {
            let document = roxmltree::Document::parse(text).unwrap();
            document.descendants().filter(|node| node.attribute("type") == Some("error")).count()
        }
        "github" => {
            assert!(text.lines().all(|line| line.starts_with("::")), "{text}");
            text.lines().filter(|line| line.starts_with("::error ")).count()
        }
        "html" => {
            assert!(text.starts_with("<!DOCTYPE html>") && text.trim_end().ends_with("</html>"), "{text}");
            assert!(!text.contains("<script>alert"), "{text}");
            text.matches("<article class=\"finding error\"").count()
        }
        "diff" => {
            let heads =
                text.lines().filter(|line| line.starts_with("--- ") || line.starts_with("+++ ")).count();
            assert!(heads == 2 || !output.stderr.is_empty(), "{output:?}");
            heads / 2 + usize::from(!output.stderr.is_empty())
        }
        _ => text.lines().filter(|line| line.starts_with("error: ")).count(),
    };
    assert_eq!(errors, 1, "{format}: {text}");
}

/// Names that mean something to some format, shell or terminal.
fn names() -> Vec<OsString> {
    let names = [
        "e\u{1b}[31m\u{7}\u{9b}m.conf",
        "q\"u'o`t\\e.conf",
        "100%25%0A%s.conf",
        "a::error file=x,line=1::b.conf",
        "n\nl\r\n::warning::x.conf",
        "<script>alert(1)<!--&amp;]]>.conf",
        "--format.conf",
        "tab\tand blank .conf",
        "\u{202e}fnoc.\u{e9}\u{1f4a9}.conf",
    ];
    names.into_iter().map(OsString::from).collect()
}

#[test]
fn every_format_takes_every_name() {
    for name in names() {
        let tree = tree(&name);
        // A comma parts paths unless a backslash stands before it.
        let target = OsString::from(format!("nova={}", name.to_str().unwrap().replace(',', "\\,")));
        for format in FORMATS {
            let output = check(tree.path(), format, &target).output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{format} of {}: {output:?}", name.display());
            is_complete(format, &output);
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_no_text_is_taken_too() {
    use std::os::unix::ffi::OsStrExt;
    let tree = TempDir::new().unwrap();
    fs::create_dir(tree.path().join("nova.conf.d")).unwrap();
    let name = OsStr::from_bytes(b"\xff\xfe::%.conf");
    fs::write(tree.path().join("nova.conf.d").join(name), NOVA).unwrap();
    for format in FORMATS {
        let output = check(tree.path(), format, OsStr::new("nova=nova.conf.d")).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{format}: {output:?}");
        is_complete(format, &output);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains("the file's name is not UTF-8"), format == "diff", "{format}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_and_a_path_that_cannot_be_written_are_code_2() {
    let name = OsStr::new("nova.conf");
    let tree = tree(name);
    for format in FORMATS {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = check(tree.path(), format, name).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{format}: {output:?}");
        ends_with(&output, "nova-token-check: failed to write standard output: ");
        for path in ["no/such/folder/x", ".", "/dev/full", "nova.conf/x", "/proc/x"] {
            let target = format!("{format}={path}");
            let output = check(tree.path(), "json", name).args(["--report", &target]).output().unwrap();
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{target}: {output:?}");
            ends_with(&output, &format!("nova-token-check: failed to write {path}: "));
        }
    }
    // Nothing half written is left behind.
    let left: Vec<_> = fs::read_dir(tree.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, [name]);
}

fn ends_with(output: &Output, start: &str) {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.lines().last().is_some_and(|line| line.starts_with(start)), "{start}: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let name = OsStr::new("nova.conf");
    let tree = tree(name);
    for format in FORMATS {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = check(tree.path(), format, name).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        // The findings are what they are, whoever reads of them.
        assert_eq!(output.status.code(), Some(1), "{format}: {output:?}");
        assert!(output.stderr.is_empty(), "{format}: {output:?}");
    }
}

#[test]
fn an_invalid_configuration_file_of_its_own_is_code_2_in_every_format() {
    let name = OsStr::new("nova.conf");
    let tree = tree(name);
    for text in ["offline = 1\n", "[rules\n", "\u{fffd}\n", "format = \"dfif\"\n", "targets = [\"nova=\"]\n"]
    {
        fs::write(tree.path().join(".nova-token-check.toml"), text).unwrap();
        for format in FORMATS {
            let mut command = program(tree.path());
            let output = command.args(["--format", format]).output().unwrap();
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{text}: {output:?}");
            ends_with(&output, "nova-token-check: ");
        }
        let output = program(tree.path()).arg("show").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "show heeds it too: {output:?}");
    }
}

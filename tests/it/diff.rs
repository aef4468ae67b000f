//! `--format diff`, applied with the real `patch` and with `git apply`: what it
//! offers mends the finding, keeps the rest of the file byte by byte, shows no
//! secret and decides nothing about security.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, program, run};

const COMPLETE: &str = "\
auth_type = password
auth_url = https://keystone.example:5000/v3
username = nova
password = hunter2-canary
user_domain_name = Default
project_name = service
project_domain_name = Default
";

/// Feeds a patch to a command.
fn apply(directory: &Path, command: &[&str], patch: &str) -> Result<(), String> {
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{} is needed by this test: {error}", command[0]));
    child.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    // An offset or fuzz is no clean patch.
    let clean = output.status.success() && !said.contains("fuzz") && !said.contains("offset");
    if clean { Ok(()) } else { Err(format!("{command:?}: {said}\n{patch}")) }
}

const PATCH: &[&str] = &["patch", "-p1", "--no-backup-if-mismatch"];
const GIT: &[&str] = &["git", "apply", "--unidiff-zero", "--whitespace=nowarn"];

fn tree(files: &[(&str, &str)]) -> TempDir {
    let tree = TempDir::new().unwrap();
    for (name, text) in files {
        fs::create_dir_all(tree.path().join(name).parent().unwrap()).unwrap();
        fs::write(tree.path().join(name), text).unwrap();
    }
    tree
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

fn check(directory: &Path, arguments: &[String], format: &str) -> Run {
    run(directory, arguments.iter().map(String::as_str).chain(["--format", format]))
}

/// Rule, file and option of each finding, and how many fixes it has.
fn findings(directory: &Path, arguments: &[String]) -> Vec<(String, usize)> {
    let report: Value = serde_json::from_str(&check(directory, arguments, "json").stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let name = |finding: &Value| {
        let place = &finding["location"];
        format!("{} {} {} {}", finding["rule"], place["file"], place["section"], place["option"])
    };
    findings.iter().map(|finding| (name(finding), finding["fixes"].as_array().unwrap().len())).collect()
}

/// The cases of a kind below `fixtures/` that need no Keystone.
fn cases(kind: &str, starts: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(kind);
    let groups = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let cases = groups.flat_map(|group| fs::read_dir(group).unwrap().map(|entry| entry.unwrap().path()));
    let is_one = |path: &PathBuf| {
        path.file_name().unwrap().to_str().unwrap().starts_with(starts)
            && !path.join("keystone.json").exists()
    };
    cases.filter(is_one).collect()
}

fn arguments(case: &Path) -> Vec<String> {
    fs::read_to_string(case.join("cmd")).unwrap().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn every_fixable_fixture_is_mended_by_its_diff() {
    let mut mended: BTreeSet<String> = BTreeSet::new();
    for case in cases("rules", "bad").into_iter().chain(cases("realworld", "broken")) {
        let arguments = arguments(&case);
        let before = findings(&case, &arguments);
        let diff = check(&case, &arguments, "diff");
        let fixable: usize = before.iter().map(|(_, fixes)| fixes).sum();
        let left_out = diff.stderr.matches("not in the diff").count();
        assert_eq!(fixable == 0, diff.stdout.is_empty() && left_out == 0, "{}", case.display());
        if diff.stdout.is_empty() {
            continue;
        }
        for tool in [PATCH, GIT] {
            let work = TempDir::new().unwrap();
            copy(&case, work.path());
            apply(work.path(), tool, &diff.stdout).unwrap();
            let after = findings(work.path(), &arguments);
            let still: usize = after.iter().map(|(_, fixes)| fixes).sum();
            assert_eq!(still, left_out, "{}: {after:?}\n{}", case.display(), diff.stdout);
            for (name, _) in before.iter().filter(|(_, fixes)| *fixes > 0).filter(|_| left_out == 0) {
                assert!(!after.iter().any(|(known, _)| known == name), "{name} is still there");
                mended.insert(name.split('"').nth(1).unwrap().to_owned());
            }
        }
    }
    let rules = [
        "ambiguous-syntax",
        "auth-type-missing",
        "inline-comment",
        "obsolete-option",
        "option-deprecated",
        "option-missing",
        "option-name-case",
        "option-name-dashes",
        "option-unknown",
        "send-token-disabled",
        "value-invalid",
    ];
    assert_eq!(mended.iter().map(String::as_str).collect::<Vec<_>>(), rules);
}

#[test]
fn no_diff_decides_about_security_or_shows_a_secret() {
    for case in cases("rules", "").into_iter().chain(cases("realworld", "")) {
        let diff = check(&case, &arguments(&case), "diff");
        let lines = diff.stdout.lines();
        for line in lines.filter(|line| !line.starts_with("--- ") && !line.starts_with("+++ ")) {
            let name = line.get(1..).unwrap_or_default().to_lowercase().replace('-', "_");
            for kept in ["password", "secret", "admin_token", "memcache_secret_key"] {
                assert!(!name.starts_with(kept), "{}: {line}", case.display());
            }
            let decides = ["service_token_role", "insecure", "delay_auth_decision"];
            let changes = line.starts_with(['+', '-']);
            assert!(
                !changes || !decides.iter().any(|word| name.starts_with(word)),
                "{}: {line}",
                case.display()
            );
        }
    }
}

/// The diff of one nova.conf, and the file after `patch` and after `git apply`.
fn patched(text: &str) -> (Run, String) {
    let files = [("etc/nova/nova.conf", text)];
    let tree_ = tree(&files);
    let diff = run(tree_.path(), ["--offline", "--format", "diff", "etc/nova/nova.conf"]);
    let git = tree(&files);
    if diff.stdout.is_empty() {
        return (diff, text.to_owned());
    }
    apply(tree_.path(), PATCH, &diff.stdout).unwrap();
    apply(git.path(), GIT, &diff.stdout).unwrap();
    let read = |tree: &TempDir| fs::read_to_string(tree.path().join("etc/nova/nova.conf")).unwrap();
    assert_eq!(read(&tree_), read(&git));
    let text = read(&tree_);
    (diff, text)
}

#[test]
fn the_file_keeps_its_style() {
    for (before, after) in [
        // Spaces, colons, carriage returns.
        ("[service_user]\n", "[service_user]\nsend_service_user_token = true\n"),
        ("[service_user]\nfoo=1\n", "[service_user]\nsend_service_user_token=true\nfoo=1\n"),
        ("[service_user]\nfoo: 1\n", "[service_user]\nsend_service_user_token: true\nfoo: 1\n"),
        (
            "# \u{e4}\r\n[service_user]\r\n",
            "# \u{e4}\r\n[service_user]\r\nsend_service_user_token = true\r\n",
        ),
        // Below the line of the sample file.
        (
            "[service_user]\n\n# From nova\n#send_service_user_token = false\n",
            "[service_user]\n\n# From nova\n#send_service_user_token = false\nsend_service_user_token = true\n",
        ),
    ] {
        let complete =
            if before.contains('\r') { COMPLETE.replace('\n', "\r\n") } else { COMPLETE.to_owned() };
        let (_, text) = patched(&format!("{before}{complete}"));
        assert_eq!(text, format!("{after}{complete}"));
    }
    // The last line has no end, a comment goes above its option, quotes go.
    let complete = COMPLETE.replace("project_domain_name = Default\n", "");
    let (diff, text) = patched(&format!(
        "[service_user]\nsend_service_user_token = true  # \u{fc}ber alles\n{complete}Project_Domain_Name : \"Default\""
    ));
    assert_eq!(
        text,
        format!(
            "[service_user]\n# \u{fc}ber alles\nsend_service_user_token = true\n{complete}project_domain_name : \"Default\""
        )
    );
    assert!(diff.stdout.contains("\\ No newline at end of file"), "{}", diff.stdout);
    let (_, text) = patched(&format!(
        "[service_user]\nsend_service_user_token = true\n{complete}project_domain_name : \"Default\""
    ));
    assert!(text.ends_with("\nproject_domain_name : Default"), "{text:?}");
}

#[test]
fn a_new_section_goes_above_its_neighbour_and_the_comment_of_that() {
    let (_, text) = patched(&format!(
        "[DEFAULT]\r\ndebug=false\r\n\r\n# for castellan\r\n[barbican_service_user]\r\n{}",
        COMPLETE.replace('\n', "\r\n").replace(" = ", "=")
    ));
    assert!(
        text.starts_with(
            "[DEFAULT]\r\ndebug=false\r\n\r\n[barbican]\r\nsend_service_user_token=true\r\n\r\n# for castellan\r\n[barbican_service_user]\r\n"
        ),
        "{text:?}"
    );
}

#[test]
fn a_line_with_a_secret_is_neither_shown_nor_context() {
    let text = "[service_user]\nsend_service_user_token = true\nauth_type = password\nAuth-Url = http://h/v3\n\
        password = hunter2-canary\nUsername = nova\n# old password: hunter2-canary\nuser_domain_name = Default\n\
        Project-Name = service\nmemcache_secret_key = hunter2-canary\n[database]\n\
        connection = mysql://nova:hunter2-canary@db/nova\n";
    let (diff, after) = patched(text);
    assert!(diff.stdout.contains("+auth_url = http") && diff.stdout.contains("+username = nova"));
    assert!(!diff.stdout.contains("hunter2-canary"), "{}", diff.stdout);
    assert_eq!(after.matches("hunter2-canary").count(), 4);
    // A misspelt password is mended by hand.
    let text = format!(
        "[service_user]\nsend_service_user_token = true\n{}",
        COMPLETE.replace("password = ", "Password = ")
    );
    let tree = tree(&[("nova.conf", &text)]);
    let diff = run(tree.path(), ["--offline", "--format", "diff", "nova.conf"]);
    assert_eq!(diff.stdout, "");
    assert_eq!(
        diff.stderr,
        "nova-token-check: nova.conf:6: not in the diff, since the line may hold a secret; write password here: Password is not read [option-missing]\n"
    );
}

#[test]
fn a_decision_is_said_in_words_only() {
    let cinder = format!(
        "[keystone_authtoken]\n{COMPLETE}service_token_role = admin\nservice-token-roles-required = true\nInsecure = true\n\
         service_token_roles = service # and nobody else\n"
    );
    let tree = tree(&[("cinder.conf", &cinder)]);
    let diff = run(tree.path(), ["--offline", "--format", "diff", "cinder.conf"]);
    assert_eq!((diff.stdout.as_str(), diff.stderr.as_str()), ("", ""));
}

#[test]
fn what_could_be_meant_twice_is_left_to_a_person() {
    let two = COMPLETE.replace("username = nova\n", "Username = nova\nUSERNAME = other\n");
    let near = COMPLETE.replace("username = nova\n", "usernam = nova\nusrname = other\n");
    for text in [two, near] {
        let (diff, _) = patched(&format!("[service_user]\nsend_service_user_token = true\n{text}"));
        assert_eq!(diff.stdout, "");
    }
}

#[test]
fn what_stands_in_no_file_has_no_diff() {
    let text = format!("[service_user]\n{COMPLETE}");
    let tree = tree(&[("nova.conf", &text), ("a/nova.conf", &text)]);
    let mut child = program(tree.path())
        .args(["--offline", "--format", "diff", "nova=-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let run_ = Run::of(&child.wait_with_output().unwrap());
    assert_eq!(run_.stdout, "");
    assert!(
        run_.stderr.contains("-:1: not in the diff, since standard input has no file to patch; "),
        "{}",
        run_.stderr
    );
    // A path that patch and git refuse.
    let above = run(&tree.path().join("a"), ["--offline", "--format", "diff", "../nova.conf"]);
    assert!(
        above.stdout.is_empty() && above.stderr.contains("../nova.conf:1: not in the diff"),
        "{}",
        above.stderr
    );
    // Lines that patch would part elsewhere.
    fs::write(tree.path().join("nova.conf"), text.replace("username = nova\n", "Username = nova\r")).unwrap();
    let cr = run(tree.path(), ["--offline", "--format", "diff", "nova.conf"]);
    assert!(cr.stdout.is_empty() && cr.stderr.contains("lone carriage return"), "{}", cr.stderr);
}

#[test]
fn a_name_that_needs_quoting_is_quoted_as_patch_and_git_read_it() {
    let text = format!("[service_user]\n{COMPLETE}");
    for name in
        ["a b.conf", "t\ta'%.conf", "q\"u\\o.conf", "n\nl::.conf", "\u{e9}\u{1b}[31m.conf", "./x/./y.conf"]
    {
        for tool in [PATCH, GIT] {
            let tree = tree(&[(name, &text)]);
            let diff = run(tree.path(), ["--offline", "--format", "diff", &format!("nova={name}")]);
            assert!(!diff.stdout.contains(['\u{1b}']), "{name:?}");
            apply(tree.path(), tool, &diff.stdout).unwrap();
            let after = fs::read_to_string(tree.path().join(name)).unwrap();
            assert_eq!(
                after,
                format!("[service_user]\nsend_service_user_token = true\n{COMPLETE}"),
                "{name:?}"
            );
        }
    }
}

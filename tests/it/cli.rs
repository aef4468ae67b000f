//! The command line: what it makes of bad input, how it ends, and what goes
//! where.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, program, run};

const SENDER: &str = "\
[service_user]
send_service_user_token = true
auth_type = password
auth_url = https://keystone.example:5000/v3
username = nova
password = a-secret
user_domain_name = Default
project_name = service
project_domain_name = Default
";

fn receiver() -> String {
    let login = SENDER.replace("send_service_user_token = true\n", "").replace("nova", "cinder");
    login.replace("[service_user]", "[keystone_authtoken]")
}

/// A directory with files.
fn directory(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// nova and cinder as they should be.
fn pair() -> TempDir {
    directory(&[("nova.conf", SENDER), ("cinder.conf", &receiver())])
}

const TRUSTED: [&str; 5] = ["--offline", "--assume-roles", "service", "nova.conf", "cinder.conf"];

/// Code 2, nothing on standard output, and the reason on the last line of
/// standard error.
fn fails(directory: &Path, arguments: &[&str], reason: &str) -> Run {
    let run = run(directory, arguments);
    assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
    assert_eq!(run.stdout, "", "{arguments:?}");
    assert!(run.stderr.contains(reason), "{arguments:?}: {}", run.stderr);
    run
}

/// The last line on standard error gives the reason.
fn fails_with(directory: &Path, arguments: &[&str], reason: &str) -> Run {
    let run = fails(directory, arguments, reason);
    assert!(run.stderr.lines().last().unwrap().contains(reason), "{arguments:?}: {}", run.stderr);
    run
}

#[test]
fn targets_that_cannot_be_used_are_named() {
    let files = directory(&[("notes.txt", "hello")]);
    let path = files.path();
    fs::create_dir(path.join("empty")).unwrap();
    fails_with(path, &["missing.conf"], "missing.conf: no such file or directory");
    fails_with(path, &["nova=missing.conf"], "missing.conf: no such file or directory");
    fails_with(path, &["empty"], "nothing to check");
    fails_with(path, &["notes.txt"], "nothing to check");
    fails_with(path, &["nova="], "nova=: no path behind the =");
    fails_with(path, &["-"], "standard input needs a service's name");
}

#[test]
fn what_cannot_be_read_is_named() {
    let files = directory(&[("nova.conf", SENDER)]);
    let path = files.path();
    // A pipe without a writer: opening it would wait for ever.
    assert!(Command::new("mkfifo").arg(path.join("pipe.conf")).status().unwrap().success());
    let begin = Instant::now();
    fails_with(path, &["--offline", "nova=pipe.conf"], "pipe.conf: is no regular file");
    fails_with(path, &["--offline", "nova=/dev/zero"], "/dev/zero: is no regular file");
    assert!(begin.elapsed() < Duration::from_secs(10));

    fs::set_permissions(path.join("nova.conf"), std::os::unix::fs::PermissionsExt::from_mode(0o000)).unwrap();
    if fs::read(path.join("nova.conf")).is_ok() {
        // The superuser reads everything, and so does the program.
        assert_eq!(run(path, ["--offline", "nova.conf"]).code, 0);
    } else {
        fails_with(path, &["--offline", "nova.conf"], "nova.conf: ");
    }
}

#[test]
fn what_oslo_config_refuses_is_a_finding() {
    for bytes in
        [b"\xef\xbb\xbf[service_user]\n".as_slice(), b"[service_user]\nusername = n\xf6va\n", b"[x\n"]
    {
        let files = directory(&[]);
        fs::write(files.path().join("nova.conf"), bytes).unwrap();
        let run = run(files.path(), ["--offline", "nova.conf"]);
        assert_eq!(run.code, 1, "{run:?}");
        let rules = ["[config-unparsable]", "[byte-order-mark]"];
        assert!(rules.iter().any(|rule| run.stdout.contains(rule)), "{}", run.stdout);
        assert_eq!(run.stderr, "");
    }
}

#[test]
fn an_empty_file_is_a_configuration() {
    let files = directory(&[("nova.conf", "")]);
    let run = run(files.path(), ["--offline", "nova.conf"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("nova sends no service token: it has no [service_user] section"),
        "{}",
        run.stdout
    );
}

#[test]
fn unknown_names_come_with_the_nearest() {
    let files = pair();
    for (arguments, reason, hint) in [
        (["--release", "2026.11"], "unknown release \"2026.11\"", "did you mean 2026.1?"),
        (["--release", "novva=2026.1"], "unknown service \"novva\"", "did you mean nova?"),
        (
            ["--select", "role-not-acepted"],
            "unknown rule \"role-not-acepted\"",
            "did you mean role-not-accepted?",
        ),
        (["--ignore", "role_not_accepted"], "unknown rule", "did you mean role-not-accepted?"),
        (["--report", "jsn=x"], "unknown format \"jsn\"", "did you mean json?"),
        (["--report", "json="], "names no file", "--report FORMAT=FILE"),
    ] {
        let arguments: Vec<&str> = arguments.into_iter().chain(["--offline", "nova.conf"]).collect();
        let run = fails_with(files.path(), &arguments, reason);
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    }
    fails(files.path(), &["explain", "role-not-acepted"], "did you mean role-not-accepted?");
    fails(files.path(), &["exlain", "role-not-accepted"], "did you mean the command explain?");
    fails(files.path(), &["chek", "nova.conf"], "did you mean the command check?");
    fails(files.path(), &["man", "chek"], "did you mean check?");
    for (option, value, near) in
        [("--format", "jsno", "json"), ("--fail-on", "eror", "error"), ("--color", "alway", "always")]
    {
        fails(files.path(), &[option, value, "nova.conf"], &format!("a similar value exists: '{near}'"));
    }
    fails(files.path(), &["completions", "bsh"], "a similar value exists: 'bash'");
    fails(files.path(), &["--ofline", "nova.conf"], "a similar argument exists: '--offline'");
    let run = run(files.path(), ["--offline", "noav=nova.conf"]);
    assert!(run.stdout.contains("who calls noav: no service of that name is known here; did you mean nova?"));
    fails(files.path(), &["--format", "nonsense", "nova.conf"], "invalid value 'nonsense'");
    fails(files.path(), &["--no-such-option"], "unexpected argument");
    fails(files.path(), &["--assume-roles", "service", "nova.conf"], "--offline");
}

fn report(directory: &Path, arguments: &[&str]) -> Value {
    let run = run(directory, arguments.iter().copied().chain(["--offline", "--format", "json"]));
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn every_service_has_an_id_of_its_own() {
    let files = directory(&[("a.conf", SENDER), ("b,c.conf", SENDER), ("cinder.conf", &receiver())]);
    let targets = ["nova=a.conf", "nova=a.conf", r"nova=a.conf,b\,c.conf", "cinder.conf"];
    let report = report(files.path(), &targets);
    let ids: Vec<&str> =
        report["services"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["nova@a.conf", "nova@a.conf#2", "nova@a.conf,b,c.conf", "cinder"]);
}

#[test]
fn standard_input_is_a_file_of_a_service() {
    let files = pair();
    let mut child = program(files.path())
        .args(["--offline", "--assume-roles", "admin", "nova=-", "cinder.conf"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), SENDER.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(Run::of(&output).stdout.contains("--> -:5: nova logs in here"));
}

#[test]
fn the_first_line_is_the_answer() {
    let files = directory(&[
        ("nova.conf", SENDER),
        ("cinder.conf", &receiver()),
        ("off.conf", &SENDER.replace("= true", "= false")),
        ("here.conf", &SENDER.replace("https://keystone.example:5000", "http://127.0.0.1:1")),
    ]);
    let first = |arguments: &[&str]| run(files.path(), arguments).stdout.lines().next().unwrap().to_owned();
    assert_eq!(
        first(&TRUSTED),
        "Service tokens work with the roles assumed: every called receiver trusts them"
    );
    assert!(
        first(&["--offline", "nova=off.conf", "cinder.conf"]).starts_with("Service tokens will not work: ")
    );
    assert!(first(&["nova=here.conf"]).starts_with("Could not be checked: "));
    assert!(first(&["--offline", "nova.conf"]).starts_with("No errors found; offline"));
}

#[test]
fn fail_on_changes_the_exit_code_alone() {
    let files = directory(&[
        ("nova.conf", SENDER),
        ("cinder.conf", &receiver()),
        ("off.conf", &SENDER.replace("= true", "= false")),
        ("here.conf", &SENDER.replace("https://keystone.example:5000", "http://127.0.0.1:1")),
    ]);
    let code = |arguments: &[&str]| run(files.path(), arguments).code;
    let with = |more: &[&'static str], base: &[&'static str]| code(&[more, base].concat());
    let notes: &[&str] = &TRUSTED;
    let errors: &[&str] = &["--offline", "nova=off.conf"];
    let unreachable: &[&str] = &["nova=here.conf"];
    for (fail_on, base, expected) in [
        ("error", notes, 0),
        ("warning", notes, 0),
        ("note", notes, 1),
        ("error", errors, 1),
        ("never", errors, 0),
        ("error", unreachable, 3),
        ("never", unreachable, 3),
        ("warning", unreachable, 1),
    ] {
        assert_eq!(with(&["--fail-on", fail_on], base), expected, "--fail-on {fail_on} {base:?}");
    }
    let shown =
        |fail_on: &str| run(files.path(), ["--fail-on", fail_on, "--offline", "nova=off.conf"]).stdout;
    assert_eq!(shown("never"), shown("note"));
    let run = run(files.path(), unreachable);
    let last = run.stderr.lines().last().unwrap().to_owned();
    assert!(last.contains("could not be completed"), "{last}");
}

#[test]
fn selection_runs_some_rules() {
    let files = directory(&[("nova.conf", "")]);
    let code = |arguments: &[&str]| run(files.path(), arguments).code;
    assert_eq!(code(&["--offline", "--ignore", "send-token-disabled", "nova.conf"]), 0);
    assert_eq!(code(&["--offline", "--select", "ambiguous-syntax", "nova.conf"]), 0);
    assert_eq!(code(&["--offline", "--select", "send-token-disabled,value-invalid", "nova.conf"]), 1);
}

#[test]
fn quiet_says_less_and_verbose_more() {
    let files = pair();
    let said = |flag: Option<&str>| run(files.path(), TRUSTED.into_iter().chain(flag)).stdout;
    let (quiet, normal, verbose) = (said(Some("-q")), said(None), said(Some("-v")));
    assert_eq!(quiet.lines().count(), 1, "{quiet}");
    assert!(normal.contains("note: ") && normal.contains("cinder    trusted"), "{normal}");
    let words = verbose.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("help: ") && words.contains("expired user tokens are honoured"), "{verbose}");
    assert!(normal.len() < verbose.len());
    fails(files.path(), &["-q", "-v", "nova.conf"], "cannot be used with");
}

#[test]
fn colours_follow_the_flag_then_the_environment() {
    let files = pair();
    let coloured = |flag: &str, variables: &[(&str, &str)]| {
        let mut command = program(files.path());
        let output = command.args(TRUSTED).args(["--color", flag]).envs(variables.iter().copied()).output();
        String::from_utf8(output.unwrap().stdout).unwrap().contains('\u{1b}')
    };
    assert!(!coloured("auto", &[]));
    assert!(coloured("auto", &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured("auto", &[("CLICOLOR_FORCE", "0")]));
    assert!(!coloured("auto", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(coloured("always", &[("NO_COLOR", "1")]));
    assert!(!coloured("never", &[("CLICOLOR_FORCE", "1")]));
}

/// Text that would move the cursor, hide itself or run on to the left.
const STEERING: &str = "\u{1b}[2Jx\u{9b}y\u{202e}z\u{200b}\u{7f}";

#[test]
fn nothing_from_a_file_steers_the_terminal() {
    let plain = SENDER.replace("[service_user]\n", "[service_user]\nservice\u{1b}user = x\n");
    let texts = [
        plain.replace("auth_type = password", &format!("auth_type = {STEERING}")),
        plain.replace("auth_type = password", &format!("auth_section = {STEERING}")),
        plain
            .replace("nova", STEERING)
            .replace("Default", STEERING)
            .replace("= service", &format!("= {STEERING}")),
        plain.replace("https://keystone.example:5000", &format!("http://127.0.0.1:1/{STEERING}")),
        plain.replace("https", STEERING),
        plain.replace("= true", &format!("= ${STEERING} {STEERING}")),
        format!("[{STEERING}\n"),
    ];
    let name = format!("no{STEERING}va.conf");
    let receiver = receiver()
        + &format!(
            "service_token_roles = {STEERING},admin\nregion_name = {STEERING}\nsigning_dir = {STEERING}\n{STEERING} = x\n"
        );
    let target = format!("nova={name}");
    for text in texts {
        let files = directory(&[(&name, &text), ("cinder.conf", &receiver)]);
        for arguments in [
            &["--offline", "--assume-roles", STEERING] as &[&str],
            &["--offline", "-v"],
            &["-v"],
            &["--offline", "--format", "github"],
            &["--offline", "--format", "html"],
            &["--offline", "--format", "junit"],
            &["show"],
        ] {
            let run = run(files.path(), [arguments, &[&target, "cinder.conf"]].concat());
            let said = format!("{}{}", run.stdout, run.stderr);
            let steers =
                |c: char| (c.is_control() && c != '\n') || STEERING[1..].contains(c) && !c.is_ascii();
            let line = said.lines().find(|line| line.chars().any(steers));
            assert_eq!(line, None, "{arguments:?} of {text}");
        }
    }
}

#[test]
fn an_argument_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let files = pair();
    let odd = std::ffi::OsStr::from_bytes(b"nova=n\xf6va.conf");
    let output = program(files.path()).arg("--offline").arg(odd).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty() && !output.stderr.is_empty());
}

#[test]
fn the_environment_counts_only_when_asked() {
    let files = directory(&[("nova.conf", &SENDER.replace("= true", "= false"))]);
    let with = |arguments: &[&str]| {
        let mut command = program(files.path());
        command.env("OS_SERVICE_USER__SEND_SERVICE_USER_TOKEN", "true");
        Run::of(&command.args(arguments).arg("nova.conf").output().unwrap())
    };
    let without = with(&["--offline"]);
    assert_eq!(without.code, 1);
    assert!(without.stdout.contains("OS_SERVICE_USER__SEND_SERVICE_USER_TOKEN"), "{}", without.stdout);
    assert_eq!(with(&["--offline", "--with-env"]).code, 0);
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let files = pair();
    let mut child = program(files.path())
        .args(["rules", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output: Output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn output_that_cannot_be_written_is_code_2() {
    let files = pair();
    let path = files.path();
    for target in ["json=no/such/directory/report.json", "json=.", "json=/dev/full"] {
        let run = run(path, TRUSTED.into_iter().chain(["--report", target]));
        assert_eq!(run.code, 2, "{target}: {run:?}");
        assert!(run.stderr.lines().last().unwrap().contains("failed to write"), "{}", run.stderr);
    }
    let full = fs::File::create("/dev/full").unwrap();
    let status = program(path).args(TRUSTED).stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn reports_are_written_beside_standard_output() {
    let files = pair();
    let run =
        run(files.path(), TRUSTED.into_iter().chain(["--report", "json=r.json", "--report", "text=r.txt"]));
    assert_eq!(run.code, 0);
    let report: Value =
        serde_json::from_str(&fs::read_to_string(files.path().join("r.json")).unwrap()).unwrap();
    assert_eq!(report["trust"][0]["verdict"], "trusted");
    let text = fs::read_to_string(files.path().join("r.txt")).unwrap();
    assert_eq!(text, run.stdout);
}

#[test]
fn help_and_version_are_no_errors() {
    let files = directory(&[]);
    for arguments in [["--help"], ["-h"], ["--version"]] {
        let run = run(files.path(), arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
    }
}

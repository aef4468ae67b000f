//! The program's own configuration file, in a repository as users have it.

use std::fs;

use tempfile::TempDir;

use crate::program::{Run, run};

const LOGIN: &str = "\
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = someone
password = secret
project_name = service
user_domain_name = Default
project_domain_name = Default
";

/// A repository with a nova and a cinder that fit for the role `service`.
fn repository(settings: &str) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let etc = directory.path().join("etc");
    fs::create_dir_all(directory.path().join("deep/er")).unwrap();
    fs::create_dir(&etc).unwrap();
    let nova =
        format!("[service_user]\nsend_service_user_token = true\n{LOGIN}[keystone_authtoken]\n{LOGIN}");
    fs::write(etc.join("nova.conf"), nova).unwrap();
    fs::write(etc.join("cinder.conf"), format!("[keystone_authtoken]\n{LOGIN}")).unwrap();
    fs::write(directory.path().join(".nova-token-check.toml"), settings).unwrap();
    directory
}

fn in_folder(repository: &TempDir, folder: &str, arguments: &[&str]) -> Run {
    run(&repository.path().join(folder), arguments)
}

const USUAL: &str = "\
targets = [\"nova=etc/nova.conf\", \"etc/cinder.conf\"]
offline = true
assume-roles = [\"member\"]
[reports]
sarif = \"report.sarif\"
";

#[test]
fn it_is_found_upwards_and_its_paths_are_its_own() {
    let repository = repository(USUAL);
    let ran = in_folder(&repository, "deep/er", &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stdout.contains("../../etc/nova.conf"), "{ran:?}");
    assert!(repository.path().join("report.sarif").is_file());
}

#[test]
fn what_is_typed_beats_it() {
    let repository = repository(&format!("format = \"json\"\n{USUAL}"));
    assert!(in_folder(&repository, "", &[]).stdout.starts_with('{'));
    assert!(!in_folder(&repository, "", &["--format", "text"]).stdout.starts_with('{'));
    let roles = in_folder(&repository, "", &["check", "--assume-roles", "service"]);
    assert_eq!(roles.code, 0, "{roles:?}");
    let targets = in_folder(&repository, "", &["etc/cinder.conf"]);
    assert!(!targets.stdout.contains("nova.conf"), "{targets:?}");
}

#[test]
fn without_it_the_defaults_are_the_same() {
    let repository = repository(USUAL);
    let arguments = ["--offline", "--assume-roles", "member", "nova=etc/nova.conf", "etc/cinder.conf"];
    let with = in_folder(&repository, "", &[]);
    let without = in_folder(&repository, "", &[&arguments[..], &["--no-config"]].concat());
    assert_eq!((with.code, with.stdout), (without.code, without.stdout));
}

#[test]
fn another_can_be_named() {
    let repository = repository("offline = 1");
    fs::write(repository.path().join("etc/other.toml"), "targets = ['nova.conf']\noffline = true\n").unwrap();
    let ran = in_folder(&repository, "deep", &["--config", "../etc/other.toml"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let missing = in_folder(&repository, "", &["--config", "nowhere.toml"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
}

#[test]
fn rules_get_other_levels() {
    let text = USUAL.replace("[reports]", "[rules.levels]\nrole-not-accepted = \"note\"\n[reports]");
    let ran = in_folder(&repository(&text), "", &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("note: ") && ran.stdout.contains("[role-not-accepted]"), "{ran:?}");
}

#[test]
fn an_invalid_one_is_code_2_with_its_line_and_nothing_on_standard_output() {
    for (text, message) in [
        ("offline = true\nformat = \"jsno\"\n", "line 2: unknown format \"jsno\"; did you mean json?"),
        ("offline = true\nfail-on =\n", "line 2: "),
        ("offline = \"yes\"\n", "line 1: offline: expected true or false, found string"),
        (
            "[rules]\nignore = [\"scope-mising\"]\n",
            "line 2: unknown rule \"scope-mising\"; did you mean scope-missing?",
        ),
    ] {
        let ran = in_folder(&repository(text), "", &["--format", "sarif"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(message), "{ran:?}");
    }
}

#[test]
fn an_unknown_key_is_only_a_warning() {
    let ran = in_folder(&repository(&format!("offlien = true\n{USUAL}")), "", &["--assume-roles", "service"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let warning = "nova-token-check: warning: .nova-token-check.toml: line 1: unknown key offlien; did you mean offline?\n";
    assert_eq!(ran.stderr, warning);
}

#[test]
fn show_heeds_what_says_which_files_are_read() {
    let repository = repository(&format!("release = \"2025.1\"\n{USUAL}"));
    let shown = in_folder(&repository, "deep", &["show", "--defaults"]);
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""), "{shown:?}");
    assert!(shown.stdout.contains("../etc/cinder.conf"), "{shown:?}");
    // Of this option only the default of 2026.2 is true.
    let required = shown.stdout.lines().find(|line| line.contains("service_token_roles_required")).unwrap();
    assert!(required.to_lowercase().contains("false"), "{required}");
    let newest =
        in_folder(&repository, "", &["show", "--defaults", "--release", "2026.2", "etc/cinder.conf"]);
    let required = newest.stdout.lines().find(|line| line.contains("service_token_roles_required")).unwrap();
    assert!(required.to_lowercase().contains("true") && !newest.stdout.contains("nova.conf"), "{newest:?}");
    let none = in_folder(&repository, "", &["show", "--no-config", "etc/nova.conf"]);
    assert!(none.code == 0 && !none.stdout.contains("cinder.conf"), "{none:?}");
}

//! What is said in several files of the packaging is the same in all of them.

use std::fs;
use std::path::Path;

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_hooks_install_the_wheel_of_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    let project = file("pyproject.toml");
    assert!(project.contains(&format!("version = \"{version}\"")));
    assert!(project.contains(&format!("\"nova-token-check=={version}\"")));
}

#[test]
fn the_hooks_take_the_files_whose_names_tell_a_service() {
    let hooks = file(".pre-commit-hooks.yaml");
    let (_, pattern) = hooks.split_once("(^|/)(").unwrap();
    let (names, _) = pattern.split_once(')').unwrap();
    for name in names.split('|') {
        let known = nova_token_check::catalog::ServiceKind::from_file_name(&format!("{name}.conf"));
        assert!(known.is_some(), "{name}.conf would be skipped by the program");
    }
}

#[test]
fn the_documented_configuration_file_is_a_good_one() {
    let page = file("docs/ci.md");
    let (_, rest) = page.split_once("```toml\n").unwrap();
    let (settings, _) = rest.split_once("```").unwrap();
    let directory = tempfile::tempdir().unwrap();
    // All but the baseline, which is not there.
    let settings: String =
        settings.lines().filter(|line| !line.starts_with("baseline")).map(|l| format!("{l}\n")).collect();
    fs::write(directory.path().join(".nova-token-check.toml"), settings).unwrap();
    for service in ["nova", "cinder"] {
        let folder = directory.path().join("etc").join(service);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{service}.conf")), "[DEFAULT]\n").unwrap();
    }
    let run = crate::program::run(directory.path(), [] as [&str; 0]);
    assert_eq!(run.stderr, "", "{run:?}");
    assert!(run.code <= 1 && directory.path().join("nova-token-check.html").is_file(), "{run:?}");
}

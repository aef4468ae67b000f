//! Completions in real shells, as far as they are here, and manual pages.

use std::fs;
use std::process::Command;

fn script(shell: &str) -> String {
    let output =
        Command::new(env!("CARGO_BIN_EXE_nova-token-check")).args(["completions", shell]).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn shells_parse_their_completions() {
    let directory = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish"] {
        let path = directory.path().join(shell);
        fs::write(&path, script(shell)).unwrap();
        // A shell that is not on this machine has nothing to say.
        if let Ok(output) = Command::new(shell).arg("-n").arg(&path).output() {
            assert!(output.status.success() && output.stderr.is_empty(), "{shell}: {output:?}");
        }
    }
}

/// Completes the last of the words in bash.
fn complete(words: &str) -> Option<String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("completions");
    fs::write(&path, script("bash")).unwrap();
    let ask = r#"
source "$0"
function=$(complete -p nova-token-check | sed 's/.*-F \([^ ]*\).*/\1/')
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
"$function" nova-token-check "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
echo "${COMPREPLY[*]}"
"#;
    let output = Command::new("bash").arg("-c").arg(ask).arg(&path).args(words.split(' ')).output().ok()?;
    assert!(output.stderr.is_empty(), "{output:?}");
    Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[test]
fn bash_completes_names_of_every_kind() {
    for (words, expected) in [
        ("nova-token-check --select role-not-a", "role-not-accepted"),
        ("nova-token-check explain role-not-a", "role-not-accepted"),
        ("nova-token-check check --upgrade-to epo", "epoxy"),
        ("nova-token-check --report sar", "sarif=report.sarif"),
        ("nova-token-check --format gitl", "gitlab"),
        ("nova-token-check expl", "explain"),
        ("nova-token-check rules --form", "--format"),
    ] {
        if let Some(answer) = complete(words) {
            assert_eq!(answer, expected, "{words}");
        }
    }
}

#[test]
fn manual_pages_are_written_for_the_program_and_each_command() {
    let directory = tempfile::tempdir().unwrap();
    let program = env!("CARGO_BIN_EXE_nova-token-check");
    let all = Command::new(program).args(["man", "--directory"]).arg(directory.path()).output().unwrap();
    assert!(all.status.success(), "{all:?}");
    for page in ["nova-token-check", "nova-token-check-check", "nova-token-check-explain"] {
        let text = fs::read_to_string(directory.path().join(format!("{page}.1"))).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
    let wrong = Command::new(program).args(["man", "chekc"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8(wrong.stderr).unwrap().contains("did you mean check?"));
}

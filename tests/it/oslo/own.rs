//! Options of oslo.config itself, in files and on the command line.

use super::trial::{Trial, null, one, several, text};

fn set_user(user: &str) -> String {
    format!("[service_user]\nusername = {user}\n")
}

#[test]
fn config_file_in_a_file_breaks_the_next_file_but_no_directory() {
    let files = || {
        Trial::empty()
            .put("a.conf", "[DEFAULT]\n\nconfig_file = b.conf\n")
            .put("b.conf", "broken")
            .put("d/c.conf", set_user("c"))
    };
    assert_eq!(files().file("a.conf").dir("d").file("b.conf").refusal(), ("AttributeError".to_owned(), None));
    assert_eq!(files().file("a.conf").dir("d").user(), text("c"));
}

#[test]
fn config_dir_in_a_file_reads_nothing() {
    let trial = Trial::empty().put("d/c.conf", set_user("c"));
    let own = format!("[DEFAULT]\nconfig_dir = {}\n", trial.path("d").display());
    assert_eq!(trial.put("a.conf", own).file("a.conf").user(), null());
}

#[test]
fn config_source_without_a_driver_is_passed_over() {
    assert_eq!(one(format!("[DEFAULT]\nconfig_source = nowhere\n{}", set_user("a"))).user(), text("a"));
}

#[test]
fn shell_completion_in_force_must_be_one_of_two_shells() {
    for (texts, ends) in [
        (["[DEFAULT]\nshell_completion = fish\n", ""], true),
        (["[DEFAULT]\nshell_completion =\n", ""], true),
        (["[DEFAULT]\nshell_completion = $\n", ""], true),
        (["[DEFAULT]\nshell_completion = bash\n", ""], false),
        (["[DEFAULT]\nshell_completion = fish\n", "[DEFAULT]\nshell_completion = zsh\n"], false),
        (["[default]\nshell_completion = fish\n", ""], false),
    ] {
        let trial = several(&texts);
        if ends {
            assert_eq!(trial.refusal(), ("SystemExit".to_owned(), None), "{texts:?}");
        } else {
            assert_eq!(trial.user(), null(), "{texts:?}");
        }
    }
}

#[test]
fn a_dollar_in_the_path_of_a_file_is_taken_for_a_reference() {
    for (name, class) in [
        ("a$nosuch.conf", Some("NoSuchGroupError")),
        ("a${nosuch}.conf", Some("NoSuchOptError")),
        ("a$nosuch-.conf", Some("NoSuchOptError")),
        ("a$$.conf", None),
        ("a$.conf", None),
        ("a$1.conf", None),
        // Known, so nothing is said; the file is the one of the path as it is.
        ("a${state_path}.conf", None),
    ] {
        let trial = Trial::empty().put(name, set_user("a")).file(name);
        match class {
            Some(class) => assert_eq!(trial.refusal(), (class.to_owned(), None), "{name}"),
            None => assert_eq!(trial.user(), text("a"), "{name}"),
        }
    }
    // A directory's path as well.
    let trial = Trial::empty().put("d$nosuch/a.conf", set_user("a")).dir("d$nosuch");
    assert_eq!(trial.refusal(), ("NoSuchOptError".to_owned(), None));
}

#[test]
fn a_reference_in_an_own_option_must_name_something() {
    for option in ["config_source", "config_dir", "config_file", "shell_completion"] {
        let trial = one(format!("[DEFAULT]\n{option} = $nosuch\n"));
        assert_eq!(trial.refusal(), ("NoSuchOptError".to_owned(), None), "{option}");
    }
}

//! `OS_<GROUP>__<OPTION>`.

use super::trial::{Trial, bad, boolean, error, one, text};

fn file() -> Trial {
    one("[service_user]\nusername = a\nauth_url = $username\n")
}

#[test]
fn a_variable_beats_every_file_under_the_current_name_in_capitals_only() {
    assert_eq!(file().env("OS_SERVICE_USER__USERNAME", "e").user(), text("e"));
    for name in [
        "OS_SERVICE_USER__USER_NAME",
        "OS_USERNAME",
        "OS_SERVICE_USER_USERNAME",
        "OS_service_user__username",
        "SERVICE_USER__USERNAME",
    ] {
        assert_eq!(file().env(name, "e").user(), text("a"), "{name}");
    }
    let default = one("").env("OS_DEFAULT__STATE_PATH", "/e");
    assert_eq!(default.get("DEFAULT", "state_path"), text("/e"));
}

#[test]
fn a_variable_is_taken_as_it_is_then_substituted_and_converted() {
    let with = |value: &str| file().env("OS_SERVICE_USER__USERNAME", value).user();
    assert_eq!(with(""), text(""));
    assert_eq!(with(" \"e\" "), text(" \"e\" "));
    assert_eq!(with("$$e"), text("$e"));
    assert_eq!(with("$state_path"), text("/var/lib/nova"));
    let insecure =
        |value: &str| one("").env("OS_SERVICE_USER__INSECURE", value).get("service_user", "insecure");
    assert_eq!(insecure("yes"), boolean(true));
    for value in [" yes", "yes\n", "\"yes\"", ""] {
        assert_eq!(insecure(value), error("ConfigSourceValueError"), "{value:?}");
    }
    // References of the files see it.
    let url = file().env("OS_SERVICE_USER__USERNAME", "e").get("service_user", "auth_url");
    assert_eq!(url, text("e"));
}

#[test]
fn a_bad_variable_is_blamed_on_the_file_where_a_file_sets_the_option_too() {
    let trial = one("[service_user]\ninsecure = true\n").env("OS_SERVICE_USER__INSECURE", "maybe");
    assert_eq!(trial.get("service_user", "insecure"), bad());
}

#[test]
fn a_variable_hides_neither_a_parse_error_nor_a_missing_file() {
    let broken = one("broken").env("OS_SERVICE_USER__USERNAME", "e");
    assert_eq!(broken.refusal().0, "ConfigFileParseError");
    let missing = Trial::empty().file("no.conf").env("OS_SERVICE_USER__USERNAME", "e");
    let crate::cloud::oslo::Reading::Refused(refused) = missing.theirs() else { panic!() };
    assert_eq!(refused.class, "ConfigFilesNotFoundError");
}

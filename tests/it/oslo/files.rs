//! Names of sections and options, and what several files and directories make.

use std::fs;

use nova_token_check::config::Environment;
use nova_token_check::deployment::{self, Process, Seen, Source, Target};

use super::trial::{Trial, bad, boolean, in_service_user, list, null, one, said, several, text, user_of};
use crate::cloud::oslo::Reading;
use crate::program::run;

/// A file that sets the user.
fn set(user: &str) -> String {
    format!("[service_user]\nusername = {user}\n")
}

#[test]
fn section_names_are_lower_cased_and_default_alone_stays() {
    for header in ["Service_User", "SERVICE_USER", "service_useR"] {
        assert_eq!(one(format!("[{header}]\nusername = a\n")).user(), text("a"), "{header}");
    }
    // The Kelvin sign's small letter is a k.
    let kelvin = one("[\u{212a}eystone_authtoken]\nservice_token_roles = a\n");
    assert_eq!(kelvin.roles(), list(&["a"]));
    for header in ["default", "Default", "DEFAULt"] {
        let trial = one(format!("[{header}]\nusername = a\n"));
        assert_eq!(trial.get("DEFAULT", "username"), null(), "{header}");
    }
    for header in ["service-user", " service_user", "service_user ", "ſervice_user"] {
        assert_eq!(one(format!("[{header}]\nusername = a\n")).user(), null(), "{header}");
    }
}

#[test]
fn all_spellings_and_repeats_of_a_section_are_one_and_the_last_of_equal_options_counts() {
    let trial = one(
        "[service_user]\nusername = a\n[x]\n[SERVICE_USER]\nusername = b\n[service_user]\nauth_url = u\n",
    );
    assert_eq!(trial.user(), text("b"));
    assert_eq!(trial.get("service_user", "auth_url"), text("u"));
    assert_eq!(user_of("username = a\nusername ="), text(""));
    let roles = one("[keystone_authtoken]\nservice_token_roles = a\nservice_token_roles = b\n").roles();
    assert_eq!(roles, list(&["b"]));
}

#[test]
fn option_names_are_matched_as_they_are_and_with_underscores_only() {
    for name in ["Username", "USERNAME", "userName"] {
        assert_eq!(user_of(&format!("{name} = a")), null(), "{name}");
    }
    assert_eq!(in_service_user("auth-url = u", "auth_url"), null());
    assert_eq!(in_service_user("collect-timing = true", "collect_timing"), boolean(false));
    // Old names are read with a dash too.
    for name in ["user-name", "user_name"] {
        assert_eq!(user_of(&format!("{name} = a")), text("a"), "{name}");
    }
    for name in ["tenant-name", "tenant_name"] {
        assert_eq!(in_service_user(&format!("{name} = a"), "project_name"), text("a"), "{name}");
    }
    // These only with underscores.
    assert_eq!(in_service_user("auth_plugin = a", "auth_type"), text("a"));
    assert_eq!(in_service_user("auth-plugin = a", "auth_type"), null());
    let servers = |name: &str| {
        one(format!("[keystone_authtoken]\n{name} = a\n")).get("keystone_authtoken", "memcached_servers")
    };
    assert_eq!(servers("memcache_servers"), list(&["a"]));
    assert_eq!(servers("memcache-servers"), null());
}

#[test]
fn default_is_not_inherited() {
    assert_eq!(one("[DEFAULT]\nusername = a\n[service_user]\nauth_url = u\n").user(), null());
}

#[test]
fn the_last_file_wins_under_any_name_and_only_in_one_file_the_current_name_beats_old_ones() {
    let (current, old) = (set("current"), "[service_user]\nuser_name = old\n".to_owned());
    assert_eq!(several(&[&current, &old]).user(), text("old"));
    assert_eq!(several(&[&old, &current]).user(), text("current"));
    assert_eq!(user_of("username = a\nuser_name = b"), text("a"));
    assert_eq!(user_of("user_name = b\nusername = a"), text("a"));
    // Of the old names the earlier one, wherever it stands.
    assert_eq!(user_of("user_name = b\nuser-name = c"), text("c"));
    assert_eq!(user_of("user-name = c\nuser_name = b"), text("c"));
}

#[test]
fn files_and_directories_count_in_the_order_given() {
    let files = || Trial::empty().put("a.conf", set("a")).put("d/b.conf", set("b"));
    assert_eq!(files().dir("d").file("a.conf").user(), text("a"));
    assert_eq!(files().file("a.conf").dir("d").user(), text("b"));
    assert_eq!(files().file("a.conf").dir("d").file("a.conf").user(), text("a"));
}

#[test]
fn a_directory_is_read_by_code_point_without_hidden_files_and_sub_directories() {
    let names = ["10.conf", "9.conf", "B.conf", "_.conf", "a.conf"];
    for last in 1..names.len() {
        let files = names[..=last].iter();
        let trial = files.fold(Trial::empty(), |trial, name| trial.put(&format!("d/{name}"), set(name)));
        assert_eq!(trial.dir("d").user(), text(names[last]));
    }
    let unread = ["d/.z.conf", "d/z/z.conf", "d/z.CONF", "d/z.conf~", "d/z.conf.off", "d/README"];
    let trial = unread.iter().fold(Trial::empty(), |trial, name| trial.put(name, "broken"));
    assert_eq!(trial.put("d/a.conf", set("a")).dir("d").user(), text("a"));
}

#[test]
fn a_directory_named_like_a_file_is_refused() {
    let trial = Trial::empty().put("d/x.conf/y", "").put("d/z.conf", "broken").dir("d");
    assert_eq!(trial.refusal().0, "IsADirectoryError");
}

#[test]
fn the_name_of_a_directory_is_a_pattern() {
    let files = || Trial::empty().put("d1/a.conf", set("one")).put("d[1]/a.conf", set("bracket"));
    assert_eq!(files().dir("d[1]").user(), text("one"));
    let all = files().put("d2/b.conf", set("two")).put("d*/c.conf", "");
    // The files of all of them, sorted by their paths.
    assert_eq!(all.dir("d*").user(), text("bracket"));
}

#[test]
fn a_plain_file_as_directory_reads_nothing() {
    assert_eq!(Trial::empty().put("a.conf", set("a")).dir("a.conf").user(), null());
}

/// The class of the real exception, and this program's own words.
fn missing(trial: &Trial, names: &[&str]) -> (String, String) {
    let Reading::Refused(refused) = trial.theirs() else { panic!("not refused") };
    let source = |name: &&str| match name.strip_suffix('/') {
        Some(name) => Source::Directory(trial.path(name).display().to_string()),
        None => Source::File(trial.path(name).display().to_string()),
    };
    let process = Process::plain("nova", names.iter().map(source).collect());
    let error = deployment::load(&process, &Environment::default(), &Seen::default()).unwrap_err();
    (said(refused).0, error.to_string())
}

/// Where oslo.config collects missing files and a later parse error is reported in
/// their place, this program names the missing one: what a target is not there is
/// said before anything is judged.
#[test]
fn a_missing_file_is_named_and_beats_what_oslo_config_would_report() {
    let files = || Trial::empty().put("a.conf", "").put("broken.conf", "broken");
    for (trial, names, class, missed) in [
        (
            files().file("no.conf").file("a.conf"),
            vec!["no.conf", "a.conf"],
            "ConfigFilesNotFoundError",
            "no.conf",
        ),
        (
            files().file("no.conf").file("broken.conf"),
            vec!["no.conf", "broken.conf"],
            "ConfigFileParseError",
            "no.conf",
        ),
        (files().file("no.conf").dir("no.d"), vec!["no.conf", "no.d/"], "ConfigDirNotFoundError", "no.conf"),
        (
            files().dir("no.d").file("broken.conf"),
            vec!["no.d/", "broken.conf"],
            "ConfigDirNotFoundError",
            "no.d",
        ),
        (files().file("a.conf/x.conf"), vec!["a.conf/x.conf"], "NotADirectoryError", "a.conf/x.conf"),
    ] {
        let (theirs, ours) = missing(&trial, &names);
        assert_eq!(theirs, class, "{names:?}");
        assert!(ours.starts_with(&format!("{}: ", trial.path(missed).display())), "{ours}");
    }
    let as_file = Trial::empty().put("d/x", "").file("d");
    assert_eq!(as_file.refusal().0, "IsADirectoryError");
}

#[test]
fn a_missing_target_is_code_2_even_beside_a_file_that_cannot_be_parsed() {
    let trial = Trial::empty().put("nova.conf", "broken");
    let run = run(&trial.path(""), ["--offline", "nova=no.conf,nova.conf"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("no.conf: no such file or directory"), "{}", run.stderr);
}

#[test]
fn a_tilde_is_expanded_in_both_options_and_variables_are_not() {
    let trial = Trial::empty().put("a.conf", set("a")).put("d/b.conf", set("b"));
    let home = trial.path("a.conf").parent().unwrap().to_owned();
    for (path, name) in [("~/a.conf", "a.conf"), ("~/d", "d")] {
        let target = deployment::parse(&format!("nova={path}"), Some(&home)).unwrap();
        let Target::Service { sources, .. } = target else { panic!("{target:?}") };
        assert_eq!(sources[0].label(), home.join(name).to_str().unwrap(), "{path}");
    }
    // The real one, which looks into its environment for the place.
    let at_home = |trial: Trial| trial.env("HOME", home.to_str().unwrap());
    assert_eq!(at_home(Trial::at("~/a.conf", false)).their_user(), text("a"));
    assert_eq!(at_home(Trial::at("~/d", true)).their_user(), text("b"));
    let Reading::Refused(refused) = at_home(Trial::at("$HOME/a.conf", false)).theirs() else { panic!() };
    // What looks like a variable is a reference to an option.
    assert_eq!(refused.class, "NoSuchOptError");
    assert!(deployment::parse("nova=$HOME/a.conf", Some(&home)).is_err());
}

#[test]
fn only_the_winner_is_converted_and_only_its_own_option_fails() {
    let insecure = |trial: &Trial| trial.get("service_user", "insecure");
    let (good, bad_one) =
        ("[service_user]\ninsecure = true\n", "[service_user]\ninsecure = maybe\nusername = a\n");
    assert_eq!(insecure(&several(&[bad_one, good])), boolean(true));
    let trial = several(&[good, bad_one]);
    assert_eq!(insecure(&trial), bad());
    assert_eq!(trial.user(), text("a"));
}

#[test]
fn the_same_file_may_come_twice_and_links_are_followed() {
    let trial = Trial::empty().put("a.conf", set("a"));
    std::os::unix::fs::symlink("a.conf", trial.path("b.conf")).unwrap();
    fs::create_dir(trial.path("d")).unwrap();
    std::os::unix::fs::symlink("../a.conf", trial.path("d/c.conf")).unwrap();
    assert_eq!(trial.file("b.conf").file("a.conf").file("b.conf").dir("d").user(), text("a"));
}

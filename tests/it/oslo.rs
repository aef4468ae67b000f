//! What oslo.config does with files, one test for each thing that a plain reader
//! of INI files would get wrong. Lines, quotes, substitution and types have theirs
//! beside the code; here are those that take files to tell.

use std::fs;
use std::path::Path;

use nova_token_check::catalog::{self, Version};
use nova_token_check::config::{
    Configuration, Default, Environment, Invalid, Kind, LoadProblem, OptionSpec, Reading, ReferenceProblem,
    Registry, Schema, Value,
};
use nova_token_check::deployment::{self, Process, ReadError, Source};
use tempfile::TempDir;

/// A service that registers nothing else.
#[derive(Debug)]
struct Nothing;

impl Registry for Nothing {
    fn option(&self, _: &str, _: &str) -> Option<OptionSpec> {
        None
    }

    fn has_group(&self, _: &str) -> bool {
        false
    }
}

fn schema() -> Schema {
    let option = |name, kind, default| OptionSpec { name, kind, default, deprecated: &[], secret: false };
    let mut schema = Schema::new(Some(&Nothing));
    schema.register(
        "DEFAULT",
        &[option("username", Kind::Str, Default::None), option("flag", Kind::Bool, Default::Text("False"))],
    );
    schema.register("keystone_authtoken", &catalog::authtoken(Version(13, 0, 1)));
    schema.register("keystone_authtoken", &catalog::common_auth());
    schema.register("service_user", &catalog::common_auth());
    schema.register("service_user", &catalog::session(Version(5, 18, 1)));
    schema.register("service_user", &catalog::plugin("password").unwrap().options);
    schema
}

/// Files in a directory of their own.
struct Files(TempDir);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(directory)
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    /// Reads files, and directories where the name ends in a slash.
    fn load(&self, names: &[&str]) -> Result<Configuration, ReadError> {
        self.load_with(names, &[])
    }

    fn load_with(&self, names: &[&str], env: &[(&str, &str)]) -> Result<Configuration, ReadError> {
        let source = |name: &&str| match name.strip_suffix('/') {
            Some(name) => Source::Directory(self.path(name)),
            None => Source::File(self.path(name)),
        };
        let process = Process::plain("cinder", names.iter().map(source).collect());
        let variables = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(deployment::load(&process, &Environment::new(variables))?.configuration)
    }
}

/// A configuration of one text.
fn one(text: &str) -> Configuration {
    Files::new(&[("a.conf", text)]).load(&["a.conf"]).unwrap()
}

/// A configuration of several texts in order.
fn several(texts: &[&str]) -> Configuration {
    let names: Vec<String> = (0..texts.len()).map(|index| format!("{index}.conf")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().copied()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Files::new(&files).load(&names).unwrap()
}

fn reading(configuration: &Configuration, section: &str, option: &str) -> Reading {
    configuration.get_named(&schema(), section, option).unwrap().reading
}

fn text(value: &str) -> Reading {
    Reading::Value(Value::Str(value.to_owned()))
}

fn user(configuration: &Configuration) -> Reading {
    reading(configuration, "service_user", "username")
}

fn roles(configuration: &Configuration) -> Vec<String> {
    let setting = configuration.get_named(&schema(), "keystone_authtoken", "service_token_roles").unwrap();
    setting.list().unwrap().to_vec()
}

fn problem(configuration: &Configuration) -> (String, LoadProblem) {
    let failure = configuration.failure().unwrap();
    let name = Path::new(&*failure.file).file_name().unwrap().to_str().unwrap().to_owned();
    (name, failure.problem.clone())
}

#[test]
fn bad_utf8_anywhere_beats_an_error_on_an_earlier_line() {
    let files = Files::new(&[]);
    fs::write(files.path("a.conf"), b"broken\n# \xff\n").unwrap();
    let configuration = files.load(&["a.conf"]).unwrap();
    assert_eq!(problem(&configuration).1, LoadProblem::NotUtf8 { line: 2 });
}

#[test]
fn the_first_error_ends_the_reading() {
    let configuration = several(&["[a]\n", "[a]\nbroken\nworse", "broken"]);
    let (file, problem) = problem(&configuration);
    assert_eq!((file.as_str(), problem.line()), ("1.conf", Some(2)));
}

#[test]
fn section_names_are_lower_cased_except_default() {
    assert_eq!(user(&one("[Service_User]\nusername = a\n")), text("a"));
    let kelvin = one("[\u{212a}eystone_authtoken]\nservice_token_roles = a\n");
    assert_eq!(roles(&kelvin), ["a"]);
    for header in ["default", "Default"] {
        let configuration = one(&format!("[{header}]\nusername = a\n"));
        assert_eq!(reading(&configuration, "DEFAULT", "username"), Reading::Unset);
    }
    for header in ["service-user", " service_user", "service_user "] {
        assert_eq!(user(&one(&format!("[{header}]\nusername = a\n"))), Reading::Unset, "{header}");
    }
}

#[test]
fn all_parts_of_a_section_are_one_and_the_last_of_equal_options_counts() {
    let configuration = one("[service_user]\nusername = a\n[x]\n[SERVICE_USER]\nusername = b\n");
    assert_eq!(user(&configuration), text("b"));
    assert_eq!(user(&one("[service_user]\nusername = a\nusername =\n")), text(""));
}

#[test]
fn lists_do_not_add_up() {
    let configuration = one("[keystone_authtoken]\nservice_token_roles = a\nservice_token_roles = b\n");
    assert_eq!(roles(&configuration), ["b"]);
}

#[test]
fn option_names_are_matched_byte_by_byte() {
    for name in ["Username", "USERNAME", "user name", "\"username\""] {
        assert_eq!(user(&one(&format!("[service_user]\n{name} = a\n"))), Reading::Unset, "{name}");
    }
    let auth_url = one("[service_user]\nauth-url = http://k\n");
    assert_eq!(reading(&auth_url, "service_user", "auth_url"), Reading::Unset);
}

#[test]
fn old_names_are_read_with_dash_and_underscore_but_auth_plugin_is_not() {
    for name in ["user-name", "user_name"] {
        assert_eq!(user(&one(&format!("[service_user]\n{name} = a\n"))), text("a"), "{name}");
    }
    let plugin = |name: &str| {
        reading(&one(&format!("[service_user]\n{name} = password\n")), "service_user", "auth_type")
    };
    assert_eq!(plugin("auth_plugin"), text("password"));
    assert_eq!(plugin("auth-plugin"), Reading::Unset);
}

#[test]
fn default_is_not_inherited() {
    assert_eq!(user(&one("[DEFAULT]\nusername = a\n[service_user]\n")), Reading::Unset);
}

#[test]
fn the_last_file_wins_under_any_name() {
    let (current, old) = ("[service_user]\nusername = current\n", "[service_user]\nuser_name = old\n");
    assert_eq!(user(&several(&[current, old])), text("old"));
    assert_eq!(user(&several(&[old, current])), text("current"));
}

#[test]
fn in_one_file_the_current_name_beats_old_ones_wherever_they_stand() {
    assert_eq!(user(&one("[service_user]\nusername = a\nuser_name = b\n")), text("a"));
    assert_eq!(user(&one("[service_user]\nuser_name = b\nusername = a\n")), text("a"));
    // Of old names the one that is registered first counts.
    let both = one("[service_user]\nuser_name = b\nuser-name = c\n");
    assert_eq!(user(&both), text("c"));
}

#[test]
fn files_and_directories_count_in_their_order() {
    let set = |user: &str| format!("[service_user]\nusername = {user}\n");
    let (a, b) = (set("a"), set("b"));
    let files = Files::new(&[("a.conf", a.as_str()), ("d/b.conf", b.as_str())]);
    assert_eq!(user(&files.load(&["d/", "a.conf"]).unwrap()), text("a"));
    assert_eq!(user(&files.load(&["a.conf", "d/"]).unwrap()), text("b"));
    assert_eq!(user(&files.load(&["a.conf", "d/", "a.conf"]).unwrap()), text("a"));
}

#[test]
fn a_directory_is_read_by_code_point_without_hidden_files_and_sub_directories() {
    let set = |user: &str| format!("[service_user]\nusername = {user}\n");
    let texts: Vec<(String, String)> = ["10.conf", "9.conf", "B.conf", "_.conf", "a.conf"]
        .map(|name| (format!("d/{name}"), set(name)))
        .into_iter()
        .chain([("d/.z.conf".into(), set("hidden")), ("d/z/z.conf".into(), set("deep"))])
        .chain([("d/z.CONF".into(), set("case")), ("d/z.conf~".into(), set("backup"))])
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let configuration = Files::new(&texts).load(&["d/"]).unwrap();
    assert_eq!(configuration.layers().len(), 5);
    assert_eq!(user(&configuration), text("a.conf"));
}

#[test]
fn a_directory_that_looks_like_a_file_is_refused() {
    let files = Files::new(&[("d/x.conf/y", ""), ("d/z.conf", "broken")]);
    let (file, problem) = problem(&files.load(&["d/"]).unwrap());
    assert_eq!((file.as_str(), problem), ("x.conf", LoadProblem::IsDirectory));
}

#[test]
fn a_plain_file_as_directory_reads_nothing() {
    let files = Files::new(&[("a.conf", "[service_user]\nusername = a\n")]);
    assert!(files.load(&["a.conf/"]).unwrap().layers().is_empty());
}

#[test]
fn what_is_missing_is_named() {
    let files = Files::new(&[("a.conf", "")]);
    for name in ["no.conf", "no.d/", "a.conf/below.conf"] {
        let error = files.load(&["a.conf", name]).unwrap_err();
        assert!(error.to_string().contains(name.trim_end_matches('/')), "{error}");
    }
}

#[test]
fn only_the_winner_is_converted_and_only_its_own_option_fails() {
    let insecure = |configuration: &Configuration| reading(configuration, "service_user", "insecure");
    let (good, bad) =
        ("[service_user]\ninsecure = true\n", "[service_user]\ninsecure = maybe\nusername = a\n");
    assert_eq!(insecure(&several(&[bad, good])), Reading::Value(Value::Bool(true)));
    let configuration = several(&[good, bad]);
    assert_eq!(insecure(&configuration), Reading::Invalid(Invalid::Bool));
    assert_eq!(user(&configuration), text("a"));
}

#[test]
fn a_reference_knows_what_is_registered_not_what_is_written() {
    let configuration = one("[service_user]\nword = x\nusername = <$word>\nauth_url = <$cafile>\n");
    let unknown = ReferenceProblem::NoSuchOption { name: "word".into() };
    assert_eq!(user(&configuration), Reading::BadReference(unknown));
    assert_eq!(reading(&configuration, "service_user", "auth_url"), text("<>"));
}

#[test]
fn a_reference_gives_python_s_text_of_the_final_value_and_it_is_not_scanned_again() {
    let refer = |lines: &str| user(&one(&format!("[DEFAULT]\nflag = on\n[service_user]\n{lines}\n")));
    assert_eq!(refer("timeout = 30\nusername = $timeout"), text("30.0"));
    assert_eq!(refer("username = $flag"), text("True"));
    assert_eq!(refer("auth_url = $$flag\nusername = $auth_url"), text("$flag"));
    assert_eq!(
        user(&one(
            "[keystone_authtoken]\nservice_token_roles = a, b\n[service_user]\nusername = ${keystone_authtoken.service_token_roles}\n"
        )),
        text("['a', 'b']")
    );
    let bad = ReferenceProblem::InvalidTarget { name: "insecure".into() };
    assert_eq!(refer("insecure = maybe\nusername = $insecure"), Reading::BadReference(bad));
}

#[test]
fn old_names_do_not_work_in_references() {
    let configuration =
        one("[DEFAULT]\nusername = d\n[service_user]\nuser_name = s\nauth_url = $user_name-$tenant_name\n");
    assert_eq!(reading(&configuration, "service_user", "auth_url"), text("d-$tenant_name"));
}

#[test]
fn a_cycle_fails_the_options_in_it_only() {
    let configuration = one("[service_user]\nusername = $auth_url\nauth_url = $username\ncafile = x\n");
    assert!(matches!(user(&configuration), Reading::BadReference(ReferenceProblem::Cycle { .. })));
    assert_eq!(reading(&configuration, "service_user", "cafile"), text("x"));
}

#[test]
fn nothing_is_substituted_in_names() {
    assert_eq!(user(&one("[DEFAULT]\nusername = service_user\n[$username]\nusername = a\n")), Reading::Unset);
    assert_eq!(user(&one("[DEFAULT]\nusername = username\n[service_user]\n$username = a\n")), Reading::Unset);
}

#[test]
fn a_reference_may_bring_commas_into_a_list() {
    let configuration =
        one("[DEFAULT]\nusername = a,b\n[keystone_authtoken]\nservice_token_roles = $username,c\n");
    assert_eq!(roles(&configuration), ["a", "b", "c"]);
}

#[test]
fn an_empty_text_is_a_value() {
    assert_eq!(user(&one("[service_user]\nusername =\n")), text(""));
}

#[test]
fn a_value_that_begins_on_the_next_line_keeps_its_line_end_unless_it_is_a_number_or_a_list() {
    assert_eq!(user(&one("[service_user]\nusername =\n  a\n")), text("\na"));
    assert_eq!(roles(&one("[keystone_authtoken]\nservice_token_roles =\n  a,\n  b\n")), ["a", "b"]);
    let insecure = one("[service_user]\ninsecure =\n  true\n");
    assert_eq!(reading(&insecure, "service_user", "insecure"), Reading::Invalid(Invalid::Bool));
}

#[test]
fn the_environment_beats_every_file_with_its_bare_text_and_current_names_only() {
    let files = Files::new(&[("a.conf", "[service_user]\nusername = a\n")]);
    let with = |name: &str, value: &str| user(&files.load_with(&["a.conf"], &[(name, value)]).unwrap());
    assert_eq!(with("OS_SERVICE_USER__USERNAME", "e"), text("e"));
    assert_eq!(with("OS_SERVICE_USER__USERNAME", ""), text(""));
    assert_eq!(with("OS_SERVICE_USER__USERNAME", " \"e\" "), text(" \"e\" "));
    assert_eq!(with("OS_SERVICE_USER__USERNAME", "$$e"), text("$e"));
    for name in
        ["OS_SERVICE_USER__USER_NAME", "OS_USERNAME", "OS_SERVICE_USER_USERNAME", "OS_service_user__username"]
    {
        assert_eq!(with(name, "e"), text("a"), "{name}");
    }
}

#[test]
fn the_environment_hides_no_file_that_is_refused() {
    let files = Files::new(&[("a.conf", "broken")]);
    let configuration = files.load_with(&["a.conf"], &[("OS_SERVICE_USER__USERNAME", "e")]).unwrap();
    assert!(configuration.failure().is_some());
}

#[test]
fn config_file_in_a_file_breaks_the_next_file_but_no_directory() {
    let files = Files::new(&[
        ("a.conf", "[DEFAULT]\n\nconfig_file = b.conf\n"),
        ("b.conf", "broken"),
        ("d/c.conf", "[service_user]\nusername = c\n"),
    ]);
    let broken = files.load(&["a.conf", "d/", "b.conf"]).unwrap();
    assert_eq!(problem(&broken), ("a.conf".to_owned(), LoadProblem::OwnConfigFile { line: 3 }));
    assert_eq!(user(&files.load(&["a.conf", "d/"]).unwrap()), text("c"));
}

#[test]
fn config_dir_and_config_source_in_a_file_do_nothing() {
    let files = Files::new(&[("d/c.conf", "[service_user]\nusername = c\n")]);
    let own = format!("[DEFAULT]\nconfig_dir = {}\nconfig_source = nowhere\n", files.path("d"));
    fs::write(files.path("a.conf"), own).unwrap();
    let configuration = files.load(&["a.conf"]).unwrap();
    assert!(configuration.failure().is_none());
    assert_eq!(user(&configuration), Reading::Unset);
}

#[test]
fn shell_completion_in_force_must_be_a_shell() {
    for (texts, line) in [
        (["[DEFAULT]\nshell_completion = fish\n", ""], Some(2)),
        (["[DEFAULT]\nshell_completion =\n", ""], Some(2)),
        (["[DEFAULT]\nshell_completion = bash\n", ""], None),
        (["[DEFAULT]\nshell_completion = fish\n", "[DEFAULT]\nshell_completion = zsh\n"], None),
        (["[default]\nshell_completion = fish\n", ""], None),
    ] {
        let configuration = several(&texts);
        assert_eq!(configuration.failure().and_then(|failure| failure.problem.line()), line, "{texts:?}");
    }
}

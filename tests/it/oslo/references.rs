//! `$name` in values.

use super::trial::{bad, error, in_service_user, int, list, null, one, text, user_of};

/// The user that comes of a value, beside a few options to refer to.
fn user(value: &str) -> crate::cloud::oslo::Value {
    one(format!(
        "[DEFAULT]\nstate_path = /s\nusername = d\ndebug_requests = on\nworkers = 07\n\
         [keystone_authtoken]\nusername = k\nservice_token_roles = a, b\n\
         [service_user]\nauth_url = u\ntimeout = 30\nusername = {value}\n"
    ))
    .user()
}

#[test]
fn two_dollars_and_a_backslash_dollar_both_give_a_dollar() {
    for (value, read) in [
        ("$$", "$"),
        (r"\$", "$"),
        ("$$auth_url", "$auth_url"),
        (r"\$auth_url", "$auth_url"),
        (r"\$$auth_url", "$u"),
        (r"\\$auth_url", r"\$auth_url"),
        (r"\\", r"\\"),
    ] {
        assert_eq!(user(value), text(read), "{value}");
    }
}

#[test]
fn a_name_is_letters_digits_underscores_and_dots_and_anything_else_leaves_the_dollar() {
    assert_eq!(user("$auth_url-${auth_url}x"), text("u-ux"));
    for plain in ["$1", "$ a", "a$", "${auth_url", "${a-b}", "${}", "$-", "${ auth_url}"] {
        assert_eq!(user(plain), text(plain), "{plain}");
    }
    // Case is ignored where a name is looked for, and counts where it is looked up.
    assert_eq!(user("$AUTH_URL"), error("NoSuchOptError"));
    // The dot belongs to the name.
    assert_eq!(user("$auth_url."), error("NoSuchGroupError"));
    assert_eq!(user("$auth_url.conf"), error("NoSuchGroupError"));
}

#[test]
fn a_name_is_looked_for_in_its_own_group_then_in_default_and_with_a_dot_in_that_group() {
    assert_eq!(user("$auth_url $state_path"), text("u /s"));
    assert_eq!(user("${keystone_authtoken.username}"), text("k"));
    assert_eq!(user("$keystone_authtoken.username"), text("k"));
    assert_eq!(user("${Keystone_Authtoken.username}"), error("NoSuchGroupError"));
    assert_eq!(user("${DEFAULT.state_path}"), error("NoSuchGroupError"));
    assert_eq!(user("$keystone_authtoken"), error("TemplateSubstitutionError"));
    assert_eq!(user("${service_user}"), error("TemplateSubstitutionError"));
}

#[test]
fn an_unknown_name_is_an_error_and_known_means_registered() {
    assert_eq!(in_service_user("password = pa$word", "password"), error("NoSuchOptError"));
    assert_eq!(in_service_user("password = pa${x.word}", "password"), error("NoSuchGroupError"));
    // A line of that name does not make it known.
    assert_eq!(in_service_user("word = x\npassword = pa$word", "password"), error("NoSuchOptError"));
    // Nor do the other options suffer.
    assert_eq!(user_of("password = pa$word\nusername = a"), text("a"));
}

#[test]
fn a_known_name_gives_python_s_text_of_its_final_value() {
    assert_eq!(user("<$cafile>"), text("<>"));
    assert_eq!(user("$debug_requests $workers $timeout"), text("True 7 30.0"));
    assert_eq!(user("${keystone_authtoken.service_token_roles}"), text("['a', 'b']"));
    // A default where nobody sets it.
    assert_eq!(
        user_of("username = $state_path $names $ratio $insecure"),
        text("/var/lib/nova ['a', 'b'] 1.5 False")
    );
    // What comes in is not looked through again.
    assert_eq!(user_of("auth_url = $$state_path\nusername = $auth_url"), text("$state_path"));
    assert_eq!(user_of("auth_url = $state_path\nusername = $auth_url"), text("/var/lib/nova"));
    assert_eq!(user_of("insecure = maybe\nusername = $insecure"), bad());
    assert_eq!(user_of("cafile = $nosuch\nusername = $cafile"), error("NoSuchOptError"));
}

#[test]
fn old_names_do_not_work_in_references() {
    assert_eq!(user_of("user_name = s\nauth_url = $user_name"), text("s"));
    let url = |lines: &str| {
        let text = format!("[DEFAULT]\nusername = d\n[service_user]\nuser_name = s\n{lines}\n");
        one(text).get("service_user", "auth_url")
    };
    assert_eq!(url("auth_url = $user_name"), text("d"));
    assert_eq!(url("auth_url = $tenant_name"), text("$tenant_name"));
}

#[test]
fn a_cycle_fails_the_options_in_it_and_no_other() {
    let lines = "username = $auth_url\nauth_url = $username\ncafile = x\ncertfile = $cafile";
    for option in ["username", "auth_url"] {
        assert_eq!(in_service_user(lines, option), error("RecursionError"), "{option}");
    }
    assert_eq!(in_service_user(lines, "certfile"), text("x"));
    assert_eq!(user_of("username = $username"), error("RecursionError"));
}

#[test]
fn nothing_is_substituted_in_names_and_commas_may_come_into_a_list() {
    assert_eq!(one("[DEFAULT]\nusername = service_user\n[$username]\nusername = a\n").user(), null());
    assert_eq!(one("[DEFAULT]\nusername = username\n[service_user]\n$username = a\n").user(), null());
    let roles =
        one("[DEFAULT]\nstate_path = a,b\n[keystone_authtoken]\nservice_token_roles = $state_path,c\n")
            .roles();
    assert_eq!(roles, list(&["a", "b", "c"]));
}

#[test]
fn substitution_comes_after_the_quotes_and_before_the_type() {
    assert_eq!(user(r#""$auth_url""#), text("u"));
    let number = |value: &str| {
        let text = format!("[DEFAULT]\nworkers = 4\n[keystone_authtoken]\nhttp_connect_timeout = {value}\n");
        one(text).get("keystone_authtoken", "http_connect_timeout")
    };
    assert_eq!(number("1$workers"), int("14"));
    assert_eq!(number("$nosuch"), error("NoSuchOptError"));
}

//! The lines of one file.

use super::trial::{at, bad, boolean, float, in_service_user, int, list, null, one, several, text, user_of};

const NO_SEPARATOR: &str = "No ':' or '=' found in assignment";
const EMPTY_KEY: &str = "Key cannot be empty";
const CONTINUATION: &str = "Unexpected continuation line";
const UNCLOSED: &str = "Invalid section (must end with ])";
const NO_SECTION: &str = "Section must be started before assignment";

#[test]
fn a_file_is_decoded_whole_before_anything_is_parsed() {
    for content in [
        &b"[service_user]\nusername = \xff\n"[..],
        b"[service_user]\nusername = a\n# \xff\n",
        b"[service_user]\nusername = a\n[other]\nx = \xc3(\n",
        // It beats an error on an earlier line.
        b"broken\n# \xff\n",
    ] {
        assert_eq!(one(content).refusal(), ("UnicodeDecodeError".to_owned(), None), "{content:?}");
    }
}

#[test]
fn lf_crlf_and_a_lone_cr_end_a_line_and_count_as_one() {
    for end in ["\n", "\r\n", "\r"] {
        let lines = ["[service_user]", "auth_url = u", "username = a", "broken"].join(end);
        assert_eq!(one(&lines).refused_at(), at(4, NO_SEPARATOR), "{end:?}");
        assert_eq!(one(lines.trim_end_matches("broken")).user(), text("a"), "{end:?}");
    }
    for two in ["\r\r\n", "\n\r"] {
        assert_eq!(one(format!("[a]{two}broken")).refused_at(), at(3, NO_SEPARATOR), "{two:?}");
    }
    for inside in ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\u{85}", "\u{2028}", "\u{2029}"] {
        assert_eq!(user_of(&format!("username = a{inside}b")), text(&format!("a{inside}b")), "{inside:?}");
    }
    // In a comment too.
    assert_eq!(user_of("# comment\rusername = a"), text("a"));
}

#[test]
fn a_byte_order_mark_is_an_ordinary_character() {
    assert_eq!(one("\u{feff}[service_user]\nusername = a\n").refused_at(), at(1, NO_SEPARATOR));
    assert_eq!(one("\u{feff}# a = b\n[service_user]\n").refused_at(), at(2, NO_SECTION));
    assert_eq!(user_of("username = \u{feff}a"), text("\u{feff}a"));
}

#[test]
fn space_is_what_python_strips() {
    for space in [
        "\x1c", "\x1d", "\x1e", "\x1f", "\u{a0}", "\u{85}", "\u{2028}", "\u{3000}", "\x0b", "\x0c",
        "\u{2003}",
    ] {
        let line = format!("{space}username{space}={space}a{space}");
        assert_eq!(user_of(&line), text("a"), "{space:?}");
    }
    for other in ["\u{200b}", "\u{2060}", "\u{180e}", "\u{feff}", "\0"] {
        assert_eq!(user_of(&format!("username = {other}a")), text(&format!("{other}a")), "{other:?}");
        assert_eq!(user_of(&format!("username{other} = a")), null(), "{other:?}");
    }
}

#[test]
fn a_line_of_space_alone_is_blank_and_ends_the_value() {
    for blank in ["", " ", "\t", "\x0c", "\u{a0}", " \u{3000}\x1f"] {
        assert_eq!(user_of(&format!("username = a\n{blank}\nauth_url = b")), text("a"), "{blank:?}");
        let text = format!("[service_user]\nusername = a\n{blank}\n more\n");
        assert_eq!(one(text).refused_at(), at(4, CONTINUATION), "{blank:?}");
    }
}

#[test]
fn only_a_space_or_a_tab_begins_a_continuation() {
    assert_eq!(user_of("username = a\n b\n\tc"), text("a\nb\nc"));
    for first in ["\x0c", "\x0b", "\u{a0}", "\x1c", "\u{2003}"] {
        // A new line, whose key is stripped.
        let lines = format!("auth_url = u\n{first}username = a");
        assert_eq!(user_of(&lines), text("a"), "{first:?}");
    }
}

#[test]
fn a_continuation_is_stripped_and_is_value_text_whatever_it_looks_like() {
    let lines =
        "username = a\n  # no comment\n ; nor this\n [keystone_authtoken]\n auth_url = u\n \u{a0}\tb  ";
    let value = "a\n# no comment\n; nor this\n[keystone_authtoken]\nauth_url = u\nb";
    assert_eq!(user_of(lines), text(value));
    assert_eq!(in_service_user(lines, "auth_url"), null());
}

#[test]
fn a_continuation_needs_something_to_continue() {
    for (before, line) in [
        ("", 1),
        ("[a]\n", 2),
        ("[a]\nb = 1\n\n", 4),
        ("[a]\nb = 1\n# comment\n", 4),
        ("[a]\nb = 1\n[c]\n", 4),
        ("# first\n", 2),
    ] {
        let text = format!("{before} more = 1\n");
        assert_eq!(one(text).refused_at(), at(line, CONTINUATION), "{before:?}");
    }
}

#[test]
fn a_value_that_begins_on_the_next_line_begins_with_a_newline() {
    assert_eq!(user_of("username =\n  a"), text("\na"));
    let authtoken = |lines: &str, option: &str| {
        one(format!("[keystone_authtoken]\n{lines}\n")).get("keystone_authtoken", option)
    };
    assert_eq!(authtoken("http_connect_timeout =\n 5", "http_connect_timeout"), int("5"));
    assert_eq!(authtoken("service_token_roles =\n a,\n b", "service_token_roles"), list(&["a", "b"]));
    assert_eq!(in_service_user("timeout =\n 2.5", "timeout"), float("2.5"));
    assert_eq!(in_service_user("insecure =\n true", "insecure"), bad());
    assert_eq!(in_service_user("tls_min_version =\n 1.3", "tls_min_version"), bad());
}

#[test]
fn a_comment_begins_in_the_first_column_and_nowhere_else() {
    assert_eq!(user_of("#username = a\n;username = b"), null());
    assert_eq!(in_service_user("insecure = true # yes", "insecure"), bad());
    assert_eq!(in_service_user("password = a # b", "password"), text("a # b"));
    assert_eq!(in_service_user("password = a ; b", "password"), text("a ; b"));
}

#[test]
fn the_first_separator_separates_and_all_before_it_is_the_key() {
    assert_eq!(user_of("username=a:b"), text("a:b"));
    assert_eq!(user_of("username : a=b"), text("a=b"));
    assert_eq!(user_of("username == a"), text("= a"));
    for line in ["user name = a", "\"username\" = a", "username # = a", "'username' = a"] {
        assert_eq!(user_of(line), null(), "{line}");
    }
    assert_eq!(in_service_user("auth_url http://h", "auth_url"), null());
}

#[test]
fn an_empty_key_and_a_line_without_separator_are_errors_in_every_section() {
    for section in ["service_user", "nobody reads this"] {
        assert_eq!(one(format!("[{section}]\n= a\n")).refused_at(), at(2, EMPTY_KEY));
        assert_eq!(one(format!("[{section}]\n\u{a0}: a\n")).refused_at(), at(2, EMPTY_KEY));
        assert_eq!(one(format!("[{section}]\nusername\n")).refused_at(), at(2, NO_SEPARATOR));
    }
}

#[test]
fn one_pair_of_equal_quotes_around_the_first_line_goes() {
    for (written, read) in [
        (r#""a""#, "a"),
        ("'a'", "a"),
        (r#""a" # "b""#, r#"a" # "b"#),
        (r#"""#, ""),
        ("''", ""),
        (r#"'"a"'"#, r#""a""#),
        (r#""a'"#, r#""a'"#),
        (r#"" a ""#, " a "),
        (r#""a"b"#, r#""a"b"#),
    ] {
        assert_eq!(user_of(&format!("username = {written}")), text(read), "{written}");
    }
    assert_eq!(user_of("username = \"a\n b\""), text("\"a\nb\""));
    assert_eq!(user_of("username = \"a\"\n \"b\""), text("a\n\"b\""));
    assert_eq!(in_service_user("insecure = 'true'", "insecure"), boolean(true));
}

#[test]
fn a_backslash_escapes_nothing_and_joins_nothing() {
    assert_eq!(user_of(r"username = a\n\t\\b\"), text(r"a\n\t\\b\"));
    assert_eq!(user_of("username = a\\\nauth_url = b"), text("a\\"));
    assert_eq!(user_of(r#"username = "a\""#), text(r"a\"));
}

#[test]
fn a_section_is_named_by_all_between_its_first_and_its_last_character() {
    for header in ["[service_user] # [x]", "[ service_user ]", "[[service_user]]", "[ ]", "[service_user ]"] {
        assert_eq!(one(format!("{header}\nusername = a\n")).user(), null(), "{header}");
    }
    // What stands to the right of a line is stripped first.
    assert_eq!(one("[service_user] \t\u{a0}\nusername = a\n").user(), text("a"));
    assert_eq!(one("[]\n").refused_at(), at(1, "Empty section name"));
    for header in ["[a] x", "[a] # x", "[a", "["] {
        assert_eq!(one(format!("\n{header}\n")).refused_at(), at(2, UNCLOSED), "{header}");
    }
}

#[test]
fn an_option_before_any_section_is_reported_at_the_line_that_ends_its_value() {
    for (text, line) in [
        ("k = 1\nl = 2\n", 2),
        ("k = 1\n[a]\n", 2),
        ("k = 1\n# c\n", 2),
        ("k = 1\n more\n\n[a]", 3),
        ("k = 1", 1),
        ("k = 1\n more\n", 2),
        // It beats an error on that line.
        ("k = 1\nbroken\n", 2),
        ("k = 1\n[]\n", 2),
    ] {
        assert_eq!(one(text).refused_at(), at(line, NO_SECTION), "{text:?}");
    }
}

#[test]
fn the_first_error_ends_the_reading() {
    let refusal = several(&["[a]\n", "[a]\nbroken\n= worse\n", "broken"]).refusal();
    let place = ("1.conf".to_owned(), 2, NO_SEPARATOR.to_owned());
    assert_eq!(refusal, ("ConfigFileParseError".to_owned(), Some(place)));
}

//! From texts to values.

use super::trial::{bad, boolean, float, in_service_user, int, list, null, one, text, user_of};
use crate::cloud::oslo::Value;

fn authtoken(option: &str, value: &str) -> Value {
    one(format!("[keystone_authtoken]\n{option} = {value}\n")).get("keystone_authtoken", option)
}

#[test]
fn a_bool_is_one_of_eight_words_in_any_case() {
    let insecure = |value: &str| in_service_user(&format!("insecure = {value}"), "insecure");
    for word in ["true", "1", "on", "yes", "TRUE", "Yes", "oN"] {
        assert_eq!(insecure(word), boolean(true), "{word}");
    }
    for word in ["false", "0", "off", "no", "False", "NO"] {
        assert_eq!(insecure(word), boolean(false), "{word}");
    }
    for word in ["", "t", "y", "None", "2", "01", "enabled", "\" true\"", "'true '", "true,"] {
        assert_eq!(insecure(word), bad(), "{word:?}");
    }
}

#[test]
fn an_int_is_what_python_takes_and_nothing_is_null() {
    let timeout = |value: &str| authtoken("http_connect_timeout", value);
    for (written, read) in [
        ("5", "5"),
        ("+5", "5"),
        ("-0", "0"),
        ("007", "7"),
        ("1_000", "1000"),
        ("\" 5 \"", "5"),
        ("\u{661}\u{662}", "12"),
        ("\u{ff15}", "5"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
    ] {
        assert_eq!(timeout(written), int(read), "{written}");
    }
    for written in ["", "\"  \""] {
        assert_eq!(timeout(written), null(), "{written:?}");
    }
    for written in ["0x10", "1.0", "1e3", "_1", "1__0", "1_", "five", "5 s", "\"5\x1f\u{a0}5\""] {
        assert_eq!(timeout(written), bad(), "{written}");
    }
}

#[test]
fn a_float_is_what_python_takes_and_nothing_is_null() {
    let timeout = |value: &str| in_service_user(&format!("timeout = {value}"), "timeout");
    for (written, read) in [
        ("30", "30.0"),
        ("1e3", "1000.0"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1_0.5", "10.5"),
        ("inf", "inf"),
        ("-Infinity", "-inf"),
        ("nan", "nan"),
        ("1e400", "inf"),
        ("1e16", "1e+16"),
        ("1e-5", "1e-05"),
    ] {
        assert_eq!(timeout(written), float(read), "{written}");
    }
    assert_eq!(timeout(""), null());
    for written in ["1,5", "0x1p3", "1e", "30s", "1_", "--1"] {
        assert_eq!(timeout(written), bad(), "{written}");
    }
}

#[test]
fn a_choice_is_exact_or_ignores_case_and_then_keeps_it() {
    let version = |value: &str| in_service_user(&format!("tls_min_version = {value}"), "tls_min_version");
    assert_eq!(version("1.2"), text("1.2"));
    for written in ["", "None", "1.1", "1.20", "\"1.2 \""] {
        assert_eq!(version(written), bad(), "{written:?}");
    }
    let strategy = |value: &str| authtoken("memcache_security_strategy", value);
    for written in ["MAC", "mac", "Encrypt", "none", "None"] {
        assert_eq!(strategy(written), text(written), "{written}");
    }
    for written in ["", "hmac", "\"MAC \""] {
        assert_eq!(strategy(written), bad(), "{written:?}");
    }
}

#[test]
fn a_list_splits_at_commas_and_nowhere_else() {
    let roles = |value: &str| authtoken("service_token_roles", value);
    for (written, items) in [
        ("a", &["a"][..]),
        ("a,b", &["a", "b"]),
        (" a , b ", &["a", "b"]),
        ("a,,b", &["a", "", "b"]),
        (",a", &["", "a"]),
        ("a, ,", &["a", ""]),
        ("a,b,,", &["a", "b"]),
        (",", &[]),
        ("", &[]),
        ("a b", &["a b"]),
        ("\"a\",\"b\"", &["a\"", "\"b"]),
        ("[a, b]", &["[a", "b]"]),
        ("a\n  b", &["a\nb"]),
    ] {
        assert_eq!(roles(written), list(items), "{written:?}");
    }
}

#[test]
fn a_text_is_as_it_is_and_empty_is_a_value() {
    assert_eq!(user_of("username = a  b"), text("a  b"));
    assert_eq!(user_of("username ="), text(""));
    assert_eq!(user_of(""), null());
}

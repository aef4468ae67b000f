//! Text from files and servers made fit for a format that has its own idea of
//! special characters. What a format can carry escaped is escaped; only what it
//! cannot carry at all is replaced.

use std::fmt::Write as _;

use crate::config::harmless;

/// A line for a person: nothing in it can steer a terminal, hide a part of the
/// line or look like another line.
pub(super) fn clean(text: &str) -> String {
    // Nearly every line is of this kind.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    text.chars().map(|c| if c == '\t' { ' ' } else { harmless(c) }).collect()
}

/// The same for text of several lines.
pub(super) fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// Text of a quoted attribute in an XML document.
pub(super) fn xml_attribute(text: &str) -> String {
    // A plain line end would reach the reader as a blank.
    xml(text).replace('\n', "&#10;")
}

/// Text between tags of an XML document.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean_lines(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // No XML document may hold these two, not even escaped.
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A path as a relative or `file:` URI. Everything but letters, digits, `-._~`
/// and the slashes is percent-encoded, so that no part of a name is taken for a
/// scheme, a query or a fragment.
pub(super) fn uri(path: &str) -> String {
    let path = path.trim_start_matches("./");
    let root = if path.starts_with('/') { "file:///" } else { "" };
    format!("{root}{}", encoded(path.trim_start_matches('/').as_bytes()))
}

/// The bytes of a path as a part of a URI.
pub(super) fn encoded(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// JSON whose strings may hold characters that steer a terminal: those are
/// written as `\uXXXX`, which says the same to a parser.
pub(super) fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Outside strings JSON is ASCII, and inside them serde_json has escaped
        // the ASCII control characters.
        if c == '\n' || harmless(c) == c {
            out.push(c);
        } else {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        for (path, expected) in [
            ("etc/nova/nova.conf", "etc/nova/nova.conf"),
            ("./a b%20#?.conf", "a%20b%2520%23%3F.conf"),
            ("/etc/nova.conf", "file:///etc/nova.conf"),
            ("//etc/nova.conf", "file:///etc/nova.conf"),
            ("c:\\x::y\u{7}\u{e9}", "c%3A%5Cx%3A%3Ay%07%C3%A9"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }

    #[test]
    fn json_stays_the_same_value() {
        let text = "a\u{1b}\u{9b}\u{202e}\"\n\u{e9}";
        let written = json(&serde_json::to_string(text).unwrap());
        assert!(!written.contains(['\u{1b}', '\u{9b}', '\u{202e}']));
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }

    #[test]
    fn xml_holds_nothing_that_xml_cannot() {
        assert_eq!(xml("<a b='\"'>&\u{1}\u{ffff}"), "&lt;a b=&apos;&quot;&apos;&gt;&amp;\u{fffd}\u{fffd}");
    }
}

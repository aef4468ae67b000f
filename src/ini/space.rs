//! White space as Python's `str.strip()` sees it, which is not Rust's idea.

/// Whether Python's `str.isspace()` holds for `c`.
///
/// Rust's `char::is_whitespace` follows Unicode's White_Space property; Python
/// adds the information separators U+001C to U+001F.
pub fn is_python_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip()`.
pub fn strip(text: &str) -> &str {
    strip_start(strip_end(text))
}

/// `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    // Nearly every line ends in a character that needs no further look.
    match text.as_bytes().last() {
        Some(last) if last.is_ascii_graphic() => text,
        _ => text.trim_end_matches(is_python_space),
    }
}

/// `str.lstrip()`.
pub(super) fn strip_start(text: &str) -> &str {
    text.trim_start_matches(is_python_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_python_s_and_not_rust_s() {
        for c in ['\u{1c}', '\u{1f}', '\u{a0}', '\u{85}', '\u{2028}', '\u{3000}', '\u{b}'] {
            assert!(is_python_space(c), "{c:?}");
        }
        for c in ['\u{200b}', '\u{2060}', '\u{180e}', '\u{feff}', '\0'] {
            assert!(!is_python_space(c), "{c:?}");
        }
    }
}

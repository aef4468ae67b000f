//! How Python reads and writes numbers and texts, where oslo.config relies on
//! it: `int()`, `float()`, `str()` and `repr()`.

use crate::ini::strip;

/// Code points of the digit zero in every script Python's `int()` accepts
/// (Unicode category Nd); the digits one to nine follow each.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50,
    0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40,
    0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066,
    0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950,
    0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
    0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

/// More decimal digits than this and Python's `int()` refuses the text.
const MAX_INT_DIGITS: usize = 4300;

/// The ASCII digit that a decimal digit of any script stands for.
fn ascii_digit(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let code = c as u32;
    let zero = ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code));
    zero.and_then(|zero| char::from_digit(code - zero, 10)).unwrap_or(c)
}

/// Strips as `int()` and `float()` do: as `str.strip()`, except that an
/// all-ASCII text keeps its information separators U+001C to U+001F.
fn strip_number(text: &str) -> &str {
    if text.is_ascii() { text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']) } else { strip(text) }
}

/// Removes underscores that stand between two digits; `None` if one stands
/// elsewhere.
fn without_underscores(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut after_digit = false;
    while let Some(c) = chars.next() {
        if c == '_' {
            if !after_digit || !chars.peek().is_some_and(char::is_ascii_digit) {
                return None;
            }
            after_digit = false;
        } else {
            after_digit = c.is_ascii_digit();
            out.push(c);
        }
    }
    Some(out)
}

/// `int(text)`: the number in decimal digits without leading zeros, of any size.
pub(super) fn int(text: &str) -> Option<String> {
    let digits: String = strip_number(text).chars().map(ascii_digit).collect();
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(&digits)),
    };
    let digits = without_underscores(digits)?;
    if digits.is_empty() || digits.len() > MAX_INT_DIGITS || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = digits.trim_start_matches('0');
    Some(match (digits.is_empty(), negative) {
        (true, _) => "0".to_owned(),
        (false, true) => format!("-{digits}"),
        (false, false) => digits.to_owned(),
    })
}

/// `float(text)`.
pub(super) fn float(text: &str) -> Option<f64> {
    let text: String = strip_number(text).chars().map(ascii_digit).collect();
    without_underscores(&text)?.parse().ok()
}

/// `repr(x)` of a float.
pub(super) fn float_repr(x: f64) -> String {
    if x.is_nan() {
        return "nan".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = format!("{x:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{x}");
        return if plain.contains('.') { plain } else { format!("{plain}.0") };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// `repr(text)` of a string.
fn text_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => out.push_str(&escaped(c)),
        }
    }
    out.push(quote);
    out
}

fn escaped(c: char) -> String {
    match c as u32 {
        code @ 0..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    }
}

/// `str.isprintable()`, for the separators and controls that occur in practice.
fn is_printable(c: char) -> bool {
    c == ' ' || !(c.is_control() || c.is_whitespace() || is_format(c))
}

/// Format and other invisible characters that Python escapes.
fn is_format(c: char) -> bool {
    matches!(c as u32,
        0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x8e2 | 0x180e | 0x200b..=0x200f | 0x202a..=0x202e
        | 0x2060..=0x206f | 0xd800..=0xf8ff | 0xfeff | 0xfff0..=0xfffb | 0xfffe | 0xffff | 0xe0000..=0x0010_ffff)
}

/// `str(list)` of texts.
pub(super) fn list_str(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| text_repr(item)).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int_is_python_s() {
        for (text, value) in [
            ("007", "7"),
            (" +1_000 ", "1000"),
            ("-0", "0"),
            ("\u{661}\u{662}", "12"),
            ("\u{a0}5\u{1f}", "5"),
        ] {
            assert_eq!(int(text).as_deref(), Some(value), "{text:?}");
        }
        for text in ["0x10", "1.0", "_1", "1_", "1__0", "+-1", "5\u{1f}", "", "1 2"] {
            assert_eq!(int(text), None, "{text:?}");
        }
    }

    #[test]
    fn float_is_python_s() {
        for (text, value) in [("1e3", 1000.0), (".5", 0.5), ("1_0.5", 10.5), ("-inf", f64::NEG_INFINITY)] {
            assert_eq!(float(text), Some(value), "{text:?}");
        }
        assert!(float("nan").is_some_and(f64::is_nan));
        assert_eq!(float("1_.5"), None);
    }

    #[test]
    fn values_print_as_python_prints_them() {
        assert_eq!(float_repr(30.0), "30.0");
        assert_eq!(float_repr(1e16), "1e+16");
        assert_eq!(float_repr(0.00001), "1e-05");
        assert_eq!(list_str(&["a".into(), "it's".into()]), "['a', \"it's\"]");
    }
}

//! Values that stand for a real one: secrets masked by a support tool, and
//! placeholders of a template that nobody filled in.

use crate::config::Setting;

/// What stands in for the real value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StandIn {
    /// A mask: `***`, `<redacted>`.
    Masked,
    /// A placeholder: `{{ x }}`, `<x>`, `%(x)s`, `@x@`.
    Template,
}

/// What a setting's value is if it is not the real one.
pub fn stand_in(setting: &Setting) -> Option<StandIn> {
    let text = setting.raw()?.expose().trim();
    if is_mask(text) {
        Some(StandIn::Masked)
    } else if is_placeholder(text) {
        Some(StandIn::Template)
    } else {
        None
    }
}

fn is_mask(text: &str) -> bool {
    let only = |mask: &[char], at_least: usize| {
        text.chars().all(|c| mask.contains(&c)) && text.chars().count() >= at_least
    };
    let word = text.trim_matches(['<', '>', '[', ']', '(', ')', '*']);
    only(&['*', '\u{2022}'], 3)
        || only(&['x', 'X'], 6)
        || (word != text
            && ["redacted", "masked", "hidden", "removed"].iter().any(|mask| word.eq_ignore_ascii_case(mask)))
        || text == "REDACTED"
}

/// A password may hold any of these signs, so all but the unmistakable ones have
/// to enclose the whole value.
fn is_placeholder(text: &str) -> bool {
    // Nearly every value is done with here.
    if !text.bytes().any(|byte| matches!(byte, b'{' | b'%' | b'<' | b'@')) {
        return false;
    }
    let around = |open: &str, close: &str| {
        text.split_once(open).is_some_and(|(_, rest)| rest.split_once(close).is_some_and(|(x, _)| is_name(x)))
    };
    let whole = |open: char, close: char| {
        text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).is_some_and(is_name)
    };
    let jinja = text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}"))
        || text.split_once("{%").is_some_and(|(_, rest)| rest.contains("%}"));
    jinja || around("%(", ")s") || whole('<', '>') || whole('@', '@')
}

/// Whether a text reads like the name of something to be filled in.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _.-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_placeholders_are_told_from_passwords() {
        for text in ["***", "********", "<redacted>", "[REDACTED]", "REDACTED", "xxxxxxxx", "*hidden*"] {
            assert!(is_mask(text), "{text}");
        }
        for text in
            ["{{ nova_password }}", "<nova password>", "%(nova_pass)s", "@NOVA_PASS@", "http://{{ vip }}"]
        {
            assert!(is_placeholder(text) && !is_mask(text), "{text}");
        }
        for text in ["", "*", "hidden", "a<b>", "@home", "%(%)s", "<3>", "p{{w", "xxx", "redacted", "@1@"] {
            assert!(!is_mask(text) && !is_placeholder(text), "{text}");
        }
    }
}

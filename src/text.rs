//! Small helpers for sentences: plurals, lists, near names, lines of a width.

use std::borrow::Cow;

/// `1 file`, `2 files`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `nova, cinder and glance`.
pub fn list(names: &[&str]) -> String {
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// A text in lines of a width at most, with `first` before the first line and `later`
/// before the others. A word is never broken: it may be a path that somebody copies.
pub fn wrap(text: &str, width: usize, first: &str, later: &str) -> String {
    let options = textwrap::Options::new(width)
        .initial_indent(first)
        .subsequent_indent(later)
        .break_words(false)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

/// How many columns of a terminal a text without control characters takes.
pub fn columns(text: &str) -> usize {
    textwrap::core::display_width(text)
}

/// The name nearest to what was typed, if one is near enough to be meant.
pub fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// Longer (in bytes) is no name, and would take its time.
    const LONGEST: usize = 100;
    if typed.len() > LONGEST {
        return None;
    }
    let typed = spelling(typed);
    let letters = Letters::of(&typed);
    let limit = (letters.count / 3).clamp(1, 3);
    let near = names.filter_map(|name| {
        let spelling = spelling(name);
        // Most names are told apart by their letters, and the distance takes its time.
        if letters.apart(&Letters::of(&spelling)) > limit {
            return None;
        }
        Some((strsim::damerau_levenshtein(&typed, &spelling), name))
    });
    let (best, name) = near.min_by_key(|(distance, _)| *distance)?;
    (best <= limit).then_some(name)
}

/// Case and dashes do not make a name another one.
fn spelling(name: &str) -> Cow<'_, str> {
    match lower(name) {
        plain @ Cow::Borrowed(_) if !name.contains('-') => plain,
        lower => Cow::Owned(lower.replace('-', "_")),
    }
}

/// A text in lower case, which most are already.
pub fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.to_lowercase())
}

/// Which letters a name has, and how many characters.
struct Letters {
    /// A bit for each; several share one.
    once: u64,
    /// Those that it has twice, or more often.
    twice: u64,
    count: usize,
}

impl Letters {
    fn of(name: &str) -> Self {
        let none = Self { once: 0, twice: 0, count: 0 };
        name.chars().fold(none, |so_far, letter| {
            let bit = 1 << (u32::from(letter) % 64);
            Self { once: so_far.once | bit, twice: so_far.twice | so_far.once & bit, count: so_far.count + 1 }
        })
    }

    /// At least so many changes are between two names: one change brings one letter
    /// in, takes one out, or both.
    fn apart(&self, other: &Self) -> usize {
        let only = |one: u64, other: u64| (one & !other).count_ones() as usize;
        let more = |one: &Self, other: &Self| only(one.once, other.once) + only(one.twice, other.twice);
        more(self, other).max(more(other, self)).max(self.count.abs_diff(other.count))
    }
}

/// A short hash of texts that is the same on every machine and in every version
/// (FNV-1a with a separator between the texts). Not for secrets.
pub fn fingerprint<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let bytes = texts.into_iter().flat_map(|text| text.bytes().chain([0xff]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// A word as a shell takes it, quoted where it has to be.
pub fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", crate::config::printable(word).replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let names = ["service", "admin", "role-not-accepted"];
        assert_eq!(nearest("Service", names.into_iter()), Some("service"));
        assert_eq!(nearest("sevrice", names.into_iter()), Some("service"));
        assert_eq!(nearest("role_not_acepted", names.into_iter()), Some("role-not-accepted"));
        assert_eq!(nearest("member", names.into_iter()), None);
    }

    #[test]
    fn each_line_of_a_text_is_wrapped_by_itself() {
        assert_eq!(wrap("one two\n\nthree four", 8, "- ", "  "), "- one\n  two\n\n  three\n  four");
        assert_eq!(wrap("", 8, "- ", "  "), "");
    }

    proptest! {
        #[test]
        fn letters_never_tell_apart_what_is_near(one in "[a-eé_\u{a0}]{0,8}", other in "[a-eé_\u{a0}]{0,8}") {
            let apart = Letters::of(&one).apart(&Letters::of(&other));
            prop_assert!(apart <= strsim::damerau_levenshtein(&one, &other));
        }
    }
}

//! Small helpers for sentences: plurals, lists, near names.

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

/// The name nearest to what was typed, if one is near enough to be meant.
pub fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    /// Longer (in bytes) is no name, and would take its time.
    const LONGEST: usize = 100;
    if typed.len() > LONGEST {
        return None;
    }
    let typed = typed.to_lowercase().replace('-', "_");
    let distance = |name: &str| strsim::damerau_levenshtein(&typed, &name.to_lowercase().replace('-', "_"));
    let (best, name) = names.map(|name| (distance(name), name)).min_by_key(|(distance, _)| *distance)?;
    (best <= (typed.chars().count() / 3).clamp(1, 3)).then_some(name)
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
    use super::*;

    #[test]
    fn near_names_are_offered_and_far_ones_are_not() {
        let names = ["service", "admin", "role-not-accepted"];
        assert_eq!(nearest("Service", names.into_iter()), Some("service"));
        assert_eq!(nearest("sevrice", names.into_iter()), Some("service"));
        assert_eq!(nearest("role_not_acepted", names.into_iter()), Some("role-not-accepted"));
        assert_eq!(nearest("member", names.into_iter()), None);
    }
}

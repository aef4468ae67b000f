//! The files of a configuration directory as oslo.config finds them: Python's
//! `sorted(glob.glob(DIRECTORY + "/*.conf"))`, where the directory's own name is
//! a pattern too.
//!
//! Source: `oslo_config/cfg.py` (`_ConfigDirOpt`), Python's `glob.py` and
//! `fnmatch.py`.

use std::io;
use std::path::{Component, Path, PathBuf};

/// More matches than this of a directory's name are not followed.
const MAX_MATCHES: usize = 4096;

/// The files that `--config-dir` reads, in order.
///
/// # Errors
///
/// The directory is not there or cannot be looked at.
pub(super) fn fragments(directory: &str) -> io::Result<Vec<PathBuf>> {
    if !Path::new(directory).is_dir() {
        // A plain file as directory reads nothing; oslo.config does not mind.
        std::fs::metadata(directory)?;
        return Ok(Vec::new());
    }
    // Python passes over what it cannot list. An operator should know.
    std::fs::read_dir(directory)?;
    let mut files = Vec::new();
    for folder in matches(Path::new(directory)) {
        files.extend(names(&folder, "*.conf").into_iter().map(|name| folder.join(name)));
    }
    files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(files)
}

/// The same of one directory by that very name.
///
/// # Errors
///
/// It is not there or cannot be looked at.
pub(super) fn listed(directory: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::read_dir(directory)?;
    let mut files: Vec<PathBuf> =
        names(directory, "*.conf").into_iter().map(|name| directory.join(name)).collect();
    files.sort_by(|a, b| a.as_os_str().as_encoded_bytes().cmp(b.as_os_str().as_encoded_bytes()));
    Ok(files)
}

/// The directories that a path means when it is taken for a pattern.
fn matches(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let text = component.as_os_str().to_str().unwrap_or_default();
        let is_pattern = matches!(component, Component::Normal(_)) && text.contains(['*', '?', '[']);
        found = if is_pattern {
            let next = |folder: &PathBuf| {
                let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                names(here, text).into_iter().map(|name| folder.join(name)).collect::<Vec<_>>()
            };
            found.iter().flat_map(next).filter(|path| path.is_dir()).take(MAX_MATCHES).collect()
        } else {
            found.into_iter().map(|folder| folder.join(component)).collect()
        };
    }
    found
}

/// The names in a folder that fit a pattern. Hidden ones fit only a pattern
/// that begins with a dot itself.
pub(super) fn names(folder: &Path, pattern: &str) -> Vec<std::ffi::OsString> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let pattern: Vec<char> = pattern.chars().collect();
    let shows_hidden = pattern.first() == Some(&'.');
    let names = entries.flatten().map(|entry| entry.file_name());
    names
        .filter(|name| {
            let name = name.to_string_lossy();
            (shows_hidden || !name.starts_with('.')) && fits(&pattern, &name.chars().collect::<Vec<_>>())
        })
        .collect()
}

/// `fnmatch`: `*`, `?`, `[seq]` and `[!seq]`; a `[` that is not closed is itself.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p + 1, n));
            p += 1;
            continue;
        }
        if n == name.len() {
            return pattern[p..].iter().all(|&c| c == '*');
        }
        if let Some(length) = one(&pattern[p..], name[n]) {
            p += length;
            n += 1;
        } else if let Some((after, from)) = star {
            star = Some((after, from + 1));
            (p, n) = (after, from + 1);
        } else {
            return false;
        }
    }
}

/// How many characters of the pattern stand for this one, if they do.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern.first()? {
        '?' => Some(1),
        '[' => match class(pattern) {
            Some((set, length)) => in_class(set, c).then_some(length),
            None => (c == '[').then_some(1),
        },
        &plain => (plain == c).then_some(1),
    }
}

/// The characters between brackets, and the length with the brackets.
fn class(pattern: &[char]) -> Option<(&[char], usize)> {
    let negated = usize::from(pattern.get(1) == Some(&'!'));
    // A ] in the first place is a character of the class.
    let from = 1 + negated + usize::from(pattern.get(1 + negated) == Some(&']'));
    let end = from + pattern.get(from..)?.iter().position(|&c| c == ']')?;
    Some((&pattern[1..end], end + 1))
}

fn in_class(set: &[char], c: char) -> bool {
    let (negated, set) = match set.split_first() {
        Some(('!', rest)) => (true, rest),
        _ => (false, set),
    };
    let mut found = false;
    let mut at = 0;
    while at < set.len() {
        if set.get(at + 1) == Some(&'-') && at + 2 < set.len() {
            found |= (set[at]..=set[at + 2]).contains(&c);
            at += 3;
        } else {
            found |= set[at] == c;
            at += 1;
        }
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(pattern: &str, name: &str) -> bool {
        fits(&pattern.chars().collect::<Vec<_>>(), &name.chars().collect::<Vec<_>>())
    }

    #[test]
    fn patterns_are_those_of_fnmatch() {
        for (pattern, name) in [
            ("*.conf", "a.conf"),
            ("*.conf", ".conf"),
            ("d[1]", "d1"),
            ("d[!1]", "d2"),
            ("d[a-c]x", "dbx"),
            ("d[]]", "d]"),
            ("d[1", "d[1"),
            ("*a*b*", "xxaxxb"),
            ("?", "é"),
        ] {
            assert!(fit(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("*.conf", "a.conf.d"), ("d[1]", "d[1]"), ("d[!1]", "d1"), ("*.conf", "a.CONF")]
        {
            assert!(!fit(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn files_are_sorted_by_code_point_and_hidden_ones_left_out() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.conf", "B.conf", "9.conf", "10.conf", ".h.conf", "x.conf.off", "_.conf"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let files = fragments(folder.path().to_str().unwrap()).unwrap();
        let names: Vec<_> = files.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["10.conf", "9.conf", "B.conf", "_.conf", "a.conf"]);
    }

    #[test]
    fn the_directory_s_name_is_a_pattern() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["d[1]", "d1"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            std::fs::write(folder.path().join(name).join("a.conf"), "").unwrap();
        }
        let path = folder.path().join("d[1]");
        assert_eq!(fragments(path.to_str().unwrap()).unwrap(), [folder.path().join("d1/a.conf")]);
    }
}

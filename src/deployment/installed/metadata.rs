//! One directory of Python packages: which of the packages that matter are in
//! it, by the names of their `*.dist-info` and `*.egg-info` and what stands in
//! them.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::{Package, Trouble};
use crate::catalog::Version;
use crate::config::{Place, printable};

/// Entries looked at in one directory.
const MAX_ENTRIES: usize = 50_000;

/// Bytes at the start of a package's metadata in which its version stands.
const HEAD: u64 = 1 << 16;

/// The packages of one directory whose name `wanted` takes.
pub(super) fn packages(folder: &Path, wanted: impl Fn(&str) -> bool) -> (Vec<Package>, Vec<Trouble>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (Vec::new(), Vec::new()) };
    let names = entries.take(MAX_ENTRIES).flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.ends_with("-info")).collect();
    names.sort();
    let (mut packages, mut troubles) = (Vec::new(), Vec::new());
    for file_name in &names {
        let Some((name, version)) = name_and_version(file_name) else { continue };
        if !wanted(&name) {
            continue;
        }
        let (package, trouble) = read(folder, file_name, &name, version);
        packages.extend(package);
        troubles.extend(trouble);
    }
    // Of two in one directory the newer was installed last.
    packages.sort_by_key(|package: &Package| std::cmp::Reverse(package.number));
    (packages, troubles)
}

/// Name and version of `nova-33.0.0.dist-info`, `nova-17.0.0-py2.7.egg-info`,
/// `nova.egg-info`.
fn name_and_version(file_name: &str) -> Option<(String, Option<&str>)> {
    let stem = file_name.strip_suffix(".dist-info").or_else(|| file_name.strip_suffix(".egg-info"))?;
    let mut parts = stem.split('-');
    Some((normalised(parts.next()?), parts.next()))
}

/// PyPI takes these for one name.
pub(super) fn normalised(name: &str) -> String {
    name.to_lowercase().replace(['_', '.'], "-")
}

/// The package and what is wrong with it. Where its metadata is broken, the
/// version in the name of its directory counts.
fn read(
    folder: &Path,
    file_name: &str,
    name: &str,
    in_name: Option<&str>,
) -> (Option<Package>, Option<Trouble>) {
    let own = folder.join(file_name);
    let inner = if file_name.ends_with(".dist-info") { "METADATA" } else { "PKG-INFO" };
    let path = if own.is_dir() { own.join(inner) } else { own };
    let label: Arc<str> = Arc::from(printable(&path.display().to_string()));
    let package = |version: &str, line: usize| {
        let number = number(version)?;
        let within = printable(&folder.display().to_string());
        let place = Place::of_line(&label, line);
        Some(Package { name: name.to_owned(), version: printable(version), number, place, within })
    };
    let by_name = in_name.and_then(|version| package(version, 1));
    let (line, problem) = match version_line(&path) {
        Ok((line, version)) => match package(&version, line) {
            Some(found) if by_name.as_ref().is_none_or(|other| other.number == found.number) => {
                return (Some(found), None);
            }
            Some(found) => (line, format!("it names version {}, its directory another", found.version)),
            None => (line, format!("its version is no number: {}", printable(&version))),
        },
        Err(problem) => (1, problem),
    };
    let counts =
        if by_name.is_some() { "the version in its directory's name counts" } else { "it does not count" };
    let reason = format!("{name}: {problem}; {counts}");
    (by_name, Some(Trouble::Broken { place: Place::of_line(&label, line), reason }))
}

/// The line with the version, and the version.
fn version_line(path: &Path) -> Result<(usize, String), String> {
    let text = head(path).map_err(|reason| format!("it cannot be read ({reason})"))?;
    let lines = text.lines().take_while(|line| !line.is_empty()).enumerate();
    let found = lines
        .filter_map(|(at, line)| Some((at + 1, line.strip_prefix("Version:")?.trim().to_owned())))
        .next();
    found.ok_or_else(|| "it names no version".to_owned())
}

/// The start of a regular file.
fn head(path: &Path) -> Result<String, String> {
    let is_file = std::fs::metadata(path).map_err(|error| error.to_string())?.is_file();
    if !is_file {
        return Err("it is no regular file".to_owned());
    }
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD).read_to_end(&mut bytes));
    read.map_err(|error| error.to_string())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The numbers that a version begins with: `3:27.1.0-0ubuntu1~cloud0`,
/// `13.0.0.0rc1` and `31.1.0.dev12` have more, which no release hangs on.
pub(super) fn number(version: &str) -> Option<Version> {
    let (_, version) = version.split_once([':', '!']).unwrap_or(("", version));
    let end = version.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(version.len());
    let mut parts = version[..end].split('.').filter(|part| !part.is_empty()).map(str::parse::<u16>);
    let first = parts.next()?.ok()?;
    let mut part = || parts.next().unwrap_or(Ok(0)).ok();
    Some(Version(first, part()?, part()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_every_packager_are_read() {
        for (text, expected) in [
            ("12.0.0", Version(12, 0, 0)),
            ("3:27.1.0-0ubuntu1~cloud0", Version(27, 1, 0)),
            ("13.0.0.0rc1", Version(13, 0, 0)),
            ("31.1.0.dev12", Version(31, 1, 0)),
            ("33", Version(33, 0, 0)),
            ("10.1.0+git2023", Version(10, 1, 0)),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        for text in ["", "master", "UNKNOWN", "99999999.1", "-1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn the_name_of_a_directory_tells_the_package() {
        let of = |name| name_and_version(name).unwrap();
        assert_eq!(
            of("openstack_placement-16.0.0.dist-info"),
            ("openstack-placement".to_owned(), Some("16.0.0"))
        );
        assert_eq!(of("nova-17.0.13-py2.7.egg-info"), ("nova".to_owned(), Some("17.0.13")));
        assert_eq!(of("nova.egg-info"), ("nova".to_owned(), None));
        assert!(name_and_version("nova").is_none());
    }
}

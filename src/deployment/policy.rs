//! Policy files beside a service's own files: whether one says anything, and what it
//! says of a few policies. All else is for the service alone.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Process, Seen, Source};

/// As many bytes of a policy file are looked at; one that is all comments up to
/// there counts as saying something.
const LOOKED_AT: u64 = 1 << 20;

/// The policy files of a process that say anything.
pub(super) fn files(process: &Process, seen: &Seen) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    let directories = process.sources.iter().flat_map(directories);
    for directory in directories.filter(|directory| !seen.has_no_policies(directory)) {
        for file in candidates(&directory) {
            let label = file.display().to_string();
            if !files.contains(&label) && says_anything(&file) {
                files.push(label);
            }
        }
    }
    let said = process.policies.iter().filter(|text| says(&String::from_utf8_lossy(&text.bytes)));
    files.extend(said.map(|text| text.label.clone()));
    files
}

/// Whether a file's name is that of a policy file.
pub(super) fn is_policy_name(name: &str) -> bool {
    matches!(name, "policy.yaml" | "policy.json")
}

/// The directory whose files are policy files, whatever their names.
const DIRECTORY: &str = "policy.d";

/// Whether a name leads to policy files, if it stands in a directory where they are.
pub(super) fn is_way_to_policies(name: &str) -> bool {
    is_policy_name(name) || name == DIRECTORY
}

/// Where the policy file of a source may stand: beside a file, in or beside a
/// directory.
fn directories(source: &Source) -> Vec<PathBuf> {
    match source {
        Source::File(path) => Path::new(path).parent().map(Path::to_owned).into_iter().collect(),
        Source::Directory(path) => {
            let path = Path::new(path);
            path.parent().map(Path::to_owned).into_iter().chain([path.to_owned()]).collect()
        }
        Source::Paste(_) | Source::Ceph(_) | Source::Text(_) | Source::Stdin => Vec::new(),
    }
}

fn candidates(directory: &Path) -> Vec<PathBuf> {
    let mut files = vec![directory.join("policy.yaml"), directory.join("policy.json")];
    let more = std::fs::read_dir(directory.join(DIRECTORY)).into_iter().flatten().flatten();
    let mut more: Vec<PathBuf> = more.map(|entry| entry.path()).collect();
    more.sort();
    files.append(&mut more);
    files.retain(|file| file.is_file());
    files
}

/// A policy that a file sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The file.
    pub file: Arc<str>,
    /// 1-based line of its name.
    pub line: usize,
    /// Its name.
    pub name: String,
    /// What has to hold, as written.
    pub check: String,
}

/// Some policies by name, as the policy files of a process set them. What cannot be read
/// or understood is left to the service.
pub fn policies(process: &Process, files: &[String], names: &[&str]) -> Vec<Policy> {
    let of = |file: &String| of_text(file, &text(process, file)?, names);
    files.iter().flat_map(|file| of(file).unwrap_or_default()).collect()
}

/// A policy file's text, from wherever it stands.
fn text(process: &Process, file: &str) -> Option<String> {
    if let Some(inside) = process.policies.iter().find(|text| text.label == file) {
        return String::from_utf8(inside.bytes.to_vec()).ok();
    }
    let mut text = String::new();
    File::open(file).ok()?.take(LOOKED_AT).read_to_string(&mut text).ok()?;
    Some(text)
}

fn of_text(path: &str, text: &str, names: &[&str]) -> Option<Vec<Policy>> {
    if !names.iter().any(|name| text.contains(name)) {
        return None;
    }
    // JSON is YAML, too.
    let map: BTreeMap<String, serde_yaml_ng::Value> = serde_yaml_ng::from_str(text).ok()?;
    let label: Arc<str> = Arc::from(path);
    let set = names.iter().filter_map(|name| Some((*name, map.get(*name)?.as_str()?)));
    let line = |name: &str| {
        let named = |line: &str| {
            let line = line.trim_start().trim_start_matches(['{', '"', '\'', ' ']);
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['"', '\'', ':', ' ']))
        };
        text.lines().position(named).map_or(1, |index| index + 1)
    };
    let found = set.map(|(name, check)| Policy {
        file: Arc::clone(&label),
        line: line(name),
        name: name.to_owned(),
        check: check.to_owned(),
    });
    Some(found.collect())
}

/// Whether a file holds more than comments and an empty map. One that cannot be
/// read may say anything.
fn says_anything(file: &Path) -> bool {
    let Ok(file) = File::open(file) else { return true };
    let mut bytes = Vec::new();
    if file.take(LOOKED_AT).read_to_end(&mut bytes).is_err() || bytes.len() as u64 == LOOKED_AT {
        return true;
    }
    says(&String::from_utf8_lossy(&bytes))
}

fn says(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| {
        !line.is_empty() && !line.starts_with('#') && !["---", "...", "{}", "{", "}", "null"].contains(&line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_say_nothing() {
        let directory = tempfile::TempDir::new().unwrap();
        let file = directory.path().join("policy.yaml");
        for (text, says) in [
            ("# \"create_port_binding\": \"rule:service_api\"\n\n", false),
            ("---\n{}\n", false),
            ("create_port_binding: rule:admin_only\n", true),
        ] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(says_anything(&file), says, "{text}");
        }
        let process = directory.path().join("neutron.conf").display().to_string();
        assert_eq!(directories(&Source::File(process)), [directory.path()]);
        assert_eq!(candidates(directory.path()), [file]);
    }
}

//! What the layout of the source promises.

use std::fs;
use std::path::{Path, PathBuf};

/// The rooms in the order in which data flows: each may know those before it.
const ROOMS: [&str; 17] = [
    "secret",
    "bytes",
    "ini",
    "paste",
    "config",
    "ceph",
    "text",
    "catalog",
    "findings",
    "deployment",
    "service",
    "keystone",
    "facts",
    "trust",
    "rules",
    "report",
    "cli",
];

/// Every source file with its text, by its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files
                    .push((path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(files.len() > 50);
    files
}

/// The room of a file: its folder, or its own name.
fn room(path: &Path) -> &str {
    let first = path.iter().next().unwrap().to_str().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The lines that are code, without comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Files outside of some rooms whose code holds one of some words.
fn outside(rooms: &[&str], words: &[&str]) -> Vec<String> {
    sources()
        .iter()
        .filter(|(path, _)| !rooms.contains(&room(path)))
        .flat_map(|(path, text)| code(text).map(move |line| (path, line)))
        .filter(|(_, line)| words.iter().any(|word| line.contains(word)))
        .map(|(path, line)| format!("{}: {}", path.display(), line.trim()))
        .collect()
}

fn nowhere(found: &[String]) {
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn only_keystone_talks_to_the_network() {
    nowhere(&outside(&["keystone"], &["reqwest", "tokio", "std::net", "TcpStream"]));
}

#[test]
fn only_the_command_line_looks_at_environment_and_terminal() {
    nowhere(&outside(
        &["cli", "main"],
        &["std::env", "env::var", "terminal_size", "IsTerminal", "std::process"],
    ));
}

#[test]
fn only_deployment_keystone_and_the_command_line_touch_files() {
    nowhere(&outside(&["deployment", "keystone", "cli"], &["std::fs", "File::open", "fs::read"]));
}

#[test]
fn nothing_prints_by_itself() {
    let found: Vec<String> = outside(&[], &["println!", "print!", "dbg!"]);
    nowhere(&found);
}

#[test]
fn each_room_knows_only_those_before_it() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(own) = ROOMS.iter().position(|name| *name == room(&path)) else {
            assert!(["lib", "main"].contains(&room(&path)), "{} stands in no known room", path.display());
            continue;
        };
        // A folder's own files may name it.
        for (index, name) in ROOMS.iter().enumerate().filter(|(index, _)| *index > own) {
            let word = format!("crate::{name}::");
            wrong.extend(
                code(&text).filter(|line| line.contains(&word)).map(|line| {
                    format!("{} ({own}) knows {name} ({index}): {}", path.display(), line.trim())
                }),
            );
        }
    }
    nowhere(&wrong);
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{}", path.display());
        assert!(text.lines().count() < 600, "{}", path.display());
    }
}

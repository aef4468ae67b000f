//! Makes a case smaller while it still shows the difference.

use super::{Case, Part};

/// The smallest case found within a bounded number of tries.
pub(super) fn smallest(mut case: Case, mut differs: impl FnMut(&Case) -> bool) -> Case {
    let mut tries = 3000;
    loop {
        let smaller = candidates(&case).into_iter().find(|candidate| {
            tries -= 1;
            tries > 0 && differs(candidate)
        });
        match smaller {
            Some(smaller) => case = smaller,
            None => return case,
        }
    }
}

/// Cases that lack something of this one, the boldest first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut found = Vec::new();
    for index in 0..case.parts.len() {
        let mut smaller = case.clone();
        smaller.parts.remove(index);
        found.push(smaller);
    }
    for name in case.env.keys() {
        let mut smaller = case.clone();
        smaller.env.remove(name);
        found.push(smaller);
    }
    for (index, part) in case.parts.iter().enumerate() {
        for part in smaller_parts(part) {
            let mut smaller = case.clone();
            smaller.parts[index] = part;
            found.push(smaller);
        }
    }
    found
}

fn smaller_parts(part: &Part) -> Vec<Part> {
    match part {
        Part::File(content) => smaller_contents(content).into_iter().map(Part::File).collect(),
        Part::Dir(files) => {
            let mut found = Vec::new();
            for index in 0..files.len() {
                let mut fewer = files.clone();
                fewer.remove(index);
                found.push(Part::Dir(fewer));
                for content in smaller_contents(&files[index].1) {
                    let mut smaller = files.clone();
                    smaller[index].1 = content;
                    found.push(Part::Dir(smaller));
                }
            }
            found
        }
    }
}

/// Without half of the lines, without one line, without one byte.
fn smaller_contents(content: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = content.split_inclusive(|&byte| byte == b'\n').collect();
    let half = lines.len() / 2;
    let mut found = Vec::new();
    if half > 0 {
        found.push(lines[..half].concat());
        found.push(lines[half..].concat());
    }
    for index in 0..lines.len() {
        let rest: Vec<&[u8]> = lines[..index].iter().chain(&lines[index + 1..]).copied().collect();
        found.push(rest.concat());
    }
    if content.len() < 200 {
        for index in 0..content.len() {
            found.push([&content[..index], &content[index + 1..]].concat());
        }
    }
    found
}

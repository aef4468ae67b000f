//! A unified diff of the fixes that findings carry, for `patch` and `git apply`.
//! Nothing is applied here or anywhere else.
//!
//! Lines that a fix does not show are no part of it. So there may be fewer lines
//! of context than usual, down to none, and `git apply` then wants
//! `--unidiff-zero`. Where there is context, there is as much on either side:
//! `patch` takes anything else for the beginning or the end of the file.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::Report;
use super::escape::clean;
use crate::config::{TextLine, harmless};
use crate::findings::{Edit, Finding, Fix};

/// Lines of context, where they may be shown.
const CONTEXT: usize = 3;

/// The changes of one file.
struct Patch<'r> {
    file: &'r str,
    /// Every line that may be shown.
    lines: BTreeMap<usize, &'r TextLine>,
    changes: BTreeMap<usize, Change<'r>>,
}

/// What happens at one line.
#[derive(Default)]
struct Change<'r> {
    /// What is put in above it.
    above: Vec<&'r Edit>,
    /// What changes in it.
    within: Vec<&'r Edit>,
    rules: Vec<&'r str>,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for patch in patches(report) {
        out.write_all(patch.text().as_bytes())?;
    }
    Ok(())
}

/// What the diff leaves out although it could be mended, each with the reason.
pub(super) fn left_out(report: &Report) -> Vec<String> {
    let line = |finding: &Finding, fix: &Fix, reason: &str| {
        let (help, rule) = (finding.help.as_deref().unwrap_or("see the report"), finding.rule);
        let related = finding.related.iter().filter(|related| related.same).map(|related| &related.place);
        let place = finding.place.iter().chain(related).find(|place| place.file == fix.file);
        let place = place.map(|place| format!("{}:{}: ", place.file, place.line));
        clean(&format!("{}not in the diff, since {reason}; {help} [{rule}]", place.unwrap_or_default()))
    };
    let withheld = with_fixes(report).filter_map(|(finding, fix)| match &fix.lines {
        Err(why) => Some(line(finding, fix, why.reason())),
        Ok(_) if header_path(&fix.file).is_none() => {
            Some(line(finding, fix, "patch refuses a path with .. in it"))
        }
        Ok(_) => None,
    });
    withheld.collect()
}

/// How many findings the diff mends.
pub(super) fn count(report: &Report) -> usize {
    let patched = |fix: &Fix| fix.lines.is_ok() && header_path(&fix.file).is_some();
    let fixable = counted(report).filter(|finding| !finding.fixes.is_empty());
    fixable.filter(|finding| finding.fixes.iter().all(patched)).count()
}

fn with_fixes(report: &Report) -> impl Iterator<Item = (&Finding, &Fix)> {
    counted(report).flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)))
}

fn counted(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| finding.suppression.is_none())
}

/// The changes, file by file, each change once.
fn patches(report: &Report) -> Vec<Patch<'_>> {
    let mut files: BTreeMap<&str, Patch<'_>> = BTreeMap::new();
    let mut seen: HashSet<(&str, usize, usize, usize, &str)> = HashSet::new();
    for (finding, fix) in with_fixes(report) {
        let Ok(lines) = &fix.lines else { continue };
        if header_path(&fix.file).is_none() {
            continue;
        }
        let patch = files.entry(&fix.file).or_insert_with(|| Patch {
            file: &fix.file,
            lines: BTreeMap::new(),
            changes: BTreeMap::new(),
        });
        if !patch.has_room_for(fix) {
            // Another finding changes the line; what is left is seen after that.
            continue;
        }
        patch.lines.extend(lines.iter().map(|line| (line.number, line)));
        for edit in &fix.edits {
            let change = patch.changes.entry(edit.line).or_default();
            if !change.rules.contains(&finding.rule) {
                change.rules.push(finding.rule);
            }
            if seen.insert((&fix.file, edit.line, edit.column, edit.width, &edit.text)) {
                let edits = if edit.is_above() { &mut change.above } else { &mut change.within };
                edits.push(edit);
            }
        }
    }
    files.into_values().collect()
}

impl<'r> Patch<'r> {
    /// Whether no other change touches what this one changes.
    fn has_room_for(&self, fix: &Fix) -> bool {
        fix.edits.iter().filter(|edit| !edit.is_above()).all(|edit| {
            let Some(change) = self.changes.get(&edit.line) else { return true };
            change.within.iter().all(|known| {
                *known == edit
                    || known.column + known.width <= edit.column
                    || edit.column + edit.width <= known.column
            })
        })
    }

    fn text(&self) -> String {
        let Some(path) = header_path(self.file) else { return String::new() };
        let mut out = format!("--- {}\n+++ {}\n", name("a", &path), name("b", &path));
        let numbers: Vec<usize> = self.changes.keys().copied().collect();
        // How many lines more there are by now.
        let mut grown = 0_isize;
        for hunk in numbers.chunk_by(|first, second| self.is_one_hunk(*first, *second)) {
            grown += self.hunk(hunk, grown, &mut out);
        }
        out
    }

    /// Whether the lines between two changes are all shown and few.
    fn is_one_hunk(&self, first: usize, second: usize) -> bool {
        second - first <= 2 * CONTEXT && (first..second).all(|number| self.lines.contains_key(&number))
    }

    /// One hunk; how many lines it adds.
    fn hunk(&self, changed: &[usize], grown: isize, out: &mut String) -> isize {
        let (Some(&first), Some(&last)) = (changed.first(), changed.last()) else { return 0 };
        // A line above which something is put in is context itself.
        let replaces_last = self.changes.get(&last).is_some_and(|change| !change.within.is_empty());
        let behind = if replaces_last { last + 1 } else { last };
        let (before, after) = self.context(first, behind);
        let mut hunk = Hunk::default();
        for number in first - before..(behind + after).max(last + 1) {
            let change = self.changes.get(&number);
            for edit in change.iter().flat_map(|change| &change.above) {
                edit.text.split_inclusive('\n').for_each(|line| hunk.put('+', line));
            }
            hunk.rules.extend(change.iter().flat_map(|change| change.rules.iter().copied()));
            let Some(line) = self.lines.get(&number).filter(|_| number < behind + after) else { continue };
            match change.filter(|change| !change.within.is_empty()) {
                None => hunk.put(' ', &line.text),
                Some(change) => {
                    hunk.put('-', &line.text);
                    hunk.put('+', &edited(&line.text, &change.within));
                }
            }
        }
        hunk.rules.dedup();
        // A hunk that takes no line away names the one before it.
        let old_start = first - before - usize::from(hunk.old == 0);
        let new_start = (first - before).saturating_add_signed(grown);
        let (old, new, rules) = (hunk.old, hunk.new, hunk.rules.join(", "));
        let _ = write!(out, "@@ -{old_start},{old} +{new_start},{new} @@ {rules}\n{}", hunk.body);
        new.cast_signed() - old.cast_signed()
    }

    /// How many lines of context there are before `first` and from `behind` on: as
    /// many on either side, unless the file begins or ends there.
    fn context(&self, first: usize, behind: usize) -> (usize, usize) {
        let is_shown = |number: usize| self.lines.contains_key(&number);
        let before = (1..=CONTEXT).take_while(|back| first > *back && is_shown(first - back)).count();
        let after = (0..CONTEXT).take_while(|on| is_shown(behind + on)).count();
        let begins_the_file = before + 1 == first;
        let ends_the_file = self.lines.get(&(behind + after - 1)).is_some_and(|line| line.last);
        match before.cmp(&after) {
            Ordering::Less if !begins_the_file => (before, before),
            Ordering::Greater if !ends_the_file => (after, after),
            _ => (before, after),
        }
    }
}

/// A hunk as it grows.
#[derive(Default)]
struct Hunk<'r> {
    body: String,
    old: usize,
    new: usize,
    rules: Vec<&'r str>,
}

impl Hunk<'_> {
    /// A line of text, or several. One without a line end is the file's last.
    fn put(&mut self, sign: char, text: &str) {
        for line in text.split_inclusive('\n') {
            self.old += usize::from(sign != '+');
            self.new += usize::from(sign != '-');
            self.body.push(sign);
            self.body.push_str(line);
            if !line.ends_with('\n') {
                self.body.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

/// A line with its changes made, the last first.
fn edited(line: &str, edits: &[&Edit]) -> String {
    let mut edits = edits.to_vec();
    edits.sort_by_key(|edit| Reverse(edit.column));
    edits.iter().fold(line.to_owned(), |line, edit| {
        let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
        let (start, end) = (byte(edit.column - 1), byte(edit.column - 1 + edit.width));
        format!("{}{}{}", &line[..start], edit.text, &line[end..])
    })
}

/// The path as a patch may name it: `.` taken out, since git refuses it; nothing
/// for one with `..`, which both refuse.
fn header_path(file: &str) -> Option<String> {
    let parts: Vec<&str> = file.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    (!parts.contains(&"..")).then(|| parts.join("/"))
}

/// `a/path`, quoted as git and GNU patch read it where it has to be. Behind a
/// name with a blank a tab says where it ends.
fn name(side: &str, path: &str) -> String {
    let plain = |c: char| harmless(c) == c && !matches!(c, '"' | '\\');
    if path.chars().all(plain) {
        return format!("{side}/{path}{}", if path.contains(' ') { "\t" } else { "" });
    }
    let mut out = format!("\"{side}/");
    for byte in path.bytes() {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(byte)]),
            b' '..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "\\{byte:03o}");
            }
        }
    }
    out.push('"');
    out
}

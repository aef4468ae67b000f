//! Many of a kind: what is shown of them, so that five hundred findings are not
//! a wall of text. `-v` shows all.

use super::{Style, Verbosity};
use crate::findings::Finding;
use crate::text::plural;

/// Up to this many, everything is shown.
const FEW: usize = 20;

/// Of more than that, this many of each rule.
const OF_EACH: usize = 2;

/// This many names are listed.
const SOME: usize = 5;

/// A stretch of findings of one rule and severity.
pub(super) struct Group<'r> {
    /// Those to show.
    pub(super) shown: Vec<&'r Finding>,
    /// Those to count.
    pub(super) more: Vec<&'r Finding>,
}

/// The findings in their order, or, if they are many, by severity and rule.
pub(super) fn groups<'r>(findings: &[&'r Finding], style: Style) -> Vec<Group<'r>> {
    if findings.len() <= FEW || style.verbosity == Verbosity::Verbose {
        return vec![Group { shown: findings.to_vec(), more: Vec::new() }];
    }
    let mut groups: Vec<Group<'r>> = Vec::new();
    for finding in findings {
        let alike = |group: &&mut Group<'r>| {
            let first = group.shown[0];
            first.rule == finding.rule && first.severity == finding.severity
        };
        match groups.iter_mut().find(alike) {
            Some(group) if group.shown.len() < OF_EACH => group.shown.push(finding),
            Some(group) => group.more.push(finding),
            None => groups.push(Group { shown: vec![finding], more: Vec::new() }),
        }
    }
    groups
}

impl Group<'_> {
    /// What is said of those that are not shown.
    pub(super) fn rest(&self) -> Option<String> {
        let first = self.more.first()?;
        let mut services: Vec<&str> =
            self.more.iter().flat_map(|finding| &finding.services).map(String::as_str).collect();
        services.sort_unstable();
        services.dedup();
        let of = match services.as_slice() {
            [] => String::new(),
            [one] => format!(" in {one}"),
            many => format!(" in {}", plural(many.len(), "service")),
        };
        let (severity, count) = (first.severity.name(), self.more.len());
        Some(format!("{severity}: {count} more{of}; -v shows all [{}]", first.rule))
    }
}

/// The first few names, and how many more there are.
pub(super) fn some<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<&str> = names.iter().take(SOME).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(SOME) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The first of some lines, and what is said of the others.
pub(super) fn first<T>(lines: Vec<T>, style: Style) -> (Vec<T>, Option<String>) {
    if lines.len() <= FEW || style.verbosity == Verbosity::Verbose {
        return (lines, None);
    }
    let more = lines.len() - FEW;
    (lines.into_iter().take(FEW).collect(), Some(format!("{more} more; -v shows all")))
}

//! The baseline: findings that are known and do not count.
//!
//! A finding is known by its rule, file, section and option, so it stays known
//! when lines move or a value changes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::finding::{Finding, Severity, Suppression, SuppressionKind};
use crate::config::printable;

/// The name of the file's shape.
const SCHEMA: &str = "nova-token-check/baseline/1";

/// Known findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    schema: String,
    findings: Vec<Entry>,
}

/// One known finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    file: Option<String>,
    section: Option<String>,
    option: Option<String>,
}

/// Why a baseline cannot be used.
#[derive(Debug, Error)]
pub enum BaselineError {
    /// It is not JSON of that shape.
    #[error("no baseline of this program: {0}")]
    Malformed(String),
    /// It is of another version.
    #[error("a baseline of another version: {0:?} instead of {SCHEMA:?}")]
    Version(String),
}

impl Baseline {
    /// Reads a baseline's text.
    ///
    /// # Errors
    ///
    /// It is malformed or of another version.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| BaselineError::Malformed(error.to_string()))?;
        match value.get("schema").and_then(serde_json::Value::as_str) {
            Some(SCHEMA) => {}
            Some(other) => return Err(BaselineError::Version(printable(other))),
            None => return Err(BaselineError::Malformed("it has no schema".to_owned())),
        }
        serde_json::from_value(value).map_err(|error| BaselineError::Malformed(error.to_string()))
    }

    /// The baseline that makes all of these findings known; those suppressed by
    /// a comment need no place in it.
    pub fn of(findings: &[Finding]) -> Self {
        let counted = findings.iter().filter(|finding| {
            finding.suppression.as_ref().is_none_or(|s| s.kind == SuppressionKind::Baseline)
        });
        let mut entries: Vec<Entry> = counted.map(entry).collect();
        entries.sort();
        entries.dedup();
        Self { schema: SCHEMA.to_owned(), findings: entries }
    }

    /// As text, one finding a line, so that changes read well in a diff.
    pub fn to_text(&self) -> String {
        let lines: Vec<String> = self
            .findings
            .iter()
            .filter_map(|e| serde_json::to_string(e).ok())
            .map(|e| format!("    {e}"))
            .collect();
        let body = if lines.is_empty() { String::new() } else { format!("\n{}\n  ", lines.join(",\n")) };
        format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"findings\": [{body}]\n}}\n")
    }

    /// Marks the known findings, and adds a note for each entry that no longer
    /// occurs although its rule ran.
    pub fn apply(&self, findings: &mut Vec<Finding>, ran: impl Fn(&str) -> bool) {
        for finding in findings.iter_mut().filter(|finding| finding.suppression.is_none()) {
            if self.findings.contains(&entry(finding)) {
                finding.suppression =
                    Some(Suppression { kind: SuppressionKind::Baseline, reason: None, until: None });
            }
        }
        let found: Vec<Entry> = findings.iter().map(entry).collect();
        let asked: Vec<&Entry> = self.findings.iter().filter(|known| ran(&known.rule)).collect();
        let gone: Vec<&Entry> = asked.iter().copied().filter(|known| !found.contains(known)).collect();
        if gone.len() > 1 && gone.len() == asked.len() {
            findings.push(all_stale(gone.len()));
        } else {
            findings.extend(gone.into_iter().map(stale));
        }
    }
}

fn entry(finding: &Finding) -> Entry {
    Entry {
        rule: finding.rule.to_owned(),
        file: finding.place.as_ref().map(|place| place.file.to_string()),
        section: finding.section.clone(),
        option: finding.option.clone(),
    }
}

fn stale(entry: &Entry) -> Finding {
    let place = [entry.file.as_deref(), entry.section.as_deref(), entry.option.as_deref()];
    let place: Vec<&str> = place.into_iter().flatten().collect();
    let message = format!("the baseline knows {} at {}, which no longer occurs", entry.rule, place.join(" "));
    Finding::new("baseline-stale", Severity::Note, printable(&message))
        .help("write the baseline anew with --write-baseline")
}

/// Nothing of the baseline occurs: one note, not hundreds.
fn all_stale(count: usize) -> Finding {
    let message = format!(
        "none of the {count} findings that the baseline knows occurs: all are mended, or it was written for other paths"
    );
    Finding::new("baseline-stale", Severity::Note, message)
        .help("run it as when the baseline was written, or write it anew with --write-baseline")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rule: &'static str) -> Finding {
        Finding::new(rule, Severity::Error, "m").section("s").option("o")
    }

    #[test]
    fn a_written_baseline_knows_its_findings() {
        let mut findings = vec![finding("a"), finding("b")];
        let baseline = Baseline::parse(&Baseline::of(&findings).to_text()).unwrap();
        baseline.apply(&mut findings, |_| true);
        assert!(findings.iter().all(|finding| finding.suppression.is_some()));
    }

    #[test]
    fn what_no_longer_occurs_is_a_note() {
        let baseline = Baseline::of(&[finding("a"), finding("b")]);
        let mut findings = vec![finding("a")];
        baseline.apply(&mut findings, |rule| rule == "a" || rule == "b");
        assert_eq!(findings.last().unwrap().rule, "baseline-stale");
        assert_eq!(findings.len(), 2);
    }

    #[test]
    fn a_baseline_of_another_tree_is_one_note() {
        let baseline = Baseline::of(&[finding("a"), finding("b"), finding("c")]);
        let mut findings = Vec::new();
        baseline.apply(&mut findings, |_| true);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("none of the 3"), "{}", findings[0].message);
    }

    #[test]
    fn other_files_are_no_baseline() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"schema": "x", "findings": []}"#,
            r#"{"schema": "nova-token-check/baseline/1"}"#,
        ] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}

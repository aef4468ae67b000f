//! `explain RULE` and `rules`: the rules' own documentation.

use std::fmt::Write as _;

use serde::Serialize;

use super::args::RulesFormat;
use super::error::CliError;
use super::plan::unknown;
use super::{Exit, print};
use crate::rules::{self, RULES, Rule};
use crate::text::wrap;

pub(super) fn explain(name: &str) -> Result<Exit, CliError> {
    let rule = rules::find(name).ok_or_else(|| unknown("rule", name, RULES.iter().map(|rule| rule.name)))?;
    print(page(rule).as_bytes())?;
    Ok(Exit::Success)
}

fn page(rule: &Rule) -> String {
    let mut out = String::new();
    let fill = |text: &str| wrap(text, 80, "", "");
    let _ = writeln!(out, "{} ({}, {})\n", rule.name, rule.severity.name(), rule.confidence.name());
    let _ = writeln!(out, "{}\n", fill(rule.summary));
    let _ = writeln!(out, "Why it matters\n{}\n", fill(rule.why));
    let _ = writeln!(out, "How to fix\n{}\n", fill(rule.fix));
    let _ = writeln!(out, "Example");
    for line in rule.example.lines() {
        let _ = writeln!(out, "{}", if line.is_empty() { String::new() } else { format!("    {line}") });
    }
    let needs = if rule.needs_login { "a live login" } else { "the files" };
    let _ = writeln!(
        out,
        "\nSeen from: {needs}. Since {}.\n{}",
        rule.since,
        fill(&format!("Source: {}", rule.source))
    );
    out
}

#[derive(Serialize)]
struct RuleView {
    name: &'static str,
    severity: &'static str,
    confidence: &'static str,
    needs_login: bool,
    since: &'static str,
    summary: &'static str,
    why: &'static str,
    fix: &'static str,
    example: &'static str,
    source: &'static str,
}

pub(super) fn rules(format: RulesFormat) -> Result<Exit, CliError> {
    let text = match format {
        RulesFormat::Text => list(),
        RulesFormat::Json => {
            let views: Vec<RuleView> = RULES.iter().map(|rule| view(rule)).collect();
            let json = serde_json::to_string_pretty(&views).map_err(|error| CliError::Write {
                what: "the list of rules".to_owned(),
                reason: error.to_string(),
            })?;
            format!("{json}\n")
        }
    };
    print(text.as_bytes())?;
    Ok(Exit::Success)
}

fn list() -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in RULES {
        let _ = writeln!(out, "{:width$}  {:7}  {}", rule.name, rule.severity.name(), rule.summary);
    }
    out
}

fn view(rule: &Rule) -> RuleView {
    RuleView {
        name: rule.name,
        severity: rule.severity.name(),
        confidence: rule.confidence.name(),
        needs_login: rule.needs_login,
        since: rule.since,
        summary: rule.summary,
        why: rule.why,
        fix: rule.fix,
        example: rule.example,
        source: rule.source,
    }
}

//! The rules' documentation as Markdown, for the project's own pages. A test
//! compares the pages with it.

use std::fmt::Write as _;

use super::{RULES, Rule};
use crate::text::wrap;

/// One page about every rule.
pub fn page() -> String {
    let mut out = String::from(
        "# Rules\n\nMade from the rules themselves; `nova-token-check explain RULE` says the same. The severity is the\n\
         worst that a rule reports: many report less where less is at stake.\n\n",
    );
    out.push_str(&table(""));
    for rule in RULES {
        let _ = write!(out, "\n{}", section(rule));
    }
    out
}

/// A table of all rules; the names lead to `page` and the rule's heading there.
pub fn table(page: &str) -> String {
    let mut out = String::from("| rule | severity | seen from | looks for |\n|---|---|---|---|\n");
    for rule in RULES {
        let _ = writeln!(
            out,
            "| [`{0}`]({page}#{0}) | {1} | {2} | {3} |",
            rule.name,
            rule.severity.name(),
            seen_from(rule),
            cell(rule.summary)
        );
    }
    out
}

fn seen_from(rule: &Rule) -> &'static str {
    if rule.needs_login { "a login" } else { "the files" }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "\\<")
}

fn section(rule: &Rule) -> String {
    format!(
        "## {}\n\n*{}, {}; seen from {}; since {}*\n\n{}\n\n{}\n\n{}\n\n```{}\n{}\n```\n\n{}\n",
        rule.name,
        rule.severity.name(),
        rule.confidence.name(),
        seen_from(rule),
        rule.since,
        fill("", rule.summary),
        fill("", rule.why),
        fill("**Fix.** ", rule.fix),
        language(rule.example),
        rule.example,
        fill("Source: ", rule.source)
    )
}

/// What an example is written in.
fn language(example: &str) -> &'static str {
    let command = ["openstack ", "nova-token-check "].iter().any(|name| example.starts_with(name));
    if command { "sh" } else { "ini" }
}

/// Wrapped, with what Markdown would take for markup escaped.
fn fill(before: &str, text: &str) -> String {
    let escaped = text.replace('*', "\\*").replace('<', "\\<").replace("__", "\\_\\_");
    wrap(&format!("{before}{escaped}"), 100, "", "")
}

//! `ambiguous-syntax`

use ini::{Ini, ParseOption};

use super::fixes::Page;
use super::{Context, Rule};
use crate::config::{Layer, OptionSpec, mask};
use crate::facts::ServiceFacts;
use crate::findings::{Confidence, Finding, Severity};

pub(super) const RULE: Rule = Rule {
    name: "ambiguous-syntax",
    severity: Severity::Note,
    confidence: Confidence::Certain,
    since: "0.1.0",
    source: "oslo_config/iniparser.py against a common INI reader",
    needs_login: false,
    summary: "oslo.config reads a value that matters otherwise than most INI readers and people do.",
    why: "Tools that edit these files, and people who read them, expect the rules of other INI files: quotes that stay, \
a backslash that joins lines. oslo.config has its own. Where the two readings of \
an option that matters differ, one of them is not what somebody meant.",
    fix: "Write the value so that it can be read in one way only: without quotes, on one line.",
    example: "\
# oslo.config reads nova, other readers \"nova\"
username = \"nova\"",
    check,
};

fn check(context: &Context<'_>) -> Vec<Finding> {
    let services = context.facts.services.iter().filter(|s| s.service.configuration.failure().is_none());
    services.flat_map(in_service).collect()
}

fn in_service(service: &ServiceFacts) -> Vec<Finding> {
    let mut findings = Vec::new();
    for name in sections(service) {
        let Some(group) = service.service.schema.group(&name) else { continue };
        for layer in service.service.configuration.layers() {
            if is_plain(layer, &name) {
                continue;
            }
            let Some(other) = second_opinion(layer, &name) else { continue };
            for option in &group.options {
                findings.extend(compare(service, layer, &name, option, &other));
            }
        }
    }
    findings
}

/// The sections that decide over service tokens.
fn sections(service: &ServiceFacts) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let senders = service.service.senders.iter().map(|sender| &sender.login);
    for login in senders.chain(service.service.receiver.as_ref().map(|receiver| &receiver.login)) {
        for name in [&login.section, &login.holder] {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    names
}

/// Whether nothing stands in the section that readers take differently: it is one
/// part, in which no line is continued, and no quote, backslash or odd character is.
fn is_plain(layer: &Layer, name: &str) -> bool {
    let plain = |byte| matches!(byte, b'\n' | b' '..=b'~') && !matches!(byte, b'"' | b'\'' | b'\\');
    let mut parts = layer.parts_of(name);
    let body = parts.next().map_or("", |part| part.body());
    parts.next().is_none() && body.bytes().all(plain) && !body.starts_with(' ') && !body.contains("\n ")
}

/// A section longer than this (bytes) is nothing that people or their tools edit.
const LONGEST: usize = 1 << 20;

/// The section as the common reader sees it; `None` if it refuses it.
fn second_opinion(layer: &Layer, name: &str) -> Option<Ini> {
    let mut text = String::new();
    for part in layer.parts_of(name) {
        if text.len() + part.body().len() > LONGEST {
            return None;
        }
        text.push_str("[s]\n");
        text.push_str(part.body());
        text.push('\n');
    }
    if text.is_empty() {
        return None;
    }
    let options = ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ParseOption::default()
    };
    Ini::load_from_str_opt(&text, options).ok()
}

fn compare(
    service: &ServiceFacts,
    layer: &Layer,
    section: &str,
    option: &OptionSpec,
    other: &Ini,
) -> Option<Finding> {
    let mut entries = layer.entries(section).iter().filter(|entry| layer.is_named(entry, option.name));
    let entry = entries.next()?;
    // Several lines are option-duplicated's.
    if entries.next().is_some() {
        return None;
    }
    let ours = layer.document().value(entry);
    let theirs = other.section(Some("s")).and_then(|values| values.get_all(option.name).last());
    if theirs.is_some_and(|theirs| same(&ours, theirs)) {
        return None;
    }
    // Debug escapes what could steer a terminal, and line ends.
    let shown = |value: &str| format!("{:?}", mask(value, option.secret));
    let theirs = theirs.map_or_else(
        || "nothing".to_owned(),
        |theirs| if option.secret { "something else".to_owned() } else { shown(theirs) },
    );
    let message = format!(
        "{} in [{section}] can be read in two ways: oslo.config reads {}, other INI readers {theirs}",
        option.name,
        shown(&ours)
    );
    let finding = Finding::new(RULE.name, Severity::Note, message)
        .of(&service.service.id)
        .at(Some(layer.place(entry, option.secret)))
        .section(section)
        .option(option.name)
        .fix(Page::new(service, layer, section).unquote(entry, option))
        .help(if layer.document().is_quoted(entry) {
            "remove the quotes"
        } else {
            "write the value on one line, without quotes and backslashes"
        });
    Some(finding)
}

/// Whether the two readings mean the same: white space around items aside.
fn same(ours: &str, theirs: &str) -> bool {
    ours.split_whitespace().eq(theirs.split_whitespace())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::ini::Document;

    proptest! {
        #[test]
        fn a_plain_section_is_read_in_one_way(
            lines in proptest::collection::vec("[a-c#;:=\\[\\]\"'\\\\$% \t\r\u{a0}\u{1f}]{0,6}", 0..8),
        ) {
            let text = format!("[x]\n{}", lines.join("\n"));
            let Ok(document) = Document::parse(text) else { return Ok(()) };
            let layer = Layer::new(Arc::from("x.conf"), document);
            if !is_plain(&layer, "x") {
                return Ok(());
            }
            let Some(other) = second_opinion(&layer, "x") else { return Ok(()) };
            let entries = layer.entries("x");
            for entry in entries {
                let key = layer.slice(entry.key());
                if entries.iter().filter(|entry| layer.is_named(entry, key)).count() == 1 {
                    let theirs = other.section(Some("s")).and_then(|values| values.get(key));
                    prop_assert!(same(&layer.document().value(entry), theirs.unwrap()), "{key}");
                }
            }
        }
    }
}

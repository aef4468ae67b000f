//! SARIF 2.1.0, for code scanning and editors: rules with their documentation,
//! results with places, fingerprints and suppressions, and what was not checked
//! as notifications of the run.

use std::io::{self, Write};

use super::anchor::{self, Anchors};
use super::answer::Tone;
use super::escape::{clean, clean_lines};
use super::sarif_shape::{
    Artifact, ArtifactChange, Configuration, Content, Descriptor, Driver, Fingerprints, Invocation, Level,
    Location, Log, Markdown, Mending, Notification, Physical, Region, Replacement, Result, RuleProperties,
    Run, Suppressed, Text, Tool,
};
use super::{Report, upgrade, write_json};
use crate::findings::{Confidence, Edit, Finding, Fix, Place, Severity, Suppression, SuppressionKind};
use crate::rules::Rule;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let anchors = Anchors::new(report);
    // If one result says whether it is suppressed, all have to.
    let any_suppressed = report.counts.suppressed > 0;
    let results = report.findings.iter().map(|finding| result(report, finding, &anchors, any_suppressed));
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: vec![Run {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    version: env!("CARGO_PKG_VERSION"),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: report.rules_run.iter().map(|rule| descriptor(rule)).collect(),
                },
            },
            invocations: vec![invocation(report)],
            results: results.collect(),
            column_kind: "unicodeCodePoints",
        }],
    };
    write_json(&log, out)
}

fn invocation(report: &Report) -> Invocation<'_> {
    let notes = report.not_checked.iter().map(|item| Notification {
        level: Level::Note,
        message: Text { text: clean(&format!("not checked: {}: {}; {}", item.what, item.why, item.how)) },
    });
    let upgrade = report.upgrade.iter().flat_map(|compared| {
        let (answer, tone) = upgrade::answer(report, compared);
        let level = match tone {
            Tone::Good => Level::Note,
            Tone::Unsure => Level::Warning,
            Tone::Bad => Level::Error,
        };
        let lines = upgrade::plain(report, compared).into_iter().map(|line| (Level::Note, line));
        std::iter::once((level, clean(&answer))).chain(lines)
    });
    let upgrade = upgrade.map(|(level, text)| Notification { level, message: Text { text } });
    Invocation {
        execution_successful: true,
        end_time_utc: &report.generated_at,
        machine: clean(&report.host),
        tool_execution_notifications: upgrade.chain(notes).collect(),
    }
}

fn descriptor(rule: &Rule) -> Descriptor {
    let sentences = format!("{} {}", rule.summary, rule.why);
    Descriptor {
        id: rule.name,
        name: friendly(rule.name),
        short_description: Text { text: rule.summary.to_owned() },
        full_description: Text { text: sentences.clone() },
        help: Markdown {
            text: format!("{sentences}\n\nHow to fix: {}\n\n{}", rule.fix, rule.example),
            markdown: format!(
                "{sentences}\n\n**How to fix:** {}\n\n```ini\n{}\n```\n\nSource: {}",
                rule.fix, rule.example, rule.source
            ),
        },
        default_configuration: Configuration { level: level(rule.severity) },
        properties: RuleProperties {
            tags: ["openstack", "keystone", "configuration"],
            precision: precision(rule.confidence),
            problem_severity: match rule.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Note => "recommendation",
            },
        },
    }
}

/// `RoleNotAccepted`, the spelling that SARIF wants beside the id.
fn friendly(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
    };
    name.split('-').filter_map(word).collect()
}

fn precision(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Certain => "very-high",
        Confidence::Likely => "high",
    }
}

fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Note => Level::Note,
    }
}

fn result<'r>(
    report: &Report,
    finding: &'r Finding,
    anchors: &Anchors<'r>,
    any_suppressed: bool,
) -> Result<'r> {
    let help = finding.help.as_ref().map(|help| format!("\n\nHelp: {help}"));
    let suppressions = finding.suppression.iter().map(suppression).collect();
    let related = finding.related.iter().enumerate().map(|(index, related)| Location {
        id: Some(index + 1),
        physical_location: physical(&related.place),
        message: Some(Text { text: clean(&related.message) }),
    });
    Result {
        rule_id: finding.rule,
        rule_index: report.rules_run.iter().position(|rule| rule.name == finding.rule),
        level: level(finding.severity),
        message: Text {
            text: clean_lines(&format!("{}{}", anchor::message(finding), help.unwrap_or_default())),
        },
        locations: location(finding, anchors).into_iter().collect(),
        related_locations: related.collect(),
        partial_fingerprints: Fingerprints { place: finding.fingerprint() },
        fixes: mending(finding).into_iter().collect(),
        suppressions: any_suppressed.then_some(suppressions),
    }
}

/// What stands in a manifest or came on standard input is no artifact by itself.
fn is_in_a_file(fix: &Fix) -> bool {
    &*fix.file != "-" && anchor::manifest(&fix.file).is_none()
}

/// All changes in one, since to SARIF several fixes are a choice.
fn mending(finding: &Finding) -> Option<Mending> {
    let replacement = |edit: &Edit| Replacement {
        deleted_region: Region {
            start_line: edit.line,
            start_column: edit.column,
            end_column: Some(edit.column + edit.width),
            snippet: None,
        },
        inserted_content: Content { text: edit.text.clone() },
    };
    let changes = finding.fixes.iter().filter(|fix| is_in_a_file(fix)).map(|fix| ArtifactChange {
        artifact_location: Artifact::of(&fix.file),
        replacements: fix.edits.iter().map(replacement).collect(),
    });
    let artifact_changes: Vec<ArtifactChange> = changes.collect();
    (!artifact_changes.is_empty()).then(|| Mending {
        description: finding.help.as_ref().map(|help| Text { text: clean_lines(help) }),
        artifact_changes,
    })
}

fn location<'r>(finding: &'r Finding, anchors: &Anchors<'r>) -> Option<Location> {
    let physical_location = match &finding.place {
        Some(place) => physical(place),
        None => Physical { artifact_location: Artifact::of(anchors.file(finding)?), region: None },
    };
    Some(Location { id: None, physical_location, message: None })
}

fn physical(place: &Place) -> Physical {
    if let Some((manifest, _)) = anchor::manifest(&place.file) {
        return Physical { artifact_location: Artifact::of(manifest), region: None };
    }
    // A masked line is shorter or longer than the one in the file, so only
    // where it starts is known.
    let exact = !place.source.is_empty() && !place.source.contains(crate::config::MASK);
    let snippet = (!place.source.is_empty()).then(|| Content { text: clean(&place.source) });
    Physical {
        artifact_location: Artifact::of(&place.file),
        region: Some(Region {
            start_line: place.line,
            start_column: place.column,
            end_column: exact.then(|| place.column + place.width),
            snippet,
        }),
    }
}

fn suppression(suppression: &Suppression) -> Suppressed {
    let until = suppression.until.as_ref().map(|day| format!("until {day}"));
    let parts: Vec<String> = suppression.reason.iter().map(|reason| clean(reason)).chain(until).collect();
    Suppressed {
        kind: match suppression.kind {
            SuppressionKind::Comment => "inSource",
            SuppressionKind::Baseline => "external",
        },
        status: "accepted",
        justification: (!parts.is_empty()).then(|| parts.join("; ")),
    }
}

//! Workflow commands of GitHub Actions: each finding becomes an annotation in
//! the change. GitHub shows ten of each kind per step, so the worst come first.

use std::io::{self, Write};

use super::anchor::{self, Anchors, shown};
use super::answer::Tone;
use super::escape::clean_lines;
use super::{Report, upgrade};
use crate::findings::{Finding, Severity};
use crate::text::plural;

/// Of the other places so many are named; an annotation has little room.
const RELATED: usize = 10;
use crate::trust::Upgrade;

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let anchors = Anchors::new(report);
    if let Some(compared) = &report.upgrade {
        out.write_all(upgrade_command(report, compared).as_bytes())?;
    }
    let mut findings: Vec<&Finding> =
        report.findings.iter().filter(|finding| finding.suppression.is_none()).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.iter().try_for_each(|finding| out.write_all(command(finding, &anchors).as_bytes()))
}

/// The answer about an upgrade and its steps, before everything else.
fn upgrade_command(report: &Report, compared: &Upgrade) -> String {
    let (answer, tone) = upgrade::answer(report, compared);
    let name = match tone {
        Tone::Good => "notice",
        Tone::Unsure => "warning",
        Tone::Bad => "error",
    };
    let text = [vec![answer], upgrade::plain(report, compared)].concat().join("\n");
    let title = property(&format!("nova-token-check: upgrade to {}", compared.to.id));
    format!("::{name} title={title}::{}\n", data(&text))
}

fn command<'r>(finding: &'r Finding, anchors: &Anchors<'r>) -> String {
    let name = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "notice",
    };
    let mut properties = Vec::new();
    if let Some(file) = anchors.file(finding) {
        let (file, line) = shown(file, finding);
        properties.push(format!("file={}", property(file)));
        if let (Some(line), Some(place)) = (line, &finding.place) {
            properties.push(format!("line={line}"));
            properties.push(format!("col={}", place.column));
        }
    }
    properties.push(format!("title={}", property(&format!("nova-token-check: {}", finding.rule))));
    format!("::{name} {}::{}\n", properties.join(","), data(&message(finding)))
}

/// The message, the other places and the cure, a line each.
fn message(finding: &Finding) -> String {
    let mut lines = vec![anchor::message(finding)];
    lines.extend(
        finding
            .related
            .iter()
            .take(RELATED)
            .map(|related| format!("{}:{}: {}", related.place.file, related.place.line, related.message)),
    );
    if let Some(more) = finding.related.len().checked_sub(RELATED).filter(|more| *more > 0) {
        lines.push(format!("and in {}", plural(more, "more place")));
    }
    lines.extend(finding.help.iter().map(|help| format!("help: {help}")));
    lines.join("\n")
}

/// Text behind the second `::`.
fn data(text: &str) -> String {
    clean_lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// The value of a property, which ends at a comma or a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

//! A finding in the JSON report.

use serde::Serialize;

use crate::findings::{Edit, Finding, Fix, Place, Related, SuppressionKind};

#[derive(Serialize)]
pub(super) struct FindingView<'r> {
    rule: &'static str,
    severity: &'static str,
    confidence: &'static str,
    under: Option<&'static str>,
    services: &'r [String],
    message: &'r str,
    help: Option<&'r str>,
    command: Option<&'r str>,
    fixes: Vec<FixView<'r>>,
    location: Option<LocationView<'r>>,
    related: Vec<RelatedView<'r>>,
    fingerprint: String,
    suppression: Option<SuppressionView<'r>>,
}

#[derive(Serialize)]
struct FixView<'r> {
    file: &'r str,
    edits: Vec<EditView<'r>>,
}

#[derive(Serialize)]
struct EditView<'r> {
    line: usize,
    column: usize,
    end_column: usize,
    text: &'r str,
}

#[derive(Serialize)]
struct LocationView<'r> {
    file: &'r str,
    line: usize,
    column: usize,
    end_column: usize,
    source: Option<&'r str>,
    section: Option<&'r str>,
    option: Option<&'r str>,
}

#[derive(Serialize)]
struct RelatedView<'r> {
    #[serde(flatten)]
    location: LocationView<'r>,
    message: &'r str,
    same: bool,
}

#[derive(Serialize)]
struct SuppressionView<'r> {
    kind: &'static str,
    reason: Option<&'r str>,
    until: Option<&'r str>,
}

pub(super) fn finding(finding: &Finding) -> FindingView<'_> {
    let location = finding.place.as_ref().map(|place| LocationView {
        section: finding.section.as_deref(),
        option: finding.option.as_deref(),
        ..location(place)
    });
    FindingView {
        rule: finding.rule,
        severity: finding.severity.name(),
        confidence: finding.confidence.name(),
        under: finding.under,
        services: &finding.services,
        message: &finding.message,
        help: finding.help.as_deref(),
        command: finding.cure.as_deref(),
        fixes: finding.fixes.iter().map(fix).collect(),
        location,
        related: finding.related.iter().map(|r| related(r)).collect(),
        fingerprint: finding.fingerprint(),
        suppression: finding.suppression.as_ref().map(|s| SuppressionView {
            kind: match s.kind {
                SuppressionKind::Comment => "comment",
                SuppressionKind::Baseline => "baseline",
            },
            reason: s.reason.as_deref(),
            until: s.until.as_deref(),
        }),
    }
}

/// A place alone; related ones have no section and no option.
fn location(place: &Place) -> LocationView<'_> {
    LocationView {
        file: &place.file,
        line: place.line,
        column: place.column,
        end_column: place.column + place.width,
        source: source(place),
        section: None,
        option: None,
    }
}

/// The line as it may be shown.
fn source(place: &Place) -> Option<&str> {
    Some(&*place.source).filter(|source| !source.is_empty())
}

fn fix(fix: &Fix) -> FixView<'_> {
    FixView { file: &fix.file, edits: fix.edits.iter().map(edit_view).collect() }
}

fn edit_view(edit: &Edit) -> EditView<'_> {
    let end_column = edit.column + edit.width;
    EditView { line: edit.line, column: edit.column, end_column, text: &edit.text }
}

fn related(related: &Related) -> RelatedView<'_> {
    RelatedView { location: location(&related.place), message: &related.message, same: related.same }
}

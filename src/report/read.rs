//! A JSON report read back. What it says is data of somebody else's machine: names
//! that this program does not know make it no report, and every text is cleaned
//! again where it is written.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::outline::{self, Outline, Outlined, ServiceOutline, Source};
use super::service::ServiceView;
use super::{Merged, NotChecked, ReleaseFrom, Report, json};
use crate::catalog::{InForce, OTHER_LOGINS, Release, Version};
use crate::config::printable;
use crate::findings::{
    self, Confidence, Edit, Finding, Fix, Place, Related, Severity, Suppression, SuppressionKind, Withheld,
};
use crate::rules::{self, Rule};
use crate::trust::{Judgement, Matrix, Row, Verdict};

/// Why a file is no report that this program can read.
#[derive(Debug, Error)]
pub enum ReadReportError {
    /// It is no JSON.
    #[error("no JSON: {0}")]
    NotJson(String),
    /// It is JSON of something else.
    #[error("no report of this program: its schema is {0}, not {schema:?}", schema = json::SCHEMA)]
    OtherSchema(String),
    /// Another version of this program made it.
    #[error("made by nova-token-check {0}, and this is {this}", this = env!("CARGO_PKG_VERSION"))]
    OtherVersion(String),
    /// It compares two releases.
    #[error("made with --upgrade-to, and reports of an upgrade cannot be merged")]
    Upgrade,
    /// A part of it is not as in a report.
    #[error("a broken report: {0}")]
    Broken(String),
}

impl ReadReportError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::OtherSchema(_) | Self::Broken(_) => {
                "write it with nova-token-check check --format json"
            }
            Self::OtherVersion(_) => "check and merge with one version of the program",
            Self::Upgrade => "leave --upgrade-to out, or look at each host's report by itself",
        }
    }
}

#[derive(Deserialize)]
struct Shape {
    generated_at: String,
    host: String,
    mode: String,
    assumed_roles: Option<Vec<String>>,
    incomplete: bool,
    merged: Vec<Merged>,
    release: ReleaseShape,
    rules_run: Vec<String>,
    services: Vec<ServiceView>,
    trust: Vec<RowShape>,
    findings: Vec<FindingShape>,
    not_checked: Vec<NotChecked>,
    summary: SummaryShape,
}

#[derive(Deserialize)]
struct ReleaseShape {
    series: String,
    from: String,
}

#[derive(Deserialize)]
struct RowShape {
    senders: Vec<String>,
    section: String,
    implicit: bool,
    receivers: Vec<String>,
    used: Option<bool>,
    verdict: String,
    matched_roles: Vec<String>,
    reason: String,
}

#[derive(Deserialize)]
struct FindingShape {
    rule: String,
    severity: String,
    confidence: String,
    services: Vec<String>,
    message: String,
    help: Option<String>,
    command: Option<String>,
    fixes: Vec<FixShape>,
    location: Option<LocationShape>,
    related: Vec<LocationShape>,
    suppression: Option<SuppressionShape>,
}

#[derive(Deserialize)]
struct FixShape {
    file: String,
    edits: Vec<EditShape>,
}

#[derive(Deserialize)]
struct EditShape {
    line: usize,
    column: usize,
    end_column: usize,
    text: String,
}

#[derive(Deserialize)]
struct LocationShape {
    file: String,
    line: usize,
    column: usize,
    end_column: usize,
    source: Option<String>,
    section: Option<String>,
    option: Option<String>,
    #[serde(default)]
    message: String,
    #[serde(default)]
    same: bool,
}

#[derive(Deserialize)]
struct SuppressionShape {
    kind: String,
    reason: Option<String>,
    until: Option<String>,
}

#[derive(Deserialize)]
struct SummaryShape {
    files: usize,
    logins: usize,
    requests: usize,
}

/// Reads a report's text.
///
/// # Errors
///
/// It is no report of this version of the program.
pub fn read(text: &[u8]) -> Result<Report, ReadReportError> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| ReadReportError::NotJson(printable(&error.to_string())))?;
    let shown = |value: &Value| printable(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    if value["schema"] != json::SCHEMA {
        return Err(ReadReportError::OtherSchema(shown(&value["schema"])));
    }
    if value["tool"]["version"] != env!("CARGO_PKG_VERSION") {
        return Err(ReadReportError::OtherVersion(shown(&value["tool"]["version"])));
    }
    if !value["upgrade"].is_null() {
        return Err(ReadReportError::Upgrade);
    }
    let shape: Shape = serde_json::from_value(value)
        .map_err(|error| ReadReportError::Broken(printable(&error.to_string())))?;
    report(shape).ok_or_else(|| {
        ReadReportError::Broken("it names a service, rule, release or verdict that there is not".to_owned())
    })
}

fn report(shape: Shape) -> Option<Report> {
    let services: Vec<Outlined> = shape.services.into_iter().map(service).collect::<Option<_>>()?;
    let rows = shape.trust.into_iter().map(|shape| row(shape, &services)).collect::<Option<_>>()?;
    let findings: Vec<Finding> = shape.findings.into_iter().map(finding).collect::<Option<_>>()?;
    let rules = shape.rules_run.iter().map(|name| rules::find(name));
    let from = [ReleaseFrom::Flag, ReleaseFrom::Installed, ReleaseFrom::Assumed];
    Some(Report {
        generated_at: shape.generated_at,
        host: shape.host,
        release: Release::find(&shape.release.series)?,
        release_from: from.into_iter().find(|from| from.name() == shape.release.from)?,
        facts: Outline {
            services,
            live: shape.mode == "live",
            assumed_roles: shape.assumed_roles,
            incomplete: shape.incomplete,
            sent: Vec::new(),
            requests: shape.summary.requests,
            logins: shape.summary.logins,
        },
        matrix: Matrix { rows },
        upgrade: None,
        rules_run: rules.collect::<Option<Vec<&'static Rule>>>()?,
        counts: findings::count(&findings),
        findings,
        not_checked: shape.not_checked,
        files: shape.summary.files,
        merged: shape.merged,
    })
}

fn service(view: ServiceView) -> Option<Outlined> {
    let release = Release::find(&view.release)?;
    let keystonemiddleware = Version::parse(&view.keystonemiddleware)?;
    Some(Outlined {
        service: ServiceOutline {
            name: view.name.clone(),
            id: view.id.clone(),
            file: view.paths.first().cloned(),
            paths: view.paths.clone(),
            in_force: InForce { keystonemiddleware, ..InForce::from(release) },
            logins: view.logins.iter().map(|login| login.section.clone()).collect(),
            holders: view.senders.iter().map(|sender| sender.section.clone()).collect(),
            packages: outline::packages(&view.packages),
        },
        is_receiver: view.receiver.is_some(),
        host: view.host.clone(),
        source: Source::Report(Box::new(view)),
    })
}

fn row(shape: RowShape, services: &[Outlined]) -> Option<Row> {
    let index = |id: &String| services.iter().position(|known| known.service.id == *id);
    let indices = |ids: &[String]| ids.iter().map(index).collect::<Option<Vec<usize>>>();
    let (senders, receivers) = (indices(&shape.senders)?, indices(&shape.receivers)?);
    let name = |indices: &[usize]| Some(services[*indices.first()?].service.name.clone());
    let own = ["service_user", "barbican_service_user", "keystone_authtoken"];
    // ironic sends from the sections of the services it calls.
    let mut sections = own.into_iter().chain(OTHER_LOGINS.iter().map(|login| login.section));
    let verdicts = [
        Verdict::Trusted,
        Verdict::Rejected,
        Verdict::Ignored,
        Verdict::NotSent,
        Verdict::Broken,
        Verdict::Unknown,
    ];
    Some(Row {
        sender_name: name(&senders)?,
        receiver_name: name(&receivers)?,
        senders,
        section: sections.find(|section| *section == shape.section)?,
        implicit: shape.implicit,
        receivers,
        used: shape.used,
        judgement: Judgement {
            verdict: verdicts.into_iter().find(|verdict| verdict.name() == shape.verdict)?,
            matched: shape.matched_roles,
            reason: shape.reason,
        },
    })
}

fn finding(shape: FindingShape) -> Option<Finding> {
    let rule = rules::find(&shape.rule)?.name;
    let severity = [Severity::Error, Severity::Warning, Severity::Note];
    let severity = severity.into_iter().find(|severity| severity.name() == shape.severity)?;
    let mut finding = Finding::new(rule, severity, "");
    // The message may be longer than a message of this run.
    finding.message = shape.message;
    if shape.confidence == Confidence::Likely.name() {
        finding = finding.likely();
    }
    finding.services = shape.services;
    finding.help = shape.help;
    finding.cure = shape.command;
    finding.fixes = shape.fixes.into_iter().map(fix).collect();
    if let Some(location) = shape.location {
        finding.section.clone_from(&location.section);
        finding.option.clone_from(&location.option);
        finding.place = Some(place(&location));
    }
    finding.related = shape
        .related
        .iter()
        .map(|related| Related {
            place: place(related),
            message: related.message.clone(),
            same: related.same,
        })
        .collect();
    finding.suppression = shape.suppression.map(|suppression| Suppression {
        kind: if suppression.kind == "comment" {
            SuppressionKind::Comment
        } else {
            SuppressionKind::Baseline
        },
        reason: suppression.reason,
        until: suppression.until,
    });
    Some(finding)
}

fn fix(shape: FixShape) -> Fix {
    let edit = |edit: EditShape| Edit {
        line: edit.line,
        column: edit.column,
        width: edit.end_column.saturating_sub(edit.column),
        text: edit.text,
    };
    Fix {
        file: Arc::from(shape.file),
        edits: shape.edits.into_iter().map(edit).collect(),
        lines: Err(Withheld::Elsewhere),
    }
}

fn place(shape: &LocationShape) -> Place {
    Place {
        file: Arc::from(shape.file.as_str()),
        line: shape.line.max(1),
        column: shape.column.max(1),
        width: shape.end_column.saturating_sub(shape.column),
        source: Arc::from(shape.source.as_deref().unwrap_or_default()),
    }
}

//! The report for programs. Fields may be added, none renamed or removed.
//!
//! The structs here are the published shape and nothing else; they are not the
//! types that the rest of the program works with.

mod finding;
mod upgrade;

use std::io::{self, Write};

use finding::{FindingView, finding};
use serde::Serialize;
use upgrade::{UpgradeView, upgrade};

use super::outline::Outlined;
use super::service::ServiceView;
use super::{Merged, NotChecked, Report, write_json};
use crate::trust::Row;

/// The name of this shape.
pub(super) const SCHEMA: &str = "nova-token-check/report/1";

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_json(&view(report), out)
}

#[derive(Serialize)]
struct View<'r> {
    schema: &'static str,
    tool: Tool,
    generated_at: &'r str,
    host: &'r str,
    mode: &'static str,
    assumed_roles: Option<&'r [String]>,
    incomplete: bool,
    merged: &'r [Merged],
    release: ReleaseView,
    rules_run: Vec<&'static str>,
    services: Vec<ServiceView>,
    trust: Vec<RowView<'r>>,
    upgrade: Option<UpgradeView<'r>>,
    findings: Vec<FindingView<'r>>,
    not_checked: &'r [NotChecked],
    summary: Summary,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct ReleaseView {
    series: &'static str,
    from: &'static str,
}

#[derive(Serialize)]
struct RowView<'r> {
    senders: Vec<&'r str>,
    section: &'static str,
    implicit: bool,
    receivers: Vec<&'r str>,
    used: Option<bool>,
    verdict: &'static str,
    matched_roles: &'r [String],
    reason: &'r str,
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
    notes: usize,
    suppressed: usize,
    services: usize,
    files: usize,
    logins: usize,
    requests: usize,
}

fn view(report: &Report) -> View<'_> {
    let facts = &report.facts;
    View {
        schema: SCHEMA,
        tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
        generated_at: &report.generated_at,
        host: &report.host,
        mode: if facts.live { "live" } else { "offline" },
        assumed_roles: facts.assumed_roles.as_deref(),
        incomplete: facts.incomplete(),
        merged: &report.merged,
        release: ReleaseView { series: report.release.id, from: report.release_from.name() },
        rules_run: report.rules_run.iter().map(|rule| rule.name).collect(),
        services: facts.services.iter().map(Outlined::view).collect(),
        trust: report.matrix.rows.iter().map(|row| row_view(report, row)).collect(),
        upgrade: report.upgrade.as_ref().map(|compared| upgrade(report, compared)),
        findings: report.findings.iter().map(finding).collect(),
        not_checked: &report.not_checked,
        summary: Summary {
            errors: report.counts.errors,
            warnings: report.counts.warnings,
            notes: report.counts.notes,
            suppressed: report.counts.suppressed,
            services: facts.services.len(),
            files: report.files,
            logins: facts.logins,
            requests: facts.requests,
        },
    }
}

fn ids<'r>(report: &'r Report, indices: &[usize]) -> Vec<&'r str> {
    indices.iter().map(|&i| report.facts.services[i].service.id.as_str()).collect()
}

fn row_view<'r>(report: &'r Report, row: &'r Row) -> RowView<'r> {
    RowView {
        senders: ids(report, &row.senders),
        section: row.section,
        implicit: row.implicit,
        receivers: ids(report, &row.receivers),
        used: row.used,
        verdict: row.judgement.verdict.name(),
        matched_roles: &row.judgement.matched,
        reason: &row.judgement.reason,
    }
}

//! The report for programs. Fields may be added, none renamed or removed.
//!
//! The structs here are the published shape and nothing else; they are not the
//! types that the rest of the program works with.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::probed::{self, Probed};
use super::{Merged, NotChecked, Report, write_json};
use crate::config::{mask, printable};
use crate::deployment::Packages;
use crate::facts::{LoginState, ServiceFacts};
use crate::findings::{Edit, Finding, Fix, Place, Related, SuppressionKind};
use crate::keystone::TokenFacts;
use crate::service::{Login, LoginPlan};
use crate::trust::{Row, Step, Upgrade};

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
    services: Vec<&'r Value>,
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
struct ServiceView<'r> {
    name: &'r str,
    id: &'r str,
    process: Option<&'static str>,
    method: Option<&'static str>,
    paths: &'r [String],
    release: &'static str,
    keystonemiddleware: String,
    packages: Vec<PackageView<'r>>,
    senders: Vec<SenderView<'r>>,
    receiver: Option<ReceiverView<'r>>,
    logins: Vec<OtherLoginView<'r>>,
    probes: Vec<Probed>,
}

#[derive(Serialize)]
struct OtherLoginView<'r> {
    section: &'static str,
    target: &'static str,
    auth_type: Option<&'r str>,
    login: LoginView,
}

#[derive(Serialize)]
struct PackageView<'r> {
    name: &'r str,
    version: &'r str,
    within: &'r str,
}

#[derive(Serialize)]
struct SenderView<'r> {
    section: &'static str,
    implicit: bool,
    sends: bool,
    auth_type: Option<&'r str>,
    login: LoginView,
}

#[derive(Serialize)]
struct ReceiverView<'r> {
    service_token_roles: &'r [String],
    service_token_roles_required: bool,
    delay_auth_decision: bool,
    login: LoginView,
    can_validate: Option<bool>,
    can_validate_from: Option<&'static str>,
}

#[derive(Serialize)]
struct LoginView {
    status: &'static str,
    auth_url: Option<String>,
    user: Option<String>,
    project: Option<String>,
    roles: Option<Vec<String>>,
    expires_at: Option<String>,
    identity: Option<String>,
    detail: Option<String>,
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
struct UpgradeView<'r> {
    from: &'static str,
    to: &'static str,
    trust: Vec<TrustChangeView<'r>>,
    options: Vec<OptionChangeView<'r>>,
    changes: Vec<ChangeView>,
    outcome: &'static str,
    answer: String,
    steps: Vec<StepView<'r>>,
}

#[derive(Serialize)]
struct StepView<'r> {
    what: &'r str,
    command: Option<&'r str>,
    release: &'static str,
    source: &'r str,
}

#[derive(Serialize)]
struct TrustChangeView<'r> {
    senders: Vec<&'r str>,
    section: &'static str,
    implicit: bool,
    receivers: Vec<&'r str>,
    used: Option<bool>,
    before: &'static str,
    after: &'static str,
    reason: &'r str,
}

#[derive(Serialize)]
struct OptionChangeView<'r> {
    service: &'r str,
    section: &'static str,
    option: &'r str,
    change: &'static str,
    detail: &'r str,
}

#[derive(Serialize)]
struct ChangeView {
    release: &'static str,
    what: &'static str,
    before: Option<&'static str>,
    source: &'static str,
}

#[derive(Serialize)]
struct FindingView<'r> {
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
    file: &'r str,
    line: usize,
    column: usize,
    end_column: usize,
    source: Option<&'r str>,
    section: Option<&'r str>,
    option: Option<&'r str>,
    message: &'r str,
    same: bool,
}

#[derive(Serialize)]
struct SuppressionView<'r> {
    kind: &'static str,
    reason: Option<&'r str>,
    until: Option<&'r str>,
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
        services: facts.services.iter().map(|known| &known.view).collect(),
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

/// A service as the report has it.
pub(super) fn service(facts: &ServiceFacts) -> Value {
    // A struct of texts and numbers is a value whatever is in it.
    serde_json::to_value(service_view(facts)).unwrap_or_default()
}

fn service_view(facts: &ServiceFacts) -> ServiceView<'_> {
    let service = &facts.service;
    let senders = service.senders.iter().zip(&facts.senders).map(|(sender, state)| SenderView {
        section: sender.section,
        implicit: sender.implicit,
        sends: sender.sends(),
        auth_type: sender.login.auth_type.as_deref(),
        login: login(&sender.login, state),
    });
    let receiver =
        service.receiver.as_ref().zip(facts.receiver.as_ref()).map(|(receiver, known)| ReceiverView {
            service_token_roles: &receiver.accepted,
            service_token_roles_required: receiver.required,
            delay_auth_decision: receiver.deferred,
            login: login(&receiver.login, &known.login),
            can_validate: known.validation.can_validate(),
            can_validate_from: match known.validation {
                crate::facts::ValidationState::Assumed(_) => Some("assumed"),
                _ => known.validation.can_validate().map(|_| "observed"),
            },
        });
    let logins = facts.other_logins().map(|(other, state)| OtherLoginView {
        section: other.purpose.section,
        target: other.purpose.target.label(),
        auth_type: other.login.auth_type.as_deref(),
        login: login(&other.login, state),
    });
    ServiceView {
        name: &service.name,
        id: &service.id,
        process: service.process,
        method: service.method,
        paths: &service.paths,
        release: service.in_force.release.id,
        keystonemiddleware: service.in_force.keystonemiddleware.to_string(),
        packages: service.packages.as_deref().map(packages).unwrap_or_default(),
        senders: senders.collect(),
        receiver,
        logins: logins.collect(),
        probes: probed::of(facts),
    }
}

fn packages(found: &Packages) -> Vec<PackageView<'_>> {
    let all = found.service.iter().chain(&found.keystonemiddleware).chain(&found.keystoneauth);
    all.map(|p| PackageView { name: &p.name, version: &p.version, within: &p.within }).collect()
}

fn login(login: &Login, state: &LoginState) -> LoginView {
    let credential = match &login.plan {
        LoginPlan::Ready(credential) => Some(credential),
        _ => None,
    };
    let token = state.token();
    let (status, detail) = match state {
        LoginState::Ok(_) => ("ok", None),
        LoginState::Refused { status, detail } => {
            ("refused", Some(format!("Keystone answers {status}: {detail}")))
        }
        LoginState::Unreachable(fault) => ("unreachable", Some(fault.summary())),
        LoginState::Invalid(_) => {
            ("invalid", Some("the section does not make a login that can work".to_owned()))
        }
        LoginState::Skipped { why } => ("skipped", Some(why.reason())),
    };
    let user = token.map(|t| t.user.clone()).or_else(|| credential?.user_label().map(str::to_owned));
    let project = token
        .and_then(|t| t.project().map(str::to_owned))
        .or_else(|| credential?.scope.project_label().map(str::to_owned));
    LoginView {
        status,
        auth_url: login.auth_url.as_deref().map(|url| printable(&mask(url, false))),
        user: user.map(|user| printable(&user)),
        project: project.map(|project| printable(&project)),
        roles: token.map(roles),
        expires_at: token.and_then(|t| t.expires_at.clone()),
        identity: credential.map(|credential| credential.identity()),
        detail,
    }
}

fn roles(token: &TokenFacts) -> Vec<String> {
    token.roles.iter().map(|role| printable(role)).collect()
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

fn upgrade<'r>(report: &'r Report, upgrade: &'r Upgrade) -> UpgradeView<'r> {
    let (outcome, answer) = super::upgrade::outcome(report, upgrade);
    UpgradeView {
        from: upgrade.from.id,
        to: upgrade.to.id,
        trust: upgrade
            .trust
            .iter()
            .map(|change| TrustChangeView {
                senders: ids(report, &change.senders),
                section: change.section,
                implicit: change.implicit,
                receivers: ids(report, &change.receivers),
                used: change.used,
                before: change.before.name(),
                after: change.after.name(),
                reason: &change.reason,
            })
            .collect(),
        options: upgrade
            .options
            .iter()
            .map(|change| OptionChangeView {
                service: &report.facts.services[change.service].service.id,
                section: change.section,
                option: &change.option,
                change: change.kind.name(),
                detail: &change.detail,
            })
            .collect(),
        changes: upgrade
            .changes
            .iter()
            .map(|c| ChangeView { release: c.release, what: c.what, before: c.before, source: c.source })
            .collect(),
        outcome: outcome.name(),
        answer: super::escape::clean(&answer),
        steps: upgrade.steps.iter().map(step).collect(),
    }
}

fn step(step: &Step) -> StepView<'_> {
    StepView {
        what: &step.what,
        command: step.command.as_deref(),
        release: step.release,
        source: &step.source,
    }
}

fn finding(finding: &Finding) -> FindingView<'_> {
    let location = finding.place.as_ref().map(|place| LocationView {
        file: &place.file,
        line: place.line,
        column: place.column,
        end_column: place.column + place.width,
        source: source(place),
        section: finding.section.as_deref(),
        option: finding.option.as_deref(),
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
    let place = &related.place;
    RelatedView {
        file: &place.file,
        line: place.line,
        column: place.column,
        end_column: place.column + place.width,
        source: source(place),
        section: None,
        option: None,
        message: &related.message,
        same: related.same,
    }
}

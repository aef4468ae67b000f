//! What the page shows: plain texts, taken from the report.

use askama::Template;

use crate::findings::{Confidence, Finding, Place, Suppression, SuppressionKind};
use crate::report::anchor::{Anchors, subject};
use crate::report::answer::{self, Tone};
use crate::report::crowd::some;
use crate::report::escape::{clean, clean_lines};
use crate::report::grid::{self, Cell};
use crate::report::outline::Outlined;
use crate::report::release::release;
use crate::report::service::SenderView;
use crate::report::snippet::repeats;
use crate::report::{Report, cures, probed, upgrade};
use crate::text::plural;
use crate::trust::Row;

/// More findings than this no browser shows with grace; the worst are shown
/// and the page says how many are not.
const MAX_FINDINGS: usize = 3000;

/// Of the other places that a finding is the same at, this many are shown at once.
const SAME_SHOWN: usize = 5;

#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page {
    version: &'static str,
    answer: String,
    tone: &'static str,
    counts: String,
    made: String,
    release: String,
    columns: Vec<String>,
    lines: Vec<LineView>,
    implicit: bool,
    reasons: Vec<Reason>,
    upgrade: Option<upgrade::Lines>,
    findings: Vec<FindingView>,
    unshown: usize,
    commands: Vec<String>,
    suppressed: Vec<SuppressedView>,
    severities: Vec<(&'static str, usize)>,
    rules: Vec<String>,
    services: Vec<ServiceView>,
    probed: Vec<String>,
    not_checked: Vec<(String, String)>,
    rules_run: Vec<(&'static str, &'static str)>,
}

struct LineView {
    label: String,
    /// The sender, for narrow screens; the class; the word.
    cells: Vec<(String, &'static str, &'static str)>,
}

struct Reason {
    pair: String,
    class: &'static str,
    text: String,
}

struct FindingView {
    severity: &'static str,
    likely: bool,
    rule: &'static str,
    message: String,
    /// As shown, and as the filter compares.
    services: String,
    ids: String,
    subject: String,
    places: Vec<PlaceView>,
    /// Other places that are the same, folded away.
    more: Vec<PlaceView>,
    help: String,
}

struct PlaceView {
    at: String,
    message: String,
    line: usize,
    /// The line before, within and behind the stretch that is meant.
    before: String,
    marked: String,
    after: String,
}

struct SuppressedView {
    rule: &'static str,
    message: String,
    why: String,
}

struct ServiceView {
    id: String,
    paths: String,
    release: &'static str,
    roles: String,
    senders: String,
}

pub(super) fn page(report: &Report) -> Page {
    let grid = grid::grid(report, false);
    let anchors = Anchors::new(report);
    let (answer, tone) = answer::answer(report);
    let (suppressed, counted): (Vec<&Finding>, Vec<&Finding>) =
        report.findings.iter().partition(|finding| finding.suppression.is_some());
    let mut rules: Vec<String> = counted.iter().map(|finding| finding.rule.to_owned()).collect();
    rules.sort();
    rules.dedup();
    Page {
        version: env!("CARGO_PKG_VERSION"),
        answer: clean(&answer),
        tone: match tone {
            Tone::Good => "good",
            Tone::Bad => "bad",
            Tone::Unsure => "unsure",
        },
        counts: answer::counts(report),
        made: made(report),
        release: release(report),
        implicit: grid.columns.iter().any(|label| label.contains("-api*")),
        lines: grid.lines.iter().map(|line| line_view(line, &grid.columns)).collect(),
        columns: grid.columns,
        reasons: report.matrix.rows.iter().filter(|row| row.used != Some(false)).map(reason).collect(),
        upgrade: report.upgrade.as_ref().map(|compared| upgrade::lines(report, compared)),
        findings: counted.iter().take(MAX_FINDINGS).map(|finding| finding_view(finding, &anchors)).collect(),
        unshown: counted.len().saturating_sub(MAX_FINDINGS),
        commands: cures::commands(report),
        suppressed: suppressed.iter().take(MAX_FINDINGS).map(|finding| suppressed_view(finding)).collect(),
        severities: severities(report),
        rules,
        services: report.facts.services.iter().map(service_view).collect(),
        probed: probed::lines(report).iter().map(|line| clean(line)).collect(),
        not_checked: report
            .not_checked
            .iter()
            .map(|item| (clean(&item.what), clean(&format!("{}; {}", item.why, item.how))))
            .collect(),
        rules_run: report.rules_run.iter().map(|rule| (rule.name, rule.summary)).collect(),
    }
}

fn made(report: &Report) -> String {
    let how = if report.facts.live {
        let (logins, requests) = (report.facts.logins, report.facts.requests);
        format!("live, {}, {}", plural(logins, "login"), plural(requests, "request"))
    } else {
        "offline".to_owned()
    };
    clean(&format!("{} on {}, {how}", report.generated_at, report.host))
}

fn severities(report: &Report) -> Vec<(&'static str, usize)> {
    let counts = report.counts;
    let all = [("error", counts.errors), ("warning", counts.warnings), ("note", counts.notes)];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn line_view(line: &grid::Line, columns: &[String]) -> LineView {
    let cell = |(content, column): (&Option<Cell>, &String)| match content {
        None => (clean(column), "none", ""),
        Some((_, Some(false))) => (clean(column), "none", "-"),
        Some((verdict, _)) => (clean(column), verdict.name(), verdict.name()),
    };
    LineView { label: clean(&line.label), cells: line.cells.iter().zip(columns).map(cell).collect() }
}

fn reason(row: &Row) -> Reason {
    let times = |members: &[usize]| match members {
        [_] => String::new(),
        many => format!(" x{}", many.len()),
    };
    let section = if row.implicit { "by itself" } else { "" };
    let section = format!("[{}] {section}", row.section);
    let section = section.trim_end();
    Reason {
        pair: clean(&format!(
            "{}{} {section} → {}{}",
            row.sender_name,
            times(&row.senders),
            row.receiver_name,
            times(&row.receivers)
        )),
        class: row.judgement.verdict.name(),
        text: clean(&row.judgement.reason),
    }
}

fn finding_view<'r>(finding: &'r Finding, anchors: &Anchors<'r>) -> FindingView {
    let mut places: Vec<PlaceView> = finding.place.iter().map(|place| place_view(place, "")).collect();
    if places.is_empty() {
        places.extend(anchors.file(finding).map(file_view));
    }
    let mut more = Vec::new();
    let mut same = 0;
    for related in &finding.related {
        let mut view = place_view(&related.place, &related.message);
        if repeats(finding, related) {
            (view.before, view.marked, view.after) = (String::new(), String::new(), String::new());
        }
        same += usize::from(related.same);
        if related.same && same > SAME_SHOWN { more.push(view) } else { places.push(view) }
    }
    FindingView {
        severity: finding.severity.name(),
        likely: finding.confidence == Confidence::Likely,
        rule: finding.rule,
        message: clean(&finding.message),
        services: clean(&some(&finding.services)),
        // An id holds no line end, so one parts them.
        ids: finding.services.iter().map(|id| clean(id)).collect::<Vec<_>>().join("\n"),
        subject: clean(&subject(finding)),
        places,
        more,
        help: finding.help.as_deref().map(clean_lines).unwrap_or_default(),
    }
}

fn file_view(file: &str) -> PlaceView {
    PlaceView {
        at: clean(file),
        message: String::new(),
        line: 0,
        before: String::new(),
        marked: String::new(),
        after: String::new(),
    }
}

fn place_view(place: &Place, message: &str) -> PlaceView {
    if place.is_whole_file() {
        return PlaceView { message: clean(message), ..file_view(&place.file) };
    }
    let source = clean(&place.source);
    let part = |from: usize, count: usize| source.chars().skip(from).take(count).collect::<String>();
    let start = place.column.saturating_sub(1);
    PlaceView {
        at: clean(&format!("{}:{}", place.file, place.line)),
        message: clean(message),
        line: place.line,
        before: part(0, start),
        marked: part(start, place.width),
        after: part(start + place.width, usize::MAX),
    }
}

fn suppressed_view(finding: &Finding) -> SuppressedView {
    let why = |suppression: &Suppression| {
        let kind = match suppression.kind {
            SuppressionKind::Comment => "a comment",
            SuppressionKind::Baseline => "the baseline",
        };
        let until = suppression.until.as_ref().map(|day| format!(", until {day}"));
        let reason = suppression.reason.as_ref().map(|reason| format!(": {reason}"));
        format!("{kind}{}{}", until.unwrap_or_default(), reason.unwrap_or_default())
    };
    SuppressedView {
        rule: finding.rule,
        message: clean(&finding.message),
        why: clean(&finding.suppression.as_ref().map(why).unwrap_or_default()),
    }
}

fn service_view(known: &Outlined) -> ServiceView {
    let (service, view) = (&known.service, known.view());
    let senders: Vec<String> = view.senders.iter().map(sender).collect();
    let roles = view.receiver.map(|receiver| {
        let required = if receiver.service_token_roles_required { "required" } else { "not required" };
        format!("{} ({required})", receiver.service_token_roles.join(", "))
    });
    ServiceView {
        id: clean(&service.id),
        paths: clean(&service.paths.join(", ")),
        release: service.in_force.release.id,
        roles: clean(&roles.unwrap_or_default()),
        senders: clean(&senders.join("; ")),
    }
}

fn sender(sender: &SenderView) -> String {
    let roles = sender.login.roles.as_deref().filter(|roles| !roles.is_empty());
    let roles = roles.map(|roles| format!(": {}", roles.join(", "))).unwrap_or_default();
    let off = if sender.sends { "" } else { " (does not send)" };
    let by_itself = if sender.implicit { " by itself" } else { "" };
    format!("[{}]{by_itself}{off}{roles}", sender.section)
}

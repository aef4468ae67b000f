//! The report that all formats are tested with: names and values as nasty as a
//! file system and a configuration allow, a secret that must not come out, and
//! findings of every kind.

use std::sync::Arc;

use super::{NotChecked, Outline, ReleaseFrom, Report};
use crate::catalog::Release;
use crate::config::{Configuration, Environment, Layer, TextLine};
use crate::facts::{self, Asking};
use crate::findings::{self, Edit, Finding, Fix, Place, Severity, Suppression, SuppressionKind};
use crate::ini::Document;
use crate::rules::{self, RULES};
use crate::service::{Identity, Service};
use crate::trust;

/// A file name that means something in every format.
pub(super) const NASTY: &str =
    "./a b/\u{1b}[31m\"'&<script>alert(1)</script>%0A::,:\u{202e}\u{9b}\u{e9}\n.conf";

/// A password that no format may show.
pub(super) const SECRET: &str = "hunter2-canary";

const NOVA: &str = "\
[service_user]
send_service_user_token = true
auth_type = password
auth_url = http://nova:hunter2-canary@127.0.0.1:1/v3
username = nova
password = hunter2-canary
project_name = service
user_domain_name = Default
project_domain_name = Default
[keystone_authtoken]
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = nova
password = hunter2-canary
project_name = service
user_domain_name = Default
project_domain_name = Default
";

const CINDER: &str = "\
[keystone_authtoken]
auth_type = password
auth_url = http://127.0.0.1:1/v3
username = cinder
password = hunter2-canary
project_name = service
user_domain_name = Default
project_domain_name = Default
service_token_roles = <script>alert(2)</script>%0A::\u{1b}]8;;x\u{7}]]>
";

fn service(id: &str, file: &str, text: &str) -> Service {
    let document = Document::parse(text.to_owned()).unwrap();
    let layer = Layer::new(Arc::from(file), document);
    let identity = Identity {
        name: id.split('@').next().unwrap().to_owned(),
        id: id.to_owned(),
        process: None,
        method: None,
        paths: vec![file.to_owned()],
        packages: None,
    };
    let configuration = Configuration::new(vec![layer], Environment::default());
    Service::new(identity, Arc::new(configuration), Release::newest().into())
}

/// The shared report.
pub(super) fn report() -> Report {
    let services = vec![
        service("nova", "etc/nova/nova.conf", NOVA),
        service(&format!("cinder@{NASTY}"), NASTY, CINDER),
        service("glance", "etc/glance/glance-api.conf", NOVA),
    ];
    of(services, extra())
}

/// A report of so many findings of one rule and one note each.
pub(super) fn crowd(count: usize) -> Report {
    let findings = (0..count).flat_map(|i| {
        let file = Arc::from(format!("etc/nova-{i}.conf"));
        let finding = Finding::new("option-missing", Severity::Error, format!("finding {i}"));
        let note = Finding::new("option-without-effect", Severity::Note, format!("note {i}"));
        let place = Some(Place::of_line(&file, 7));
        [
            finding.of("nova").at(place.clone()).help("do this").fix(Some(fix(&file))),
            note.of("nova").at(place),
        ]
    });
    of(vec![service("nova", "etc/nova.conf", NOVA)], findings.collect())
}

fn of(services: Vec<Service>, extra: Vec<Finding>) -> Report {
    let asking = Asking { assumed_roles: Some(vec!["member".to_owned()]), ..Asking::offline() };
    let facts = facts::gather(services, &asking, None).unwrap();
    let matrix = trust::matrix(&facts);
    let mut findings = rules::check(&rules::Context::new(&facts, &matrix), |_| true);
    findings.extend(extra);
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Report {
        generated_at: "2026-01-02T03:04:05Z".to_owned(),
        host: "host<1>".to_owned(),
        release: Release::newest(),
        release_from: ReleaseFrom::Assumed,
        counts: findings::count(&findings),
        facts: Outline::of(facts),
        matrix,
        upgrade: None,
        rules_run: RULES.to_vec(),
        findings,
        not_checked: vec![NotChecked {
            what: format!("the file {NASTY}"),
            why: "of no \u{1b}known service".to_owned(),
            how: "give it as NAME=PATH".to_owned(),
        }],
        files: 3,
        merged: Vec::new(),
    }
}

/// `Name` becomes `name` in line 7.
fn fix(file: &Arc<str>) -> Fix {
    Fix {
        file: Arc::clone(file),
        edits: vec![Edit { line: 7, column: 1, width: 4, text: "name".to_owned() }],
        lines: Ok(vec![TextLine { number: 7, text: "Name = x\n".to_owned(), last: false }]),
    }
}

fn extra() -> Vec<Finding> {
    let file: Arc<str> = Arc::from(NASTY);
    let place = Place { line: 3, column: 5, width: 4, source: Arc::from("a = <b>%::\u{e9} \"q\""), file };
    let suppressed = |kind, reason: Option<&str>| {
        Some(Suppression { kind, reason: reason.map(str::to_owned), until: Some("2027-01-01".to_owned()) })
    };
    let message = format!("what {NASTY} says");
    let warning = Finding::new("login-refused", Severity::Warning, message.clone())
        .of("nova")
        .of(&format!("cinder@{NASTY}"))
        .at(Some(place.clone()))
        .section("sec]tion<")
        .option("opt%ion")
        .help("100% \"cure\"\nin <two> lines, it's::said")
        .see(Some(&place), "see, here: %")
        .fix(Some(fix(&place.file)))
        .likely();
    let mut by_comment = Finding::new("scope-missing", Severity::Error, message).of("nova").at(Some(place));
    by_comment.suppression = suppressed(SuppressionKind::Comment, Some("a <good> reason"));
    let mut by_baseline = by_comment.clone();
    by_baseline.suppression = suppressed(SuppressionKind::Baseline, None);
    let nowhere = Finding::new("keystone-unreachable", Severity::Warning, "no place").of("glance");
    let nobody = Finding::new("keystone-unreachable", Severity::Note, "no place and no service");
    vec![warning.clone(), warning, by_comment, by_baseline, nowhere, nobody]
}

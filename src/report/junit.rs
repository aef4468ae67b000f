//! JUnit XML, for the test pages of CI systems: a suite per service, a case per
//! rule. What was found fails, what was suppressed or could not be looked at is
//! skipped, and a rule that found nothing passes, so that the page shows what
//! was tested as well as what is wrong.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::anchor::{Anchors, shown, subject};
use super::answer::Tone;
use super::escape::{xml, xml_attribute};
use super::snippet::full;
use super::{Report, Style, Verbosity, upgrade};
use crate::findings::{Finding, Severity, SuppressionKind};
use crate::trust::Upgrade;

/// A suite as it grows.
struct Suite<'r> {
    name: &'r str,
    cases: String,
    names: HashMap<String, usize>,
    found: HashSet<&'static str>,
    tests: usize,
    failures: usize,
    skipped: usize,
}

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let sum = |number: fn(&Suite<'_>) -> usize| suites.iter().map(number).sum::<usize>();
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="nova-token-check" tests="{}" failures="{}" errors="0" skipped="{}" time="0">"#,
        sum(|suite| suite.tests),
        sum(|suite| suite.failures),
        sum(|suite| suite.skipped),
    )?;
    let stamp = xml_attribute(report.generated_at.trim_end_matches('Z'));
    for suite in &suites {
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" errors="0" skipped="{}" time="0" timestamp="{stamp}" hostname="{}">"#,
            xml_attribute(suite.name),
            suite.tests,
            suite.failures,
            suite.skipped,
            xml_attribute(&report.host),
        )?;
        out.write_all(suite.cases.as_bytes())?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn suites(report: &Report) -> Vec<Suite<'_>> {
    let ids = report.facts.services.iter().map(|facts| facts.service.id.as_str());
    let mut suites: Vec<Suite<'_>> = ids.map(Suite::new).collect();
    let index: HashMap<&str, usize> = suites.iter().enumerate().map(|(i, suite)| (suite.name, i)).collect();
    let mut rest = Suite::new("nova-token-check");
    let anchors = Anchors::new(report);
    for finding in &report.findings {
        // A finding about several services fails in the first and is no pass in the others.
        let mut of = finding.services.iter().filter_map(|id| index.get(id.as_str()).copied());
        let first = of.next();
        for other in of {
            suites[other].found.insert(finding.rule);
        }
        first.map_or(&mut rest, |first| &mut suites[first]).add(finding, &anchors);
    }
    for suite in &mut suites {
        suite.pass(report);
    }
    if let Some(compared) = &report.upgrade {
        rest.upgrade(report, compared);
    }
    suites.extend((rest.tests > 0).then_some(rest));
    suites
}

impl<'r> Suite<'r> {
    fn new(name: &'r str) -> Self {
        Self {
            name,
            cases: String::new(),
            names: HashMap::new(),
            found: HashSet::new(),
            tests: 0,
            failures: 0,
            skipped: 0,
        }
    }

    fn add(&mut self, finding: &'r Finding, anchors: &Anchors<'r>) {
        self.found.insert(finding.rule);
        let name = self.case_name(finding);
        let mut place = String::new();
        if let Some(file) = anchors.file(finding) {
            let (file, line) = shown(file, finding);
            let _ = write!(place, r#" file="{}""#, xml_attribute(file));
            if let Some(line) = line {
                let _ = write!(place, r#" line="{line}""#);
            }
        }
        let body = self.body(finding);
        self.case(&name, &place, &body);
    }

    /// Rule, section and option: a name that lasts from run to run.
    fn case_name(&mut self, finding: &Finding) -> String {
        let name = format!("{} {}", finding.rule, subject(finding)).trim_end().to_owned();
        let times = self.names.entry(name.clone()).or_default();
        *times += 1;
        if *times == 1 { name } else { format!("{name} #{times}") }
    }

    fn body(&mut self, finding: &Finding) -> String {
        let plain = Style { colour: false, width: 100, verbosity: Verbosity::Normal, links: None };
        let text = xml(full(finding, plain).trim_end());
        let message = xml_attribute(&finding.message);
        match (&finding.suppression, finding.severity) {
            (Some(suppression), _) => {
                self.skipped += 1;
                let kind = match suppression.kind {
                    SuppressionKind::Comment => "by a comment",
                    SuppressionKind::Baseline => "by the baseline",
                };
                let reason = suppression.reason.as_ref().map(|reason| format!(": {reason}"));
                let why = xml_attribute(&format!("suppressed {kind}{}", reason.unwrap_or_default()));
                format!("      <skipped message=\"{why}\"/>\n      <system-out>{text}</system-out>\n")
            }
            (None, Severity::Note) => format!("      <system-out>{text}</system-out>\n"),
            (None, severity) => {
                self.failures += 1;
                let severity = severity.name();
                format!("      <failure message=\"{message}\" type=\"{severity}\">{text}</failure>\n")
            }
        }
    }

    /// What an upgrade does, as a case of its own.
    fn upgrade(&mut self, report: &Report, compared: &Upgrade) {
        let (answer, tone) = upgrade::answer(report, compared);
        let text = xml(&[vec![answer.clone()], upgrade::plain(report, compared)].concat().join("\n"));
        let message = xml_attribute(&answer);
        let body = match tone {
            Tone::Good => format!("      <system-out>{text}</system-out>\n"),
            Tone::Unsure => {
                self.skipped += 1;
                format!("      <skipped message=\"{message}\"/>\n      <system-out>{text}</system-out>\n")
            }
            Tone::Bad => {
                self.failures += 1;
                format!("      <failure message=\"{message}\" type=\"error\">{text}</failure>\n")
            }
        };
        self.case(&format!("upgrade to {}", compared.to.id), "", &body);
    }

    /// The rules that found nothing in this service.
    fn pass(&mut self, report: &Report) {
        let offline = !report.facts.live && report.facts.assumed_roles.is_none();
        let found = std::mem::take(&mut self.found);
        for rule in report.rules_run.iter().filter(|rule| !found.contains(rule.name)) {
            if offline && rule.needs_login {
                self.skipped += 1;
                self.case(rule.name, "", "      <skipped message=\"needs a login; the run was offline\"/>\n");
            } else {
                self.case(rule.name, "", "");
            }
        }
    }

    fn case(&mut self, name: &str, place: &str, body: &str) {
        self.tests += 1;
        let head = format!(
            r#"    <testcase classname="{}" name="{}"{place} time="0""#,
            xml_attribute(&format!("nova-token-check.{}", self.name)),
            xml_attribute(name)
        );
        let _ = if body.is_empty() {
            writeln!(self.cases, "{head}/>")
        } else {
            writeln!(self.cases, "{head}>\n{body}    </testcase>")
        };
    }
}

//! Every format, from the one shared report.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::sample::{self, NASTY, SECRET};
use super::{Format, Links, Report, Style, Verbosity};
use crate::findings::{Place, Related, Severity};

const ALL: [Format; 8] = [
    Format::Text,
    Format::Json,
    Format::Sarif,
    Format::Junit,
    Format::Github,
    Format::Gitlab,
    Format::Html,
    Format::Diff,
];

fn style(verbosity: Verbosity) -> Style {
    Style { colour: false, width: 80, verbosity, links: None }
}

fn write(format: Format, report: &Report) -> String {
    write_as(format, report, style(Verbosity::Normal))
}

fn write_as(format: Format, report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    format.write(report, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn json(format: Format) -> Value {
    serde_json::from_str(&write(format, &sample::report())).unwrap()
}

#[test]
fn no_format_shows_a_secret_or_lets_text_steer_a_terminal() {
    for format in ALL {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            let text = write_as(format, &sample::report(), style(verbosity));
            assert!(!text.contains(SECRET), "{format:?}");
            let steers = |c: &char| *c != '\n' && crate::config::harmless(*c) != *c;
            assert_eq!(text.chars().find(steers), None, "{format:?}");
            assert!(text.ends_with('\n'), "{format:?}");
        }
    }
}

#[test]
fn every_format_takes_a_hundred_thousand_findings() {
    // Without optimisation a tenth of it has to do.
    let report = sample::crowd(if cfg!(debug_assertions) { 5000 } else { 50_000 });
    for format in ALL {
        assert!(!write(format, &report).is_empty());
    }
}

#[test]
fn json_holds_the_very_names() {
    let report = json(Format::Json);
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.iter().any(|finding| finding["location"]["file"] == NASTY));
    let kinds: Vec<&Value> = findings.iter().map(|finding| &finding["suppression"]["kind"]).collect();
    assert!(kinds.contains(&&Value::from("comment")) && kinds.contains(&&Value::from("baseline")));
}

#[test]
fn sarif_says_all_that_code_scanning_reads() {
    let log = json(Format::Sarif);
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), sample::report().findings.len());
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result["suppressions"].is_array(), "one result has them, so all must");
        assert!(result["partialFingerprints"]["ruleAndPlace/v1"].is_string());
        for place in result["locations"].as_array().unwrap() {
            let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
            assert!(uri.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)), "{uri}");
        }
    }
    let suppressed = results.iter().flat_map(|result| result["suppressions"].as_array().unwrap());
    let said: Vec<(&str, &str)> =
        suppressed.map(|s| (s["kind"].as_str().unwrap(), s["justification"].as_str().unwrap())).collect();
    assert!(said.contains(&("inSource", "a <good> reason; until 2027-01-01")), "{said:?}");
    assert!(said.contains(&("external", "until 2027-01-01")), "{said:?}");
    assert!(results.iter().any(|result| result["relatedLocations"][0]["message"]["text"].is_string()));
}

#[test]
fn a_masked_line_has_no_known_end_in_sarif() {
    let log = json(Format::Sarif).to_string();
    let value: Value = serde_json::from_str(&log).unwrap();
    for result in value["runs"][0]["results"].as_array().unwrap() {
        let region = &result["locations"][0]["physicalLocation"]["region"];
        if region["snippet"]["text"].as_str().is_some_and(|text| text.contains("***")) {
            assert!(region["endColumn"].is_null());
        }
    }
}

#[test]
fn junit_counts_what_it_holds() {
    let text = write(Format::Junit, &sample::report());
    let document = roxmltree::Document::parse(&text).unwrap();
    let count = |node: roxmltree::Node<'_, '_>, name: &str| {
        node.descendants().filter(|child| child.has_tag_name(name)).count().to_string()
    };
    let root = document.root_element();
    for suite in root.children().filter(roxmltree::Node::is_element).chain([root]) {
        assert_eq!(suite.attribute("tests"), Some(&*count(suite, "testcase")));
        assert_eq!(suite.attribute("failures"), Some(&*count(suite, "failure")));
        assert_eq!(suite.attribute("skipped"), Some(&*count(suite, "skipped")));
        let names: Vec<_> = suite.children().filter_map(|case| case.attribute("name")).collect();
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!(names.len(), distinct.len(), "a case's name is its identity");
    }
    let report = sample::report();
    let failing = report.counts.errors + report.counts.warnings;
    assert_eq!(root.attribute("failures"), Some(&*failing.to_string()));
    assert_eq!(root.attribute("skipped"), Some(&*report.counts.suppressed.to_string()));
}

#[test]
fn github_commands_are_a_line_each_and_the_worst_come_first() {
    let text = write(Format::Github, &sample::report());
    let mut kinds = Vec::new();
    for line in text.lines() {
        let (kind, rest) = line.strip_prefix("::").unwrap().split_once(' ').unwrap();
        let (properties, _) = rest.split_once("::").unwrap();
        kinds.push(["error", "warning", "notice"].iter().position(|name| *name == kind).unwrap());
        for property in properties.split(',') {
            let (name, value) = property.split_once('=').unwrap();
            assert!(["file", "line", "col", "title"].contains(&name), "{line}");
            assert!(!value.contains(':'), "{line}");
        }
    }
    assert!(kinds.is_sorted());
    let report = sample::report();
    assert_eq!(kinds.len(), report.findings.len() - report.counts.suppressed);
    assert!(text.contains("file=a b/\u{fffd}[31m\"'&<script>alert(1)</script>%250A%3A%3A%2C%3A"), "{text}");
}

#[test]
fn gitlab_fingerprints_tell_findings_apart() {
    let issues = json(Format::Gitlab);
    let issues = issues.as_array().unwrap();
    let fingerprints: std::collections::HashSet<&str> =
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!(fingerprints.len(), issues.len());
    let report = sample::report();
    assert_eq!(issues.len(), report.findings.len() - report.counts.suppressed);
    for issue in issues {
        assert!(issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.is_empty() && !path.starts_with("./"));
    }
}

#[test]
fn html_escapes_everything_and_fetches_nothing() {
    let text = write(Format::Html, &sample::report());
    assert!(!text.contains("<script>alert"), "{text}");
    assert_eq!(text.matches("<script>").count(), 1);
    for outside in ["src=", "@import", "url(", "<link", "<img", "<iframe", "fetch("] {
        assert!(!text.contains(outside), "{outside}");
    }
    for part in ["Not checked", "What was checked", "a &#60;good&#62; reason", "role-not-accepted"] {
        assert!(text.contains(part), "{part}");
    }
    let report = sample::report();
    assert_eq!(text.matches("<article ").count(), report.findings.len() - report.counts.suppressed);
}

#[test]
fn the_page_and_the_text_gather_the_same_commands() {
    let commands = |format| {
        let mut report = sample::report();
        report.findings.retain(|finding| finding.suppression.is_none());
        for (number, finding) in report.findings.iter_mut().enumerate() {
            finding.cure = Some(format!("openstack role add --user <u{}> x", number / 2));
        }
        let distinct = report.findings.len().div_ceil(2);
        let text = write(format, &report).replace("&#60;", "<").replace("&#62;", ">");
        let (_, block) = text.split_once("Commands that mend the findings above").unwrap();
        let block: Vec<String> =
            block.lines().skip(1).map(|line| line.replace("<pre tabindex=\"0\">", "")).collect();
        (distinct, block.into_iter().take_while(|line| line.starts_with("openstack ")).collect::<Vec<_>>())
    };
    let (distinct, of_text) = commands(Format::Text);
    assert_eq!(of_text.len(), distinct);
    assert_eq!(commands(Format::Html).1, of_text);
}

#[test]
fn html_of_very_many_findings_says_how_many_it_leaves_out() {
    let report = sample::crowd(3000);
    let text = write(Format::Html, &report);
    let shown = text.matches("<article ").count();
    let all = report.findings.len() - report.counts.suppressed;
    assert!(shown < all && text.contains(&format!("{} more are not shown", all - shown)));
    assert!(report.findings[shown].severity <= Severity::Error);
}

#[test]
fn a_line_that_many_files_have_is_shown_once() {
    let mut report = sample::crowd(1);
    let finding = report.findings.iter_mut().find(|finding| !finding.fixes.is_empty()).unwrap();
    let place = Place {
        source: Arc::from("a = b"),
        line: 7,
        column: 1,
        width: 1,
        ..Place::of_file(&Arc::from("x0.conf"))
    };
    let related = |i: usize| Related {
        place: Place { file: Arc::from(format!("x{i}.conf")), ..place.clone() },
        message: "and here".to_owned(),
        same: true,
    };
    finding.related = (1..=8).map(related).collect();
    finding.place = Some(place.clone());
    let text = write(Format::Text, &report);
    assert_eq!(text.matches("7 | a = b").count(), 1, "{text}");
    assert!(text.contains("x5.conf:7: and here\n") && text.contains("and in 3 more places; -v"), "{text}");
    let all = write_as(Format::Text, &report, style(Verbosity::Verbose));
    assert!(all.contains("x8.conf:7: and here\n") && all.matches("7 | a = b").count() == 1, "{all}");
    let page = write(Format::Html, &report);
    assert_eq!(page.matches("<mark>a</mark>").count(), 1, "{page}");
    let folded = page.split_once("<summary>and in 3 more places</summary>").unwrap().1;
    assert!(folded.contains("x6.conf:7") && !folded.contains("x5.conf:7"), "{folded}");
}

#[test]
fn text_of_five_hundred_findings_is_no_wall() {
    let report = sample::crowd(500);
    let text = write(Format::Text, &report);
    assert!(text.lines().count() < 60, "{text}");
    assert!(text.contains("error: 498 more in nova; -v shows all [option-missing]"), "{text}");
    assert!(text.contains("note: 498 more in nova; -v shows all [option-without-effect]"), "{text}");
    let all = write_as(Format::Text, &report, style(Verbosity::Verbose));
    assert!((0..500).all(|i| all.contains(&format!("error: finding {i} "))));
    let quiet = write_as(Format::Text, &report, style(Verbosity::Quiet));
    assert!(!quiet.contains("note:"), "{quiet}");
}

#[test]
fn text_fits_its_terminal() {
    for width in [40, 60, 80, 120, 160] {
        let style = Style { width, ..style(Verbosity::Verbose) };
        let text = write_as(Format::Text, &sample::crowd(30), style);
        for line in text.lines() {
            // A word longer than the terminal is never broken: it may be a path.
            assert!(line.chars().count() <= width || longest_word(line) * 2 > width, "{width}: {line}");
        }
    }
}

#[test]
fn links_change_nothing_but_the_names_of_files() {
    static LINKS: LazyLock<Links> = LazyLock::new(|| Links::new(b"ctl1", b"/srv"));
    for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
        for width in [40, 80, 160] {
            let plain = Style { width, ..style(verbosity) };
            let linked = write_as(Format::Text, &sample::report(), Style { links: Some(&*LINKS), ..plain });
            assert!(
                linked.contains("\u{1b}]8;;file://ctl1/srv/etc/nova/nova.conf\u{1b}\\etc/nova/nova.conf:")
            );
            let (mut text, mut rest) = (String::new(), linked.as_str());
            while let Some((before, after)) = rest.split_once("\u{1b}]8;;") {
                text.push_str(before);
                rest = after.split_once("\u{1b}\\").unwrap().1;
            }
            assert_eq!(text + rest, write_as(Format::Text, &sample::report(), plain));
        }
    }
}

fn longest_word(line: &str) -> usize {
    line.split(' ').map(|word| word.chars().count()).max().unwrap_or(0)
}

//! Every rule has fixtures that show what it says and when it keeps silent.
//!
//! A case is a directory `fixtures/rules/RULE/good…` or `…/bad…` with
//! configuration files, the arguments in `cmd` and the report in
//! `expected.txt`. With a `keystone.json` (users and their roles) a stand-in
//! for Keystone is started, and `KEYSTONE` in the files becomes its URL.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nova_token_check::catalog::Release;
use nova_token_check::config::Environment;
use nova_token_check::deployment::{self, Process, Seen, Source, Surroundings};
use nova_token_check::facts::{self, Asking};
use nova_token_check::findings::{Finding, Severity};
use nova_token_check::rules::{Context, RULES, check, docs};
use nova_token_check::service::{Identity, Service};
use nova_token_check::trust;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Run, compare, run};
use crate::stub::Stub;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/rules")
}

/// A rule about the modes of this host's own files, which no tree of files can show.
const OF_THIS_HOST: &str = "secret-readable";

#[cfg(unix)]
#[test]
fn a_secret_that_everybody_on_the_host_can_read_is_found() {
    use std::os::unix::fs::PermissionsExt;
    let host = TempDir::new().unwrap();
    fs::set_permissions(host.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let folder = host.path().join("etc/nova");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("nova.conf");
    let found = |text: &str, mode: u32| {
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        let findings = of_host(host.path(), &file);
        findings.into_iter().filter(|finding| finding.rule == OF_THIS_HOST).collect::<Vec<_>>()
    };
    let login = "[service_user]\nsend_service_user_token = true\nauth_type = password\nusername = nova\n";
    let secret = format!("{login}password = topmost\n");
    let exposed = found(&secret, 0o644);
    assert_eq!(exposed.len(), 1);
    assert_eq!(exposed[0].severity, Severity::Warning);
    assert_eq!(exposed[0].place.as_ref().unwrap().line, 5);
    assert!(!format!("{exposed:?}").contains("topmost"));
    assert!(found(&secret, 0o640).is_empty());
    assert!(found(login, 0o644).is_empty());
    assert!(found(&format!("{login}password = \n"), 0o644).is_empty());
    assert!(found(&format!("{login}password = {{{{ password }}}}\n"), 0o644).is_empty());
}

/// What the rules say of nova's file on a host whose root is this.
#[cfg(unix)]
fn of_host(root: &Path, file: &Path) -> Vec<Finding> {
    let path = file.to_str().unwrap();
    let process = Process::plain("nova", vec![Source::File(path.to_owned())]);
    let loaded = deployment::load(&process, &Environment::default(), &Seen::default()).unwrap();
    let identity = Identity {
        name: "nova".to_owned(),
        id: "nova".to_owned(),
        process: None,
        method: None,
        paths: vec![path.to_owned()],
        packages: None,
    };
    let mut service = Service::new(identity, Arc::new(loaded.configuration), Release::newest().into());
    service.exposed = Surroundings::of(&process, root).exposed([path].into_iter());
    let facts = facts::gather(vec![service], &Asking::offline(), None).unwrap();
    let matrix = trust::matrix(&facts);
    check(&Context::new(&facts, &matrix), |_| true)
}

/// The directories below one, sorted.
fn directories(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).filter(|p| p.is_dir()).collect();
    paths.sort();
    paths
}

fn name(path: &Path) -> &str {
    path.file_name().unwrap().to_str().unwrap()
}

/// One run of the program in a case's directory.
struct Case {
    directory: PathBuf,
    arguments: Vec<String>,
    keystone: Option<(TempDir, Stub)>,
}

impl Case {
    fn new(directory: &Path) -> Self {
        let cmd = fs::read_to_string(directory.join("cmd"))
            .unwrap_or_else(|error| panic!("{}/cmd: {error}", directory.display()));
        let arguments = cmd.split_whitespace().map(str::to_owned).collect();
        let keystone = fs::read_to_string(directory.join("keystone.json")).ok().map(|users| {
            let stub = Stub::start(serde_json::from_str(&users).unwrap());
            let copy = TempDir::new().unwrap();
            copy_with_url(directory, copy.path(), &stub.url);
            (copy, stub)
        });
        Self { directory: directory.to_owned(), arguments, keystone }
    }

    fn run(&self, more: &[&str]) -> Run {
        let directory = self.keystone.as_ref().map_or(self.directory.as_path(), |(copy, _)| copy.path());
        let arguments = self.arguments.iter().map(String::as_str);
        let mut run = run(directory, arguments.chain(more.iter().copied()));
        if let Some((_, stub)) = &self.keystone {
            run.stdout = run.stdout.replace(&stub.url, "KEYSTONE");
        }
        run
    }
}

fn copy_with_url(from: &Path, to: &Path, url: &str) {
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copy = to.join(name(&path));
        if path.is_dir() {
            fs::create_dir(&copy).unwrap();
            copy_with_url(&path, &copy, url);
        } else {
            fs::write(copy, fs::read_to_string(&path).unwrap().replace("KEYSTONE", url)).unwrap();
        }
    }
}

/// Standard output, what standard error adds, and the exit code.
fn transcript(run: &Run) -> String {
    let stderr: String = run.stderr.lines().map(|line| format!("stderr: {line}\n")).collect();
    format!("{}{stderr}exit code: {}\n", run.stdout, run.code)
}

fn cases() -> impl Iterator<Item = (String, PathBuf)> {
    directories(&root()).into_iter().flat_map(|rule| {
        let name = name(&rule).to_owned();
        directories(&rule).into_iter().map(move |case| (name.clone(), case))
    })
}

#[test]
fn every_report_is_as_expected() {
    let wrong: Vec<String> = cases()
        .filter_map(|(_, case)| {
            let found = transcript(&Case::new(&case).run(&[]));
            compare(&case.join("expected.txt"), &found).err()
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The findings of a case, by the JSON report.
fn findings(case: &Path) -> Vec<Value> {
    let run = Case::new(case).run(&["--format", "json"]);
    let mut report: Value = serde_json::from_str(&run.stdout).unwrap();
    let Value::Array(findings) = report["findings"].take() else { panic!("no findings in {report}") };
    findings
}

#[test]
fn every_rule_has_a_good_and_a_bad_fixture() {
    for rule in RULES.iter().filter(|rule| rule.name != OF_THIS_HOST) {
        for kind in ["good", "bad"] {
            let case = root().join(rule.name).join(kind);
            assert!(case.is_dir(), "{} is missing", case.display());
        }
    }
    let mut wrong = Vec::new();
    let mut worst: BTreeMap<String, Severity> = BTreeMap::new();
    for (rule, case) in cases() {
        let known = RULES.iter().find(|known| known.name == rule);
        assert!(known.is_some(), "{rule} is no rule");
        let bad = name(&case).starts_with("bad");
        assert!(bad || name(&case).starts_with("good"), "{} is neither", case.display());
        let findings = findings(&case);
        findings.iter().for_each(|finding| is_useful(finding, &case));
        let own: Vec<&Value> = findings.iter().filter(|finding| finding["rule"] == *rule).collect();
        if own.is_empty() == bad {
            wrong.push(case);
        }
        for finding in own {
            let seen = worst.entry(rule.clone()).or_insert(Severity::Note);
            *seen = severity(finding).max(*seen);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for rule in RULES.iter().filter(|rule| rule.name != OF_THIS_HOST) {
        assert_eq!(worst[rule.name], rule.severity, "the worst that the fixtures of {} show", rule.name);
    }
}

fn severity(finding: &Value) -> Severity {
    let severities = [Severity::Note, Severity::Warning, Severity::Error];
    severities.into_iter().find(|severity| finding["severity"] == severity.name()).unwrap()
}

/// Somebody who reads it knows where to look and what to do.
fn is_useful(finding: &Value, case: &Path) {
    let text = |key: &str| finding[key].as_str().unwrap_or_default();
    let shown = format!("{}: {finding}", case.display());
    assert!(!text("message").is_empty() && !text("message").ends_with('.'), "{shown}");
    assert!(!text("help").is_empty() && !text("help").ends_with('.'), "{shown}");
    // What no longer occurs stands nowhere.
    if finding["rule"] == "baseline-stale" {
        return;
    }
    assert!(finding["location"]["file"].is_string(), "{shown}");
    assert!(!finding["services"].as_array().unwrap().is_empty(), "{shown}");
}

#[test]
fn a_rule_s_documentation_is_complete() {
    for rule in RULES {
        let name = rule.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
        assert!(rule.summary.ends_with('.'), "{name}");
        for text in [rule.summary, rule.why, rule.fix, rule.example, rule.source, rule.since] {
            assert!(!text.trim().is_empty(), "{name}");
            assert!(!text.contains("  \\"), "{name}");
        }
    }
}

/// The second column of a page's tables: what sees a problem.
fn seen_by(page: &str) -> impl Iterator<Item = &str> {
    page.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.split('|').nth(2))
}

#[test]
fn every_rule_has_a_row_in_the_table_of_problems() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/problems.md");
    let Ok(text) = fs::read_to_string(page) else { return };
    let named = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let named: Vec<String> = seen_by(&text).flat_map(named).collect();
    assert!(named.len() > 50);
    let is_name = |word: &&String| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    for word in named.iter().filter(is_name) {
        assert!(RULES.iter().any(|rule| rule.name == *word), "{word} is no rule");
    }
    let missing = RULES.iter().map(|rule| rule.name).filter(|name| !named.iter().any(|word| word == name));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "stand in no row of docs/problems.md");
}

#[test]
fn the_pages_say_what_the_rules_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    compare(&root.join("docs/rules.md"), &docs::page()).unwrap();
    let readme = root.join("README.md");
    let Ok(text) = fs::read_to_string(&readme) else { return };
    let (begin, end) = ("<!-- rules -->\n", "<!-- /rules -->");
    let (before, rest) = text.split_once(begin).expect("README.md has no place for the rules");
    let (_, after) = rest.split_once(end).expect("the place for the rules does not end");
    let table = docs::table("docs/rules.md");
    compare(&readme, &format!("{before}{begin}{table}{end}{after}")).unwrap();
}

/// The report on files of one folder.
fn report_on(files: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let arguments = ["--offline", "--assume-roles=service"].iter().chain(arguments);
    crate::program::run(folder.path(), arguments).stdout
}

#[test]
fn the_value_in_force_the_one_it_overrides_and_the_sender_s_user_stand_together() {
    let login = "auth_type = password\nauth_url = https://k:5000\nusername = u\npassword = p\n\
                 user_domain_name = D\nproject_name = p\nproject_domain_name = D\n";
    let nova = format!("[service_user]\nsend_service_user_token = true\n{login}");
    let cinder = format!("[keystone_authtoken]\nservice_token_roles = service\n{login}");
    let report = report_on(
        &[
            ("etc/nova/nova.conf", &nova),
            ("etc/nova/nova.conf.d/user.conf", "[service_user]\nusername = other\n"),
            ("etc/cinder/cinder.conf", &cinder),
            ("etc/cinder/cinder.conf.d/site.conf", "[keystone_authtoken]\nservice_token_roles = admin\n"),
        ],
        &["."],
    );
    let together = "  --> ./etc/cinder/cinder.conf.d/site.conf:2\n  \
                    2 | service_token_roles = admin\n    \
                    |                       ^^^^^\n  \
                    --> ./etc/cinder/cinder.conf:2: overrides this line\n  \
                    2 | service_token_roles = service\n    \
                    |                       ^^^^^^^\n  \
                    --> ./etc/nova/nova.conf.d/user.conf:2: nova logs in here\n  \
                    2 | username = other\n";
    assert!(report.contains(together), "{report}");
}

#[test]
fn misspelt_options_of_the_plugin_are_found_where_the_plugin_is_misspelt_too() {
    let nova = "[service_user]\nsend_service_user_token = true\nauth-type = password\nAuth_Url = https://k\n\
                username = u\npasswrd = p\nuser-domain-name = D\nproject_domain_name = D\n";
    let report = report_on(&[("nova.conf", nova)], &["nova.conf"]);
    for name in ["auth_type", "auth_url", "password", "user_domain_name"] {
        assert!(report.contains(&format!("help: write {name}")), "{name}: {report}");
    }
    // What is written right elsewhere in the section is no loss.
    let twice = format!("{nova}auth_url = https://k\n");
    let report = report_on(&[("nova.conf", &twice)], &["nova.conf"]);
    assert!(report.contains("note: Auth_Url in [service_user] is not read"), "{report}");
}

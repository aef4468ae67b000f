//! `--probe` against the real keystonemiddleware and a real glance-api, and
//! `--plan`, which sends nothing.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cloud::admin::{self, DEFAULT_DOMAIN, Scope};
use crate::cloud::shared;
use crate::loopback::{Server, answer};
use crate::program::run;

const PASSWORD: &str = "probe-pass-word";

/// A user with these roles on a project of the same name.
fn user(name: &str, roles: &[&str]) -> String {
    let admin = &shared().admin;
    let name = admin::unique(name);
    let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
    let id = admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
    for role in roles {
        admin.grant(&id, &admin.role(role).unwrap(), Scope::Project(&project)).unwrap();
    }
    name
}

fn section(section: &str, url: &str, name: &str, more: &str) -> String {
    format!(
        "[{section}]\nsend_service_user_token = true\nauth_type = v3password\nauth_url = {url}\n\
         username = {name}\npassword = {PASSWORD}\nuser_domain_name = Default\nproject_name = {name}\n\
         project_domain_name = Default\n{more}\n"
    )
}

/// The messages of one rule, and the exit code.
fn findings(directory: &Path, rule: &str, arguments: &[&str]) -> (Vec<String>, i32) {
    let run = run(directory, ["--format", "json"].iter().chain(arguments));
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let findings = report["findings"].as_array().unwrap().iter();
    let messages = findings
        .filter(|finding| finding["rule"] == rule)
        .map(|finding| finding["message"].as_str().unwrap().to_owned());
    (messages.collect(), run.code)
}

#[test]
fn a_service_that_was_not_started_again_is_caught() {
    let cloud = shared();
    let url = format!("{}/v3", cloud.keystone.url());
    let directory = TempDir::new().unwrap();
    let nova = user("nova", &["member"]);
    let cinder = user("cinder", &["service"]);
    let receiver = |roles: &str| {
        section(
            "keystone_authtoken",
            &url,
            &cinder,
            &format!("service_token_roles = {roles}\nservice_token_roles_required = true"),
        )
    };
    let file = directory.path().join("cinder.conf");
    fs::write(&file, receiver("service")).unwrap();
    let (_running, port) = cloud.receiver(&file).unwrap();
    let at = format!(
        "[cinder]\nendpoint_template = http://127.0.0.1:{port}/v3\n[neutron]\nendpoint_override = http://127.0.0.1:{port}\n"
    );
    fs::write(directory.path().join("nova.conf"), section("service_user", &url, &nova, &at)).unwrap();
    let rule = "probe-contradicts";

    // Both are told, whatever the files say.
    let text = run(directory.path(), ["--probe", "nova.conf", "cinder.conf"]).stdout;
    let (_, told) =
        text.split_once("What the running services did with it\n").unwrap_or_else(|| panic!("{text}"));
    let told: Vec<&str> = told.lines().take_while(|line| line.starts_with("  ")).collect();
    let told = told.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
    let at = format!("rejects nova's token (http://127.0.0.1:{port}/v");
    assert!(told.contains(&format!("cinder {at}3/types?limit=1)")), "{told}");
    assert!(told.contains(&format!("neutron {at}2.0/networks?limit=1&fields=id)")), "{told}");

    // File and process agree about cinder; neutron's file is not there.
    let (messages, _) = findings(directory.path(), rule, &["--probe", "nova.conf", "cinder.conf"]);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("neutron") && messages[0].contains("were not given"), "{messages:?}");

    // The file is corrected, the process is not started again.
    fs::write(&file, receiver("member")).unwrap();
    let (messages, code) = findings(directory.path(), rule, &["--probe", "nova.conf", "cinder.conf"]);
    assert!(messages.iter().any(|m| m.contains("cinder") && m.contains("do not say so")), "{messages:?}");
    assert_eq!(code, 1);

    // The other way round.
    let (_running, port) = cloud.receiver(&file).unwrap();
    let at = format!("[cinder]\nendpoint_template = http://127.0.0.1:{port}/v3\n");
    fs::write(directory.path().join("nova.conf"), section("service_user", &url, &nova, &at)).unwrap();
    let (messages, _) = findings(directory.path(), rule, &["--probe", "nova.conf", "cinder.conf"]);
    assert_eq!(messages, Vec::<String>::new());
    fs::write(&file, receiver("service")).unwrap();
    let (messages, _) = findings(directory.path(), rule, &["--probe", "nova.conf", "cinder.conf"]);
    assert!(messages.iter().any(|m| m.contains("does not reject")), "{messages:?}");

    // Off by default.
    let (messages, _) = findings(directory.path(), rule, &["nova.conf", "cinder.conf"]);
    assert_eq!(messages, Vec::<String>::new());
}

/// A glance-api.conf as glance and this program read it.
fn glance_conf(directory: &Path, paste: &Path, authtoken: &str) -> String {
    let here = directory.display();
    format!(
        "[DEFAULT]\nworker_self_reference_url = http://127.0.0.1\n\
         [database]\nconnection = sqlite:///{here}/glance.sqlite\n\
         [glance_store]\nfilesystem_store_datadir = {here}/images\n\
         [paste_deploy]\nflavor = keystone\nconfig_file = {}\n{authtoken}",
        paste.display()
    )
}

/// What a report says of glance: the verdict for nova's token, the messages of
/// `probe-contradicts`, the requests that were made, and the exit code.
fn probe_glance(directory: &Path, paste: &Path) -> (String, Vec<String>, String, i32) {
    let glance = format!("glance=glance-api.conf,{}", paste.display());
    let arguments = ["--probe", "nova.conf", &glance];
    let (messages, code) = findings(directory, "probe-contradicts", &arguments);
    let run = run(directory, ["-v", "--report", "json=report.json"].iter().chain(&arguments));
    let report: Value =
        serde_json::from_str(&fs::read_to_string(directory.join("report.json")).unwrap()).unwrap();
    let rows = report["trust"].as_array().unwrap();
    let row = rows.iter().find(|row| row["senders"][0] == "nova" && row["receivers"][0] == "glance").unwrap();
    let (_, sent) = run.stdout.split_once("Requests sent").unwrap_or_else(|| panic!("{run:?}"));
    (row["verdict"].as_str().unwrap().to_owned(), messages, sent.to_owned(), code)
}

/// The stock paste file defers the decision, so that glance ignores the token;
/// without that it rejects it. Both are seen on the running glance.
#[test]
fn a_real_glance_is_asked_and_agrees_with_its_files() {
    let cloud = shared();
    let installed = cloud.glance().unwrap();
    let stock = installed.stock_paste();
    let directory = TempDir::new().unwrap();
    let strict = directory.path().join("strict-paste.ini");
    let text = fs::read_to_string(&stock).unwrap();
    fs::write(&strict, text.replace("delay_auth_decision = true", "delay_auth_decision = false")).unwrap();
    assert_ne!(text, fs::read_to_string(&strict).unwrap());
    let (nova, glance) = (user("nova", &["member"]), user("glance", &["service"]));
    let url = format!("{}/v3", cloud.keystone.url());
    let authtoken =
        |roles: &str| section("keystone_authtoken", &url, &glance, &format!("service_token_roles = {roles}"));
    let mut verdicts = Vec::new();
    for (paste, roles) in [(&stock, "service"), (&strict, "service"), (&strict, "member")] {
        let place = TempDir::new_in(directory.path()).unwrap();
        let conf = place.path().join("glance-api.conf");
        fs::write(&conf, glance_conf(place.path(), paste, &authtoken(roles))).unwrap();
        let (_running, port) = installed.start(place.path()).unwrap();
        let at = format!("[glance]\nendpoint_override = http://127.0.0.1:{port}\n");
        fs::write(place.path().join("nova.conf"), section("service_user", &url, &nova, &at)).unwrap();
        let (verdict, messages, sent, _) = probe_glance(place.path(), paste);
        // What the files say and what the process does is the same.
        assert_eq!(messages, Vec::<String>::new(), "{verdict}");
        let with = if verdict == "rejected" { 401 } else { 200 };
        let asked = format!("GET http://127.0.0.1:{port}/v2/images?limit=1 with X-Auth-Token");
        let lines = sent.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(lines.contains(&format!("{asked}: 200")), "{sent}");
        assert!(lines.contains(&format!("{asked} and X-Service-Token: {with}")), "{sent}");
        // The file is changed, and glance is not started again.
        let other = if roles == "service" { "member" } else { "service" };
        fs::write(&conf, glance_conf(place.path(), paste, &authtoken(other))).unwrap();
        let (_, messages, ..) = probe_glance(place.path(), paste);
        assert_eq!(messages.len(), usize::from(paste == &strict), "{messages:?}");
        verdicts.push(verdict);
    }
    assert_eq!(verdicts, ["ignored", "rejected", "trusted"]);
}

/// A Keystone that gives any user a token, with nobody but itself in the catalogue.
fn generous_keystone() -> Server {
    Server::start(None, |connection| {
        let request = connection.read_request()?;
        let url = format!("http://{}/v3", request.header("host").unwrap_or_default());
        let token = json!({"token": {
            "user": {"id": "u", "name": "u"}, "project": {"id": "p", "name": "p"},
            "roles": [{"name": "service"}],
            "catalog": [{"type": "identity", "endpoints": [{"interface": "internal", "url": url}]}],
        }});
        let status = if request.method == "POST" { "201 Created" } else { "200 OK" };
        connection.write(answer(status, &["X-Subject-Token: secret-token"], &token.to_string()))
    })
}

#[test]
fn a_service_that_does_not_answer_is_told() {
    let keystone = generous_keystone();
    let broken = Server::start(None, |connection| {
        connection.read_request()?;
        connection.write(answer("503 Service Unavailable", &[], "{}"))
    });
    let strict = Server::start(None, |connection| {
        connection.read_request()?;
        connection.write(answer("401 Unauthorized", &[], "{}"))
    });
    let directory = TempDir::new().unwrap();
    let url = format!("{}/v3", keystone.url());
    let at = format!(
        "[glance]\nendpoint_override = {}\n[neutron]\nendpoint_override = http://127.0.0.1:1\n\
         [cyborg]\nendpoint_override = {}\n",
        broken.url(),
        strict.url()
    );
    fs::write(directory.path().join("nova.conf"), section("service_user", &url, "u", &at)).unwrap();
    // A receiver that the catalogue lacks.
    fs::write(directory.path().join("cinder.conf"), section("keystone_authtoken", &url, "u", "")).unwrap();
    let report = "--report=json=report.json";
    let run = run(directory.path(), ["--probe", report, "nova.conf", "cinder.conf"]);
    assert_eq!(run.code, 3, "{run:?}");
    let (first, _) = run.stdout.split_once("\n\n").unwrap();
    let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(first.ends_with("; not every running service could be asked"), "{first}");
    let (_, unchecked) = run.stdout.split_once("Not checked\n").unwrap();
    let unchecked = unchecked.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        format!(
            "the running glance at {}/v2/images?limit=1 rejects nova's token: it answers 503",
            broken.url()
        ),
        format!(
            "the running cyborg at {}/device_profiles rejects nova's token: it answers 401",
            strict.url()
        ),
        "the running neutron at http://127.0.0.1:1/v2.0/networks?limit=1&fields=id rejects nova's token: \
         nobody listens at that port"
            .to_owned(),
        "the running cinder rejects nova's token: Keystone's catalogue has no endpoint".to_owned(),
    ] {
        assert!(unchecked.contains(&format!("whether {part}")), "{part}: {unchecked}");
    }
    let report = fs::read_to_string(directory.path().join("report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    let probes = report["services"][0]["probes"].as_array().unwrap().iter();
    let mut evidence: Vec<String> =
        probes.map(|probe| format!("{} {}", probe["target"], probe["evidence"]).replace('"', "")).collect();
    evidence.sort();
    assert_eq!(evidence, ["cinder none", "cyborg none", "glance unreachable", "neutron unreachable"]);
}

#[test]
fn processes_that_ask_alike_ask_once() {
    let keystone = generous_keystone();
    let service = Server::start(None, |connection| {
        connection.read_request()?;
        connection.write(answer("200 OK", &[], "{}"))
    });
    let directory = TempDir::new().unwrap();
    let at = format!("[glance]\nendpoint_override = {}\n", service.url());
    let text = section("service_user", &format!("{}/v3", keystone.url()), "u", &at);
    for name in ["one.conf", "two.conf"] {
        fs::write(directory.path().join(name), &text).unwrap();
    }
    let run = run(directory.path(), ["--probe", "nova=one.conf", "nova=two.conf"]);
    assert_eq!(service.requests().len(), 2, "{run:?}");
    assert!(
        run.stdout.contains("glance does not reject nova's token") && run.stdout.contains(" x2\n"),
        "{run:?}"
    );
}

#[test]
fn a_probe_asks_what_the_plan_says_and_changes_nothing() {
    let service = Server::start(None, |connection| {
        connection.read_request()?;
        connection.write(answer("200 OK", &[], "{}"))
    });
    let keystone = generous_keystone();
    let directory = TempDir::new().unwrap();
    let url = format!("{}/v3", keystone.url());
    let at = format!("[glance]\nendpoint_override = http://127.0.0.1:{}/v2\n", service.port());
    fs::write(directory.path().join("nova.conf"), section("service_user", &url, "u", &at)).unwrap();

    let plan = run(directory.path(), ["--plan", "--probe", "nova.conf"]);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert!(plan.stdout.contains(&format!("POST {url}/auth/tokens")), "{}", plan.stdout);
    assert!(plan.stdout.contains("GET v2/images?limit=1"), "{}", plan.stdout);
    assert!(!plan.stdout.contains(PASSWORD));
    assert_eq!((keystone.requests().len(), service.requests().len()), (0, 0));

    let probed = run(directory.path(), ["--probe", "-v", "nova.conf"]);
    assert!(!format!("{probed:?}").contains("secret-token"));
    let requests = service.requests();
    let lines: Vec<String> = requests.iter().map(|r| format!("{} {}", r.method, r.target)).collect();
    assert_eq!(lines, vec!["GET /v2/images?limit=1"; 2]);
    let with: Vec<bool> = requests.iter().map(|r| r.header("x-service-token").is_some()).collect();
    assert_eq!(with, [false, true]);
    assert_eq!(keystone.requests().len(), 1);
}

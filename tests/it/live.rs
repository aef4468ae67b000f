//! The program against a real Keystone: logins, exit codes, and what it keeps
//! to itself.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::binary::{Binary, Report};
use crate::cloud::admin::{self, ApplicationCredential, DEFAULT_DOMAIN, Login, Scope};
use crate::cloud::shared;
use crate::program::Run;
use crate::recorder::{Bend, Recorder, Seen};

fn url(recorder: &Recorder) -> String {
    format!("http://127.0.0.1:{}", recorder.port())
}

/// The requests for a token.
fn logins(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|request| request.method == "POST").collect()
}

/// Found in no output, whatever is wrong with the files.
pub(crate) const PASSWORD: &str = "canary-7f3a-password";

/// A service user with roles on a project of its own.
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project: String,
}

impl Account {
    pub(crate) fn new(name: &str, roles: &[&str]) -> Self {
        let admin = &shared().admin;
        let name = admin::unique(name);
        let project = admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
        let id = admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
        for role in roles {
            admin.grant(&id, &admin.role(role).unwrap(), Scope::Project(&project)).unwrap();
        }
        Self { id, name, project }
    }

    /// The options of a login at that URL.
    pub(crate) fn login_at(&self, url: &str) -> String {
        let name = &self.name;
        format!(
            "auth_type = password\nauth_url = {url}\nusername = {name}\npassword = {PASSWORD}\n\
             user_domain_name = Default\nproject_name = {name}\nproject_domain_name = Default\n"
        )
    }

    pub(crate) fn login(&self) -> String {
        self.login_at(&shared().keystone.url())
    }

    pub(crate) fn credential(&self, role: &str) -> ApplicationCredential {
        let login = Login { user: &self.id, password: PASSWORD, scope: Some(Scope::Project(&self.project)) };
        shared().admin.create_application_credential(login, "credential", &[role], &json!({})).unwrap()
    }
}

/// The files of some services.
pub(crate) struct Files {
    directory: TempDir,
    targets: Vec<String>,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), targets: Vec::new() }
    }

    pub(crate) fn service(mut self, name: &str, text: &str) -> Self {
        let number = self.targets.len();
        let path: PathBuf = self.directory.path().join(format!("{name}-{number}.conf"));
        fs::write(&path, text).unwrap();
        self.targets.push(format!("{name}={}", path.display()));
        self
    }

    /// Nova, sending with that login.
    pub(crate) fn nova(self, login: &str) -> Self {
        self.service("nova", &format!("[service_user]\nsend_service_user_token = true\n{login}"))
    }

    pub(crate) fn receiver(self, name: &str, login: &str, lines: &str) -> Self {
        self.service(name, &format!("[keystone_authtoken]\n{login}{lines}\n"))
    }

    pub(crate) fn targets(&self) -> &[String] {
        &self.targets
    }

    pub(crate) fn binary(&self) -> Binary {
        Binary::new().args(["--release", "2026.2"]).args(&self.targets)
    }

    pub(crate) fn report(&self) -> (Run, Report) {
        self.binary().report()
    }
}

fn sender_login(report: &Report) -> &Value {
    &report.service("nova")["senders"][0]["login"]
}

fn closed_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

#[test]
fn a_cloud_in_order_is_code_0() {
    let (nova, cinder) = (Account::new("nova", &["service"]), Account::new("cinder", &["service"]));
    let files = Files::new().nova(&nova.login()).receiver("cinder", &cinder.login(), "");
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (0, "trusted"), "{run:#?}");
    let login = sender_login(&report);
    assert_eq!(login["status"], "ok");
    assert_eq!((&login["user"], &login["project"]), (&json!(nova.name), &json!(nova.name)));
    assert_eq!(login["roles"], json!(["service"]));
    let expires: jiff::Timestamp = login["expires_at"].as_str().unwrap().parse().unwrap();
    assert!(expires > jiff::Timestamp::now(), "{expires}");
    assert_eq!(report.row("nova", "cinder").unwrap()["matched_roles"], json!(["service"]));
    let receiver = &report.service("cinder")["receiver"];
    assert_eq!(
        (&receiver["can_validate"], &receiver["can_validate_from"]),
        (&json!(true), &json!("observed"))
    );
    assert_eq!(report.0["mode"], "live");
    assert_eq!(report.0["summary"]["logins"], 2);
    // One question for the versions, one for a token each, then a validation.
    assert_eq!(report.0["summary"]["requests"], 4);
}

#[test]
fn each_receiver_has_a_verdict_of_its_own() {
    let nova = Account::new("nova", &["member"]);
    let receiver = Account::new("receiver", &["service"]);
    let weak = Account::new("receiver", &["member"]);
    let files = Files::new()
        .nova(&nova.login())
        .receiver("cinder", &receiver.login(), "")
        .receiver("glance", &receiver.login(), "service_token_roles_required = false")
        .receiver("neutron", &receiver.login(), "service_token_roles = service, member")
        .receiver("cyborg", &weak.login(), "");
    let (run, report) = files.report();
    assert_eq!(run.code, 1, "{run:#?}");
    let verdicts = ["cinder", "glance", "neutron", "cyborg"].map(|name| report.verdict("nova", name));
    assert_eq!(verdicts, ["rejected", "ignored", "trusted", "broken"]);
    assert_eq!(report.service("cyborg")["receiver"]["can_validate"], false);
    assert_eq!(report.service("cyborg")["receiver"]["can_validate_from"], "observed");
    for rule in ["role-not-accepted", "receiver-cannot-validate"] {
        assert!(report.rules().contains(&rule), "{:?}", report.rules());
    }
}

#[test]
fn a_refused_login_is_code_1() {
    let (nova, cinder) = (Account::new("nova", &["service"]), Account::new("cinder", &["service"]));
    let wrong = format!("{}password = {PASSWORD}-wrong\n", nova.login());
    let files = Files::new().nova(&wrong).receiver("cinder", &cinder.login(), "");
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (1, "broken"), "{run:#?}");
    assert_eq!(sender_login(&report)["status"], "refused");
    assert!(sender_login(&report)["detail"].as_str().unwrap().contains("401"), "{run:#?}");
    assert!(report.rules().contains(&"login-refused"), "{:?}", report.rules());
    // The sender gave no token to try it with.
    assert_eq!(report.service("cinder")["receiver"]["can_validate_from"], "assumed");
}

/// What a 401 can mean grows less with what else is known.
#[test]
fn what_another_login_proves_is_ruled_out() {
    let (nova, cinder) = (Account::new("nova", &["service"]), Account::new("cinder", &["service"]));
    let elsewhere = format!("{}project_name = {}\n", nova.login(), cinder.name);
    let files = Files::new().nova(&nova.login()).receiver("cinder", &elsewhere, "").receiver(
        "neutron",
        &cinder.login(),
        "",
    );
    let (run, _) = files.report();
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let refused = findings.iter().find(|finding| finding["rule"] == "login-refused").unwrap();
    let help = refused["help"].as_str().unwrap();
    let says = "it can be no role on the project; not the user or the secret or the project itself, since";
    assert!(help.starts_with(says), "{help}");
}

#[test]
fn a_keystone_that_is_not_there_is_code_3() {
    let (nova, cinder) = (Account::new("nova", &["service"]), Account::new("cinder", &["service"]));
    let nowhere = format!("http://127.0.0.1:{}/v3", closed_port());
    let files =
        Files::new().nova(&nova.login_at(&nowhere)).receiver("cinder", &cinder.login_at(&nowhere), "");
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (3, "unknown"), "{run:#?}");
    assert_eq!(sender_login(&report)["status"], "unreachable");
    assert!(report.rules().contains(&"keystone-unreachable"), "{:?}", report.rules());
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("could not be completed"), "{run:#?}");
    // `never` is about findings, not about a check that was not made.
    assert_eq!(files.binary().args(["--fail-on", "never"]).run().code, 3);
    // An error elsewhere is the stronger news.
    let broken = files.receiver("neutron", &cinder.login(), "service_token_roles_required = perhaps");
    assert_eq!(broken.binary().run().code, 1);
}

#[test]
fn equal_logins_are_made_once() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let account = Account::new("service", &["service"]);
    let login = account.login_at(&url(&recorder));
    let files = Files::new()
        .nova(&login)
        .receiver("cinder", &login, "")
        .receiver("neutron", &login, "service_token_roles = service")
        .receiver("glance", &login, "");
    let (run, report) = files.report();
    assert_eq!(run.code, 0, "{run:#?}");
    let seen = recorder.take();
    assert_eq!(logins(&seen).len(), 1, "{seen:#?}");
    assert_eq!(report.0["summary"]["logins"], 1);
    assert_eq!(report.0["summary"]["requests"].as_u64(), Some(seen.len() as u64));
    // Nobody else's token was at hand to be validated.
    let receiver = &report.service("cinder")["receiver"];
    assert_eq!(
        (&receiver["can_validate"], &receiver["can_validate_from"]),
        (&json!(true), &json!("assumed"))
    );
    let identities: Vec<&Value> = ["cinder", "neutron", "glance"]
        .map(|name| &report.service(name)["receiver"]["login"]["identity"])
        .into();
    assert!(identities.iter().all(|identity| *identity == &sender_login(&report)["identity"]));
}

#[test]
fn after_a_refusal_no_other_secret_is_tried() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let account = Account::new("service", &["service"]);
    let login = account.login_at(&url(&recorder));
    let wrong = |number: u8| format!("{login}password = {PASSWORD}-{number}\n");
    let files = Files::new()
        .nova(&wrong(1))
        .receiver("cinder", &wrong(2), "")
        .receiver("neutron", &format!("{}auth_type = v3password\n", wrong(3)), "")
        // By another spelling of the user and of Keystone's URL.
        .receiver("glance", &format!("{}user-name = x\nauth_url = {}/v3\n", wrong(4), url(&recorder)), "");
    let (run, report) = files.report();
    assert_eq!(run.code, 1, "{run:#?}");
    let seen = recorder.take();
    let logins = logins(&seen);
    assert_eq!(logins.len(), 1, "{logins:#?}");
    assert!(logins[0].body.to_string().contains(&format!("{PASSWORD}-1")), "{logins:#?}");
    assert_eq!(sender_login(&report)["status"], "refused");
    for name in ["cinder", "neutron", "glance"] {
        assert_eq!(report.service(name)["receiver"]["login"]["status"], "skipped", "{name}");
    }
    // Keystone counted one failure, and the user can still log in.
    let files = Files::new().nova(&login).receiver("cinder", &login, "");
    assert_eq!(files.report().0.code, 0);
}

#[test]
fn what_is_known_to_fail_is_not_tried() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let login = Account::new("service", &["service"]).login_at(&url(&recorder));
    let files = Files::new()
        .nova(&login.replace("user_domain_name", "user_domain"))
        .receiver("cinder", &format!("{login}auth_type = v3password\nproject_domain_name =\n"), "")
        .receiver("neutron", &login, "[broken")
        .receiver("glance", &format!("{login}password = $nosuch\n"), "");
    let (run, _) = files.report();
    assert_eq!(run.code, 1, "{run:#?}");
    let seen = recorder.take();
    assert!(seen.is_empty(), "{seen:#?}");
}

#[test]
fn offline_asks_nobody() {
    let recorder = Recorder::start(shared().keystone.port(), Bend::Nothing);
    let login = Account::new("service", &["service"]).login_at(&url(&recorder));
    let files = Files::new().nova(&login).receiver("cinder", &login, "");
    let (run, report) = files.binary().arg("--offline").report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (0, "unknown"), "{run:#?}");
    let (_, report) = files.binary().args(["--offline", "--assume-roles", "member"]).report();
    assert_eq!(report.verdict("nova", "cinder"), "rejected");
    let seen = recorder.take();
    assert!(seen.is_empty(), "{seen:#?}");
}

#[test]
fn an_application_credential_has_its_own_roles() {
    let nova = Account::new("nova", &["member", "service"]);
    let cinder = Account::new("cinder", &["service"]);
    let credential = nova.credential("member");
    let login = format!(
        "auth_type = v3applicationcredential\nauth_url = {}\napplication_credential_id = {}\n\
         application_credential_secret = {}\n",
        shared().keystone.url(),
        credential.id,
        credential.secret
    );
    let files = Files::new().nova(&login).receiver("cinder", &cinder.login(), "");
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (1, "rejected"), "{run:#?}");
    let login = sender_login(&report);
    // The user and the project are the credential's, which the file does not name.
    assert_eq!((&login["user"], &login["project"]), (&json!(nova.name), &json!(nova.name)));
    let mut roles: Vec<&str> = login["roles"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["member", "reader"]);
    assert!(!run.stdout.contains(&credential.secret));
}

#[test]
fn a_users_own_token_proves_no_right_to_validate() {
    let member = Account::new("service", &["member"]);
    let files = Files::new().nova(&member.login()).receiver(
        "cinder",
        &member.login(),
        "service_token_roles = member",
    );
    let (run, report) = files.report();
    assert_eq!((run.code, report.verdict("nova", "cinder")), (1, "broken"), "{run:#?}");
    let receiver = &report.service("cinder")["receiver"];
    assert_eq!(
        (&receiver["can_validate"], &receiver["can_validate_from"]),
        (&json!(false), &json!("assumed"))
    );
}

#[test]
fn no_output_holds_a_secret() {
    let (nova, cinder) = (Account::new("nova", &["member"]), Account::new("cinder", &["service"]));
    let (login, url) = (cinder.login(), shared().keystone.url());
    let with_userinfo = url.replace("http://", &format!("http://nova:{PASSWORD}@"));
    let wrong = Account::new("wrong", &["service"]).login();
    let files = Files::new()
        .nova(&nova.login())
        .receiver("cinder", &login, "")
        .receiver("glance", &cinder.login_at(&with_userinfo), "")
        .receiver("neutron", &format!("{wrong}password = {PASSWORD}-wrong\n"), "")
        .receiver("placement", &login, &format!("password {PASSWORD}"))
        .receiver("ironic", &login, &format!("password = {PASSWORD}$nosuch"))
        .receiver("manila", &login, "region_name = $password")
        .receiver("barbican", &login, "project_name = $password")
        .receiver("heat", &login, "service_token_roles = $password")
        .receiver("octavia", &login, "enforce_token_bind = $password")
        .receiver("zun", &login, "username = $password")
        .receiver("magnum", &login, "auth_type = $password")
        .receiver("trove", &login, &format!("auth_url = ftp://x:{PASSWORD}@h/v3"))
        .receiver("aodh", &login, &format!("memcache_secret_key = {PASSWORD}\nauth_version = x"))
        .receiver("mistral", &login, &format!("[{PASSWORD}"))
        .receiver("zaqar", &login, "interface = internal\nauth_section = $password");
    for arguments in ways_to_ask() {
        let run = Binary::new().args(arguments.split(' ')).args(&files.targets).run();
        assert!(run.code < 2, "{arguments}: {run:#?}");
        for line in run.stdout.lines().chain(run.stderr.lines()) {
            // Tokens begin with these letters.
            assert!(!line.contains("canary") && !line.contains("gAAAA"), "{arguments}: {line}");
        }
    }
}

/// Everything that decides over what is shown.
fn ways_to_ask() -> Vec<String> {
    let mut ways = vec!["show".to_owned(), "show --defaults --format json".to_owned()];
    for format in formats() {
        for how in ["-q", "--color never", "-v --color always", "-v --release 2026.1 --upgrade-to 2026.2"] {
            ways.push(format!("--format {format} {how}"));
        }
    }
    ways
}

/// All that `--format` takes, as the program says when it does not know one.
fn formats() -> Vec<String> {
    let complaint = Binary::new().args(["--format", "?"]).run().stderr.replace('\n', " ");
    let (_, list) = complaint.split_once("[possible values:").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let formats: Vec<String> = list.split(',').map(|name| name.trim().to_owned()).collect();
    assert!(formats.contains(&"json".to_owned()), "{formats:?}");
    formats
}

//! How often a login goes out, and over which session: never more often than it
//! has to, and over the sessions that the service itself would use.

use std::net::{Ipv6Addr, TcpListener};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::certificates::{Authority, Flaw};
use crate::loopback::{Connection, Request, Server, answer};
use crate::program::{Run, program};

/// A Keystone that knows the password `right`, and what it was asked.
struct Keystone {
    server: Server,
    asked: Asked,
}

/// The requests of a server, bodies and all.
type Asked = Arc<Mutex<Vec<Request>>>;

impl Keystone {
    fn start(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let asked = Asked::default();
        Self { server: Server::start(tls, serve(&asked)), asked }
    }

    fn count(&self, method: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|request| request.method == method).count()
    }

    fn port(&self) -> u16 {
        self.server.port()
    }
}

/// Answers every request and writes it down.
fn serve(asked: &Asked) -> impl Fn(&mut Connection) -> std::io::Result<()> + use<> {
    let asked = Arc::clone(asked);
    move |connection| {
        let request = connection.read_request()?;
        asked.lock().unwrap().push(request.clone());
        connection.write(reply(&request))
    }
}

/// As a Keystone whose catalogue says https, as nobody asks it for a validation
/// but under TLS.
fn reply(request: &Request) -> String {
    reply_by(request, "https")
}

fn reply_by(request: &Request, scheme: &str) -> String {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    if request.header("x-subject-token").is_some() {
        return answer("200 OK", &[], r#"{"token": {}}"#);
    }
    if request.method == "GET" {
        let version = json!({"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": "/v3"}]});
        return answer("200 OK", &[], &json!({"version": version}).to_string());
    }
    let here = format!("{scheme}://{}/v3", request.header("host").unwrap_or_default());
    let user = &body["auth"]["identity"]["password"]["user"];
    if user["password"] != "right" {
        return answer("401 Unauthorized", &[], r#"{"error": {"message": "no", "code": 401}}"#);
    }
    let token = json!({"token": {
        "user": {"id": user["name"], "name": user["name"], "domain": {"name": "Default"}},
        "project": {"name": "service", "domain": {"name": "Default"}},
        "roles": [{"name": "service"}], "expires_at": "2090-01-01T00:00:00.000000Z",
        "catalog": [{"type": "identity", "endpoints": [{"interface": "internal", "url": here}]}],
    }});
    // The token of a user is the user's name.
    let header = format!("X-Subject-Token: {}", user["name"].as_str().unwrap_or_default());
    answer("201 Created", &[&header], &token.to_string())
}

/// Services by file name, run with the program.
struct Cloud {
    directory: TempDir,
    files: Vec<String>,
}

impl Cloud {
    fn new() -> Self {
        Self { directory: TempDir::new().unwrap(), files: Vec::new() }
    }

    fn file(mut self, name: &str, text: &str) -> Self {
        std::fs::write(self.directory.path().join(name), text).unwrap();
        self.files.push(name.to_owned());
        self
    }

    fn authority(&self) -> Authority {
        Authority::new(self.directory.path())
    }

    fn run(&self, more: &[&str], environment: &[(&str, &str)]) -> Run {
        let mut command = program(self.directory.path());
        command.args(["--timeout", "5", "--format", "json"]).args(more).args(&self.files);
        Run::of(&command.envs(environment.iter().copied()).output().unwrap())
    }
}

fn login(section: &str, url: &str, user: &str, password: &str, more: &str) -> String {
    format!(
        "[{section}]\nsend_service_user_token = true\nauth_type = v3password\nauth_url = {url}\n\
         username = {user}\npassword = {password}\nuser_domain_name = Default\n\
         project_name = service\nproject_domain_name = Default\n{more}\n"
    )
}

/// The status of every login in a report, senders before receivers.
fn statuses(run: &Run) -> Vec<String> {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let services = report["services"].as_array().unwrap();
    let senders = services.iter().flat_map(|service| service["senders"].as_array().unwrap());
    let receivers =
        services.iter().map(|service| &service["receiver"]).filter(|receiver| !receiver.is_null());
    let status = |login: &Value| login["login"]["status"].as_str().unwrap().to_owned();
    senders.filter(|sender| sender["sends"] == true).chain(receivers).map(status).collect()
}

fn messages(run: &Run) -> String {
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    findings.iter().map(|finding| format!("{}\n", finding["message"].as_str().unwrap())).collect()
}

#[test]
fn a_login_that_many_share_goes_out_once() {
    let keystone = Keystone::start(None);
    let url = format!("http://127.0.0.1:{}/v3", keystone.port());
    let receiver = login("keystone_authtoken", &url, "shared", "right", "");
    let cloud = Cloud::new()
        .file("nova.conf", &(login("service_user", &url, "shared", "right", "") + &receiver))
        .file("cinder.conf", &receiver)
        .file("glance-api.conf", &receiver)
        .file("neutron.conf", &receiver);
    let run = cloud.run(&[], &[]);
    assert_eq!(statuses(&run), vec!["ok"; 5], "{}", run.stdout);
    assert_eq!(keystone.count("POST"), 1);
}

#[test]
fn after_a_refusal_no_other_secret_is_tried_for_that_user() {
    let keystone = Keystone::start(None);
    let url = format!("http://127.0.0.1:{}", keystone.port());
    let with_version = format!("{url}/v3");
    let cloud = Cloud::new()
        .file("nova.conf", &login("service_user", &url, "nova", "wrong", ""))
        .file("cinder.conf", &login("keystone_authtoken", &with_version, "nova", "also wrong", ""))
        .file("glance-api.conf", &login("keystone_authtoken", &with_version, "Nova", "right", ""))
        .file("neutron.conf", &login("keystone_authtoken", &with_version, "neutron", "right", ""));
    let run = cloud.run(&[], &[]);
    // One of the three of the same user; who is first is not promised.
    assert_eq!(keystone.count("POST"), 2, "{}", run.stdout);
    let statuses = statuses(&run);
    assert_eq!(statuses.iter().filter(|s| *s == "skipped").count(), 2, "{statuses:?}");
    assert_eq!(statuses.last().unwrap(), "ok");
}

/// A login that ends only when a validation has come in: what needs two logins
/// does not wait for a third.
#[test]
fn a_validation_waits_for_the_logins_that_it_needs_and_no_other() {
    let asked = Asked::default();
    let (seen, validated) = (Arc::clone(&asked), Arc::new(AtomicBool::new(false)));
    let server = Server::start(None, move |connection| {
        let request = connection.read_request()?;
        if request.header("x-subject-token").is_some() {
            validated.store(true, Ordering::Relaxed);
        }
        if String::from_utf8_lossy(&request.body).contains("the-slow-one") {
            while !validated.load(Ordering::Relaxed) && connection.wait(Duration::from_millis(10)) {}
        }
        seen.lock().unwrap().push(request.clone());
        connection.write(reply_by(&request, "http"))
    });
    let url = format!("http://127.0.0.1:{}/v3", server.port());
    let cloud = Cloud::new()
        .file("nova.conf", &login("service_user", &url, "nova", "right", ""))
        .file("cinder.conf", &login("keystone_authtoken", &url, "cinder", "right", ""))
        .file("glance-api.conf", &login("keystone_authtoken", &url, "the-slow-one", "right", ""));
    let run = cloud.run(&[], &[]);
    assert_eq!(statuses(&run), ["ok"; 3], "{}", run.stdout);
    // Three logins and two validations.
    assert_eq!(asked.lock().unwrap().len(), 5);
}

#[test]
fn no_more_goes_on_at_once_than_jobs_says_and_connections_are_kept() {
    for (jobs, most) in [("1", 1), ("2", 2)] {
        let (now, peak, connections) = <(Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicUsize>)>::default();
        let (under_way, highest, opened) = (Arc::clone(&now), Arc::clone(&peak), Arc::clone(&connections));
        let server = Server::start(None, move |connection| {
            opened.fetch_add(1, Ordering::SeqCst);
            loop {
                let request = connection.read_request()?;
                highest.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                connection.wait(Duration::from_millis(20));
                under_way.fetch_sub(1, Ordering::SeqCst);
                connection.write(reply_by(&request, "http").replace("Connection: close\r\n", ""))?;
            }
        });
        let url = format!("http://127.0.0.1:{}", server.port());
        let user = |section: &str, name: &str| {
            login(section, &url, name, "right", "").replace("v3password", "password")
        };
        let cloud = Cloud::new()
            .file("nova.conf", &user("service_user", "nova"))
            .file("cinder.conf", &user("keystone_authtoken", "cinder"))
            .file("glance-api.conf", &user("keystone_authtoken", "glance"))
            .file("neutron.conf", &user("keystone_authtoken", "neutron"));
        let run = cloud.run(&["--jobs", jobs], &[]);
        assert_eq!(statuses(&run), ["ok"; 4], "{}", run.stdout);
        // All ask for the versions at one URL, which is done once.
        let requests = server.requests();
        let of = |method: &str, target: &str| {
            requests.iter().filter(|r| r.method == method && r.target == target).count()
        };
        assert_eq!((of("GET", "/"), of("POST", "/v3/auth/tokens"), of("GET", "/v3/auth/tokens")), (1, 4, 3));
        assert_eq!((peak.load(Ordering::SeqCst), connections.load(Ordering::SeqCst)), (most, most));
    }
}

/// Two receivers that share login, interface and region would learn the same.
#[test]
fn equal_validations_are_made_once() {
    let asked = Asked::default();
    let seen = Arc::clone(&asked);
    let server = Server::start(None, move |connection| {
        let request = connection.read_request()?;
        seen.lock().unwrap().push(request.clone());
        connection.write(reply_by(&request, "http"))
    });
    let url = format!("http://127.0.0.1:{}/v3", server.port());
    let receiver = login("keystone_authtoken", &url, "shared", "right", "");
    let cloud = Cloud::new()
        .file("nova.conf", &login("service_user", &url, "nova", "right", ""))
        .file("cinder.conf", &receiver)
        .file("glance-api.conf", &receiver);
    let run = cloud.run(&[], &[]);
    assert_eq!(statuses(&run), ["ok"; 3], "{}", run.stdout);
    let subjects: Vec<_> =
        asked.lock().unwrap().iter().filter_map(|r| r.header("x-subject-token").map(str::to_owned)).collect();
    assert_eq!(subjects, ["nova"]);
}

#[test]
fn a_masked_secret_never_goes_out() {
    let keystone = Keystone::start(None);
    let url = format!("http://127.0.0.1:{}/v3", keystone.port());
    let cloud = Cloud::new().file("nova.conf", &login("service_user", &url, "nova", "***", ""));
    assert_eq!(statuses(&cloud.run(&[], &[])), ["skipped"]);
    assert_eq!(keystone.server.requests(), []);
}

/// nova with these TLS lines in the sections of the services it calls.
fn nova_over_tls(url: &str, sections: &str) -> String {
    login("service_user", url, "nova", "right", "") + sections
}

#[test]
fn every_called_section_is_judged_by_its_own_session() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let ca = authority.file();
    for (sections, blamed, gets) in [
        (format!("[cinder]\ncafile = {ca}\n[neutron]\ncafile = {ca}\n"), "", 0),
        (format!("[cinder]\n[neutron]\ncafile = {ca}\n"), "[cinder]", 0),
        (format!("[cinder]\ncafile = {ca}\n[neutron]\n"), "[neutron]", 0),
        (format!("[cinder]\ninsecure = true\n[glance]\ncafile = {ca}\n"), "", 1),
        ("[cinder]\ninsecure = true\ncafile = /nowhere\n".to_owned(), "", 0),
        (format!("[cinder]\ncafile = /nowhere/ca.pem\n[glance]\ncafile = {ca}\n"), "/nowhere/ca.pem", 0),
    ] {
        let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
        let url = format!("https://127.0.0.1:{}/v3", keystone.port());
        let cloud = Cloud::new().file("nova.conf", &nova_over_tls(&url, &sections));
        let run = cloud.run(&[], &[]);
        assert_eq!(statuses(&run), ["ok"], "{sections}: {}", run.stdout);
        assert_eq!((keystone.count("POST"), keystone.count("GET")), (1, gets), "{sections}");
        assert_eq!(messages(&run).contains("over the session of"), !blamed.is_empty(), "{sections}");
        assert!(messages(&run).contains(blamed), "{sections}: {}", messages(&run));
        assert_eq!(run.code, if blamed.is_empty() { 0 } else { 3 }, "{sections}");
    }
}

/// cinder's calls to glance have no section of their own (cinder `image/glance.py`).
#[test]
fn cinder_s_session_with_glance_is_one_of_default() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let ca = authority.file();
    let glance = format!("glance_ca_certificates_file = {ca}\n");
    let nova = format!("[nova]\ncafile = {ca}\n");
    for (default, nova, blamed, gets) in [
        (glance.as_str(), nova.as_str(), "", 0),
        ("", &nova, "glance_ca_certificates_file and its like in [DEFAULT]", 0),
        (&glance, "[nova]\n", "[nova]", 0),
        ("glance_api_insecure = true\n", &nova, "", 1),
        (&format!("{glance}backup_swift_service_auth = true\n"), &nova, "[service_user]", 0),
    ] {
        let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
        let url = format!("https://127.0.0.1:{}/v3", keystone.port());
        let text =
            format!("[DEFAULT]\n{default}{nova}{}", login("service_user", &url, "cinder", "right", ""));
        let run = Cloud::new().file("cinder.conf", &text).run(&[], &[]);
        assert_eq!(statuses(&run), ["ok"], "{text}: {}", run.stdout);
        assert_eq!((keystone.count("POST"), keystone.count("GET")), (1, gets), "{text}");
        let said = messages(&run);
        assert_eq!(said.contains("over the session of"), !blamed.is_empty(), "{said}");
        assert!(said.contains(blamed), "{said}");
    }
}

#[test]
fn a_verdict_hangs_on_the_session_of_its_own_section() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
    let url = format!("https://127.0.0.1:{}/v3", keystone.port());
    let cafile = format!("cafile = {}", authority.file());
    let sections = format!("[cinder]\n{cafile}\n[neutron]\n");
    let receiver = login("keystone_authtoken", &url, "other", "right", &cafile);
    let cloud = Cloud::new()
        .file("nova.conf", &nova_over_tls(&url, &sections))
        .file("cinder.conf", &receiver)
        .file("neutron.conf", &receiver);
    let run = cloud.run(&[], &[]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let verdict = |name: &str| {
        let rows = report["trust"].as_array().unwrap();
        let row = rows.iter().find(|row| row["receivers"][0] == name && row["senders"][0] == "nova").unwrap();
        row["reason"].as_str().unwrap().contains("over the session of [neutron]")
    };
    assert!(!verdict("cinder") && verdict("neutron"), "{}", run.stdout);
}

#[test]
fn a_receiver_is_judged_by_its_own_session() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
    let url = format!("https://127.0.0.1:{}/v3", keystone.port());
    let cafile = format!("cafile = {}", authority.file());
    let cloud = Cloud::new()
        .file("nova.conf", &login("service_user", &url, "shared", "right", ""))
        .file("cinder.conf", &login("keystone_authtoken", &url, "shared", "right", &cafile));
    let run = cloud.run(&[], &[]);
    assert_eq!(statuses(&run), ["unreachable", "ok"], "{}", run.stdout);
    assert_eq!(keystone.count("POST"), 1);
}

#[test]
fn a_client_certificate_is_shown() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let (certificate, key) = authority.client();
    let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, true)));
    let url = format!("https://127.0.0.1:{}/v3", keystone.port());
    let session =
        format!("[cinder]\ncafile = {}\ncertfile = {certificate}\nkeyfile = {key}\n", authority.file());
    let run = Cloud::new().file("nova.conf", &nova_over_tls(&url, &session)).run(&[], &[]);
    assert_eq!(statuses(&run), ["ok"], "{}", run.stdout);
}

#[test]
fn an_ipv6_address_is_an_address() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    // A host without IPv6 can say nothing here.
    let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)) else { return };
    let asked = Asked::default();
    let server = Server::on(listener, Some(authority.server(Flaw::Nothing, false)), serve(&asked));
    let url = format!("https://[::1]:{}/v3", server.port());
    let session = format!("[cinder]\ncafile = {}\n", authority.file());
    let run = Cloud::new().file("nova.conf", &nova_over_tls(&url, &session)).run(&[], &[]);
    assert_eq!(statuses(&run), ["ok"], "{}", run.stdout);
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[test]
fn proxies_of_this_shell_count_only_when_told_so() {
    let (keystone, proxy) = (Keystone::start(None), Keystone::start(None));
    let url = format!("http://127.0.0.1:{}/v3", keystone.port());
    let cloud = Cloud::new().file("nova.conf", &login("service_user", &url, "nova", "right", ""));
    let address = format!("http://127.0.0.1:{}", proxy.port());
    let environment = [("HTTP_PROXY", address.as_str()), ("http_proxy", address.as_str())];
    assert_eq!(statuses(&cloud.run(&[], &environment)), ["ok"]);
    assert_eq!((keystone.count("POST"), proxy.count("POST")), (1, 0));
    assert_eq!(statuses(&cloud.run(&["--with-env"], &environment)), ["ok"]);
    assert_eq!((keystone.count("POST"), proxy.count("POST")), (1, 1));
}

/// The host's trust store is named where it decided, and only there.
#[test]
fn the_trust_store_that_decided_is_named() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
    let url = format!("https://127.0.0.1:{}/v3", keystone.port());
    let store = authority.file();
    let named = |sections: &str, url: &str| {
        let cloud = Cloud::new().file("nova.conf", &nova_over_tls(url, sections));
        // Where OpenSSL's own variable says that this host's is.
        let run = cloud.run(&[], &[("SSL_CERT_FILE", store.as_str())]);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        let items = report["not_checked"].as_array().unwrap().clone();
        (statuses(&run), items.iter().any(|item| item["why"].as_str().unwrap().contains(&store)))
    };
    let ok = vec!["ok".to_owned()];
    assert_eq!(named("[cinder]\n", &url), (ok.clone(), true));
    assert_eq!(named(&format!("[cinder]\ncafile = {store}\n"), &url), (ok.clone(), false));
    assert_eq!(named("[cinder]\ninsecure = true\n", &url), (ok, false));
    let plain = Keystone::start(None);
    assert!(!named("[cinder]\n", &format!("http://127.0.0.1:{}/v3", plain.port())).1);
}

/// A pipe that nobody writes into would be waited for without end.
#[test]
fn a_cafile_that_is_no_file_holds_nobody_up() {
    let cloud = Cloud::new();
    let pipe = cloud.directory.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for path in [pipe.to_str().unwrap(), "/dev/zero"] {
        let sections = format!("[cinder]\ncafile = {path}\n");
        let cloud = Cloud::new().file("nova.conf", &nova_over_tls("https://127.0.0.1:1/v3", &sections));
        let run = cloud.run(&[], &[]);
        assert_eq!((statuses(&run), run.code), (vec!["unreachable".to_owned()], 3));
        assert!(messages(&run).contains(&format!("{path}: not a file")), "{}", messages(&run));
    }
}

#[test]
fn a_trust_store_of_this_shell_counts_only_when_told_so() {
    let cloud = Cloud::new();
    let authority = cloud.authority();
    let keystone = Keystone::start(Some(authority.server(Flaw::Nothing, false)));
    let url = format!("https://127.0.0.1:{}/v3", keystone.port());
    let cloud = Cloud::new().file("nova.conf", &login("service_user", &url, "nova", "right", ""));
    let file = authority.file();
    let environment = [("REQUESTS_CA_BUNDLE", file.as_str())];
    assert_eq!(statuses(&cloud.run(&[], &environment)), ["unreachable"]);
    assert_eq!(statuses(&cloud.run(&["--with-env"], &environment)), ["ok"]);
}

//! How long a live check takes beside others that do the same work: a bare HTTP
//! client, keystoneauth1, the openstack command, curl. Ratios, all taken in one
//! run and in turns. Run by hand:
//!
//! ```text
//! cargo test --release --test it -- --ignored --nocapture --test-threads=1 measure
//! ```

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::certificates::{Authority, Flaw};
use crate::cloud::admin::{self, DEFAULT_DOMAIN, Scope};
use crate::cloud::shared;
use crate::loopback::{Server, answer};
use crate::program::run;

const PASSWORD: &str = "measure-pass-word";
const SERVICES: [&str; 6] = ["nova", "cinder", "glance", "neutron", "placement", "ironic"];

/// One who does the work.
pub(crate) struct Contender<'w> {
    name: &'static str,
    work: Box<dyn FnMut() + 'w>,
    /// Slow ones have fewer rounds.
    rounds: usize,
    times: Vec<Duration>,
}

impl<'w> Contender<'w> {
    pub(crate) fn new(name: &'static str, rounds: usize, work: impl FnMut() + 'w) -> Self {
        Self { name, work: Box::new(work), rounds, times: Vec::new() }
    }

    fn median(&mut self) -> Duration {
        self.times.sort();
        self.times[self.times.len() / 2]
    }
}

/// All in turns, so that what else the machine does strikes all alike; the first
/// round does not count. The first contender is the measure.
pub(crate) fn race(title: &str, mut contenders: Vec<Contender<'_>>) {
    let rounds = contenders.iter().map(|contender| contender.rounds).max().unwrap_or_default();
    for round in 0..=rounds {
        for contender in contenders.iter_mut().filter(|contender| round <= contender.rounds) {
            let begin = Instant::now();
            (contender.work)();
            if round > 0 {
                contender.times.push(begin.elapsed());
            }
        }
    }
    println!("{title}");
    let ours = contenders[0].median().as_secs_f64();
    for contender in &mut contenders {
        let time = contender.median().as_secs_f64();
        println!("  {:44} {:8.1} ms  {:6.2}", contender.name, time * 1e3, time / ours);
    }
}

fn section(kind: &str, url: &str, name: &str) -> String {
    let section = if kind == "nova" { "service_user" } else { "keystone_authtoken" };
    format!(
        "[{section}]\nsend_service_user_token = true\nauth_type = password\nauth_url = {url}\n\
         username = {name}\npassword = {PASSWORD}\nuser_domain_name = Default\nproject_name = {name}\n\
         project_domain_name = Default\n"
    )
}

fn body(name: &str) -> Value {
    let domain = json!({"name": "Default"});
    let user = json!({"name": name, "domain": domain, "password": PASSWORD});
    json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": name, "domain": domain}},
    }})
}

/// The requests of the check by a client that knows what to send: the versions
/// once, all logins side by side, each validation when its two logins are there.
fn bare(url: &str, names: &[String]) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    agent.get(url).call().unwrap().body_mut().read_to_string().unwrap();
    let login = |name: &String| {
        let mut answer = agent
            .post(format!("{url}/v3/auth/tokens"))
            .header("Content-Type", "application/json")
            .send(body(name).to_string())
            .unwrap();
        answer.body_mut().read_to_string().unwrap();
        answer.headers()["X-Subject-Token"].to_str().unwrap().to_owned()
    };
    let subject = std::sync::OnceLock::new();
    std::thread::scope(|scope| {
        let (login, agent, subject) = (&login, &agent, &subject);
        scope.spawn(move || subject.set(login(&names[0])).unwrap());
        for name in &names[1..] {
            scope.spawn(move || {
                let token = login(name);
                let request = agent.get(format!("{url}/v3/auth/tokens"));
                let request = request.header("X-Auth-Token", token).header("X-Subject-Token", subject.wait());
                assert_eq!(request.call().unwrap().status(), 200);
            });
        }
    });
}

/// The openstack command as each of the services, side by side. It shows that
/// the logins work, and no role.
fn openstack(command: &Path, url: &str, names: &[String]) {
    let children: Vec<_> = names
        .iter()
        .map(|name| {
            let mut command = Command::new(command);
            command.env_clear().args(["--os-auth-url", url, "--os-identity-api-version", "3"]);
            command.args(["--os-username", name, "--os-password", PASSWORD, "--os-project-name", name]);
            command.args(["--os-user-domain-name", "Default", "--os-project-domain-name", "Default"]);
            command.args(["token", "issue", "-f", "json"]).stdout(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
}

#[test]
#[ignore = "measures; run by hand"]
fn measure_one_sender_and_five_receivers() {
    let cloud = shared();
    let url = cloud.keystone.url();
    let directory = TempDir::new().unwrap();
    let names: Vec<String> = SERVICES
        .iter()
        .map(|kind| {
            let name = admin::unique(kind);
            let project = cloud.admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
            let id = cloud.admin.create_user(&name, PASSWORD, DEFAULT_DOMAIN, None).unwrap();
            cloud.admin.grant(&id, &cloud.admin.role("service").unwrap(), Scope::Project(&project)).unwrap();
            fs::write(directory.path().join(kind), section(kind, &url, &name)).unwrap();
            name
        })
        .collect();
    let targets: Vec<String> = SERVICES.iter().map(|kind| format!("{kind}={kind}")).collect();
    let arguments = |more: &'static str| [more.to_owned()].into_iter().chain(targets.clone());
    let ours = || {
        let run = run(directory.path(), arguments("--format=json"));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["summary"]["logins"], 6, "{}", run.stdout);
        // The versions once, six logins, five validations.
        assert_eq!(report["summary"]["requests"], 12);
    };
    let command = cloud.openstack().unwrap();
    // A fresh Python process for each round, as a command is.
    let keystoneauth = || {
        let peer = cloud.fresh_keystoneauth().unwrap();
        for (kind, name) in SERVICES.iter().zip(&names) {
            let text = section(kind, &url, name);
            let section = if *kind == "nova" { "service_user" } else { "keystone_authtoken" };
            assert_eq!(peer.login(&text, section, false).unwrap().outcome, "ok");
        }
    };
    race(
        "One sender and five receivers, 12 requests",
        vec![
            Contender::new("this program", 15, ours),
            Contender::new("of it, offline", 15, || drop(run(directory.path(), arguments("--offline")))),
            Contender::new("the 12 requests by a bare HTTP client", 15, || bare(&url, &names)),
            Contender::new("the six logins by keystoneauth1", 5, keystoneauth),
            Contender::new("the six logins by openstack, side by side", 3, || {
                openstack(&command, &url, &names);
            }),
        ],
    );
}

/// One login by a client that knows nothing but TLS.
fn bare_tls(port: u16, cafile: &str, body: &str) -> String {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(cafile).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut stream = StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket);
    let head = format!(
        "POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    // The other end closes without saying so in TLS.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
#[ignore = "measures; run by hand"]
fn measure_one_login_over_tls() {
    let directory = TempDir::new().unwrap();
    let authority = Authority::new(directory.path());
    let server = Server::start(Some(authority.server(Flaw::Nothing, false)), |connection| {
        connection.read_request()?;
        let token = json!({"token": {"user": {"id": "u", "name": "u"}, "roles": [{"name": "service"}]}});
        connection.write(answer("201 Created", &["X-Subject-Token: t"], &token.to_string()))
    });
    let port = server.port();
    let url = format!("https://127.0.0.1:{port}/v3");
    let text = section("nova", &url, "nova").replace("= password\n", "= v3password\n");
    fs::write(directory.path().join("nova.conf"), format!("{text}[cinder]\ncafile = {}\n", authority.file()))
        .unwrap();
    fs::write(directory.path().join("no-cafile.conf"), format!("{text}[cinder]\n")).unwrap();
    let body = body("nova").to_string();
    fs::write(directory.path().join("body"), &body).unwrap();
    let program = |file: &str, status: &str| {
        let run = run(directory.path(), ["--format=json", &format!("nova={file}")]);
        assert!(run.stdout.contains(&format!("\"status\": \"{status}\"")), "{}", run.stdout);
    };
    let curl = || {
        let mut curl = Command::new("curl");
        curl.current_dir(directory.path()).args(["--silent", "--cacert", &authority.file()]);
        curl.args(["--data", "@body", &format!("{url}/auth/tokens")]);
        let output = curl.output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("roles"), "{output:?}");
    };
    race(
        "One login over TLS with cafile",
        vec![
            Contender::new("this program", 40, || program("nova.conf", "ok")),
            Contender::new("curl", 40, curl),
            Contender::new("a bare TLS client, in a running process", 40, || {
                assert!(bare_tls(port, &authority.file(), &body).contains("201 Created"));
            }),
            Contender::new("this program, with the host's trust store", 40, || {
                program("no-cafile.conf", "unreachable");
            }),
        ],
    );
}

//! How long a live check takes beside the same requests of a bare HTTP client and
//! beside keystoneauth1. Run by hand:
//!
//! ```text
//! cargo test --release --test it -- --ignored --nocapture measure
//! ```

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::Agent;

use crate::cloud::admin::{self, DEFAULT_DOMAIN, Scope};
use crate::cloud::shared;
use crate::program::run;

const PASSWORD: &str = "measure-pass-word";
const SERVICES: [&str; 6] = ["nova", "cinder", "glance", "neutron", "placement", "ironic"];
const ROUNDS: usize = 15;

/// The median of some runs, after one that does not count.
fn median(mut work: impl FnMut()) -> Duration {
    work();
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begin = Instant::now();
            work();
            begin.elapsed()
        })
        .collect();
    times.sort();
    times[ROUNDS / 2]
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

/// The requests of the check by a client that knows what to send: all logins
/// side by side, then all validations.
fn bare(url: &str, names: &[String]) {
    let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let login = |name: &String| {
        agent.get(url).call().unwrap().body_mut().read_to_string().unwrap();
        let mut answer = agent
            .post(format!("{url}/v3/auth/tokens"))
            .header("Content-Type", "application/json")
            .send(body(name).to_string())
            .unwrap();
        answer.body_mut().read_to_string().unwrap();
        answer.headers()["X-Subject-Token"].to_str().unwrap().to_owned()
    };
    let tokens: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = names.iter().map(|name| scope.spawn(|| login(name))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    std::thread::scope(|scope| {
        for token in &tokens[1..] {
            let (agent, subject) = (&agent, &tokens[0]);
            scope.spawn(move || {
                let request = agent.get(format!("{url}/v3/auth/tokens"));
                let request = request.header("X-Auth-Token", token).header("X-Subject-Token", subject);
                assert_eq!(request.call().unwrap().status(), 200);
            });
        }
    });
}

#[test]
#[ignore = "measures; run by hand"]
fn measure() {
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
    let offline = median(|| drop(run(directory.path(), arguments("--offline"))));
    let mut requests = Value::Null;
    let ours = median(|| {
        let run = run(directory.path(), arguments("--format=json"));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(report["summary"]["logins"], 6, "{}", run.stdout);
        requests = report["summary"]["requests"].clone();
    });
    let bare = median(|| bare(&url, &names));
    // A fresh Python process for each round, as a command is.
    let keystoneauth = median(|| {
        let peer = cloud.fresh_keystoneauth().unwrap();
        for (kind, name) in SERVICES.iter().zip(&names) {
            let text = section(kind, &url, name);
            let section = if *kind == "nova" { "service_user" } else { "keystone_authtoken" };
            assert_eq!(peer.login(&text, section, false).unwrap().outcome, "ok");
        }
    });
    let ratio = |time: Duration| time.as_secs_f64() / ours.as_secs_f64();
    println!("requests of a check: {requests}");
    println!("this program          {:7.1} ms  1", ours.as_secs_f64() * 1e3);
    println!("  of it, offline      {:7.1} ms  {:.2}", offline.as_secs_f64() * 1e3, ratio(offline));
    println!("bare HTTP client      {:7.1} ms  {:.2}", bare.as_secs_f64() * 1e3, ratio(bare));
    println!("keystoneauth1, logins {:7.1} ms  {:.2}", keystoneauth.as_secs_f64() * 1e3, ratio(keystoneauth));
}

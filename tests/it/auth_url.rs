//! Every form of `auth_url`, and every list of versions, where keystoneauth1 goes
//! with it: both before the same recording proxy, with TLS and without.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;
use ureq::Agent;

use crate::cloud::admin::{self, DEFAULT_DOMAIN, Scope};
use crate::cloud::shared;
use crate::keystoneauth::{Clients, Fails, Fault, Hangs, Refused, Row, SERVICE, at, compare};
use crate::program::run;
use crate::recorder::{Bend, Recorder};

#[test]
fn every_form_of_auth_url_leads_where_it_leads_in_keystoneauth() {
    let keystone = Bend::Nothing;
    let (p, v3) = ("password", "v3password");
    let mut rows = vec![
        // It hangs where the session carries the plugin itself.
        Row { receiver: true, ..at(p, "/v3/auth/tokens", keystone, Hangs) },
        at(p, "/v3/auth/tokens", keystone, Fails),
        at(v3, "/v3/auth/tokens", keystone, Fails),
        at(p, "/v2.0", keystone, Fault),
        at(v3, "/v2.0", keystone, Refused(404)),
        at(p, "/identity", keystone, Fault),
        at(v3, "/identity", keystone, Refused(404)),
        at(p, "/v3?x=1", keystone, SERVICE),
        at(v3, "/v3?x=1", keystone, Fault),
        at(p, "", Bend::Prefix, Fault),
        at(v3, "", Bend::Prefix, Refused(404)),
        at(p, "/identity", Bend::PrefixLost, Refused(404)),
        at(v3, "/identity", Bend::PrefixLost, SERVICE),
        at(p, "/identity/v3", Bend::PrefixLost, Refused(404)),
        at(v3, "/identity/v3", Bend::PrefixLost, SERVICE),
        at(p, "", Bend::GetIsPage, Fault),
        at(p, "/v3", Bend::GetIsPage, SERVICE),
        at(p, "", Bend::GetFails(401), Fault),
        at(p, "/v3", Bend::RedirectRelative, Fault),
        at(v3, "/v3", Bend::RedirectRelative, Fault),
    ];
    for path in ["", "/", "/v3", "/v3/", "/v3//"] {
        rows.push(at(p, path, keystone, SERVICE));
        rows.push(at(v3, path, keystone, SERVICE));
        rows.push(at(p, path, Bend::OtherHost, SERVICE));
    }
    for path in ["/V3", "/v3.14", "/v3/v3", "/v3 # note"] {
        rows.push(at(p, path, keystone, Refused(404)));
        rows.push(at(v3, path, keystone, Refused(404)));
    }
    for path in ["/identity", "/identity/", "/identity/v3", "/identity/v3/"] {
        rows.push(at(p, path, Bend::Prefix, SERVICE));
        rows.push(at(v3, path, Bend::Prefix, SERVICE));
    }
    for status in [403, 404, 500, 503] {
        rows.push(at(p, "", Bend::GetFails(status), Fault));
        rows.push(at(p, "/v3", Bend::GetFails(status), SERVICE));
        rows.push(at(v3, "", Bend::GetFails(status), SERVICE));
    }
    for status in [301, 302, 303, 307, 308] {
        rows.push(at(p, "/v3", Bend::Redirect(status), SERVICE));
        rows.push(at(p, "", Bend::Redirect(status), SERVICE));
        rows.push(at(v3, "/v3", Bend::Redirect(status), SERVICE));
    }
    for url in [
        "127.0.0.1:{port}/v3",
        "localhost{port}/v3",
        "http:/127.0.0.1:{port}/v3",
        "//127.0.0.1:{port}/v3",
        "http://127.0.0.1:9{port}9/v3",
        "http://:{port}/v3",
        "ftp://127.0.0.1:{port}/v3",
    ] {
        rows.push(at(p, url, keystone, Fails));
        rows.push(at(v3, url, keystone, Fails));
    }
    // An empty one is there, and leads nowhere.
    for plugin in [p, v3] {
        rows.push(Row { lines: "no-url;auth_url=;@U;@P", ..at(plugin, "", keystone, Fails) });
    }
    rows.push(at(p, "http://u:p@127.0.0.1:{port}/v3", keystone, SERVICE));
    rows.push(at(v3, "http://u:p@127.0.0.1:{port}/v3", keystone, SERVICE));
    for url in [
        "http://127.0.0.1:1/v3?{port}",
        "http://127.0.0.1:1?{port}",
        "https://127.0.0.1:{port}/v3",
        "https://127.0.0.1:{port}",
        "http://no.invalid:{port}/v3",
        "http://no.invalid:{port}",
    ] {
        rows.push(at(p, url, keystone, Fault));
        rows.push(at(v3, url, keystone, Fault));
    }
    compare(&rows);
}

#[test]
fn every_list_of_versions_is_read_as_in_keystoneauth() {
    let entry =
        |more: &str| -> &'static str { String::leak(format!("{{\"versions\": {{\"values\": [{more}]}}}}")) };
    let v3 = r#"{"id": "v3.14", "status": "stable", "links": [{"rel": "self", "href": "/v3"}]}"#;
    let v2 = r#"{"id": "v2.0", "status": "stable", "links": [{"rel": "self", "href": "/v2.0"}]}"#;
    let texts = [
        (entry(v3), SERVICE),
        (entry(&format!("{v3}, {v2}")), SERVICE),
        (entry(""), Fault),
        (entry(&v3.replace("stable", "experimental")), Fault),
        (entry(&v3.replace("stable", "deprecated")), SERVICE),
        (entry(&v3.replace("v3.14", "v4.0")), Fault),
        (entry(&v3.replace("v3.14", "three")), Fault),
        (entry(&v3.replace("\"/v3\"", "\"v3/\"")), SERVICE),
        (entry(&v3.replace("self", "collection")), Fault),
        (
            r#"{"versions": [{"id": "v3", "status": "CURRENT", "links": [{"rel": "SELF", "href": "http://k.example/x/v3"}]}]}"#,
            SERVICE,
        ),
        (
            r#"{"version": {"id": "v3.0", "status": "current", "links": [{"rel": "self", "href": "/v3/"}]}}"#,
            SERVICE,
        ),
        (r#"{"id": "v3.0", "links": [{"rel": "self", "href": "/v3/"}]}"#, SERVICE),
        ("[]", Fault),
        ("{}", Fault),
        ("", Fault),
        ("{", Fault),
    ];
    let rows: Vec<Row> =
        texts.iter().map(|(text, expect)| at("password", "", Bend::Discovery(text), *expect)).collect();
    compare(&rows);
}

/// With TLS, and the sessions that decide over it: for a service token that of the
/// called section, and not the one of the login.
#[test]
fn every_session_reaches_keystone_or_not_as_in_keystoneauth() {
    let (p, v3) = ("password", "v3password");
    let over = |plugin, path, session: &str, expect| {
        let lines: &'static str = String::leak(format!("@U;@P;{session}"));
        Row { lines, tls: Some(Clients::Any), ..at(plugin, path, Bend::Nothing, expect) }
    };
    let mut rows = Vec::new();
    for (path, plain) in [
        ("https://127.0.0.1:{port}/v3", "http://127.0.0.1:{port}/v3"),
        ("https://127.0.0.1:{port}", "http://127.0.0.1:{port}"),
    ] {
        for plugin in [p, v3] {
            rows.extend([
                over(plugin, path, "", Fault),
                over(plugin, path, "cafile={cafile}", SERVICE),
                over(plugin, path, "insecure=true", SERVICE),
                over(plugin, path, "insecure=true;cafile=/nowhere", SERVICE),
                over(plugin, path, "only:cafile={cafile}", Fault),
                over(plugin, path, "only:insecure=true", Fault),
                over(plugin, plain, "cafile={cafile}", Fault),
            ]);
            let wanted = |session, expect| Row {
                tls: Some(Clients::WithCertificate),
                ..over(plugin, path, session, expect)
            };
            rows.push(wanted("cafile={cafile};certfile={certfile};keyfile={keyfile}", SERVICE));
            rows.push(wanted("cafile={cafile}", Fault));
        }
    }
    // The middleware's own section decides for itself.
    for (session, expect) in [("only:cafile={cafile}", SERVICE), ("", Fault)] {
        rows.push(Row { receiver: true, ..over(p, "https://127.0.0.1:{port}/v3", session, expect) });
    }
    compare(&rows);
}

/// The requests for a token of the real keystonemiddleware with this section, once
/// a user's token comes in, and those of this program. The validation goes to the
/// catalogue's endpoint, past the recorder.
fn requests(plugin: &str, password: &str) -> (Vec<String>, Vec<String>) {
    let cloud = shared();
    let recorder = Recorder::start(cloud.keystone.port(), Bend::Nothing);
    let name = admin::unique("counted");
    let project = cloud.admin.create_project(&name, DEFAULT_DOMAIN).unwrap();
    let id = cloud.admin.create_user(&name, "pass-word", DEFAULT_DOMAIN, None).unwrap();
    cloud.admin.grant(&id, &cloud.admin.role("service").unwrap(), Scope::Project(&project)).unwrap();
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("neutron.conf");
    let text = format!(
        "[keystone_authtoken]\nauth_type = {plugin}\nauth_url = http://127.0.0.1:{}\nusername = {name}\n\
         password = {password}\nuser_domain_name = Default\nproject_name = {name}\n\
         project_domain_name = Default\n",
        recorder.port()
    );
    fs::write(&file, text).unwrap();
    let (_running, port) = cloud.receiver(&file).unwrap();
    let agent: Agent = Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
    let token = cloud.user().unwrap().valid;
    agent.get(format!("http://127.0.0.1:{port}/")).header("X-Auth-Token", token).call().unwrap();
    let taken = || recorder.take().iter().map(|seen| format!("{} {}", seen.method, seen.target)).collect();
    let theirs = taken();
    let run = run(directory.path(), ["--format", "json", "neutron.conf"]);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let ours: Vec<String> = taken();
    assert_eq!(report["summary"]["requests"], ours.len());
    (theirs, ours)
}

/// A login takes as many requests as the middleware's, and a refused one fewer:
/// the middleware posts a refused password twice for each request it serves.
#[test]
fn a_login_takes_no_more_requests_than_the_middleware_s() {
    let (get, post) = ("GET /".to_owned(), "POST /v3/auth/tokens".to_owned());
    let both = |requests: &[&String]| {
        let requests: Vec<String> = requests.iter().map(|request| (*request).clone()).collect();
        (requests.clone(), requests)
    };
    assert_eq!(requests("password", "pass-word"), both(&[&get, &post]));
    assert_eq!(requests("v3password", "pass-word"), both(&[&post]));
    let (theirs, ours) = requests("password", "wrong");
    assert_eq!(theirs, [&get, &post, &post].map(String::clone));
    assert_eq!(ours, [get, post]);
}

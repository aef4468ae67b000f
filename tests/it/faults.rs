//! Everything that can go wrong on the way to Keystone, each on a real socket:
//! what is said, the exit code, how often the password went out, and that
//! neither time nor the password escapes.

use std::io::{self, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::certificates::{Authority, Flaw};
use crate::loopback::{Connection, Server, answer};
use crate::program::{Run, run};

/// Must never be seen.
pub(crate) const CANARY: &str = "canary-k3yst0ne-s3cr3t";
/// The token that the servers give; must never be seen either.
pub(crate) const TOKEN: &str = "gAAAA-canary-t0k3n";
/// `--timeout` of every run (seconds).
pub(crate) const TIMEOUT: u64 = 2;

pub(crate) type Serve = Arc<dyn Fn(&mut Connection) -> io::Result<()> + Send + Sync>;

/// What the server does and what must be said.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) serve: Serve,
    tls: Tls,
    /// What stands in `login.detail`.
    says: &'static str,
    code: i32,
    /// How often the password may go out.
    posts: usize,
    /// Whether `password`, which asks for versions first, is tried too.
    discovery: bool,
}

/// How the connection is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// Not at all.
    None,
    /// With this flaw, and the authority's `cafile`.
    Server(Flaw),
    /// Without `cafile`.
    Untrusted,
    /// `https://` where plain HTTP is spoken.
    OnlyClient,
    /// `http://` where TLS is spoken.
    OnlyServer,
    /// The server wants a client certificate.
    WantsClient,
}

pub(crate) fn case(
    name: &'static str,
    says: &'static str,
    serve: impl Fn(&mut Connection) -> io::Result<()> + Send + Sync + 'static,
) -> Case {
    Case { name, serve: Arc::new(serve), tls: Tls::None, says, code: 3, posts: 1, discovery: true }
}

/// Answers every request with these bytes and closes.
fn bytes(name: &'static str, says: &'static str, text: impl Into<Vec<u8>>) -> Case {
    let text = text.into();
    case(name, says, move |connection| {
        connection.read_request()?;
        connection.write(&text)
    })
}

fn tls(name: &'static str, tls: Tls, says: &'static str) -> Case {
    let serve = |connection: &mut Connection| {
        connection.read_request()?;
        connection.write(token(&json!({})))
    };
    Case { tls, posts: 0, ..case(name, says, serve) }
}

/// A good answer to a login, its token changed.
fn token(change: &Value) -> String {
    token_with(change, &[&format!("X-Subject-Token: {TOKEN}")])
}

fn token_with(change: &Value, headers: &[&str]) -> String {
    let mut token = json!({
        "user": {"id": "u", "name": "nova", "domain": {"name": "Default"}},
        "project": {"name": "service", "domain": {"name": "Default"}},
        "roles": [{"name": "service"}], "expires_at": "2090-01-01T00:00:00.000000Z",
    });
    for (key, value) in change.as_object().into_iter().flatten() {
        token[key] = value.clone();
    }
    answer("201 Created", headers, &json!({"token": token}).to_string())
}

fn error(status: &str, headers: &[&str]) -> String {
    answer(status, headers, r#"{"error": {"message": "Keystone's words", "code": 0}}"#)
}

fn drip(connection: &mut Connection, text: &str) -> io::Result<()> {
    for byte in text.bytes() {
        connection.write([byte])?;
        if !connection.wait(Duration::from_millis(100)) {
            break;
        }
    }
    Ok(())
}

fn connection_cases() -> Vec<Case> {
    let head = "HTTP/1.1 201 Created\r\nX-Subject-Token: x\r\n";
    vec![
        Case { posts: 0, ..case("closes at once", "broke off", |_| Ok(())) },
        case("reset while the request is sent", "broke off", |connection| {
            // What is left unread makes the system reset the connection.
            connection.read_head().map(drop)
        }),
        case("a body shorter than announced", "broke off", move |connection| {
            connection.read_request()?;
            connection.write(format!("{head}Content-Length: 100\r\n\r\n{{"))
        }),
        case("reset while the answer is read", "broke off", move |connection| {
            connection.read_head()?;
            connection.write(format!("{head}Content-Length: 100\r\n\r\n{{"))?;
            // What is left unread makes the system reset the connection.
            connection.wait(Duration::from_millis(20));
            Ok(())
        }),
        case("silence", "no whole answer within the time", |connection| {
            connection.read_request()?;
            connection.hold();
            Ok(())
        }),
        case("the head drips", "no whole answer within the time", |connection| {
            connection.read_request()?;
            drip(connection, &error("201 Created", &[&"X-Drip: drop\r\n".repeat(50)]))
        }),
        case("the body drips", "no whole answer within the time", move |connection| {
            connection.read_request()?;
            connection.write(format!("{head}Content-Length: 500\r\n\r\n"))?;
            drip(connection, &" ".repeat(500))
        }),
        case("an endless body", "larger than any Keystone's", move |connection| {
            connection.read_request()?;
            connection.write(format!("{head}\r\n"))?;
            loop {
                connection.write([b' '; 65536])?;
            }
        }),
        case("an endless head", "larger than any Keystone's", move |connection| {
            connection.read_request()?;
            connection.write(head)?;
            loop {
                connection.write(format!("X-More: {}\r\n", "x".repeat(4096)))?;
            }
        }),
        bytes(
            "a body longer than announced",
            "no JSON",
            format!("{head}Content-Length: 2\r\n\r\n{{\"token\": {{}}}}"),
        ),
        bytes(
            "broken chunks",
            "broken HTTP",
            format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{{}}\r\n"),
        ),
        bytes("no HTTP", "no plain HTTP", "220 mail.example ESMTP\r\n"),
        bytes(
            "a compressed bomb",
            "no JSON (status 201, in the coding gzip that nobody asked for)",
            [
                format!("{head}Content-Encoding: gzip\r\nContent-Length: 1000\r\n\r\n").into_bytes(),
                vec![0x1f; 1000],
            ]
            .concat(),
        ),
    ]
}

fn status_cases() -> Vec<Case> {
    let page = ["Content-Type: text/html"];
    let html = "<html><title>Dashboard</title></html>";
    let mut cases = vec![
        bytes("a web page", "a web page came back", answer("200 OK", &page, html)),
        bytes("a proxy's page with 403", "a web page came back", answer("403 Forbidden", &page, html)),
        bytes(
            "plain HTTP at a TLS port of nginx",
            "no plain HTTP, most likely TLS",
            answer("400 Bad Request", &page, "<html>The plain HTTP request was sent to HTTPS port</html>"),
        ),
        Case {
            discovery: false,
            ..bytes(
                "300",
                "a list of versions came back",
                answer("300 Multiple Choices", &[], "{\"versions\": []}"),
            )
        },
        Case { discovery: false, ..bytes("304", "it points elsewhere", answer("304 Not Modified", &[], "")) },
        bytes(
            "a redirect without a host",
            "keystoneauth1 cannot follow",
            answer("302 Found", &["Location: /v3/x"], ""),
        ),
        Case {
            discovery: false,
            ..bytes(
                "a redirect to another host",
                "the secret was not sent there",
                answer("302 Found", &["Location: http://keystone.invalid/v3/auth/tokens"], ""),
            )
        },
        case("a redirect loop", "redirects without end", |connection| {
            let request = connection.read_request()?;
            let location =
                format!("Location: http://{}{}", request.header("host").unwrap_or_default(), request.target);
            connection.write(answer("307 Temporary Redirect", &[&location], ""))
        }),
    ];
    for (status, code, says) in [
        ("400 Bad Request", 1, "Keystone answers 400: Keystone's words"),
        ("401 Unauthorized", 1, "Keystone answers 401: Keystone's words"),
        ("403 Forbidden", 1, "Keystone answers 403: Keystone's words"),
        ("404 Not Found", 1, "Keystone answers 404: Keystone's words"),
        ("409 Conflict", 3, "another change: status 409"),
        ("413 Too Large", 3, "too large for the server: status 413"),
        ("429 Too Many", 3, "too many requests: status 429"),
        ("500 Internal", 3, "failed inside: status 500"),
        ("502 Bad Gateway", 3, "no proper answer from Keystone: status 502"),
        ("503 Unavailable", 3, "out of service: status 503"),
        ("504 Timeout", 3, "waited for Keystone in vain: status 504"),
    ] {
        cases.push(Case { code, discovery: false, ..bytes(status, says, error(status, &[])) });
    }
    cases.push(Case {
        code: 1,
        discovery: false,
        ..case(
            "the password said back",
            "Keystone answers 401: not shown, since it holds the secret",
            |connection| {
                let request = connection.read_request()?;
                let sent = String::from_utf8_lossy(&request.body).into_owned();
                let body = json!({"error": {"message": format!("you sent {sent}")}}).to_string();
                connection.write(answer("401 Unauthorized", &[], &body))
            },
        )
    });
    cases.push(bytes(
        "429 with Retry-After",
        "status 429 (Retry-After: 120)",
        error("429 Too Many", &["Retry-After: 120"]),
    ));
    cases.push(bytes("503 of a proxy", "out of service: status 503", answer("503 No", &page, html)));
    cases
}

/// As much as is read of a body, made of one thing.
fn full(start: &str, thing: &str, end: &str) -> String {
    full_of((4 << 20) / thing.len() - start.len() - end.len(), start, thing, end)
}

fn full_of(times: usize, start: &str, thing: &str, end: &str) -> String {
    format!("{start}{}{end}", thing.repeat(times))
}

/// The catalogue of a large cloud: three endpoints of each service.
fn catalogue(services: usize) -> Vec<Value> {
    let endpoint = |interface: &str| {
        json!({"id": "0123456789abcdef0123456789abcdef", "interface": interface, "region": "RegionOne",
               "region_id": "RegionOne", "url": "https://service.region-one.cloud.example:1234/v3"})
    };
    let endpoints: Vec<Value> = ["public", "internal", "admin"].map(endpoint).into();
    (0..services).map(|_| json!({"type": "x", "id": "y", "name": "z", "endpoints": endpoints})).collect()
}

fn body_cases() -> Vec<Case> {
    let good = format!("X-Subject-Token: {TOKEN}");
    let created = |body: &str| answer("201 Created", &[&good], body);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let role = r#"{"name": "r", "id": "0123456789abcdef"}"#;
    let many = format!("{{\"token\": {{\"roles\": [{role}{}]}}}}", format!(",{role}").repeat(999_999));
    let post = |case: Case| Case { discovery: false, ..case };
    let ok = |case: Case| Case { discovery: false, code: 0, ..case };
    vec![
        post(bytes("broken JSON", "no JSON", created("{\"token\": {"))),
        post(bytes("no body", "no JSON", created(""))),
        post(bytes("JSON of another shape", "not Keystone's", created("[1, 2]"))),
        post(bytes("a token that is a text", "not Keystone's", created("{\"token\": \"x\"}"))),
        post(bytes("deep nesting", "no JSON", created(&deep))),
        post(bytes("a million roles", "larger than any Keystone's", created(&many))),
        post(bytes(
            "four megabytes of the smallest values",
            "larger than any Keystone's",
            created(&full("{\"x\": [", "0,", "0]}")),
        )),
        post(bytes(
            "four megabytes of roles",
            "larger than any Keystone's",
            created(&full("{\"token\": {\"roles\": [", "{\"name\":\"r\"},", "{}]}}")),
        )),
        post(bytes(
            "four megabytes of nothing",
            "larger than any Keystone's",
            created(&full("{\"token\": {\"roles\": [", "{},", "{}]}}")),
        )),
        ok(bytes(
            "many values",
            "",
            created(&full_of(66_000, "{\"token\": {\"roles\": [", "{\"\":0},", "{}]}}")),
        )),
        ok(bytes("three thousand endpoints", "", token(&json!({"catalog": catalogue(1000)})))),
        ok(bytes("roles of another shape", "", token(&json!({"roles": {"name": "service"}})))),
        ok(bytes("duplicated keys", "", created("{\"token\": 1, \"token\": {\"roles\": []}}"))),
        ok(bytes("control characters", "", token(&json!({"roles": [{"name": "\u{1b}[2Jserv\u{202e}ice"}]})))),
    ]
}

pub(crate) fn tls_cases() -> Vec<Case> {
    let server = |name, flaw, says| tls(name, Tls::Server(flaw), says);
    vec![
        Case { code: 0, posts: 1, discovery: false, ..server("a good certificate", Flaw::Nothing, "") },
        server("an expired certificate", Flaw::Expired, "its certificate has expired"),
        server("a certificate of the future", Flaw::NotYetValid, "not valid yet"),
        server("a certificate for another host", Flaw::OtherHost, "for another host name (it is for"),
        server("an authority as server", Flaw::Authority, "TLS library refuses"),
        tls("an unknown authority", Tls::Untrusted, "issuer that is not trusted"),
        tls("plain HTTP at a TLS URL", Tls::OnlyClient, "that port speaks plain HTTP"),
        tls("TLS at a plain URL", Tls::OnlyServer, "no plain HTTP, most likely TLS"),
        tls("a client certificate wanted", Tls::WantsClient, "wants a client certificate"),
        Case {
            serve: Arc::new(|connection| {
                // The alert protocol_version, as an old server sends it.
                connection.read_some()?;
                connection.write([0x15, 3, 1, 0, 2, 2, 70])
            }),
            ..tls("an old version of TLS", Tls::OnlyClient, "no TLS version or cipher in common")
        },
    ]
}

/// All faults without TLS.
pub(crate) fn all_cases() -> Vec<Case> {
    [connection_cases(), status_cases(), body_cases()].into_iter().flatten().collect()
}

/// One run of the program against the case's server.
pub(crate) struct Trial {
    pub(crate) run: Run,
    posts: usize,
    took: Duration,
}

impl Case {
    fn config(&self, plugin: &str, url: &str, cafile: Option<String>) -> String {
        let cafile = cafile.map_or_else(String::new, |file| format!("cafile = {file}\n"));
        format!(
            "[service_user]\nsend_service_user_token = true\nauth_type = {plugin}\nauth_url = {url}\n\
             username = nova\npassword = {CANARY}\nuser_domain_name = Default\nproject_name = service\n\
             project_domain_name = Default\n[cinder]\n{cafile}"
        )
    }

    pub(crate) fn try_with(&self, plugin: &str, arguments: &[&str]) -> Trial {
        let directory = TempDir::new().unwrap();
        let authority = Authority::new(directory.path());
        let config = match self.tls {
            Tls::None | Tls::OnlyClient => None,
            Tls::Server(flaw) => Some(authority.server(flaw, false)),
            Tls::Untrusted | Tls::OnlyServer => Some(authority.server(Flaw::Nothing, false)),
            Tls::WantsClient => Some(authority.server(Flaw::Nothing, true)),
        };
        let serve = Arc::clone(&self.serve);
        let server = Server::start(config, move |connection| serve(connection));
        let scheme = if matches!(self.tls, Tls::None | Tls::OnlyServer) { "http" } else { "https" };
        let url = format!("{scheme}://127.0.0.1:{}", server.port());
        let cafile = (self.tls != Tls::Untrusted).then(|| authority.file());
        write(directory.path(), "nova.conf", &self.config(plugin, &url, cafile));
        let begin = Instant::now();
        let timeout = TIMEOUT.to_string();
        let fixed = ["--timeout", &timeout, "nova.conf"];
        let run = run(directory.path(), fixed.iter().chain(arguments));
        let took = begin.elapsed();
        let posts = server.requests().iter().filter(|request| request.method == "POST").count();
        Trial { run, posts, took }
    }

    /// What is wrong, if anything.
    fn check(&self, plugin: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let trial = self.try_with(plugin, &["--format", "json", "-v"]);
        let login = serde_json::from_str::<Value>(&trial.run.stdout)
            .map(|report| report["services"][0]["senders"][0]["login"].clone())
            .unwrap_or_default();
        let detail = login["detail"].as_str().unwrap_or_default();
        if !detail.contains(self.says) || (self.says.is_empty() && login["status"] != "ok") {
            wrong.push(format!("says {login}, expected {:?}", self.says));
        }
        if self.code != 0 && !has_cure(&trial.run) {
            wrong.push("has no cure".to_owned());
        }
        if trial.run.code != self.code {
            wrong.push(format!("ends with {}, expected {}", trial.run.code, self.code));
        }
        if trial.posts > self.posts {
            wrong.push(format!("the password went out {} times", trial.posts));
        }
        // A busy machine may make it late once.
        let late = |took: Duration| took > Duration::from_secs(TIMEOUT + 1);
        if late(trial.took) && (0..2).all(|_| late(self.try_with(plugin, &[]).took)) {
            wrong.push(format!("took {:?}", trial.took));
        }
        let text = self.try_with(plugin, &["-v"]).run;
        for run in [&trial.run, &text] {
            wrong.extend(leaks(run));
        }
        if text.stdout.contains('\u{1b}') || text.stdout.contains('\u{202e}') {
            wrong.push("control characters came through".to_owned());
        }
        wrong.iter().map(|wrong| format!("{} ({plugin}): {wrong}", self.name)).collect()
    }
}

/// Whether the finding about the login says what to do.
fn has_cure(run: &Run) -> bool {
    let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
    let findings = report["findings"].as_array().into_iter().flatten();
    let rules = ["keystone-unreachable", "login-refused"];
    findings
        .filter(|finding| rules.iter().any(|rule| finding["rule"] == *rule))
        .any(|finding| finding["help"].as_str().is_some_and(|help| help.len() > 20))
}

pub(crate) fn leaks(run: &Run) -> Option<String> {
    let all = format!("{}{}", run.stdout, run.stderr);
    let seen = [CANARY, TOKEN].iter().any(|secret| all.contains(secret));
    (seen || all.contains("panicked")).then(|| format!("leaks or panics:\n{all}"))
}

pub(crate) fn write(directory: &Path, name: &str, text: &str) {
    let mut file = std::fs::File::create(directory.join(name)).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Eight at a time: most of them wait.
fn check(cases: &[Case]) {
    let trials: Vec<(&Case, &str)> = cases
        .iter()
        .flat_map(|case| {
            let plugins: &[&str] = if case.discovery { &["v3password", "password"] } else { &["v3password"] };
            plugins.iter().map(move |plugin| (case, *plugin))
        })
        .collect();
    let wrong: Vec<String> = trials
        .chunks(8)
        .flat_map(|chunk| {
            std::thread::scope(|scope| {
                let threads: Vec<_> =
                    chunk.iter().map(|(case, plugin)| scope.spawn(move || case.check(plugin))).collect();
                threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_broken_connection_is_named() {
    check(&connection_cases());
}

#[test]
fn every_status_is_named() {
    check(&status_cases());
}

#[test]
fn every_odd_body_is_named() {
    check(&body_cases());
}

#[test]
fn every_tls_fault_is_named() {
    check(&tls_cases());
}

#[test]
fn a_token_that_is_over_at_once_is_told() {
    let past = bytes("past", "", token(&json!({"expires_at": "2020-01-01T00:00:00.000000Z"})));
    let run = past.try_with("v3password", &[]).run;
    assert!(run.stdout.contains("[clock-differs]") && run.stdout.contains("has expired"), "{}", run.stdout);
}

#[test]
fn a_clock_that_is_off_is_told() {
    for (hours, says) in [(1, "60 minutes ahead of"), (-1, "60 minutes behind"), (-30, "30 hours behind")] {
        let there = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(hours);
        let date = jiff::fmt::rfc2822::to_string(&there.to_zoned(jiff::tz::TimeZone::UTC)).unwrap();
        let headers = [&format!("X-Subject-Token: {TOKEN}"), &format!("Date: {date}")];
        let answer = token_with(&json!({}), &headers.map(String::as_str));
        let run = bytes("clock", "", answer).try_with("v3password", &[]).run;
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains("[clock-differs]") && said.contains(says), "{}", run.stdout);
        assert_eq!(run.code, 0);
    }
}

/// Keystone 30's own words for the requests that it finds bad.
#[test]
fn a_bad_request_names_the_option() {
    for (said, option) in [
        ("Expecting to find domain in user. The server could not comply.", "user_domain_name"),
        ("Expecting to find domain in project. The server could not comply.", "project_domain_name"),
        (
            "Invalid input for field 'identity/password/user/password': None is not of type 'string'",
            "password",
        ),
        ("Invalid input for field/attribute user. Value: {}. id or name must be present", "username"),
    ] {
        let body = json!({"error": {"code": 400, "message": said}}).to_string();
        let run = bytes("400", "", answer("400 Bad Request", &[], &body)).try_with("v3password", &["-q"]).run;
        let text = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(&format!("Keystone misses {option} or cannot use it: set it in")), "{text}");
        // The line that is blamed is that option's.
        assert!(text.contains(&format!("| {option} = ")), "{text}");
    }
}

/// Addresses at which nobody answers, each with what is said of it.
pub(crate) struct Nobody {
    pub(crate) addresses: Vec<(String, &'static str)>,
    _full: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl Nobody {
    pub(crate) fn new() -> Self {
        let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        // Nobody takes these connections, so that the system drops further ones.
        let full = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = full.local_addr().unwrap();
        let fill = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
        let waiting = (0..10_000).map_while(|_| fill().ok()).collect();
        let addresses = vec![
            (format!("http://{address}"), "no connection within the time allowed"),
            ("http://no-such-host.invalid:5000".to_owned(), "has no address"),
            (format!("http://127.0.0.1:{closed}"), "nobody listens at that port"),
        ];
        Self { addresses, _full: full, _waiting: waiting }
    }
}

/// Faults without a server.
#[test]
fn who_is_not_there_is_named() {
    let nobody = Nobody::new();
    for (address, says) in &nobody.addresses {
        let directory = TempDir::new().unwrap();
        let text = format!(
            "[service_user]\nsend_service_user_token = true\nauth_type = v3password\n\
             auth_url = {address}/v3\nuser_id = nova\npassword = {CANARY}\nproject_id = service\n"
        );
        write(directory.path(), "nova.conf", &text);
        let timed = || {
            let begin = Instant::now();
            let run = run(directory.path(), ["--timeout", "2", "-v", "nova.conf"]);
            (run, begin.elapsed() < Duration::from_secs(TIMEOUT + 1))
        };
        // A busy machine may make it late once.
        let (run, in_time) = timed();
        assert!(in_time || (0..2).any(|_| timed().1), "{address}");
        let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(says), "{address}: {}", run.stdout);
        assert_eq!(run.code, 3, "{address}");
        assert_eq!(leaks(&run), None);
    }
}

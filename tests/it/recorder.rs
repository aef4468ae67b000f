//! A proxy before the real Keystone that writes down every request and can
//! bend the answers as a deployment's own proxies do.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use serde_json::Value;

use crate::loopback::{Connection, Request, Server, answer};

/// What the proxy does to the traffic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Bend {
    /// Nothing.
    #[default]
    Nothing,
    /// Keystone lives below `/identity`, and its links say so.
    Prefix,
    /// As `Prefix`, but the links lack it.
    PrefixLost,
    /// The links name another host.
    OtherHost,
    /// Every GET gets this status.
    GetFails(u16),
    /// Every GET gets a web page.
    GetIsPage,
    /// Requests to paths without the mark are redirected to those with it.
    Redirect(u16),
    /// As `Redirect`, but the Location has no host.
    RedirectRelative,
    /// A discovery document of this text.
    Discovery(&'static str),
}

/// A request as it is compared: method, path and JSON body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) body: Value,
    /// Whether the token stood in a header as well.
    pub(crate) with_token: bool,
}

/// The mark of URLs that were redirected.
const MARK: &str = "/there";

/// The proxy.
pub(crate) struct Recorder {
    server: Server,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Recorder {
    /// `keystone` is the port of the real one.
    pub(crate) fn start(keystone: u16, bend: Bend) -> Self {
        Self::with(keystone, bend, None)
    }

    /// As `start`, and speaks TLS.
    pub(crate) fn start_tls(keystone: u16, bend: Bend, tls: Arc<ServerConfig>) -> Self {
        Self::with(keystone, bend, Some(tls))
    }

    fn with(keystone: u16, bend: Bend, tls: Option<Arc<ServerConfig>>) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        let server = Server::start(tls, move |connection| {
            let request = connection.read_request()?;
            log.lock().unwrap_or_else(PoisonError::into_inner).push(Seen::of(&request));
            serve(connection, &request, keystone, bend)
        });
        Self { server, seen }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    /// What came since the last time.
    pub(crate) fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Seen {
    fn of(request: &Request) -> Self {
        Self {
            method: request.method.clone(),
            target: request.target.clone(),
            body: serde_json::from_slice(&request.body)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&request.body).into_owned())),
            with_token: request.header("x-auth-token").is_some(),
        }
    }
}

fn serve(connection: &mut Connection, request: &Request, keystone: u16, bend: Bend) -> io::Result<()> {
    let host = request.header("host").unwrap_or_default();
    let path = request.target.as_str();
    let get = request.method == "GET";
    let page = ["Content-Type: text/html"];
    match bend {
        Bend::Nothing => pass(connection, request, path, keystone, |body| body),
        Bend::Prefix | Bend::PrefixLost => match path.strip_prefix("/identity") {
            None => connection.write(answer("404 Not Found", &page, "<html>nothing here</html>")),
            Some(rest) => {
                let rest = if rest.is_empty() { "/" } else { rest };
                let (from, to) = (format!("{host}/"), format!("{host}/identity/"));
                pass(connection, request, rest, keystone, |body| {
                    if bend == Bend::Prefix { body.replace(&from, &to) } else { body }
                })
            }
        },
        Bend::OtherHost => {
            pass(connection, request, path, keystone, |body| body.replace(host, "keystone.example:5000"))
        }
        Bend::GetFails(status) if get => {
            connection.write(answer(&format!("{status} No"), &[], "{\"error\": {\"message\": \"no\"}}"))
        }
        Bend::GetIsPage if get => connection.write(answer("200 OK", &page, "<html>Dashboard</html>")),
        Bend::Discovery(text) if get => connection.write(answer("200 OK", &[], text)),
        Bend::GetFails(_) | Bend::GetIsPage | Bend::Discovery(_) => {
            pass(connection, request, path, keystone, |body| body)
        }
        Bend::Redirect(_) | Bend::RedirectRelative => match path.strip_prefix(MARK) {
            Some(rest) => pass(connection, request, rest, keystone, |body| body),
            None => {
                let (status, base) = match bend {
                    Bend::Redirect(status) => (status, format!("http://{host}")),
                    _ => (302, String::new()),
                };
                let location = format!("Location: {base}{MARK}{path}");
                connection.write(answer(&format!("{status} Elsewhere"), &[&location], ""))
            }
        },
    }
}

/// Hands the request on and brings the answer back, its body changed.
fn pass(
    connection: &mut Connection,
    request: &Request,
    path: &str,
    keystone: u16,
    change: impl Fn(String) -> String,
) -> io::Result<()> {
    let mut upstream = TcpStream::connect((Ipv4Addr::LOCALHOST, keystone))?;
    let mut head = format!("{} {path} HTTP/1.1\r\n", request.method);
    for (name, value) in request.headers.iter().filter(|(name, _)| name != "connection") {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("Connection: close\r\n\r\n");
    upstream.write_all(head.as_bytes())?;
    upstream.write_all(&request.body)?;
    let mut whole = Vec::new();
    upstream.read_to_end(&mut whole)?;
    let whole = String::from_utf8_lossy(&whole).into_owned();
    let (head, body) = whole.split_once("\r\n\r\n").unwrap_or((&whole, ""));
    let body = change(body.to_owned());
    let mut lines = head.lines();
    let status = lines.next().unwrap_or_default().split_once(' ').unwrap_or_default().1;
    let keep = |line: &&str| {
        let line = line.to_lowercase();
        !line.starts_with("content-length") && !line.starts_with("connection")
    };
    connection.write(answer(status, &lines.filter(keep).collect::<Vec<_>>(), &body))
}

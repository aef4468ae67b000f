//! Requests with bounds: time, size, redirects; nothing sent twice, and all of
//! it written down.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Client, Method};
use tokio::sync::OnceCell;

use super::diagnose::diagnose;
use super::fault::{Fault, FaultKind};
use super::sent::Sent;
use super::tls::{self, Roots};
use super::url::split;
use crate::secret::Secret;
use crate::service::Transport;

/// No answer of Keystone's is larger (bytes). A catalogue of a thousand
/// endpoints takes a tenth of it.
const MAX_BODY: usize = 4 << 20;

/// Nor has any more values: a thousand endpoints have some fifteen thousand. As
/// many as fit in the bytes above would take forty times the memory.
const MAX_VALUES: usize = 200_000;

/// As keystoneauth1's session.
const MAX_REDIRECTS: usize = 30;

/// How this program behaves towards every server.
#[derive(Debug, Clone)]
pub(super) struct Manners {
    /// Whether the proxies of this program's environment are used.
    pub(super) use_proxies: bool,
    /// A CA file for sessions that name none.
    pub(super) ca_bundle: Option<String>,
    /// For the connection alone, TLS included.
    pub(super) connect_timeout: Duration,
}

/// Clients by TLS settings, and what was sent.
pub(super) struct Http {
    clients: Mutex<HashMap<(Transport, bool), Client>>,
    /// The client with this host's trust store, if it is being made already.
    roots: Mutex<Option<Roots>>,
    /// Answers to requests that are alike for all who ask.
    kept: Mutex<HashMap<(String, Transport), Kept>>,
    sent: Mutex<Vec<Sent>>,
    manners: Manners,
}

/// An answer that is there, or will be.
type Kept = Arc<OnceCell<Result<Answer, Fault>>>;

/// An answer, whole.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Arc<[u8]>,
}

impl Answer {
    /// The body as JSON.
    pub(super) fn json(&self) -> Option<serde_json::Value> {
        serde_json::from_slice(&self.body).ok()
    }

    /// A header's text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether it is a page for a browser.
    pub(super) fn is_web_page(&self) -> bool {
        let html = self.header("content-type").is_some_and(|kind| kind.to_lowercase().contains("html"));
        let start = self.body.trim_ascii_start();
        html || [b"<!".as_slice(), b"<html", b"<HTML"].iter().any(|tag| start.starts_with(tag))
    }

    /// Whether the body holds a text.
    pub(super) fn contains(&self, text: &str) -> bool {
        memchr::memmem::find(&self.body, text.as_bytes()).is_some()
    }

    /// How far the server's clock is ahead of ours, in seconds.
    pub(super) fn clock_ahead(&self) -> Option<i64> {
        let theirs = jiff::fmt::rfc2822::parse(self.header("date")?).ok()?.timestamp().as_second();
        let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        Some(theirs.saturating_sub(i64::try_from(ours).ok()?))
    }
}

/// The body of a request, which makes it a POST.
#[derive(Clone, Copy)]
pub(super) enum Body<'a> {
    /// JSON that holds a secret.
    Json(&'a Secret),
    /// A form without one.
    Form(&'static str),
}

/// What is asked.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) url: &'a str,
    pub(super) body: Option<Body<'a>>,
    /// Headers whose values are tokens.
    pub(super) tokens: &'a [(&'static str, &'a Secret)],
    /// Name and password of basic authentication.
    pub(super) basic: Option<(&'a str, &'a Secret)>,
}

impl<'a> Ask<'a> {
    /// A plain GET.
    pub(super) fn get(url: &'a str) -> Self {
        Self { url, body: None, tokens: &[], basic: None }
    }

    fn has_secret(&self) -> bool {
        matches!(self.body, Some(Body::Json(_))) || !self.tokens.is_empty() || self.basic.is_some()
    }
}

impl Http {
    pub(super) fn new(manners: Manners, roots: Option<Roots>) -> Self {
        Self {
            clients: Mutex::default(),
            roots: Mutex::new(roots),
            kept: Mutex::default(),
            sent: Mutex::default(),
            manners,
        }
    }

    /// The requests sent so far, in their order.
    pub(super) fn sent(&self) -> Vec<Sent> {
        locked(&self.sent).clone()
    }

    /// Whether this host's trust store decided over a server.
    pub(super) fn used_trust_store(&self) -> bool {
        locked(&self.clients)
            .keys()
            .any(|(transport, tls)| *tls && tls::by_trust_store(transport, &self.manners))
    }

    /// A plain GET, sent once however many ask for it.
    pub(super) async fn get(&self, transport: &Transport, url: &str) -> Result<Answer, Fault> {
        let kept = Arc::clone(locked(&self.kept).entry((url.to_owned(), transport.clone())).or_default());
        kept.get_or_init(|| async { self.send(transport, &Ask::get(url)).await }).await.clone()
    }

    /// Sends a request and follows redirects as keystoneauth1 does: method and
    /// body are kept, whatever the status. A secret goes to no other host, and
    /// to no URL twice.
    pub(super) async fn send(&self, transport: &Transport, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let mut been = vec![ask.url.to_owned()];
        loop {
            let url = &been[been.len() - 1];
            let answer = self.send_once(transport, url, been.len() > 1, ask).await?;
            let Some(next) = redirect(&answer)? else { return Ok(answer) };
            if ask.has_secret() && !same_host(url, &next) {
                return Err(Fault::new(FaultKind::RedirectElsewhere, format!("to {}", split(&next).host())));
            }
            if been.len() > MAX_REDIRECTS || (ask.has_secret() && been.contains(&next)) {
                return Err(Fault::new(FaultKind::RedirectLoop, ""));
            }
            been.push(next);
        }
    }

    async fn send_once(
        &self,
        transport: &Transport,
        url: &str,
        redirected: bool,
        ask: &Ask<'_>,
    ) -> Result<Answer, Fault> {
        let tls = url.to_lowercase().starts_with("https");
        let mut request = match ask.body {
            None => self.client(transport, tls)?.request(Method::GET, url),
            Some(body) => {
                let (kind, text) = match body {
                    Body::Json(json) => ("application/json", json.expose().to_owned()),
                    Body::Form(form) => ("application/x-www-form-urlencoded", form.to_owned()),
                };
                self.client(transport, tls)?.request(Method::POST, url).header(CONTENT_TYPE, kind).body(text)
            }
        };
        request = request.header(ACCEPT, "application/json");
        for (name, token) in ask.tokens {
            request = request.header(HeaderName::from_static(name), sensitive(token)?);
        }
        if let Some((name, secret)) = ask.basic {
            // In place of what user and password in the URL would make.
            request = request.basic_auth(name, Some(secret.expose()));
        }
        let place = self.note(Sent::new(url, redirected, ask));
        let answer = receive(request).await.map_err(|error| match error {
            Lost::Client(error) => diagnose(&error, tls),
            Lost::TooLarge => Fault::new(FaultKind::TooLarge, ""),
        });
        locked(&self.sent)[place].ended(&answer);
        answer
    }

    /// Writes a request down before it goes out; its place.
    fn note(&self, request: Sent) -> usize {
        let mut sent = locked(&self.sent);
        sent.push(request);
        sent.len() - 1
    }

    /// The client for a transport, made on first use. Plain HTTP loads no roots.
    fn client(&self, transport: &Transport, tls: bool) -> Result<Client, Fault> {
        let key = (transport.clone(), tls);
        if let Some(client) = locked(&self.clients).get(&key) {
            return Ok(client.clone());
        }
        let early = (tls && *transport == Transport::default()).then(|| locked(&self.roots).take()).flatten();
        let client = match early.and_then(Roots::client) {
            Some(client) => client?,
            None => tls::client(transport, tls, &self.manners)?,
        };
        locked(&self.clients).insert(key, client.clone());
        Ok(client)
    }
}

/// Why there is no answer.
enum Lost {
    Client(reqwest::Error),
    TooLarge,
}

impl From<reqwest::Error> for Lost {
    fn from(error: reqwest::Error) -> Self {
        Self::Client(error)
    }
}

/// Sends a request and reads the answer, up to a bound.
async fn receive(request: reqwest::RequestBuilder) -> Result<Answer, Lost> {
    let mut response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let (mut body, mut values) = (Vec::new(), 0);
    while let Some(chunk) = response.chunk().await? {
        values += marks(&chunk);
        if body.len() + chunk.len() > MAX_BODY || values > MAX_VALUES {
            return Err(Lost::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body: body.into() })
}

/// No less than the number of values, if it is JSON.
fn marks(text: &[u8]) -> usize {
    text.iter().filter(|byte| matches!(byte, b',' | b':' | b'[' | b'{')).count()
}

/// What a lock guards; a panic elsewhere does not matter here.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn sensitive(token: &Secret) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(token.expose())
        .map_err(|_| Fault::new(FaultKind::NoToken, "it cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where a redirect leads, if the answer is one. keystoneauth1 takes the location
/// as it stands, so that one without scheme and host ends the exchange.
fn redirect(answer: &Answer) -> Result<Option<String>, Fault> {
    if ![301, 302, 303, 305, 307, 308].contains(&answer.status) {
        return Ok(None);
    }
    let Some(location) = answer.header(LOCATION.as_str()) else { return Ok(None) };
    let scheme = split(location).scheme.to_lowercase();
    if scheme != "http" && scheme != "https" {
        return Err(Fault::new(FaultKind::RedirectBroken, "its Location is not a whole URL"));
    }
    Ok(Some(location.to_owned()))
}

/// Whether a secret may follow a redirect: to the same host, and not from TLS to
/// plain text.
fn same_host(from: &str, to: &str) -> bool {
    let (from, to) = (split(from), split(to));
    let downgrade = from.scheme.eq_ignore_ascii_case("https") && !to.scheme.eq_ignore_ascii_case("https");
    from.host() == to.host() && !downgrade
}

/// Whether a status says that the request was understood and refused.
pub(super) fn is_refusal(status: u16) -> bool {
    [400, 401, 403, 404].contains(&status)
}

/// Shares the clients among the logins of a run.
pub(super) type SharedHttp = Arc<Http>;

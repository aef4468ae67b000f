//! Requests with bounds: time, size, redirects; and nothing sent twice.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, Identity, Method, StatusCode};

use super::fault::{Fault, FaultKind};
use super::url::split;
use crate::secret::Secret;
use crate::service::Transport;

/// No answer of Keystone's is larger (bytes).
const MAX_BODY: usize = 16 << 20;

/// As keystoneauth1's session.
const MAX_REDIRECTS: usize = 30;

/// Clients by TLS settings, and the count of requests sent.
pub(super) struct Http {
    clients: Mutex<HashMap<(Transport, bool), Client>>,
    requests: AtomicUsize,
    use_proxies: bool,
}

/// An answer, whole.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
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
}

/// What is asked. A body makes it a POST.
pub(super) struct Ask<'a> {
    pub(super) url: &'a str,
    /// JSON that holds a secret.
    pub(super) body: Option<&'a Secret>,
    /// Headers whose values are tokens.
    pub(super) tokens: &'a [(&'static str, &'a Secret)],
}

impl Http {
    pub(super) fn new(use_proxies: bool) -> Self {
        Self { clients: Mutex::default(), requests: AtomicUsize::new(0), use_proxies }
    }

    /// Requests sent so far.
    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Sends a request and follows redirects as keystoneauth1 does: method and
    /// body are kept, whatever the status. A secret goes to no other host.
    pub(super) async fn send(&self, transport: &Transport, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let mut url = ask.url.to_owned();
        let secret = ask.body.is_some() || !ask.tokens.is_empty();
        for _ in 0..=MAX_REDIRECTS {
            let answer = self.send_once(transport, &url, ask).await?;
            let Some(next) = redirect(&answer, &url) else { return Ok(answer) };
            if secret && !same_host(&url, &next) {
                let detail = format!("to {}", split(&next).host());
                return Err(Fault::new(FaultKind::Redirect, detail));
            }
            url = next;
        }
        Err(Fault::new(FaultKind::Redirect, "it redirects without end"))
    }

    async fn send_once(&self, transport: &Transport, url: &str, ask: &Ask<'_>) -> Result<Answer, Fault> {
        let client = self.client(transport, url.to_lowercase().starts_with("https"))?;
        let mut request = match ask.body {
            None => client.request(Method::GET, url),
            Some(body) => client
                .request(Method::POST, url)
                .header("Content-Type", "application/json")
                .body(body.expose().to_owned()),
        };
        request = request.header(ACCEPT, "application/json");
        for (name, token) in ask.tokens {
            request = request.header(HeaderName::from_static(name), sensitive(token)?);
        }
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut response = request.send().await.map_err(|error| Fault::from_http(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| Fault::from_http(&error))? {
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Fault::new(FaultKind::TooLarge, ""));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    /// The client for a transport, made on first use. Plain HTTP loads no roots.
    fn client(&self, transport: &Transport, tls: bool) -> Result<Client, Fault> {
        let key = (transport.clone(), tls);
        if let Some(client) = self.clients.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(client.clone());
        }
        let client = build(transport, tls, self.use_proxies)?;
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).insert(key, client.clone());
        Ok(client)
    }
}

fn sensitive(token: &Secret) -> Result<HeaderValue, Fault> {
    let mut value = HeaderValue::from_str(token.expose())
        .map_err(|_| Fault::new(FaultKind::NotKeystone, "the token it gave cannot stand in a header"))?;
    value.set_sensitive(true);
    Ok(value)
}

/// Where a redirect leads, if the answer is one.
fn redirect(answer: &Answer, url: &str) -> Option<String> {
    if ![301, 302, 303, 305, 307, 308].contains(&answer.status) {
        return None;
    }
    let location = answer.headers.get(LOCATION)?.to_str().ok()?;
    Some(::url::Url::parse(url).ok()?.join(location).ok()?.to_string())
}

/// Whether a secret may follow a redirect: to the same host, and not from TLS to
/// plain text.
fn same_host(from: &str, to: &str) -> bool {
    let (from, to) = (split(from), split(to));
    let downgrade = from.scheme.eq_ignore_ascii_case("https") && !to.scheme.eq_ignore_ascii_case("https");
    from.host() == to.host() && !downgrade
}

fn build(transport: &Transport, tls: bool, use_proxies: bool) -> Result<Client, Fault> {
    // A second installation is refused, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("nova-token-check/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .http1_only();
    if !use_proxies {
        builder = builder.no_proxy();
    }
    builder = match &transport.cafile {
        Some(path) if tls => builder.tls_certs_only(certificates(path)?),
        _ if !tls => builder.tls_certs_only([]),
        _ => builder,
    };
    if transport.insecure {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    if let Some(certfile) = transport.certfile.as_ref().filter(|_| tls) {
        builder = builder.identity(identity(certfile, transport.keyfile.as_deref())?);
    }
    builder.build().map_err(|error| Fault::from_http(&error))
}

fn read(path: &str) -> Result<Vec<u8>, Fault> {
    std::fs::read(path).map_err(|error| Fault::new(FaultKind::TlsFile, format!("{path}: {error}")))
}

fn certificates(path: &str) -> Result<Vec<Certificate>, Fault> {
    let bundle = Certificate::from_pem_bundle(&read(path)?)
        .map_err(|_| Fault::new(FaultKind::TlsFile, format!("{path}: not a PEM bundle")))?;
    if bundle.is_empty() {
        return Err(Fault::new(FaultKind::TlsFile, format!("{path}: holds no certificate")));
    }
    Ok(bundle)
}

fn identity(certfile: &str, keyfile: Option<&str>) -> Result<Identity, Fault> {
    let mut pem = read(certfile)?;
    if let Some(keyfile) = keyfile {
        pem.push(b'\n');
        pem.extend(read(keyfile)?);
    }
    Identity::from_pem(&pem)
        .map_err(|_| Fault::new(FaultKind::TlsFile, format!("{certfile}: no certificate with its key")))
}

/// Whether a status says that the request was understood and refused.
pub(super) fn is_refusal(status: u16) -> bool {
    [400, 401, 403, 404].contains(&status)
}

/// A short text for a status nobody expected.
pub(super) fn status_text(status: u16) -> String {
    let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
    reason.unwrap_or_default().to_owned()
}

/// Shares the clients among the logins of a run.
pub(super) type SharedHttp = Arc<Http>;

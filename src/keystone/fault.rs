//! What can go wrong on the way to Keystone: one short diagnosis and one cure
//! for each. What the HTTP client's errors mean is found out in `diagnose.rs`.

use super::http::Answer;
use crate::config::printable;

/// Why nothing was learnt from a Keystone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: FaultKind,
    /// Details from the system or the server, safe to print.
    pub detail: String,
}

/// Kinds of faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The host name has no address.
    NameNotResolved,
    /// Nobody listens at the port.
    ConnectionRefused,
    /// No connection for another reason.
    NoConnection,
    /// No connection, or no TLS on it, within the time allowed.
    ConnectTimedOut,
    /// Connected, and no whole answer within the time allowed.
    TimedOut,
    /// The certificate's issuer is not trusted.
    Untrusted,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    WrongHost,
    /// A certificate that our TLS library refuses and OpenSSL may take.
    CertificateRefused,
    /// No common TLS version or cipher.
    TlsVersion,
    /// `https://` at a port that speaks plain HTTP.
    PlainPort,
    /// `http://` at a port that speaks TLS.
    TlsPort,
    /// The server wants a client certificate.
    ClientCertificate,
    /// TLS could not be agreed on for another reason.
    Tls,
    /// The connection ended in the middle of an exchange.
    Broken,
    /// What came is not HTTP, or broken HTTP.
    BadHttp,
    /// The answer is larger than any Keystone's.
    TooLarge,
    /// A status that says nothing about the login: 429, 5xx, …
    Status(u16),
    /// A web page instead of an answer of the API.
    WebPage,
    /// A list of versions where a token was asked for.
    Choices,
    /// It redirects in a circle, or too often.
    RedirectLoop,
    /// It redirects to a host that the secret must not go to.
    RedirectElsewhere,
    /// It redirects to a URL that keystoneauth1 cannot follow.
    RedirectBroken,
    /// The answer is no JSON.
    BadJson,
    /// The answer is JSON, and not Keystone's.
    NotKeystone,
    /// There is no usable token in the answer.
    NoToken,
    /// The URL leads to no version 3 of the API.
    NoVersion3,
    /// The list of versions is only shown to those who have a token.
    VersionsWantToken,
    /// A file that TLS needs cannot be used.
    TlsFile,
    /// The URL cannot be used.
    BadUrl,
}

impl FaultKind {
    /// Whether another session could fare better: no request went out, and it
    /// lies in the TLS settings.
    pub(super) fn is_of_session(self) -> bool {
        matches!(
            self,
            Self::Untrusted
                | Self::Expired
                | Self::NotYetValid
                | Self::WrongHost
                | Self::CertificateRefused
                | Self::TlsFile
        )
    }
}

impl Fault {
    /// A fault with details, which are made safe to print.
    pub(super) fn new(kind: FaultKind, detail: impl AsRef<str>) -> Self {
        Self { kind, detail: printable(detail.as_ref()) }
    }

    /// From an answer whose status alone says enough.
    pub(super) fn of_status(answer: &Answer) -> Self {
        if answer.is_web_page() && answer.status < 500 {
            return Self::web_page(answer);
        }
        let wait = answer.header("retry-after").map(|wait| format!("Retry-After: {}", printable(wait)));
        Self::new(FaultKind::Status(answer.status), wait.unwrap_or_default())
    }

    /// From an answer that holds a web page.
    pub(super) fn web_page(answer: &Answer) -> Self {
        // What nginx says to plain HTTP at a TLS port.
        if answer.status == 400 && answer.contains("sent to HTTPS port") {
            return Self::new(FaultKind::TlsPort, "the server says so");
        }
        Self::new(FaultKind::WebPage, format!("status {}", answer.status))
    }

    /// From an answer whose body was not understood.
    pub(super) fn of_body(answer: &Answer, wanted: &str) -> Self {
        if answer.is_web_page() {
            return Self::web_page(answer);
        }
        if answer.json().is_none() {
            let coding = answer.header("content-encoding").map_or_else(String::new, |coding| {
                format!(", in the coding {} that nobody asked for", printable(coding))
            });
            return Self::new(FaultKind::BadJson, format!("status {}{coding}", answer.status));
        }
        Self::new(FaultKind::NotKeystone, format!("status {} and {wanted}", answer.status))
    }

    /// The diagnosis in one sentence fragment.
    pub fn summary(&self) -> String {
        let what = match self.kind {
            FaultKind::Status(code) => return format!("{}{}", status_words(code), self.suffix()),
            kind => words(kind).0,
        };
        format!("{what}{}", self.suffix())
    }

    fn suffix(&self) -> String {
        if self.detail.is_empty() { String::new() } else { format!(" ({})", self.detail) }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self.kind {
            FaultKind::Status(code) => status_cure(code),
            kind => words(kind).1,
        }
    }
}

fn status_words(code: u16) -> String {
    let what = match code {
        409 => "Keystone was in the middle of another change",
        413 => "the request was too large for the server",
        429 => "too many requests",
        500 => "Keystone failed inside",
        502 => "the proxy got no proper answer from Keystone",
        503 => "Keystone, or the proxy before it, is out of service",
        504 => "the proxy waited for Keystone in vain",
        300..=399 => "it points elsewhere without saying where",
        _ => "a status that says nothing about the login",
    };
    format!("{what}: status {code}")
}

fn status_cure(code: u16) -> &'static str {
    match code {
        429 => "wait as long as it asks for, then run this check again, with a lower --jobs",
        413 => {
            "raise [oslo_middleware] max_request_body_size in Keystone, or the limit of the proxy before it"
        }
        502..=504 => {
            "check that Keystone runs behind its proxy (haproxy, nginx, Apache), and read that proxy's log"
        }
        300..=399 => "check the path in auth_url: it should lead to Keystone's root or end in /v3",
        _ => "read Keystone's own log, then run this check again",
    }
}

/// Diagnosis and cure of a kind.
fn words(kind: FaultKind) -> (&'static str, &'static str) {
    use FaultKind as K;
    match kind {
        K::NameNotResolved => {
            ("the host name has no address", "check the host name in auth_url and this host's resolver")
        }
        K::ConnectionRefused => (
            "nobody listens at that port (connection refused)",
            "check host and port in auth_url, and that Keystone runs",
        ),
        K::NoConnection => {
            ("no connection", "check the route and the firewall between this host and Keystone")
        }
        K::ConnectTimedOut => (
            "no connection within the time allowed",
            "a firewall may drop the packets, or the port takes connections and never speaks: check host and port in auth_url",
        ),
        K::TimedOut => (
            "connected, and no whole answer within the time allowed",
            "check that Keystone is not overloaded, or allow more time with --timeout",
        ),
        K::Untrusted => (
            "its certificate is of an issuer that is not trusted",
            "name the issuer's certificate in cafile; without cafile this host's trust store counted here, and the service may have another one",
        ),
        K::Expired => (
            "its certificate has expired",
            "renew the certificate, or correct this host's clock if it is ahead",
        ),
        K::NotYetValid => (
            "its certificate is not valid yet",
            "correct this host's clock if it is behind, or wait until the certificate is valid",
        ),
        K::WrongHost => (
            "its certificate is for another host name",
            "use a name in auth_url that the certificate has, or have it issued for this one",
        ),
        K::CertificateRefused => (
            "its certificate is one that this program's TLS library refuses, though the service's OpenSSL may take it",
            "issue a server certificate that is no CA and has a subjectAltName; until then log in by hand with the service's settings",
        ),
        K::TlsVersion => (
            "no TLS version or cipher in common",
            "this program speaks TLS 1.2 and 1.3 alone, while the service's OpenSSL may take older ones: update the server, or log in by hand",
        ),
        K::PlainPort => (
            "that port speaks plain HTTP, and auth_url says https",
            "write http:// or the port that speaks TLS",
        ),
        K::TlsPort => (
            "that port speaks no plain HTTP, most likely TLS, and auth_url says http",
            "write https:// in auth_url, and cafile if it needs one",
        ),
        K::ClientCertificate => (
            "the server wants a client certificate",
            "set certfile and keyfile in the section whose session is used",
        ),
        K::Tls => (
            "TLS failed",
            "compare with `openssl s_client -connect HOST:PORT` on the service's host, whose OpenSSL may differ",
        ),
        K::Broken => (
            "the connection broke off before the answer was whole",
            "read the log of Keystone and of the proxy before it, then run this check again",
        ),
        K::BadHttp => (
            "what came back is broken HTTP",
            "check that auth_url names Keystone's port, and read the log of the proxy before it",
        ),
        K::TooLarge => ("the answer is larger than any Keystone's", "check that auth_url leads to Keystone"),
        K::WebPage => (
            "a web page came back: a proxy or a dashboard, not Keystone's API",
            "check port and path in auth_url: a dashboard at the root often has Keystone at /identity or at port 5000",
        ),
        K::Choices => (
            "a list of versions came back in place of a token",
            "check the path in auth_url: it should lead to Keystone's root or end in /v3",
        ),
        K::RedirectLoop => (
            "it redirects without end",
            "write the URL of Keystone itself into auth_url, and correct the proxy",
        ),
        K::RedirectElsewhere => (
            "it redirects to another host or to plain HTTP; the secret was not sent there, and keystoneauth1 would send it",
            "if that is Keystone, write its URL into auth_url",
        ),
        K::RedirectBroken => (
            "it redirects to a URL that keystoneauth1 cannot follow",
            "write the URL of Keystone itself into auth_url",
        ),
        K::BadJson => (
            "the answer is no JSON",
            "check that auth_url leads to Keystone, and that no proxy changes its answers",
        ),
        K::NotKeystone => (
            "the answer is not Keystone's",
            "check the path in auth_url: it should lead to Keystone's root or end in /v3",
        ),
        K::NoToken => (
            "the answer has no usable X-Subject-Token header",
            "check that no proxy removes or changes the header",
        ),
        K::NoVersion3 => (
            "it offers no version 3 of the identity API",
            "check the path in auth_url: it should lead to Keystone's root or end in /v3",
        ),
        K::VersionsWantToken => (
            "it wants a token before it lists its versions, and there keystoneauth1 fails, or hangs for ever",
            "check the path in auth_url: it should lead to Keystone's root or end in /v3",
        ),
        K::TlsFile => (
            "a TLS file cannot be used",
            "check that the file exists, can be read by this user and holds PEM data",
        ),
        K::BadUrl => ("the URL cannot be used", "correct auth_url"),
        K::Status(_) => ("a status that says nothing about the login", "read Keystone's own log"),
    }
}

//! What can go wrong on the way to Keystone, and what to do about it.

use std::error::Error as _;
use std::io::ErrorKind;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The host name has no address.
    NameNotResolved,
    /// Nobody listens at the port.
    ConnectionRefused,
    /// No connection for another reason.
    NoConnection,
    /// No answer within the time allowed.
    TimedOut,
    /// TLS could not be agreed on.
    Tls,
    /// The connection ended in the middle of an exchange.
    Broken,
    /// A status that says nothing about the login: 429, 5xx.
    Status(u16),
    /// The answer is not Keystone's.
    NotKeystone,
    /// The answer is larger than any Keystone's.
    TooLarge,
    /// A redirect that is not followed.
    Redirect,
    /// The URL leads to no version 3 of the API.
    NoVersion3,
    /// A file that TLS needs cannot be used.
    TlsFile,
    /// The URL cannot be used.
    BadUrl,
}

impl Fault {
    /// A fault with details, which are made safe to print.
    pub(super) fn new(kind: FaultKind, detail: impl AsRef<str>) -> Self {
        Self { kind, detail: printable(detail.as_ref()).chars().take(300).collect() }
    }

    /// The diagnosis in one sentence fragment.
    pub fn summary(&self) -> String {
        let what = match self.kind {
            FaultKind::NameNotResolved => "the host name has no address",
            FaultKind::ConnectionRefused => "nobody listens at that port (connection refused)",
            FaultKind::NoConnection => "no connection",
            FaultKind::TimedOut => "no answer within the time allowed",
            FaultKind::Tls => "TLS failed",
            FaultKind::Broken => "the connection broke off",
            FaultKind::Status(code) => return format!("it answered {code}{}", self.suffix()),
            FaultKind::NotKeystone => "the answer is not Keystone's",
            FaultKind::TooLarge => "the answer is too large to be Keystone's",
            FaultKind::Redirect => "it redirects to where the password must not go",
            FaultKind::NoVersion3 => "it offers no version 3 of the identity API",
            FaultKind::TlsFile => "a TLS file cannot be used",
            FaultKind::BadUrl => "the URL cannot be used",
        };
        format!("{what}{}", self.suffix())
    }

    fn suffix(&self) -> String {
        if self.detail.is_empty() { String::new() } else { format!(": {}", self.detail) }
    }

    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self.kind {
            FaultKind::NameNotResolved => "check the host name in auth_url and this host's resolver",
            FaultKind::ConnectionRefused => "check host and port in auth_url, and that Keystone runs",
            FaultKind::NoConnection => "check the route and the firewall between this host and Keystone",
            FaultKind::TimedOut => "check that Keystone answers at all, or allow more time with --timeout",
            FaultKind::Tls => {
                "check the certificate of Keystone and the cafile that the service uses; the trust store of this host may differ from the service's"
            }
            FaultKind::Broken | FaultKind::Status(_) => {
                "look at Keystone's own log, then run this check again"
            }
            FaultKind::NotKeystone | FaultKind::NoVersion3 => {
                "check the path in auth_url: it should lead to Keystone's root or end in /v3"
            }
            FaultKind::TooLarge => "check that auth_url leads to Keystone",
            FaultKind::Redirect => "write the URL it redirects to into auth_url, if that is Keystone",
            FaultKind::TlsFile => "check that the file exists, can be read by this user and holds PEM data",
            FaultKind::BadUrl => "correct auth_url",
        }
    }

    /// From the HTTP client's error. The URL is left out: it may hold a password.
    pub(super) fn from_http(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::new(FaultKind::TimedOut, "");
        }
        let causes = causes(error);
        let last = causes.last().cloned().unwrap_or_default();
        if error.is_builder() {
            return Self::new(FaultKind::BadUrl, last);
        }
        if let Some(kind) = io_kind(error) {
            return Self::new(kind, if kind == FaultKind::ConnectionRefused { "" } else { &last });
        }
        let all = causes.join(": ");
        let kind = if all.contains("dns error") {
            FaultKind::NameNotResolved
        } else if mentions_tls(&all) {
            FaultKind::Tls
        } else if error.is_connect() {
            FaultKind::NoConnection
        } else {
            FaultKind::Broken
        };
        Self::new(kind, last)
    }
}

fn mentions_tls(text: &str) -> bool {
    ["certificate", "tls", "TLS", "handshake", "InvalidContentType", "corrupt message"]
        .iter()
        .any(|w| text.contains(w))
}

/// The messages of an error's causes, outermost first, without the error itself.
fn causes(error: &reqwest::Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause.to_string());
        next = cause.source();
    }
    causes
}

/// The kind of fault that the operating system's error tells.
fn io_kind(error: &reqwest::Error) -> Option<FaultKind> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            match io.kind() {
                ErrorKind::ConnectionRefused => return Some(FaultKind::ConnectionRefused),
                ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => {
                    return Some(FaultKind::Broken);
                }
                ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => {
                    return Some(FaultKind::NoConnection);
                }
                ErrorKind::TimedOut => return Some(FaultKind::TimedOut),
                _ => {}
            }
        }
        next = cause.source();
    }
    None
}

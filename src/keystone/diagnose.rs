//! From the HTTP client's errors to a fault. Types are looked at before texts,
//! and the URL is left out: it may hold a password.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};

use super::fault::{Fault, FaultKind};

/// What a failed request means. `tls` is whether the URL says so.
pub(super) fn diagnose(error: &reqwest::Error, tls: bool) -> Fault {
    let causes = causes(error);
    if let Some(tls) = causes.iter().find_map(|cause| tls_error(*cause)) {
        return of_tls(tls);
    }
    if error.is_timeout() {
        let kind = if error.is_connect() { FaultKind::ConnectTimedOut } else { FaultKind::TimedOut };
        return Fault::new(kind, "");
    }
    let last = causes.last().map(ToString::to_string).unwrap_or_default();
    if error.is_builder() {
        return Fault::new(FaultKind::BadUrl, last);
    }
    let texts: Vec<String> = causes.iter().map(ToString::to_string).collect();
    if texts.iter().any(|text| text.contains("dns error")) {
        return Fault::new(FaultKind::NameNotResolved, last);
    }
    if let Some(kind) = causes.iter().find_map(|cause| of_io(cause.downcast_ref()?)) {
        let told = matches!(kind, FaultKind::ConnectionRefused);
        return Fault::new(kind, if told { "" } else { &last });
    }
    let all = texts.join(": ");
    if let Some(kind) = of_http(&all, tls) {
        return Fault::new(kind, last);
    }
    Fault::new(if error.is_connect() { FaultKind::NoConnection } else { FaultKind::Broken }, last)
}

/// An error's causes, outermost first, without the error itself.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        causes.push(cause);
        // An io::Error's source is its payload's source: the payload is left out.
        next = match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => cause.source(),
        };
    }
    causes
}

fn tls_error<'e>(cause: &'e (dyn Error + 'static)) -> Option<&'e TlsError> {
    cause.downcast_ref()
}

fn of_tls(error: &TlsError) -> Fault {
    let kind = match error {
        TlsError::InvalidCertificate(certificate) => return of_certificate(certificate),
        // Who speaks HTTP answers with text where a TLS record should be.
        TlsError::InvalidMessage(InvalidMessage::InvalidContentType) => FaultKind::PlainPort,
        TlsError::PeerIncompatible(_) => FaultKind::TlsVersion,
        TlsError::AlertReceived(alert) => match alert {
            AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::HandshakeFailure => FaultKind::TlsVersion,
            AlertDescription::CertificateRequired
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA => FaultKind::ClientCertificate,
            _ => FaultKind::Tls,
        },
        TlsError::NoCertificatesPresented => FaultKind::ClientCertificate,
        _ => FaultKind::Tls,
    };
    Fault::new(kind, if kind == FaultKind::PlainPort { String::new() } else { error.to_string() })
}

fn of_certificate(error: &CertificateError) -> Fault {
    use CertificateError as C;
    let kind = match error {
        C::Expired | C::ExpiredContext { .. } => FaultKind::Expired,
        C::NotValidYet | C::NotValidYetContext { .. } => FaultKind::NotYetValid,
        C::NotValidForName | C::NotValidForNameContext { .. } => FaultKind::WrongHost,
        C::UnknownIssuer => FaultKind::Untrusted,
        C::Other(other) if other.to_string().contains("UnknownIssuer") => FaultKind::Untrusted,
        _ => FaultKind::CertificateRefused,
    };
    let detail = match error {
        C::NotValidForNameContext { presented, .. } => format!("it is for {}", presented.join(", ")),
        _ if kind == FaultKind::CertificateRefused => error.to_string(),
        _ => String::new(),
    };
    Fault::new(kind, detail)
}

/// The kind of fault that the operating system's error tells.
fn of_io(error: &io::Error) -> Option<FaultKind> {
    Some(match error.kind() {
        ErrorKind::ConnectionRefused => FaultKind::ConnectionRefused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => FaultKind::Broken,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::AddrNotAvailable => {
            FaultKind::NoConnection
        }
        ErrorKind::TimedOut => FaultKind::ConnectTimedOut,
        _ => return None,
    })
}

/// hyper keeps its kinds of parse errors to itself; their texts are stable.
fn of_http(text: &str, tls: bool) -> Option<FaultKind> {
    if text.contains("message head is too large") || text.contains("too many headers") {
        return Some(FaultKind::TooLarge);
    }
    // A TLS alert is no HTTP version.
    if !tls && text.contains("invalid HTTP version") {
        return Some(FaultKind::TlsPort);
    }
    let parse = ["invalid HTTP", "parsed", "Invalid chunk", "invalid chunk", "chunk size", "content-length"];
    if parse.iter().any(|word| text.contains(word)) {
        return Some(FaultKind::BadHttp);
    }
    (text.contains("end of file")
        || text.contains("before message completed")
        || text.contains("unexpected EOF"))
    .then_some(FaultKind::Broken)
}

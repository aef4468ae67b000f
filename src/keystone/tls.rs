//! HTTP clients with the TLS settings of a session, as keystoneauth1 and requests
//! read them: `insecure` beats `cafile`, and `cafile` replaces the trust store.

use std::path::Path;
use std::thread::JoinHandle;

use reqwest::{Certificate, Client, Identity};

use super::fault::{Fault, FaultKind};
use super::http::Manners;
use crate::config::printable;
use crate::service::Transport;

/// The trust store of a distribution takes a quarter of a megabyte (bytes).
const MAX_FILE: u64 = 16 << 20;

/// Builds a client. Without `tls` no trust store is loaded.
pub(super) fn client(transport: &Transport, tls: bool, manners: &Manners) -> Result<Client, Fault> {
    // A second installation is refused, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("nova-token-check/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .connect_timeout(manners.connect_timeout)
        .http1_only();
    if !manners.use_proxies {
        builder = builder.no_proxy();
    }
    if !tls {
        builder = builder.tls_certs_only([]);
    } else if transport.insecure {
        builder = builder.tls_certs_only([]).tls_danger_accept_invalid_certs(true);
    } else if let Some(path) = transport.cafile.as_ref().or(manners.ca_bundle.as_ref()) {
        builder = builder.tls_certs_only(certificates(path)?);
    }
    if let Some(certfile) = transport.certfile.as_ref().filter(|_| tls) {
        builder = builder.identity(identity(certfile, transport.keyfile.as_deref())?);
    }
    builder.build().map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        Fault::new(FaultKind::TlsFile, cause)
    })
}

/// A client with this host's trust store, made in a thread of its own, since
/// reading all the certificates takes longer than reading a configuration.
#[derive(Debug)]
pub struct Roots(JoinHandle<Result<Client, Fault>>);

impl Roots {
    pub(super) fn load(manners: Manners) -> Option<Self> {
        let load = move || client(&Transport::default(), true, &manners);
        std::thread::Builder::new().name("trust store".to_owned()).spawn(load).ok().map(Self)
    }

    /// Waits for it; nothing if the thread was lost.
    pub(super) fn client(self) -> Option<Result<Client, Fault>> {
        self.0.join().ok()
    }
}

/// Whether the servers of this session are judged by the host's trust store.
pub(super) fn by_trust_store(transport: &Transport, manners: &Manners) -> bool {
    !transport.insecure && transport.cafile.is_none() && manners.ca_bundle.is_none()
}

/// This host's trust store, for people.
pub(super) fn trust_store_name() -> String {
    let found = openssl_probe::probe();
    let path = found.cert_file.or_else(|| found.cert_dir.into_iter().next());
    path.map_or_else(|| "that of its system".to_owned(), |path| printable(&path.to_string_lossy()))
}

fn read(path: &str) -> Result<Vec<u8>, Fault> {
    let fault = |why: &dyn std::fmt::Display| Fault::new(FaultKind::TlsFile, format!("{path}: {why}"));
    let kind = std::fs::metadata(path).map_err(|error| fault(&error))?;
    // A pipe would keep everybody waiting, and a device might never end.
    if !kind.is_file() {
        return Err(fault(&"not a file"));
    }
    if kind.len() > MAX_FILE {
        return Err(fault(&"too large for a file of certificates"));
    }
    std::fs::read(path).map_err(|error| fault(&error))
}

/// The certificates of a bundle, or of a directory that `openssl rehash` made.
fn certificates(path: &str) -> Result<Vec<Certificate>, Fault> {
    let mut bundle = Vec::new();
    if Path::new(path).is_dir() {
        for file in hashed_files(path)? {
            bundle.extend(bundle_of(&file)?);
        }
    } else {
        bundle = bundle_of(path)?;
    }
    if bundle.is_empty() {
        return Err(Fault::new(FaultKind::TlsFile, format!("{path}: holds no certificate")));
    }
    Ok(bundle)
}

fn bundle_of(path: &str) -> Result<Vec<Certificate>, Fault> {
    Certificate::from_pem_bundle(&read(path)?)
        .map_err(|_| Fault::new(FaultKind::TlsFile, format!("{path}: not a PEM bundle")))
}

/// OpenSSL opens no other files of a directory than `0123abcd.0`.
fn hashed_files(path: &str) -> Result<Vec<String>, Fault> {
    let io = |error: std::io::Error| Fault::new(FaultKind::TlsFile, format!("{path}: {error}"));
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io)? {
        let name = entry.map_err(io)?.file_name().to_string_lossy().into_owned();
        let hashed = name.split_once('.').is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.bytes().all(|b| b.is_ascii_hexdigit())
                && number.bytes().all(|b| b.is_ascii_digit())
        });
        if hashed {
            files.push(format!("{}/{name}", path.trim_end_matches('/')));
        }
    }
    Ok(files)
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

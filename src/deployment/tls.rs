//! The certificate and key files that a service's session names: what OpenSSL would
//! make of them, as far as a file by itself tells.
//!
//! Held against requests and Python's ssl: a CA file is looked at for `https` only, a
//! client certificate and its key have to exist for any request, and a key without a
//! certificate is not looked at at all.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use rustls::CertificateError;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use thiserror::Error;

use super::Surroundings;
use super::surroundings::Found;

/// More bytes of a file than these are not read.
const MAX_SIZE: u64 = 16 << 20;

/// The files of one session, as written.
#[derive(Debug, Clone, Copy, Default)]
pub struct TlsPaths<'p> {
    /// `cafile`.
    pub ca: Option<&'p str>,
    /// `certfile`.
    pub certificate: Option<&'p str>,
    /// `keyfile`.
    pub key: Option<&'p str>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum TlsProblem {
    /// There is none.
    #[error("does not exist")]
    Missing,
    /// A directory where a file is read.
    #[error("is a directory")]
    Directory,
    /// A directory in which OpenSSL finds nothing.
    #[error("is a directory without hashed certificates, so OpenSSL finds none in it")]
    NotHashed,
    /// Nothing is in it.
    #[error("is empty")]
    Empty,
    /// No certificate is in it.
    #[error("holds no certificate in PEM form")]
    NoCertificate,
    /// No key is in it.
    #[error("holds no private key in PEM form")]
    NoKey,
    /// The key is encrypted, and nobody is there to type its passphrase.
    #[error("holds an encrypted key, and the service cannot ask for its passphrase")]
    EncryptedKey,
    /// It, or all in it, is past its date (`YYYY-MM-DD`).
    #[error("expired on {0}")]
    Expired(String),
    /// It, or all in it, is before its date (`YYYY-MM-DD`).
    #[error("is not valid before {0}")]
    NotYetValid(String),
    /// The certificate is another key's.
    #[error("holds another key than that of the certificate")]
    KeyDiffers,
    /// This program may not read it.
    #[error("cannot be read by the user that runs this program")]
    Denied,
}

/// A file of a session that is no use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFault {
    /// The option that names it.
    pub option: &'static str,
    /// What is wrong.
    pub problem: TlsProblem,
}

impl Surroundings {
    /// What is wrong with the files of a session. `now` is in seconds since 1970.
    pub fn tls_faults(&self, paths: TlsPaths<'_>, now: u64) -> Vec<TlsFault> {
        let mut faults = Vec::new();
        let mut look = |option, path: Option<&str>, judge: &dyn Fn(&[u8]) -> Option<TlsProblem>| {
            let bytes = self.read(path?, option == "cafile");
            let problem = match &bytes {
                Ok(Some(bytes)) => judge(bytes),
                Ok(None) => None,
                Err(problem) => Some(problem.clone()),
            };
            faults.extend(problem.map(|problem| TlsFault { option, problem }));
            bytes.ok().flatten()
        };
        look("cafile", paths.ca, &|bytes| authorities(bytes, now));
        let certificate = look("certfile", paths.certificate, &|bytes| client(bytes, now));
        // Without a key of its own the certificate's file has to hold it.
        match (&certificate, paths.key) {
            (None, _) if paths.certificate.is_none() => {}
            (_, Some(path)) => {
                let key = look("keyfile", Some(path), &key);
                let differs =
                    certificate.zip(key).is_some_and(|(certificate, key)| differ(&certificate, &key));
                faults.extend(
                    differs.then_some(TlsFault { option: "keyfile", problem: TlsProblem::KeyDiffers }),
                );
            }
            (Some(bytes), None) if faults.is_empty() => {
                faults.extend(key(bytes).map(|problem| TlsFault { option: "certfile", problem }));
            }
            (_, None) => {}
        }
        faults
    }

    /// A file's contents; none if it cannot be told what is there, or if it is a
    /// directory that will do.
    fn read(&self, path: &str, directory: bool) -> Result<Option<Vec<u8>>, TlsProblem> {
        let path = match self.find(path) {
            Found::At(path) => path,
            Found::Missing => return Err(TlsProblem::Missing),
            Found::Denied => return Err(TlsProblem::Denied),
            Found::Unknown => return Ok(None),
        };
        let Ok(metadata) = std::fs::metadata(&path) else { return Ok(None) };
        if metadata.is_dir() {
            return if !directory {
                Err(TlsProblem::Directory)
            } else if is_hashed(&path) {
                Ok(None)
            } else {
                Err(TlsProblem::NotHashed)
            };
        }
        // A pipe or device might never end.
        if !metadata.is_file() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(MAX_SIZE).read_to_end(&mut bytes)) {
            Ok(0) => Err(TlsProblem::Empty),
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => Err(TlsProblem::Denied),
            Err(_) => Ok(None),
        }
    }
}

/// OpenSSL opens no other files of a directory than `0123abcd.0`.
fn is_hashed(path: &Path) -> bool {
    // A directory that cannot be listed may hold anything.
    let Ok(entries) = std::fs::read_dir(path) else { return true };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let parts = name.to_str().and_then(|name| name.split_once('.'));
        parts.is_some_and(|(hash, number)| {
            hash.len() == 8
                && hash.bytes().all(|b| b.is_ascii_hexdigit())
                && !number.is_empty()
                && number.bytes().all(|b| b.is_ascii_digit())
        })
    })
}

fn authorities(bytes: &[u8], now: u64) -> Option<TlsProblem> {
    if !holds_certificate(bytes) {
        return Some(TlsProblem::NoCertificate);
    }
    // One that is valid will do, and one that cannot be read here may be.
    let mut certificates = CertificateDer::pem_slice_iter(bytes);
    let mut worst: Option<TlsProblem> = None;
    certificates
        .all(|certificate| {
            let problem = certificate.ok().and_then(|certificate| out_of_date(&certificate, now));
            let found = problem.is_some();
            worst = problem.max(worst.take());
            found
        })
        .then_some(worst)?
}

fn client(bytes: &[u8], now: u64) -> Option<TlsProblem> {
    if !holds_certificate(bytes) {
        return Some(TlsProblem::NoCertificate);
    }
    // The first is the client's own, the others lead to its CA.
    out_of_date(&CertificateDer::pem_slice_iter(bytes).next()?.ok()?, now)
}

/// What a verifier that trusts nobody complains about first: the dates.
fn out_of_date(certificate: &CertificateDer<'_>, now: u64) -> Option<TlsProblem> {
    let parsed = ParsedCertificate::try_from(certificate).ok()?;
    let (nobody, now) =
        (rustls::RootCertStore::empty(), UnixTime::since_unix_epoch(Duration::from_secs(now)));
    let verdict = rustls::client::verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, &[], now, &[]);
    match verdict {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) => {
            Some(TlsProblem::Expired(date(not_after)?))
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before, ..
        })) => Some(TlsProblem::NotYetValid(date(not_before)?)),
        _ => None,
    }
}

fn date(time: UnixTime) -> Option<String> {
    let seconds = i64::try_from(time.as_secs()).ok()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.strftime("%Y-%m-%d").to_string())
}

/// Whether OpenSSL sees a certificate, whatever kind: it knows more than one label.
fn holds_certificate(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| line.starts_with("-----BEGIN ") && line.trim_end().ends_with("CERTIFICATE-----"))
}

fn key(bytes: &[u8]) -> Option<TlsProblem> {
    let text = String::from_utf8_lossy(bytes);
    if !text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY-----")) {
        return Some(TlsProblem::NoKey);
    }
    let encrypted = ["-----BEGIN ENCRYPTED PRIVATE KEY-----", "Proc-Type: 4,ENCRYPTED"];
    encrypted.iter().any(|mark| text.contains(mark)).then_some(TlsProblem::EncryptedKey)
}

/// Whether a key is surely another one than the certificate's.
fn differ(certificate: &[u8], key: &[u8]) -> bool {
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_slice_iter(certificate).filter_map(Result::ok).collect();
    let Ok(key) = PrivateKeyDer::from_pem_slice(key) else { return false };
    let provider = rustls::crypto::ring::default_provider();
    let made = rustls::sign::CertifiedKey::from_der(certificates, key, &provider);
    matches!(made, Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::KeyMismatch)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_800_000_000;

    struct Host(tempfile::TempDir);

    impl Host {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn put(&self, name: &str, text: &str) {
            std::fs::write(self.0.path().join(name), text).unwrap();
        }

        fn faults(&self, paths: TlsPaths<'_>) -> Vec<(&'static str, TlsProblem)> {
            let host = Surroundings::Host(self.0.path().to_owned());
            host.tls_faults(paths, NOW).into_iter().map(|fault| (fault.option, fault.problem)).collect()
        }

        fn ca(&self) -> Vec<(&'static str, TlsProblem)> {
            self.faults(TlsPaths { ca: Some("/ca.pem"), ..TlsPaths::default() })
        }

        fn client(&self) -> Vec<(&'static str, TlsProblem)> {
            self.faults(TlsPaths { certificate: Some("/c.pem"), key: Some("/c.key"), ca: None })
        }
    }

    /// A certificate and its key, valid in these years.
    fn pair(years: std::ops::Range<i32>) -> (String, String) {
        let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(years.start, 1, 1);
        params.not_after = rcgen::date_time_ymd(years.end, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
    }

    #[test]
    fn a_ca_file_has_to_hold_one_that_is_valid() {
        let host = Host::new();
        assert_eq!(host.ca(), [("cafile", TlsProblem::Missing)]);
        host.put("ca.pem", "");
        assert_eq!(host.ca(), [("cafile", TlsProblem::Empty)]);
        host.put("ca.pem", "no PEM");
        assert_eq!(host.ca(), [("cafile", TlsProblem::NoCertificate)]);
        let (expired, later, valid) = (pair(2020..2021).0, pair(2040..2041).0, pair(2020..2040).0);
        host.put("ca.pem", &expired);
        assert_eq!(host.ca(), [("cafile", TlsProblem::Expired("2021-01-01".to_owned()))]);
        host.put("ca.pem", &later);
        assert_eq!(host.ca(), [("cafile", TlsProblem::NotYetValid("2040-01-01".to_owned()))]);
        host.put("ca.pem", &format!("# comment\n{expired}{valid}"));
        assert_eq!(host.ca(), []);
        // OpenSSL's own form of a trusted certificate.
        host.put("ca.pem", "-----BEGIN TRUSTED CERTIFICATE-----\nAA==\n-----END TRUSTED CERTIFICATE-----\n");
        assert_eq!(host.ca(), []);
    }

    #[test]
    fn a_ca_directory_has_to_be_hashed() {
        let host = Host::new();
        std::fs::create_dir(host.0.path().join("ca.pem")).unwrap();
        assert_eq!(host.ca(), [("cafile", TlsProblem::NotHashed)]);
        host.put("ca.pem/0123abcd.0", "");
        assert_eq!(host.ca(), []);
    }

    #[test]
    fn a_client_certificate_needs_its_key() {
        let host = Host::new();
        let ((certificate, key), (_, other)) = (pair(2020..2040), pair(2020..2040));
        host.put("c.pem", &certificate);
        assert_eq!(host.client(), [("keyfile", TlsProblem::Missing)]);
        host.put("c.key", &key);
        assert_eq!(host.client(), []);
        host.put("c.key", &other);
        assert_eq!(host.client(), [("keyfile", TlsProblem::KeyDiffers)]);
        host.put("c.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n");
        assert_eq!(host.client(), [("keyfile", TlsProblem::EncryptedKey)]);
        host.put("c.key", &certificate);
        assert_eq!(host.client(), [("keyfile", TlsProblem::NoKey)]);
        let alone = TlsPaths { certificate: Some("/c.pem"), ..TlsPaths::default() };
        assert_eq!(host.faults(alone), [("certfile", TlsProblem::NoKey)]);
        host.put("c.pem", &format!("{certificate}{key}"));
        assert_eq!(host.faults(alone), []);
        // A key without a certificate is not looked at.
        assert_eq!(host.faults(TlsPaths { key: Some("/none"), ..TlsPaths::default() }), []);
    }
}

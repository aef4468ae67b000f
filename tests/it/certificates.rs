//! Certificates for the servers of the TLS tests, good ones and bad ones.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// What is wrong with a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    Nothing,
    Expired,
    NotYetValid,
    OtherHost,
    /// The authority's own certificate serves as the server's.
    Authority,
}

/// An authority and its files in a directory.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: CertificateDer<'static>,
    directory: PathBuf,
}

impl Authority {
    /// Writes its certificate to `ca.pem` in the directory.
    pub(crate) fn new(directory: &Path) -> Self {
        let key = KeyPair::generate().unwrap();
        let params = authority_params();
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(directory.join("ca.pem"), certificate.pem()).unwrap();
        Self {
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            directory: directory.to_owned(),
        }
    }

    pub(crate) fn file(&self) -> String {
        self.directory.join("ca.pem").display().to_string()
    }

    /// Writes its certificate as it would be in other years.
    pub(crate) fn in_years(&self, name: &str, years: std::ops::Range<i32>) {
        let mut params = authority_params();
        params.not_before = date_time_ymd(years.start, 1, 1);
        params.not_after = date_time_ymd(years.end, 1, 1);
        let certificate = params.self_signed(self.issuer.key()).unwrap();
        std::fs::write(self.directory.join(name), certificate.pem()).unwrap();
    }

    /// A server's settings; with `clients` it wants a certificate of this
    /// authority from whoever connects.
    pub(crate) fn server(&self, flaw: Flaw, clients: bool) -> Arc<ServerConfig> {
        let (certificate, key) = match flaw {
            Flaw::Authority => {
                let key = PrivateKeyDer::try_from(self.issuer.key().serialize_der()).unwrap();
                (self.certificate.clone(), key)
            }
            _ => self.leaf(flaw),
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            builder.with_no_client_auth()
        };
        Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
    }

    fn leaf(&self, flaw: Flaw) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let (params, key) = (params(flaw), KeyPair::generate().unwrap());
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.der().clone(), PrivateKeyDer::try_from(key.serialize_der()).unwrap())
    }

    /// Writes a client's certificate and key; their paths.
    pub(crate) fn client(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = params(Flaw::Nothing);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let paths = ["client.pem", "client.key"].map(|name| self.directory.join(name));
        std::fs::write(&paths[0], certificate.pem()).unwrap();
        std::fs::write(&paths[1], key.serialize_pem()).unwrap();
        let [certificate, key] = paths.map(|path| path.display().to_string());
        (certificate, key)
    }
}

fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn params(flaw: Flaw) -> CertificateParams {
    let name = if flaw == Flaw::OtherHost { "other.example" } else { "127.0.0.1" };
    let mut params = CertificateParams::new(vec![name.to_owned(), "::1".to_owned()]).unwrap();
    if flaw == Flaw::OtherHost {
        params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    }
    // OpenSSL takes one that is called as its issuer is for its own issuer.
    params.distinguished_name.push(DnType::CommonName, "leaf");
    match flaw {
        Flaw::Expired => params.not_after = date_time_ymd(2020, 1, 1),
        Flaw::NotYetValid => params.not_before = date_time_ymd(2090, 1, 1),
        _ => {}
    }
    params
}

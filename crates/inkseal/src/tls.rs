//! TLS 1.3 between services, where both sides show a certificate (RFC 8446, 4.4.2).

use std::{fs, path::Path, sync::Arc};

use der::Decode;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
    version::TLS13,
};

use crate::house::Reason;

/// Days that a certificate should still be good for when a service starts.
const LEFT: i64 = 30;

/// What one side shows, and whom it believes.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    authorities: RootCertStore,
    /// Until when its certificate is good, unix seconds.
    until: i64,
}

impl Identity {
    /// Reads PEM: a certificate with what leads to its authority, its key, and the
    /// authorities of the other side.
    ///
    /// # Errors
    /// Names what cannot be read, or says that the certificate is not good at `now`.
    pub fn from_pem(
        certificate: &str,
        key: &str,
        authorities: &str,
        now: i64,
    ) -> Result<Self, Reason> {
        let chain = certificates(certificate)?;
        let leaf = chain.first().ok_or("there is no certificate in the PEM")?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())?;
        let mut roots = RootCertStore::empty();
        for authority in certificates(authorities)? {
            roots.add(authority)?;
        }
        let (from, until) = validity(leaf)?;
        if !(from..=until).contains(&now) {
            return Err(format!(
                "the certificate is good from {} to {}, not now; make another with `inkseal ca service`",
                day(from),
                day(until)
            )
            .into());
        }
        let identity = Self {
            chain,
            key,
            authorities: roots,
            until,
        };
        identity.warn(now);
        Ok(identity)
    }

    /// The same from files.
    pub fn read(
        certificate: &Path,
        key: &Path,
        authorities: &Path,
        now: i64,
    ) -> Result<Self, Reason> {
        let key = zeroize::Zeroizing::new(read("tls_key", key)?);
        let (name, authorities) = (certificate, read("tls_authorities", authorities)?);
        let certificate = read("tls_certificate", certificate)?;
        let read = Self::from_pem(&certificate, &key, &authorities, now);
        read.map_err(|reason| format!("{}: {reason}", name.display()).into())
    }

    /// Warns when the certificate has not long to live.
    fn warn(&self, now: i64) {
        let days = (self.until - now) / 86_400;
        if days < LEFT {
            tracing::warn!(days, "the certificate for other services expires soon");
        }
    }

    /// For a server: whoever shows no certificate of its authorities does not get in.
    pub fn server(self) -> Result<Arc<ServerConfig>, Reason> {
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(self.authorities), provider());
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(verifier.build()?)
            .with_single_cert(self.chain, self.key)?;
        // Who comes back shows the certificate again, which may have expired since.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }

    /// For a client of servers whose certificates come from its authorities.
    pub fn client(self) -> Result<ClientConfig, Reason> {
        Ok(ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])?
            .with_root_certificates(self.authorities)
            .with_client_auth_cert(self.chain, self.key)?)
    }
}

/// The same cryptography as everywhere.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Reason> {
    Ok(CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>()?)
}

/// From when and until when a certificate is good, unix seconds.
fn validity(certificate: &[u8]) -> Result<(i64, i64), Reason> {
    let read = x509_cert::Certificate::from_der(certificate)?;
    let validity = read.tbs_certificate().validity();
    let seconds = |time: &x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
    };
    Ok((seconds(&validity.not_before), seconds(&validity.not_after)))
}

fn read(key: &str, path: &Path) -> Result<String, Reason> {
    if path.as_os_str().is_empty() {
        return Err(format!("`{key}` is not set; `inkseal ca service` makes the files").into());
    }
    fs::read_to_string(path).map_err(|e| format!("{key}: {}: {e}", path.display()).into())
}

fn day(seconds: i64) -> String {
    let time = time::OffsetDateTime::from_unix_timestamp(seconds);
    time.map(|time| time.date().to_string()).unwrap_or_default()
}

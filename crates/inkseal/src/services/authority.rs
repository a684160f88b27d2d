//! The authority for the services' TLS certificates (RFC 5280, RFC 8446).

use std::sync::Arc;

use crypto::{Keys, Signer, Suite};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PublicKeyData, SerialNumber,
    SignatureAlgorithm, SigningKey,
};
use store::{Change, Row, Store};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use super::{Service, fingerprint};
use crate::house::Reason;

/// Its key in the key store, and its certificate among the settings.
const KEY: &str = "trust/services";
const CERTIFICATE: (&str, &str) = ("house", "service-authority");
/// The common name of its certificate.
const NAME: &str = "inkseal services";
/// Validity of its certificate and of those that it issues, in days.
const AUTHORITY_DAYS: i64 = 15 * 365;
const SERVICE_DAYS: i64 = 397;
/// A machine whose clock is a little behind may use what was issued just now.
const SLACK: Duration = Duration::minutes(5);
/// Length of a P-256 point in a `SubjectPublicKeyInfo`, which ends with it.
const POINT: usize = 65;

/// Issues certificates for TLS between services; both client and server use them.
pub struct ServiceAuthority {
    key: Key,
    pem: String,
}

/// What was issued.
pub struct Issued {
    /// The certificate, PEM.
    pub certificate: String,
    /// Its private key, PEM of PKCS #8.
    pub key: Zeroizing<String>,
    /// How it is registered.
    pub service: Service,
}

/// A key of the key store, as the library that writes certificates wants it.
struct Key(Arc<dyn Signer>);

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        let spki = self.0.spki();
        &spki[spki.len().saturating_sub(POINT)..]
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0
            .sign(message)
            .map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

impl ServiceAuthority {
    /// Opens the authority; the first opening makes its key and its certificate.
    pub async fn open(store: &Store, keys: &Keys, now: OffsetDateTime) -> Result<Self, Reason> {
        let keys = keys.clone();
        let key = tokio::task::spawn_blocking(move || keys.ensure(Suite::P256Sha256, KEY));
        let key = Key(key.await??);
        let (tenant, name) = CERTIFICATE;
        if let Some(pem) = store.setting(tenant, name).await? {
            return Ok(Self { key, pem });
        }
        let pem = authority(now)?.self_signed(&key)?.pem();
        let (name, value) = (name.to_owned(), pem.clone());
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        store.commit(change).await?;
        Ok(Self { key, pem })
    }

    /// Its certificate, PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// A fresh key with a certificate for a service that is reached at `hosts` (names or
    /// addresses; none for one that only asks).
    pub fn issue(
        &self,
        name: &str,
        hosts: Vec<String>,
        now: OffsetDateTime,
    ) -> Result<Issued, Reason> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut wanted = parameters(now, SERVICE_DAYS, hosts)?;
        wanted.distinguished_name = named(name);
        wanted.use_authority_key_identifier_extension = true;
        wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        wanted.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ClientAuth,
            ExtendedKeyUsagePurpose::ServerAuth,
        ];
        let until = wanted.not_after.unix_timestamp();
        let issuer = Issuer::new(authority(now)?, &self.key);
        let certificate = wanted.signed_by(&key, &issuer)?;
        Ok(Issued {
            service: Service {
                name: name.to_owned(),
                fingerprint: fingerprint(certificate.der()),
                until,
            },
            certificate: certificate.pem(),
            key: Zeroizing::new(key.serialize_pem()),
        })
    }
}

fn authority(now: OffsetDateTime) -> Result<CertificateParams, Reason> {
    let mut wanted = parameters(now, AUTHORITY_DAYS, Vec::new())?;
    wanted.distinguished_name = named(NAME);
    wanted.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    wanted.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(wanted)
}

fn named(name: &str) -> DistinguishedName {
    let mut names = DistinguishedName::new();
    names.push(DnType::CommonName, name);
    names
}

/// What every certificate has: a random serial number of 128 bits, and a time.
fn parameters(
    now: OffsetDateTime,
    days: i64,
    hosts: Vec<String>,
) -> Result<CertificateParams, Reason> {
    let mut wanted = CertificateParams::new(hosts)?;
    let serial = pki::serial_number(crypto::random());
    wanted.serial_number = Some(SerialNumber::from_slice(&serial));
    wanted.not_before = now - SLACK;
    wanted.not_after = now + Duration::days(days);
    Ok(wanted)
}

//! What the trust service and those who ask it say to each other, as JSON.
//!
//! Bytes are base64, digests and serial numbers as everywhere, times unix milliseconds.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::Digest;
use pki::{Certificate, EventBinding, Name, revocation};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Bytes as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Base64(String);

impl Base64 {
    /// Encodes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(STANDARD.encode(bytes))
    }

    /// Decodes; none when it is no base64.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.0).ok()
    }
}

/// The subject of a certificate.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    common_name: String,
    organization: Option<String>,
    /// ISO 3166 code, two capital letters.
    country: String,
    /// Salted digest of an identity number, or a social credit code.
    serial_number: Option<String>,
}

/// One act and everything that it is fixed to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    act: String,
    contract: String,
    mode: String,
    policy: String,
    #[schema(value_type = String)]
    revision: Digest,
    #[schema(value_type = String)]
    evidence: Digest,
}

/// Asks for a certificate for one act.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EventOrder {
    /// For which tenant of the service.
    pub tenant: String,
    /// Name of the suite, such as `sm2-sm3`.
    pub suite: String,
    /// The signer.
    pub subject: Subject,
    /// DER of the `SubjectPublicKeyInfo`.
    pub key: Base64,
    /// The act.
    pub binding: Binding,
}

/// Asks for a certificate for a company's seal key.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnterpriseOrder {
    /// For which tenant of the service.
    pub tenant: String,
    /// Name of the suite.
    pub suite: String,
    /// The company.
    pub subject: Subject,
    /// DER of the `SubjectPublicKeyInfo`.
    pub key: Base64,
}

/// A certificate with what leads to its anchor.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Chain {
    /// DER of each certificate, leaf first, no root.
    pub certificates: Vec<Base64>,
}

/// Asks for a timestamp.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TimestampOrder {
    /// Name of the suite of the authority.
    pub suite: String,
    /// What is stamped.
    #[schema(value_type = String)]
    pub imprint: Digest,
}

/// A timestamp.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Timestamp {
    /// DER of a `TimeStampToken`.
    pub token: Base64,
}

/// Orders to revoke certificates, all or none.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationOrder {
    /// Whose certificates.
    pub tenant: String,
    /// Their serial numbers, hexadecimal.
    pub serials: Vec<String>,
    /// Number of the reason (RFC 5280, 5.3.1).
    pub reason: u8,
}

/// A revocation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Revoked {
    /// When, unix milliseconds.
    at: i64,
    /// Number of the reason (RFC 5280, 5.3.1).
    reason: u8,
}

/// Revocations, in the order in which they were asked for.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Revocations {
    /// Each of them.
    pub revoked: Vec<Revoked>,
}

/// How a certificate stands now.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct State {
    /// Its revocation, if it is revoked.
    pub revoked: Option<Revoked>,
}

/// Entries for the ledger.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Entries {
    /// Each is an object in canonical JSON.
    pub entries: Vec<Base64>,
}

/// Where entries are in the ledger.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Indexes {
    /// In the order of the entries.
    pub indexes: Vec<u64>,
}

/// What a stranger needs to verify.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Anchors {
    /// The roots, PEM.
    pub anchors: String,
    /// The ledger's public key (C2SP signed-note verifier key).
    pub ledger_key: String,
    /// The certificate of the ledger's SM2 key with its issuer's, PEM; empty without one.
    #[serde(default)]
    pub ledger_certificate: String,
}

impl Chain {
    /// Of these certificates.
    pub fn of(chain: &[Certificate]) -> Self {
        let certificates = chain.iter().map(|one| Base64::of(one.der())).collect();
        Self { certificates }
    }

    /// The certificates; none when one of them cannot be read, or there is none.
    pub fn read(&self) -> Option<Vec<Certificate>> {
        let read = |one: &Base64| Certificate::from_der(&one.bytes()?).ok();
        let chain: Option<Vec<_>> = self.certificates.iter().map(read).collect();
        chain.filter(|chain| !chain.is_empty())
    }
}

impl From<Name> for Subject {
    fn from(name: Name) -> Self {
        Self {
            common_name: name.common_name,
            organization: name.organization,
            country: name.country,
            serial_number: name.serial_number,
        }
    }
}

impl From<Subject> for Name {
    fn from(subject: Subject) -> Self {
        Self {
            common_name: subject.common_name,
            organization: subject.organization,
            country: subject.country,
            serial_number: subject.serial_number,
        }
    }
}

impl From<EventBinding> for Binding {
    fn from(binding: EventBinding) -> Self {
        Self {
            act: binding.act,
            contract: binding.contract,
            mode: binding.mode,
            policy: binding.policy,
            revision: binding.revision,
            evidence: binding.evidence,
        }
    }
}

impl From<Binding> for EventBinding {
    fn from(binding: Binding) -> Self {
        Self {
            act: binding.act,
            contract: binding.contract,
            mode: binding.mode,
            policy: binding.policy,
            revision: binding.revision,
            evidence: binding.evidence,
        }
    }
}

impl From<revocation::Revoked> for Revoked {
    fn from(revoked: revocation::Revoked) -> Self {
        Self {
            at: revoked.at_ms,
            reason: revoked.reason.number(),
        }
    }
}

impl From<Revoked> for revocation::Revoked {
    fn from(revoked: Revoked) -> Self {
        Self {
            at_ms: revoked.at,
            reason: revocation::Reason::from_number(revoked.reason).unwrap_or_default(),
            invalid_since_ms: None,
        }
    }
}

//! What is said between us and the authority, JSON. Documented in `docs/external-ca.md`.

use serde::{Deserialize, Serialize};

/// Asks for a certificate: the key is the `Idempotency-Key`.
pub const CERTIFICATES: &str = "/v1/certificates";
/// Revokes certificates.
pub const REVOCATIONS: &str = "/v1/revocations";
/// Who the authority is.
pub const AUTHORITY: &str = "/v1/authority";

/// What a certificate shall be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// One signing act.
    Event,
    /// A company's lasting key.
    Enterprise,
    /// Nothing: it shows that the authority works. Valid for minutes, used by nobody.
    Check,
}

impl Kind {
    /// For how long it shall be valid, in seconds. The authority may know better.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Event | Self::Check => 600,
            Self::Enterprise => 2 * 365 * 24 * 3600,
        }
    }
}

/// A request for a certificate.
#[derive(Debug, Serialize, Deserialize)]
pub struct Ask {
    /// DER of a `CertificationRequest` (RFC 2986), base64.
    pub request: String,
    /// What for.
    pub kind: Kind,
    /// The suite of key and chain.
    pub suite: String,
    /// Wanted validity.
    pub seconds: i64,
}

/// A certificate that was issued.
#[derive(Debug, Serialize, Deserialize)]
pub struct Issued {
    /// Leaf first, with all that leads to a root, PEM.
    pub chain: String,
}

/// An order to revoke: all of them or none.
#[derive(Debug, Serialize, Deserialize)]
pub struct Revoke {
    /// Serial numbers, hexadecimal.
    pub serials: Vec<String>,
    /// Number of the reason (RFC 5280, 5.3.1).
    pub reason: u8,
}

/// The revocation of one certificate.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Revocation {
    /// Unix milliseconds.
    pub at: i64,
    /// Number of the reason.
    pub reason: u8,
}

/// What was revoked, in the order of the serial numbers. One that was revoked before
/// stays as it was.
#[derive(Debug, Serialize, Deserialize)]
pub struct RevokedAll {
    /// One for each serial number.
    pub revoked: Vec<Revocation>,
}

/// How a certificate stands.
#[derive(Debug, Serialize, Deserialize)]
pub struct Status {
    /// Its serial number, hexadecimal.
    pub serial: String,
    /// None when it is not revoked.
    pub revoked: Option<Revocation>,
}

/// Who the authority is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Authority {
    /// Its name; the simulator calls itself `ca-simulator`.
    pub authority: String,
}

//! The certificate authority's journal, and the ledger that proves it.

use crypto::{Digest, Hash, digest};
use serde::{Deserialize, Serialize};
use store::{Store, StoredRevocation};

use crate::{TrustError, log::damaged};

/// Entries that are read at once.
const READ: u32 = 1024;

/// Kinds of the trust service's own entries: [`Entry`], [`Revocation`], [`Request`].
pub(crate) const KINDS: [&str; 3] = ["certificate", "revocation", "certificate-request"];

/// What the ledger has of a certificate, before it is signed. Canonical JSON (RFC 8785:
/// the fields are in the order of their names).
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    kind: Kind,
    serial: String,
    /// Digest of the `TBSCertificate`.
    tbs: Digest,
    version: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Certificate,
}

/// What the ledger has of a revocation. Canonical JSON, like [`Entry`].
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revocation {
    /// Unix milliseconds.
    at: i64,
    kind: RevocationKind,
    /// Number of the reason (RFC 5280, 5.3.1).
    reason: u8,
    serial: String,
    version: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RevocationKind {
    Revocation,
}

impl Revocation {
    pub fn new(there: &StoredRevocation) -> Self {
        Self {
            at: there.at,
            kind: RevocationKind::Revocation,
            reason: there.reason,
            serial: there.serial.clone(),
            version: 1,
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, TrustError> {
        serde_json::to_vec(self).map_err(damaged)
    }
}

/// What the ledger has of a request to an authority elsewhere, before it is sent.
/// Canonical JSON, like [`Entry`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    kind: RequestKind,
    /// Digest of the `CertificationRequest` (RFC 2986).
    request: Digest,
    version: u8,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum RequestKind {
    CertificateRequest,
}

impl Request {
    pub fn new(request: &[u8]) -> Self {
        Self {
            kind: RequestKind::CertificateRequest,
            request: digest(Hash::Sha256, request),
            version: 1,
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, TrustError> {
        serde_json::to_vec(self).map_err(damaged)
    }
}

/// How many entries were compared.
#[derive(Default)]
pub(crate) struct Audited {
    pub certificates: u64,
    pub revocations: u64,
    /// Nothing else is kept of these: they say that something was asked, and when.
    pub requests: u64,
}

impl Entry {
    pub fn new(serial: &str, tbs: &[u8]) -> Self {
        let tbs = digest(Hash::Sha256, tbs);
        Self {
            kind: Kind::Certificate,
            serial: serial.to_owned(),
            tbs,
            version: 1,
        }
    }

    pub fn to_json(&self) -> Result<Vec<u8>, TrustError> {
        serde_json::to_vec(self).map_err(damaged)
    }
}

/// Compares every journaled certificate and every revocation with its entry in the
/// ledger, and makes sure that there is none without.
pub(crate) async fn audit(store: &Store) -> Result<Audited, TrustError> {
    let (mut index, mut sum) = (0_u64, Audited::default());
    loop {
        let entries = store.ledger_rows(index, READ).await?;
        if entries.is_empty() {
            break;
        }
        for (tenant, body) in entries {
            // Entries of other services are theirs to check.
            if let Ok(entry) = serde_json::from_slice::<Entry>(&body) {
                let journaled = store.journaled(&entry.serial).await?;
                let same = journaled.is_some_and(|there| {
                    there.tenant == tenant && Entry::new(&entry.serial, &there.tbs) == entry
                });
                if !same {
                    let reason = "is not in the journal as it was recorded";
                    let serial = &entry.serial;
                    return Err(damaged(format!(
                        "certificate {serial} (entry {index}) {reason}"
                    )));
                }
                sum.certificates += 1;
            } else if let Ok(entry) = serde_json::from_slice::<Revocation>(&body) {
                let there = store.revocation(&entry.serial).await?;
                if there.is_none_or(|there| Revocation::new(&there) != entry) {
                    let serial = &entry.serial;
                    let reason = "is not there as it was recorded";
                    let fault = format!("the revocation of {serial} (entry {index}) {reason}");
                    return Err(damaged(fault));
                }
                sum.revocations += 1;
            } else if serde_json::from_slice::<Request>(&body).is_ok() {
                sum.requests += 1;
            }
            index += 1;
        }
    }
    let there = store.certificate_count().await?;
    if there != sum.certificates {
        let recorded = sum.certificates;
        return Err(damaged(format!(
            "{there} certificates are in the journal, {recorded} were recorded"
        )));
    }
    let there = store.revocation_count().await?;
    if there != sum.revocations {
        let recorded = sum.revocations;
        return Err(damaged(format!(
            "{there} certificates are revoked, {recorded} were recorded"
        )));
    }
    Ok(sum)
}

//! The certificate authority's journal, and the ledger that proves it.

use crypto::{Digest, Hash, digest};
use serde::{Deserialize, Serialize};
use store::Store;

use crate::{TrustError, log::damaged};

/// Entries that are read at once.
const READ: u32 = 1024;

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

/// Compares every journaled certificate with its entry in the ledger, and makes sure
/// that there is none without. Returns how many there are.
pub(crate) async fn audit(store: &Store) -> Result<u64, TrustError> {
    let (mut index, mut certificates) = (0_u64, 0);
    loop {
        let entries = store.ledger_entries(index, READ).await?;
        if entries.is_empty() {
            break;
        }
        for body in entries {
            // Entries of other services are theirs to check.
            if let Ok(entry) = serde_json::from_slice::<Entry>(&body) {
                let journaled = store.certificate(&entry.serial).await?;
                if journaled.is_none_or(|tbs| Entry::new(&entry.serial, &tbs) != entry) {
                    let reason = "is not in the journal as it was recorded";
                    let serial = &entry.serial;
                    return Err(damaged(format!(
                        "certificate {serial} (entry {index}) {reason}"
                    )));
                }
                certificates += 1;
            }
            index += 1;
        }
    }
    let there = store.certificate_count().await?;
    if there == certificates {
        return Ok(certificates);
    }
    Err(damaged(format!(
        "{there} certificates are in the journal, {certificates} were recorded"
    )))
}

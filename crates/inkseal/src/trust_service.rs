//! The trust service as the signing service's house reaches it beyond the two ports:
//! what everybody may know of it, and receipts.

use ledger::Receipt;
use signing::ports::PortError;
use trust::Trust;

use crate::adapters::in_process::failed;

/// Where the trust service is.
#[derive(Clone)]
pub enum TrustService {
    /// In this process, over the same store: an entry's place in the store is its place
    /// in the ledger.
    InProcess(Trust),
}

impl TrustService {
    /// The trust anchors, PEM.
    pub fn anchors_pem(&self) -> String {
        match self {
            Self::InProcess(trust) => trust.anchors_pem(),
        }
    }

    /// The ledger's public key (C2SP signed-note verifier key).
    pub fn ledger_key(&self) -> String {
        match self {
            Self::InProcess(trust) => trust.ledger_key(),
        }
    }

    /// Receipts for entries that this house's store has at these places.
    pub async fn receipts(&self, entries: &[u64]) -> Result<Vec<Receipt>, PortError> {
        match self {
            Self::InProcess(trust) => {
                let mut receipts = Vec::with_capacity(entries.len());
                for entry in entries {
                    let receipt = trust.receipt(*entry).await.map_err(failed("ledger"))?;
                    receipts.push(receipt);
                }
                Ok(receipts)
            }
        }
    }
}

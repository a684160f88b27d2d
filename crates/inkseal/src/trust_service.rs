//! The trust service as a house reaches it, in this process or in another one.

use std::sync::Arc;

use ledger::Receipt;
use signing::{act::Authorities, ports::PortError};
use trust::Trust;

use crate::{
    adapters::in_process::{InProcess, failed},
    forwarder::Forwarder,
};

/// Where the trust service is.
#[derive(Clone)]
pub enum TrustService {
    /// In this process, over the same store: an entry's place in the store is its place
    /// in the ledger.
    InProcess(Trust),
    /// In another process.
    Remote(Arc<Forwarder>),
}

impl TrustService {
    /// It as the authorities of signing acts.
    pub fn authorities(&self) -> Authorities {
        match self {
            Self::InProcess(trust) => {
                let authority = Arc::new(InProcess(trust.clone()));
                Authorities {
                    certificates: authority.clone(),
                    timestamps: authority,
                }
            }
            Self::Remote(forwarder) => {
                let authority = Arc::new(forwarder.remote().clone());
                Authorities {
                    certificates: authority.clone(),
                    timestamps: authority,
                }
            }
        }
    }

    /// The trust anchors, PEM.
    pub async fn anchors_pem(&self) -> Result<String, PortError> {
        match self {
            Self::InProcess(trust) => Ok(trust.anchors_pem()),
            Self::Remote(forwarder) => Ok(forwarder.anchors().await?.anchors),
        }
    }

    /// The ledger's public key (C2SP signed-note verifier key).
    pub async fn ledger_key(&self) -> Result<String, PortError> {
        match self {
            Self::InProcess(trust) => Ok(trust.ledger_key()),
            Self::Remote(forwarder) => Ok(forwarder.anchors().await?.ledger_key),
        }
    }

    /// The certificate of the ledger's key with its issuer's, PEM; empty without one.
    pub async fn ledger_certificate(&self) -> Result<String, PortError> {
        match self {
            Self::InProcess(trust) => Ok(trust.ledger_certificate()),
            Self::Remote(forwarder) => Ok(forwarder.anchors().await?.ledger_certificate),
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
            Self::Remote(forwarder) => forwarder.receipts(entries).await,
        }
    }
}

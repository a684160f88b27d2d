//! Which services run in this process.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A role that a process plays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything in one process. 全部
    #[default]
    All,
    /// Certificates, timestamps and the ledger alone: digests, never documents. 可信服务
    Trust,
    /// Contracts alone; the trust service is another process's. 签署服务
    Signing,
}

impl Role {
    /// Whether certificates, timestamps and the ledger are here.
    pub fn trusts(self) -> bool {
        self != Self::Signing
    }

    /// Whether contracts are here.
    pub fn signs(self) -> bool {
        self != Self::Trust
    }

    /// Its name in configuration and store.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Trust => "trust",
            Self::Signing => "signing",
        }
    }
}

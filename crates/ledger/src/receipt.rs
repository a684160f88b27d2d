//! Receipts: one entry, provably in the log.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    checkpoint::Checkpoint,
    hash::{Hash, leaf_hash},
    note::NoteError,
    proof::{ProofError, verify_inclusion},
};

/// Proves an entry under a signed checkpoint, offline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The entry's place in the log.
    pub index: u64,
    /// The entry, base64.
    pub entry: String,
    /// Hashes from the entry to the root, base64.
    pub proof: Vec<String>,
    /// The signed note.
    pub checkpoint: String,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not base64.
    #[error("the receipt's {0} is not base64")]
    Encoding(&'static str),
    /// The checkpoint is not signed.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The proof is wrong.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

impl Receipt {
    /// A receipt.
    #[must_use]
    pub fn new(index: u64, entry: &[u8], proof: &[Hash], checkpoint: &str) -> Self {
        let proof = proof.iter().map(|hash| STANDARD.encode(hash)).collect();
        Self {
            index,
            entry: STANDARD.encode(entry),
            proof,
            checkpoint: checkpoint.to_owned(),
        }
    }

    /// Verifies the receipt by the log's verifier keys, one a line, of which one will do,
    /// and returns the entry.
    pub fn verify(&self, verifier: &str) -> Result<Vec<u8>, ReceiptError> {
        let entry = STANDARD
            .decode(&self.entry)
            .map_err(|_| ReceiptError::Encoding("entry"))?;
        let wrong = ReceiptError::Encoding("proof");
        let hash = |text: &String| {
            STANDARD
                .decode(text)
                .ok()
                .and_then(|b| Hash::try_from(b).ok())
        };
        let proof: Option<Vec<Hash>> = self.proof.iter().map(hash).collect();
        let checkpoint = Checkpoint::open(&self.checkpoint, verifier)?;
        let (size, root) = (checkpoint.size, checkpoint.root);
        verify_inclusion(
            &leaf_hash(&entry),
            self.index,
            size,
            &proof.ok_or(wrong)?,
            &root,
        )?;
        Ok(entry)
    }
}

//! Where the content of an envelope belongs.

use serde::{Deserialize, Serialize};

use super::EnvelopeError;
use crate::Digest;

/// Most bytes of UTF-8 of a text in a [`Binding`].
pub const TEXT_MAX: usize = 256;

/// The associated data of an envelope: the one place to which its content belongs. It
/// stands in the envelope in the clear, and is authenticated with the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// The contract.
    pub contract: String,
    /// What was captured, or `package` for the whole of a submission.
    pub item: String,
    /// Digest of the revision that the signer saw.
    pub revision: Digest,
    /// The nonce of the session.
    pub session: String,
    /// The signer.
    pub signer: String,
    /// The slot that is signed.
    pub slot: String,
}

impl Binding {
    /// Canonical JSON (RFC 8785): one form for one binding.
    ///
    /// # Errors
    /// [`EnvelopeError::Binding`] names a text that is empty or longer than [`TEXT_MAX`].
    pub fn to_json(&self) -> Result<Vec<u8>, EnvelopeError> {
        let texts = [
            ("contract", &self.contract),
            ("item", &self.item),
            ("session", &self.session),
            ("signer", &self.signer),
            ("slot", &self.slot),
        ];
        for (name, text) in texts {
            if text.is_empty() || text.len() > TEXT_MAX {
                return Err(EnvelopeError::Binding(name));
            }
        }
        serde_json_canonicalizer::to_vec(self).map_err(|_| EnvelopeError::Failed)
    }

    /// Reads the one canonical form; none when it is another or breaks a limit.
    pub(super) fn from_json(json: &[u8]) -> Option<Self> {
        let binding: Self = serde_json::from_slice(json).ok()?;
        (binding.to_json().ok()? == json).then_some(binding)
    }
}

//! What an act is bound to: in an event certificate, or beside a signature.

use crypto::Digest;
use der::{Decode, Sequence, asn1::Utf8StringRef};

use crate::{
    PkiError,
    algorithm::{Imprint, imprint_to_der},
    encode::{self, UTF8_STRING},
};

/// One signing act and everything that it is fixed to.
///
/// ```text
/// EventBinding ::= SEQUENCE {
///     version   INTEGER { v1(1) },
///     act       UTF8String,
///     contract  UTF8String,
///     mode      UTF8String,
///     policy    UTF8String,
///     revision  DigestInfo,
///     evidence  DigestInfo }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBinding {
    /// Identifier of the act.
    pub act: String,
    /// Identifier of the contract.
    pub contract: String,
    /// Mode of the session: how evidence was collected.
    pub mode: String,
    /// Name and version of the evidence policy that was met.
    pub policy: String,
    /// Digest of the document revision that was shown and signed.
    pub revision: Digest,
    /// Digest of the evidence manifest.
    pub evidence: Digest,
}

#[derive(Sequence)]
struct Structure<'a> {
    version: u8,
    act: Utf8StringRef<'a>,
    contract: Utf8StringRef<'a>,
    mode: Utf8StringRef<'a>,
    policy: Utf8StringRef<'a>,
    revision: Imprint<'a>,
    evidence: Imprint<'a>,
}

impl EventBinding {
    /// Its DER, the same in the extension and in the attribute.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        let text = |text: &str| encode::tlv(UTF8_STRING, &[text.as_bytes()]);
        encode::sequence(&[
            encode::ONE,
            &text(&self.act),
            &text(&self.contract),
            &text(&self.mode),
            &text(&self.policy),
            &imprint_to_der(&self.revision),
            &imprint_to_der(&self.evidence),
        ])
    }

    /// Reads the DER that [`to_der`](Self::to_der) writes, and no other encoding.
    pub fn from_der(der: &[u8]) -> Result<Self, PkiError> {
        let bad = |reason: &str| PkiError::malformed("event binding", reason);
        let read = Structure::from_der(der).map_err(|e| bad(&e.to_string()))?;
        if read.version != 1 {
            return Err(bad("unknown version"));
        }
        let binding = Self {
            act: read.act.as_str().to_owned(),
            contract: read.contract.as_str().to_owned(),
            mode: read.mode.as_str().to_owned(),
            policy: read.policy.as_str().to_owned(),
            revision: read.revision.read()?,
            evidence: read.evidence.read()?,
        };
        (binding.to_der() == der)
            .then_some(binding)
            .ok_or_else(|| bad("not the only encoding"))
    }
}

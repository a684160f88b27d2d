//! Sealed envelopes: bytes that a phone seals to a public key, so that whoever carries
//! or keeps them learns nothing (docs/envelope.md has the format, byte by byte).
//!
//! [`seal`] takes a [`Recipient`], the [`Binding`] that says where the content belongs,
//! and the content. [`Envelope::from_bytes`] reads what came from outside; who keeps it
//! holds its [`key_id`](Envelope::key_id) and [`binding`](Envelope::binding) against what
//! he expects, without a private key. [`open`] demands the very binding that is expected:
//! an envelope that was moved to another contract, revision, slot, signer or session does
//! not open there.
//!
//! Anybody can seal to a public key: an envelope proves nothing about who made it.

mod binding;
mod bytes;
mod hpke;
mod key;
mod recipient;
mod sm2;

use zeroize::Zeroizing;

pub use binding::{Binding, TEXT_MAX};
pub use bytes::{CONTENT_MAX, Envelope};
pub use key::OpeningKey;
pub use recipient::{Recipient, Scheme};

/// An envelope was not made, not read or not opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The bytes are no envelope.
    #[error(
        "these bytes are no sealed envelope: {0} is wrong; seal again with a current capture module"
    )]
    Malformed(&'static str),
    /// More content than an envelope takes.
    #[error(
        "an envelope takes {CONTENT_MAX} bytes of content at most; send less, or in several envelopes"
    )]
    TooLarge,
    /// One cannot seal to this key.
    #[error(
        "one can seal to an SM2 or P-256 key with an uncompressed point; give the recipient's SubjectPublicKeyInfo in DER"
    )]
    Recipient,
    /// The key cannot open envelopes.
    #[error("these bytes are not a PKCS #8 private key for SM2 or P-256")]
    Key,
    /// The binding says too little or too much.
    #[error("each text of a binding has 1 to {TEXT_MAX} bytes; {0} has not")]
    Binding(&'static str),
    /// It does not open with this key and this binding. Nothing says why, so that nobody
    /// learns from trying.
    #[error(
        "the envelope does not open: it was changed, sealed to another key, or belongs elsewhere"
    )]
    NotOpened,
    /// The library refused.
    #[error("the envelope could not be sealed; try again")]
    Failed,
}

impl EnvelopeError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "envelope-malformed",
            Self::TooLarge => "envelope-too-large",
            Self::Recipient => "envelope-recipient",
            Self::Key => "envelope-key",
            Self::Binding(_) => "envelope-binding",
            Self::NotOpened => "envelope-not-opened",
            Self::Failed => "envelope-failed",
        }
    }
}

/// Seals `content`, of [`CONTENT_MAX`] bytes at most, to a recipient.
///
/// # Errors
/// [`EnvelopeError::TooLarge`], [`EnvelopeError::Binding`], or
/// [`EnvelopeError::Failed`] when the system gives no randomness.
pub fn seal(
    recipient: &Recipient,
    binding: &Binding,
    content: &[u8],
) -> Result<Envelope, EnvelopeError> {
    if content.len() > CONTENT_MAX {
        return Err(EnvelopeError::TooLarge);
    }
    let prefix = bytes::prefix(recipient, binding)?;
    let sealed = match recipient.scheme() {
        Scheme::Sm2Sm4Gcm => sm2::seal(recipient, prefix, content),
        Scheme::P256Aes256Gcm => hpke::seal(recipient, prefix, content),
    };
    Envelope::from_bytes(sealed.ok_or(EnvelopeError::Failed)?)
}

/// Opens an envelope that must have been sealed to this key and for this very place. The
/// content is erased when it is dropped.
///
/// # Errors
/// [`EnvelopeError::NotOpened`], whatever the reason.
pub fn open(
    envelope: &Envelope,
    key: &OpeningKey,
    expected: &Binding,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    // Both stand in the clear: comparing them early tells nothing.
    let here = envelope.key_id() == key.recipient().key_id() && envelope.binding() == expected;
    here.then(|| key.open(envelope))
        .flatten()
        .ok_or(EnvelopeError::NotOpened)
}

//! The bytes of an envelope.

use super::{Binding, EnvelopeError, Recipient, Scheme, hpke, sm2};
use crate::Digest;

/// Most bytes of content: 32 MiB.
pub const CONTENT_MAX: usize = 32 << 20;

/// The format and its version.
const MAGIC: &[u8; 4] = b"ISE1";
/// Offset of the length of the binding: magic, scheme, key identifier come before it.
pub(super) const NAMED: usize = 4 + 1 + KEY_ID;
/// Bytes of a key identifier.
const KEY_ID: usize = 32;
/// Most bytes of a binding: six members, of which five are texts that JSON may write with
/// six bytes for one.
const BINDING_MAX: usize = 8192;

/// A sealed envelope that was read: its form is right, and nothing else is known of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    bytes: Vec<u8>,
    scheme: Scheme,
    key_id: Digest,
    binding: Binding,
    /// Where the encapsulated key begins.
    key_at: usize,
}

impl Envelope {
    /// Reads an envelope. There is one form for each: no byte can be added or left out.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] or [`EnvelopeError::Malformed`], which says where.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        let malformed = EnvelopeError::Malformed;
        if bytes.len() > CONTENT_MAX + NAMED + 2 + BINDING_MAX + sm2::OVERHEAD {
            return Err(EnvelopeError::TooLarge);
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or(malformed("the magic"))?;
        let (scheme, rest) = rest.split_first().ok_or(malformed("the end"))?;
        let scheme = Scheme::from_byte(*scheme).ok_or(malformed("the scheme"))?;
        let (key_id, rest) = rest.split_at_checked(KEY_ID).ok_or(malformed("the end"))?;
        let key_id = Digest::new(scheme.hash(), key_id).map_err(|_| malformed("the key"))?;
        let (length, rest) = rest.split_first_chunk().ok_or(malformed("the end"))?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length > BINDING_MAX {
            return Err(malformed("the length of the binding"));
        }
        let (json, rest) = rest.split_at_checked(length).ok_or(malformed("the end"))?;
        let binding = Binding::from_json(json).ok_or(malformed("the binding"))?;
        let content = rest.len().checked_sub(overhead(scheme));
        let content = content.ok_or(malformed("the end"))?;
        if content > CONTENT_MAX {
            return Err(EnvelopeError::TooLarge);
        }
        // Only uncompressed points.
        if rest.first() != Some(&4) {
            return Err(malformed("the encapsulated key"));
        }
        let key_at = bytes.len() - rest.len();
        Ok(Self {
            bytes,
            scheme,
            key_id,
            binding,
            key_at,
        })
    }

    /// The bytes, as they are sent and kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, as they are sent and kept.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The algorithms.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Which key it says it is sealed to: the digest of its `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn key_id(&self) -> &Digest {
        &self.key_id
    }

    /// Where it says its content belongs. Only opening proves it.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Bytes of the content.
    #[must_use]
    pub fn content_length(&self) -> usize {
        let around = self.key_at + overhead(self.scheme);
        // Checked when it was read.
        self.bytes.len().saturating_sub(around)
    }

    /// Digest of all that was sealed: the same for an envelope that was relabelled, so that
    /// who remembers it notices a second use.
    #[must_use]
    pub fn sealed_digest(&self) -> Digest {
        let sealed = self.bytes.get(self.key_at..).unwrap_or_default();
        crate::digest(self.scheme.hash(), sealed)
    }

    /// Splits into all that is authenticated beside the content, and the sealed content;
    /// the first ends with the encapsulated key, which has `length` bytes.
    pub(super) fn parts(&self, length: usize) -> Option<Parts<'_>> {
        let (header, sealed) = self.bytes.split_at_checked(self.key_at + length)?;
        Some(Parts {
            header,
            named: header.get(..NAMED)?,
            encapsulated: header.get(self.key_at..)?,
            sealed,
        })
    }
}

/// What comes beside content and header: encapsulated key, nonce and tag.
fn overhead(scheme: Scheme) -> usize {
    match scheme {
        Scheme::Sm2Sm4Gcm => sm2::OVERHEAD,
        Scheme::P256Aes256Gcm => hpke::OVERHEAD,
    }
}

/// What opening needs.
pub(super) struct Parts<'a> {
    /// Everything before the sealed content.
    pub header: &'a [u8],
    /// The beginning of the header: format, scheme, recipient.
    pub named: &'a [u8],
    /// The end of the header: the encapsulated key.
    pub encapsulated: &'a [u8],
    /// The sealed content.
    pub sealed: &'a [u8],
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (scheme, content) = (self.scheme.name(), self.content_length());
        write!(f, "Envelope({scheme}, to {}, {content} bytes)", self.key_id)
    }
}

/// All that comes before the encapsulated key.
pub(super) fn prefix(recipient: &Recipient, binding: &Binding) -> Result<Vec<u8>, EnvelopeError> {
    let json = binding.to_json()?;
    let length = u16::try_from(json.len()).map_err(|_| EnvelopeError::Failed)?;
    Ok([
        MAGIC.as_slice(),
        &[recipient.scheme().to_byte()],
        recipient.key_id().as_bytes(),
        &length.to_be_bytes(),
        &json,
    ]
    .concat())
}

//! Digests, and digest states that can be kept and continued.

use std::{fmt, str::FromStr};

use const_oid::ObjectIdentifier;
use serde::{Deserialize, Serialize};
use sm3::Digest as _;

/// A hash function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hash {
    /// SM3 (GB/T 32905).
    Sm3,
    /// SHA-256 (FIPS 180-4).
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    const ALL: [Self; 4] = [Self::Sm3, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Object identifier.
    #[must_use]
    pub fn oid(self) -> ObjectIdentifier {
        ObjectIdentifier::new_unwrap(match self {
            Self::Sm3 => "1.2.156.10197.1.401",
            Self::Sha256 => "2.16.840.1.101.3.4.2.1",
            Self::Sha384 => "2.16.840.1.101.3.4.2.2",
            Self::Sha512 => "2.16.840.1.101.3.4.2.3",
        })
    }

    /// The hash with this object identifier, if we have it.
    #[must_use]
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|hash| hash.oid() == *oid)
    }

    /// Length of a digest in bytes.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::Sm3 | Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// `sm3`, `sha256`, `sha384` or `sha512`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sm3 => "sm3",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }
}

/// A digest that knows its hash. Written as `sm3:<hex>`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest {
    hash: Hash,
    bytes: Vec<u8>,
}

/// The text or the bytes are not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a digest is written as its hash, a colon and lowercase hexadecimal of the right length")]
pub struct DigestError;

impl Digest {
    /// A digest that was made elsewhere; its length must fit the hash.
    pub fn new(hash: Hash, bytes: &[u8]) -> Result<Self, DigestError> {
        (bytes.len() == hash.size())
            .then(|| Self {
                hash,
                bytes: bytes.to_vec(),
            })
            .ok_or(DigestError)
    }

    /// Which hash made it.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The digest itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.hash.name(), hex::encode(&self.bytes))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let (name, digits) = text.split_once(':').ok_or(DigestError)?;
        let hash = Hash::ALL
            .into_iter()
            .find(|hash| hash.name() == name)
            .ok_or(DigestError)?;
        if digits.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(DigestError);
        }
        Self::new(hash, &hex::decode(digits).map_err(|_| DigestError)?)
    }
}

impl TryFrom<String> for Digest {
    type Error = DigestError;

    fn try_from(text: String) -> Result<Self, DigestError> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

/// A digest in the making. A clone continues from the same state, so that the
/// unchanged beginning of a file is hashed once.
#[derive(Clone)]
pub struct Digester(State);

#[derive(Clone)]
enum State {
    Sm3(sm3::Sm3),
    Sha2(Hash, aws_lc_rs::digest::Context),
}

impl Digester {
    /// An empty state.
    #[must_use]
    pub fn new(hash: Hash) -> Self {
        use aws_lc_rs::digest::{Context, SHA256, SHA384, SHA512};
        Self(match hash {
            Hash::Sm3 => State::Sm3(sm3::Sm3::new()),
            Hash::Sha256 => State::Sha2(hash, Context::new(&SHA256)),
            Hash::Sha384 => State::Sha2(hash, Context::new(&SHA384)),
            Hash::Sha512 => State::Sha2(hash, Context::new(&SHA512)),
        })
    }

    /// Which hash this is.
    #[must_use]
    pub fn hash(&self) -> Hash {
        match &self.0 {
            State::Sm3(_) => Hash::Sm3,
            State::Sha2(hash, _) => *hash,
        }
    }

    /// Takes in more bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        match &mut self.0 {
            State::Sm3(state) => state.update(bytes),
            State::Sha2(_, state) => state.update(bytes),
        }
    }

    /// The digest of everything taken in.
    #[must_use]
    pub fn finish(self) -> Digest {
        match self.0 {
            State::Sm3(state) => Digest {
                hash: Hash::Sm3,
                bytes: state.finalize().to_vec(),
            },
            State::Sha2(hash, state) => Digest {
                hash,
                bytes: state.finish().as_ref().to_vec(),
            },
        }
    }
}

/// Digest of one piece of bytes.
#[must_use]
pub fn digest(hash: Hash, bytes: &[u8]) -> Digest {
    let mut digester = Digester::new(hash);
    digester.update(bytes);
    digester.finish()
}

/// SHA-1, where a standard takes it to name something: key identifiers (RFC 5280,
/// 4.2.1.2), the parties of an OCSP request, validation data in a PDF. It proves nothing.
#[must_use]
pub fn sha1_name(bytes: &[u8]) -> [u8; 20] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, bytes);
    let mut name = [0; 20];
    name.copy_from_slice(digest.as_ref());
    name
}

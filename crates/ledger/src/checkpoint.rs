//! Signed checkpoints (C2SP tlog-checkpoint in a C2SP signed-note).

use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::Signer;

use crate::{
    hash::Hash,
    note::{ED25519_NOTE, Note, NoteError, VerifierKey, is_name, line, suite_public, verifier},
};

/// Size and root of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Names the log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree.
    pub root: Hash,
}

/// The log's signing key of C2SP's own type, Ed25519.
pub struct LogKey {
    name: String,
    key: Ed25519KeyPair,
}

impl LogKey {
    /// The key of a log from its 32-byte seed.
    pub fn from_seed(name: &str, seed: &[u8]) -> Result<Self, NoteError> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        if !is_name(name) {
            return Err(NoteError::Key);
        }
        Ok(Self {
            name: name.to_owned(),
            key,
        })
    }

    /// The verifier key, `name+hash+key`, to be published.
    #[must_use]
    pub fn verifier(&self) -> String {
        verifier(&self.name, &self.public())
    }

    /// A signed note of a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let signature = self.key.sign(text.as_bytes());
        let line = line(&self.name, &self.public(), signature.as_ref());
        format!("{text}\n{line}")
    }

    fn public(&self) -> Vec<u8> {
        [&[ED25519_NOTE], self.key.public_key().as_ref()].concat()
    }
}

/// A log's signing key of one of our suites, such as SM2. C2SP has no number for these:
/// the key has the type `0xff` and says its algorithm by the object identifier. A reader
/// who does not know it passes over the line.
pub struct SuiteKey {
    name: String,
    key: Arc<dyn Signer>,
}

impl SuiteKey {
    /// The key of a log.
    pub fn new(name: &str, key: Arc<dyn Signer>) -> Result<Self, NoteError> {
        let name = is_name(name).then(|| name.to_owned());
        let name = name.ok_or(NoteError::Key)?;
        Ok(Self { name, key })
    }

    /// The verifier key, `name+hash+key`, to be published.
    #[must_use]
    pub fn verifier(&self) -> String {
        verifier(&self.name, &self.public())
    }

    /// Adds a signature to a signed note.
    ///
    /// # Errors
    /// [`NoteError::Signer`] when the key does not sign.
    pub fn add(&self, note: &str) -> Result<String, NoteError> {
        let text = Note::split(note)?.text;
        let signature = self.key.sign(text.as_bytes());
        let signature = signature.map_err(|_| NoteError::Signer)?;
        let line = line(&self.name, &self.public(), &signature);
        Ok(format!("{note}{line}"))
    }

    fn public(&self) -> Vec<u8> {
        suite_public(self.key.suite(), self.key.spki())
    }
}

impl Checkpoint {
    fn text(&self) -> String {
        format!(
            "{}\n{}\n{}\n",
            self.origin,
            self.size,
            STANDARD.encode(self.root)
        )
    }

    /// Reads a note that the log of these verifier keys signed. Of several keys, one a
    /// line, one that signed will do; none may have signed wrongly. Signatures of others
    /// are passed over.
    pub fn open(note: &str, keys: &str) -> Result<Self, NoteError> {
        let keys = VerifierKey::of_log(keys)?;
        let note = Note::split(note)?;
        let mut signed = false;
        for key in &keys {
            signed |= note.by(key)?.is_some();
        }
        if signed {
            Self::parse(note.text)
        } else {
            Err(NoteError::Unsigned)
        }
    }

    /// What a note says, whoever signed it.
    pub(crate) fn parse(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let mut line = || lines.next().ok_or(NoteError::Malformed);
        let (origin, size, root) = (line()?.to_owned(), line()?, line()?);
        let number: u64 = size.parse().map_err(|_| NoteError::Malformed)?;
        let root = STANDARD.decode(root).map_err(|_| NoteError::Malformed)?;
        let root = Hash::try_from(root).map_err(|_| NoteError::Malformed)?;
        if origin.is_empty() || number.to_string() != size {
            return Err(NoteError::Malformed);
        }
        Ok(Self {
            origin,
            size: number,
            root,
        })
    }
}

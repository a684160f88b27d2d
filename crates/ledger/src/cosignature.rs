//! Cosignatures of witnesses (C2SP tlog-cosignature, `cosignature/v1`).

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};

use crate::note::{COSIGNATURE, Note, NoteError, VerifierKey, is_name, line, verifier};

/// A witness's signing key. It signs nothing but cosignatures.
pub struct WitnessKey {
    name: String,
    key: Ed25519KeyPair,
}

/// Says that a witness saw a checkpoint and that it contains all that it saw before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness.
    pub witness: String,
    /// When it signed, unix seconds.
    pub time: u64,
    /// The signature line, with its line feed.
    pub line: String,
}

impl WitnessKey {
    /// The key of a witness from its 32-byte seed.
    pub fn from_seed(name: &str, seed: &[u8]) -> Result<Self, NoteError> {
        let key = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        let name = is_name(name).then(|| name.to_owned());
        let name = name.ok_or(NoteError::Key)?;
        Ok(Self { name, key })
    }

    /// The verifier key, `name+hash+key`, to be published.
    #[must_use]
    pub fn verifier(&self) -> String {
        verifier(&self.name, &self.public())
    }

    /// The signature line for a note, at a time in unix seconds.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when it is no note.
    pub fn cosign(&self, note: &str, time: u64) -> Result<String, NoteError> {
        let message = message(Note::split(note)?.text, time);
        let signature = self.key.sign(message.as_bytes());
        let stamped = [&time.to_be_bytes(), signature.as_ref()].concat();
        Ok(line(&self.name, &self.public(), &stamped))
    }

    fn public(&self) -> Vec<u8> {
        [&[COSIGNATURE], self.key.public_key().as_ref()].concat()
    }
}

/// What a witness signs.
pub(crate) fn message(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// The cosignatures in a note by these witnesses, one each at most. Lines of others, and
/// wrong ones, do not count.
///
/// # Errors
/// [`NoteError::Malformed`] when it is no note.
pub fn cosignatures(note: &str, witnesses: &[VerifierKey]) -> Result<Vec<Cosignature>, NoteError> {
    let note = Note::split(note)?;
    let of = |key: &VerifierKey| {
        let good = note.by(key).ok().flatten()?;
        Some(Cosignature {
            witness: key.name().to_owned(),
            time: good.time,
            line: format!("{}\n", good.line),
        })
    };
    Ok(witnesses.iter().filter_map(of).collect())
}

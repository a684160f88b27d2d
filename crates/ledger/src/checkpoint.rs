//! Signed checkpoints (C2SP tlog-checkpoint in a C2SP signed-note, Ed25519).

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use crate::hash::Hash;

const ED25519_NOTE: u8 = 1;
/// The longest note that is read.
const LONGEST: usize = 16 * 1024;

/// A note is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a checkpoint.
    #[error("the text is not a signed checkpoint")]
    Malformed,
    /// The key is not a verifier key.
    #[error("the text is not a verifier key: name+hash+key")]
    Key,
    /// No good signature by this key.
    #[error("the checkpoint has no valid signature by this log's key")]
    Unsigned,
}

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

/// The log's signing key.
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
        let public = typed(self.key.public_key().as_ref());
        let id = hex::encode(key_id(&self.name, &public));
        format!("{}+{id}+{}", self.name, STANDARD.encode(public))
    }

    /// A signed note of a checkpoint.
    #[must_use]
    pub fn sign(&self, checkpoint: &Checkpoint) -> String {
        let text = checkpoint.text();
        let public = typed(self.key.public_key().as_ref());
        let mut signature = key_id(&self.name, &public).to_vec();
        signature.extend_from_slice(self.key.sign(text.as_bytes()).as_ref());
        format!("{text}\n— {} {}\n", self.name, STANDARD.encode(signature))
    }
}

/// A key's name is not empty and has neither blanks nor a plus.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// By whom, key identifier and signature.
type Line<'a> = (&'a str, [u8; 4], Vec<u8>);

/// A note's text with its last line feed, and its signatures: at least one, each in a
/// line, and nothing else.
fn split(note: &str) -> Option<(&str, Vec<Line<'_>>)> {
    if note.len() > LONGEST || note.contains(|c| c < ' ' && c != '\n') {
        return None;
    }
    let (text, _) = note.rsplit_once("\n\n")?;
    let (text, rest) = note.split_at(text.len() + 1);
    let lines = rest.strip_prefix('\n')?.strip_suffix('\n')?;
    let signatures: Option<Vec<Line<'_>>> = lines.split('\n').map(signature_line).collect();
    Some((text, signatures?))
}

fn signature_line(line: &str) -> Option<Line<'_>> {
    let (name, signature) = line.strip_prefix("— ")?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    (is_name(name) && !signature.is_empty()).then(|| (name, *id, signature.to_vec()))
}

fn typed(public: &[u8]) -> Vec<u8> {
    [&[ED25519_NOTE], public].concat()
}

fn key_id(name: &str, public: &[u8]) -> [u8; 4] {
    let mut context = Context::new(&SHA256);
    context.update(name.as_bytes());
    context.update(b"\n");
    context.update(public);
    let mut id = [0; 4];
    id.copy_from_slice(&context.finish().as_ref()[..4]);
    id
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

    /// Reads a note and verifies its signature by the log of this verifier key.
    pub fn open(note: &str, verifier: &str) -> Result<Self, NoteError> {
        let (name, rest) = verifier.trim().split_once('+').ok_or(NoteError::Key)?;
        let (id, public) = rest.split_once('+').ok_or(NoteError::Key)?;
        let public = STANDARD.decode(public).map_err(|_| NoteError::Key)?;
        let expected = key_id(name, &public);
        let (kind, key) = public.split_first().ok_or(NoteError::Key)?;
        if *kind != ED25519_NOTE || hex::encode(expected) != id {
            return Err(NoteError::Key);
        }
        let (text, signatures) = split(note).ok_or(NoteError::Malformed)?;
        // Others may have signed too. Of two lines under our name the first one counts.
        let (.., signature) = signatures
            .iter()
            .find(|(by, id, _)| *by == name && *id == expected)
            .ok_or(NoteError::Unsigned)?;
        UnparsedPublicKey::new(&ED25519, key)
            .verify(text.as_bytes(), signature)
            .map_err(|_| NoteError::Unsigned)?;
        Self::parse(text)
    }

    fn parse(text: &str) -> Result<Self, NoteError> {
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

//! Signed notes (C2SP signed-note): text, signature lines, verifier keys.

use aws_lc_rs::{
    digest::{Context, SHA256},
    signature::{ED25519, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Suite, Verifier};

use crate::cosignature;

/// Signature types: Ed25519, cosignatures, and those that have no number.
pub(crate) const ED25519_NOTE: u8 = 0x01;
pub(crate) const COSIGNATURE: u8 = 0x04;
pub(crate) const UNASSIGNED: u8 = 0xff;
/// The longest note that is read.
const LONGEST: usize = 16 * 1024;
/// Keys in one text.
const MOST_KEYS: usize = 16;

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
    /// The key did not sign.
    #[error("the log's key did not sign")]
    Signer,
}

/// A public key with its name, as `name+hash+key` (C2SP signed-note, verifier keys).
pub struct VerifierKey {
    name: String,
    id: [u8; 4],
    kind: Kind,
}

enum Kind {
    /// Of a log.
    Ed25519(Vec<u8>),
    /// Of a log: a suite of ours, which C2SP has no number for.
    Suite(Suite, Verifier),
    /// Of a witness.
    Cosigner(Vec<u8>),
}

impl VerifierKey {
    /// Reads one key.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let (name, rest) = text.trim().split_once('+').ok_or(NoteError::Key)?;
        let (id, public) = rest.split_once('+').ok_or(NoteError::Key)?;
        let public = STANDARD.decode(public).map_err(|_| NoteError::Key)?;
        let expected = key_id(name, &public);
        let (kind, key) = public.split_first().ok_or(NoteError::Key)?;
        if hex::encode(expected) != id || !is_name(name) {
            return Err(NoteError::Key);
        }
        let kind = match *kind {
            ED25519_NOTE if key.len() == 32 => Kind::Ed25519(key.to_vec()),
            COSIGNATURE if key.len() == 32 => Kind::Cosigner(key.to_vec()),
            UNASSIGNED => suite_key(key).ok_or(NoteError::Key)?,
            _ => return Err(NoteError::Key),
        };
        Ok(Self {
            name: name.to_owned(),
            id: expected,
            kind,
        })
    }

    /// Reads the keys of a log: one a line, at least one, all under one name.
    pub fn of_log(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text.trim().lines().take(MOST_KEYS);
        let keys: Vec<Self> = lines.map(Self::parse).collect::<Result<_, _>>()?;
        let first = keys.first().ok_or(NoteError::Key)?;
        let one = keys.iter().all(|key| key.name == first.name);
        let log = keys
            .iter()
            .all(|key| !matches!(key.kind, Kind::Cosigner(_)));
        if one && log {
            Ok(keys)
        } else {
            Err(NoteError::Key)
        }
    }

    /// Whose key it is.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a signature over a note's text is this key's. Of a witness also the time
    /// at which it signed, unix seconds.
    fn verify(&self, text: &str, signature: &[u8]) -> Option<u64> {
        match &self.kind {
            Kind::Ed25519(key) => ed25519(key, text.as_bytes(), signature).then_some(0),
            Kind::Suite(suite, key) => {
                let done = key.verify(suite.hash(), text.as_bytes(), signature);
                done.is_ok().then_some(0)
            }
            Kind::Cosigner(key) => {
                let (time, signature) = signature.split_first_chunk::<8>()?;
                let time = u64::from_be_bytes(*time);
                let message = cosignature::message(text, time);
                ed25519(key, message.as_bytes(), signature).then_some(time)
            }
        }
    }
}

fn ed25519(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(message, signature).is_ok()
}

/// After the type without a number: the identifier of the signature algorithm in dotted
/// form, a line feed, and the DER of the `SubjectPublicKeyInfo`.
pub(crate) fn suite_public(suite: Suite, spki: &[u8]) -> Vec<u8> {
    let oid = suite.signature_algorithm().oid;
    [&[UNASSIGNED], format!("{oid}\n").as_bytes(), spki].concat()
}

fn suite_key(key: &[u8]) -> Option<Kind> {
    let end = key.iter().position(|b| *b == b'\n')?;
    let spki = key.get(end + 1..)?;
    let suite = Suite::of_spki(spki)?;
    let verifier = Verifier::from_spki(spki).ok()?;
    let whole = suite_public(suite, spki);
    (whole.get(1..) == Some(key)).then_some(Kind::Suite(suite, verifier))
}

/// A key's name is not empty and has neither blanks nor a plus.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

/// `name+hash+key` of a public key that begins with its type.
pub(crate) fn verifier(name: &str, public: &[u8]) -> String {
    let id = hex::encode(key_id(name, public));
    format!("{name}+{id}+{}", STANDARD.encode(public))
}

/// A signature line.
pub(crate) fn line(name: &str, public: &[u8], signature: &[u8]) -> String {
    let signature = [&key_id(name, public), signature].concat();
    format!("— {name} {}\n", STANDARD.encode(signature))
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

/// By whom, key identifier, signature, and the whole line.
struct Line<'a> {
    name: &'a str,
    id: [u8; 4],
    signature: Vec<u8>,
    whole: &'a str,
}

/// A note in its parts.
pub(crate) struct Note<'a> {
    /// With its last line feed.
    pub text: &'a str,
    lines: Vec<Line<'a>>,
}

/// A signature in a note that is good.
pub(crate) struct Good<'a> {
    /// Without its line feed.
    pub line: &'a str,
    /// Of a witness the time, unix seconds.
    pub time: u64,
}

impl<'a> Note<'a> {
    /// A note's text and its signatures: at least one, each in a line, and nothing else.
    pub fn split(note: &'a str) -> Result<Self, NoteError> {
        let parts = || {
            if note.len() > LONGEST || note.contains(|c| c < ' ' && c != '\n') {
                return None;
            }
            let (text, _) = note.rsplit_once("\n\n")?;
            let (text, rest) = note.split_at(text.len() + 1);
            let lines = rest.strip_prefix('\n')?.strip_suffix('\n')?;
            let lines: Option<Vec<Line<'_>>> = lines.split('\n').map(Line::parse).collect();
            Some(Self {
                text,
                lines: lines?,
            })
        };
        parts().ok_or(NoteError::Malformed)
    }

    /// The signature by a key, if there is one. Of two lines under its name the first
    /// one counts.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] when it is wrong.
    pub fn by(&self, key: &VerifierKey) -> Result<Option<Good<'a>>, NoteError> {
        let mut lines = self.lines.iter();
        let Some(line) = lines.find(|line| line.name == key.name && line.id == key.id) else {
            return Ok(None);
        };
        let time = key.verify(self.text, &line.signature);
        let time = time.ok_or(NoteError::Unsigned)?;
        let line = line.whole;
        Ok(Some(Good { line, time }))
    }
}

impl<'a> Line<'a> {
    fn parse(whole: &'a str) -> Option<Self> {
        let (name, signature) = whole.strip_prefix("— ")?.split_once(' ')?;
        let bytes = STANDARD.decode(signature).ok()?;
        let (id, signature) = bytes.split_first_chunk::<4>()?;
        (is_name(name) && !signature.is_empty()).then(|| Self {
            name,
            id: *id,
            signature: signature.to_vec(),
            whole,
        })
    }
}

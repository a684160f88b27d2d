//! What a log asks a witness, and how a witness judges it (C2SP tlog-witness).

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    checkpoint::Checkpoint,
    hash::{Hash, root},
    note::{Note, NoteError},
    proof::verify_consistency,
};

/// Hashes of a proof in a request.
const MOST_HASHES: usize = 63;
/// The longest request, in bytes: 63 hashes and the longest note.
pub const LONGEST_REQUEST: usize = 20 * 1024;

/// `POST …/add-checkpoint`: a checkpoint and the proof that it follows the one that the
/// witness cosigned last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Size of the checkpoint that the witness cosigned last.
    pub old: u64,
    /// Proof of consistency from there.
    pub proof: Vec<Hash>,
    /// The signed checkpoint.
    pub note: String,
}

/// Why a witness does not cosign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WitnessRefusal {
    /// The request cannot be read, or its old size is larger than its checkpoint.
    #[error("the request is not an add-checkpoint request of C2SP tlog-witness")]
    Malformed,
    /// No log of this origin is known.
    #[error("this witness does not know the log; its operator adds it with --log")]
    UnknownLog,
    /// No good signature by the log.
    #[error("the checkpoint has no valid signature by the log's key")]
    Unsigned,
    /// The old size is not that of the last checkpoint, or the checkpoint is another of
    /// the same size.
    #[error("the last checkpoint that was cosigned has another size or root: {size} entries")]
    Conflict {
        /// Size of the last one.
        size: u64,
    },
    /// The checkpoint is not proven to contain the last one.
    #[error("the proof does not lead from the last cosigned checkpoint to this one")]
    Proof,
}

impl WitnessRefusal {
    /// The HTTP status that says it.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::UnknownLog => 404,
            Self::Unsigned => 403,
            Self::Conflict { .. } => 409,
            Self::Proof => 422,
        }
    }
}

impl AddCheckpoint {
    /// The request as it is sent.
    #[must_use]
    pub fn to_body(&self) -> String {
        let mut body = format!("old {}\n", self.old);
        for hash in &self.proof {
            let _ = writeln!(body, "{}", STANDARD.encode(hash));
        }
        format!("{body}\n{}", self.note)
    }

    /// Reads a request. Who signed the checkpoint is another question.
    pub fn parse(body: &str) -> Result<Self, WitnessRefusal> {
        let read = || {
            let (head, note) = body.split_once("\n\n")?;
            let mut lines = head.split('\n');
            let old = lines.next()?.strip_prefix("old ")?;
            let number: u64 = old.parse().ok()?;
            let hash = |line: &str| Hash::try_from(STANDARD.decode(line).ok()?).ok();
            let proof: Vec<Hash> = lines.map(hash).collect::<Option<_>>()?;
            let fits = number.to_string() == old && proof.len() <= MOST_HASHES;
            let note = note.to_owned();
            fits.then_some(Self {
                old: number,
                proof,
                note,
            })
        };
        if body.len() > LONGEST_REQUEST {
            return Err(WitnessRefusal::Malformed);
        }
        read().ok_or(WitnessRefusal::Malformed)
    }

    /// Name of the log that the checkpoint says to be of.
    pub fn origin(&self) -> Result<String, WitnessRefusal> {
        let note = Note::split(&self.note).map_err(|_| WitnessRefusal::Malformed)?;
        let checkpoint = Checkpoint::parse(note.text);
        Ok(checkpoint.map_err(|_| WitnessRefusal::Malformed)?.origin)
    }

    /// Judges the request by the keys of the log of its origin and the last checkpoint
    /// that was cosigned. What it gives may be cosigned once it is written down in the
    /// place of the last one, if that is still the last one then.
    pub fn judge(
        &self,
        keys: &str,
        last: Option<&Checkpoint>,
    ) -> Result<Checkpoint, WitnessRefusal> {
        let checkpoint = Checkpoint::open(&self.note, keys).map_err(|error| match error {
            NoteError::Malformed => WitnessRefusal::Malformed,
            _ => WitnessRefusal::Unsigned,
        })?;
        if self.old > checkpoint.size {
            return Err(WitnessRefusal::Malformed);
        }
        let (size, before) = last.map_or((0, root(&[])), |last| (last.size, last.root));
        let conflict = WitnessRefusal::Conflict { size };
        if self.old != size {
            return Err(conflict);
        }
        if last.is_some() && checkpoint.size == size && checkpoint.root != before {
            return Err(conflict);
        }
        let proven = verify_consistency(
            size,
            &before,
            checkpoint.size,
            &checkpoint.root,
            &self.proof,
        );
        proven.map_err(|_| WitnessRefusal::Proof)?;
        Ok(checkpoint)
    }
}

//! A prepared signature that waits: for an integrator who sees digests alone, for a
//! module that answers tomorrow, across a restart.
//!
//! ```text
//! stored = "inkseal-prepared-1" LF before begin end sha-256 increment
//! ```
//! `before` is the length of the file that was prepared, `begin` and `end` are where
//! the gap for the message lies in the increment: eight bytes each, the highest first.
//! The digest is that of all else, so that what was kept badly is not signed.

use std::ops::Range;

use crypto::{Digest, Digester, Hash, digest};

use crate::{
    error::{PdfError, Result},
    object::write_hex,
};

const MAGIC: &[u8] = b"inkseal-prepared-1\n";
const NUMBERS: usize = 3 * 8;
const SHA256: usize = 32;

/// An increment whose signature is still missing, apart from everything else that is
/// known of the file.
///
/// When the message is in, [`Base::read`](crate::Base::read) of the file with the
/// increment gives what the next signature needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub(crate) bytes: Vec<u8>,
    /// `<00…00>`, in `bytes`.
    pub(crate) gap: Range<usize>,
    /// Length of the file that it follows.
    pub(crate) before: usize,
}

impl Stored {
    /// Length of the file that was prepared; the increment belongs there.
    #[must_use]
    pub fn before(&self) -> usize {
        self.before
    }

    /// Digest of all bytes that the signature covers. `prefix` is the state after the
    /// whole file before the increment.
    #[must_use]
    pub fn digest(&self, prefix: &Digester) -> Digest {
        let mut digester = prefix.clone();
        digester.update(&self.bytes[..self.gap.start]);
        digester.update(&self.bytes[self.gap.end..]);
        digester.finish()
    }

    /// Puts the DER of the message into the gap and gives the increment, to be appended
    /// to the file.
    ///
    /// # Errors
    /// [`PdfError::NoRoom`] when the message is longer than what was kept for it.
    pub fn embed(mut self, cms: &[u8]) -> std::result::Result<Vec<u8>, PdfError> {
        let reserved = (self.gap.len() - 2) / 2;
        if cms.len() > reserved {
            return Err(PdfError::NoRoom {
                needed: cms.len(),
                reserved,
            });
        }
        let mut digits = Vec::new();
        write_hex(cms, &mut digits);
        let begin = self.gap.start + 1;
        self.bytes[begin..begin + digits.len()].copy_from_slice(&digits);
        Ok(self.bytes)
    }

    /// For the store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        for number in [self.before, self.gap.start, self.gap.end] {
            out.extend((number as u64).to_be_bytes());
        }
        out.extend(check(&out, &self.bytes));
        out.extend(&self.bytes);
        out
    }

    /// What [`to_bytes`](Self::to_bytes) gave.
    ///
    /// # Errors
    /// [`PdfError::NotPrepared`] when a byte of it is another, or missing.
    pub fn from_bytes(bytes: &[u8]) -> std::result::Result<Self, PdfError> {
        let head = bytes.split_at_checked(MAGIC.len() + NUMBERS);
        let (head, rest) = head.ok_or(PdfError::NotPrepared)?;
        let rest = rest.split_at_checked(SHA256);
        let (kept, increment) = rest.ok_or(PdfError::NotPrepared)?;
        let numbers = head.strip_prefix(MAGIC).ok_or(PdfError::NotPrepared)?;
        if check(head, increment) != kept {
            return Err(PdfError::NotPrepared);
        }
        let stored = Self {
            before: number(numbers, 0)?,
            gap: number(numbers, 1)?..number(numbers, 2)?,
            bytes: increment.to_vec(),
        };
        let gap = stored.bytes.get(stored.gap.clone());
        match gap {
            Some([b'<', zeros @ .., b'>']) if zeros.iter().all(|digit| *digit == b'0') => {
                Ok(stored)
            }
            _ => Err(PdfError::NotPrepared),
        }
    }
}

fn check(head: &[u8], increment: &[u8]) -> Vec<u8> {
    digest(Hash::Sha256, &[head, increment].concat())
        .as_bytes()
        .to_vec()
}

fn number(numbers: &[u8], index: usize) -> Result<usize> {
    let bytes = numbers.as_chunks::<8>().0.get(index);
    let number = bytes.and_then(|bytes| usize::try_from(u64::from_be_bytes(*bytes)).ok());
    number.ok_or(PdfError::NotPrepared)
}

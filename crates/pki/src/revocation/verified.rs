//! What verifying came to, by issuer: a list can be long, and is asked about many
//! certificates of few issuers.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use super::RevocationError;
use crate::Certificate;

/// Most issuers that are remembered.
const ISSUERS: usize = 16;

/// By the DER of the issuer's certificate.
pub(super) struct Verified<T>(Mutex<BTreeMap<Vec<u8>, Result<T, RevocationError>>>);

impl<T> Default for Verified<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Verified<T> {
    /// What came out for this issuer, or comes out now.
    pub(super) fn by(
        &self,
        issuer: &Certificate,
        verify: impl FnOnce() -> Result<T, RevocationError>,
    ) -> Result<T, RevocationError> {
        let known = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known().get(issuer.der()) {
            return known.clone();
        }
        let verified = verify();
        let mut known = known();
        if known.len() < ISSUERS {
            known.insert(issuer.der().to_vec(), verified.clone());
        }
        verified
    }
}

//! The same request gets the same certificate, and a key gets one only.
//!
//! The database decides, by its unique column; what is under way and what was issued
//! just now is in memory too, so that equal requests at once cost one.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use crypto::{Digester, Hash, digest};
use lru::LruCache;
use pki::{Certificate, Name, Profile};
use tokio::sync::OnceCell;

/// Requests that are kept in memory.
const KEPT: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// All that tells one request from another.
pub(crate) struct Identity<'a> {
    pub tenant: &'a str,
    pub profile: &'a Profile,
    pub suite: &'static str,
    pub subject: &'a Name,
    pub spki: &'a [u8],
    /// Validity that was asked for.
    pub seconds: i64,
}

impl Identity<'_> {
    /// The digests of the key and of everything.
    pub fn digests(&self) -> store::CertificateRequest {
        let Name {
            common_name,
            organization,
            country,
            serial_number,
        } = self.subject;
        let binding = match self.profile {
            Profile::Event(binding) => Some(binding.to_der()),
            _ => None,
        };
        let seconds = self.seconds.to_be_bytes();
        let mut whole = Digester::new(Hash::Sha256);
        for part in [
            Some(self.tenant.as_bytes()),
            Some(self.profile.name().as_bytes()),
            Some(self.suite.as_bytes()),
            Some(common_name.as_bytes()),
            organization.as_deref().map(str::as_bytes),
            Some(country.as_bytes()),
            serial_number.as_deref().map(str::as_bytes),
            Some(self.spki),
            binding.as_deref(),
            Some(&seconds),
        ] {
            // With its length, so that no two requests are the same bytes.
            let length = part.map_or(u64::MAX, |part| part.len() as u64);
            whole.update(&length.to_be_bytes());
            whole.update(part.unwrap_or_default());
        }
        store::CertificateRequest {
            spki: hex::encode(digest(Hash::Sha256, self.spki).as_bytes()),
            digest: hex::encode(whole.finish().as_bytes()),
        }
    }
}

/// One request, and its certificate when it is there.
pub(crate) struct Slot {
    /// Digest of the request.
    pub request: String,
    pub certificate: OnceCell<Certificate>,
}

/// The requests of this moment, by the digest of their keys.
pub(crate) struct Requests(Mutex<LruCache<String, Arc<Slot>>>);

impl Default for Requests {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(KEPT)))
    }
}

impl Requests {
    /// The place of a request; none when its key is that of another one, which is for the
    /// database to judge.
    pub fn slot(&self, request: &store::CertificateRequest) -> Option<Arc<Slot>> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = all.get_or_insert_ref(&request.spki, || {
            Arc::new(Slot {
                request: request.digest.clone(),
                certificate: OnceCell::new(),
            })
        });
        (slot.request == request.digest).then(|| Arc::clone(slot))
    }
}

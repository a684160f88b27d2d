//! What the authorities say of their certificates: revocation lists and OCSP.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use crypto::Suite;
use lru::LruCache;
use pki::{
    Certificate, names_issuer,
    revocation::{
        CertId, CertStatus, CrlContent, Entry, OcspFailure, OcspRequest, OcspTimes, Scope,
        issue_crl,
    },
};
use store::{Change, Row};

use crate::{Millis, TENANT, Trust, TrustError, revoke::revoked};

/// For how long a list is good, and after which part of that there is another.
const LIST: Millis = 24 * 3_600_000;
const LIST_RENEWED: Millis = LIST / 2;
/// The same of an OCSP answer.
const ANSWER: Millis = 3_600_000;
const ANSWER_RENEWED: Millis = ANSWER / 2;
/// Answers that are kept.
const ANSWERS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// What was signed and is still true.
pub(crate) struct Status {
    kept: Mutex<Kept>,
    /// One at a time makes a list: numbers must grow.
    listing: tokio::sync::Mutex<()>,
}

struct Kept {
    /// Grows with each revocation: what was read before one is not kept after it.
    generation: u64,
    /// By suite, each with the time from which another is made.
    lists: BTreeMap<Suite, (Bytes, Millis)>,
    /// By request without nonce or signature, of one certificate.
    answers: LruCache<Vec<u8>, (Bytes, Millis)>,
}

impl Default for Status {
    fn default() -> Self {
        let kept = Kept {
            generation: 0,
            lists: BTreeMap::new(),
            answers: LruCache::new(ANSWERS),
        };
        Self {
            kept: Mutex::new(kept),
            listing: tokio::sync::Mutex::default(),
        }
    }
}

impl Status {
    /// Something was revoked.
    pub fn forget(&self) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.lists.clear();
        kept.answers.clear();
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trust {
    /// The revocation list of a suite's issuing authority, DER of a `CertificateList`
    /// (RFC 5280, 5); none when the suite has no authorities. Made anew after a
    /// revocation, and before its time is half over.
    pub async fn crl(&self, suite: &str) -> Result<Option<Bytes>, TrustError> {
        let Some((suite, _)) = self.all().into_iter().find(|(of, _)| of.name() == suite) else {
            return Ok(None);
        };
        let _turn = self.0.status.listing.lock().await;
        let (now, generation) = {
            let (now, kept) = (self.now(), self.0.status.kept());
            match kept.lists.get(&suite) {
                Some((list, until)) if now < *until => return Ok(Some(list.clone())),
                _ => (now, kept.generation),
            }
        };
        let list = self.list(suite, now).await?;
        let mut kept = self.0.status.kept();
        if kept.generation == generation {
            kept.lists.insert(suite, (list.clone(), now + LIST_RENEWED));
        }
        Ok(Some(list))
    }

    /// Signs a list. Its number is durable before it is used, so that none comes twice.
    async fn list(&self, suite: Suite, now: Millis) -> Result<Bytes, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let store = &self.0.store;
        let name = format!("crl/{}", suite.name());
        let before = store.setting(TENANT, &name).await?;
        let before: u64 = before.and_then(|text| text.parse().ok()).unwrap_or(0);
        let number = before + 1;
        let value = number.to_string();
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        store.commit(change).await?;
        let revocations = store.revocations(suite.name()).await?.into_iter();
        let entries: Vec<Entry> = revocations
            .filter_map(|there| {
                let serial = hex::decode(&there.serial).ok()?;
                let revoked = revoked(&there);
                Some(Entry { serial, revoked })
            })
            .collect();
        let signed = tokio::task::spawn_blocking(move || {
            let content = CrlContent {
                number,
                this_update_ms: now,
                next_update_ms: now + LIST,
                scope: Scope::All,
                distribution_point: None,
                entries: &entries,
            };
            issue_crl(&content, &authority.issuing, authority.issuing_key.as_ref())
        });
        let list = signed.await.map_err(|_| TrustError::Stopped)??;
        Ok(Bytes::copy_from_slice(list.der()))
    }

    /// Answers an OCSP request: DER of an `OCSPResponse` (RFC 6960), signed, or the status
    /// that says why it is not. Without a nonce the same answer is given again until half
    /// of its time is over or something is revoked.
    ///
    /// A certificate that is in the journal is good, one that was never issued unknown.
    pub async fn ocsp(&self, request: &[u8]) -> Result<Bytes, TrustError> {
        let request = match OcspRequest::from_der(request) {
            Ok(request) => request,
            Err(failure) => return Ok(failure.to_der().into()),
        };
        let ours = |issuing: &Certificate| request.ids().iter().all(|id| id.is_of(issuing));
        let found = self.all().into_iter().find(|(_, of)| ours(&of.issuing));
        let Some((suite, _)) = found else {
            return Ok(OcspFailure::Unauthorized.to_der().into());
        };
        let repeats = request.nonce().is_none() && request.ids().len() == 1;
        let name = repeats.then(|| request.to_der());
        let (now, generation) = {
            let (now, mut kept) = (self.now(), self.0.status.kept());
            match name.as_ref().and_then(|name| kept.answers.get(name)) {
                Some((answer, until)) if now < *until => return Ok(answer.clone()),
                _ => (now, kept.generation),
            }
        };
        let answer = self.answer(suite, request, now).await?;
        let mut kept = self.0.status.kept();
        if let Some(name) = name.filter(|_| kept.generation == generation) {
            kept.answers
                .put(name, (answer.clone(), now + ANSWER_RENEWED));
        }
        Ok(answer)
    }

    async fn answer(
        &self,
        suite: Suite,
        request: OcspRequest,
        now: Millis,
    ) -> Result<Bytes, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let mut known = BTreeMap::new();
        for id in request.ids() {
            let status = self.status(id, &authority.issuing).await?;
            known.insert(id.serial().to_vec(), status);
        }
        let times = OcspTimes {
            produced_ms: now,
            this_update_ms: now,
            next_update_ms: Some(now + ANSWER),
        };
        let signed = tokio::task::spawn_blocking(move || {
            let status = |serial: &[u8]| known.get(serial).copied();
            let status = |serial: &[u8]| status(serial).unwrap_or(CertStatus::Unknown);
            authority.responder.answer(&request, times, status)
        });
        let answer = signed.await.map_err(|_| TrustError::Stopped)??;
        Ok(answer.into())
    }

    async fn status(&self, id: &CertId, issuing: &Certificate) -> Result<CertStatus, TrustError> {
        let serial = hex::encode(id.serial());
        if let Some(revoked) = self.revocation(&serial).await? {
            return Ok(CertStatus::Revoked(revoked));
        }
        let journaled = self.0.store.certificate(&serial).await?;
        let issued = journaled.is_some_and(|tbs| names_issuer(&tbs, issuing));
        Ok(if issued {
            CertStatus::Good
        } else {
            CertStatus::Unknown
        })
    }
}

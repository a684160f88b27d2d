//! What the authorities say of their certificates: what is kept of it, and OCSP. The
//! lists are in `list`, and what is signed before anybody asks in `presigned`.

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
    revocation::{CertId, CertStatus, OcspFailure, OcspRequest, OcspTimes},
};

use crate::{Millis, Trust, TrustError, presigned::Presigned};

/// For how long an OCSP answer is good, and after which part of that there is another.
pub(crate) const ANSWER: Millis = 3_600_000;
const ANSWER_RENEWED: Millis = ANSWER / 2;
/// Answers that are kept, of those that were not signed before.
const ANSWERS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Which list of a suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// All certificates of the issuing authority.
    Whole,
    /// Those that begin in a period, by its number.
    Period(i64),
    /// The root's own.
    Root,
}

impl Part {
    /// Name of the list.
    pub fn name(self, suite: Suite) -> String {
        let suite = suite.name();
        match self {
            Self::Whole => suite.to_owned(),
            Self::Period(number) => format!("{suite}-{number}"),
            Self::Root => format!("{suite}-root"),
        }
    }

    /// Reads the end of a list's name, behind the suite's.
    pub fn read(end: &str) -> Option<Self> {
        match end.strip_prefix('-') {
            None => end.is_empty().then_some(Self::Whole),
            Some("root") => Some(Self::Root),
            // One name for one list: no signs, no leading zeros.
            Some(number) => {
                let period = number.parse().ok()?;
                (format!("{period}") == number).then_some(Self::Period(period))
            }
        }
    }
}

/// What was signed and is still true.
pub(crate) struct Status {
    kept: Mutex<Kept>,
    /// One at a time makes a list: numbers must grow.
    pub(crate) listing: tokio::sync::Mutex<()>,
}

pub(crate) struct Kept {
    /// Grows with each revocation: what was read before one is not kept after it.
    pub(crate) generation: u64,
    /// By suite and part, each with the time from which another is made.
    pub(crate) lists: BTreeMap<(Suite, Part), (Bytes, Millis)>,
    /// By request without nonce or signature, of one certificate.
    answers: LruCache<Vec<u8>, (Bytes, Millis)>,
    /// Answers that were signed before anybody asked.
    pub(crate) presigned: Presigned,
}

impl Default for Status {
    fn default() -> Self {
        let kept = Kept {
            generation: 0,
            lists: BTreeMap::new(),
            answers: LruCache::new(ANSWERS),
            presigned: Presigned::default(),
        };
        Self {
            kept: Mutex::new(kept),
            listing: tokio::sync::Mutex::default(),
        }
    }
}

impl Status {
    /// These certificates, of an authority each, were revoked.
    pub fn forget(&self, revoked: &[(Suite, Vec<u8>)]) {
        let mut kept = self.kept();
        kept.generation += 1;
        kept.lists.clear();
        kept.answers.clear();
        for (suite, serial) in revoked {
            kept.presigned.forget(*suite, serial);
        }
    }

    pub(crate) fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trust {
    /// Answers an OCSP request: DER of an `OCSPResponse` (RFC 6960), signed, or the status
    /// that says why it is not. Without a nonce the answer was signed before where the
    /// certificate can be revoked ([`presign`](Self::presign)), and otherwise the same one
    /// is given again until half of its time is over or something is revoked.
    ///
    /// A certificate that is in the journal is good, one that was never issued unknown.
    pub async fn ocsp(&self, request: &[u8]) -> Result<Bytes, TrustError> {
        let request = match OcspRequest::from_der(request) {
            Ok(request) => request,
            Err(failure) => return Ok(failure.to_der().into()),
        };
        let Some(suite) = self.asked(&request) else {
            return Ok(OcspFailure::Unauthorized.to_der().into());
        };
        if let Some(answer) = self.was_presigned(suite, &request) {
            return Ok(answer);
        }
        let repeats = request.nonce().is_none() && request.ids().len() == 1;
        let name = repeats.then(|| request.to_der());
        let (now, generation) = {
            let (now, mut kept) = (self.now(), self.0.status.kept());
            match name.as_ref().and_then(|name| kept.answers.get(name)) {
                // Not one of a clock that was ahead.
                Some((answer, until)) if (*until - ANSWER_RENEWED..*until).contains(&now) => {
                    return Ok(answer.clone());
                }
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

    /// The answer to a request when nothing must be signed for it; none when something
    /// must, or it is no request for which there is an answer.
    #[must_use]
    pub fn ocsp_at_hand(&self, request: &[u8]) -> Option<Bytes> {
        let request = OcspRequest::from_der(request).ok()?;
        self.was_presigned(self.asked(&request)?, &request)
    }

    /// The suite of whose authority all certificates of a request are.
    fn asked(&self, request: &OcspRequest) -> Option<Suite> {
        let ours = |issuing: &Certificate| request.ids().iter().all(|id| id.is_of(issuing));
        let found = self.all().into_iter().find(|(_, of)| ours(&of.issuing));
        found.map(|(suite, _)| suite)
    }

    fn was_presigned(&self, suite: Suite, request: &OcspRequest) -> Option<Bytes> {
        match (request.nonce(), request.ids()) {
            (None, [id]) => {
                let (now, mut kept) = (self.now(), self.0.status.kept());
                kept.presigned.get(suite, id.serial(), now)
            }
            _ => None,
        }
    }

    pub(crate) async fn answer(
        &self,
        suite: Suite,
        request: OcspRequest,
        now: Millis,
    ) -> Result<Bytes, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let mut known = BTreeMap::new();
        for id in request.ids() {
            if !known.contains_key(id.serial()) {
                let status = self.status(id, &authority.issuing).await?;
                known.insert(id.serial().to_vec(), status);
            }
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

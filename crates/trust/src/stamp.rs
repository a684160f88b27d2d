//! The timestamp authority (RFC 3161): tokens in process, and answers to requests.
//!
//! Serial numbers are 128 random bits: unique over restarts and nodes without anything
//! that is shared or written down. Among 10^12 tokens two are the same with a chance of
//! 2 in 10^15.

use std::{sync::Arc, time::Instant};

use crypto::{Digest, Hash, Suite};
use pki::timestamp::{Rejection, Request, response};

use crate::{Trust, TrustError, authority::Hierarchy, clock::TrustedClock, measure};

impl Trust {
    /// A timestamp over a digest: DER of a `TimeStampToken` (RFC 3161, 2.4.2) with the
    /// authority's certificates. Some hundred microseconds of arithmetic.
    ///
    /// # Errors
    /// [`TrustError::Clock`] when the time cannot be trusted.
    pub async fn timestamp(&self, suite: Suite, imprint: &Digest) -> Result<Vec<u8>, TrustError> {
        let authority = self.hierarchy(suite).await?;
        let request = Request::new(imprint.clone(), None, true);
        let clock = self.0.clock.clone();
        let waiting = measure::Timestamp::begin(suite);
        let made = tokio::task::spawn_blocking(move || token(&authority, &request, &clock));
        let made = made.await.map_err(|_| TrustError::Stopped)?;
        waiting.end(made.as_ref().map_or("failed", |_| "granted"));
        made
    }

    /// Answers the DER of a `TimeStampReq` with that of a `TimeStampResp`, by the
    /// authority of a suite; without one by SM2 for SM3 digests, and P-256 for others.
    /// None when the suite has no authority. What is refused is refused in the answer,
    /// with `timeNotAvailable` when the clock cannot be trusted.
    pub async fn stamp(&self, suite: Option<Suite>, request: &[u8]) -> Option<Vec<u8>> {
        let read = Request::from_der(request);
        let suite = suite.unwrap_or_else(|| match &read {
            Ok(request) if request.imprint.hash() == Hash::Sm3 => Suite::Sm2Sm3,
            _ => Suite::P256Sha256,
        });
        // Strangers make no authorities.
        self.known(suite)?;
        let waiting = measure::Timestamp::begin(suite);
        let answer = match read {
            Ok(request) => self.grant(suite, request).await,
            Err(reason) => Err(reason),
        };
        let outcome = match &answer {
            Ok(_) => "granted",
            Err(reason) => reason.name(),
        };
        waiting.end(outcome);
        Some(response(answer.as_deref().map_err(|reason| *reason)))
    }

    async fn grant(&self, suite: Suite, request: Request) -> Result<Vec<u8>, Rejection> {
        let failed = |error: TrustError| match error {
            TrustError::Clock(_) => Rejection::TimeNotAvailable,
            error => {
                tracing::error!(%error, "a timestamp was not made");
                Rejection::SystemFailure
            }
        };
        let authority = self.hierarchy(suite).await.map_err(failed)?;
        let clock = self.0.clock.clone();
        let made = tokio::task::spawn_blocking(move || token(&authority, &request, &clock));
        let made = made.await.map_err(|_| failed(TrustError::Stopped))?;
        made.map_err(failed)
    }
}

/// What is stamped is here already: the time is read now and not before.
fn token(
    authority: &Arc<Hierarchy>,
    request: &Request,
    clock: &TrustedClock,
) -> Result<Vec<u8>, TrustError> {
    let began = Instant::now();
    let token = authority.tsa.token(request, clock.now()?, crypto::random());
    measure::signed(began.elapsed());
    Ok(token?)
}

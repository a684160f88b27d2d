//! Answers of the OCSP responder that are signed before anybody asks.
//!
//! Each certificate that can be revoked and has not ended has one, which names it by every
//! hash by which a client may (RFC 6960, 4.2.2.3, lets a responder that signs beforehand
//! say more than was asked). It is signed when the certificate is issued, again when it is
//! revoked, before that is acknowledged, and in the background before half of its time is
//! over. A question without a nonce costs no signature then, however often it is asked.

use std::{num::NonZeroUsize, time::Duration};

use bytes::Bytes;
use crypto::Suite;
use lru::LruCache;
use pki::{
    ends, names_issuer,
    revocation::{CertId, CertIdHash, OcspRequest},
};
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::{Millis, Trust, TrustError, status::ANSWER};

/// Answers that are kept, of some 1.3 KiB each. Where more certificates stand, the rest is
/// signed when it is asked for.
const MOST: NonZeroUsize = NonZeroUsize::new(32 * 1024).unwrap();
/// How often the background looks for answers that grow old.
const SWEEP: Duration = Duration::from_mins(5);
/// Another one is signed after this part of an answer's time, and until that it is given.
const RENEWED: Millis = ANSWER / 2;
const GIVEN: Millis = ANSWER / 4 * 3;
/// Certificates that are read at once.
const PAGE: u32 = 256;

/// The answers, by suite and serial number, each with the time at which it was signed.
pub(crate) struct Presigned(LruCache<(Suite, Vec<u8>), (Bytes, Millis)>);

impl Default for Presigned {
    fn default() -> Self {
        Self(LruCache::new(MOST))
    }
}

impl Presigned {
    /// The answer about a certificate that may be given now; none of a clock that was
    /// ahead.
    pub fn get(&mut self, suite: Suite, serial: &[u8], now: Millis) -> Option<Bytes> {
        let (answer, at) = self.0.get(&(suite, serial.to_vec()))?;
        (*at..*at + GIVEN).contains(&now).then(|| answer.clone())
    }

    /// Whether another one is not wanted yet.
    fn is_fresh(&self, suite: Suite, serial: &[u8], now: Millis) -> bool {
        let there = self.0.peek(&(suite, serial.to_vec()));
        there.is_some_and(|(_, at)| (*at..*at + RENEWED).contains(&now))
    }

    /// What it said is not true any more.
    pub fn forget(&mut self, suite: Suite, serial: &[u8]) {
        self.0.pop(&(suite, serial.to_vec()));
    }
}

impl Trust {
    /// Signs the answers about all certificates that can be revoked and have not ended, as
    /// far as they are missing or half of their time is over. Gives how many it signed.
    pub async fn presign(&self) -> Result<usize, TrustError> {
        let (mut signed, mut standing, mut after) = (0, 0, String::new());
        loop {
            let page = self.0.store.lasting(&after, PAGE).await?;
            let Some((last, _)) = page.last() else {
                return Ok(signed);
            };
            after.clone_from(last);
            for (serial, there) in &page {
                let all = self.all();
                let mut issuers = all.iter();
                let issuer = issuers.find(|(_, of)| names_issuer(&there.tbs, &of.issuing));
                let (Some((suite, _)), Ok(serial)) = (issuer, hex::decode(serial)) else {
                    continue;
                };
                if ends(&there.tbs)? < self.seconds() {
                    continue;
                }
                standing += 1;
                if standing > MOST.get() {
                    let most = MOST.get();
                    tracing::warn!(most, "more certificates stand than answers are kept");
                    return Ok(signed);
                }
                let now = self.now();
                if !self
                    .0
                    .status
                    .kept()
                    .presigned
                    .is_fresh(*suite, &serial, now)
                {
                    self.presign_one(*suite, &serial).await?;
                    signed += 1;
                }
            }
        }
    }

    /// The same for ever, and a certificate for the log's key when it has none yet.
    pub fn spawn_presigning(&self) -> JoinHandle<()> {
        let trust = self.clone();
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(SWEEP);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                if let Err(error) = trust.presign().await {
                    tracing::warn!(%error, "OCSP answers were not signed beforehand");
                }
                if trust.ledger_certificate().is_empty()
                    && let Err(error) = trust.certify_log().await
                {
                    tracing::warn!(%error, "the ledger's key got no certificate");
                }
            }
        })
    }

    /// Signs the answer about a certificate that was issued or revoked just now. What fails
    /// is signed when it is asked for.
    pub(crate) async fn presign_now(&self, suite: Suite, serial: &[u8]) {
        let now = self.now();
        if self.0.status.kept().presigned.is_fresh(suite, serial, now) {
            return;
        }
        if let Err(error) = self.presign_one(suite, serial).await {
            tracing::warn!(%error, "an OCSP answer was not signed beforehand");
        }
    }

    async fn presign_one(&self, suite: Suite, serial: &[u8]) -> Result<(), TrustError> {
        let issuing = self.hierarchy(suite).await?.issuing.clone();
        let ids = CertIdHash::ALL.map(|hash| CertId::of(hash, serial, &issuing));
        let request = OcspRequest::new(ids.to_vec(), None)?;
        // Once more when something was revoked meanwhile: it may have been this one.
        for _ in 0..2 {
            let (now, generation) = (self.now(), self.0.status.kept().generation);
            let answer = self.answer(suite, request.clone(), now).await?;
            let mut kept = self.0.status.kept();
            if kept.generation == generation {
                let place = (suite, serial.to_vec());
                kept.presigned.0.put(place, (answer, now));
                break;
            }
        }
        Ok(())
    }
}

//! The issuing side.

use std::{sync::Arc, time::Duration};

use crypto::{Signer, digest};

use super::{Rejection, Request, response, time};
use crate::{
    Certificate, PkiError,
    algorithm::{SignatureAlgorithm, imprint_to_der},
    cms::{Parts, assemble, attributes},
    encode, oid,
};

/// Promise about the clock in every token, unless the caller has another one.
const ACCURACY: Duration = Duration::from_secs(1);

/// Tag of `[0] IMPLICIT INTEGER`.
const MILLIS: u8 = 0x80;

/// A timestamp authority. It has no clock: the caller gives the time and answers for
/// it.
#[derive(Clone)]
pub struct Tsa {
    certificates: Vec<Certificate>,
    signer: Arc<dyn Signer>,
    /// DER of the tokens' `accuracy`, or nothing.
    accuracy: Vec<u8>,
}

impl Tsa {
    /// An authority with its certificate, the certificates above it without the root,
    /// and its key.
    ///
    /// # Errors
    /// [`PkiError::OtherCertificate`] when the key is not that of the certificate.
    pub fn new(
        certificate: Certificate,
        chain: Vec<Certificate>,
        signer: Arc<dyn Signer>,
    ) -> Result<Self, PkiError> {
        if certificate.spki() != signer.spki() {
            return Err(PkiError::OtherCertificate);
        }
        let mut certificates = vec![certificate];
        certificates.extend(chain);
        Ok(Self {
            certificates,
            signer,
            accuracy: accuracy(ACCURACY),
        })
    }

    /// The same authority, whose tokens promise that their time is this exact, to the
    /// millisecond; or say nothing about it. They promise a second otherwise.
    #[must_use]
    pub fn with_accuracy(mut self, promise: Option<Duration>) -> Self {
        self.accuracy = promise.map(accuracy).unwrap_or_default();
        self
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificates[0]
    }

    /// A token for the request: DER of a `ContentInfo`. `serial` must be unique.
    ///
    /// `ordering` is left out, which is FALSE: several nodes may stamp with one key, so
    /// that the times of two tokens tell their order only when they differ by more than
    /// twice the accuracy.
    ///
    /// # Errors
    /// The key's, or [`PkiError::Request`] for a time outside of the years 1970 to
    /// 9999.
    pub fn token(
        &self,
        request: &Request,
        time_ms: i64,
        serial: [u8; 16],
    ) -> Result<Vec<u8>, PkiError> {
        let gen_time = time::to_der(time_ms)
            .ok_or_else(|| PkiError::Request("no timestamp for such a time".to_owned()))?;
        let content = encode::sequence(&[
            encode::ONE,
            &encode::oid(oid::TIMESTAMP_POLICY),
            &imprint_to_der(&request.imprint),
            &encode::integer(&serial),
            &gen_time,
            &self.accuracy,
            &request
                .nonce
                .as_deref()
                .map_or_else(Vec::new, encode::integer),
        ]);
        let suite = self.signer.suite();
        let hashed = digest(suite.hash(), &content);
        let attributes = attributes(oid::TST_INFO, &hashed, self.certificate(), None);
        let signature = self.signer.sign(&attributes)?;
        Ok(assemble(&Parts {
            algorithm: SignatureAlgorithm::of(suite),
            content_type: oid::TST_INFO,
            content: Some(&content),
            signer: self.certificate(),
            certificates: if request.cert_req {
                &self.certificates
            } else {
                &[]
            },
            attributes: &attributes,
            signature: &signature,
            timestamp: None,
        }))
    }

    /// Answers the bytes of a request with the DER of a `TimeStampResp`: a token, or a
    /// rejection with its reason.
    #[must_use]
    pub fn response(&self, request: &[u8], time_ms: i64, serial: [u8; 16]) -> Vec<u8> {
        let answer = Request::from_der(request).and_then(|request| {
            self.token(&request, time_ms, serial)
                .map_err(|_| Rejection::SystemFailure)
        });
        response(answer.as_deref().map_err(|reason| *reason))
    }
}

/// ```text
/// Accuracy ::= SEQUENCE {
///     seconds  INTEGER OPTIONAL,
///     millis   [0] INTEGER (1..999) OPTIONAL, … }
/// ```
fn accuracy(promise: Duration) -> Vec<u8> {
    let mut seconds = encode::integer(&promise.as_secs().to_be_bytes());
    if promise.as_secs() == 0 {
        seconds.clear();
    }
    let mut millis = encode::integer(&promise.subsec_millis().to_be_bytes());
    if promise.subsec_millis() == 0 {
        millis.clear();
    } else {
        millis[0] = MILLIS;
    }
    encode::sequence(&[&seconds, &millis])
}

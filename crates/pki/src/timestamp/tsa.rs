//! The issuing side.

use std::sync::Arc;

use crypto::{Signer, digest};

use super::{Rejection, Request, response, time};
use crate::{
    Certificate, PkiError,
    algorithm::{SignatureAlgorithm, imprint_to_der},
    cms::{Parts, assemble, attributes},
    encode, oid,
};

/// Promise about the clock in every token: within one second.
const ACCURACY_SECONDS: u8 = 1;

/// A timestamp authority. It has no clock: the caller gives the time and answers for
/// it.
#[derive(Clone)]
pub struct Tsa {
    certificates: Vec<Certificate>,
    signer: Arc<dyn Signer>,
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
        })
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificates[0]
    }

    /// A token for the request: DER of a `ContentInfo`. `serial` must be unique.
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
            &encode::sequence(&[&encode::integer(&[ACCURACY_SECONDS])]),
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
        match answer {
            Ok(token) => response::granted(&token),
            Err(reason) => response::rejected(reason),
        }
    }
}

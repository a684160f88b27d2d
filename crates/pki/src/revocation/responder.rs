//! Answering OCSP requests.

use std::sync::Arc;

use crypto::Signer;

use super::{
    CertStatus, OcspFailure, OcspRequest, RevocationError, issue_crl::generalized_time,
    request::nonce_extension,
};
use crate::{
    Certificate, PkiError, algorithm::SignatureAlgorithm, encode, extensions::extension, oid,
};

/// Answers for one authority. It has no clock and no list: the caller gives both.
#[derive(Clone)]
pub struct OcspResponder {
    issuer: Certificate,
    delegate: Option<Certificate>,
    signer: Arc<dyn Signer>,
}

/// The times in an answer, unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OcspTimes {
    /// When it is signed.
    pub produced_ms: i64,
    /// When what it says was known to be right.
    pub this_update_ms: i64,
    /// When there will be something newer.
    pub next_update_ms: Option<i64>,
}

impl OcspResponder {
    /// A responder for the certificates of `issuer`, with the key of `delegate`, or of
    /// the issuer itself when there is none.
    ///
    /// # Errors
    /// [`PkiError::OtherCertificate`] when the key is not that of the certificate;
    /// [`RevocationError::ResponderUsage`] and
    /// [`ResponderNotDelegated`](RevocationError::ResponderNotDelegated) when nobody would
    /// believe it (RFC 6960, 4.2.2.2).
    pub fn new(
        issuer: Certificate,
        delegate: Option<Certificate>,
        signer: Arc<dyn Signer>,
    ) -> Result<Self, RevocationError> {
        if delegate.as_ref().unwrap_or(&issuer).spki() != signer.spki() {
            return Err(PkiError::OtherCertificate.into());
        }
        if let Some(delegate) = &delegate {
            let responder = delegate.subject().to_owned();
            let usage = delegate.extensions().extended_key_usage.as_ref();
            if !usage.is_some_and(|usage| usage.names(oid::OCSP_SIGNING)) {
                return Err(RevocationError::ResponderUsage(responder));
            }
            if delegate.issuer_der() != issuer.subject_der() {
                let issuer = issuer.subject().to_owned();
                return Err(RevocationError::ResponderNotDelegated { responder, issuer });
            }
        }
        Ok(Self {
            issuer,
            delegate,
            signer,
        })
    }

    /// Answers the bytes of a request with the DER of an `OCSPResponse`: a signed answer,
    /// or the status that says why there is none.
    ///
    /// `status` is asked for the serial number of each certificate of this issuer, and
    /// answers [`CertStatus::Unknown`] for those that were never issued.
    #[must_use]
    pub fn response(
        &self,
        request: &[u8],
        times: OcspTimes,
        status: impl Fn(&[u8]) -> CertStatus,
    ) -> Vec<u8> {
        let answer = OcspRequest::from_der(request).and_then(|request| {
            self.answer(&request, times, status)
                .map_err(|_| OcspFailure::InternalError)
        });
        answer.unwrap_or_else(OcspFailure::to_der)
    }

    /// A signed answer: DER of an `OCSPResponse` that repeats the nonce (RFC 6960, 4.2;
    /// RFC 9654). A certificate of another issuer is unknown.
    ///
    /// # Errors
    /// The key's, or [`RevocationError::Request`] for times that cannot be.
    pub fn answer(
        &self,
        request: &OcspRequest,
        times: OcspTimes,
        status: impl Fn(&[u8]) -> CertStatus,
    ) -> Result<Vec<u8>, RevocationError> {
        if times
            .next_update_ms
            .is_some_and(|next| next < times.this_update_ms)
        {
            return Err(RevocationError::request("the answer ends before it begins"));
        }
        let mut singles = Vec::new();
        for id in request.ids() {
            let status = if id.is_of(&self.issuer) {
                status(id.serial())
            } else {
                CertStatus::Unknown
            };
            singles.extend(single(id.der(), &status, times)?);
        }
        let signer = self.delegate.as_ref().unwrap_or(&self.issuer);
        let nonce = request.nonce().map_or_else(Vec::new, |nonce| {
            encode::tlv(0xa1, &[&encode::sequence(&[&nonce_extension(nonce)])])
        });
        let tbs = encode::sequence(&[
            &encode::tlv(0xa1, &[signer.subject_der()]),
            &generalized_time(times.produced_ms)?,
            &encode::sequence(&[&singles]),
            &nonce,
        ]);
        let signature = self.signer.sign(&tbs).map_err(PkiError::from)?;
        let certificates = self.delegate.as_ref().map_or_else(Vec::new, |delegate| {
            encode::tlv(0xa0, &[&encode::sequence(&[delegate.der()])])
        });
        let basic = encode::sequence(&[
            &tbs,
            &SignatureAlgorithm::of(self.signer.suite()).to_der(),
            &encode::bit_string(&signature),
            &certificates,
        ]);
        let bytes =
            encode::sequence(&[&encode::oid(oid::OCSP_BASIC), &encode::octet_string(&basic)]);
        let successful = [0x0a, 1, 0];
        Ok(encode::sequence(&[
            &successful,
            &encode::tlv(0xa0, &[&bytes]),
        ]))
    }
}

fn single(id: &[u8], status: &CertStatus, times: OcspTimes) -> Result<Vec<u8>, RevocationError> {
    let mut extensions = Vec::new();
    let status = match status {
        CertStatus::Good => vec![0x80, 0],
        CertStatus::Unknown => vec![0x82, 0],
        CertStatus::Revoked(revoked) => {
            if let Some(since) = revoked.invalid_since_ms {
                let since = generalized_time(since)?;
                extensions = extension(oid::INVALIDITY_DATE, false, &since);
            }
            let reason = match revoked.reason.number() {
                0 => Vec::new(),
                number => encode::tlv(0xa0, &[&[0x0a, 1, number]]),
            };
            encode::tlv(0xa1, &[&generalized_time(revoked.at_ms)?, &reason])
        }
    };
    let next = match times.next_update_ms {
        Some(next) => encode::tlv(0xa0, &[&generalized_time(next)?]),
        None => Vec::new(),
    };
    let extensions = match extensions.as_slice() {
        [] => Vec::new(),
        some => encode::tlv(0xa1, &[&encode::sequence(&[some])]),
    };
    Ok(encode::sequence(&[
        id,
        &status,
        &generalized_time(times.this_update_ms)?,
        &next,
        &extensions,
    ]))
}

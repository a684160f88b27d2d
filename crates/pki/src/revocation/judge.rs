//! What follows from all material for one certificate and one time of use.

use super::{CertStatus, Crl, OcspResponse, Reason, RevocationError, Revoked};
use crate::{Certificate, name};

/// What is known, in any order, from anywhere.
#[derive(Debug, Clone, Copy, Default)]
pub struct Material<'a> {
    /// Revocation lists.
    pub crls: &'a [Crl],
    /// OCSP responses.
    pub responses: &'a [OcspResponse],
}

/// Which piece of the material decided, by its place in the slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A revocation list.
    Crl(usize),
    /// An OCSP response.
    Ocsp(usize),
}

/// Whether a certificate was revoked when it was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was not.
    NotRevoked {
        /// What says so.
        by: Source,
        /// When that was made: thisUpdate of a list, producedAt of a response; unix
        /// milliseconds. Before the time of use it proves less than after it.
        produced_ms: i64,
        /// Until when it holds, unix milliseconds.
        next_update_ms: Option<i64>,
    },
    /// It was.
    Revoked {
        /// What says so.
        by: Source,
        /// When the authority revoked, unix milliseconds.
        at_ms: i64,
        /// Why.
        reason: Reason,
        /// From when on the key was not to be believed, unix milliseconds; see
        /// [`Revoked::effective_ms`].
        effective_ms: i64,
    },
    /// The certificate says that nothing will ever be said of it (RFC 9608).
    NoRevocationAvailable,
    /// Nothing that was given decides; why the most promising piece does not.
    Undetermined(RevocationError),
}

/// Judges whether `certificate` was revoked at `use_ms`, unix milliseconds.
///
/// `issuer` is the certificate that path validation found above it. What is not of this
/// issuer, or not about this certificate, is passed over.
///
/// - Revoked after the time of use is good at the time of use. Only a key that was
///   compromised before (an invalidity date with the reason keyCompromise or
///   cACompromise; RFC 5280, 5.3.2) is revoked from that earlier date on.
/// - Material made after the time of use is welcome: it knows more. But made after the
///   end of the certificate it may have forgotten, unless it says that it has not.
/// - Material whose next update was due before the time of use does not show that the
///   certificate was good. That it was revoked, it does show: that is for ever, except
///   for a suspension.
/// - One piece that says revoked outweighs all others.
#[must_use]
pub fn judge(
    certificate: &Certificate,
    issuer: &Certificate,
    material: Material,
    use_ms: i64,
) -> Verdict {
    if certificate.extensions().no_revocation {
        return Verdict::NoRevocationAvailable;
    }
    if !name::same(certificate.issuer_der(), issuer.subject_der()) {
        return Verdict::Undetermined(RevocationError::OtherIssuer {
            what: "certificate",
            found: certificate.issuer().to_owned(),
            wanted: issuer.subject().to_owned(),
        });
    }
    if let Err(error) = certificate.signed_by(issuer) {
        return Verdict::Undetermined(error.into());
    }
    let question = Question {
        certificate,
        issuer,
        use_ms,
    };
    let responses = material.responses.iter().enumerate();
    let answers = responses.map(|(at, one)| question.response(at, one, material.crls));
    question.lists(material.crls).chain(answers).fold(
        Verdict::Undetermined(RevocationError::NoMaterial {
            serial: certificate.serial_hex(),
        }),
        stronger,
    )
}

#[derive(Clone, Copy)]
struct Question<'a> {
    certificate: &'a Certificate,
    issuer: &'a Certificate,
    use_ms: i64,
}

impl<'a> Question<'a> {
    fn lists(self, crls: &'a [Crl]) -> impl Iterator<Item = Verdict> + 'a {
        let lists = crls.iter().enumerate();
        lists.map(move |(at, crl)| self.list(at, crl).unwrap_or_else(Verdict::Undetermined))
    }

    fn list(self, at: usize, crl: &Crl) -> Result<Verdict, RevocationError> {
        crl.check_covers(self.certificate)?;
        crl.verify(self.issuer)?;
        let (by, next_ms) = (Source::Crl(at), crl.next_update_ms());
        let revoked = crl.revoked(self.certificate.serial());
        let reaches = crl.check_reaches(self.use_ms);
        if revoked.is_none() {
            crl.check_remembers(self.certificate)?;
        }
        self.weigh(revoked, by, crl.this_update_ms(), Some(next_ms), reaches)
    }

    fn response(self, at: usize, response: &OcspResponse, crls: &[Crl]) -> Verdict {
        let verdict = self.checked_response(at, response, crls);
        verdict.unwrap_or_else(Verdict::Undetermined)
    }

    fn checked_response(
        self,
        at: usize,
        response: &OcspResponse,
        crls: &[Crl],
    ) -> Result<Verdict, RevocationError> {
        let serial = || self.certificate.serial_hex();
        let answers = response.answers().iter();
        let mut answers = answers
            .filter(|answer| answer.id.names(self.certificate, self.issuer))
            .peekable();
        if answers.peek().is_none() {
            return Err(RevocationError::NotAnswered { serial: serial() });
        }
        let responder = response.verify(self.issuer)?;
        self.check_responder(&responder, response.produced_ms(), crls)?;
        let verdicts = answers.map(|answer| {
            let reaches = answer.check_reaches(self.use_ms);
            let revoked = match answer.status {
                CertStatus::Revoked(revoked) => Some(revoked),
                CertStatus::Unknown => {
                    return Err(RevocationError::StatusUnknown { serial: serial() });
                }
                CertStatus::Good => {
                    answer.check_remembers(self.certificate)?;
                    None
                }
            };
            let (by, produced) = (Source::Ocsp(at), response.produced_ms());
            self.weigh(revoked, by, produced, answer.next_update_ms, reaches)
        });
        let verdicts = verdicts.map(|verdict| verdict.unwrap_or_else(Verdict::Undetermined));
        let unanswered = RevocationError::NotAnswered { serial: serial() };
        Ok(verdicts.fold(Verdict::Undetermined(unanswered), stronger))
    }

    fn weigh(
        self,
        revoked: Option<Revoked>,
        by: Source,
        produced_ms: i64,
        next_update_ms: Option<i64>,
        reaches: Result<(), RevocationError>,
    ) -> Result<Verdict, RevocationError> {
        let before = revoked.filter(|revoked| revoked.effective_ms() <= self.use_ms);
        if let Some(revoked) = before {
            if revoked.reason == Reason::CertificateHold {
                reaches?;
            }
            return Ok(Verdict::Revoked {
                by,
                at_ms: revoked.at_ms,
                reason: revoked.reason,
                effective_ms: revoked.effective_ms(),
            });
        }
        reaches?;
        Ok(Verdict::NotRevoked {
            by,
            produced_ms,
            next_update_ms,
        })
    }

    /// A delegated responder that is not exempt must be good by a list: asking it, or
    /// another responder, about itself would go round in a circle.
    fn check_responder(
        self,
        responder: &Certificate,
        produced_ms: i64,
        crls: &[Crl],
    ) -> Result<(), RevocationError> {
        let extensions = responder.extensions();
        let exempt = extensions.ocsp_no_check || extensions.no_revocation;
        if exempt || responder.spki() == self.issuer.spki() {
            return Ok(());
        }
        let about = Question {
            certificate: responder,
            issuer: self.issuer,
            use_ms: produced_ms,
        };
        let name = responder.subject().to_owned();
        let unchecked = RevocationError::ResponderUnchecked(name.clone());
        match about
            .lists(crls)
            .fold(Verdict::Undetermined(unchecked.clone()), stronger)
        {
            Verdict::NotRevoked { .. } => Ok(()),
            Verdict::Revoked { .. } => Err(RevocationError::ResponderRevoked(name)),
            _ => Err(unchecked),
        }
    }
}

/// The verdict that weighs more: revoked, the earliest first; not revoked, the latest
/// first; then the doubt of what came nearest to an answer.
fn stronger(one: Verdict, two: Verdict) -> Verdict {
    let weight = |verdict: &Verdict| match verdict {
        Verdict::Revoked { effective_ms, .. } => (3, effective_ms.saturating_neg()),
        Verdict::NotRevoked { produced_ms, .. } => (2, *produced_ms),
        Verdict::NoRevocationAvailable => (1, 0),
        Verdict::Undetermined(error) => (0, nearness(error)),
    };
    if weight(&two) > weight(&one) {
        two
    } else {
        one
    }
}

fn nearness(error: &RevocationError) -> i64 {
    match error {
        RevocationError::NoMaterial { .. } => 0,
        RevocationError::OtherIssuer { .. }
        | RevocationError::NotAnswered { .. }
        | RevocationError::ResponderUnchecked(_) => 1,
        RevocationError::OutOfScope { .. } => 2,
        RevocationError::Stale { .. }
        | RevocationError::AfterExpiry { .. }
        | RevocationError::StatusUnknown { .. } => 4,
        RevocationError::ResponderRevoked(_) => 5,
        _ => 3,
    }
}

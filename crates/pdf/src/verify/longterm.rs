//! How long a signature can be proven: revocation, and the levels of PAdES
//! (EN 319 142-1, 5).
//!
//! Revocation is judged by what is in the file alone: lists and responses of its security
//! store. A file without them says nothing of revocation, and that is told.

use std::collections::BTreeSet;

use pki::{
    Certificate,
    revocation::{self, Crl, OcspResponse, judge},
};

use super::{Finding, Signature, Verdict};
use crate::{
    error::PdfError,
    object::Ref,
    reader::File,
    validation::{places, validation_data},
};

/// A path that was validated, and the time that it was used at.
pub(super) struct Proven {
    pub path: Vec<Certificate>,
    pub at_ms: i64,
}

/// A signature that was judged, with the paths of its signer and its timestamp.
pub(super) struct Judged {
    pub report: Signature,
    pub proven: Vec<Proven>,
}

/// Most pieces of revocation data times certificates that are looked at.
const LOOKS: usize = 20_000;
/// Most pieces of revocation data.
const PIECES: usize = 256;

/// What a file brings along to prove its certificates, each with its place.
#[derive(Default)]
pub(super) struct Material {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    crl_places: Vec<Ref>,
    responses: Vec<OcspResponse>,
    response_places: Vec<Ref>,
    /// Why some of it was not read, when there was too much.
    excess: Option<PdfError>,
}

/// What is known of the revocation of several certificates.
enum Known {
    /// None of them was revoked, or is of a kind that never is.
    Good,
    /// Of one of them nothing is known.
    Unknown,
    /// There is too much to look at.
    Excess(PdfError),
}

impl Material {
    /// Reads the security store. An entry that is none proves nothing, and hides nothing.
    pub fn read(file: &File) -> Self {
        let mut material = Self::default();
        let data = file
            .catalog()
            .and_then(|(_, catalog)| validation_data(file, &catalog));
        for kept in data.unwrap_or_else(|error| {
            material.excess = Some(error);
            Vec::new()
        }) {
            match kept.kind {
                0 => material
                    .certificates
                    .extend(Certificate::from_der(&kept.data)),
                1 => {
                    if let Ok(response) = OcspResponse::from_der(&kept.data) {
                        material.responses.push(response);
                        material.response_places.push(kept.place);
                    }
                }
                _ => {
                    if let Ok(crl) = Crl::from_der(&kept.data) {
                        material.crls.push(crl);
                        material.crl_places.push(kept.place);
                    }
                }
            }
        }
        if material.pieces() > PIECES {
            let (what, limit) = ("pieces of revocation data", PIECES);
            material.excess = Some(PdfError::TooLarge { what, limit });
        }
        material
    }

    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    fn pieces(&self) -> usize {
        self.crls.len() + self.responses.len()
    }

    fn is_empty(&self) -> bool {
        self.pieces() == 0 && self.excess.is_none()
    }

    /// The part of it that these places have.
    fn only(&self, kept: &BTreeSet<Ref>) -> Self {
        let crls = self.crls.iter().zip(&self.crl_places);
        let responses = self.responses.iter().zip(&self.response_places);
        let crls = crls.filter(|(_, place)| kept.contains(place));
        let responses = responses.filter(|(_, place)| kept.contains(place));
        Self {
            crls: crls.map(|(crl, _)| crl.clone()).collect(),
            responses: responses.map(|(response, _)| response.clone()).collect(),
            ..Self::default()
        }
    }

    /// What it says of these paths; the first that was revoked is a finding.
    fn known(&self, proven: &[Proven], looks: &mut usize) -> Result<Known, Finding> {
        if let Some(excess) = &self.excess {
            return Ok(Known::Excess(excess.clone()));
        }
        let material = revocation::Material {
            crls: &self.crls,
            responses: &self.responses,
        };
        let mut known = Known::Good;
        for Proven { path, at_ms } in proven {
            for pair in path.windows(2) {
                let [certificate, issuer] = pair else {
                    continue;
                };
                *looks = looks.saturating_sub(self.pieces());
                if *looks == 0 {
                    let (what, limit) = ("questions of revocation", LOOKS);
                    return Ok(Known::Excess(PdfError::TooLarge { what, limit }));
                }
                match judge(certificate, issuer, material, *at_ms) {
                    revocation::Verdict::NotRevoked { .. }
                    | revocation::Verdict::NoRevocationAvailable => {}
                    revocation::Verdict::Undetermined(_) => known = Known::Unknown,
                    revocation::Verdict::Revoked { reason, .. } => {
                        let reason = format!(
                            "the certificate {} was revoked before: {}",
                            certificate.subject(),
                            reason.name()
                        );
                        return Err(Finding::invalid("certificate-revoked", reason));
                    }
                }
            }
        }
        Ok(known)
    }
}

/// Tells of each signature what is known of revocation, and its level. One whose
/// certificates were revoked before is not valid; with more data than is looked at,
/// nobody knows.
pub(super) fn tell(file: &File, material: &Material, signatures: Vec<Judged>) -> Vec<Signature> {
    // What the last valid timestamp covers is kept by it.
    let last = signatures
        .iter()
        .rposition(|one| one.report.kind == "ETSI.RFC3161" && one.report.verdict == Verdict::Valid);
    let covered = last.filter(|_| !material.is_empty()).and_then(|last| {
        let covers = signatures[last].report.covers?;
        let before = File::open(file.bytes.get(..covers)?).ok()?;
        let (_, catalog) = before.catalog().ok()?;
        Some(material.only(&places(&before, &catalog)))
    });
    let archive = covered.unwrap_or_default();
    let mut looks = LOOKS;
    let mut told = Vec::with_capacity(signatures.len());
    for (nth, Judged { mut report, proven }) in signatures.into_iter().enumerate() {
        if report.verdict == Verdict::Valid && !material.is_empty() {
            match material.known(&proven, &mut looks) {
                Ok(Known::Good) => report.revocation = Some("good"),
                Ok(Known::Unknown) => report.revocation = Some("unknown"),
                Ok(Known::Excess(error)) => {
                    report.revocation = Some("unknown");
                    report.refuse(Finding::unknown(error.code(), error));
                }
                Err(finding) => {
                    report.revocation = Some("revoked");
                    report.refuse(finding);
                }
            }
        }
        let padded = matches!(&*report.kind, "ETSI.CAdES.detached" | "ETSI.RFC3161");
        if report.verdict == Verdict::Valid && padded {
            let mut kept = || {
                let later = last.is_some_and(|last| nth < last);
                later && matches!(archive.known(&proven, &mut looks), Ok(Known::Good))
            };
            report.level = Some(match (report.time_ms, report.revocation) {
                (None, _) => "B-B",
                (Some(_), Some("good")) if kept() => "B-LTA",
                (Some(_), Some("good")) => "B-LT",
                (Some(_), _) => "B-T",
            });
        }
        told.push(report);
    }
    told
}

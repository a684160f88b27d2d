//! How long a signature can be proven: revocation, and the levels of PAdES
//! (EN 319 142-1, 5).
//!
//! Revocation is judged by what is in the file alone: lists and responses of its security
//! store. A file without them says nothing of revocation, and that is told.

use pki::{
    Certificate,
    revocation::{self, Crl, OcspResponse, judge},
};

use super::{Finding, Signature, Verdict};
use crate::{reader::File, validation::validation_data};

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

/// Most pieces of revocation data, times certificates, that are looked at.
const LOOKS: usize = 4000;

/// What a file brings along to prove its certificates.
#[derive(Default)]
pub(super) struct Material {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
    responses: Vec<OcspResponse>,
}

/// What is known of the revocation of several certificates.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Known {
    /// None of them was revoked, or is of a kind that never is.
    Good,
    /// Of one of them nothing is known.
    Unknown,
}

impl Material {
    /// Reads the security store. What cannot be read proves nothing, and harms nobody.
    pub fn read(file: &File) -> Self {
        let data = file
            .catalog()
            .and_then(|(_, catalog)| validation_data(file, &catalog))
            .unwrap_or_default();
        let certificates = data
            .certificates
            .iter()
            .map(|der| Certificate::from_der(der));
        let crls = data.crls.iter().map(|der| Crl::from_der(der));
        let responses = data
            .ocsp_responses
            .iter()
            .map(|der| OcspResponse::from_der(der));
        Self {
            certificates: certificates.flatten().collect(),
            crls: crls.flatten().collect(),
            responses: responses.flatten().collect(),
        }
    }

    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    fn is_empty(&self) -> bool {
        self.crls.is_empty() && self.responses.is_empty()
    }

    /// What it says of these paths; the first that was revoked is a finding.
    fn known(&self, proven: &[Proven], looks: &mut usize) -> Result<Known, Finding> {
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
                *looks = looks.saturating_sub(self.crls.len() + self.responses.len());
                if *looks == 0 {
                    return Ok(Known::Unknown);
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
/// certificates were revoked before is not valid.
pub(super) fn tell(file: &File, signatures: Vec<Judged>) -> Vec<Signature> {
    let material = Material::read(file);
    // What the last valid timestamp covers is kept by it.
    let last = signatures
        .iter()
        .rposition(|one| one.report.kind == "ETSI.RFC3161" && one.report.verdict == Verdict::Valid);
    let covered = last.and_then(|last| {
        let covers = signatures[last].report.covers?;
        File::open(file.bytes.get(..covers)?).ok()
    });
    let archive = covered.filter(|_| !material.is_empty());
    let archive = archive
        .map(|file| Material::read(&file))
        .unwrap_or_default();
    let mut looks = LOOKS;
    let mut told = Vec::with_capacity(signatures.len());
    for (nth, Judged { mut report, proven }) in signatures.into_iter().enumerate() {
        if report.verdict == Verdict::Valid && !material.is_empty() {
            match material.known(&proven, &mut looks) {
                Ok(Known::Good) => report.revocation = Some("good"),
                Ok(Known::Unknown) => report.revocation = Some("unknown"),
                Err(finding) => {
                    report.revocation = Some("revoked");
                    report.refuse(finding);
                }
            }
        }
        let padded = matches!(&*report.kind, "ETSI.CAdES.detached" | "ETSI.RFC3161");
        if report.verdict == Verdict::Valid && padded {
            let kept = || {
                let later = last.is_some_and(|last| nth < last);
                later && matches!(archive.known(&proven, &mut looks.clone()), Ok(Known::Good))
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

//! The simulator's root and issuing authority of one suite.

use crypto::{Signer, SoftwareKey, Suite};
use pki::{Certificate, CertificateRequest, Name, PkiError, Profile, sign_tbs, tbs};

use super::NAME;

const YEAR: i64 = 365 * 24 * 3600;
/// How much earlier than now certificates begin: clocks differ.
const SKEW: i64 = 60;

/// A root, and an authority below it whose key is here.
pub struct Hierarchy {
    /// The suite of both.
    pub suite: Suite,
    /// The anchor.
    pub root: Certificate,
    /// What issues.
    pub issuing: Certificate,
    key: SoftwareKey,
}

/// A certificate that shall be issued.
pub struct End<'a> {
    /// Whose.
    pub subject: &'a Name,
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki: &'a [u8],
    /// What for.
    pub profile: &'a Profile,
    /// Serial number.
    pub serial: [u8; 16],
    /// First and last second.
    pub validity: (i64, i64),
}

impl Hierarchy {
    /// Fresh keys.
    pub fn make(suite: Suite, now: i64) -> Result<Self, PkiError> {
        let root_key = SoftwareKey::generate(suite)?;
        let name = |title: &str| Name {
            common_name: format!("CA 模拟器 {title} ({})", suite.name()),
            organization: Some(NAME.to_owned()),
            country: "CN".to_owned(),
            serial_number: None,
        };
        let authority = |title: &str, key: &SoftwareKey, profile, by: Option<&Certificate>| {
            let request = CertificateRequest {
                subject: &name(title),
                spki: key.spki(),
                serial: pki::serial_number(crypto::random()),
                not_before: now - SKEW,
                not_after: now + 10 * YEAR,
                profile,
            };
            sign_tbs(&tbs(&request, by, suite)?, &root_key)
        };
        let root = authority("根", &root_key, &Profile::Root, None)?;
        let key = SoftwareKey::generate(suite)?;
        let issuing = authority("签发", &key, &Profile::Issuing, Some(&root))?;
        Ok(Self {
            suite,
            root,
            issuing,
            key,
        })
    }

    /// Issues, for a key of whatever suite.
    pub fn issue(&self, end: &End) -> Result<Certificate, PkiError> {
        let request = CertificateRequest {
            subject: end.subject,
            spki: end.spki,
            serial: end.serial,
            not_before: end.validity.0,
            not_after: end.validity.1,
            profile: end.profile,
        };
        sign_tbs(&tbs(&request, Some(&self.issuing), self.suite)?, &self.key)
    }
}

/// The validity of a certificate that is issued now.
pub fn validity(now: i64, seconds: i64) -> (i64, i64) {
    (now - SKEW, now + seconds.clamp(0, 3 * YEAR))
}

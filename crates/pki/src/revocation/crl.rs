//! Revocation lists: reading, verifying, asking.

use std::{fmt, sync::Arc};

use der::{
    Decode,
    asn1::{AnyRef, UintRef},
};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, IssuingDistributionPoint, name::DistributionPointName,
};

use super::{
    Reason, RevocationError, Revoked,
    structure::{
        CertificateList, EntryExtensions, RevokedCertificate, Signed, TbsCertList,
        check_extensions, generalized, pass_over, significant, to_ms,
    },
    verified::Verified,
};
use crate::{
    Certificate, PkiError,
    certificate::element,
    extensions::{self, Extension},
    name, oid,
};

/// Largest list that is read, in bytes: about half a million entries.
const LIMIT: usize = 16 * 1024 * 1024;
/// Longest serial number, in bytes. RFC 5280 has 20.
const SERIAL: usize = 64;
const WHAT: &str = "revocation list";
/// A complete list of the certificates that one issuer has revoked (RFC 5280, 5).
///
/// Cheap to clone. Delta lists, indirect lists and lists for some reasons only are not
/// read.
#[derive(Clone)]
pub struct Crl(Arc<Inner>);

struct Inner {
    der: Vec<u8>,
    signed: Signed,
    issuer: Vec<u8>,
    issuer_text: String,
    this_update_ms: i64,
    next_update_ms: i64,
    entries: Entries,
    extensions: CrlExtensions,
    verified: Verified<()>,
}

/// Which kind of certificates a list holds (RFC 5280, 5.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scope {
    /// All.
    #[default]
    All,
    /// End certificates: onlyContainsUserCerts.
    UserCertificates,
    /// Certificates of authorities: onlyContainsCACerts.
    Authorities,
}

#[derive(Default)]
struct CrlExtensions {
    authority_key: Option<Vec<u8>>,
    number: Option<Vec<u8>>,
    scope: Scope,
    /// DER of the names of its distribution point; empty when it is the issuer's only list.
    points: Vec<Vec<u8>>,
    /// The addresses among them.
    urls: Vec<String>,
    expired_since_ms: Option<i64>,
}

impl Crl {
    /// Reads the DER of a list of version 1 or 2, at most 16 MiB. Nothing is verified yet.
    ///
    /// Takes `n log n` for `n` entries.
    ///
    /// # Errors
    /// [`RevocationError::DeltaCrl`], [`IndirectCrl`](RevocationError::IndirectCrl),
    /// [`PartialCrl`](RevocationError::PartialCrl) and
    /// [`UnknownCritical`](RevocationError::UnknownCritical) for lists that do not answer
    /// alone, and those of the bytes.
    pub fn from_der(der: &[u8]) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        if der.len() > LIMIT {
            let (what, limit) = (WHAT, LIMIT);
            return Err(PkiError::TooLarge { what, limit }.into());
        }
        let outer = CertificateList::from_der(der).map_err(bad)?;
        let tbs: TbsCertList = outer.tbs.decode_as().map_err(bad)?;
        if tbs.algorithm != outer.algorithm {
            let reason = "it names two signature algorithms";
            return Err(RevocationError::malformed(WHAT, reason));
        }
        match (tbs.version, &tbs.extensions) {
            (Some(1), _) | (None, None) => {}
            _ => return Err(RevocationError::malformed(WHAT, "its version")),
        }
        let next = tbs
            .next_update
            .ok_or(PkiError::Missing("next update of the revocation list"))?;
        let (this_update_ms, next_update_ms) = (to_ms(tbs.this_update), to_ms(next));
        if next_update_ms < this_update_ms {
            let reason = "it ends before it begins";
            return Err(RevocationError::malformed(WHAT, reason));
        }
        let extensions = CrlExtensions::read(tbs.extensions.as_deref().unwrap_or_default())?;
        let issuer = element(tbs.issuer);
        name::common_name(&issuer)?;
        Ok(Self(Arc::new(Inner {
            der: der.to_vec(),
            signed: Signed::read(WHAT, outer.tbs, outer.algorithm, outer.signature)?,
            issuer_text: name::display(&issuer),
            issuer,
            this_update_ms,
            next_update_ms,
            entries: Entries::read(tbs.revoked.as_deref().unwrap_or_default())?,
            extensions,
            verified: Verified::default(),
        })))
    }

    /// The bytes.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0.der
    }

    /// The issuer as people read it, the most special part first (RFC 4514).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer_text
    }

    /// When it was made (RFC 5280, 5.1.2.4), unix milliseconds.
    #[must_use]
    pub fn this_update_ms(&self) -> i64 {
        self.0.this_update_ms
    }

    /// When the next one is there at the latest (RFC 5280, 5.1.2.5), unix milliseconds.
    #[must_use]
    pub fn next_update_ms(&self) -> i64 {
        self.0.next_update_ms
    }

    /// `cRLNumber`, big-endian without leading zeros (RFC 5280, 5.2.3).
    #[must_use]
    pub fn number(&self) -> Option<&[u8]> {
        self.0.extensions.number.as_deref()
    }

    /// Which kind of certificates it holds.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.extensions.scope
    }

    /// The addresses of its distribution point (RFC 5280, 5.2.5). When it has a point, it
    /// holds only certificates that name it.
    #[must_use]
    pub fn distribution_points(&self) -> &[String] {
        &self.0.extensions.urls
    }

    /// How many certificates are on it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.entries.rows.len()
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.entries.rows.is_empty()
    }

    /// The entry with this serial number, big-endian; leading zeros do not count.
    #[must_use]
    pub fn revoked(&self, serial: &[u8]) -> Option<Revoked> {
        self.0.entries.find(serial)
    }

    /// Checks that `issuer` has made it: name, key identifier, key usage and signature
    /// (RFC 5280, 6.3.3 (f) and (g)). Whether the issuer itself can be trusted is path
    /// validation's question.
    ///
    /// What comes out is remembered.
    pub fn verify(&self, issuer: &Certificate) -> Result<(), RevocationError> {
        self.0.verified.by(issuer, || self.verify_now(issuer))
    }

    fn verify_now(&self, issuer: &Certificate) -> Result<(), RevocationError> {
        let name = || issuer.subject().to_owned();
        if !name::same(&self.0.issuer, issuer.subject_der()) {
            return Err(RevocationError::OtherIssuer {
                what: WHAT,
                found: self.issuer().to_owned(),
                wanted: name(),
            });
        }
        let extensions = issuer.extensions();
        let (wanted, key) = (&self.0.extensions.authority_key, &extensions.subject_key);
        if wanted.is_some() && key.is_some() && wanted != key {
            let (what, issuer) = (WHAT, name());
            return Err(RevocationError::OtherKey { what, issuer });
        }
        if extensions.key_usage.is_some_and(|usage| !usage.crl_sign()) {
            return Err(RevocationError::NoCrlSign(name()));
        }
        Ok(self.0.signed.verify(issuer.spki())?)
    }

    /// Whether it is the one to be used at `at_ms`: between this and next update.
    ///
    /// # Errors
    /// [`RevocationError::FromFuture`] or [`Stale`](RevocationError::Stale).
    pub fn check_current(&self, at_ms: i64) -> Result<(), RevocationError> {
        let (what, this_ms) = (WHAT, self.this_update_ms());
        if at_ms < this_ms {
            return Err(RevocationError::FromFuture {
                what,
                this_ms,
                at_ms,
            });
        }
        self.check_reaches(at_ms)
    }

    /// Whether this certificate would be on it if it were revoked (RFC 5280, 6.3.3 (b)).
    ///
    /// # Errors
    /// [`RevocationError::OtherIssuer`] or [`OutOfScope`](RevocationError::OutOfScope).
    pub fn check_covers(&self, certificate: &Certificate) -> Result<(), RevocationError> {
        if !name::same(&self.0.issuer, certificate.issuer_der()) {
            return Err(RevocationError::OtherIssuer {
                what: WHAT,
                found: self.issuer().to_owned(),
                wanted: certificate.issuer().to_owned(),
            });
        }
        match (self.scope(), certificate.is_ca()) {
            (Scope::UserCertificates, true) => {
                return Err(RevocationError::out_of_scope(
                    "end certificates",
                    certificate,
                ));
            }
            (Scope::Authorities, false) => {
                return Err(RevocationError::out_of_scope("authorities", certificate));
            }
            _ => {}
        }
        let points = &self.0.extensions.points;
        let theirs = &certificate.extensions().crl_points;
        if points.is_empty() || points.iter().any(|point| theirs.contains(point)) {
            return Ok(());
        }
        let url = self.distribution_points().first();
        let url = url.map_or("a point without address", String::as_str);
        Err(RevocationError::out_of_scope(url, certificate))
    }

    /// Whether no newer list was due at `at_ms`.
    pub(super) fn check_reaches(&self, at_ms: i64) -> Result<(), RevocationError> {
        let (what, next_ms) = (WHAT, self.next_update_ms());
        if at_ms <= next_ms {
            return Ok(());
        }
        Err(RevocationError::Stale {
            what,
            next_ms,
            at_ms,
        })
    }

    /// Whether the certificate could still be on it: made before the certificate expired,
    /// or by an issuer that says that it keeps expired ones (ITU-T X.509, 9.5.2.8).
    ///
    /// # Errors
    /// [`RevocationError::AfterExpiry`].
    pub fn check_remembers(&self, certificate: &Certificate) -> Result<(), RevocationError> {
        let end_ms = certificate.not_after().saturating_mul(1000);
        let kept = self.0.extensions.expired_since_ms;
        if self.this_update_ms() <= end_ms || kept.is_some_and(|since| since <= end_ms) {
            return Ok(());
        }
        Err(RevocationError::AfterExpiry {
            what: WHAT,
            this_ms: self.this_update_ms(),
            serial: certificate.serial_hex(),
        })
    }
}

impl PartialEq for Crl {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.der == other.0.der
    }
}

impl Eq for Crl {}

impl fmt::Debug for Crl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crl({}, {} entries)", self.issuer(), self.len())
    }
}

impl CrlExtensions {
    fn read(list: &[Extension]) -> Result<Self, RevocationError> {
        check_extensions(WHAT, list)?;
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        let mut read = Self::default();
        for one in list {
            let value = one.value.as_bytes();
            match one.id {
                oid::AUTHORITY_KEY_IDENTIFIER => {
                    let key = AuthorityKeyIdentifier::from_der(value).map_err(bad)?;
                    let key = key.key_identifier;
                    read.authority_key = key.map(|key| key.as_bytes().to_vec());
                }
                oid::CRL_NUMBER => {
                    let number = UintRef::from_der(value).map_err(bad)?;
                    read.number = Some(number.as_bytes().to_vec());
                }
                oid::EXPIRED_CERTS_ON_CRL => {
                    read.expired_since_ms = Some(generalized(value).map_err(bad)?);
                }
                oid::DELTA_CRL_INDICATOR => return Err(RevocationError::DeltaCrl),
                oid::ISSUING_DISTRIBUTION_POINT => {
                    read.point(IssuingDistributionPoint::from_der(value).map_err(bad)?)?;
                }
                _ => pass_over(WHAT, one)?,
            }
        }
        Ok(read)
    }

    fn point(&mut self, point: IssuingDistributionPoint) -> Result<(), RevocationError> {
        if point.indirect_crl {
            return Err(RevocationError::IndirectCrl);
        }
        if point.only_some_reasons.is_some() {
            return Err(RevocationError::PartialCrl("some reasons"));
        }
        if point.only_contains_attribute_certs {
            return Err(RevocationError::PartialCrl("attribute certificates"));
        }
        self.scope = match (point.only_contains_user_certs, point.only_contains_ca_certs) {
            (false, false) => Scope::All,
            (true, false) => Scope::UserCertificates,
            (false, true) => Scope::Authorities,
            (true, true) => {
                let reason = "it holds two kinds of certificates only";
                return Err(RevocationError::malformed(WHAT, reason));
            }
        };
        match point.distribution_point {
            None => {}
            Some(DistributionPointName::FullName(names)) => {
                self.points = extensions::encoded(&names);
                self.urls = names.into_iter().filter_map(extensions::url).collect();
                if self.points.is_empty() {
                    return Err(RevocationError::PartialCrl("a point without name"));
                }
            }
            Some(DistributionPointName::NameRelativeToCRLIssuer(_)) => {
                return Err(RevocationError::PartialCrl(
                    "a point named relative to its issuer",
                ));
            }
        }
        Ok(())
    }
}

/// All entries in the order of their serial numbers, the numbers one after the other.
#[derive(Default)]
struct Entries {
    rows: Vec<Row>,
    serials: Vec<u8>,
}

struct Row {
    start: usize,
    length: u8,
    reason: Reason,
    at_ms: i64,
    invalid_since_ms: Option<i64>,
}

impl Entries {
    fn read(list: &[AnyRef]) -> Result<Self, RevocationError> {
        let bad = |e: der::Error| RevocationError::malformed(WHAT, &e);
        let mut read = Self::default();
        for entry in list {
            let entry: RevokedCertificate = entry.decode_as().map_err(bad)?;
            let extensions = entry.extensions.as_deref().unwrap_or_default();
            let said = EntryExtensions::read(WHAT, extensions)?;
            let serial = entry.serial.as_bytes();
            let length = u8::try_from(serial.len()).ok();
            let length = length.filter(|length| usize::from(*length) <= SERIAL);
            let (what, limit) = ("serial number on a revocation list", SERIAL);
            read.rows.push(Row {
                start: read.serials.len(),
                length: length.ok_or(PkiError::TooLarge { what, limit })?,
                reason: said.reason.unwrap_or_default(),
                at_ms: to_ms(entry.date),
                invalid_since_ms: said.invalid_since_ms,
            });
            read.serials.extend_from_slice(serial);
        }
        let Self { rows, serials } = &mut read;
        rows.sort_unstable_by(|one, two| one.serial(serials).cmp(two.serial(serials)));
        let twice = |pair: &[Row]| pair[0].serial(serials) == pair[1].serial(serials);
        if rows.windows(2).any(twice) {
            let reason = "a certificate is on it twice";
            return Err(RevocationError::malformed(WHAT, reason));
        }
        Ok(read)
    }

    fn find(&self, serial: &[u8]) -> Option<Revoked> {
        let serial = significant(serial);
        let at = self
            .rows
            .binary_search_by(|row| row.serial(&self.serials).cmp(serial));
        let row = &self.rows[at.ok()?];
        Some(Revoked {
            at_ms: row.at_ms,
            reason: row.reason,
            invalid_since_ms: row.invalid_since_ms,
        })
    }
}

impl Row {
    fn serial<'a>(&self, serials: &'a [u8]) -> &'a [u8] {
        &serials[self.start..self.start + usize::from(self.length)]
    }
}

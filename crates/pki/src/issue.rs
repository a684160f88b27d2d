//! Issuing: first the bytes to be signed, which are journaled, then the signature.

use crypto::{Hash, Signer, Suite, digest};
use der::{
    Decode,
    asn1::{AnyRef, UintRef},
};
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use x509_cert::time::Validity;

use crate::{
    Addresses, Certificate, Name, PkiError, Profile,
    algorithm::SignatureAlgorithm,
    certificate::{element, seconds},
    encode,
    extensions::extension,
    oid,
};

const TBS: &str = "certificate to be signed";

/// A certificate that shall be issued.
#[derive(Debug, Clone)]
pub struct CertificateRequest<'a> {
    /// Whose certificate it is.
    pub subject: &'a Name,
    /// DER of the `SubjectPublicKeyInfo`.
    pub spki: &'a [u8],
    /// Serial number, unsigned big-endian; not zero.
    pub serial: [u8; 16],
    /// First second of the validity, unix time.
    pub not_before: i64,
    /// Last second of the validity, unix time.
    pub not_after: i64,
    /// What it is for.
    pub profile: &'a Profile,
}

/// The DER of the `TBSCertificate` (RFC 5280, 4.1.2), to be journaled and then given
/// to [`sign_tbs`].
///
/// `issuer` is the certificate of the authority that will sign, `None` for a self
/// signed root; `suite` is the suite of its key.
///
/// # Errors
/// [`PkiError::Request`] says what in the request is wrong.
pub fn tbs(
    request: &CertificateRequest,
    issuer: Option<&Certificate>,
    suite: Suite,
) -> Result<Vec<u8>, PkiError> {
    tbs_published(request, issuer, suite, &Addresses::default())
}

/// Like [`tbs`], with the addresses under which the issuer publishes; those that the
/// profile names are in the certificate.
///
/// # Errors
/// As there.
pub fn tbs_published(
    request: &CertificateRequest,
    issuer: Option<&Certificate>,
    suite: Suite,
    addresses: &Addresses,
) -> Result<Vec<u8>, PkiError> {
    let wrong = |reason: &str| Err(PkiError::Request(reason.to_owned()));
    if request.serial == [0; 16] {
        return wrong("the serial number is zero");
    }
    if request.not_after < request.not_before {
        return wrong("the validity ends before it begins");
    }
    if issuer.is_some_and(|issuer| !issuer.is_ca()) {
        return wrong("the issuer is not a certificate authority");
    }
    if issuer.is_none() && *request.profile != Profile::Root {
        return wrong("only a root signs itself");
    }
    let dates = (
        encode::time(request.not_before),
        encode::time(request.not_after),
    );
    let (Some(not_before), Some(not_after)) = dates else {
        return wrong("a date lies outside of the years 1970 to 9999");
    };
    let subject = request.subject.to_der()?;
    let key = key_identifier(request.spki, suite.hash())?;
    let authority = match issuer {
        Some(issuer) => issuer.extensions().subject_key.clone(),
        None => Some(key.clone()),
    };
    let mut extensions = request.profile.extensions();
    let key = encode::octet_string(&key);
    extensions.extend(extension(oid::SUBJECT_KEY_IDENTIFIER, false, &key));
    if let Some(authority) = authority {
        let identifier = encode::sequence(&[&encode::tlv(0x80, &[&authority])]);
        extensions.extend(extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &identifier));
    }
    extensions.extend(addresses.extensions(request.profile)?);
    Ok(encode::sequence(&[
        &encode::tlv(0xa0, &[&encode::integer(&[2])]),
        &encode::integer(&request.serial),
        &SignatureAlgorithm::of(suite).to_der(),
        issuer.map_or(&subject, |issuer| issuer.subject_der()),
        &encode::sequence(&[&not_before, &not_after]),
        &subject,
        request.spki,
        &encode::tlv(0xa3, &[&encode::sequence(&[&extensions])]),
    ]))
}

/// Signs the bytes of [`tbs`] with the authority's key.
///
/// # Errors
/// [`PkiError::Algorithm`] when `tbs` was laid out for another suite, the key's error,
/// or [`PkiError::Malformed`] when these bytes are no certificate.
pub fn sign_tbs(tbs: &[u8], signer: &dyn Signer) -> Result<Certificate, PkiError> {
    let algorithm = SignatureAlgorithm::of(signer.suite());
    if named_algorithm(tbs)? != algorithm {
        return Err(PkiError::Algorithm(format!(
            "{} for this certificate",
            signer.suite().name()
        )));
    }
    signed_tbs(tbs, &signer.sign(tbs)?)
}

/// The certificate of the bytes of [`tbs`] and a signature that was made before. The
/// signature is not verified.
///
/// # Errors
/// [`PkiError::Malformed`] when these bytes are no certificate.
pub fn signed_tbs(tbs: &[u8], signature: &[u8]) -> Result<Certificate, PkiError> {
    let algorithm = named_algorithm(tbs)?;
    let der = encode::sequence(&[tbs, &algorithm.to_der(), &encode::bit_string(signature)]);
    Certificate::from_der(&der)
}

/// Whether the bytes of [`tbs`] name this authority as their issuer; bytes of any other
/// form name nobody.
#[must_use]
pub fn names_issuer(tbs: &[u8], issuer: &Certificate) -> bool {
    named(tbs).is_ok_and(|named| element(named.issuer) == issuer.subject_der())
}

/// The first second of validity in the bytes of [`tbs`], unix time.
///
/// # Errors
/// [`PkiError::Malformed`] when they are of another form.
pub fn begins(tbs: &[u8]) -> Result<i64, PkiError> {
    Ok(seconds(validity(tbs)?.not_before))
}

/// The last second of validity in the bytes of [`tbs`], unix time.
///
/// # Errors
/// As [`begins`].
pub fn ends(tbs: &[u8]) -> Result<i64, PkiError> {
    Ok(seconds(validity(tbs)?.not_after))
}

fn validity(tbs: &[u8]) -> Result<Validity, PkiError> {
    let named = named(tbs).and_then(|named| named.validity.decode_as::<Validity>());
    named.map_err(|e| PkiError::malformed(TBS, &e))
}

/// The algorithm inside of a `TBSCertificate`, read before anything is signed.
fn named_algorithm(tbs: &[u8]) -> Result<SignatureAlgorithm, PkiError> {
    let named = named(tbs).map_err(|e| PkiError::malformed(TBS, &e))?;
    SignatureAlgorithm::read(named.algorithm)
}

/// The begin of a `TBSCertificate`.
struct Named<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    issuer: AnyRef<'a>,
    validity: AnyRef<'a>,
}

fn named(tbs: &[u8]) -> der::Result<Named<'_>> {
    AnyRef::from_der(tbs)?.sequence(|reader| {
        use der::Reader;
        let _version: AnyRef = reader.decode()?;
        let _serial: UintRef = reader.decode()?;
        let named = Named {
            algorithm: reader.decode()?,
            issuer: reader.decode()?,
            validity: reader.decode()?,
        };
        while !reader.is_finished() {
            let _rest: AnyRef = reader.decode()?;
        }
        Ok::<_, der::Error>(named)
    })
}

/// The first 160 bits of a digest of the key (RFC 7093, method 1, with the suite's
/// hash).
pub(crate) fn key_identifier(spki: &[u8], hash: Hash) -> Result<Vec<u8>, PkiError> {
    let key = SubjectPublicKeyInfoRef::from_der(spki)
        .map_err(|e| PkiError::malformed("public key", &e))?;
    Ok(digest(hash, key.subject_public_key.raw_bytes()).as_bytes()[..20].to_vec())
}

/// A serial number from random bytes: positive and without leading zeros in DER.
#[must_use]
pub fn serial_number(mut random: [u8; 16]) -> [u8; 16] {
    random[0] = random[0] & 0x7f | 0x40;
    random
}

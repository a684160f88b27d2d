//! Object identifiers: ours, in one place, and those of the standards.
//!
//! Ours lie under `2.25.<UUID>` (ITU-T X.667) with the UUID
//! `d4d07ba3-5224-47ef-a5de-5764dcbd2985`. Their ASN.1 is published in
//! `docs/event-certificate.md`.

use std::{cmp::Ordering, fmt};

use const_oid::ObjectIdentifier;
use der::{
    DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, ValueOrd, Writer, asn1::AnyRef,
};

/// Longest identifier that we read, in bytes.
const LIMIT: usize = 64;

/// An object identifier by its encoding. Unlike the libraries' type it has room for
/// an arc of 128 bits, which a UUID needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// The content bytes of the encoding.
    #[must_use]
    pub fn as_bytes(self) -> &'a [u8] {
        self.0
    }

    /// From content bytes that were read as an identifier before.
    pub(crate) fn from_content(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }
}

macro_rules! standard {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        pub const $name: Oid<'static> = {
            const WHOLE: &ObjectIdentifier = &ObjectIdentifier::new_unwrap($text);
            Oid(WHOLE.as_bytes())
        };
    )*};
}

macro_rules! ours {
    ($($(#[$doc:meta])* $name:ident = $($arc:literal).+;)*) => {$(
        $(#[$doc])*
        pub const $name: Oid<'static> = Oid(&[
            0x69, 0x83, 0xa9, 0xd0, 0xbd, 0xe8, 0xea, 0xa2, 0xa2, 0x9f, 0xdf, 0xa5, 0xef, 0x95,
            0xec, 0xcd, 0xe5, 0xf4, 0xd3, 0x05, $($arc),+
        ]);
    )*};
}

ours! {
    /// Certificate extension that binds an event certificate to its act.
    EVENT_BINDING_EXTENSION = 1;
    /// CMS signed attribute that binds a signature of a lasting key to its act.
    EVENT_BINDING_ATTRIBUTE = 2;
    /// Certificate policy: a key for one act.
    EVENT_POLICY = 3 . 1;
    /// Certificate policy: an enterprise with a lasting key.
    ENTERPRISE_POLICY = 3 . 2;
    /// Policy of certificates and tokens of the timestamp authority.
    TIMESTAMP_POLICY = 3 . 3;
    /// Certificate policy: a person with a lasting key.
    PERSON_POLICY = 3 . 4;
    /// Certificate policy: a maker of electronic seals.
    SEAL_MAKER_POLICY = 3 . 5;
    /// Certificate policy: the key of the ledger's checkpoints.
    LOG_POLICY = 3 . 6;
    /// Extended key usage: signing the checkpoints of a ledger.
    LOG_SIGNING = 4 . 1;
}

/// Where the practice statement of our certificate policies is named (RFC 3061).
pub const PRACTICE_STATEMENT: &str = "urn:oid:2.25.282878840528970780026491239474396998021.3";

standard! {
    /// GB/T 35275 data.
    SM2_DATA = "1.2.156.10197.6.1.4.2.1";
    /// GB/T 35275 signedData.
    SM2_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2";
    /// X.520 commonName.
    COMMON_NAME = "2.5.4.3";
    /// X.520 serialNumber.
    SERIAL_NUMBER = "2.5.4.5";
    /// X.520 countryName.
    COUNTRY = "2.5.4.6";
    /// X.520 organizationName.
    ORGANIZATION = "2.5.4.10";

    /// RFC 5280, 4.2.1.2.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// RFC 5280, 4.2.1.3.
    KEY_USAGE = "2.5.29.15";
    /// RFC 5280, 4.2.1.6. Read, not evaluated: no names are looked up here.
    SUBJECT_ALTERNATIVE_NAME = "2.5.29.17";
    /// RFC 5280, 4.2.1.9.
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// RFC 5280, 4.2.1.4.
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// The policy that stands for all (RFC 5280, 4.2.1.4).
    ANY_POLICY = "2.5.29.32.0";
    /// RFC 5280, policyMappings.
    POLICY_MAPPINGS = "2.5.29.33";
    /// RFC 5280, policyConstraints.
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// RFC 5280, inhibitAnyPolicy.
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// Qualifier: pointer to the practice statement.
    CPS_POINTER = "1.3.6.1.5.5.7.2.1";
    /// RFC 5280, 4.2.1.1.
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// RFC 5280, 4.2.1.12.
    EXTENDED_KEY_USAGE = "2.5.29.37";
    /// RFC 5280, 4.2.1.13.
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// RFC 5280, 4.2.2.1.
    AUTHORITY_INFORMATION_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// RFC 9608: there will be no revocation information.
    NO_REVOCATION_AVAILABLE = "2.5.29.56";

    /// RFC 5280, 5.2.3.
    CRL_NUMBER = "2.5.29.20";
    /// RFC 5280, 5.3.1.
    REASON_CODE = "2.5.29.21";
    /// RFC 5280, 5.3.2.
    INVALIDITY_DATE = "2.5.29.24";
    /// RFC 5280, 5.2.4.
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// RFC 5280, 5.2.5.
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// RFC 5280, 5.3.3. In indirect lists only.
    CERTIFICATE_ISSUER = "2.5.29.29";
    /// ITU-T X.509, 9.5.2.8: since when the list keeps expired certificates.
    EXPIRED_CERTS_ON_CRL = "2.5.29.60";

    /// Access method and base of all of OCSP (RFC 6960, 4.1.1).
    OCSP = "1.3.6.1.5.5.7.48.1";
    /// Access method: the issuer's certificate (RFC 5280, 4.2.2.1).
    CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    /// RFC 6960, 4.2.1.
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    /// RFC 9654, 2.1.
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    /// RFC 6960, 4.2.2.2.1.
    OCSP_NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
    /// RFC 6960, 4.4.4.
    OCSP_ARCHIVE_CUTOFF = "1.3.6.1.5.5.7.48.1.6";
    /// Extended key usage of a delegated responder (RFC 6960, 4.2.2.2).
    OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";

    /// Any purpose.
    ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    /// RFC 9336.
    DOCUMENT_SIGNING = "1.3.6.1.5.5.7.3.36";
    /// Mail; commonly put into certificates that sign documents.
    EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// Attribute of a certification request (RFC 2985, 5.4.2).
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

    /// A viewer maker's document signing.
    AUTHENTIC_DOCUMENTS = "1.2.840.113583.1.1.5";
    /// An office maker's document signing.
    OFFICE_DOCUMENT_SIGNING = "1.3.6.1.4.1.311.10.3.12";
    /// RFC 3161, 2.3.
    TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

    /// RFC 5652, 4.
    DATA = "1.2.840.113549.1.7.1";
    /// RFC 5652, 5.1.
    SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// RFC 3161, 2.4.2.
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    /// RFC 5652, 11.1.
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// RFC 5652, 11.2.
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// RFC 2634, 5.4; it names by SHA-1.
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    /// RFC 5035, 3.
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    /// RFC 3161, appendix A.
    TIMESTAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
}

impl fmt::Display for Oid<'_> {
    /// Dotted; an arc beyond 128 bits is shown as `?`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut arc = Some(0u128);
        for byte in self.0 {
            arc = arc
                .and_then(|arc| arc.checked_mul(128))
                .map(|arc| arc | u128::from(byte & 0x7f));
            if byte & 0x80 != 0 {
                continue;
            }
            match (first, arc) {
                (true, Some(both)) => write!(
                    f,
                    "{}.{}",
                    (both / 40).min(2),
                    both - 40 * (both / 40).min(2)
                )?,
                (false, Some(arc)) => write!(f, ".{arc}")?,
                (_, None) => f.write_str(".?")?,
            }
            first = false;
            arc = Some(0);
        }
        Ok(())
    }
}

impl FixedTag for Oid<'_> {
    const TAG: Tag = Tag::ObjectIdentifier;
}

impl<'a> DecodeValue<'a> for Oid<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let bytes = reader.read_slice(header.length())?;
        let ends = bytes.last().is_some_and(|last| last & 0x80 == 0);
        // An arc must not begin with a padding byte (X.690, 8.19.2).
        let padded = bytes
            .iter()
            .zip(std::iter::once(&0).chain(bytes))
            .any(|(byte, before)| *byte == 0x80 && before & 0x80 == 0);
        if bytes.len() > LIMIT || !ends || padded {
            return Err(reader.error(Tag::ObjectIdentifier.value_error()));
        }
        Ok(Self(bytes))
    }
}

impl EncodeValue for Oid<'_> {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}

impl ValueOrd for Oid<'_> {
    fn value_cmp(&self, other: &Self) -> der::Result<Ordering> {
        Ok(self.0.cmp(other.0))
    }
}

impl<'a> TryFrom<AnyRef<'a>> for Oid<'a> {
    type Error = der::Error;

    fn try_from(any: AnyRef<'a>) -> der::Result<Self> {
        any.decode_as()
    }
}

#[cfg(test)]
mod tests {
    use der::Decode;

    use super::*;

    #[test]
    fn identifiers_are_shown_dotted() {
        assert_eq!(SIGNED_DATA.to_string(), "1.2.840.113549.1.7.2");
        assert_eq!(BASIC_CONSTRAINTS.to_string(), "2.5.29.19");
        assert_eq!(
            format!("urn:oid:{EVENT_POLICY}"),
            format!("{PRACTICE_STATEMENT}.1")
        );
    }

    #[test]
    fn a_padded_or_unfinished_arc_is_refused() {
        assert!(Oid::from_der(&[6, 3, 0x55, 0x1d, 0x13]).is_ok());
        assert!(Oid::from_der(&[6, 4, 0x55, 0x1d, 0x80, 0x13]).is_err());
        assert!(Oid::from_der(&[6, 3, 0x55, 0x1d, 0x93]).is_err());
        assert!(Oid::from_der(&[6, 0]).is_err());
    }
}

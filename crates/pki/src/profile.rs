//! Which extensions a certificate gets. The table is in `docs/event-certificate.md`.

use crate::{
    EventBinding,
    encode::{self, IA5_STRING, NULL, TRUE},
    extensions::extension,
    oid::{self, Oid},
};

/// What a certificate is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Profile {
    /// The trust anchor; issues authorities.
    Root,
    /// An authority that issues end certificates only.
    Issuing,
    /// A key that signs one act: bound to it, short-lived, never revoked.
    Event(EventBinding),
    /// A lasting key of a company, for seals.
    Enterprise,
    /// The timestamp authority.
    Tsa,
    /// A responder that says for its issuer what was revoked, and is itself not asked
    /// about: keep its validity short (RFC 6960, 4.2.2.2).
    OcspResponder,
}

const DIGITAL_SIGNATURE: u8 = 0;
const NON_REPUDIATION: u8 = 1;
const KEY_CERT_SIGN: u8 = 5;
const CRL_SIGN: u8 = 6;

impl Profile {
    /// All extensions but the two key identifiers, encoded, in order.
    pub(crate) fn extensions(&self) -> Vec<u8> {
        let mut all = Vec::new();
        if let Some(constraints) = self.basic_constraints() {
            all.extend(extension(oid::BASIC_CONSTRAINTS, true, &constraints));
        }
        all.extend(extension(
            oid::KEY_USAGE,
            true,
            &encode::named_bits(self.key_usage()),
        ));
        let (purposes, critical) = self.purposes();
        if !purposes.is_empty() {
            let purposes: Vec<u8> = purposes
                .iter()
                .flat_map(|purpose| encode::oid(*purpose))
                .collect();
            let purposes = encode::sequence(&[&purposes]);
            all.extend(extension(oid::EXTENDED_KEY_USAGE, critical, &purposes));
        }
        if let Some(policy) = self.policy() {
            all.extend(extension(
                oid::CERTIFICATE_POLICIES,
                false,
                &policies(policy),
            ));
        }
        if *self == Self::OcspResponder {
            all.extend(extension(oid::OCSP_NO_CHECK, false, NULL));
        }
        if let Self::Event(binding) = self {
            all.extend(extension(oid::NO_REVOCATION_AVAILABLE, false, NULL));
            all.extend(extension(
                oid::EVENT_BINDING_EXTENSION,
                false,
                &binding.to_der(),
            ));
        }
        all
    }

    fn basic_constraints(&self) -> Option<Vec<u8>> {
        match self {
            Self::Root => Some(encode::sequence(&[TRUE])),
            Self::Issuing => Some(encode::sequence(&[TRUE, &encode::integer(&[0])])),
            Self::Event(_) | Self::Enterprise | Self::Tsa | Self::OcspResponder => None,
        }
    }

    fn key_usage(&self) -> &'static [u8] {
        match self {
            Self::Root | Self::Issuing => &[KEY_CERT_SIGN, CRL_SIGN],
            Self::Event(_) | Self::Enterprise => &[DIGITAL_SIGNATURE, NON_REPUDIATION],
            Self::Tsa | Self::OcspResponder => &[DIGITAL_SIGNATURE],
        }
    }

    /// The extended key usages and whether they are critical (RFC 3161, 2.3 demands it).
    ///
    /// Document signing is what the keys are for (RFC 9336). NSS, by which Poppler and
    /// the viewers on top of it judge certificates, does not know it and calls nobody
    /// trusted who may not sign mail.
    fn purposes(&self) -> (&'static [Oid<'static>], bool) {
        match self {
            Self::Root | Self::Issuing => (&[], false),
            Self::Event(_) | Self::Enterprise => {
                (&[oid::DOCUMENT_SIGNING, oid::EMAIL_PROTECTION], false)
            }
            Self::Tsa => (&[oid::TIME_STAMPING], true),
            Self::OcspResponder => (&[oid::OCSP_SIGNING], false),
        }
    }

    fn policy(&self) -> Option<Oid<'static>> {
        match self {
            Self::Root | Self::OcspResponder => None,
            Self::Issuing => Some(oid::ANY_POLICY),
            Self::Event(_) => Some(oid::EVENT_POLICY),
            Self::Enterprise => Some(oid::ENTERPRISE_POLICY),
            Self::Tsa => Some(oid::TIMESTAMP_POLICY),
        }
    }
}

/// One policy with a pointer to the practice statement (RFC 5280, 4.2.1.4).
fn policies(policy: Oid) -> Vec<u8> {
    let pointer = encode::sequence(&[
        &encode::oid(oid::CPS_POINTER),
        &encode::tlv(IA5_STRING, &[oid::PRACTICE_STATEMENT.as_bytes()]),
    ]);
    let information = encode::sequence(&[&encode::oid(policy), &encode::sequence(&[&pointer])]);
    encode::sequence(&[&information])
}

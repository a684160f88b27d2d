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
    /// A lasting key of a person.
    Person,
    /// A lasting key of a company, for seals.
    Enterprise,
    /// A key that makes electronic seals (GB/T 38540), and stamps nothing itself.
    SealMaker,
    /// The timestamp authority.
    Tsa,
    /// A responder that says for its issuer what was revoked, and is itself not asked
    /// about: keep its validity short (RFC 6960, 4.2.2.2).
    OcspResponder,
    /// The key that signs the ledger's checkpoints.
    Log,
}

/// What all certificates of a profile have in common.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Declaration {
    pub(crate) name: &'static str,
    pub(crate) level: Level,
    /// Named bits, ascending.
    pub(crate) key_usage: &'static [u8],
    /// The extended key usages and whether they are critical (RFC 3161, 2.3 demands it).
    ///
    /// Document signing is what the keys are for (RFC 9336). NSS, by which Poppler and
    /// the viewers on top of it judge certificates, does not know it and calls nobody
    /// trusted who may not sign mail.
    pub(crate) purposes: (&'static [Oid<'static>], bool),
    pub(crate) policy: Option<Oid<'static>>,
    pub(crate) asked: Asked,
    /// Longest validity, in seconds.
    pub(crate) longest: i64,
}

/// What is issued with a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Level {
    /// No certificates.
    End,
    /// Any certificates.
    Root,
    /// End certificates.
    Issuing,
}

/// How one learns whether a certificate was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Nowhere: an anchor is trusted, or it is not.
    Anchor,
    /// It never is, and says so (RFC 9608).
    Never,
    /// It is not asked about, and says so (RFC 6960, 4.2.2.2.1).
    NoCheck,
    /// On its issuer's list.
    List,
    /// On its issuer's list, or its responder tells.
    Responder,
}

const DIGITAL_SIGNATURE: u8 = 0;
const NON_REPUDIATION: u8 = 1;
const KEY_CERT_SIGN: u8 = 5;
const CRL_SIGN: u8 = 6;

const AUTHORITY_KEY: &[u8] = &[KEY_CERT_SIGN, CRL_SIGN];
const SIGNER_KEY: &[u8] = &[DIGITAL_SIGNATURE, NON_REPUDIATION];
const SERVICE_KEY: &[u8] = &[DIGITAL_SIGNATURE];
const DOCUMENTS: &[Oid<'static>] = &[oid::DOCUMENT_SIGNING, oid::EMAIL_PROTECTION];
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// With its leap days.
const YEAR: i64 = 366 * DAY;

pub(crate) const ROOT: Declaration = Declaration {
    name: "root",
    level: Level::Root,
    key_usage: AUTHORITY_KEY,
    purposes: (&[], false),
    policy: None,
    asked: Asked::Anchor,
    longest: 30 * YEAR,
};
pub(crate) const ISSUING: Declaration = Declaration {
    name: "issuing",
    level: Level::Issuing,
    policy: Some(oid::ANY_POLICY),
    asked: Asked::List,
    longest: 15 * YEAR,
    ..ROOT
};
pub(crate) const ENTERPRISE: Declaration = Declaration {
    name: "enterprise",
    level: Level::End,
    key_usage: SIGNER_KEY,
    purposes: (DOCUMENTS, false),
    policy: Some(oid::ENTERPRISE_POLICY),
    asked: Asked::Responder,
    longest: 5 * YEAR,
};
pub(crate) const EVENT: Declaration = Declaration {
    name: "event",
    policy: Some(oid::EVENT_POLICY),
    asked: Asked::Never,
    longest: HOUR,
    ..ENTERPRISE
};
pub(crate) const PERSON: Declaration = Declaration {
    name: "person",
    policy: Some(oid::PERSON_POLICY),
    ..ENTERPRISE
};
pub(crate) const SEAL_MAKER: Declaration = Declaration {
    name: "seal-maker",
    purposes: (&[oid::DOCUMENT_SIGNING], false),
    policy: Some(oid::SEAL_MAKER_POLICY),
    ..ENTERPRISE
};
pub(crate) const TSA: Declaration = Declaration {
    name: "tsa",
    key_usage: SERVICE_KEY,
    purposes: (&[oid::TIME_STAMPING], true),
    policy: Some(oid::TIMESTAMP_POLICY),
    longest: 10 * YEAR,
    ..ENTERPRISE
};
pub(crate) const OCSP_RESPONDER: Declaration = Declaration {
    name: "ocsp",
    key_usage: SERVICE_KEY,
    purposes: (&[oid::OCSP_SIGNING], false),
    policy: None,
    asked: Asked::NoCheck,
    longest: 100 * DAY,
    ..ENTERPRISE
};
pub(crate) const LOG: Declaration = Declaration {
    name: "log",
    key_usage: SERVICE_KEY,
    purposes: (&[oid::LOG_SIGNING], true),
    policy: Some(oid::LOG_POLICY),
    longest: 10 * YEAR,
    ..ENTERPRISE
};
impl Profile {
    /// Its name, such as `seal-maker`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.declaration().name
    }

    pub(crate) fn declaration(&self) -> &'static Declaration {
        match self {
            Self::Root => &ROOT,
            Self::Issuing => &ISSUING,
            Self::Event(_) => &EVENT,
            Self::Person => &PERSON,
            Self::Enterprise => &ENTERPRISE,
            Self::SealMaker => &SEAL_MAKER,
            Self::Tsa => &TSA,
            Self::OcspResponder => &OCSP_RESPONDER,
            Self::Log => &LOG,
        }
    }

    /// All extensions but the key identifiers and the addresses, encoded, in order.
    pub(crate) fn extensions(&self) -> Vec<u8> {
        let declared = self.declaration();
        let mut all = Vec::new();
        let constraints = match declared.level {
            Level::End => None,
            Level::Root => Some(encode::sequence(&[TRUE])),
            Level::Issuing => Some(encode::sequence(&[TRUE, &encode::integer(&[0])])),
        };
        if let Some(constraints) = constraints {
            all.extend(extension(oid::BASIC_CONSTRAINTS, true, &constraints));
        }
        let usage = encode::named_bits(declared.key_usage);
        all.extend(extension(oid::KEY_USAGE, true, &usage));
        let (purposes, critical) = declared.purposes;
        if !purposes.is_empty() {
            let purposes: Vec<u8> = purposes
                .iter()
                .flat_map(|purpose| encode::oid(*purpose))
                .collect();
            let purposes = encode::sequence(&[&purposes]);
            all.extend(extension(oid::EXTENDED_KEY_USAGE, critical, &purposes));
        }
        if let Some(policy) = declared.policy {
            let policies = policies(policy);
            all.extend(extension(oid::CERTIFICATE_POLICIES, false, &policies));
        }
        match declared.asked {
            Asked::NoCheck => all.extend(extension(oid::OCSP_NO_CHECK, false, NULL)),
            Asked::Never => all.extend(extension(oid::NO_REVOCATION_AVAILABLE, false, NULL)),
            Asked::Anchor | Asked::List | Asked::Responder => {}
        }
        if let Self::Event(binding) = self {
            let binding = binding.to_der();
            all.extend(extension(oid::EVENT_BINDING_EXTENSION, false, &binding));
        }
        all
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

//! A timestamp token: a signed message whose content is a `TSTInfo`.

use std::time::Duration;

use crypto::{Digest, digest};
use der::{
    Decode, Sequence,
    asn1::{AnyRef, IntRef, UintRef},
};

use super::time;
use crate::{
    Certificate, PkiError,
    algorithm::Imprint,
    cms::Message,
    oid::{self, Oid},
};

const WHAT: &str = "timestamp";

/// A timestamp token (RFC 3161, 2.4.2).
#[derive(Debug, Clone)]
pub struct Token {
    message: Message,
    imprint: Digest,
    time_ms: i64,
    serial: Vec<u8>,
    policy: String,
    accuracy: Option<Duration>,
    nonce: Option<Vec<u8>>,
}

/// ```text
/// TSTInfo ::= SEQUENCE {
///     version         INTEGER { v1(1) },
///     policy          OBJECT IDENTIFIER,
///     messageImprint  MessageImprint,
///     serialNumber    INTEGER,
///     genTime         GeneralizedTime,
///     accuracy        SEQUENCE OPTIONAL,
///     ordering        BOOLEAN DEFAULT FALSE,
///     nonce           INTEGER OPTIONAL,
///     tsa             [0] EXPLICIT GeneralName OPTIONAL,
///     extensions      [1] IMPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
struct TstInfo<'a> {
    version: u8,
    policy: Oid<'a>,
    imprint: Imprint<'a>,
    /// There are authorities whose numbers are negative.
    serial: IntRef<'a>,
    time: AnyRef<'a>,
    accuracy: Option<Accuracy<'a>>,
    #[asn1(default = "Default::default")]
    ordering: bool,
    nonce: Option<IntRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    tsa: Option<AnyRef<'a>>,
}

/// ```text
/// Accuracy ::= SEQUENCE {
///     seconds  INTEGER OPTIONAL,
///     millis   [0] INTEGER (1..999) OPTIONAL,
///     micros   [1] INTEGER (1..999) OPTIONAL }
/// ```
#[derive(Sequence)]
struct Accuracy<'a> {
    seconds: Option<UintRef<'a>>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    micros: Option<u16>,
}

impl Accuracy<'_> {
    /// None when the seconds have more than 64 bits.
    fn read(&self) -> Option<Duration> {
        let mut seconds = 0u64;
        for byte in self.seconds.iter().flat_map(UintRef::as_bytes) {
            seconds = seconds.checked_mul(256)? | u64::from(*byte);
        }
        let micros =
            u64::from(self.millis.unwrap_or(0)) * 1000 + u64::from(self.micros.unwrap_or(0));
        Duration::from_secs(seconds).checked_add(Duration::from_micros(micros))
    }
}

/// The bytes of a number, without the zero in front of a high first bit.
fn number(number: IntRef<'_>) -> &[u8] {
    match number.as_bytes() {
        [0, rest @ ..] if !rest.is_empty() => rest,
        bytes => bytes,
    }
}

impl Token {
    /// Reads the DER of a token. Nothing is verified yet. A token must carry the
    /// certificate of its authority.
    pub fn parse(der: &[u8]) -> Result<Self, PkiError> {
        Self::of(Message::parse(der)?)
    }

    /// Reads the token of another authority, as
    /// [`SignedData::parse_lenient`](crate::SignedData::parse_lenient) reads messages.
    pub fn parse_lenient(der: &[u8]) -> Result<Self, PkiError> {
        Self::of(Message::parse_lenient(der)?)
    }

    fn of(message: Message) -> Result<Self, PkiError> {
        let bad = |e: der::Error| PkiError::malformed(WHAT, &e);
        if message.content_type() != oid::TST_INFO {
            return Err(PkiError::malformed(WHAT, "its content is something else"));
        }
        let content = message
            .content()
            .ok_or(PkiError::Missing("content of the timestamp"))?;
        let info = TstInfo::from_der(content).map_err(bad)?;
        if info.version != 1 {
            return Err(PkiError::malformed(WHAT, "unknown version"));
        }
        Ok(Self {
            imprint: info.imprint.read()?,
            time_ms: time::read(info.time)?,
            serial: number(info.serial).to_vec(),
            policy: info.policy.to_string(),
            accuracy: info.accuracy.and_then(|accuracy| accuracy.read()),
            nonce: info.nonce.map(|nonce| number(nonce).to_vec()),
            message,
        })
    }

    /// Verifies that the authority stamped this digest: the imprint, the content's
    /// digest, the certificate that the attributes name, and the signature.
    ///
    /// The authority's path is another question: [`validate`](crate::validate) with
    /// [`Purpose::Timestamping`](crate::Purpose::Timestamping) at
    /// [`time_ms`](Self::time_ms).
    pub fn verify(&self, imprint: &Digest) -> Result<(), PkiError> {
        if self.imprint != *imprint {
            return Err(PkiError::ContentChanged);
        }
        let content = self.message.content().unwrap_or_default();
        self.message
            .verify(&digest(self.message.content_digest().hash(), content))
    }

    /// The digest that was stamped.
    #[must_use]
    pub fn imprint(&self) -> &Digest {
        &self.imprint
    }

    /// When, in unix milliseconds.
    #[must_use]
    pub fn time_ms(&self) -> i64 {
        self.time_ms
    }

    /// Serial number in lowercase hexadecimal.
    #[must_use]
    pub fn serial_hex(&self) -> String {
        hex::encode(&self.serial)
    }

    /// The authority's policy, dotted.
    #[must_use]
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// How exact the time is, as the authority promises; none when it promises nothing.
    #[must_use]
    pub fn accuracy(&self) -> Option<Duration> {
        self.accuracy
    }

    /// All certificates, the authority's first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        self.message.certificates()
    }

    /// The authority's certificate.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        self.message.signer()
    }

    /// Writes the token down again from what was verified, with those certificates
    /// that are on `path`; see [`SignedData::to_der`](crate::SignedData::to_der).
    #[must_use]
    pub fn to_der(&self, path: &[Certificate]) -> Vec<u8> {
        self.message.to_der(path)
    }

    pub(super) fn nonce(&self) -> Option<&[u8]> {
        self.nonce.as_deref()
    }
}

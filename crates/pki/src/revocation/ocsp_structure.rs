//! The ASN.1 of OCSP, for reading.

use der::{
    Enumerated, Sequence,
    asn1::{AnyRef, BitStringRef, GeneralizedTime, OctetStringRef, UintRef},
};
use spki::AlgorithmIdentifierRef;

use crate::{extensions::Extension, oid::Oid};

/// RFC 6960, 4.1.1.
///
/// ```text
/// CertID ::= SEQUENCE {
///     hashAlgorithm   AlgorithmIdentifier,
///     issuerNameHash  OCTET STRING,
///     issuerKeyHash   OCTET STRING,
///     serialNumber    INTEGER }
/// ```
#[derive(Sequence)]
pub(super) struct CertIdStructure<'a> {
    pub(super) hash: AlgorithmIdentifierRef<'a>,
    pub(super) name: &'a OctetStringRef,
    pub(super) key: &'a OctetStringRef,
    pub(super) serial: UintRef<'a>,
}

/// The client's signature is not asked for and not looked at.
///
/// ```text
/// OCSPRequest ::= SEQUENCE {
///     tbsRequest         TBSRequest,
///     optionalSignature  [0] EXPLICIT Signature OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct RequestStructure<'a> {
    pub(super) tbs: TbsRequest<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) signature: Option<AnyRef<'a>>,
}

/// ```text
/// TBSRequest ::= SEQUENCE {
///     version            [0] EXPLICIT INTEGER DEFAULT v1(0),
///     requestorName      [1] EXPLICIT GeneralName OPTIONAL,
///     requestList        SEQUENCE OF Request,
///     requestExtensions  [2] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct TbsRequest<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) version: Option<u8>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) requestor: Option<AnyRef<'a>>,
    pub(super) list: Vec<SingleRequest<'a>>,
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// ```text
/// Request ::= SEQUENCE {
///     reqCert                  CertID,
///     singleRequestExtensions  [0] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct SingleRequest<'a> {
    pub(super) id: AnyRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// RFC 6960, 4.2.1.
#[derive(Enumerated, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum ResponseStatus {
    Successful = 0,
    MalformedRequest = 1,
    InternalError = 2,
    TryLater = 3,
    SigRequired = 5,
    Unauthorized = 6,
}

/// ```text
/// OCSPResponse ::= SEQUENCE {
///     responseStatus  ENUMERATED,
///     responseBytes   [0] EXPLICIT ResponseBytes OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct ResponseStructure<'a> {
    pub(super) status: ResponseStatus,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) bytes: Option<ResponseBytes<'a>>,
}

/// ```text
/// ResponseBytes ::= SEQUENCE {
///     responseType  OBJECT IDENTIFIER,
///     response      OCTET STRING }
/// ```
#[derive(Sequence)]
pub(super) struct ResponseBytes<'a> {
    pub(super) kind: Oid<'a>,
    pub(super) response: &'a OctetStringRef,
}

/// ```text
/// BasicOCSPResponse ::= SEQUENCE {
///     tbsResponseData     ResponseData,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           BIT STRING,
///     certs               [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct BasicResponse<'a> {
    pub(super) tbs: AnyRef<'a>,
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: BitStringRef<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) certificates: Option<Vec<AnyRef<'a>>>,
}

/// ```text
/// ResponseData ::= SEQUENCE {
///     version             [0] EXPLICIT INTEGER DEFAULT v1(0),
///     responderID         CHOICE { [1] EXPLICIT Name, [2] EXPLICIT OCTET STRING },
///     producedAt          GeneralizedTime,
///     responses           SEQUENCE OF SingleResponse,
///     responseExtensions  [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct ResponseData<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) version: Option<u8>,
    pub(super) responder: AnyRef<'a>,
    pub(super) produced: GeneralizedTime,
    pub(super) responses: Vec<SingleResponse<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// ```text
/// SingleResponse ::= SEQUENCE {
///     certID            CertID,
///     certStatus        CHOICE { good [0] NULL, revoked [1] RevokedInfo, unknown [2] NULL },
///     thisUpdate        GeneralizedTime,
///     nextUpdate        [0] EXPLICIT GeneralizedTime OPTIONAL,
///     singleExtensions  [1] EXPLICIT Extensions OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct SingleResponse<'a> {
    pub(super) id: AnyRef<'a>,
    pub(super) status: AnyRef<'a>,
    pub(super) this_update: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) next_update: Option<GeneralizedTime>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) extensions: Option<Vec<Extension<'a>>>,
}

/// ```text
/// RevokedInfo ::= SEQUENCE {
///     revocationTime    GeneralizedTime,
///     revocationReason  [0] EXPLICIT CRLReason OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct RevokedInfo<'a> {
    pub(super) at: GeneralizedTime,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) reason: Option<AnyRef<'a>>,
}

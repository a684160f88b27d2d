//! The ASN.1 of signed messages, for reading.

use der::{
    Sequence, ValueOrd,
    asn1::{AnyRef, OctetStringRef, SetOfVec, UintRef},
};
use spki::AlgorithmIdentifierRef;

use crate::oid::Oid;

/// ```text
/// ContentInfo ::= SEQUENCE {
///     contentType  OBJECT IDENTIFIER,
///     content      [0] EXPLICIT ANY }
/// ```
#[derive(Sequence)]
pub(super) struct ContentInfo<'a> {
    pub(super) content_type: Oid<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub(super) content: AnyRef<'a>,
}

/// RFC 5652, 5.1. Revocation lists are not read: a PDF keeps them elsewhere.
///
/// ```text
/// SignedData ::= SEQUENCE {
///     version           INTEGER,
///     digestAlgorithms  SET OF AlgorithmIdentifier,
///     encapContentInfo  EncapsulatedContentInfo,
///     certificates      [0] IMPLICIT SET OF Certificate OPTIONAL,
///     signerInfos       SET OF SignerInfo }
/// ```
#[derive(Sequence)]
pub(super) struct SignedData<'a> {
    pub(super) version: u8,
    pub(super) digest_algorithms: SetOfVec<AlgorithmIdentifierRef<'a>>,
    pub(super) content: EncapsulatedContentInfo<'a>,
    #[asn1(
        context_specific = "0",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) certificates: Option<SetOfVec<AnyRef<'a>>>,
    pub(super) signers: SetOfVec<AnyRef<'a>>,
}

/// RFC 5652, 5.2.
#[derive(Sequence)]
pub(super) struct EncapsulatedContentInfo<'a> {
    pub(super) content_type: Oid<'a>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) content: Option<&'a OctetStringRef>,
}

/// RFC 5652, 5.3, version 1: the signer is named by issuer and serial number, and
/// there are signed attributes.
///
/// ```text
/// SignerInfo ::= SEQUENCE {
///     version             INTEGER,
///     sid                 IssuerAndSerialNumber,
///     digestAlgorithm     AlgorithmIdentifier,
///     signedAttrs         [0] IMPLICIT SET OF Attribute,
///     signatureAlgorithm  AlgorithmIdentifier,
///     signature           OCTET STRING,
///     unsignedAttrs       [1] IMPLICIT SET OF Attribute OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct SignerInfo<'a> {
    pub(super) version: u8,
    pub(super) signer: IssuerAndSerialNumber<'a>,
    pub(super) digest_algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signed: AnyRef<'a>,
    pub(super) signature_algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) signature: &'a OctetStringRef,
    #[asn1(
        context_specific = "1",
        tag_mode = "IMPLICIT",
        constructed = "true",
        optional = "true"
    )]
    pub(super) unsigned: Option<SetOfVec<Attribute<'a>>>,
}

/// RFC 5652, 10.2.4.
#[derive(Sequence)]
pub(super) struct IssuerAndSerialNumber<'a> {
    pub(super) issuer: AnyRef<'a>,
    pub(super) serial: UintRef<'a>,
}

/// ```text
/// Attribute ::= SEQUENCE {
///     type    OBJECT IDENTIFIER,
///     values  SET OF ANY }
/// ```
#[derive(Sequence, ValueOrd)]
pub(crate) struct Attribute<'a> {
    pub(crate) kind: Oid<'a>,
    pub(crate) values: SetOfVec<AnyRef<'a>>,
}

/// RFC 5035, 3. Policies are not read.
///
/// ```text
/// SigningCertificateV2 ::= SEQUENCE { certs SEQUENCE OF ESSCertIDv2 }
/// ```
#[derive(Sequence)]
pub(super) struct SigningCertificateV2<'a> {
    pub(super) certificates: Vec<EssCertIdV2<'a>>,
    pub(super) policies: Option<AnyRef<'a>>,
}

/// ```text
/// ESSCertIDv2 ::= SEQUENCE {
///     hashAlgorithm  AlgorithmIdentifier DEFAULT {id-sha256},
///     certHash       OCTET STRING,
///     issuerSerial   IssuerSerial OPTIONAL }
/// ```
#[derive(Sequence)]
pub(super) struct EssCertIdV2<'a> {
    pub(super) hash: Option<AlgorithmIdentifierRef<'a>>,
    pub(super) digest: &'a OctetStringRef,
    pub(super) issuer_serial: Option<AnyRef<'a>>,
}

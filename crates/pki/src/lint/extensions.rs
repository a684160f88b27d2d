//! Extensions: which there may be, how they are marked and written.

use der::asn1::OctetStringRef;
use x509_cert::ext::pkix::{
    AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, CrlDistributionPoints,
    name::{DistributionPointName, GeneralName},
};

use super::{OURS, Rule, broken, examined::Examined};
use crate::{
    addresses::is_address,
    algorithm::SignatureAlgorithm,
    extensions::url,
    issue::key_identifier,
    oid::{self, Oid},
};

/// Extensions that our certificates have.
const KNOWN: [Oid<'static>; 11] = [
    oid::BASIC_CONSTRAINTS,
    oid::KEY_USAGE,
    oid::EXTENDED_KEY_USAGE,
    oid::CERTIFICATE_POLICIES,
    oid::SUBJECT_KEY_IDENTIFIER,
    oid::AUTHORITY_KEY_IDENTIFIER,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::AUTHORITY_INFORMATION_ACCESS,
    oid::NO_REVOCATION_AVAILABLE,
    oid::OCSP_NO_CHECK,
    oid::EVENT_BINDING_EXTENSION,
];

pub(super) const RULES: [Rule; 18] = [
    Rule {
        code: "extension-once",
        source: "RFC 5280, 4.2",
        demands: "each extension is there once",
        broken: |it| {
            let before = |at: usize, id| it.extensions[..at].iter().any(|one| one.id == id);
            let mut all = it.extensions.iter().enumerate();
            let (_, found) = all.find(|(at, one)| before(*at, one.id))?;
            Some(found.id.to_string())
        },
    },
    Rule {
        code: "extension-known",
        source: OURS,
        demands: "there are no extensions but those of the profiles",
        broken: |it| {
            let unknown = it.extensions.iter().find(|one| !KNOWN.contains(&one.id))?;
            Some(unknown.id.to_string())
        },
    },
    Rule {
        code: "basic-constraints-critical",
        source: "RFC 5280, 4.2.1.9",
        demands: "basicConstraints is critical",
        broken: |it| marked(it, oid::BASIC_CONSTRAINTS, true),
    },
    Rule {
        code: "key-usage-critical",
        source: "RFC 5280, 4.2.1.3",
        demands: "keyUsage is critical",
        broken: |it| marked(it, oid::KEY_USAGE, true),
    },
    Rule {
        code: "subject-key-not-critical",
        source: "RFC 5280, 4.2.1.2",
        demands: "subjectKeyIdentifier is not critical",
        broken: |it| marked(it, oid::SUBJECT_KEY_IDENTIFIER, false),
    },
    Rule {
        code: "authority-key-not-critical",
        source: "RFC 5280, 4.2.1.1",
        demands: "authorityKeyIdentifier is not critical",
        broken: |it| marked(it, oid::AUTHORITY_KEY_IDENTIFIER, false),
    },
    Rule {
        code: "policies-not-critical",
        source: OURS,
        demands: "certificatePolicies is not critical",
        broken: |it| marked(it, oid::CERTIFICATE_POLICIES, false),
    },
    Rule {
        code: "distribution-points-not-critical",
        source: "RFC 5280, 4.2.1.13",
        demands: "cRLDistributionPoints is not critical",
        broken: |it| marked(it, oid::CRL_DISTRIBUTION_POINTS, false),
    },
    Rule {
        code: "information-access-not-critical",
        source: "RFC 5280, 4.2.2.1",
        demands: "authorityInfoAccess is not critical",
        broken: |it| marked(it, oid::AUTHORITY_INFORMATION_ACCESS, false),
    },
    Rule {
        code: "no-revocation-not-critical",
        source: "RFC 9608, 2",
        demands: "noRevAvail is not critical",
        broken: |it| marked(it, oid::NO_REVOCATION_AVAILABLE, false),
    },
    Rule {
        code: "no-check-not-critical",
        source: "RFC 6960, 4.2.2.2.1",
        demands: "the responder's nocheck is not critical",
        broken: |it| marked(it, oid::OCSP_NO_CHECK, false),
    },
    Rule {
        code: "binding-not-critical",
        source: "docs/event-certificate.md, profiles",
        demands: "the event binding is not critical",
        broken: |it| marked(it, oid::EVENT_BINDING_EXTENSION, false),
    },
    Rule {
        code: "subject-key-present",
        source: "RFC 5280, 4.2.1.2",
        demands: "there is a subjectKeyIdentifier",
        broken: |it| {
            let none = !it.has(oid::SUBJECT_KEY_IDENTIFIER);
            broken(none, || "there is none".to_owned())
        },
    },
    Rule {
        code: "subject-key-derived",
        source: "RFC 7093, 2, method 1",
        demands: "subjectKeyIdentifier is the begin of the key's digest by the suite's hash",
        broken: |it| {
            let there = it.extension(oid::SUBJECT_KEY_IDENTIFIER)?;
            let there = <&OctetStringRef as der::Decode>::from_der(there.value.as_bytes());
            let hash = SignatureAlgorithm::read(it.algorithm).ok()?.hash();
            let derived = key_identifier(&it.spki, hash).ok()?;
            let same = there.is_ok_and(|there| there.as_bytes() == derived);
            broken(!same, || "it is something else".to_owned())
        },
    },
    Rule {
        code: "authority-key-present",
        source: "RFC 5280, 4.2.1.1",
        demands: "authorityKeyIdentifier has the key identifier and nothing else",
        broken: |it| {
            let read = it.value::<AuthorityKeyIdentifier>(oid::AUTHORITY_KEY_IDENTIFIER);
            let alone = read.is_some_and(|read| {
                read.key_identifier.is_some()
                    && read.authority_cert_issuer.is_none()
                    && read.authority_cert_serial_number.is_none()
            });
            broken(!alone, || "it is not like that".to_owned())
        },
    },
    Rule {
        code: "distribution-points-form",
        source: "RFC 5280, 4.2.1.13",
        demands: "a distribution point is the full name of one http address",
        broken: |it| {
            it.extension(oid::CRL_DISTRIBUTION_POINTS)?;
            let read = it.value::<CrlDistributionPoints>(oid::CRL_DISTRIBUTION_POINTS);
            broken(!read.is_some_and(are_points), || "it is not".to_owned())
        },
    },
    Rule {
        code: "information-access-form",
        source: "RFC 5280, 4.2.2.1",
        demands: "authorityInfoAccess has http addresses of the responder and the issuer alone",
        broken: |it| {
            it.extension(oid::AUTHORITY_INFORMATION_ACCESS)?;
            let methods = access(it);
            let right = methods.is_some_and(|all| !all.is_empty() && all.iter().all(|one| one.1));
            broken(!right, || "it does not".to_owned())
        },
    },
    Rule {
        code: "no-revocation-addresses",
        source: "RFC 9608, 3",
        demands: "beside noRevAvail there are no addresses of lists or responders",
        broken: |it| {
            it.extension(oid::NO_REVOCATION_AVAILABLE)?;
            let lists = it.has(oid::CRL_DISTRIBUTION_POINTS);
            broken(lists || names_responder(it), || "there are".to_owned())
        },
    },
];

fn marked(it: &Examined, id: Oid, critical: bool) -> Option<String> {
    let there = it.extension(id)?;
    let found = if critical { "it is not" } else { "it is" };
    broken(there.critical != critical, || found.to_owned())
}

fn are_points(points: CrlDistributionPoints) -> bool {
    let right = |name: GeneralName| url(name).is_some_and(|url| is_address(&url));
    !points.0.is_empty()
        && points.0.into_iter().all(|point| {
            let whole = point.reasons.is_none() && point.crl_issuer.is_none();
            let Some(DistributionPointName::FullName(names)) = point.distribution_point else {
                return false;
            };
            whole && names.len() == 1 && names.into_iter().all(right)
        })
}

/// Whether each access is to a responder, and whether it is one that we know with an http
/// address; none when it cannot be read.
fn access(it: &Examined) -> Option<Vec<(bool, bool)>> {
    let read = it.value::<AuthorityInfoAccessSyntax>(oid::AUTHORITY_INFORMATION_ACCESS)?;
    let one = |method: x509_cert::ext::pkix::AccessDescription| {
        let kind = method.access_method.as_bytes();
        let responder = kind == oid::OCSP.as_bytes();
        let known = responder || kind == oid::CA_ISSUERS.as_bytes();
        let address = url(method.access_location).is_some_and(|url| is_address(&url));
        (responder, known && address)
    };
    Some(read.0.into_iter().map(one).collect())
}

pub(super) fn names_responder(it: &Examined) -> bool {
    access(it).is_some_and(|all| all.iter().any(|one| one.0))
}

//! How a certificate fits the one that will have issued it.

use x509_cert::ext::pkix::AuthorityKeyIdentifier;

use super::{OURS, Rule, broken};
use crate::{oid, profile::Level};

pub(super) const RULES: [Rule; 5] = [
    Rule {
        code: "root-self-issued",
        source: "RFC 5280, 3.2",
        demands: "a root names itself as its issuer",
        broken: |it| {
            let root = it.profile?.level == Level::Root;
            broken(root && it.issuer != it.subject, || {
                "it names another".to_owned()
            })
        },
    },
    Rule {
        code: "issuer-name",
        source: "RFC 5280, 4.1.2.4",
        demands: "the issuer's name is the subject of the authority, byte by byte",
        broken: |it| {
            let authority = it.authority?;
            broken(it.issuer != authority.subject_der(), || {
                format!("the authority is {}", authority.subject())
            })
        },
    },
    Rule {
        code: "issuer-key",
        source: "RFC 5280, 4.2.1.1",
        demands: "authorityKeyIdentifier is the subjectKeyIdentifier of the authority",
        broken: |it| {
            let wanted = it.authority?.extensions().subject_key.as_deref()?;
            let read = it.value::<AuthorityKeyIdentifier>(oid::AUTHORITY_KEY_IDENTIFIER)?;
            let found = read.key_identifier?;
            broken(found.as_bytes() != wanted, || hex::encode(found.as_bytes()))
        },
    },
    Rule {
        code: "issuer-outlives",
        source: OURS,
        demands: "the validity lies within the authority's",
        broken: |it| {
            let (begin, end) = (it.begin.seconds?, it.end.seconds?);
            let authority = it.authority?;
            let within = begin >= authority.not_before() && end <= authority.not_after();
            broken(!within, || {
                let (from, to) = (authority.not_before(), authority.not_after());
                format!("{begin} to {end}, the authority {from} to {to}")
            })
        },
    },
    Rule {
        code: "issuer-authority",
        source: "RFC 5280, 4.2.1.9",
        demands: "the issuer is an authority that may sign certificates",
        broken: |it| {
            let authority = it.authority?;
            let usage = authority.extensions().key_usage;
            let may = authority.is_ca() && usage.is_none_or(|usage| usage.key_cert_sign());
            broken(!may, || authority.subject().to_owned())
        },
    },
];

//! What the profile declares.

use x509_cert::ext::pkix::BasicConstraints;

use super::{
    OURS, Rule, broken,
    examined::{Examined, parts},
    extensions::names_responder,
};
use crate::{
    EventBinding,
    encode::{self, IA5_STRING},
    oid::{self, Oid},
    profile::{Asked, Level},
};

pub(super) const RULES: [Rule; 14] = [
    Rule {
        code: "profile-known",
        source: OURS,
        demands: "policy or purpose say which profile it is of",
        broken: |it| broken(it.profile.is_none(), || "it is of none".to_owned()),
    },
    Rule {
        code: "basic-constraints-profile",
        source: "RFC 5280, 4.2.1.9",
        demands: "basicConstraints says that it is an authority where it is one, and only there",
        broken: |it| {
            let wanted = it.profile?.level != Level::End;
            let there = it.has(oid::BASIC_CONSTRAINTS);
            let ca = constraints(it).is_some_and(|read| read.ca);
            broken(there != wanted || ca != wanted, || {
                format!("there: {there}, authority: {ca}")
            })
        },
    },
    Rule {
        code: "path-length-profile",
        source: "RFC 5280, 4.2.1.9",
        demands: "an issuing authority allows none below it, and only it says a length",
        broken: |it| {
            let wanted = (it.profile?.level == Level::Issuing).then_some(0);
            let read = constraints(it).filter(|read| read.ca)?;
            let found = read.path_len_constraint;
            broken(found != wanted, || format!("{found:?}"))
        },
    },
    Rule {
        code: "key-usage-present",
        source: "RFC 5280, 4.2.1.3; GM/T 0015-2012, 5.2",
        demands: "there is a keyUsage",
        broken: |it| broken(!it.has(oid::KEY_USAGE), || "there is none".to_owned()),
    },
    Rule {
        code: "key-usage-profile",
        source: "RFC 5280, 4.2.1.3",
        demands: "keyUsage has the bits of the profile and no others",
        broken: |it| {
            let wanted = encode::named_bits(it.profile?.key_usage);
            let found = it.extension(oid::KEY_USAGE)?.value.as_bytes();
            broken(found != wanted, || hex::encode(found))
        },
    },
    Rule {
        code: "purposes-profile",
        source: "RFC 5280, 4.2.1.12; RFC 9336; RFC 3161, 2.3; RFC 6960, 4.2.2.2",
        demands: "extKeyUsage has the purposes of the profile and no others",
        broken: |it| {
            let (wanted, _) = it.profile?.purposes;
            let found = match it.extension(oid::EXTENDED_KEY_USAGE) {
                None => Vec::new(),
                Some(_) => it
                    .value::<Vec<Oid>>(oid::EXTENDED_KEY_USAGE)
                    .unwrap_or_default(),
            };
            broken(found != wanted, || {
                let found: Vec<String> = found.iter().map(Oid::to_string).collect();
                found.join(", ")
            })
        },
    },
    Rule {
        code: "purposes-critical",
        source: "RFC 3161, 2.3",
        demands: "extKeyUsage is critical where the key serves one purpose by right, and only there",
        broken: |it| {
            let (_, wanted) = it.profile?.purposes;
            let found = it.extension(oid::EXTENDED_KEY_USAGE)?.critical;
            broken(found != wanted, || format!("critical: {found}"))
        },
    },
    Rule {
        code: "policy-profile",
        source: "RFC 5280, 4.2.1.4",
        demands: "certificatePolicies names the policy of the profile and no other",
        broken: |it| {
            let wanted = it.profile?.policy;
            let found = it.policies();
            let names: Vec<Oid> = found.iter().map(|(policy, _)| *policy).collect();
            let there = it.has(oid::CERTIFICATE_POLICIES);
            let right = names == Vec::from_iter(wanted) && there == wanted.is_some();
            broken(!right, || {
                let names: Vec<String> = names.iter().map(Oid::to_string).collect();
                names.join(", ")
            })
        },
    },
    Rule {
        code: "policy-pointer",
        source: "RFC 5280, 4.2.1.4",
        demands: "each policy points to the practice statement",
        broken: |it| {
            let found = it.policies();
            let wrong = found.iter().find(|(_, qualifiers)| !points(*qualifiers));
            wrong.map(|(policy, _)| policy.to_string())
        },
    },
    Rule {
        code: "no-revocation-profile",
        source: "RFC 9608, 4",
        demands: "an event certificate has noRevAvail, and no other certificate does",
        broken: |it| {
            let wanted = it.profile?.asked == Asked::Never;
            let there = it.has(oid::NO_REVOCATION_AVAILABLE);
            broken(there != wanted, || format!("there: {there}"))
        },
    },
    Rule {
        code: "no-check-profile",
        source: "RFC 6960, 4.2.2.2.1",
        demands: "a responder's certificate has nocheck, and no other certificate does",
        broken: |it| {
            let wanted = it.profile?.asked == Asked::NoCheck;
            let there = it.has(oid::OCSP_NO_CHECK);
            broken(there != wanted, || format!("there: {there}"))
        },
    },
    Rule {
        code: "addresses-profile",
        source: OURS,
        demands: "a root and a responder name no addresses, an issuing authority no responder",
        broken: |it| {
            let any =
                it.has(oid::CRL_DISTRIBUTION_POINTS) || it.has(oid::AUTHORITY_INFORMATION_ACCESS);
            let wrong = match it.profile?.asked {
                Asked::Anchor | Asked::NoCheck => any,
                Asked::List => names_responder(it),
                // Those beside noRevAvail have a rule of their own.
                Asked::Never | Asked::Responder => false,
            };
            broken(wrong, || "it does".to_owned())
        },
    },
    Rule {
        code: "binding-profile",
        source: "docs/event-certificate.md, profiles",
        demands: "an event certificate is bound to its act, and no other certificate is",
        broken: |it| {
            let wanted = it.profile?.asked == Asked::Never;
            let there = it.has(oid::EVENT_BINDING_EXTENSION);
            broken(there != wanted, || format!("there: {there}"))
        },
    },
    Rule {
        code: "binding-form",
        source: "docs/event-certificate.md, ASN.1",
        demands: "the event binding is the one DER of its ASN.1",
        broken: |it| {
            let there = it.extension(oid::EVENT_BINDING_EXTENSION)?;
            let read = EventBinding::from_der(there.value.as_bytes());
            read.err().map(|error| error.to_string())
        },
    },
];

fn constraints(it: &Examined) -> Option<BasicConstraints> {
    it.value(oid::BASIC_CONSTRAINTS)
}

/// Whether these qualifiers are the one pointer.
fn points(qualifiers: Option<&[u8]>) -> bool {
    let pointer = encode::sequence(&[
        &encode::oid(oid::CPS_POINTER),
        &encode::tlv(IA5_STRING, &[oid::PRACTICE_STATEMENT.as_bytes()]),
    ]);
    let found = qualifiers.map(parts);
    let [Ok(found)] = found.as_slice() else {
        return false;
    };
    found.len() == 1 && qualifiers == Some(pointer.as_slice())
}

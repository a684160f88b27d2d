//! Certificate policies along a path (RFC 5280, 6.1, with the sets of RFC 9618).
//!
//! Of the policies that hold at each certificate only the set is kept, with what each is
//! called below: that a set is empty is all that validation asks. No policy is demanded
//! by us; an authority demands one by policyConstraints.

use std::collections::{BTreeMap, BTreeSet};

use der::{Decode, Sequence, asn1::AnyRef};

use crate::oid::{self, Oid};

/// Most policies and mappings of one certificate; no authority of the field has ten.
const MOST: usize = 64;

/// What the extensions of a certificate say of policies.
#[derive(Debug, Default)]
pub(crate) struct Policies {
    /// Content bytes of identifiers; none without certificatePolicies.
    named: Option<BTreeSet<Vec<u8>>>,
    /// From the issuer's to the subject's domain.
    mappings: Vec<(Vec<u8>, Vec<u8>)>,
    require_explicit: Option<u32>,
    inhibit_mapping: Option<u32>,
    inhibit_any: Option<u32>,
}

/// ```text
/// PolicyInformation ::= SEQUENCE {
///     policyIdentifier  OBJECT IDENTIFIER,
///     policyQualifiers  SEQUENCE OF PolicyQualifierInfo OPTIONAL }
/// ```
#[derive(Sequence)]
struct PolicyInformation<'a> {
    policy: Oid<'a>,
    qualifiers: Option<AnyRef<'a>>,
}

/// ```text
/// SEQUENCE { issuerDomainPolicy OBJECT IDENTIFIER, subjectDomainPolicy OBJECT IDENTIFIER }
/// ```
#[derive(Sequence)]
struct Mapping<'a> {
    issuer: Oid<'a>,
    subject: Oid<'a>,
}

/// ```text
/// PolicyConstraints ::= SEQUENCE {
///     requireExplicitPolicy  [0] IMPLICIT INTEGER OPTIONAL,
///     inhibitPolicyMapping   [1] IMPLICIT INTEGER OPTIONAL }
/// ```
#[derive(Sequence)]
struct Constraints {
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    require_explicit: Option<u32>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    inhibit_mapping: Option<u32>,
}

impl Policies {
    /// Takes one extension; whether it was one of these.
    pub(crate) fn take(&mut self, id: Oid, value: &[u8]) -> der::Result<bool> {
        match id {
            oid::CERTIFICATE_POLICIES => {
                let list = few(Vec::<PolicyInformation>::from_der(value)?)?;
                let named = list.iter().map(|one| one.policy.as_bytes().to_vec());
                self.named = Some(named.collect());
            }
            oid::POLICY_MAPPINGS => {
                let list = few(Vec::<Mapping>::from_der(value)?)?;
                let pair = |one: &Mapping| {
                    (
                        one.issuer.as_bytes().to_vec(),
                        one.subject.as_bytes().to_vec(),
                    )
                };
                self.mappings = list.iter().map(pair).collect();
            }
            oid::POLICY_CONSTRAINTS => {
                let read = Constraints::from_der(value)?;
                self.require_explicit = read.require_explicit;
                self.inhibit_mapping = read.inhibit_mapping;
            }
            oid::INHIBIT_ANY_POLICY => self.inhibit_any = Some(u32::from_der(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn few<T>(list: Vec<T>) -> der::Result<Vec<T>> {
    if list.len() > MOST {
        return Err(der::ErrorKind::Overlength.into());
    }
    Ok(list)
}

/// Walks down a path, from the certificate below the anchor to the leaf.
pub(crate) struct Walk {
    /// Policies that hold, each with its names in the next certificate.
    valid: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    /// Certificates until a policy must be named, mapping ends, anyPolicy ends.
    explicit: u32,
    mapping: u32,
    any: u32,
}

impl Walk {
    /// Before a path of so many certificates without the anchor.
    pub(crate) fn new(length: usize) -> Self {
        let never = u32::try_from(length).unwrap_or(u32::MAX).saturating_add(1);
        Self {
            valid: BTreeMap::from([(any_policy(), BTreeSet::from([any_policy()]))]),
            explicit: never,
            mapping: never,
            any: never,
        }
    }

    /// The next certificate. Whether the path may go on.
    pub(crate) fn step(
        &mut self,
        policies: &Policies,
        is_self_issued: bool,
        is_last: bool,
    ) -> bool {
        self.keep(policies, is_self_issued, is_last);
        if !is_last {
            return (self.explicit > 0 || !self.valid.is_empty())
                && self.go_on(policies, is_self_issued);
        }
        let demanded = policies.require_explicit == Some(0) || self.explicit <= 1;
        !demanded || !self.valid.is_empty()
    }

    /// 6.1.3 (d) and (e): what of the policies from above this certificate names.
    fn keep(&mut self, policies: &Policies, is_self_issued: bool, is_last: bool) {
        let above = std::mem::take(&mut self.valid);
        let Some(named) = &policies.named else { return };
        let mut expected: BTreeSet<&Vec<u8>> = above.values().flatten().collect();
        let any = any_policy();
        let all_above = above.contains_key(&any);
        for policy in named.iter().filter(|policy| **policy != any) {
            if all_above || expected.contains(policy) {
                self.valid
                    .insert(policy.clone(), BTreeSet::from([policy.clone()]));
            }
        }
        let may_name_any = self.any > 0 || (is_self_issued && !is_last);
        if named.contains(&any) && may_name_any {
            expected.retain(|policy| !self.valid.contains_key(*policy));
            for policy in expected {
                self.valid
                    .insert(policy.clone(), BTreeSet::from([policy.clone()]));
            }
        }
    }

    /// 6.1.4 (a), (b), (h), (i) and (j). Whether the mappings are allowed at all.
    fn go_on(&mut self, policies: &Policies, is_self_issued: bool) -> bool {
        let any = any_policy();
        let mut renamed: BTreeMap<&Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for (issuer, subject) in &policies.mappings {
            if *issuer == any || *subject == any {
                return false;
            }
            renamed.entry(issuer).or_default().insert(subject.clone());
        }
        for (policy, names) in renamed {
            if self.mapping == 0 {
                self.valid.remove(policy);
            } else if self.valid.contains_key(policy) || self.valid.contains_key(&any) {
                self.valid.insert(policy.clone(), names);
            }
        }
        for (left, limit) in [
            (&mut self.explicit, policies.require_explicit),
            (&mut self.mapping, policies.inhibit_mapping),
            (&mut self.any, policies.inhibit_any),
        ] {
            if !is_self_issued {
                *left = left.saturating_sub(1);
            }
            *left = (*left).min(limit.unwrap_or(u32::MAX));
        }
        true
    }
}

fn any_policy() -> Vec<u8> {
    oid::ANY_POLICY.as_bytes().to_vec()
}

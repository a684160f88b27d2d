//! Rules for certificates, looked at before anything is signed.
//!
//! [`RULES`] is the table: each rule has a stable code, the clause that it comes from and
//! what it looks at. [`lint`] holds the bytes that will be signed against all of them, so
//! that a mistake in laying out is found while it is still nobody's certificate.
//!
//! A rule that needs what is not there looks at nothing: those of a profile when the
//! profile is not known, those about the issuer when its certificate is not given.

mod examined;
mod extensions;
mod fields;
mod issuer;
mod keys;
mod names;
mod profiles;

use crate::{Certificate, Profile};

use examined::Examined;

/// A rule.
pub struct Rule {
    /// Its stable code.
    pub code: &'static str,
    /// The clause that it comes from.
    pub source: &'static str,
    /// What must hold.
    pub demands: &'static str,
    /// What was found when it does not.
    broken: fn(&Examined) -> Option<String>,
}

/// A rule that a certificate breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Code of the rule.
    pub rule: &'static str,
    /// The clause that it comes from.
    pub source: &'static str,
    /// What must hold.
    pub demands: &'static str,
    /// What was found.
    pub found: String,
}

/// All rules, by what they look at.
pub const RULES: [&[Rule]; 6] = [
    &fields::RULES,
    &names::RULES,
    &keys::RULES,
    &extensions::RULES,
    &profiles::RULES,
    &issuer::RULES,
];

/// Stands alone: without it there is nothing to look at.
const STRUCTURE: Rule = Rule {
    code: "certificate-structure",
    source: "RFC 5280, 4.1",
    demands: "it is the DER of a TBSCertificate",
    broken: |_| None,
};
const OURS: &str = "docs/event-certificate.md, profiles";

/// Every rule that these bytes of a `TBSCertificate` break, in the order of the table.
///
/// `profile` is the one that it was laid out for; when it is not given the certificate
/// says it by its policy or purpose. `issuer` is the certificate of the authority that
/// shall sign, none for a root.
#[must_use]
pub fn lint(tbs: &[u8], profile: Option<&Profile>, issuer: Option<&Certificate>) -> Vec<Finding> {
    let profile = profile.map(Profile::declaration);
    let examined = match Examined::read(tbs, profile, issuer) {
        Ok(examined) => examined,
        Err(error) => return vec![STRUCTURE.finding(error.to_string())],
    };
    RULES
        .into_iter()
        .flatten()
        .filter_map(|rule| Some(rule.finding((rule.broken)(&examined)?)))
        .collect()
}

impl Rule {
    fn finding(&self, found: String) -> Finding {
        Finding {
            rule: self.code,
            source: self.source,
            demands: self.demands,
            found,
        }
    }
}

/// What was found, when something was.
fn broken(is: bool, found: impl FnOnce() -> String) -> Option<String> {
    is.then(found)
}

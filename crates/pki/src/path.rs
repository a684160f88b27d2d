//! Path validation, the core of RFC 5280, 6.1, with path building.
//!
//! Names are compared as RFC 5280, 7.1, wants it. Policies are those that authorities demand. Name
//! constraints are not processed: where they are critical the certificate is refused as
//! unknown.

use std::collections::BTreeSet;

use crypto::{Digester, Hash};
use x509_cert::ext::pkix::KeyUsage;

use crate::{Certificate, PkiError, extensions::Extensions, name, oid, policies::Walk};

/// Longest path, leaf and anchor included.
const DEPTH: usize = 8;
/// Most signatures that are tried for one path.
const TRIES: usize = 64;

/// What the leaf's key was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signing documents.
    Signing,
    /// Signing timestamps.
    Timestamping,
}

/// A rule of path validation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// The time lies before the validity.
    #[error("it is not valid yet")]
    NotYetValid,
    /// The time lies after the validity.
    #[error("it has expired")]
    Expired,
    /// An issuer without basicConstraints that say so.
    #[error("it has issued a certificate but is no certificate authority")]
    NotCa,
    /// An issuer whose key usage leaves out signing certificates.
    #[error("its key may not sign certificates")]
    NoCertSign,
    /// More authorities below it than it allows.
    #[error("it allows {0} authorities below it, and there are more")]
    PathTooLong(u8),
    /// The key may not be used like that.
    #[error("its key may not be used for this")]
    KeyUsage,
    /// The extended key usage leaves out this purpose.
    #[error("its extended key usage does not allow this purpose")]
    ExtendedKeyUsage,
    /// A critical extension that is not processed here.
    #[error("its critical extension {0} is unknown")]
    UnknownCritical(String),
    /// An authority that says it is never revoked (RFC 9608, 4).
    #[error("it is an authority with noRevAvail, which is forbidden")]
    NoRevocationForCa,
    /// The signature is wrong or of an unsupported algorithm.
    #[error("its signature does not verify with its issuer's key: {0}")]
    Signature(PkiError),
    /// Nobody among the given certificates has issued it.
    #[error("its issuer is not among the given certificates, and it is no anchor")]
    NoIssuer,
    /// An authority demands a policy, and no policy holds all the way down (RFC 5280,
    /// 6.1.3 (f) and 6.1.5 (g)), or its mappings are not allowed.
    #[error("it breaks the policies that an authority above it demands")]
    Policy,
    /// Paths were too long or too many.
    #[error("no path to an anchor was found within {DEPTH} certificates and {TRIES} signatures")]
    Limit,
}

/// Which certificate broke which rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("certificate {subject} ({serial}): {rule}")]
pub struct PathError {
    /// Its subject.
    pub subject: String,
    /// Its serial number in hexadecimal.
    pub serial: String,
    /// The rule.
    pub rule: Rule,
}

impl PathError {
    fn new(certificate: &Certificate, rule: Rule) -> Self {
        let (subject, serial) = (certificate.subject().to_owned(), certificate.serial_hex());
        Self {
            subject,
            serial,
            rule,
        }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.rule {
            Rule::NotYetValid => "certificate-not-yet-valid",
            Rule::Expired => "certificate-expired",
            Rule::NotCa | Rule::NoCertSign | Rule::NoRevocationForCa => "issuer-not-ca",
            Rule::PathTooLong(_) => "path-too-long",
            Rule::KeyUsage | Rule::ExtendedKeyUsage => "certificate-wrong-usage",
            Rule::UnknownCritical(_) => "certificate-unknown-critical",
            Rule::Signature(_) => "certificate-signature-wrong",
            Rule::NoIssuer => "certificate-untrusted",
            Rule::Policy => "certificate-policy",
            Rule::Limit => "path-limit",
        }
    }
}

/// Finds and validates a path from `leaf` to one of `anchors` at unix time `at`.
///
/// Returns the path, leaf first, anchor last. Anchors must hold the rules of an
/// authority and be within their validity too; a leaf that is itself an anchor is a
/// path of one.
///
/// # Errors
/// When no path holds, the first broken rule of the path that came nearest to an
/// anchor.
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    at: i64,
    purpose: Purpose,
) -> Result<Vec<Certificate>, PathError> {
    Anchors::new(anchors).validate(leaf, intermediates, at, purpose)
}

/// Trust anchors, for validating many paths: what one path has in common with those
/// before it, such as the authority's own certificate, is verified once.
pub struct Anchors<'a> {
    anchors: &'a [Certificate],
    /// Digests over a certificate and the key that its signature verified with.
    verified: BTreeSet<Vec<u8>>,
}

impl<'a> Anchors<'a> {
    /// Nothing is verified yet.
    #[must_use]
    pub fn new(anchors: &'a [Certificate]) -> Self {
        Self {
            anchors,
            verified: BTreeSet::new(),
        }
    }

    /// Finds and validates a path like [`validate`].
    ///
    /// # Errors
    /// As there.
    pub fn validate(
        &mut self,
        leaf: &Certificate,
        intermediates: &[Certificate],
        at: i64,
        purpose: Purpose,
    ) -> Result<Vec<Certificate>, PathError> {
        check_leaf(leaf, at, purpose)?;
        let mut search = Search {
            intermediates,
            anchors: self,
            at,
            purpose,
            tries: 0,
            nearest: None,
        };
        search.run(leaf)
    }

    fn signed(&mut self, certificate: &Certificate, issuer: &Certificate) -> Result<(), PkiError> {
        let mut digester = Digester::new(Hash::Sha256);
        digester.update(issuer.spki());
        digester.update(certificate.der());
        let both = digester.finish().as_bytes().to_vec();
        if !self.verified.contains(&both) {
            certificate.signed_by(issuer)?;
            self.verified.insert(both);
        }
        Ok(())
    }
}

struct Search<'a, 'b> {
    intermediates: &'a [Certificate],
    anchors: &'a mut Anchors<'b>,
    at: i64,
    purpose: Purpose,
    tries: usize,
    /// Length of the path that came nearest, and what broke it.
    nearest: Option<(usize, PathError)>,
}

impl Search<'_, '_> {
    /// Depth first, anchors before intermediates, with an own stack.
    fn run(&mut self, leaf: &Certificate) -> Result<Vec<Certificate>, PathError> {
        let mut open = vec![vec![leaf.clone()]];
        while let Some(path) = open.pop() {
            let last = &path[path.len() - 1];
            if self.anchors.anchors.contains(last) {
                match check_policies(&path) {
                    Ok(()) => return Ok(path),
                    Err(error) => self.broken(path.len(), error),
                }
                continue;
            }
            let mut found = false;
            // Tries are few: what is trusted does not wait for what anybody added.
            let candidates = self.anchors.anchors.iter().chain(self.intermediates);
            let mut links = Vec::new();
            for issuer in candidates.filter(|issuer| may_have_issued(issuer, last)) {
                if path.contains(issuer) {
                    continue;
                }
                found = true;
                if path.len() == DEPTH || self.tries == TRIES {
                    self.broken(path.len(), PathError::new(last, Rule::Limit));
                    break;
                }
                self.tries += 1;
                let link = check_link(&path, issuer, self.at, self.purpose);
                let mut signed = || {
                    let signed = self.anchors.signed(last, issuer);
                    signed.map_err(|error| PathError::new(last, Rule::Signature(error)))
                };
                match link.and_then(|()| signed()) {
                    Ok(()) => {
                        let mut longer = path.clone();
                        longer.push(issuer.clone());
                        links.push(longer);
                    }
                    Err(error) => self.broken(path.len(), error),
                }
            }
            open.extend(links.into_iter().rev());
            if !found {
                self.broken(path.len(), PathError::new(last, Rule::NoIssuer));
            }
        }
        let unknown = || PathError::new(leaf, Rule::NoIssuer);
        Err(self.nearest.take().map_or_else(unknown, |(_, error)| error))
    }

    fn broken(&mut self, length: usize, error: PathError) {
        if self
            .nearest
            .as_ref()
            .is_none_or(|(nearest, _)| *nearest < length)
        {
            self.nearest = Some((length, error));
        }
    }
}

/// Name chaining, and the key identifiers where both are there.
fn may_have_issued(issuer: &Certificate, subject: &Certificate) -> bool {
    let key = &issuer.extensions().subject_key;
    let wanted = &subject.extensions().authority_key;
    name::same(issuer.subject_der(), subject.issuer_der())
        && (key.is_none() || wanted.is_none() || key == wanted)
}

/// Everything that makes `issuer` the rightful issuer of the last of `path`, but the
/// signature.
fn check_link(
    path: &[Certificate],
    issuer: &Certificate,
    at: i64,
    purpose: Purpose,
) -> Result<(), PathError> {
    let fail = |rule| Err(PathError::new(issuer, rule));
    let extensions = issuer.extensions();
    if !extensions.ca {
        return fail(Rule::NotCa);
    }
    if extensions
        .key_usage
        .is_some_and(|usage| !usage.key_cert_sign())
    {
        return fail(Rule::NoCertSign);
    }
    if extensions.no_revocation {
        return fail(Rule::NoRevocationForCa);
    }
    // Self-issued certificates do not count (RFC 5280, 4.2.1.9).
    let below = path[1..].iter().filter(|one| !is_self_issued(one)).count();
    if let Some(limit) = extensions
        .path_length
        .filter(|limit| below > usize::from(*limit))
    {
        return fail(Rule::PathTooLong(limit));
    }
    if !allows(extensions, purpose) {
        return fail(Rule::ExtendedKeyUsage);
    }
    check_always(issuer, at)
}

fn is_self_issued(certificate: &Certificate) -> bool {
    name::same(certificate.subject_der(), certificate.issuer_der())
}

/// Policies, from the certificate below the anchor to the leaf.
fn check_policies(path: &[Certificate]) -> Result<(), PathError> {
    let below = &path[..path.len() - 1];
    let mut walk = Walk::new(below.len());
    for (left, one) in below.iter().enumerate().rev() {
        if !walk.step(&one.extensions().policies, is_self_issued(one), left == 0) {
            return Err(PathError::new(one, Rule::Policy));
        }
    }
    Ok(())
}

/// What holds for every certificate of a path.
fn check_always(certificate: &Certificate, at: i64) -> Result<(), PathError> {
    let fail = |rule| Err(PathError::new(certificate, rule));
    if at < certificate.not_before() {
        return fail(Rule::NotYetValid);
    }
    if at > certificate.not_after() {
        return fail(Rule::Expired);
    }
    if let Some(unknown) = &certificate.extensions().unknown_critical {
        return fail(Rule::UnknownCritical(unknown.clone()));
    }
    Ok(())
}

fn check_leaf(leaf: &Certificate, at: i64, purpose: Purpose) -> Result<(), PathError> {
    check_always(leaf, at)?;
    let extensions = leaf.extensions();
    let signs = |usage: KeyUsage| usage.digital_signature() || usage.non_repudiation();
    if extensions.key_usage.is_some_and(|usage| !signs(usage)) {
        return Err(PathError::new(leaf, Rule::KeyUsage));
    }
    let allowed = match (purpose, &extensions.extended_key_usage) {
        (Purpose::Signing, None) => true,
        (Purpose::Signing, Some(_)) => allows(extensions, purpose),
        // RFC 3161, 2.3: there, critical, and nothing else.
        (Purpose::Timestamping, usage) => usage
            .as_ref()
            .is_some_and(|usage| usage.critical && usage.is_only(oid::TIME_STAMPING)),
    };
    if allowed {
        Ok(())
    } else {
        Err(PathError::new(leaf, Rule::ExtendedKeyUsage))
    }
}

/// Whether an extended key usage, if there is one, allows the purpose.
fn allows(extensions: &Extensions, purpose: Purpose) -> bool {
    let purposes: &[_] = match purpose {
        Purpose::Signing => &[
            oid::DOCUMENT_SIGNING,
            oid::EMAIL_PROTECTION,
            oid::AUTHENTIC_DOCUMENTS,
            oid::OFFICE_DOCUMENT_SIGNING,
        ],
        Purpose::Timestamping => &[oid::TIME_STAMPING],
    };
    extensions.extended_key_usage.as_ref().is_none_or(|usage| {
        usage.names(oid::ANY_EXTENDED_KEY_USAGE)
            || purposes.iter().any(|purpose| usage.names(*purpose))
    })
}

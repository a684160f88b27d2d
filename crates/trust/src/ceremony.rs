//! The key ceremony: the root's key is made and used on a machine without a network, and
//! the service that is online has an issuing authority alone.
//!
//! 1. `requests`, online: the issuing keys are made and ask for their certificates.
//! 2. [`hold`], offline, before witnesses: the root's key is made or opened, each request
//!    is checked, each certificate held against the rules and signed. What was done is
//!    written down, and the root signs that too.
//! 3. `install`, online: root and issuing certificates are taken in when they fit the
//!    keys. From then on the service makes no root itself. Another suite may follow later.
//! 4. `renewed_list`, offline, and `install_list`, online: the root's revocation list
//!    before it ends.

mod install;
mod protocol;

use crypto::{Hash, Keys, Signer, Suite, digest};
use pki::{
    Addresses, Certificate, CertificateRequest, CertificationRequest, Name, Profile,
    revocation::{CrlContent, Scope, issue_crl},
    sign_tbs, signed_attributes, signed_data, tbs_published,
};

pub(crate) use install::{CEREMONY, list_setting};
pub use install::{Installed, install, install_list, requests};
pub use protocol::{Protocol, Step, verify_protocol};

use crate::{
    Millis, TrustError,
    addresses::root_addresses,
    authority::{ISSUING_YEARS, ROOT_YEARS, YEAR, check},
};

/// For how long the root's list is good: until the next ceremony.
const LIST: Millis = 400 * 24 * 3_600_000;

/// Who holds a ceremony, and when.
#[derive(Debug, Clone)]
pub struct Ceremony {
    /// Organisation in the root's certificate.
    pub operator: String,
    /// Who saw it, by name.
    pub witnesses: Vec<String>,
    /// Unix milliseconds.
    pub at: Millis,
    /// Version of the program.
    pub program: String,
    /// Where the service publishes; empty when certificates name no address.
    pub url: String,
}

/// What a ceremony made for one suite.
#[derive(Debug)]
pub struct Made {
    /// The suite.
    pub suite: Suite,
    /// The trust anchor.
    pub root: Certificate,
    /// The issuing authority.
    pub issuing: Certificate,
    /// The root's revocation list, DER.
    pub list: Vec<u8>,
    /// The root's signature over the protocol: CMS, detached, DER.
    pub signature: Vec<u8>,
}

/// What must be durable before a ceremony goes on.
#[derive(Debug, Clone, Copy)]
pub enum Record<'a> {
    /// A line for the journal, JSON without its line feed: what is about to be signed.
    Line(&'a [u8]),
    /// The whole protocol, which the roots are about to sign.
    Protocol(&'a [u8]),
}

/// Makes it durable, or says why it is not: then nothing is signed.
pub type Recorder<'a> = dyn FnMut(Record<'_>) -> Result<(), TrustError> + 'a;

/// Holds a ceremony over the requests; `keys` are those of the machine without a network.
/// Gives the protocol, canonical JSON (RFC 8785), with what was made. Before each signature
/// of a root, what it signs was handed to `record`.
///
/// # Errors
/// [`TrustError::Ceremony`] when a request is not for an issuing authority, or two are of
/// one suite; [`TrustError::Lint`] when what would be signed breaks a rule.
pub fn hold(
    keys: &Keys,
    ceremony: &Ceremony,
    requests: &[CertificationRequest],
    record: &mut Recorder<'_>,
) -> Result<(Vec<u8>, Vec<Made>), TrustError> {
    let refuse = |reason: &str| Err(TrustError::Ceremony(reason.to_owned()));
    if requests.is_empty() || ceremony.witnesses.is_empty() {
        return refuse("it needs a request and a witness");
    }
    let mut protocol = Protocol::new(ceremony);
    let mut made: Vec<Made> = Vec::new();
    for request in requests {
        let suite = Suite::of_spki(request.spki());
        let Some(suite) = suite.filter(|suite| made.iter().all(|one| one.suite != *suite)) else {
            return refuse("two requests are of one suite, or one is of none");
        };
        if !request.asks_for(&Profile::Issuing) {
            return refuse("a request is not one for an issuing authority");
        }
        protocol.push(
            "request-checked",
            suite,
            request.der(),
            Some(request.to_pem()),
        );
        let root = root(keys, ceremony, suite, &mut protocol, record)?;
        made.push(certify(
            keys,
            ceremony,
            request,
            root,
            &mut protocol,
            record,
        )?);
    }
    let written = protocol.to_json()?;
    record(Record::Protocol(&written))?;
    for one in &mut made {
        let key = keys.existing(one.suite, &label(one.suite))?;
        let content = digest(one.suite.hash(), &written);
        let attributes = signed_attributes(&content, &one.root, None);
        let signature = key.sign(&attributes)?;
        let chain = [one.root.clone()];
        one.signature = signed_data(one.suite, &attributes, &signature, &chain, None)?;
    }
    Ok((written, made))
}

fn label(suite: Suite) -> String {
    format!("ceremony/root/{}", suite.name())
}

/// The root of a suite: the one of an earlier ceremony, or a fresh one.
fn root(
    keys: &Keys,
    ceremony: &Ceremony,
    suite: Suite,
    protocol: &mut Protocol,
    record: &mut Recorder<'_>,
) -> Result<Certificate, TrustError> {
    let place = root_place(suite);
    if let Some(der) = keys.file().bytes(&place) {
        let root = Certificate::from_der(&der)?;
        let key = keys.existing(suite, &label(suite))?;
        if key.spki() != root.spki() {
            return Err(pki::PkiError::OtherCertificate.into());
        }
        protocol.push("root-opened", suite, root.der(), Some(root.to_pem()));
        return Ok(root);
    }
    let key = keys.ensure(suite, &label(suite))?;
    protocol.push("root-key-made", suite, key.spki(), None);
    let subject = authority(&ceremony.operator, "根 CA", suite);
    let begin = ceremony.at.div_euclid(1000);
    let request = CertificateRequest {
        subject: &subject,
        spki: key.spki(),
        serial: pki::serial_number(crypto::random()),
        not_before: begin,
        not_after: begin + ROOT_YEARS * YEAR,
        profile: &Profile::Root,
    };
    let tbs = tbs_published(&request, None, suite, &Addresses::default())?;
    check(&tbs, &Profile::Root, None)?;
    record(Record::Line(&about_to("sign-root", suite, &tbs)?))?;
    let root = sign_tbs(&tbs, key.as_ref())?;
    keys.file().put_bytes(&place, root.der())?;
    protocol.push("root-signed", suite, root.der(), Some(root.to_pem()));
    Ok(root)
}

fn certify(
    keys: &Keys,
    ceremony: &Ceremony,
    request: &CertificationRequest,
    root: Certificate,
    protocol: &mut Protocol,
    record: &mut Recorder<'_>,
) -> Result<Made, TrustError> {
    let suite = Suite::of_spki(root.spki()).ok_or(TrustError::WrongSuite("of the root"))?;
    let key = keys.existing(suite, &label(suite))?;
    let begin = ceremony.at.div_euclid(1000);
    let subject = request.subject()?;
    let wanted = CertificateRequest {
        subject: &subject,
        spki: request.spki(),
        serial: pki::serial_number(crypto::random()),
        not_before: begin,
        not_after: (begin + ISSUING_YEARS * YEAR).min(root.not_after()),
        profile: &Profile::Issuing,
    };
    let addresses = root_addresses(&ceremony.url, suite);
    let tbs = tbs_published(&wanted, Some(&root), suite, &addresses)?;
    check(&tbs, &Profile::Issuing, Some(&root))?;
    record(Record::Line(&about_to("sign-issuing", suite, &tbs)?))?;
    let issuing = sign_tbs(&tbs, key.as_ref())?;
    protocol.push(
        "issuing-signed",
        suite,
        issuing.der(),
        Some(issuing.to_pem()),
    );
    let list = list(key.as_ref(), &root, suite, ceremony.at, record)?;
    protocol.push("list-signed", suite, &list, None);
    Ok(Made {
        suite,
        root,
        issuing,
        list,
        signature: Vec::new(),
    })
}

/// Another list of the root of an earlier ceremony, DER, for when the one that is installed
/// ends; none of a suite whose root is not here.
///
/// # Errors
/// The key's, and what `record` says.
pub fn renewed_list(
    keys: &Keys,
    suite: Suite,
    at: Millis,
    record: &mut Recorder<'_>,
) -> Result<Option<Vec<u8>>, TrustError> {
    let Some(der) = keys.file().bytes(&root_place(suite)) else {
        return Ok(None);
    };
    let root = Certificate::from_der(&der)?;
    let key = keys.existing(suite, &label(suite))?;
    list(key.as_ref(), &root, suite, at, record).map(Some)
}

fn list(
    key: &dyn Signer,
    root: &Certificate,
    suite: Suite,
    at: Millis,
    record: &mut Recorder<'_>,
) -> Result<Vec<u8>, TrustError> {
    let content = CrlContent {
        // Grows from one to the next.
        number: at.unsigned_abs(),
        this_update_ms: at,
        next_update_ms: at + LIST,
        scope: Scope::All,
        distribution_point: None,
        entries: &[],
    };
    record(Record::Line(&about_to("sign-list", suite, root.der())?))?;
    Ok(issue_crl(&content, root, key)?.der().to_vec())
}

/// A line of the journal: what is about to be done with these bytes.
fn about_to(step: &str, suite: Suite, bytes: &[u8]) -> Result<Vec<u8>, TrustError> {
    let step = Step {
        digest: fingerprint(bytes),
        pem: None,
        step: step.to_owned(),
        suite: suite.name().to_owned(),
    };
    serde_json::to_vec(&step).map_err(|error| TrustError::Ceremony(error.to_string()))
}

/// Where the certificate of a suite's root lies in the key store.
fn root_place(suite: Suite) -> String {
    format!("ceremony/root-certificate/{}", suite.name())
}

/// The name of an authority.
pub(crate) fn authority(operator: &str, title: &str, suite: Suite) -> Name {
    Name {
        common_name: format!("{operator} {title} ({})", suite.name()),
        organization: Some(operator.to_owned()),
        country: "CN".to_owned(),
        serial_number: None,
    }
}

fn fingerprint(bytes: &[u8]) -> String {
    hex::encode(digest(Hash::Sha256, bytes).as_bytes())
}

//! The protocol of a ceremony: what was done, in order, signed by the root.

use crypto::{Suite, digest};
use pki::{Certificate, SignedData};
use serde::{Deserialize, Serialize};

use super::{Ceremony, fingerprint};
use crate::{Millis, TrustError};

/// What was done at a ceremony.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Unix milliseconds.
    pub at: Millis,
    /// Who held it.
    pub operator: String,
    /// Version of the program.
    pub program: String,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// Version of this form.
    pub version: u8,
    /// Who saw it.
    pub witnesses: Vec<String>,
}

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// SHA-256 of the DER of what was made or checked, hexadecimal.
    pub digest: String,
    /// It, as PEM, where it is public and has such a form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pem: Option<String>,
    /// What was done, such as `root-key-made`.
    pub step: String,
    /// Name of the suite.
    pub suite: String,
}

impl Protocol {
    pub(super) fn new(ceremony: &Ceremony) -> Self {
        Self {
            at: ceremony.at,
            operator: ceremony.operator.clone(),
            program: ceremony.program.clone(),
            steps: Vec::new(),
            version: 1,
            witnesses: ceremony.witnesses.clone(),
        }
    }

    pub(super) fn push(&mut self, step: &str, suite: Suite, der: &[u8], pem: Option<String>) {
        self.steps.push(Step {
            digest: fingerprint(der),
            pem,
            step: step.to_owned(),
            suite: suite.name().to_owned(),
        });
    }

    pub(super) fn to_json(&self) -> Result<Vec<u8>, TrustError> {
        let refuse = |error: serde_json::Error| TrustError::Ceremony(error.to_string());
        serde_json_canonicalizer::to_vec(self).map_err(refuse)
    }
}

/// Verifies a protocol and the root's detached signature over it: that the root signed
/// these bytes, that they are the one form of what they say, and that the root and each
/// certificate in it are those of the digests.
///
/// # Errors
/// [`TrustError::Ceremony`] says what does not hold, and the errors of reading.
pub fn verify_protocol(
    protocol: &[u8],
    signature: &[u8],
    root: &Certificate,
) -> Result<Protocol, TrustError> {
    let refuse = |reason: &str| Err(TrustError::Ceremony(reason.to_owned()));
    let signed = SignedData::parse(signature)?;
    let Some(suite) = Suite::of_spki(root.spki()) else {
        return refuse("the root's key is of no suite");
    };
    signed.verify(&digest(suite.hash(), protocol))?;
    if signed.signer() != root {
        return refuse("the protocol was signed by another root");
    }
    let read: Protocol = match serde_json::from_slice(protocol) {
        Ok(read) => read,
        Err(error) => return refuse(&format!("the protocol cannot be read: {error}")),
    };
    if read.to_json()? != protocol {
        return refuse("the protocol is not canonical JSON");
    }
    let ours = fingerprint(root.der());
    if !read.steps.iter().any(|step| step.digest == ours) {
        return refuse("the protocol does not name this root");
    }
    for step in &read.steps {
        let pem = step.pem.as_deref().unwrap_or_default();
        for certificate in Certificate::from_pem_many(pem)? {
            if fingerprint(certificate.der()) != step.digest {
                return refuse("a certificate in the protocol is not that of its digest");
            }
        }
    }
    Ok(read)
}

//! The manifest: every evidence item of one act, as canonical JSON (RFC 8785).

use std::collections::BTreeMap;

use crypto::{Digest, Hash};
use serde::{Deserialize, Serialize};

use crate::{
    event::{Millis, Role},
    policy::{ItemKind, Mode},
};

/// One piece of evidence, named by digest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvidenceItem {
    /// What it is.
    pub kind: ItemKind,
    /// Digest of its content.
    pub digest: Digest,
    /// Who captured it: `page`, `integrator`, `sms-gateway`, and so on. A simulator
    /// says so here.
    pub source: String,
    /// When the service had it.
    pub at: Millis,
    /// When it was captured, as the device says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub captured: Option<Millis>,
    /// Facts that are not personal data, such as page numbers and durations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub facts: BTreeMap<String, String>,
}

impl EvidenceItem {
    /// What a later item takes the place of: one of the same kind, and of the same
    /// question or consent where there are several.
    #[must_use]
    pub fn slot(&self) -> (ItemKind, Option<&str>) {
        (self.kind, self.facts.get(OF).map(String::as_str))
    }
}

/// The fact that tells items of one kind apart: which question, consent to what.
pub const OF: &str = "of";

/// All evidence of one act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this shape: 2. Version 1 had no `policy_digest` and no `captured`.
    pub version: u8,
    /// The act.
    pub act: String,
    /// The contract.
    pub contract: String,
    /// Digest of the frozen document that was shown.
    pub document: Digest,
    /// Digest of the revision that is signed: the document and the signatures
    /// before this one.
    pub revision: Digest,
    /// Who signs.
    pub role: Role,
    /// Salted digest of the party's data.
    pub identity: Digest,
    /// How.
    pub mode: Mode,
    /// Name and version of the evidence policy.
    pub policy: String,
    /// Digest of the evidence policy's canonical JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy_digest: Option<Digest>,
    /// The session, if there was one.
    pub session: Option<String>,
    /// When the manifest was closed.
    pub closed: Millis,
    /// The evidence, in order of capture.
    pub items: Vec<EvidenceItem>,
}

impl Manifest {
    /// The canonical form whose digest is the evidence digest.
    ///
    /// # Panics
    /// Never: a manifest holds text and integers alone, which RFC 8785 can write.
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        serde_json_canonicalizer::to_vec(self).expect("text and integers have a canonical form")
    }

    /// The evidence digest.
    #[must_use]
    pub fn digest(&self, hash: Hash) -> Digest {
        crypto::digest(hash, &self.canonical())
    }
}

//! What happened to a contract. The ledger proves these, and state is their fold.
//!
//! Events hold no personal data in clear: a person is named by a salted digest,
//! and what belongs to a person lies in a blob under that person's key.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;

use crate::{
    manifest::EvidenceItem,
    policy::{EvidencePolicy, Mode},
    ports::Verdict,
    return_url::ReturnUrl,
};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;

/// The name of a party's place in a contract: `borrower`, `lender` and so on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Role(String);

impl Role {
    /// Parses a role: 1 to 32 characters of `a-z`, `0-9` and `-`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        ((1..=32).contains(&text.len()) && text.chars().all(good)).then(|| Self(text.to_owned()))
    }

    /// The operator's role in the closing signatures; no party can have it.
    #[must_use]
    pub fn closing() -> Self {
        Self("closing".to_owned())
    }

    /// The role as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Which algorithms a contract uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// SM2 with SM3, SM4-GCM; the closing adds a P-256 signature over the whole.
    Gm,
    /// P-256 with SHA-256, AES-256-GCM.
    Intl,
}

impl Profile {
    /// The suite of every party's signature.
    #[must_use]
    pub fn suite(self) -> crypto::Suite {
        match self {
            Self::Gm => crypto::Suite::Sm2Sm3,
            Self::Intl => crypto::Suite::P256Sha256,
        }
    }

    /// The digest of documents, revisions and evidence.
    #[must_use]
    pub fn hash(self) -> crypto::Hash {
        self.suite().hash()
    }

    /// The cipher of blobs.
    #[must_use]
    pub fn aead(self) -> crypto::Aead {
        match self {
            Self::Gm => crypto::Aead::Sm4Gcm,
            Self::Intl => crypto::Aead::Aes256Gcm,
        }
    }

    /// The name used in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Gm => "gm",
            Self::Intl => "intl",
        }
    }
}

/// In which order the parties sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// One after the other, as listed.
    Sequential,
    /// At any time.
    Parallel,
}

/// Where a signature is drawn: a rectangle in points from the page's lower left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Page, from 0.
    pub page: usize,
    /// Lower left and upper right corner: x0, y0, x1, y1.
    pub rect: [f64; 4],
    /// From where to where of a seal's width it is drawn there, 0 to 1; the whole of it
    /// when it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<[f64; 2]>,
}

/// A party as the events know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Its place in the contract.
    pub role: Role,
    /// How it signs.
    pub mode: Mode,
    /// What it must bring; see [`Party::policy`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<EvidencePolicy>,
    /// Names the data key of the party's personal data.
    pub person: String,
    /// Salted digest of the party's data.
    pub identity: Digest,
    /// The party's data, sealed under its own key.
    pub details: BlobId,
    /// The person of the register that signs, where the contract names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered: Option<String>,
    /// The registered company that signs, in the mode [`Mode::Seal`].
    pub company: Option<String>,
    /// Where its signature is drawn.
    pub places: Vec<Place>,
    /// Where name, time and manner are told beside its strokes or seal, if they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelSide>,
}

impl Party {
    /// What this party must bring before it signs. Contracts that were made before
    /// policies were data have none of their own.
    #[must_use]
    pub fn policy(&self) -> Cow<'_, EvidencePolicy> {
        match &self.policy {
            Some(policy) => Cow::Borrowed(policy),
            None => Cow::Owned(EvidencePolicy::first(self.mode)),
        }
    }
}

/// Where a label is, as the page is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelSide {
    /// Below strokes or seal.
    Below,
    /// To their right.
    Beside,
}

/// What a contract is from its first event on. Nothing here ever changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// Identifier of the contract, 128 bit in hexadecimal.
    pub contract: String,
    /// Title of the document.
    pub title: String,
    /// Algorithms.
    pub profile: Profile,
    /// Digest of the frozen document.
    pub document: Digest,
    /// The frozen document, sealed under the contract's key.
    pub blob: BlobId,
    /// Length of the document in bytes.
    pub length: usize,
    /// Number of pages.
    pub pages: usize,
    /// Order of signing.
    pub order: Order,
    /// After this the contract ends unsigned.
    pub expires: Millis,
    /// The parties, in signing order.
    pub parties: Vec<Party>,
    /// The template that the document was made from, as `name/version`; none of a file
    /// that was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The amount that the contract is about, in fen, where its template says which it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<u64>,
    /// The URL that is told what becomes of the contract.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<String>,
}

/// One revision of the document as it was stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Digest of the whole file up to and including this revision.
    pub digest: Digest,
    /// The bytes that this revision appends, sealed under the contract's key.
    pub increment: BlobId,
    /// Their number.
    pub length: usize,
}

/// One signing act, finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signed {
    /// Identifier of the act.
    pub act: String,
    /// The session that it came from; none for a seal.
    pub session: Option<String>,
    /// Who signed.
    pub role: Role,
    /// Digest of the revision that was signed.
    pub previous: Digest,
    /// The revision that the act made.
    pub revision: Revision,
    /// Evidence digest: the digest of the manifest's canonical JSON.
    pub evidence: Digest,
    /// The manifest, sealed under the contract's key.
    pub manifest: BlobId,
    /// Raw evidence that is kept here: digest of the item to blob, sealed under the
    /// signer's key.
    pub raw: BTreeMap<String, BlobId>,
    /// Serial number of the certificate.
    pub certificate: String,
    /// Whether the key was made for this act alone and destroyed after it.
    pub key_destroyed: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// The document was frozen and the contract opened for signing.
    Frozen {
        /// What was agreed to be signed.
        terms: Terms,
    },
    /// A one-time link was made for a party.
    LinkIssued {
        /// The session that the link opens.
        session: String,
        /// For whom.
        role: Role,
        /// When the link, and the session that it opens, ends.
        expires: Millis,
        /// Where the signer goes from the page, when there is such a place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        return_url: Option<ReturnUrl>,
        /// The set of contracts that is signed in one sitting, when it is one of them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        set: Option<SetPlace>,
        /// Whether somebody asked for it who knew no more than the number: earlier links
        /// and sessions end when it is opened, and not before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        picked_up: bool,
    },
    /// The link was sent to the party's number.
    LinkSent {
        /// The link's session.
        session: String,
        /// What the gateway answered.
        receipt: String,
        /// Which gateway; a simulator says so here.
        source: String,
    },
    /// The link was opened, once.
    SessionOpened {
        /// Which session.
        session: String,
        /// Who opened it with the signer present, when somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Attendant>,
    },
    /// An evidence item was added.
    EvidenceAdded {
        /// Which session.
        session: String,
        /// What was added.
        item: EvidenceItem,
        /// Its content, sealed; none when only its digest was handed over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<BlobId>,
    },
    /// An identity authority is about to be asked: it counts before, so that questions at
    /// the same time do not pass the limit together.
    IdentityAsking {
        /// Which session.
        session: String,
        /// Name of the question.
        question: String,
        /// The nonce of this question.
        nonce: String,
    },
    /// An identity authority was asked.
    IdentityAsked {
        /// Which session.
        session: String,
        /// Name of the question.
        question: String,
        /// The nonce of this question, which the answer repeats.
        nonce: String,
        /// What the authority found.
        verdict: Verdict,
        /// The authority's number for the answer.
        receipt: String,
        /// Which authority; a simulator says so here.
        source: String,
        /// The signed answer as it came, sealed under the party's key.
        answer: BlobId,
    },
    /// A one-time code is about to be sent: it counts before the gateway has it.
    CodeMade {
        /// Which session.
        session: String,
        /// Keyed digest of the code, bound to session and document.
        code: Digest,
    },
    /// A one-time code was sent.
    CodeSent {
        /// Which session.
        session: String,
        /// Keyed digest of the code, bound to session and document.
        code: Digest,
        /// When it ends.
        expires: Millis,
        /// What the gateway answered.
        receipt: String,
        /// Which gateway; a simulator says so here.
        source: String,
    },
    /// A one-time code was entered.
    CodeTried {
        /// Which session.
        session: String,
        /// Whether it was right.
        correct: bool,
    },
    /// A party signed.
    Signed(Box<Signed>),
    /// A party refused; the contract ends.
    Refused {
        /// Who refused.
        role: Role,
        /// The reason, sealed under the party's own key.
        reason: BlobId,
    },
    /// The sender withdrew the contract.
    Withdrawn,
    /// The time for signing ran out.
    Expired,
    /// The last party has signed and the closing signatures are in place.
    Closed {
        /// The closing signatures, in order.
        signatures: Vec<Signed>,
    },
}

/// Who was with a signer, and on which device: the identifiers that their tenant knows
/// them by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendant {
    /// The officer or clerk.
    pub officer: String,
    /// The device.
    pub device: String,
}

/// A contract's place in a set that one person signs in one sitting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetPlace {
    /// The set.
    pub set: String,
    /// Which of its contracts this is, from 0.
    pub index: usize,
    /// How many they are.
    pub size: usize,
}

/// An event with the time at which it was decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded<E = Event> {
    /// When.
    pub at: Millis,
    /// What.
    #[serde(flatten)]
    pub event: E,
}

impl Signed {
    /// The blobs that it names: increment, manifest, raw evidence.
    fn blobs(&self) -> impl Iterator<Item = BlobId> {
        [self.revision.increment, self.manifest]
            .into_iter()
            .chain(self.raw.values().copied())
    }
}

impl Event {
    /// The blobs that the event names, without which it would prove nothing.
    #[must_use]
    pub fn blobs(&self) -> Vec<BlobId> {
        match self {
            Self::Frozen { terms } => {
                let details = terms.parties.iter().map(|party| party.details);
                std::iter::once(terms.blob).chain(details).collect()
            }
            Self::Signed(signed) => signed.blobs().collect(),
            Self::Closed { signatures } => signatures.iter().flat_map(Signed::blobs).collect(),
            Self::Refused { reason, .. } => vec![*reason],
            Self::EvidenceAdded { content, .. } => content.iter().copied().collect(),
            Self::IdentityAsked { answer, .. } => vec![*answer],
            _ => Vec::new(),
        }
    }

    /// The name of the event in the store.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Frozen { .. } => "frozen",
            Self::LinkIssued { .. } => "link-issued",
            Self::LinkSent { .. } => "link-sent",
            Self::SessionOpened { .. } => "session-opened",
            Self::EvidenceAdded { .. } => "evidence-added",
            Self::IdentityAsking { .. } => "identity-asking",
            Self::IdentityAsked { .. } => "identity-asked",
            Self::CodeMade { .. } => "code-made",
            Self::CodeSent { .. } => "code-sent",
            Self::CodeTried { .. } => "code-tried",
            Self::Signed(_) => "signed",
            Self::Refused { .. } => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Closed { .. } => "closed",
        }
    }
}

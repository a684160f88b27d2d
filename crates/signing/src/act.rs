//! One signing act: fresh key, event certificate, signature, timestamp, revision.
//!
//! The order is the protocol. The manifest is closed before the certificate is
//! asked for, the certificate names manifest and revision, the key signs once and
//! is gone, and only what is returned here can be committed. Cost grows with the
//! increment: the unchanged file enters as the digest state that was kept of it.

use std::sync::Arc;

use bytes::Bytes;
use crypto::{Digest, Digester, EventKey, Hash, Signer, Suite};
use pdf::{Appearance, Base, Field, Placement};
use pki::{Certificate, EventBinding, Name};
use store::BlobId;

use crate::{
    event::{Millis, Place, Profile, Revision, Role, Signed},
    manifest::{EvidenceItem, Manifest},
    policy::{EvidencePolicy, Mode},
    ports::{CertificateAuthority, PortError, TimestampAuthority},
    refusal::Refusal,
    vault::DataKey,
};

/// Room for attributes, signature and timestamp token beside the certificates.
const CMS_ROOM: usize = 5 * 1024;

/// Why an act came to nothing. Nothing was signed that anybody can see.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The certificate or the manifest is not what was agreed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An authority failed.
    #[error(transparent)]
    Port(#[from] PortError),
    /// The file cannot be extended.
    #[error(transparent)]
    Pdf(#[from] pdf::PdfError),
    /// A key did not sign.
    #[error(transparent)]
    Key(#[from] crypto::KeyError),
    /// The signature could not be encoded.
    #[error(transparent)]
    Pki(#[from] pki::PkiError),
    /// The service is shutting down.
    #[error("the service is shutting down; nothing was signed")]
    Stopped,
}

/// The file as it stands, as far as the next signature needs it.
#[derive(Clone)]
pub struct Head {
    base: Base,
    own: Digester,
    /// Of a `gm` contract, for the closing signature that common viewers check.
    sha256: Option<Digester>,
}

impl Head {
    /// Reads a whole file, once; every revision after it only extends the head.
    pub fn read(file: &[u8], profile: Profile) -> Result<Self, pdf::PdfError> {
        let mut own = Digester::new(profile.hash());
        own.update(file);
        let sha256 = (profile.hash() != Hash::Sha256).then(|| {
            let mut digester = Digester::new(Hash::Sha256);
            digester.update(file);
            digester
        });
        Ok(Self {
            base: Base::read(file)?,
            own,
            sha256,
        })
    }

    /// What is known of the file's structure.
    #[must_use]
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// Digest of the whole file so far, in the hash of the contract's profile.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.own.clone().finish()
    }

    fn digester(&self, suite: Suite) -> &Digester {
        match &self.sha256 {
            Some(sha256) if suite.hash() == Hash::Sha256 => sha256,
            _ => &self.own,
        }
    }

    fn extend(&self, increment: &[u8], base: Base) -> Self {
        let mut next = Self {
            base,
            own: self.own.clone(),
            sha256: self.sha256.clone(),
        };
        next.own.update(increment);
        if let Some(sha256) = &mut next.sha256 {
            sha256.update(increment);
        }
        next
    }
}

/// With what an act is signed.
pub enum Credential {
    /// A person: a fresh key and an event certificate for this act alone.
    Event {
        /// Name in the certificate.
        subject: Name,
    },
    /// A company: its guarded seal key and enterprise certificate.
    Seal {
        /// The key.
        key: Arc<dyn Signer>,
        /// Leaf first, no root.
        chain: Vec<Certificate>,
    },
}

/// Everything that one act is about.
pub struct Act {
    /// Whose contract.
    pub tenant: String,
    /// Algorithms of this signature.
    pub suite: Suite,
    /// The evidence, closed.
    pub manifest: Manifest,
    /// Name of the signer as the signature field shows it.
    pub signer: String,
    /// Where the signature is drawn; nowhere for closing signatures.
    pub places: Vec<Place>,
    /// What is drawn.
    pub appearance: Option<Appearance>,
    /// With what.
    pub credential: Credential,
    /// Raw evidence by its digest, sealed already.
    pub raw: Vec<(Digest, Bytes)>,
    /// The contract's data key.
    pub key: DataKey,
}

/// A finished act, not yet committed.
pub struct Outcome {
    /// For the event.
    pub signed: Signed,
    /// The file after it.
    pub head: Head,
    /// What must be stored with it.
    pub blobs: Vec<Bytes>,
}

/// What the parts of an act share.
#[derive(Clone)]
pub struct Authorities {
    /// Issues the event certificate.
    pub certificates: Arc<dyn CertificateAuthority>,
    /// Issues the timestamp.
    pub timestamps: Arc<dyn TimestampAuthority>,
}

/// A manifest for the head of a file.
#[derive(Clone)]
pub struct Opening<'a> {
    /// The contract.
    pub contract: &'a str,
    /// Its frozen document.
    pub document: &'a Digest,
    /// Who signs.
    pub role: Role,
    /// Salted digest of the party's data.
    pub identity: Digest,
    /// How.
    pub mode: Mode,
    /// What the party had to bring.
    pub policy: &'a EvidencePolicy,
    /// The session, if there is one.
    pub session: Option<String>,
    /// The evidence.
    pub items: Vec<EvidenceItem>,
}

impl Opening<'_> {
    /// Closes the evidence for one signature over the file as it stands.
    #[must_use]
    pub fn close(self, head: &Head, suite: Suite, now: Millis) -> Manifest {
        Manifest {
            version: 2,
            act: crypto::random_id(),
            contract: self.contract.to_owned(),
            document: self.document.clone(),
            revision: head.digester(suite).clone().finish(),
            role: self.role,
            identity: self.identity,
            mode: self.mode,
            policy: self.policy.name.clone(),
            policy_digest: Some(self.policy.digest(suite.hash())),
            session: self.session,
            closed: now,
            items: self.items,
        }
    }
}

impl Act {
    /// Signs. See the module for the order.
    pub async fn perform(
        self,
        head: &Head,
        authorities: &Authorities,
    ) -> Result<Outcome, ActError> {
        let binding = binding(&self.manifest, self.suite);
        let (signer, chain): (Arc<dyn Signer>, _) = match &self.credential {
            Credential::Seal { key, chain } => (Arc::clone(key), chain.clone()),
            Credential::Event { subject } => {
                let suite = self.suite;
                let key: Arc<dyn Signer> =
                    Arc::new(compute(move || EventKey::generate(suite)).await??);
                let (subject, asker) = (subject.clone(), Arc::clone(&key));
                let chain = authorities
                    .certificates
                    .issue_event(&self.tenant, suite, subject, asker, binding.clone())
                    .await?;
                (key, chain)
            }
        };
        let once = matches!(self.credential, Credential::Event { .. });
        let leaf = chain.first().cloned().ok_or(Refusal::ManifestMismatch)?;
        let bound = if once {
            leaf.event_binding() == Some(&binding)
        } else {
            true
        };
        if !bound || leaf.spki() != signer.spki() {
            return Err(Refusal::ManifestMismatch.into());
        }

        let state = head.clone();
        let (act, draft) = compute(move || {
            let draft = self.draft(&state, signer.as_ref(), &leaf, (!once).then_some(&binding));
            (self, draft)
        })
        .await?;
        let draft = draft?;
        let imprint = crypto::digest(act.suite.hash(), &draft.signature);
        let token = authorities
            .timestamps
            .timestamp(act.suite, &imprint)
            .await?;
        let state = head.clone();
        compute(move || act.finish(&state, draft, &chain, &token, once)).await?
    }

    /// Prepares the increment and signs it.
    fn draft(
        &self,
        head: &Head,
        signer: &dyn Signer,
        leaf: &Certificate,
        binding: Option<&EventBinding>,
    ) -> Result<Draft, ActError> {
        let placements: Vec<Placement> = self
            .places
            .iter()
            .map(|p| Placement {
                page: p.page,
                rect: p.rect,
            })
            .collect();
        let prepared = pdf::prepare(
            &head.base,
            &Field {
                name: &format!("{}-{}", self.manifest.role, &self.manifest.act[..8]),
                place: pdf::Place::New(&placements),
                appearance: self.appearance.as_ref(),
                signer: &self.signer,
                reason: &format!("{} {}", self.manifest.mode.name(), self.manifest.act),
                time_ms: self.manifest.closed,
                reserve: CMS_ROOM + 2 * leaf.der().len(),
                certify: None,
            },
        )?;
        let content = prepared.digest(head.digester(self.suite));
        let attributes = pki::signed_attributes(&content, leaf, binding);
        let signature = signer.sign(&attributes)?;
        Ok(Draft {
            prepared,
            attributes,
            signature,
        })
    }

    /// Embeds signature and timestamp, and seals what goes to the store.
    fn finish(
        self,
        head: &Head,
        draft: Draft,
        chain: &[Certificate],
        token: &[u8],
        once: bool,
    ) -> Result<Outcome, ActError> {
        let Draft {
            prepared,
            attributes,
            signature,
        } = draft;
        let cms = pki::signed_data(self.suite, &attributes, &signature, chain, Some(token))?;
        let (increment, base) = prepared.embed(&cms)?;
        let next = head.extend(&increment, base);
        let canonical = self.manifest.canonical();
        let stored = self.key.seal("increment", &increment);
        let manifest = self.key.seal("manifest", &canonical);
        let signed = Signed {
            act: self.manifest.act.clone(),
            session: self.manifest.session.clone(),
            role: self.manifest.role.clone(),
            previous: head.digest(),
            revision: Revision {
                digest: next.digest(),
                increment: BlobId::of(&stored),
                length: increment.len(),
            },
            evidence: crypto::digest(self.suite.hash(), &canonical),
            manifest: BlobId::of(&manifest),
            raw: self
                .raw
                .iter()
                .map(|(d, b)| (d.to_string(), BlobId::of(b)))
                .collect(),
            certificate: chain
                .first()
                .map(Certificate::serial_hex)
                .unwrap_or_default(),
            key_destroyed: once,
        };
        let raw = self.raw.into_iter().map(|(_, sealed)| sealed);
        let blobs = [stored, manifest].into_iter().chain(raw).collect();
        Ok(Outcome {
            signed,
            head: next,
            blobs,
        })
    }
}

struct Draft {
    prepared: pdf::Prepared,
    attributes: Vec<u8>,
    signature: Vec<u8>,
}

fn binding(manifest: &Manifest, suite: Suite) -> EventBinding {
    EventBinding {
        act: manifest.act.clone(),
        contract: manifest.contract.clone(),
        mode: manifest.mode.name().to_owned(),
        policy: manifest.policy.clone(),
        revision: manifest.revision.clone(),
        evidence: manifest.digest(suite.hash()),
    }
}

/// Runs work of a millisecond or so beside the async runtime.
pub(crate) async fn compute<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ActError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ActError::Stopped)
}

/// Runs work of many milliseconds and megabytes on a thread of its own, so that its
/// memory goes with it.
pub(crate) async fn compute_apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ActError> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let run = move || {
        // Nobody listens when the caller has gone.
        let _ = answer.send(work());
    };
    let thread = std::thread::Builder::new().name("drawing".to_owned());
    thread.spawn(run).map_err(|_| ActError::Stopped)?;
    answered.await.map_err(|_| ActError::Stopped)
}

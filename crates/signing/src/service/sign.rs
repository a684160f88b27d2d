//! The signing acts: a signer's submission, a company's seal, and the closing.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use crypto::{Digest, Hash, Suite};
use ink::Handwriting;
use pdf::{Appearance, Picture};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use super::{
    ATTEMPTS, CommandKey, Signing, SigningError,
    loaded::{Guard, Loaded, Person, Step},
    session::{canonical, loaded},
};
use crate::{
    Refusal,
    act::{Act, Credential, Head, Opening, Outcome, compute},
    contract::{Command, Contract},
    event::{Event, LabelSide, Millis, Party, Place, Profile, Recorded, Role, Signed},
    manifest::EvidenceItem,
    policy::{ItemKind, Mode},
};

/// Ink of a handwritten signature, and of a seal's text.
const INK: [f32; 3] = [0.05, 0.08, 0.35];

/// What a signer submits.
#[derive(Debug, Clone)]
pub struct Submission {
    /// The contract that the signer means.
    pub contract: String,
    /// Digest of the document that the signer read.
    pub document: Digest,
    /// What the device says of itself: a JSON object of at most 4 KiB.
    pub device: Value,
    /// The handwriting with all its samples, in the mode that asks for it: the text
    /// as it was captured, which is the evidence.
    pub handwriting: Option<Arc<RawValue>>,
}

/// A finished act, as its signer gets it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The act.
    pub act: String,
    /// The contract.
    pub contract: String,
    /// Who signed.
    pub role: Role,
    /// When.
    pub signed_at: Millis,
    /// Digest of the file with the signature.
    pub revision: Digest,
    /// Evidence digest.
    pub evidence: Digest,
    /// Serial number of the certificate.
    pub certificate: String,
    /// The contract's state after it.
    pub state: String,
}

/// Evidence and appearance that came with a command.
struct Brought {
    items: Vec<EvidenceItem>,
    raw: Vec<(Digest, Bytes)>,
    appearance: Option<Appearance>,
}

impl Signing {
    /// Submits a session: signs for its party. The same command key gives the same
    /// receipt again.
    pub async fn submit(
        &self,
        secret: &str,
        submission: &Submission,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let visit = self.visit(secret).await?;
        let mut attempt = 1;
        loop {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            // Asked in the contract's turn: the same command may have been before us in it.
            if let Some(before) = self.replay(&visit.tenant, key).await? {
                return Ok(before);
            }
            match self
                .submit_once(&mut guard, &visit.session, submission, key)
                .await
            {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn submit_once(
        &self,
        guard: &mut Guard,
        session: &str,
        submission: &Submission,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let now = self.now();
        let loaded = loaded(guard)?;
        let role = loaded.contract.session(session, now)?.role.clone();
        let party = loaded.contract.may_sign(&role, now)?.clone();
        let person = self.person(loaded, &party).await?;
        let hash = loaded.contract.terms.profile.hash();
        let bringing = Bringing {
            hash,
            mode: party.mode,
            person: Arc::clone(&person),
            font: Arc::clone(&self.0.font),
            submission: submission.clone(),
            now,
        };
        let brought = compute(move || bringing.bring()).await??;
        let command = Command::Submit {
            session: session.to_owned(),
            contract: submission.contract.clone(),
            document: submission.document.clone(),
            items: brought.items,
        };
        let events = loaded.contract.decide(&command, now)?;
        let mut after = loaded.contract.clone();
        for event in &events {
            after.apply(&Recorded {
                at: now,
                event: event.clone(),
            });
        }
        let items = after.session(session, now)?.items.clone();
        let head = self.head(loaded).await?;
        let terms = &loaded.contract.terms;
        let opening = Opening {
            contract: &terms.contract,
            document: &terms.document,
            role,
            identity: party.identity.clone(),
            mode: party.mode,
            session: Some(session.to_owned()),
            items,
        };
        let suite = terms.profile.suite();
        let act = Act {
            tenant: loaded.tenant.clone(),
            suite,
            manifest: opening.close(&head, suite, now),
            signer: person.details.name.clone(),
            appearance: brought
                .appearance
                .map(|ink| self.label(ink, &party, &person.details.name, now)),
            places: party.places,
            credential: Credential::Event {
                subject: person.details.subject(),
            },
            raw: brought.raw,
            key: loaded.key.clone(),
        };
        let outcome = act.perform(&head, &self.0.parts.authorities).await?;
        self.finish(guard, after, events, outcome, now, key).await
    }

    /// Signs for a company by its seal, under an integrator's credential.
    pub async fn seal(
        &self,
        tenant: &str,
        contract: &str,
        role: &str,
        credential: &str,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let mut attempt = 1;
        loop {
            let mut guard = self.contract(tenant, contract).await?;
            if let Some(before) = self.replay(tenant, key).await? {
                return Ok(before);
            }
            match self.seal_once(&mut guard, &role, credential, key).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn seal_once(
        &self,
        guard: &mut Guard,
        role: &Role,
        credential: &str,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let now = self.now();
        let loaded = loaded(guard)?;
        let party = loaded.contract.may_sign(role, now)?.clone();
        let id = party.company.as_deref();
        let id = id.ok_or(Refusal::NotInMode {
            step: "a seal",
            mode: party.mode.name(),
        })?;
        let company = self.company(&loaded.tenant, id).await?;
        let _share = self.0.sealing.read().await;
        self.check_revocation(&company, loaded.contract.terms.profile.suite())
            .await?;
        let head = self.head(loaded).await?;
        let terms = &loaded.contract.terms;
        let (hash, suite) = (terms.profile.hash(), terms.profile.suite());
        let item = EvidenceItem {
            kind: ItemKind::SealOrder,
            digest: crypto::digest(hash, credential.as_bytes()),
            source: "integrator".to_owned(),
            at: now,
            facts: BTreeMap::from([("company".to_owned(), id.to_owned())]),
        };
        let opening = Opening {
            contract: &terms.contract,
            document: &terms.document,
            role: role.clone(),
            identity: party.identity.clone(),
            mode: party.mode,
            session: None,
            items: vec![item],
        };
        let act = Act {
            tenant: loaded.tenant.clone(),
            suite,
            manifest: opening.close(&head, suite, now),
            signer: company.details.name.clone(),
            appearance: company
                .picture
                .clone()
                .map(|picture| seal(picture, &party.places))
                .map(|seal| self.label(seal, &party, &company.details.name, now)),
            places: party.places,
            credential: company.credential(&self.0.parts, suite).await?,
            raw: Vec::new(),
            key: loaded.key.clone(),
        };
        let outcome = act.perform(&head, &self.0.parts.authorities).await?;
        let after = loaded.contract.clone();
        self.finish(guard, after, Vec::new(), outcome, now, key)
            .await
    }

    /// Strokes or a seal, with the text by it that was agreed.
    fn label(&self, mark: Appearance, party: &Party, name: &str, now: Millis) -> Appearance {
        let Some(side) = party.label else {
            return mark;
        };
        let manner = if party.mode == Mode::Seal {
            "电子签章"
        } else {
            "手写签署"
        };
        let label = pdf::Label {
            lines: vec![name.to_owned(), beijing(now), manner.to_owned()],
            font: Arc::clone(&self.0.font),
            color: INK,
            side: match side {
                LabelSide::Below => pdf::LabelSide::Below,
                LabelSide::Beside => pdf::LabelSide::Beside,
            },
        };
        Appearance::Labelled {
            mark: Box::new(mark),
            label,
        }
    }

    /// Closes the contract when this was the last party, and commits all at once.
    async fn finish(
        &self,
        guard: &mut Guard,
        mut after: Contract,
        mut events: Vec<Event>,
        outcome: Outcome,
        now: Millis,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let Outcome {
            signed,
            mut head,
            mut blobs,
        } = outcome;
        let event = Event::Signed(Box::new(signed.clone()));
        after.apply(&Recorded {
            at: now,
            event: event.clone(),
        });
        events.push(event);
        if after.all_signed() {
            let closing = self.close(loaded(guard)?, &after, head, now).await?;
            head = closing.head;
            blobs.extend(closing.blobs);
            let event = Event::Closed {
                signatures: closing.signatures,
            };
            after.apply(&Recorded {
                at: now,
                event: event.clone(),
            });
            events.push(event);
        }
        let receipt = Receipt {
            act: signed.act,
            contract: after.terms.contract.clone(),
            role: signed.role,
            signed_at: now,
            revision: signed.revision.digest,
            evidence: signed.evidence,
            certificate: signed.certificate,
            state: after.status.name().to_owned(),
        };
        let step = Step {
            events,
            blobs,
            head: Some(head),
            ..Step::default()
        };
        match self.commit(guard, step, now, key, &receipt).await {
            Err(SigningError::Commit(store::CommitError::Replayed(answer))) => {
                let corrupt = |_| SigningError::Corrupt("an earlier answer".to_owned());
                serde_json::from_str(&answer).map_err(corrupt)
            }
            Err(error) => Err(error),
            Ok(()) => Ok(receipt),
        }
    }

    /// The operator's closing signatures: over the acts of all parties, and in a `gm`
    /// contract one more that common viewers can check.
    async fn close(
        &self,
        loaded: &Loaded,
        after: &Contract,
        mut head: Head,
        now: Millis,
    ) -> Result<Closing, SigningError> {
        let suites: &[Suite] = match after.terms.profile {
            Profile::Gm => &[Suite::Sm2Sm3, Suite::P256Sha256],
            Profile::Intl => &[Suite::P256Sha256],
        };
        let act_of = |signed: &Signed| EvidenceItem {
            kind: ItemKind::Act,
            digest: signed.evidence.clone(),
            source: "signing-service".to_owned(),
            at: after.times.get(&signed.role).copied().unwrap_or(now),
            facts: BTreeMap::from([
                ("act".to_owned(), signed.act.clone()),
                ("role".to_owned(), signed.role.to_string()),
            ]),
        };
        let items: Vec<_> = after.signatures.iter().map(act_of).collect();
        let operator = &self.0.closing;
        let mut signatures = Vec::new();
        let mut blobs = Vec::new();
        for suite in suites {
            let opening = Opening {
                contract: &after.terms.contract,
                document: &after.terms.document,
                role: Role::closing(),
                identity: operator.details.digest(after.terms.profile.hash()),
                mode: Mode::Closing,
                session: None,
                items: items.clone(),
            };
            let act = Act {
                tenant: loaded.tenant.clone(),
                suite: *suite,
                manifest: opening.close(&head, *suite, now),
                signer: operator.details.name.clone(),
                places: Vec::new(),
                appearance: None,
                credential: operator.credential(&self.0.parts, *suite).await?,
                raw: Vec::new(),
                key: loaded.key.clone(),
            };
            let outcome = act.perform(&head, &self.0.parts.authorities).await?;
            head = outcome.head;
            signatures.push(outcome.signed);
            blobs.extend(outcome.blobs);
        }
        Ok(Closing {
            signatures,
            blobs,
            head,
        })
    }
}

/// A seal, whole at each place or cut across some of them.
fn seal(picture: Arc<Picture>, places: &[Place]) -> Appearance {
    if places.iter().all(|place| place.part.is_none()) {
        return Appearance::Picture(picture);
    }
    let parts = places.iter().map(|place| place.part.unwrap_or([0.0, 1.0]));
    Appearance::Parts {
        picture,
        parts: parts.collect(),
    }
}

/// What is needed to take in a submission's evidence.
struct Bringing {
    hash: Hash,
    mode: Mode,
    person: Arc<Person>,
    font: Arc<pdf::Font>,
    submission: Submission,
    now: Millis,
}

impl Bringing {
    /// Digests and seals the evidence that comes with a submission, and draws what the
    /// page will show.
    fn bring(self) -> Result<Brought, SigningError> {
        let mut brought = Brought {
            items: Vec::new(),
            raw: Vec::new(),
            appearance: None,
        };
        let device = canonical(&self.submission.device)?;
        if !self.submission.device.is_object() || device.len() > 4096 {
            let reason = "a JSON object of at most 4 KiB".to_owned();
            return Err(SigningError::Invalid {
                field: "device".to_owned(),
                reason,
            });
        }
        self.add(&mut brought, ItemKind::Device, &device, BTreeMap::new());
        brought.appearance = match (&self.submission.handwriting, self.mode) {
            (Some(text), _) => {
                let handwriting = Handwriting::parse(text.get().as_bytes())?;
                let samples: usize = handwriting.strokes().iter().map(Vec::len).sum();
                let facts = [
                    ("pointer", handwriting.pointer().name().to_owned()),
                    ("strokes", handwriting.strokes().len().to_string()),
                    ("samples", samples.to_string()),
                ];
                let facts = facts.map(|(name, value)| (name.to_owned(), value)).into();
                self.add(
                    &mut brought,
                    ItemKind::Handwriting,
                    text.get().as_bytes(),
                    facts,
                );
                let outline = handwriting.outline();
                Some(Appearance::Paths {
                    polygons: outline.polygons,
                    width: outline.width,
                    height: outline.height,
                    color: INK,
                })
            }
            (None, Mode::Sms) => Some(Appearance::Text {
                lines: vec![
                    self.person.details.name.clone(),
                    "短信验证签署".to_owned(),
                    beijing(self.now),
                ],
                font: self.font,
                color: INK,
            }),
            (None, _) => None,
        };
        Ok(brought)
    }

    fn add(
        &self,
        brought: &mut Brought,
        kind: ItemKind,
        bytes: &[u8],
        facts: BTreeMap<String, String>,
    ) {
        let digest = crypto::digest(self.hash, bytes);
        brought
            .raw
            .push((digest.clone(), self.person.key.seal(kind.name(), bytes)));
        let (source, at) = ("page".to_owned(), self.now);
        brought.items.push(EvidenceItem {
            kind,
            digest,
            source,
            at,
            facts,
        });
    }
}

struct Closing {
    signatures: Vec<Signed>,
    blobs: Vec<Bytes>,
    head: Head,
}

/// The time as people in China read it.
fn beijing(at: Millis) -> String {
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let zone = time::macros::offset!(+8);
    time::OffsetDateTime::from_unix_timestamp(at.div_euclid(1000))
        .ok()
        .and_then(|time| time.to_offset(zone).format(&format).ok())
        .unwrap_or_default()
}

//! The signing acts: a signer's submission, a company's seal, and the closing.

use std::{collections::BTreeMap, net::IpAddr, sync::Arc};

use bytes::Bytes;
use crypto::{Digest, Suite};
use ink::Drawing;
use pdf::{Appearance, Picture};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};
use store::Row;

use super::{
    ATTEMPTS, CommandKey, Signing, SigningError,
    authorise::Under,
    evidence::{Origin, Taken, used_before},
    loaded::{Guard, Loaded, Step, answered_before},
    session::{canonical, loaded},
};
use crate::{
    Refusal,
    act::{Act, Credential, Head, Opening, Outcome, compute},
    contract::{Command, Contract, DRAWING},
    event::{Event, LabelSide, Millis, Party, Place, Profile, Recorded, Role, Signed},
    manifest::EvidenceItem,
    policy::{EvidencePolicy, ItemKind, Mode},
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
    /// The handwriting, where the policy asks for it.
    pub handwriting: Option<Written>,
    /// Whether it came sealed to the service's transport key.
    pub sealed: bool,
    /// From where it came, as the service saw it.
    pub address: Option<IpAddr>,
}

/// A handwriting as a server may see it.
#[derive(Debug, Clone)]
pub struct Written {
    /// How it looks: the JSON of [`ink::Drawing`].
    pub drawing: Arc<RawValue>,
    /// Every sample that the device gave, sealed to the forensic key.
    pub samples: Bytes,
    /// When the first sample was, by the device's clock.
    pub captured: Option<Millis>,
}

/// An order to seal.
#[derive(Debug, Clone, Copy)]
pub struct SealOrder<'a> {
    /// For which party.
    pub role: &'a str,
    /// Digest of the credential that orders it.
    pub credential: &'a str,
    /// The authorisation under which it is sealed, unseen.
    pub authorisation: Option<&'a str>,
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
    rows: Vec<Row>,
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
        let policy = party.policy().into_owned();
        if policy.sealed && !submission.sealed {
            return Err(Refusal::SealMissing.into());
        }
        let bringing = Bringing {
            origin: Origin {
                contract: loaded.contract.clone(),
                session: session.to_owned(),
                party: party.clone(),
                person: Arc::clone(&person),
                forensic: self.0.parts.forensic.clone(),
                captured: None,
                now,
            },
            font: Arc::clone(&self.0.font),
            submission: submission.clone(),
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
            policy: &policy,
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
        let done = Done {
            after,
            events,
            rows: brought.rows,
            outcome,
            under: None,
        };
        self.finish(guard, done, now, key).await
    }

    /// Signs for a company by its seal, as an integrator orders it.
    pub async fn seal(
        &self,
        tenant: &str,
        contract: &str,
        order: SealOrder<'_>,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let role = order.role;
        let role = Role::parse(role).ok_or_else(|| Refusal::NoSuchParty(role.to_owned()))?;
        let (mut attempt, mut represented) = (1, false);
        loop {
            let mut guard = self.contract(tenant, contract).await?;
            if let Some(before) = self.replay(tenant, key).await? {
                return Ok(before);
            }
            let signatory = if represented {
                None
            } else {
                self.signatory(loaded(&mut guard)?, &role).await?
            };
            if let Some((company, signatory)) = signatory {
                // Who represented the company when it was drafted may do so no longer. The
                // register has turns of its own, which nobody waits for in a contract's.
                drop(guard);
                self.must_represent(tenant, &company, &signatory, None)
                    .await?;
                represented = true;
                continue;
            }
            match self.seal_once(&mut guard, &role, order, key).await {
                Err(error) if error.is_conflict() && attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    async fn seal_once(
        &self,
        guard: &mut Guard,
        role: &Role,
        order: SealOrder<'_>,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let loaded = loaded(guard)?;
        let party = loaded.contract.may_sign(role, self.now())?.clone();
        let id = party.company.as_deref();
        let id = id.ok_or(Refusal::NotInMode {
            step: "a seal",
            mode: party.mode.name(),
        })?;
        let company = self.company(&loaded.tenant, id).await?;
        let _share = self.0.sealing.read().await;
        self.check_revocation(&company, loaded.contract.terms.profile.suite())
            .await?;
        let under = self.under(loaded, id, order.authorisation).await?;
        // Read in the authorisation's turn: uses have their times in the order of their numbers.
        let now = self.now();
        let head = self.head(loaded).await?;
        let terms = &loaded.contract.terms;
        let (hash, suite) = (terms.profile.hash(), terms.profile.suite());
        let item = EvidenceItem {
            kind: ItemKind::SealOrder,
            digest: crypto::digest(hash, order.credential.as_bytes()),
            source: "integrator".to_owned(),
            at: now,
            captured: None,
            facts: under
                .iter()
                .flat_map(Under::facts)
                .chain([("company".to_owned(), id.to_owned())])
                .collect(),
        };
        let opening = Opening {
            contract: &terms.contract,
            document: &terms.document,
            role: role.clone(),
            identity: party.identity.clone(),
            mode: party.mode,
            policy: &party.policy(),
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
        let done = Done {
            after: loaded.contract.clone(),
            events: Vec::new(),
            rows: Vec::new(),
            outcome,
            under,
        };
        self.finish(guard, done, now, key).await
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
        done: Done,
        now: Millis,
        key: Option<&CommandKey>,
    ) -> Result<Receipt, SigningError> {
        let Done {
            mut after,
            mut events,
            rows,
            under,
            outcome:
                Outcome {
                    signed,
                    mut head,
                    mut blobs,
                },
        } = done;
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
        let (mut also, mut used) = (Vec::new(), None);
        if let Some(under) = under {
            let (proven, being) = under.used(&receipt)?;
            also.push(proven);
            used = Some(being);
        }
        let step = Step {
            events,
            also,
            blobs,
            rows,
            head: Some(head),
        };
        match self.commit(guard, step, now, key, &receipt).await {
            Err(SigningError::Commit(store::CommitError::Replayed(answer))) => {
                answered_before(&answer)
            }
            Err(error) => Err(used_before(error, Refusal::EvidenceReplayed)),
            Ok(()) => {
                if let Some(used) = used {
                    used.done();
                }
                Ok(receipt)
            }
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
            captured: None,
            facts: BTreeMap::from([
                ("act".to_owned(), signed.act.clone()),
                ("role".to_owned(), signed.role.to_string()),
            ]),
        };
        let items: Vec<_> = after.signatures.iter().map(act_of).collect();
        let operator = &self.0.closing;
        let policy = EvidencePolicy::of(Mode::Closing);
        let mut signatures = Vec::new();
        let mut blobs = Vec::new();
        for suite in suites {
            let opening = Opening {
                contract: &after.terms.contract,
                document: &after.terms.document,
                role: Role::closing(),
                identity: operator.details.digest(after.terms.profile.hash()),
                mode: Mode::Closing,
                policy: &policy,
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

/// An act that was signed, and what is to be committed with it.
struct Done {
    /// The contract with the evidence, before the signature.
    after: Contract,
    events: Vec<Event>,
    rows: Vec<Row>,
    outcome: Outcome,
    /// The authorisation under which a seal was set.
    under: Option<Under>,
}

/// What is needed to take in a submission's evidence.
struct Bringing {
    origin: Origin,
    font: Arc<pdf::Font>,
    submission: Submission,
}

impl Bringing {
    /// Digests and seals the evidence that comes with a submission, and draws what the
    /// page will show.
    fn bring(mut self) -> Result<Brought, SigningError> {
        let mut brought = Brought {
            items: Vec::new(),
            raw: Vec::new(),
            rows: Vec::new(),
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
        // So little could be guessed from its digest: a salt is part of it.
        let seen = serde_json::json!({
            "salt": crypto::random_id(), "device": self.submission.device,
            "address": self.submission.address.map(|address| address.to_string()),
        });
        let seen = canonical(&seen)?;
        let taken = self.origin.taken(ItemKind::Device, &seen, BTreeMap::new());
        brought.add(taken);
        brought.appearance = match self.submission.handwriting.take() {
            Some(written) => Some(self.write(&written, &mut brought)?),
            // Where nobody writes, the name stands in print.
            None => Some(Appearance::Text {
                lines: vec![
                    self.origin.person.details.name.clone(),
                    manner(self.origin.party.mode).to_owned(),
                    beijing(self.origin.now),
                ],
                font: self.font,
                color: INK,
            }),
        };
        Ok(brought)
    }

    /// Takes in a handwriting: what it looks like, and the samples that nobody here can
    /// read.
    fn write(
        &mut self,
        written: &Written,
        brought: &mut Brought,
    ) -> Result<Appearance, SigningError> {
        let json = written.drawing.get().as_bytes();
        let drawing = Drawing::parse(json)?;
        let drawn = crypto::digest(self.origin.contract.terms.profile.hash(), json);
        let facts = [
            ("pointer", drawing.pointer().name().to_owned()),
            ("strokes", drawing.strokes().to_string()),
            (DRAWING, drawn.to_string()),
        ];
        let facts = facts.map(|(name, value)| (name.to_owned(), value)).into();
        let origin = &mut self.origin;
        origin.captured = written.captured;
        brought.add(origin.sealed(ItemKind::Handwriting, &written.samples, facts)?);
        let kept = origin.person.key.seal(DRAWING, json);
        brought.raw.push((drawn, kept));
        let outline = drawing.outline();
        Ok(Appearance::Paths {
            polygons: outline.polygons,
            width: outline.width,
            height: outline.height,
            color: INK,
        })
    }
}

impl Brought {
    fn add(&mut self, taken: Taken) {
        let digest = taken.item.digest.clone();
        self.raw
            .extend(taken.content.map(|content| (digest, content)));
        self.rows.extend(taken.rows);
        self.items.push(taken.item);
    }
}

/// How a party signed, as the paper tells it.
fn manner(mode: Mode) -> &'static str {
    match mode {
        Mode::Sms => "短信验证签署",
        Mode::App => "应用内验证签署",
        Mode::Counter | Mode::Pad => "现场验证签署",
        Mode::Seal | Mode::Closing => "电子签章",
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

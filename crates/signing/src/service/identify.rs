//! Identity within a session: an authority is asked about the party that the contract
//! names, and only its answer to this very question counts.

use std::collections::BTreeMap;

use bytes::Bytes;
use store::{BlobId, Row};
use zeroize::Zeroizing;

use super::{
    Signing, SigningError, compute,
    evidence::{Origin, used_before},
    loaded::Step,
    session::{canonical, loaded},
};
use crate::{
    Refusal,
    contract::{Command, Finding},
    event::Party,
    identity::Details,
    manifest::{EvidenceItem, OF},
    policy::ItemKind,
    ports::{Answer, Asked, Question, Verdict},
};

/// What an authority is asked about a signer.
#[derive(Clone)]
pub enum Check {
    /// Name and number of the document: public security's two elements.
    Person,
    /// With the telephone: an operator's three elements.
    Phone,
    /// With a bank card: a bank's four elements.
    BankCard {
        /// The card's number.
        card: Zeroizing<String>,
    },
    /// With the face, alive.
    Face {
        /// A portrait, JPEG or PNG.
        portrait: Bytes,
        /// What the authority's own liveness check gave to the device.
        liveness: Option<String>,
    },
}

impl Check {
    /// The evidence that it gives.
    fn kind(&self) -> ItemKind {
        match self {
            Self::Face { .. } => ItemKind::Face,
            _ => ItemKind::Identity,
        }
    }

    fn question(&self, details: &Details) -> Result<Question, SigningError> {
        let missing = |what: &'static str| SigningError::NotFound {
            what,
            id: "the party".to_owned(),
        };
        let document = details
            .proof()
            .ok_or_else(|| missing("identity document"))?;
        let person = Asked {
            name: details.name.clone(),
            document,
        };
        let phone = || {
            details
                .phone
                .clone()
                .ok_or_else(|| missing("mobile number"))
        };
        Ok(match self.clone() {
            Self::Person => Question::Person(person),
            Self::Phone => Question::Phone(person, phone()?),
            Self::BankCard { card } => {
                let digits = card.bytes().all(|b| b.is_ascii_digit());
                if !digits || !(12..=19).contains(&card.len()) {
                    return Err(SigningError::Invalid {
                        field: "card".to_owned(),
                        reason: "the number of a bank card has 12 to 19 digits".to_owned(),
                    });
                }
                let phone = phone()?;
                Question::BankCard {
                    person,
                    phone,
                    card,
                }
            }
            Self::Face { portrait, liveness } => Question::Face {
                person,
                portrait,
                liveness,
            },
        })
    }
}

impl Signing {
    /// Asks the authority about the signer of a session; what it finds is evidence. The
    /// question is counted and recorded before it is asked, and counts though nobody
    /// answers. The contract is free for others while the authority thinks. `sealed`: whether the
    /// request came sealed to the transport key.
    ///
    /// # Errors
    /// [`Refusal::IdentityMismatch`] and [`Refusal::IdentityUnknown`], which are counted
    /// and recorded; [`Refusal::AnswerForeign`] for an answer to another question.
    pub async fn identify(
        &self,
        secret: &str,
        check: Check,
        sealed: bool,
    ) -> Result<(), SigningError> {
        let visit = self.visit(secret).await?;
        let nonce = crypto::random_id();
        let (person, question) = {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            let (held, now) = (loaded(&mut guard)?, self.now());
            let party = held.contract.may_ask(&visit.session, check.kind(), now)?;
            let party = party.clone();
            if party.policy().sealed && !sealed {
                return Err(Refusal::SealMissing.into());
            }
            let person = self.person(held, &party).await?;
            let question = check.question(&person.details)?;
            let command = Command::Ask {
                session: visit.session.clone(),
                kind: check.kind(),
                question: question.name().to_owned(),
                nonce: nonce.clone(),
            };
            self.run(&mut guard, &command, Vec::new(), now).await?;
            (person, question)
        };
        let answer = self.0.parts.identity.ask(&nonce, &question).await?;
        if answer.nonce != nonce {
            return Err(Refusal::AnswerForeign.into());
        }
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        let party = held.contract.may_add(&visit.session, check.kind(), now)?;
        let party = party.clone();
        let hash = held.contract.terms.profile.hash();
        let kept = person.key.seal(ItemKind::Identity.name(), &answer.raw);
        let answered = EvidenceItem {
            kind: ItemKind::Identity,
            digest: crypto::digest(hash, &answer.raw),
            source: answer.source.clone(),
            at: now,
            captured: None,
            facts: facts(&question, &answer),
        };
        let raw = BlobId::of(&kept);
        let mut items = vec![(answered, Some(raw))];
        let mut blobs = vec![kept];
        if let Check::Face { portrait, .. } = check {
            let origin = Origin {
                contract: held.contract.clone(),
                session: visit.session.clone(),
                party,
                person,
                forensic: self.0.parts.forensic.clone(),
                captured: None,
                now,
            };
            let taken = move || origin.portrait(ItemKind::Face, &portrait);
            let mut taken = compute(taken).await??;
            let receipt = ("receipt".to_owned(), answer.receipt.clone());
            taken.item.facts.extend([receipt]);
            let content = taken.content.as_deref().map(BlobId::of);
            items.insert(0, (taken.item, content));
            blobs.extend(taken.content);
        }
        let finding = Finding {
            question: question.name().to_owned(),
            nonce,
            verdict: answer.verdict,
            receipt: answer.receipt.clone(),
            source: answer.source.clone(),
            answer: raw,
        };
        let command = Command::Asked {
            session: visit.session.clone(),
            finding: Box::new(finding),
            items,
        };
        let events = held.contract.decide(&command, now)?;
        if answer.verdict != Verdict::Match {
            blobs.truncate(1);
        }
        let step = Step {
            events,
            blobs,
            rows: vec![receipt(&answer)],
            ..Step::default()
        };
        let done = self.commit(&mut guard, step, now, None, &()).await;
        done.map_err(|error| used_before(error, Refusal::AnswerForeign))?;
        match answer.verdict {
            Verdict::Match => Ok(()),
            Verdict::Mismatch => Err(Refusal::IdentityMismatch.into()),
            Verdict::Unknown => Err(Refusal::IdentityUnknown.into()),
        }
    }
}

impl Signing {
    /// The signer, whom the contract names by the register, proves to have returned.
    ///
    /// # Errors
    /// [`Refusal::NotInMode`] for a party that is not of the register; what
    /// [`Signing::check_password`] says.
    pub async fn prove_password(
        &self,
        secret: &str,
        password: Zeroizing<String>,
        sealed: bool,
    ) -> Result<(), SigningError> {
        let visit = self.visit(secret).await?;
        let kind = ItemKind::Password;
        let registered = {
            let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
            let (held, now) = (loaded(&mut guard)?, self.now());
            let party = held.contract.may_add(&visit.session, kind, now)?;
            if party.policy().sealed && !sealed {
                return Err(Refusal::SealMissing.into());
            }
            registered(party)?
        };
        let proven = self
            .check_password(&visit.tenant, &registered, password)
            .await?;
        let mut guard = self.contract(&visit.tenant, &visit.contract).await?;
        let (held, now) = (loaded(&mut guard)?, self.now());
        let facts = [
            ("person", proven.person.clone()),
            ("proven", proven.at.to_string()),
            ("until", proven.expires.to_string()),
        ];
        let facts: BTreeMap<_, _> = facts
            .map(|(name, value)| (name.to_owned(), value))
            .into_iter()
            .collect();
        let item = EvidenceItem {
            kind,
            digest: crypto::digest(held.contract.terms.profile.hash(), &canonical(&facts)?),
            source: "signing-service".to_owned(),
            at: now,
            captured: None,
            facts,
        };
        let command = Command::Add {
            session: visit.session,
            item,
            content: None,
        };
        let step = Step {
            events: held.contract.decide(&command, now)?,
            ..Step::default()
        };
        self.commit(&mut guard, step, now, None, &()).await
    }
}

/// The identifier by which the register knows a party.
fn registered(party: &Party) -> Result<String, Refusal> {
    let id = party.registered.clone();
    id.ok_or(Refusal::NotInMode {
        step: "a password of somebody who is not in the register",
        mode: party.mode.name(),
    })
}

/// An authority's receipt is good once.
fn receipt(answer: &Answer) -> Row {
    Row::Once {
        name: format!("receipt/{}/{}", answer.source, answer.receipt),
    }
}

fn facts(question: &Question, answer: &Answer) -> BTreeMap<String, String> {
    let mut facts = BTreeMap::from([
        (OF.to_owned(), question.name().to_owned()),
        ("receipt".to_owned(), answer.receipt.clone()),
        ("answered".to_owned(), answer.at.to_string()),
    ]);
    if let Some(score) = answer.score {
        facts.insert("score".to_owned(), score.to_string());
    }
    facts
}

//! Checks of a person: an authority is asked, or a clerk says what was seen.

use serde_json::json;
use store::{BlobId, Row};
use zeroize::Zeroizing;

use super::{Opened, PersonView};
use crate::{
    event::Millis,
    identity::{DocumentKind, Phone},
    ports::{Answer, Asked, Question, Verdict},
    register::{
        Refused,
        assurance::{Check, CheckKind},
        person::{Command, HeldDocument},
        photo::{ConsentKind, PhotoKind},
    },
    service::{
        CommandKey, Signing, SigningError,
        register::{Step, answer_row, taken_before},
    },
    vault::DataKey,
};

/// What an integrator wants to have checked.
pub enum PersonQuestion {
    /// Name and number of the document.
    Person,
    /// The telephone too.
    Phone,
    /// Telephone and bank card too.
    BankCard {
        /// Number of the card, 12 to 19 digits.
        card: Zeroizing<String>,
    },
    /// The face in the portrait that was kept last.
    Face {
        /// What the authority's own liveness check gave to the device.
        liveness: Option<String>,
    },
    /// A clerk saw the person and the document.
    DocumentSeen {
        /// What the integrator calls the clerk.
        clerk: String,
    },
}

/// A check as it is asked for.
pub struct PersonCheck {
    /// What.
    pub question: PersonQuestion,
    /// Of which document; the first good one when it is not said.
    pub document: Option<DocumentKind>,
}

/// What is asked, and what the answer will be evidence of.
struct Asking {
    question: Question,
    elements: Vec<crypto::Digest>,
    besides: Option<crypto::Digest>,
    consent: Option<String>,
}

/// Longest name of a clerk, and longest result of a liveness check.
const CLERK: usize = 64;
const LIVENESS: usize = 64 * 1024;

impl PersonQuestion {
    fn kind(&self) -> CheckKind {
        match self {
            Self::Person => CheckKind::Person,
            Self::Phone => CheckKind::Phone,
            Self::BankCard { .. } => CheckKind::BankCard,
            Self::Face { .. } => CheckKind::Face,
            Self::DocumentSeen { .. } => CheckKind::DocumentSeen,
        }
    }
}

impl Signing {
    /// Has a person checked. The question counts before the authority is asked, however many
    /// come at once and whatever becomes of the answer. What was found is evidence, whatever
    /// it is; an error is none.
    /// With a key, the same command again gives the first answer and asks nobody.
    pub async fn check_person(
        &self,
        tenant: &str,
        id: &str,
        asked: PersonCheck,
        key: Option<&CommandKey>,
    ) -> Result<PersonView, SigningError> {
        if let Some(answer) = self.replay(tenant, key).await? {
            return Ok(answer);
        }
        // One question at a time; others may change the person while the authority thinks.
        let _turn = self.0.register.turn("person-check", tenant, id).await;
        if let Some(answer) = self.replay(tenant, key).await? {
            return Ok(answer);
        }
        let kind = asked.question.kind();
        if let PersonQuestion::DocumentSeen { clerk } = &asked.question {
            return self.seen(tenant, id, clerk, asked.document, key).await;
        }
        let mut there = self.opened(tenant, id).await?;
        let now = self.now();
        there.held.record.may_check(now)?;
        let asking = self.asking(tenant, &there, asked).await?;
        let nonce = crypto::random_id();
        let counted = there.held.record.decide(
            Command::Ask {
                question: asking.question.name().to_owned(),
                nonce: nonce.clone(),
            },
            now,
        )?;
        self.record(tenant, &mut there.held, Step::of(counted), now, None)
            .await?;
        drop(there);
        let answer = self.ask(&nonce, &asking.question).await?;
        let there = self.opened(tenant, id).await?;
        let (own, name) = self
            .sealing_key(tenant, &there, asking.consent.as_deref())
            .await?;
        let check = crypto::random_id();
        let mut raw = own.seal(&format!("answer/{check}"), &answer.raw);
        if asking.consent.is_some() {
            raw = there.key.seal(&format!("answer/{check}"), &raw);
        }
        let check = evidence(check, kind, &answer, asking, BlobId::of(&raw), name);
        let row = answer_row(&answer.source, &answer.receipt);
        self.put_check(tenant, there, check, raw, vec![row], key)
            .await
    }

    /// What a clerk says, beside the photo that the clerk took.
    async fn seen(
        &self,
        tenant: &str,
        id: &str,
        clerk: &str,
        document: Option<DocumentKind>,
        key: Option<&CommandKey>,
    ) -> Result<PersonView, SigningError> {
        let there = self.opened(tenant, id).await?;
        let now = self.now();
        if !there.held.record.has_photo(PhotoKind::DocumentFront) {
            return Err(Refused::PhotoMissing.into());
        }
        if !(1..=CLERK).contains(&clerk.chars().count()) {
            return Err(invalid("clerk", "1 to 64 characters that name the clerk"));
        }
        let held = there.document(document, now)?;
        let elements = vec![
            there.held.record.claim.name.clone(),
            self.document_digest(tenant, &held.document),
        ];
        let check = crypto::random_id();
        let said = json!({ "clerk": clerk, "at": now }).to_string();
        let raw = there.key.seal(&format!("answer/{check}"), said.as_bytes());
        let check = Check {
            receipt: check.clone(),
            check,
            kind: CheckKind::DocumentSeen,
            verdict: Verdict::Match,
            source: "clerk".to_owned(),
            at: now,
            nonce: None,
            score: None,
            elements,
            besides: None,
            consent: None,
            raw: BlobId::of(&raw),
            key: there.held.record.key.clone(),
        };
        self.put_check(tenant, there, check, raw, Vec::new(), key)
            .await
    }

    async fn put_check(
        &self,
        tenant: &str,
        mut there: Opened,
        check: Check,
        raw: bytes::Bytes,
        rows: Vec<Row>,
        key: Option<&CommandKey>,
    ) -> Result<PersonView, SigningError> {
        let now = self.now();
        let events = there.held.record.decide(Command::Check(check), now)?;
        let after = there.held.after(&events, now);
        let view = PersonView::of(&after, Some(&there.details), now);
        let answer = key.map(|key| {
            let answer = serde_json::to_string(&view);
            let corrupt = |_| SigningError::Corrupt(format!("person {}", there.held.id));
            answer.map(|answer| (key, answer)).map_err(corrupt)
        });
        let step = Step::of(events).blob(raw).rows(rows);
        let done = self
            .record(tenant, &mut there.held, step, now, answer.transpose()?)
            .await;
        done.map_err(taken_before)?;
        Ok(view)
    }

    async fn asking(
        &self,
        tenant: &str,
        there: &Opened,
        asked: PersonCheck,
    ) -> Result<Asking, SigningError> {
        let held = there.document(asked.document, self.now())?;
        let claim = &there.held.record.claim;
        let person = Asked {
            name: there.details.name.clone(),
            document: held.document.clone(),
        };
        let number = self.document_digest(tenant, &held.document);
        let mut asking = Asking {
            elements: vec![claim.name.clone(), number],
            besides: None,
            consent: None,
            question: Question::Person(person.clone()),
        };
        let phone = || -> Result<Phone, SigningError> {
            Ok(there.details.phone.clone().ok_or(Refused::PhoneMissing)?)
        };
        asking.question = match asked.question {
            PersonQuestion::Person | PersonQuestion::DocumentSeen { .. } => return Ok(asking),
            PersonQuestion::Phone => {
                asking.elements.extend(claim.phone.clone());
                Question::Phone(person, phone()?)
            }
            PersonQuestion::BankCard { card } => {
                let good =
                    (12..=19).contains(&card.len()) && card.bytes().all(|b| b.is_ascii_digit());
                if !good {
                    return Err(invalid("card", "a bank card has 12 to 19 digits"));
                }
                asking.elements.extend(claim.phone.clone());
                let named = [there.held.id.as_str(), card.as_str()];
                asking.besides = Some(self.0.register.digest(tenant, "bank-card", &named));
                let phone = phone()?;
                Question::BankCard {
                    person,
                    phone,
                    card,
                }
            }
            PersonQuestion::Face { liveness } => {
                if liveness.as_ref().is_some_and(|text| text.len() > LIVENESS) {
                    return Err(invalid("liveness", "it has more than 64 KiB"));
                }
                let consent = there.held.record.consent(ConsentKind::Portrait)?;
                asking.consent = Some(consent.consent.clone());
                let portrait = self.portrait(tenant, there).await?;
                Question::Face {
                    person,
                    portrait,
                    liveness,
                }
            }
        };
        Ok(asking)
    }

    /// The key under which an answer is sealed: the person's, or that of the consent
    /// without which it must not be there. And the name of the person's.
    async fn sealing_key(
        &self,
        tenant: &str,
        there: &Opened,
        consent: Option<&str>,
    ) -> Result<(DataKey, String), SigningError> {
        let person = &there.held.record;
        let Some(id) = consent else {
            return Ok((there.key.clone(), person.key.clone()));
        };
        let holds = person.consents.iter().find(|consent| consent.consent == id);
        let missing = || Refused::ConsentMissing(ConsentKind::Portrait.name());
        let own = holds.ok_or_else(missing)?.own_key();
        Ok((self.data_key(tenant, &own).await?, person.key.clone()))
    }
}

impl Opened {
    /// The document to ask about: of a kind, or the first that is good now.
    pub(in super::super) fn document(
        &self,
        kind: Option<DocumentKind>,
        now: Millis,
    ) -> Result<&HeldDocument, SigningError> {
        let documents = self.details.documents.iter();
        let wanted = documents.filter(|held| kind.is_none_or(|kind| held.document.kind() == kind));
        let mut wanted = wanted.peekable();
        if wanted.peek().is_none() {
            return Err(invalid(
                "document",
                "the person has no document of this kind",
            ));
        }
        let good = wanted.find(|held| held.expires.is_none_or(|expires| now < expires));
        Ok(good.ok_or(Refused::DocumentExpired)?)
    }
}

fn evidence(
    check: String,
    kind: CheckKind,
    answer: &Answer,
    asking: Asking,
    raw: BlobId,
    key: String,
) -> Check {
    Check {
        check,
        kind,
        verdict: answer.verdict,
        source: answer.source.clone(),
        at: answer.at,
        receipt: answer.receipt.clone(),
        nonce: Some(answer.nonce.clone()),
        score: answer.score,
        elements: asking.elements,
        besides: asking.besides,
        consent: asking.consent,
        raw,
        key,
    }
}

fn invalid(field: &str, reason: &str) -> SigningError {
    SigningError::Invalid {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

//! An identity authority that a test tells what to say, and persons who are asked about.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use async_trait::async_trait;
use signing::{
    SigningError,
    event::Millis,
    identity::DocumentKind,
    ports::{Answer, IdentityAuthority, PortError, Question, Verdict},
    register::photo::{ConsentKind, PhotoKind},
    service::{
        ConsentView, NewConsent, NewDocument, NewPerson, PersonCheck, PersonQuestion, PersonView,
    },
};

use crate::house::{House, TENANT};

pub const NAME: &str = "陈思远";
pub const NUMBER: &str = "11010519491231002X";
pub const PHONE: &str = "13800001234";
pub const CARD: &str = "6225880123456789";
pub const PASSPORT: &str = "E12345678";

/// Answers what it is told to, and everything else with a match.
pub struct Register {
    clock: Arc<AtomicI64>,
    /// What it says next, in order.
    pub next: Mutex<VecDeque<Said>>,
    /// What it was asked.
    pub asked: Mutex<Vec<&'static str>>,
    /// The sum that it paid, in fen.
    pub sum: u32,
}

/// One answer.
#[derive(Clone)]
pub enum Said {
    /// This, honestly.
    Verdict(Verdict),
    /// A match, with another question's nonce.
    Foreign,
    /// A match, with this receipt.
    Receipt(&'static str),
    /// A match, of another time.
    Late(Millis),
    /// Nothing.
    Silent,
}

impl Register {
    pub fn new(clock: Arc<AtomicI64>) -> Self {
        Self {
            clock,
            next: Mutex::default(),
            asked: Mutex::default(),
            sum: 37,
        }
    }

    pub fn say(&self, said: Said) {
        self.next.lock().unwrap().push_back(said);
    }

    pub fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl IdentityAuthority for Register {
    async fn ask(&self, nonce: &str, question: &Question) -> Result<Answer, PortError> {
        self.asked.lock().unwrap().push(question.name());
        // Others have their turn while it thinks.
        tokio::task::yield_now().await;
        let honest = match question {
            Question::Amount { fen, .. } if *fen != self.sum => Verdict::Mismatch,
            _ => Verdict::Match,
        };
        let mut answer = Answer {
            nonce: nonce.to_owned(),
            verdict: honest,
            score: matches!(question, Question::Face { .. }).then_some(973),
            reference: matches!(question, Question::Payment { .. }).then(crypto::random_id),
            receipt: crypto::random_id(),
            source: "authority-test".to_owned(),
            at: self.clock.load(SeqCst),
            raw: format!("an answer of {NAME} {NUMBER}").into(),
        };
        match self.next.lock().unwrap().pop_front() {
            None => {}
            Some(Said::Verdict(verdict)) => answer.verdict = verdict,
            Some(Said::Foreign) => answer.nonce = crypto::random_id(),
            Some(Said::Receipt(receipt)) => receipt.clone_into(&mut answer.receipt),
            Some(Said::Late(by)) => answer.at += by,
            Some(Said::Silent) => {
                return Err(PortError {
                    port: "identity-authority",
                    code: "port-down".into(),
                    reason: "it does not answer".to_owned(),
                });
            }
        }
        Ok(answer)
    }
}

pub fn document(kind: DocumentKind, number: &str) -> NewDocument {
    NewDocument {
        kind,
        number: number.to_owned(),
        expires: None,
    }
}

pub fn resident() -> NewDocument {
    document(DocumentKind::ResidentId, NUMBER)
}

pub fn somebody(documents: Vec<NewDocument>) -> NewPerson {
    NewPerson {
        name: NAME.to_owned(),
        phone: Some(PHONE.to_owned()),
        documents,
    }
}

pub fn asking(question: PersonQuestion) -> PersonCheck {
    PersonCheck {
        question,
        document: None,
    }
}

pub fn card() -> PersonQuestion {
    PersonQuestion::BankCard {
        card: CARD.to_owned().into(),
    }
}

pub fn face() -> PersonQuestion {
    PersonQuestion::Face { liveness: None }
}

pub fn portrait() -> bytes::Bytes {
    include_bytes!("portrait.jpg").as_slice().into()
}

pub fn front() -> bytes::Bytes {
    include_bytes!("document.png").as_slice().into()
}

impl House {
    /// A registered person with a resident ID; the identifier.
    pub async fn resident(&self) -> String {
        let registered = self
            .signing
            .register_person(TENANT, somebody(vec![resident()]));
        registered.await.unwrap().0.person
    }

    pub async fn person(&self, id: &str) -> PersonView {
        self.signing.view_person(TENANT, id).await.unwrap()
    }

    pub async fn check(
        &self,
        id: &str,
        question: PersonQuestion,
    ) -> Result<PersonView, SigningError> {
        let asked = asking(question);
        self.signing.check_person(TENANT, id, asked, None).await
    }

    pub async fn consent(&self, id: &str, kind: ConsentKind) -> Result<ConsentView, SigningError> {
        let consent = NewConsent {
            kind,
            version: "2026-1".to_owned(),
            language: "zh-CN".to_owned(),
            text: "本人同意采集并保存上述信息。".to_owned(),
            given: None,
        };
        self.signing.give_consent(TENANT, id, consent).await
    }

    /// A portrait under its consent; the identifier of the photo.
    pub async fn portrait(&self, id: &str) -> String {
        self.consent(id, ConsentKind::Portrait).await.unwrap();
        let added = self
            .signing
            .add_photo(TENANT, id, PhotoKind::Portrait, portrait());
        added.await.unwrap().photo
    }
}

/// The code of a refusal.
#[track_caller]
pub fn code<T>(result: Result<T, SigningError>) -> String {
    let refused = result.err().expect("it was refused");
    refused.code().to_owned()
}

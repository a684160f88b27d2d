//! Checks of an enterprise: the business register, and a payment into its account.

use serde::{Deserialize, Serialize};
use store::BlobId;
use zeroize::Zeroizing;

use super::EnterpriseView;
use crate::{
    event::Millis,
    identity::{CreditCode, DocumentKind, IdDocument},
    ports::{Answer, Question, Verdict},
    register::{
        Refused,
        assurance::{Check, CheckKind},
        enterprise::{Command, Enterprise, Event, PAYMENT, Payment},
    },
    service::{
        CommandKey, Signing, SigningError,
        register::{Held, Step, answer_row, taken_before},
    },
    vault::DataKey,
};

/// Longest name of a bank.
const BANK: usize = 64;

/// What an integrator wants to have checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EnterpriseQuestion {
    /// Name, code and representative's name.
    Three,
    /// The representative's document too: of a kind, or the first good one.
    Four(Option<DocumentKind>),
}

/// A payment that is to be made.
pub struct NewPayment {
    /// The bank.
    pub bank: String,
    /// Number of the account, 6 to 32 digits.
    pub account: Zeroizing<String>,
}

/// A payment as the integrator sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentView {
    /// Identifier.
    pub payment: String,
    /// What was found: that it was made, or whether the sum was right.
    pub verdict: Verdict,
    /// Sums that may still be named.
    pub left: u8,
    /// Until when one can be named.
    pub expires: Option<Millis>,
}

impl Signing {
    /// Has an enterprise looked up in the business register. The question counts before the
    /// register is asked, whatever becomes of the answer. With a key, the same command
    /// again gives the first answer and asks nobody.
    pub async fn check_enterprise(
        &self,
        tenant: &str,
        id: &str,
        question: EnterpriseQuestion,
        key: Option<&CommandKey>,
    ) -> Result<EnterpriseView, SigningError> {
        let _turn = self.0.register.turn("enterprise-check", tenant, id).await;
        if let Some(answer) = self.replay(tenant, key).await? {
            return Ok(answer);
        }
        let held = self.held_enterprise(tenant, id).await?;
        held.record.may_check(self.now())?;
        let (kind, elements, asked) = self.looked_up(tenant, &held.record, question).await?;
        let nonce = self.count(tenant, held, &asked, Vec::new()).await?;
        let answer = self.ask(&nonce, &asked).await?;
        let mut held = self.held_enterprise(tenant, id).await?;
        let found = self.data_key(tenant, &held.record.key).await?;
        let (check, raw) = evidence(kind, &answer, elements, None, &held, &found);
        let now = self.now();
        let events = held.record.decide(Command::Check(check), now)?;
        let view = self.viewed(tenant, &held.after(&events, now)).await?;
        let row = answer_row(&answer.source, &answer.receipt);
        let step = Step::of(events).blob(raw).rows([row]);
        let corrupt = |_| SigningError::Corrupt(format!("enterprise {id}"));
        let said = serde_json::to_string(&view).map_err(corrupt)?;
        let said = key.map(|key| (key, said));
        let done = self.record(tenant, &mut held, step, now, said).await;
        done.map_err(taken_before)?;
        Ok(view)
    }

    /// Counts a question before it is asked, behind what it counts for besides; gives its
    /// nonce.
    async fn count(
        &self,
        tenant: &str,
        mut held: Held<Enterprise>,
        question: &Question,
        mut events: Vec<Event>,
    ) -> Result<String, SigningError> {
        let (nonce, now) = (crypto::random_id(), self.now());
        let ask = Command::Ask {
            question: question.name().to_owned(),
            nonce: nonce.clone(),
        };
        events.extend(held.record.decide(ask, now)?);
        self.record(tenant, &mut held, Step::of(events), now, None)
            .await?;
        Ok(nonce)
    }

    async fn looked_up(
        &self,
        tenant: &str,
        enterprise: &Enterprise,
        question: EnterpriseQuestion,
    ) -> Result<(CheckKind, Vec<crypto::Digest>, Question), SigningError> {
        let representative = self.representative(tenant, enterprise).await?;
        let representative = representative.ok_or(Refused::PersonCancelled)?;
        let mut elements = vec![
            self.enterprise_digest(tenant, enterprise, "enterprise-name"),
            self.enterprise_digest(tenant, enterprise, "enterprise-code"),
            representative.name.clone(),
        ];
        let (kind, document) = match question {
            EnterpriseQuestion::Three => (CheckKind::EnterpriseThree, None),
            EnterpriseQuestion::Four(wanted) => {
                let now = self.now();
                let mut documents = representative.details.documents.iter().filter(|held| {
                    wanted.is_none_or(|kind| held.document.kind() == kind)
                        && held.expires.is_none_or(|expires| now < expires)
                });
                let held = documents.next().ok_or(Refused::DocumentExpired)?;
                elements.push(self.document_digest(tenant, &held.document));
                let document: IdDocument = held.document.clone();
                (CheckKind::EnterpriseFour, Some(document))
            }
        };
        let asked = Question::Enterprise {
            name: enterprise.claim.name.clone(),
            code: code(enterprise)?,
            representative: representative.details.name.clone(),
            document,
        };
        Ok((kind, elements, asked))
    }

    /// Has a small sum paid into the enterprise's account. The sum is known to the bank's
    /// authority and to whoever can see the account.
    pub async fn pay_enterprise(
        &self,
        tenant: &str,
        id: &str,
        new: NewPayment,
    ) -> Result<PaymentView, SigningError> {
        let account = (6..=32).contains(&new.account.len());
        if !account || !new.account.bytes().all(|b| b.is_ascii_digit()) {
            return Err(invalid("account", "an account has 6 to 32 digits"));
        }
        if !(1..=BANK).contains(&new.bank.trim().chars().count()) {
            return Err(invalid("bank", "the name of a bank has 1 to 64 characters"));
        }
        let _turn = self.0.register.turn("enterprise-check", tenant, id).await;
        let held = self.held_enterprise(tenant, id).await?;
        held.record.may_pay(self.now())?;
        held.record.may_check(self.now())?;
        let elements = vec![
            self.enterprise_digest(tenant, &held.record, "enterprise-name"),
            self.enterprise_digest(tenant, &held.record, "enterprise-code"),
        ];
        let asked = Question::Payment {
            name: held.record.claim.name.clone(),
            code: code(&held.record)?,
            bank: new.bank.trim().to_owned(),
            account: new.account,
        };
        let nonce = self.count(tenant, held, &asked, Vec::new()).await?;
        let answer = self.ask(&nonce, &asked).await?;
        let mut held = self.held_enterprise(tenant, id).await?;
        let key = self.data_key(tenant, &held.record.key).await?;
        let now = self.now();
        let payment = crypto::random_id();
        let made = answer.verdict == Verdict::Match;
        let (command, raw) = match (made, &answer.reference) {
            (true, None) => return Err(no_reference()),
            (true, Some(reference)) => {
                let raw = key.seal(&format!("answer/{payment}"), &answer.raw);
                let payment = Payment {
                    payment: payment.clone(),
                    reference: reference.clone(),
                    source: answer.source.clone(),
                    receipt: answer.receipt.clone(),
                    elements,
                    raw: BlobId::of(&raw),
                    nonce: Some(nonce),
                };
                (Command::Pay(payment), raw)
            }
            (false, _) => {
                let besides = Some(self.payment_digest(tenant, &payment));
                let kind = CheckKind::Payment;
                let (check, raw) = evidence(kind, &answer, elements, besides, &held, &key);
                (Command::Check(check), raw)
            }
        };
        let events = held.record.decide(command, now)?;
        let row = answer_row(&answer.source, &answer.receipt);
        let step = Step::of(events).blob(raw).rows([row]);
        let done = self.record(tenant, &mut held, step, now, None).await;
        done.map_err(taken_before)?;
        Ok(PaymentView {
            payment,
            verdict: answer.verdict,
            left: if made { held.record.amounts_left() } else { 0 },
            expires: made.then_some(now + PAYMENT),
        })
    }

    /// Names the sum of a payment. Each sum counts before the authority is asked, however
    /// many come at once and whatever becomes of the answer.
    pub async fn confirm_payment(
        &self,
        tenant: &str,
        id: &str,
        payment: &str,
        fen: u32,
    ) -> Result<PaymentView, SigningError> {
        let _turn = self.0.register.turn("enterprise-check", tenant, id).await;
        let held = self.held_enterprise(tenant, id).await?;
        let now = self.now();
        held.record.may_check(now)?;
        let waiting = held.record.payable(payment, now)?.clone();
        let events = held
            .record
            .decide(Command::TryAmount(payment.to_owned()), now)?;
        let reference = waiting.reference;
        let asked = Question::Amount { reference, fen };
        let nonce = self.count(tenant, held, &asked, events).await?;
        let answer = self.ask(&nonce, &asked).await?;
        let mut held = self.held_enterprise(tenant, id).await?;
        let key = self.data_key(tenant, &held.record.key).await?;
        let besides = Some(self.payment_digest(tenant, payment));
        let kind = CheckKind::Payment;
        let (check, raw) = evidence(kind, &answer, waiting.elements, besides, &held, &key);
        let now = self.now();
        let events = held.record.decide(Command::Check(check), now)?;
        let row = answer_row(&answer.source, &answer.receipt);
        let step = Step::of(events).blob(raw).rows([row]);
        let done = self.record(tenant, &mut held, step, now, None).await;
        done.map_err(taken_before)?;
        Ok(PaymentView {
            payment: payment.to_owned(),
            verdict: answer.verdict,
            left: held.record.amounts_left(),
            expires: None,
        })
    }

    fn payment_digest(&self, tenant: &str, payment: &str) -> crypto::Digest {
        self.0.register.digest(tenant, "payment", &[payment])
    }
}

fn evidence(
    kind: CheckKind,
    answer: &Answer,
    elements: Vec<crypto::Digest>,
    besides: Option<crypto::Digest>,
    held: &Held<Enterprise>,
    key: &DataKey,
) -> (Check, bytes::Bytes) {
    let check = crypto::random_id();
    let raw = key.seal(&format!("answer/{check}"), &answer.raw);
    let check = Check {
        check,
        kind,
        verdict: answer.verdict,
        source: answer.source.clone(),
        at: answer.at,
        receipt: answer.receipt.clone(),
        nonce: Some(answer.nonce.clone()),
        score: answer.score,
        elements,
        besides,
        consent: None,
        raw: BlobId::of(&raw),
        key: held.record.key.clone(),
    };
    (check, raw)
}

fn code(enterprise: &Enterprise) -> Result<CreditCode, SigningError> {
    let corrupt = |_| SigningError::Corrupt(format!("enterprise {}", enterprise.enterprise));
    enterprise.claim.code.parse().map_err(corrupt)
}

fn no_reference() -> SigningError {
    SigningError::Port(crate::ports::PortError {
        port: "identity-authority",
        code: "authority-answer-invalid".into(),
        reason: "the answer was not taken: it names no payment".to_owned(),
    })
}

fn invalid(field: &str, reason: &str) -> SigningError {
    SigningError::Invalid {
        field: field.to_owned(),
        reason: reason.to_owned(),
    }
}

//! Who knows people and companies: one adapter for every authority that speaks HTTP.
//!
//! A question is told in the form that the configuration gives ([`questions`],
//! [`crate::template`]), signed, under its nonce as idempotency key. The answer must be
//! signed together with that nonce, be of this time, and say one of the words that are
//! configured ([`mapping`]); anything else is no answer, and above all no match. Without a
//! configuration the simulator is asked, and every answer says so.
//!
//! The form and the settings are in `docs/identity-authority.md`.

mod error;
mod mapping;
mod questions;
mod settings;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, net::SocketAddr, sync::Arc};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::Value;
use signing::{
    event::Millis,
    ports::{Answer, Clock, IdentityAuthority, PortError, Question, Verdict},
};

pub use error::AuthorityError;
pub use settings::Settings;

use crate::{
    authority_simulator,
    config::Config,
    house::{Reason, now},
    outside::{Caller, Credential, Proof, Repeat, Reply},
    template::Template,
};
use mapping::Mapping;
use questions::{KINDS, Kind, fillings};

/// Where our own form has its questions.
pub const PATH: &str = "/v1/identity";
/// Longest name of an authority, in characters.
const NAME: usize = 64;

/// The port as it was configured.
pub struct Opened {
    /// The authority.
    pub port: Arc<dyn IdentityAuthority>,
    /// Where the simulator listens, when it stands in for an authority.
    pub simulator: Option<SocketAddr>,
}

/// The authority of the configuration; the simulator when there is none.
///
/// # Errors
/// What in the settings cannot be used.
pub async fn configured(config: &Config) -> Result<Opened, Reason> {
    if let Some(settings) = &config.identity_authority {
        let opened = HttpAuthority::open(settings, Arc::new(now));
        let opened = opened.map_err(|error| format!("identity_authority: {error}"))?;
        return Ok(Opened {
            port: Arc::new(opened),
            simulator: None,
        });
    }
    let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
    let started = authority_simulator::embedded(anywhere).await?;
    Ok(Opened {
        port: Arc::new(started.authority),
        simulator: Some(started.address),
    })
}

/// An authority over HTTP.
pub struct HttpAuthority {
    caller: Caller,
    proof: Proof,
    settings: Settings,
    questions: BTreeMap<&'static str, Form>,
    clock: Clock,
}

/// How one question is asked.
struct Form {
    path: String,
    request: Template,
    answer: Mapping,
    effect: bool,
}

impl HttpAuthority {
    /// From the settings and the files that they name.
    ///
    /// # Errors
    /// What cannot be used.
    pub fn open(settings: &Settings, clock: Clock) -> Result<Self, String> {
        let name = &settings.key_id;
        let credential = match (&settings.secret_file, &settings.sm2_key_file) {
            (Some(secret), None) => Credential::shared(name, secret, settings.secret_mac)?,
            (None, Some(key)) => Credential::own(name, key)?,
            _ => return Err("set secret_file or sm2_key_file, one of them".to_owned()),
        };
        let secret = settings.answer_secret_file.as_ref();
        let proof = match (secret, &settings.answer_key_file, &settings.secret_file) {
            (Some(secret), None, _) | (None, None, Some(secret)) => {
                Proof::shared(secret, settings.secret_mac)?
            }
            (None, Some(key), _) => Proof::public(key)?,
            _ => {
                return Err("set answer_secret_file or answer_key_file, one of them: \
                            an answer that is not signed is none"
                    .to_owned());
            }
        };
        Self::with(settings.clone(), credential, proof, clock)
    }

    /// With keys that are at hand.
    ///
    /// # Errors
    /// What in the settings cannot be used.
    pub fn with(
        settings: Settings,
        credential: Credential,
        proof: Proof,
        clock: Clock,
    ) -> Result<Self, String> {
        if let Some(name) = &settings.name {
            let shown = !name.is_empty() && !name.chars().any(char::is_control);
            if !shown || name.chars().count() > NAME {
                return Err(format!(
                    "name: not 1 to {NAME} characters that can be shown"
                ));
            }
        }
        let limits = settings.limits;
        let caller = Caller::new(&settings.url, Some(credential), limits, clock.clone())?;
        let questions = forms(&settings)?;
        Ok(Self {
            caller,
            proof,
            settings,
            questions,
            clock,
        })
    }

    async fn answer(&self, nonce: &str, question: &Question) -> Result<Answer, AuthorityError> {
        let name = question.name();
        let form = self.questions.get(name);
        let form = form.ok_or(AuthorityError::Unasked(name))?;
        let asked = (self.clock)();
        let places = fillings(nonce, asked, question, &self.settings.document_kinds);
        let body = form.request.fill(&places);
        let repeat = if form.effect && !self.settings.idempotent {
            Repeat::Once(nonce)
        } else {
            Repeat::Under(nonce)
        };
        let reply = self.caller.exchange(&form.path, &body, repeat).await?;
        self.judge(&form.answer, nonce, asked, &reply, question)
    }

    /// Signature, nonce, time, and only then what it says.
    fn judge(
        &self,
        mapping: &Mapping,
        nonce: &str,
        asked: Millis,
        reply: &Reply,
        question: &Question,
    ) -> Result<Answer, AuthorityError> {
        let answer = serde_json::from_slice(&reply.body).unwrap_or(Value::Null);
        // The question that it says it answers; whether it is ours comes after whether it
        // is the authority who says so.
        let says = mapping.nonce(&answer).map_err(AuthorityError::Answer)?;
        let bound = says.as_deref().unwrap_or(nonce);
        let signed = match &self.settings.answer_header {
            None => Some(self.proof.check(reply, bound)?),
            Some(header) => {
                self.proof.check_body(reply, header)?;
                says.as_ref().ok_or(AuthorityError::Foreign)?;
                None
            }
        };
        if bound != nonce {
            return Err(AuthorityError::Foreign);
        }
        let read = mapping.read(&answer).map_err(AuthorityError::Answer)?;
        let signed = signed.map(|seconds| seconds.saturating_mul(1000));
        let at = read.at.or(signed);
        let at = at.ok_or(AuthorityError::Answer("it has no time"))?;
        for time in [Some(at), signed].into_iter().flatten() {
            self.in_time(time, asked)?;
        }
        let begun = matches!(question, Question::Payment { .. }) && read.verdict == Verdict::Match;
        if begun && read.reference.is_none() {
            return Err(AuthorityError::Answer(
                "a payment was made without a reference",
            ));
        }
        let source = self.settings.name.clone().or(read.source);
        Ok(Answer {
            nonce: nonce.to_owned(),
            verdict: read.verdict,
            score: read.score,
            reference: read.reference,
            receipt: read.receipt,
            source: source.ok_or(AuthorityError::Answer("it does not say whose it is"))?,
            at,
            raw: self.evidence(reply, bound),
        })
    }

    /// Between question and now, as far as clocks agree.
    fn in_time(&self, at: Millis, asked: Millis) -> Result<(), AuthorityError> {
        let now = (self.clock)().max(asked);
        let off_ms = asked.saturating_sub(at).max(at.saturating_sub(now));
        if off_ms > self.settings.skew_ms {
            return Err(AuthorityError::Stale { off_ms });
        }
        Ok(())
    }

    /// What was signed and the signature, in the form of HTTP, so that it can be checked
    /// again: the nonce is the request's, all else was received.
    fn evidence(&self, reply: &Reply, nonce: &str) -> Bytes {
        let header = self.settings.answer_header.as_deref();
        let rfc = ["content-digest", "signature-input", "signature"];
        let names = header.map_or(rfc.to_vec(), |one| vec![one]);
        let mut raw = format!("HTTP/1.1 {}\r\nidempotency-key: {nonce}\r\n", reply.status);
        for name in names {
            let value = reply.header(name).unwrap_or_default();
            raw.extend([name, ": ", value, "\r\n"]);
        }
        raw.push_str("\r\n");
        [raw.as_bytes(), &reply.body].concat().into()
    }
}

/// The forms of the questions that are asked.
fn forms(settings: &Settings) -> Result<BTreeMap<&'static str, Form>, String> {
    let known = KINDS.map(|kind| kind.name);
    for name in settings.questions.keys() {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            return Err(format!(
                "questions: there is no {name:?}; there are {known}"
            ));
        }
    }
    for kind in settings.document_kinds.keys() {
        let read: Result<signing::identity::DocumentKind, _> =
            serde_json::from_value(Value::String(kind.clone()));
        read.map_err(|_| format!("document_kinds: there is no kind {kind:?}"))?;
    }
    let asked =
        |kind: &&Kind| settings.questions.is_empty() || settings.questions.contains_key(kind.name);
    let all = KINDS.iter().filter(asked).map(|kind| {
        let form = form(settings, kind);
        let form = form.map_err(|error| format!("questions.{}: {error}", kind.name))?;
        Ok((kind.name, form))
    });
    all.collect()
}

fn form(settings: &Settings, kind: &Kind) -> Result<Form, String> {
    let one = settings
        .questions
        .get(kind.name)
        .cloned()
        .unwrap_or_default();
    let path = one.path.unwrap_or_else(|| format!("{PATH}/{}", kind.name));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./~".contains(&byte);
    if !path.starts_with('/') || !path.bytes().all(plain) {
        return Err(format!(
            "path: {path:?} is not / and letters, digits, - _ . ~"
        ));
    }
    let request = one.request.unwrap_or_else(|| kind.own_form());
    let request = Template::read(&request, &kind.places());
    let request = request.map_err(|error| format!("request: {error}"))?;
    let answer = one.answer.unwrap_or_else(|| settings.answer.clone());
    answer.check()?;
    if settings.answer_header.is_some() && (answer.nonce.is_empty() || answer.time.is_empty()) {
        return Err(
            "answer: under answer_header nonce and time are in the body; say where".to_owned(),
        );
    }
    if settings.name.is_none() && answer.source.is_empty() {
        return Err("answer.source: say where its name is, or set `name`".to_owned());
    }
    Ok(Form {
        path,
        request,
        answer,
        effect: kind.effect,
    })
}

#[async_trait]
impl IdentityAuthority for HttpAuthority {
    async fn ask(&self, nonce: &str, question: &Question) -> Result<Answer, PortError> {
        Ok(self.answer(nonce, question).await?)
    }
}

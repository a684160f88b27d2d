//! Compares what it is told with what there is.

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Hash, digest};
use serde::Deserialize;
use signing::{
    identity::{DocumentKind, IdDocument},
    ports::Verdict,
};

use super::world::{Person, World};

/// What a portrait must contain to show somebody, before the first 16 hexadecimal digits
/// of the SHA-256 of their document's number.
const MARKER: &[u8] = b"inkseal-face:";
/// Digits of a marker.
const MARKED: usize = 16;
/// Guesses at a sum.
const GUESSES: u8 = 3;
/// Scores: their own portrait, one without a marker, somebody else's.
const SCORES: [u16; 3] = [987, 912, 213];

/// A question in the simulator's form.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Told {
    pub nonce: String,
    name: String,
    document: Option<Document>,
    phone: String,
    card: String,
    portrait: String,
    liveness: String,
    code: String,
    representative: String,
    account: String,
    reference: String,
    fen: u32,
}

#[derive(Deserialize)]
struct Document {
    kind: DocumentKind,
    number: String,
}

/// What was found.
pub struct Found {
    pub verdict: Verdict,
    pub score: Option<u16>,
    pub reference: Option<String>,
}

impl From<Verdict> for Found {
    fn from(verdict: Verdict) -> Self {
        Self {
            verdict,
            score: None,
            reference: None,
        }
    }
}

/// Answers a question. The error is a code.
pub fn judge(
    question: &str,
    told: &Told,
    world: &mut World,
    now: i64,
) -> Result<Found, &'static str> {
    Ok(match question {
        "person" => person(told, world)?.map_or_else(|verdict| verdict, |_| Verdict::Match),
        "phone" => match person(told, world)? {
            Err(verdict) => verdict,
            Ok(found) if found.phones.is_empty() => Verdict::Unknown,
            Ok(found) => verdict(found.phones.iter().any(|one| one.expose() == told.phone)),
        },
        "bank-card" => match person(told, world)? {
            Err(verdict) => verdict,
            Ok(found) if found.cards.is_empty() => Verdict::Unknown,
            Ok(found) => verdict(
                found
                    .cards
                    .iter()
                    .any(|one| one.number == told.card && one.phone.expose() == told.phone),
            ),
        },
        "face" => return face(told, world),
        "enterprise-three" => enterprise(told, world, false),
        "enterprise-four" => enterprise(told, world, true),
        "payment" => return Ok(payment(told, world, now)),
        "payment-amount" => amount(told, world),
        _ => return Err("question-unknown"),
    }
    .into())
}

fn verdict(same: bool) -> Verdict {
    if same {
        Verdict::Match
    } else {
        Verdict::Mismatch
    }
}

/// The person with this document, if the name is theirs.
fn person<'a>(told: &Told, world: &'a World) -> Result<Result<&'a Person, Verdict>, &'static str> {
    let document = told.document.as_ref().ok_or("document-missing")?;
    let read = IdDocument::parse(document.kind, &document.number);
    let document = read.map_err(|_| "document-malformed")?;
    let key = (document.kind(), document.expose().to_owned());
    Ok(match world.people.get(&key) {
        None => Err(Verdict::Unknown),
        Some(person) if person.name != told.name => Err(Verdict::Mismatch),
        Some(person) => Ok(person),
    })
}

fn face(told: &Told, world: &mut World) -> Result<Found, &'static str> {
    let portrait = STANDARD.decode(&told.portrait);
    let portrait = portrait.map_err(|_| "portrait-malformed")?;
    // A token is good once.
    let alive = told.liveness.is_empty() || world.liveness.remove(&told.liveness) == Some(true);
    let person = match person(told, world)? {
        Ok(person) => person,
        Err(verdict) => return Ok(verdict.into()),
    };
    let [own, unmarked, other] = SCORES;
    let score = match (&person.portrait, marker(&portrait)) {
        (Some(known), _) if *known == sha256(&portrait) => own,
        (None, None) => unmarked,
        (None, Some(marker)) if marker == mark(person.document.expose()) => own,
        _ => other,
    };
    Ok(Found {
        verdict: verdict(alive && score != other),
        score: Some(score),
        reference: None,
    })
}

/// The marker of a portrait that shows the person with this number.
pub fn mark(number: &str) -> String {
    sha256(number.as_bytes()).chars().take(MARKED).collect()
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(digest(Hash::Sha256, bytes).as_bytes())
}

fn marker(portrait: &[u8]) -> Option<String> {
    let mut places = portrait.windows(MARKER.len() + MARKED);
    let found = places.find(|place| place.starts_with(MARKER))?;
    let digits = found.get(MARKER.len()..)?;
    String::from_utf8(digits.to_vec()).ok()
}

fn enterprise(told: &Told, world: &World, four: bool) -> Verdict {
    let Some(company) = world.companies.get(&told.code) else {
        return Verdict::Unknown;
    };
    let same = company.name == told.name && company.representative == told.representative;
    let document = company.document.as_ref().zip(told.document.as_ref());
    let theirs = document
        .is_some_and(|(known, told)| known.kind() == told.kind && known.expose() == told.number);
    verdict(same && (theirs || !four))
}

fn payment(told: &Told, world: &mut World, now: i64) -> Found {
    let Some(company) = world.companies.get(&told.code) else {
        return Verdict::Unknown.into();
    };
    let mut accounts = company.accounts.iter();
    if !accounts.any(|account| account.number == told.account) {
        return Verdict::Unknown.into();
    }
    if company.name != told.name {
        return Verdict::Mismatch.into();
    }
    Found {
        reference: Some(world.pay(&told.account, now)),
        ..Verdict::Match.into()
    }
}

fn amount(told: &Told, world: &mut World) -> Verdict {
    let mut payments = world.payments.iter_mut();
    let payment = payments.find(|payment| payment.reference == told.reference);
    match payment {
        Some(payment) if payment.wrong < GUESSES => {
            let same = payment.fen == told.fen;
            payment.wrong += u8::from(!same);
            verdict(same)
        }
        _ => Verdict::Unknown,
    }
}

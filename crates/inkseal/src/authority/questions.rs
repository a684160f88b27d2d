//! The questions: their names, what each tells, and the form in which it is told.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use signing::{
    event::Millis,
    identity::IdDocument,
    ports::{Asked, Question},
};
use zeroize::Zeroizing;

use crate::template::{Filling, Fillings};

/// A question that can be configured.
pub struct Kind {
    /// [`Question::name`].
    pub name: &'static str,
    /// The places of its template, beside [`COMMON`].
    places: &'static [&'static str],
    /// Whether asking has an effect: money is paid, a guess is used up.
    pub effect: bool,
}

/// Places of every template.
const COMMON: [&str; 3] = ["nonce", "question", "time"];
/// Places that our own form leaves out: what they say is said by others.
const LEFT_OUT: [&str; 3] = ["question", "time", "yuan"];

const fn kind(name: &'static str, places: &'static [&'static str]) -> Kind {
    Kind {
        name,
        places,
        effect: false,
    }
}

/// All questions.
pub const KINDS: [Kind; 8] = [
    kind("person", &["name", "document.kind", "document.number"]),
    kind(
        "phone",
        &["name", "document.kind", "document.number", "phone"],
    ),
    kind(
        "bank-card",
        &["name", "document.kind", "document.number", "phone", "card"],
    ),
    kind(
        "face",
        &[
            "name",
            "document.kind",
            "document.number",
            "portrait",
            "liveness",
        ],
    ),
    kind("enterprise-three", &["name", "code", "representative"]),
    kind(
        "enterprise-four",
        &[
            "name",
            "code",
            "representative",
            "document.kind",
            "document.number",
        ],
    ),
    Kind {
        effect: true,
        ..kind("payment", &["name", "code", "bank", "account"])
    },
    Kind {
        effect: true,
        ..kind("payment-amount", &["reference", "fen", "yuan"])
    },
];

impl Kind {
    /// Every place that its template may have.
    pub fn places(&self) -> Vec<&'static str> {
        COMMON.iter().chain(self.places).copied().collect()
    }

    /// The template of our own form: each place a field of its name, those with a point
    /// a field in an object.
    pub fn own_form(&self) -> Value {
        let mut form = Map::new();
        let told = self.places();
        for place in told.iter().filter(|place| !LEFT_OUT.contains(place)) {
            let value = Value::String(format!("{{{{{place}}}}}"));
            match place.split_once('.') {
                None => {
                    form.insert((*place).to_owned(), value);
                }
                Some((object, field)) => {
                    let object = form.entry(object).or_insert_with(|| Map::new().into());
                    if let Value::Object(object) = object {
                        object.insert(field.to_owned(), value);
                    }
                }
            }
        }
        form.into()
    }
}

/// What is put into the places of a question.
pub fn fillings(
    nonce: &str,
    now: Millis,
    question: &Question,
    kinds: &BTreeMap<String, String>,
) -> Fillings {
    let mut all = vec![
        ("nonce", Filling::text(nonce)),
        ("question", Filling::text(question.name())),
        ("time", Filling::Number(now)),
    ];
    let mut text = |place, text: &str| all.push((place, Filling::text(text)));
    match question {
        Question::Person(asked) => person(asked, kinds, &mut text),
        Question::Phone(asked, phone) => {
            person(asked, kinds, &mut text);
            text("phone", phone.expose());
        }
        Question::BankCard {
            person: asked,
            phone,
            card,
        } => {
            person(asked, kinds, &mut text);
            text("phone", phone.expose());
            text("card", card);
        }
        Question::Face {
            person: asked,
            portrait,
            liveness,
        } => {
            person(asked, kinds, &mut text);
            text("liveness", liveness.as_deref().unwrap_or_default());
            let portrait = Zeroizing::new(STANDARD.encode(portrait));
            all.push(("portrait", Filling::Text(portrait)));
        }
        Question::Enterprise {
            name,
            code,
            representative,
            document: paper,
        } => {
            text("name", name);
            text("code", code.as_str());
            text("representative", representative);
            if let Some(paper) = paper {
                document(paper, kinds, &mut text);
            }
        }
        Question::Payment {
            name,
            code,
            bank,
            account,
        } => {
            text("name", name);
            text("code", code.as_str());
            text("bank", bank);
            text("account", account);
        }
        Question::Amount { reference, fen } => {
            text("reference", reference);
            text("yuan", &format!("{}.{:02}", fen / 100, fen % 100));
            all.push(("fen", Filling::Number(i64::from(*fen))));
        }
    }
    all
}

fn person(
    asked: &Asked,
    kinds: &BTreeMap<String, String>,
    text: &mut impl FnMut(&'static str, &str),
) {
    text("name", &asked.name);
    document(&asked.document, kinds, text);
}

fn document(
    document: &IdDocument,
    kinds: &BTreeMap<String, String>,
    text: &mut impl FnMut(&'static str, &str),
) {
    let ours = document.kind().name();
    text(
        "document.kind",
        kinds.get(ours).map_or(ours, String::as_str),
    );
    text("document.number", document.expose());
}

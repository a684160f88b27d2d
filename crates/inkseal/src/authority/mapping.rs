//! Where things are in an answer, and what its words mean.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use signing::{event::Millis, ports::Verdict};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::outside::reading::{at, is_pointer, text, word};

/// JSON pointers (RFC 6901) into an answer, and its words. An empty pointer is nowhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mapping {
    /// What it found.
    pub verdict: String,
    /// Words for a match; numbers and `true` and `false` are words too.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// Words for a mismatch.
    pub mismatch: Vec<String>,
    /// Words for what it does not know.
    pub unknown: Vec<String>,
    /// How alike two faces are.
    pub score: String,
    /// The score of faces that are entirely alike.
    pub score_of: f64,
    /// Names what it began.
    pub reference: String,
    /// Its number for the answer.
    pub receipt: String,
    /// The nonce that it was given.
    pub nonce: String,
    /// When it answered.
    pub time: String,
    /// How the time is written.
    pub time_form: TimeForm,
    /// Its name.
    pub source: String,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeForm {
    /// Unix milliseconds, a number or its digits.
    Milliseconds,
    /// Unix seconds, a number or its digits.
    Seconds,
    /// Such as `2026-11-27T20:50:52+08:00`.
    Rfc3339,
}

/// What an answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    pub nonce: Option<String>,
    pub verdict: Verdict,
    pub score: Option<u16>,
    pub reference: Option<String>,
    pub receipt: String,
    pub at: Option<Millis>,
    pub source: Option<String>,
}

impl Default for Mapping {
    fn default() -> Self {
        let words = |word: &str| vec![word.to_owned()];
        Self {
            verdict: "/verdict".to_owned(),
            matches: words("match"),
            mismatch: words("mismatch"),
            unknown: words("unknown"),
            score: "/score".to_owned(),
            score_of: 1000.0,
            reference: "/reference".to_owned(),
            receipt: "/receipt".to_owned(),
            nonce: "/nonce".to_owned(),
            time: "/time".to_owned(),
            time_form: TimeForm::Milliseconds,
            source: "/authority".to_owned(),
        }
    }
}

impl Mapping {
    /// Checks what was configured.
    pub fn check(&self) -> Result<(), String> {
        let pointers = [
            ("verdict", &self.verdict),
            ("score", &self.score),
            ("reference", &self.reference),
            ("receipt", &self.receipt),
            ("nonce", &self.nonce),
            ("time", &self.time),
            ("source", &self.source),
        ];
        for (name, pointer) in pointers {
            is_pointer(&format!("answer.{name}"), pointer)?;
        }
        for (name, pointer) in [("verdict", &self.verdict), ("receipt", &self.receipt)] {
            if pointer.is_empty() {
                return Err(format!("answer.{name}: every answer has one; say where"));
            }
        }
        if self.matches.is_empty() {
            return Err("answer.match: no word means a match".to_owned());
        }
        let words = [&self.matches, &self.mismatch, &self.unknown];
        let mut all: Vec<&String> = words.into_iter().flatten().collect();
        all.sort();
        if let Some(pair) = all.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(format!(
                "answer: a word is in two lists: {:?}",
                pair.first()
            ));
        }
        if !self.score_of.is_finite() || self.score_of <= 0.0 {
            return Err("answer.score_of: not a number above 0".to_owned());
        }
        Ok(())
    }

    /// Reads an answer. The error says what is wrong in words that repeat nothing of it.
    pub fn read(&self, answer: &Value) -> Result<Read, &'static str> {
        let found = word(at(answer, &self.verdict)).ok_or("it has no verdict")?;
        let lists = [
            (&self.matches, Verdict::Match),
            (&self.mismatch, Verdict::Mismatch),
            (&self.unknown, Verdict::Unknown),
        ];
        let known = lists.into_iter().find(|(words, _)| words.contains(&found));
        let (_, verdict) = known.ok_or("its verdict is a word that is not configured")?;
        let receipt = text(at(answer, &self.receipt))?.ok_or("it has no receipt")?;
        Ok(Read {
            nonce: self.nonce(answer)?,
            verdict,
            score: self.score(at(answer, &self.score))?,
            reference: text(at(answer, &self.reference))?,
            receipt,
            at: self.time(at(answer, &self.time))?,
            source: text(at(answer, &self.source))?,
        })
    }

    /// The nonce of an answer, where it has one.
    pub fn nonce(&self, answer: &Value) -> Result<Option<String>, &'static str> {
        text(at(answer, &self.nonce))
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number lies between 0 and 1000"
    )]
    fn score(&self, value: &Value) -> Result<Option<u16>, &'static str> {
        if value.is_null() {
            return Ok(None);
        }
        let number = word(value).and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| (0.0..=self.score_of).contains(number));
        let number = number.ok_or("its score is no number, or too large")?;
        Ok(Some((number / self.score_of * 1000.0) as u16))
    }

    fn time(&self, value: &Value) -> Result<Option<Millis>, &'static str> {
        const BAD: &str = "its time is not written as configured";
        if value.is_null() {
            return Ok(None);
        }
        let text = word(value).ok_or(BAD)?;
        let number = || text.parse::<Millis>().map_err(|_| BAD);
        Ok(Some(match self.time_form {
            TimeForm::Milliseconds => number()?,
            TimeForm::Seconds => number()?.checked_mul(1000).ok_or(BAD)?,
            TimeForm::Rfc3339 => {
                let time = OffsetDateTime::parse(&text, &Rfc3339).map_err(|_| BAD)?;
                Millis::try_from(time.unix_timestamp_nanos() / 1_000_000).map_err(|_| BAD)?
            }
        }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_of_another_is_read() {
        let mapping = Mapping {
            verdict: "/data/0/code".to_owned(),
            matches: vec!["0".to_owned(), "true".to_owned()],
            mismatch: vec!["1".to_owned()],
            unknown: Vec::new(),
            score: "/data/0/similarity".to_owned(),
            score_of: 100.0,
            receipt: "/seq".to_owned(),
            time: "/when".to_owned(),
            time_form: TimeForm::Rfc3339,
            ..Mapping::default()
        };
        mapping.check().unwrap();
        let answer = |code: Value| {
            json!({
                "data": [{ "code": code, "similarity": 98.76 }], "seq": 12,
                "when": "2026-11-27T20:50:52.5+08:00",
            })
        };
        let read = mapping.read(&answer(json!(0))).unwrap();
        assert_eq!(read.verdict, Verdict::Match);
        assert_eq!((read.score, read.receipt.as_str()), (Some(987), "12"));
        assert_eq!(read.at, Some(1_795_783_852_500));
        assert_eq!(
            mapping.read(&answer(json!(true))).unwrap().verdict,
            Verdict::Match
        );
        assert_eq!(
            mapping.read(&answer(json!("1"))).unwrap().verdict,
            Verdict::Mismatch
        );
        for other in [
            json!(2),
            json!("00"),
            json!("match"),
            json!(""),
            json!(null),
            json!([0]),
        ] {
            mapping.read(&answer(other)).unwrap_err();
        }
    }

    #[test]
    fn what_is_not_as_agreed_is_no_answer() {
        let mapping = Mapping::default();
        let good = json!({ "verdict": "match", "receipt": "r", "nonce": "n", "time": 1 });
        mapping.read(&good).unwrap();
        let bad = [
            ("receipt", json!(null)),
            ("receipt", json!("")),
            ("receipt", json!("a\nb")),
            ("receipt", json!("x".repeat(257))),
            ("time", json!("yesterday")),
            ("score", json!(1001)),
            ("score", json!(-1)),
            ("score", json!("NaN")),
            ("nonce", json!({})),
        ];
        for (field, value) in bad {
            let mut answer = good.clone();
            answer[field] = value.clone();
            assert!(mapping.read(&answer).is_err(), "{field} {value}");
        }
    }

    #[test]
    fn a_mapping_without_sense_is_refused() {
        let good = Mapping::default;
        let bad = [
            Mapping {
                verdict: "verdict".to_owned(),
                ..good()
            },
            Mapping {
                verdict: String::new(),
                ..good()
            },
            Mapping {
                receipt: String::new(),
                ..good()
            },
            Mapping {
                matches: Vec::new(),
                ..good()
            },
            Mapping {
                unknown: vec!["match".to_owned()],
                ..good()
            },
            Mapping {
                score_of: 0.0,
                ..good()
            },
        ];
        for mapping in bad {
            assert!(mapping.check().is_err(), "{mapping:?}");
        }
    }
}

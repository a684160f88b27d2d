//! A person as an integrator sees it: numbers masked, evidence named.

use serde::{Deserialize, Serialize};

use crate::{
    event::Millis,
    identity::DocumentKind,
    ports::Verdict,
    register::{
        assurance::{Assurance, Check, CheckKind, Elements, Level},
        person::{Details, HeldDocument, Person, Status},
        photo::{Consent, ConsentKind, Photo, PhotoKind},
    },
};

/// A person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonView {
    /// Identifier; another one than was asked for after a merger.
    pub person: String,
    /// `registered` or `cancelled`.
    pub state: String,
    /// The name; none of somebody cancelled.
    pub name: Option<String>,
    /// The mobile number, masked.
    pub phone: Option<String>,
    /// The documents.
    pub documents: Vec<DocumentView>,
    /// How sure it is now.
    pub level: Level,
    /// When the level falls.
    pub expires: Option<Millis>,
    /// The latest answer to each question.
    pub checks: Vec<CheckView>,
    /// Consents that hold.
    pub consents: Vec<ConsentView>,
    /// Photos that are kept.
    pub photos: Vec<PhotoView>,
    /// Whether there is a password.
    pub password: bool,
}

/// A document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DocumentView {
    /// What kind.
    pub kind: DocumentKind,
    /// The number, masked.
    pub number: String,
    /// The end of its last day.
    pub expires: Option<Millis>,
}

/// An answer that was taken as evidence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CheckView {
    /// Identifier.
    pub check: String,
    /// What was checked.
    pub kind: CheckKind,
    /// What was found.
    pub verdict: Verdict,
    /// Who found it.
    pub source: String,
    /// Its number there.
    pub receipt: String,
    /// When.
    pub at: Millis,
    /// How alike two faces are, per mille.
    pub score: Option<u16>,
    /// Until when it counts; none when it does not.
    pub counts_until: Option<Millis>,
    /// Whether the level rests on it.
    pub used: bool,
}

/// A consent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ConsentView {
    /// Identifier.
    pub consent: String,
    /// To what.
    pub kind: ConsentKind,
    /// Version of the text.
    pub version: String,
    /// Language of the text.
    pub language: String,
    /// Digest of the text.
    pub text: crypto::Digest,
    /// When it was given.
    pub given: Millis,
}

/// A photo that is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PhotoView {
    /// Identifier.
    pub photo: String,
    /// What is in it.
    pub kind: PhotoKind,
    /// Media type.
    pub format: String,
    /// Salted digest of the file.
    pub digest: crypto::Digest,
}

impl PersonView {
    /// A person as it stands; without details of somebody whose key is destroyed.
    pub(in super::super) fn of(person: &Person, details: Option<&Details>, now: Millis) -> Self {
        let (elements, assurance) = details.map_or_else(
            || (Elements::new(), Assurance::claimed()),
            |details| (person.elements(details), person.assurance(details, now)),
        );
        let state = match person.status {
            Status::Registered => "registered",
            Status::Merged(_) => "merged",
            Status::Cancelled => "cancelled",
        };
        let document = |held: &HeldDocument| DocumentView {
            kind: held.document.kind(),
            number: held.document.masked(),
            expires: held.expires,
        };
        let check = |check: &Check| CheckView::of(check, &elements, &assurance, now);
        let documents = details.map_or(&[][..], |details| &details.documents);
        Self {
            person: person.person.clone(),
            state: state.to_owned(),
            name: details.map(|details| details.name.clone()),
            phone: details.and_then(|details| Some(details.phone.as_ref()?.masked())),
            documents: documents.iter().map(document).collect(),
            level: assurance.level,
            expires: assurance.expires,
            checks: person.checks.iter().map(check).collect(),
            consents: person.consents.iter().map(ConsentView::of).collect(),
            photos: person.photos.iter().map(PhotoView::of).collect(),
            password: person.password.is_some(),
        }
    }
}

impl CheckView {
    pub(in super::super) fn of(
        check: &Check,
        elements: &Elements,
        assurance: &Assurance,
        now: Millis,
    ) -> Self {
        Self {
            check: check.check.clone(),
            kind: check.kind,
            verdict: check.verdict,
            source: check.source.clone(),
            receipt: check.receipt.clone(),
            at: check.at,
            score: check.score,
            counts_until: check.counts_until(elements, now),
            used: assurance.evidence.contains(&check.check),
        }
    }
}

impl ConsentView {
    pub(super) fn of(consent: &Consent) -> Self {
        Self {
            consent: consent.consent.clone(),
            kind: consent.kind,
            version: consent.version.clone(),
            language: consent.language.clone(),
            text: consent.text.clone(),
            given: consent.given,
        }
    }
}

impl PhotoView {
    pub(super) fn of(photo: &Photo) -> Self {
        Self {
            photo: photo.photo.clone(),
            kind: photo.kind,
            format: photo.format.clone(),
            digest: photo.digest.clone(),
        }
    }
}

//! A person as the fold of its events.

use crypto::Digest;
use serde::{Deserialize, Serialize};
use store::BlobId;

use super::{
    Asking, CHECKS_A_DAY, DAY, Pace, Recorded, Refused,
    assurance::{self, Assurance, Check, Elements, PERSON},
    password::Tries,
    photo::{Consent, ConsentKind, Photo, PhotoKind},
};
use crate::{
    event::Millis,
    identity::{DocumentKind, IdDocument, Phone},
};

/// Documents of one person.
pub const DOCUMENTS: usize = 8;
/// Photos of one person.
pub const PHOTOS: usize = 12;

/// A person's data. Kept sealed under the person's own key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Details {
    /// 128 random bits in hexadecimal, so that digests cannot be guessed.
    pub salt: String,
    /// The name.
    pub name: String,
    /// The telephone.
    pub phone: Option<Phone>,
    /// The documents; the first that is good is asked about unless another is named.
    pub documents: Vec<HeldDocument>,
}

/// A document that a person has.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldDocument {
    /// Kind and number.
    pub document: IdDocument,
    /// The last day on which it is good, as unix milliseconds of the day's end; none when
    /// it is good for ever.
    pub expires: Option<Millis>,
}

/// What a person claims, as events know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Salted digest of the data.
    pub identity: Digest,
    /// The data, sealed under the person's key.
    pub details: BlobId,
    /// Keyed digest of the name, of this person alone.
    pub name: Digest,
    /// Keyed digest of the telephone, of this person alone.
    pub phone: Option<Digest>,
    /// The documents.
    pub documents: Vec<DocumentRef>,
}

/// A document as events know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentRef {
    /// What kind.
    pub kind: DocumentKind,
    /// Keyed digest of kind and number, the same for all persons of a tenant.
    pub digest: Digest,
}

/// What one person brings to another in a merger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Who is taken in.
    pub person: String,
    /// What is claimed from now on.
    pub claim: Claim,
    /// Names of the data keys under which the other's blobs lie.
    pub keys: Vec<String>,
    /// Checks, rewritten to the digests of this person.
    pub checks: Vec<Check>,
    /// Consents.
    pub consents: Vec<Consent>,
    /// Photos.
    pub photos: Vec<Photo>,
}

/// Something that happened to a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A person was registered.
    Registered {
        /// Identifier.
        person: String,
        /// Name of the person's data key.
        key: String,
        /// What is claimed.
        claim: Claim,
    },
    /// Name, telephone or documents changed.
    Changed {
        /// What is claimed from now on.
        claim: Claim,
    },
    /// An authority is about to be asked: it counts before the question leaves, so that no
    /// interruption and no number of askers makes more of it.
    Asking {
        /// Name of the question.
        question: String,
        /// What the answer must bring back.
        nonce: String,
    },
    /// An authority or a clerk answered.
    Checked {
        /// What.
        check: Check,
    },
    /// The person consented.
    ConsentGiven {
        /// To what.
        consent: Consent,
    },
    /// The person took a consent back: its key is destroyed.
    ConsentWithdrawn {
        /// Which.
        consent: String,
    },
    /// A photo was accepted.
    PhotoAdded {
        /// Which.
        photo: Photo,
    },
    /// A password was set.
    PasswordSet {
        /// Its hash, sealed under the person's key.
        password: BlobId,
    },
    /// A password was tried.
    PasswordTried {
        /// Whether it was right.
        correct: bool,
    },
    /// Another registered person turned out to be this one.
    Absorbed(Box<Part>),
    /// This one turned out to be another, who goes on.
    Merged {
        /// Who goes on.
        into: String,
    },
    /// The person was cancelled: all keys are destroyed.
    Cancelled,
}

impl Event {
    /// The name of the event in the store.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Registered { .. } => "registered",
            Self::Changed { .. } => "changed",
            Self::Asking { .. } => "asking",
            Self::Checked { .. } => "checked",
            Self::ConsentGiven { .. } => "consent-given",
            Self::ConsentWithdrawn { .. } => "consent-withdrawn",
            Self::PhotoAdded { .. } => "photo-added",
            Self::PasswordSet { .. } => "password-set",
            Self::PasswordTried { .. } => "password-tried",
            Self::Absorbed(_) => "absorbed",
            Self::Merged { .. } => "merged",
            Self::Cancelled => "cancelled",
        }
    }

    /// The blobs that the event names and that are new with it.
    #[must_use]
    pub fn blobs(&self) -> Vec<BlobId> {
        match self {
            Self::Registered { claim, .. } | Self::Changed { claim } => vec![claim.details],
            Self::Checked { check } => vec![check.raw],
            Self::ConsentGiven { consent } => vec![consent.blob],
            Self::PhotoAdded { photo } => vec![photo.blob],
            Self::PasswordSet { password } => vec![*password],
            Self::Absorbed(part) => {
                let raw = part.checks.iter().map(|check| check.raw);
                let texts = part.consents.iter().map(|consent| consent.blob);
                let photos = part.photos.iter().map(|photo| photo.blob);
                let own = std::iter::once(part.claim.details);
                own.chain(raw).chain(texts).chain(photos).collect()
            }
            Self::Asking { .. }
            | Self::ConsentWithdrawn { .. }
            | Self::PasswordTried { .. }
            | Self::Merged { .. }
            | Self::Cancelled => Vec::new(),
        }
    }
}

/// Where a person stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Registered.
    Registered,
    /// Another one goes on.
    Merged(String),
    /// Cancelled.
    Cancelled,
}

/// What is asked of a person's record.
pub enum Command {
    /// Claim something else.
    Change(Claim),
    /// Count a question before it is asked.
    Ask {
        /// Its name.
        question: String,
        /// What the answer must bring back.
        nonce: String,
    },
    /// Take an answer as evidence.
    Check(Check),
    /// Record a consent; one of the same kind from before is withdrawn.
    Consent(Consent),
    /// Take a consent back.
    Withdraw(ConsentKind),
    /// Keep a photo.
    Photo(Photo),
    /// Set a password.
    SetPassword(BlobId),
    /// Count a try.
    TryPassword {
        /// Whether it was right.
        correct: bool,
    },
    /// Become part of another.
    MergeInto(String),
    /// Take another in.
    Absorb(Box<Part>),
    /// End.
    Cancel,
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// Identifier.
    pub person: String,
    /// Where it stands.
    pub status: Status,
    /// Name of its own data key.
    pub key: String,
    /// What is claimed.
    pub claim: Claim,
    /// Data keys of persons that it took in.
    pub absorbed: Vec<String>,
    /// The latest answer to each question.
    pub checks: Vec<Check>,
    /// Consents that hold.
    pub consents: Vec<Consent>,
    /// Photos that are kept.
    pub photos: Vec<Photo>,
    /// The hash of the password, sealed; none when there is no password.
    pub password: Option<BlobId>,
    tries: Tries,
    pace: Pace,
    asking: Asking,
}

impl Person {
    /// Folds all events of a person. `None` when they do not begin with
    /// [`Event::Registered`].
    pub fn fold(events: impl IntoIterator<Item = Recorded<Event>>) -> Option<Self> {
        let mut events = events.into_iter();
        let Event::Registered { person, key, claim } = events.next()?.event else {
            return None;
        };
        let mut folded = Self {
            person,
            status: Status::Registered,
            key,
            claim,
            absorbed: Vec::new(),
            checks: Vec::new(),
            consents: Vec::new(),
            photos: Vec::new(),
            password: None,
            tries: Tries::default(),
            pace: Pace::default(),
            asking: Asking::default(),
        };
        for event in events {
            folded.apply(&event);
        }
        Some(folded)
    }

    /// Whether anything can be done with it.
    pub fn must_be_there(&self) -> Result<(), Refused> {
        match self.status {
            Status::Registered => Ok(()),
            Status::Merged(_) | Status::Cancelled => Err(Refused::PersonCancelled),
        }
    }

    /// Whether an authority may be asked about it now.
    pub fn may_check(&self, now: Millis) -> Result<(), Refused> {
        self.must_be_there()?;
        self.pace.allows(CHECKS_A_DAY, now)
    }

    /// Whether its password may be tried now.
    pub fn may_try(&self, now: Millis) -> Result<(), Refused> {
        self.tries.may(now)
    }

    /// What is told after a wrong password.
    #[must_use]
    pub fn password_answer(&self) -> Refused {
        self.tries.answer()
    }

    /// The consent of a kind that holds now.
    pub fn consent(&self, kind: ConsentKind) -> Result<&Consent, Refused> {
        let found = self.consents.iter().find(|consent| consent.kind == kind);
        found.ok_or(Refused::ConsentMissing(kind.name()))
    }

    /// Whether there is a photo of a kind.
    #[must_use]
    pub fn has_photo(&self, kind: PhotoKind) -> bool {
        self.photos.iter().any(|photo| photo.kind == kind)
    }

    /// The names of all data keys under which something of this person lies.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let own = std::iter::once(self.key.clone()).chain(self.absorbed.iter().cloned());
        own.chain(self.consents.iter().map(Consent::own_key))
            .collect()
    }

    /// What is claimed, with the time until which each document is good.
    #[must_use]
    pub fn elements(&self, details: &Details) -> Elements {
        let lasting = [Some(&self.claim.name), self.claim.phone.as_ref()];
        let mut elements: Elements = lasting
            .into_iter()
            .flatten()
            .map(|digest| (digest.clone(), Millis::MAX))
            .collect();
        for (known, held) in self.claim.documents.iter().zip(&details.documents) {
            let until = held.expires.unwrap_or(Millis::MAX);
            elements.insert(known.digest.clone(), until);
        }
        elements
    }

    /// How sure it is, now, that this is who is claimed.
    #[must_use]
    pub fn assurance(&self, details: &Details, now: Millis) -> Assurance {
        let elements = self.elements(details);
        assurance::assure(&PERSON, &self.checks, &elements, None, now)
    }

    /// Decides; changes nothing. The events are what the ledger will prove.
    pub fn decide(&self, command: Command, now: Millis) -> Result<Vec<Event>, Refused> {
        self.must_be_there()?;
        let event = match command {
            Command::Change(claim) => {
                if claim.documents.is_empty() {
                    return Err(Refused::LastDocument);
                }
                at_most(claim.documents.len(), DOCUMENTS, "documents")?;
                Event::Changed { claim }
            }
            Command::Ask { question, nonce } => {
                self.may_check(now)?;
                Event::Asking { question, nonce }
            }
            Command::Check(check) => {
                if !self.asking.knows(check.nonce.as_deref()) {
                    self.may_check(now)?;
                }
                if let Some(needed) = &check.consent
                    && !self.consents.iter().any(|there| there.consent == *needed)
                {
                    return Err(Refused::ConsentMissing(ConsentKind::Portrait.name()));
                }
                Event::Checked { check }
            }
            Command::Consent(consent) => {
                let before = self.consent(consent.kind).ok();
                let withdrawn = before.map(|before| Event::ConsentWithdrawn {
                    consent: before.consent.clone(),
                });
                let given = Event::ConsentGiven { consent };
                return Ok(withdrawn.into_iter().chain([given]).collect());
            }
            Command::Withdraw(kind) => Event::ConsentWithdrawn {
                consent: self.consent(kind)?.consent.clone(),
            },
            Command::Photo(photo) => {
                let holds = self.consent(photo.kind.consent())?;
                if holds.consent != photo.consent {
                    return Err(Refused::ConsentMissing(holds.kind.name()));
                }
                at_most(self.photos.len() + 1, PHOTOS, "photos")?;
                Event::PhotoAdded { photo }
            }
            Command::SetPassword(password) => Event::PasswordSet { password },
            Command::TryPassword { correct } => {
                self.may_try(now)?;
                Event::PasswordTried { correct }
            }
            Command::MergeInto(into) if into == self.person => return Err(Refused::PersonsDiffer),
            Command::MergeInto(into) => Event::Merged { into },
            Command::Absorb(part) => {
                at_most(part.claim.documents.len(), DOCUMENTS, "documents")?;
                at_most(self.photos.len() + part.photos.len(), 2 * PHOTOS, "photos")?;
                Event::Absorbed(part)
            }
            Command::Cancel => Event::Cancelled,
        };
        Ok(vec![event])
    }

    /// What this person brings to another that takes it in, whose digests of name and
    /// telephone are those of `claim`. Consents that the other has too are left behind,
    /// with what was kept under them.
    #[must_use]
    pub fn part(&self, other: &Self, claim: Claim, same_phone: bool) -> Part {
        let renamed = |digest: &Digest| {
            if *digest == self.claim.name {
                return claim.name.clone();
            }
            let phone = claim.phone.as_ref().filter(|_| same_phone);
            match phone {
                Some(phone) if Some(digest) == self.claim.phone.as_ref() => phone.clone(),
                _ => digest.clone(),
            }
        };
        let consents = self.consents.iter();
        let consents = consents.filter(|own| other.consent(own.kind).is_err());
        let consents: Vec<Consent> = consents.cloned().collect();
        let kept = |id: &str| consents.iter().any(|consent| consent.consent == id);
        let checks = self.checks.iter();
        let checks = checks.filter(|check| check.consent.as_deref().is_none_or(kept));
        let checks = checks.map(|check| Check {
            elements: check.elements.iter().map(renamed).collect(),
            ..check.clone()
        });
        let photos = self.photos.iter().filter(|photo| kept(&photo.consent));
        Part {
            person: self.person.clone(),
            keys: std::iter::once(self.key.clone())
                .chain(self.absorbed.iter().cloned())
                .collect(),
            checks: checks.collect(),
            photos: photos.cloned().collect(),
            consents,
            claim,
        }
    }

    /// Applies an event that was decided before. Cannot fail.
    pub fn apply(&mut self, recorded: &Recorded<Event>) {
        match &recorded.event {
            Event::Registered { .. } => {}
            Event::Changed { claim } => self.claim = claim.clone(),
            Event::Asking { question, nonce } => {
                self.pace.count(recorded.at);
                self.asking.add(nonce, question);
            }
            Event::Checked { check } => {
                // What a clerk says is no question, and those of before were not counted.
                if self.asking.take(check.nonce.as_deref()).is_none() {
                    self.pace.count(recorded.at);
                }
                assurance::add(&mut self.checks, check.clone());
            }
            Event::ConsentGiven { consent } => self.consents.push(consent.clone()),
            Event::ConsentWithdrawn { consent } => {
                self.consents.retain(|there| there.consent != *consent);
                self.photos.retain(|photo| photo.consent != *consent);
                let gone = |check: &Check| check.consent.as_ref() == Some(consent);
                self.checks.retain(|check| !gone(check));
            }
            Event::PhotoAdded { photo } => self.photos.push(photo.clone()),
            Event::PasswordSet { password } => {
                self.password = Some(*password);
                self.tries = Tries::default();
            }
            Event::PasswordTried { correct } => {
                self.tries = self.tries.after(*correct, recorded.at);
            }
            Event::Absorbed(part) => {
                self.claim = part.claim.clone();
                self.absorbed.extend(part.keys.iter().cloned());
                for check in &part.checks {
                    // Of two answers to one question the later one counts.
                    let later = |own: &Check| own.repeats(check) && own.at >= check.at;
                    if !self.checks.iter().any(later) {
                        assurance::add(&mut self.checks, check.clone());
                    }
                }
                self.consents.extend(part.consents.iter().cloned());
                self.photos.extend(part.photos.iter().cloned());
            }
            Event::Merged { into } => self.end(Status::Merged(into.clone())),
            Event::Cancelled => self.end(Status::Cancelled),
        }
    }

    fn end(&mut self, status: Status) {
        self.status = status;
        self.checks.clear();
        self.consents.clear();
        self.photos.clear();
        self.password = None;
    }
}

fn at_most(count: usize, most: usize, what: &'static str) -> Result<(), Refused> {
    (count <= most)
        .then_some(())
        .ok_or(Refused::TooMany { what, most })
}

/// Whether a document may be registered now: it has not expired, and whoever has it is
/// born.
pub fn document_fits(held: &HeldDocument, now: Millis) -> Result<(), Refused> {
    let over = held.expires.is_some_and(|expires| expires <= now);
    let unborn = held.document.birth_date().is_some_and(|date| {
        // The day after today is not over anywhere on earth.
        let tomorrow = time::OffsetDateTime::from_unix_timestamp((now + DAY) / 1000);
        tomorrow.is_ok_and(|day| {
            let day = day.date();
            let written = format!(
                "{:04}{:02}{:02}",
                day.year(),
                u8::from(day.month()),
                day.day()
            );
            date > written.as_str()
        })
    });
    match (over, unborn) {
        (true, _) => Err(Refused::DocumentExpired),
        (_, true) => Err(Refused::Unborn),
        _ => Ok(()),
    }
}

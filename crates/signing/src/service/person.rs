//! Persons of the register: registered, changed, merged, cancelled.

mod check;
mod password;
mod photo;
mod view;

use std::collections::BTreeSet;

use crypto::Digest;
use store::{BlobId, CommitError, Row, Table};

pub use check::{PersonCheck, PersonQuestion};
pub use password::Proven;
pub use photo::{NewConsent, PhotoFile};
pub use view::{CheckView, ConsentView, DocumentView, PersonView, PhotoView};

use super::{
    ATTEMPTS, Signing, SigningError,
    register::{Held, PROFILE, Step},
};
use crate::{
    event::Millis,
    identity::{self, DocumentKind, IdDocument},
    register::{
        DAY, Refused,
        person::{self, Claim, Command, Details, DocumentRef, HeldDocument, Person, Status},
    },
    vault::DataKey,
};

/// Mergers that are followed from one identifier.
const MERGERS: usize = 16;

/// A document as it is handed in.
pub struct NewDocument {
    /// What kind.
    pub kind: DocumentKind,
    /// The number as it is printed.
    pub number: String,
    /// The last day on which it is good, `2031-05-09`; none when it is good for ever.
    pub expires: Option<String>,
}

/// A person to be registered.
pub struct NewPerson {
    /// The name.
    pub name: String,
    /// The mobile number.
    pub phone: Option<String>,
    /// One document at least.
    pub documents: Vec<NewDocument>,
}

/// What changes of a person. What is `None` or empty stays.
#[derive(Default)]
pub struct PersonChange {
    /// Another name.
    pub name: Option<String>,
    /// Another mobile number.
    pub phone: Option<String>,
    /// Documents that are new, or new forms of known ones.
    pub add: Vec<NewDocument>,
    /// Documents that no longer hold.
    pub remove: Vec<NewDocument>,
}

/// A person with what its blobs say.
pub(super) struct Opened {
    pub held: Held<Person>,
    pub details: Details,
    pub key: DataKey,
}

impl Signing {
    /// Registers a person. Somebody who is known by one of the documents is not registered
    /// again: what is new is added, and the answer says that nobody new was made.
    pub async fn register_person(
        &self,
        tenant: &str,
        new: NewPerson,
    ) -> Result<(PersonView, bool), SigningError> {
        let now = self.now();
        let name = identity::name(&new.name).map_err(SigningError::identity("name"))?;
        let phone = new.phone.as_deref().map(str::parse).transpose();
        let phone = phone.map_err(SigningError::identity("phone"))?;
        let documents = documents(&new.documents, now)?;
        if documents.is_empty() {
            return Err(Refused::LastDocument.into());
        }
        let details = Details {
            salt: crypto::random_id(),
            name,
            phone,
            documents,
        };
        for _ in 0..ATTEMPTS {
            let done = match self.owner(tenant, &details.documents).await? {
                None => self.new_person(tenant, &details, now).await,
                Some(id) => self.known_person(tenant, &id, &details, now).await,
            };
            match done {
                // Somebody else was faster with one of the documents, or changed the person.
                Err(SigningError::Commit(
                    CommitError::Duplicate(Table::PersonDocument) | CommitError::Conflict(_),
                )) => {}
                done => return done,
            }
        }
        Err(SigningError::Commit(CommitError::Conflict(
            "person".to_owned(),
        )))
    }

    async fn new_person(
        &self,
        tenant: &str,
        details: &Details,
        now: Millis,
    ) -> Result<(PersonView, bool), SigningError> {
        let id = crypto::random_id();
        let name = format!("registered/{id}");
        let (key, wrapped) = self.0.vault.create(tenant, &name, PROFILE.aead());
        let (claim, sealed) = self.claim(tenant, &id, details, &key)?;
        let taken = documents_of(&claim, &id);
        let event = person::Event::Registered {
            person: id.clone(),
            key: name.clone(),
            claim,
        };
        let step = Step::of(vec![event])
            .blob(sealed)
            .rows([Row::DataKey { name, wrapped }])
            .rows(taken);
        let person = self.found::<Person>(tenant, &id, step, now).await?;
        Ok((PersonView::of(&person, Some(details), now), true))
    }

    /// Adds what a second registration says to the first one.
    async fn known_person(
        &self,
        tenant: &str,
        id: &str,
        new: &Details,
        now: Millis,
    ) -> Result<(PersonView, bool), SigningError> {
        let mut there = self.opened(tenant, id).await?;
        if there.details.name != new.name {
            return Err(Refused::KnownOtherwise.into());
        }
        let mut details = there.details.clone();
        if new.phone.is_some() {
            details.phone.clone_from(&new.phone);
        }
        self.renew(tenant, &mut details, new.documents.clone());
        self.put_details(tenant, &mut there, details, now).await?;
        let view = PersonView::of(&there.held.record, Some(&there.details), now);
        Ok((view, false))
    }

    /// A person as the integrator sees it.
    pub async fn view_person(&self, tenant: &str, id: &str) -> Result<PersonView, SigningError> {
        let held = self.held_person(tenant, id).await?;
        let now = self.now();
        if held.record.status != Status::Registered {
            return Ok(PersonView::of(&held.record, None, now));
        }
        let there = self.open_person(tenant, held).await?;
        Ok(PersonView::of(
            &there.held.record,
            Some(&there.details),
            now,
        ))
    }

    /// Changes name, telephone or documents. What was checked of the old ones counts no
    /// more.
    pub async fn change_person(
        &self,
        tenant: &str,
        id: &str,
        change: PersonChange,
    ) -> Result<PersonView, SigningError> {
        let now = self.now();
        let added = documents(&change.add, now)?;
        // Looked up before the person is held: it may be the owner, whose turn it is then.
        let owner = self.owner(tenant, &added).await?;
        let mut there = self.opened(tenant, id).await?;
        if owner.is_some_and(|owner| owner != there.held.id) {
            return Err(Refused::DocumentsDiffer.into());
        }
        let mut details = there.details.clone();
        if let Some(name) = &change.name {
            details.name = identity::name(name).map_err(SigningError::identity("name"))?;
        }
        if let Some(phone) = &change.phone {
            details.phone = Some(phone.parse().map_err(SigningError::identity("phone"))?);
        }
        self.renew(tenant, &mut details, added);
        for gone in &change.remove {
            let number = document(gone)?;
            let digest = self.document_digest(tenant, &number);
            let before = details.documents.len();
            let is = |held: &HeldDocument| self.document_digest(tenant, &held.document) == digest;
            details.documents.retain(|held| !is(held));
            if details.documents.len() == before {
                return Err(SigningError::Invalid {
                    field: "remove".to_owned(),
                    reason: "the person has no such document".to_owned(),
                });
            }
        }
        self.put_details(tenant, &mut there, details, now).await?;
        Ok(PersonView::of(
            &there.held.record,
            Some(&there.details),
            now,
        ))
    }

    /// Merges a person into another who turned out to be the same and has the same name:
    /// the other goes on, with the documents, checks, consents and photos of both.
    pub async fn merge_persons(
        &self,
        tenant: &str,
        from: &str,
        into: &str,
    ) -> Result<PersonView, SigningError> {
        let now = self.now();
        // Whoever merges the same two the other way round must not wait for us.
        let _alone = self.0.register.turn("merger", tenant, "").await;
        let (mut gone, mut stays) = self.two_persons(tenant, from, into).await?;
        let second = stays.held.id.clone();
        if gone.details.name != stays.details.name {
            return Err(Refused::PersonsDiffer.into());
        }
        let mut details = stays.details.clone();
        let phones = (&stays.details.phone, &gone.details.phone);
        let same_phone = phones.0.is_none() || phones.1.is_none() || phones.0 == phones.1;
        if details.phone.is_none() {
            details.phone.clone_from(&gone.details.phone);
        }
        self.renew(tenant, &mut details, gone.details.documents.clone());
        let (claim, sealed) = self.claim(tenant, &second, &details, &stays.key)?;
        let part = gone.held.record.part(&stays.held.record, claim, same_phone);
        let left = left_behind(&gone.held.record, &part.consents);
        let merged = gone.held.record.decide(Command::MergeInto(second), now)?;
        let absorbed = stays
            .held
            .record
            .decide(Command::Absorb(Box::new(part)), now)?;
        let one = Step::of(merged).rows(left);
        let other = Step::of(absorbed).blob(sealed);
        self.record_both(tenant, (&mut gone.held, one), (&mut stays.held, other), now)
            .await?;
        Ok(PersonView::of(&stays.held.record, Some(&details), now))
    }

    /// Two persons who are there, held at once.
    async fn two_persons(
        &self,
        tenant: &str,
        from: &str,
        into: &str,
    ) -> Result<(Opened, Opened), SigningError> {
        for _ in 0..ATTEMPTS {
            let (first, second) = (
                self.current(tenant, from).await?,
                self.current(tenant, into).await?,
            );
            if first == second {
                return Err(Refused::PersonsDiffer.into());
            }
            let gone = self.held::<Person>(tenant, &first).await?;
            let stays = self.held::<Person>(tenant, &second).await?;
            // Another node may have merged one into the other since: to go on from there
            // would be to wait for a turn that is ours. Both are given back first.
            let merged = |held: &Held<Person>| matches!(held.record.status, Status::Merged(_));
            if merged(&gone) || merged(&stays) {
                continue;
            }
            gone.record.must_be_there()?;
            stays.record.must_be_there()?;
            let gone = self.open_person(tenant, gone).await?;
            return Ok((gone, self.open_person(tenant, stays).await?));
        }
        Err(SigningError::Commit(CommitError::Conflict(
            "person".to_owned(),
        )))
    }

    /// Cancels a person: every key under which something of the person lies is destroyed,
    /// and the documents can be registered anew. What the ledger proves stays.
    pub async fn cancel_person(&self, tenant: &str, id: &str) -> Result<(), SigningError> {
        let mut held = self.held_person(tenant, id).await?;
        let now = self.now();
        let events = held.record.decide(Command::Cancel, now)?;
        let keys = held.record.keys().into_iter();
        let keys = keys.map(|name| Row::NoDataKey { name });
        let documents = held.record.claim.documents.iter();
        let documents: Vec<Row> = documents.map(|known| no_document(&known.digest)).collect();
        let step = Step::of(events).rows(keys).rows(documents);
        self.record(tenant, &mut held, step, now, None).await
    }

    /// Who goes on under an identifier: the person, or the one into whom it was merged.
    pub(super) async fn held_person(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Held<Person>, SigningError> {
        let mut id = id.to_owned();
        for _ in 0..MERGERS {
            let held = self.held::<Person>(tenant, &id).await?;
            match &held.record.status {
                Status::Merged(into) => id.clone_from(into),
                Status::Registered | Status::Cancelled => return Ok(held),
            }
        }
        Err(SigningError::Corrupt(format!("person {id}")))
    }

    async fn current(&self, tenant: &str, id: &str) -> Result<String, SigningError> {
        Ok(self.held_person(tenant, id).await?.id)
    }

    /// A person who is there, with what its blobs say.
    pub(super) async fn opened(&self, tenant: &str, id: &str) -> Result<Opened, SigningError> {
        let held = self.held_person(tenant, id).await?;
        held.record.must_be_there()?;
        self.open_person(tenant, held).await
    }

    async fn open_person(&self, tenant: &str, held: Held<Person>) -> Result<Opened, SigningError> {
        let person = &held.record;
        let key = self.data_key(tenant, &person.key).await?;
        let sealed = self
            .0
            .parts
            .store
            .blob(tenant, &person.claim.details)
            .await?;
        let plain = key.open("details", &sealed)?;
        let corrupt = |_| SigningError::Corrupt(format!("person {}", held.id));
        let details = serde_json::from_slice(&plain).map_err(corrupt)?;
        Ok(Opened { held, details, key })
    }

    /// The person who has these documents; none when nobody has any of them.
    async fn owner(
        &self,
        tenant: &str,
        documents: &[HeldDocument],
    ) -> Result<Option<String>, SigningError> {
        let mut owners = BTreeSet::new();
        for held in documents {
            let digest = self.document_digest(tenant, &held.document).to_string();
            let owner = self
                .0
                .parts
                .store
                .person_by_document(tenant, &digest)
                .await?;
            if let Some(owner) = owner {
                owners.insert(self.current(tenant, &owner).await?);
            }
        }
        if owners.len() > 1 {
            return Err(Refused::DocumentsDiffer.into());
        }
        Ok(owners.pop_first())
    }

    /// Makes other details durable, when they are others.
    async fn put_details(
        &self,
        tenant: &str,
        there: &mut Opened,
        details: Details,
        now: Millis,
    ) -> Result<(), SigningError> {
        if details == there.details {
            return Ok(());
        }
        let id = there.held.id.clone();
        let (claim, sealed) = self.claim(tenant, &id, &details, &there.key)?;
        let (before, after) = (&there.held.record.claim.documents, &claim.documents);
        let has = |list: &[DocumentRef], known: &DocumentRef| {
            list.iter().any(|d| d.digest == known.digest)
        };
        let gone = before.iter().filter(|known| !has(after, known));
        let gone: Vec<Row> = gone.map(|known| no_document(&known.digest)).collect();
        let new = after.iter().filter(|known| !has(before, known));
        let new: Vec<Row> = new.map(|known| document_row(&known.digest, &id)).collect();
        let events = there.held.record.decide(Command::Change(claim), now)?;
        let step = Step::of(events).blob(sealed).rows(gone).rows(new);
        self.record(tenant, &mut there.held, step, now, None)
            .await?;
        there.details = details;
        Ok(())
    }

    /// What is claimed, as events say it, and the sealed data.
    fn claim(
        &self,
        tenant: &str,
        id: &str,
        details: &Details,
        key: &DataKey,
    ) -> Result<(Claim, bytes::Bytes), SigningError> {
        let corrupt = |_| SigningError::Corrupt(format!("person {id}"));
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(details).map_err(corrupt)?);
        let sealed = key.seal("details", &plain);
        let digests = &self.0.register;
        let phone = details.phone.as_ref();
        let known = |held: &HeldDocument| DocumentRef {
            kind: held.document.kind(),
            digest: self.document_digest(tenant, &held.document),
        };
        let claim = Claim {
            identity: crypto::digest(PROFILE.hash(), &plain),
            details: BlobId::of(&sealed),
            name: digests.digest(tenant, "name", &[id, &details.name]),
            phone: phone.map(|phone| digests.digest(tenant, "phone", &[id, phone.expose()])),
            documents: details.documents.iter().map(known).collect(),
        };
        Ok((claim, sealed))
    }

    /// The digest under which a document is found, also when it was issued anew.
    pub(super) fn document_digest(&self, tenant: &str, document: &IdDocument) -> Digest {
        let number = [document.kind().name(), document.lasting()];
        self.0.register.digest(tenant, "document", &number)
    }

    /// Puts documents in the place of their older forms, or behind the others.
    fn renew(&self, tenant: &str, details: &mut Details, documents: Vec<HeldDocument>) {
        for new in documents {
            let digest = self.document_digest(tenant, &new.document);
            let mut known = details.documents.iter_mut();
            let known = known.find(|held| self.document_digest(tenant, &held.document) == digest);
            match known {
                Some(held) => *held = new,
                None => details.documents.push(new),
            }
        }
    }
}

fn document_row(digest: &Digest, person: &str) -> Row {
    Row::PersonDocument {
        digest: digest.to_string(),
        person: person.to_owned(),
    }
}

fn no_document(digest: &Digest) -> Row {
    Row::NoPersonDocument {
        digest: digest.to_string(),
    }
}

fn documents_of(claim: &Claim, person: &str) -> Vec<Row> {
    let row = |known: &DocumentRef| document_row(&known.digest, person);
    claim.documents.iter().map(row).collect()
}

/// The keys of consents that are not taken over in a merger.
fn left_behind(gone: &Person, kept: &[crate::register::photo::Consent]) -> Vec<Row> {
    let left = gone.consents.iter().filter(|own| !kept.contains(own));
    let row = |own: &crate::register::photo::Consent| Row::NoDataKey {
        name: own.own_key(),
    };
    left.map(row).collect()
}

fn document(new: &NewDocument) -> Result<IdDocument, SigningError> {
    let parsed = IdDocument::parse(new.kind, &new.number);
    parsed.map_err(SigningError::identity("documents.number"))
}

/// Documents that may be registered now, each once.
fn documents(new: &[NewDocument], now: Millis) -> Result<Vec<HeldDocument>, SigningError> {
    let mut documents = Vec::with_capacity(new.len().min(person::DOCUMENTS));
    for one in new {
        if documents.len() == person::DOCUMENTS {
            let (what, most) = ("documents", person::DOCUMENTS);
            return Err(Refused::TooMany { what, most }.into());
        }
        let expires = one.expires.as_deref().map(end_of_day).transpose()?;
        let held = HeldDocument {
            document: document(one)?,
            expires,
        };
        person::document_fits(&held, now)?;
        let same = |other: &HeldDocument| {
            other.document.kind() == held.document.kind()
                && other.document.lasting() == held.document.lasting()
        };
        if !documents.iter().any(same) {
            documents.push(held);
        }
    }
    Ok(documents)
}

/// The end of a day, `2031-05-09`, as it ends in China.
fn end_of_day(text: &str) -> Result<Millis, SigningError> {
    const CHINA: Millis = 8 * 3600 * 1000;
    let wrong = || SigningError::Invalid {
        field: "documents.expires".to_owned(),
        reason: "a day that exists is expected, as 2031-05-09".to_owned(),
    };
    let format = time::macros::format_description!("[year]-[month]-[day]");
    let day = time::Date::parse(text, &format).map_err(|_| wrong())?;
    let begin = day.midnight().assume_utc().unix_timestamp();
    Ok(begin * 1000 + DAY - CHINA)
}

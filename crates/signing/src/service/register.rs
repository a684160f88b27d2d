//! Records of the register: loaded by their events, changed one after the other, and
//! proven by the ledger like contracts.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use crypto::{Digest, Hash, KeyStore, MacKey};
use lru::LruCache;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use store::{Append, BlobId, Change, CommitError, Idempotency, NewEvent, Row, Table};
use tokio::sync::OwnedMutexGuard;

use super::{CommandKey, Signing, SigningError, lock};
use crate::{
    event::{Millis, Profile},
    ports::{Answer, PortError, Question},
    register::{Recorded, enterprise, password::Tries, person},
    vault::DataKey,
};

/// Records that are under way at once, and identifiers of nobody whose tries are counted.
const TURNS: std::num::NonZeroUsize = std::num::NonZeroUsize::new(4096).unwrap();
/// Algorithms of the register: the profile of contracts that are not asked for another.
pub(super) const PROFILE: Profile = Profile::Gm;
/// How far the clock of an authority may be from ours.
const FRESH: Millis = 10 * 60 * 1000;
/// Longest word of an authority, and its longest answer.
const WORD: usize = 128;
const LONGEST_ANSWER: usize = 64 * 1024;

/// What the register needs beside the store.
pub(super) struct Register {
    /// Makes the digests by which events name what is personal.
    digests: MacKey,
    turns: Turns<(&'static str, String, String), ()>,
    strangers: Turns<(String, String), Tries>,
}

/// Locks by name, of which those that nobody asked for longest are forgotten: the store
/// then finds out who was second.
type Turns<N, T> = Mutex<LruCache<N, Arc<tokio::sync::Mutex<T>>>>;

/// A record whose state is the fold of its events.
pub(super) trait Record: Sized + Clone {
    /// What happens to it.
    type Event: Serialize + DeserializeOwned + Clone;
    /// The stream of its events.
    const STREAM: &'static str;
    /// The kind of its entries in the ledger.
    const ENTRY: EntryKind;

    fn fold(events: Vec<Recorded<Self::Event>>) -> Option<Self>;
    fn apply(&mut self, event: &Recorded<Self::Event>);
    fn kind(event: &Self::Event) -> &'static str;
    fn blobs(event: &Self::Event) -> Vec<BlobId>;
}

impl Record for person::Person {
    type Event = person::Event;
    const STREAM: &'static str = "person";
    const ENTRY: EntryKind = EntryKind::PersonEvents;

    fn fold(events: Vec<Recorded<Self::Event>>) -> Option<Self> {
        Self::fold(events)
    }

    fn apply(&mut self, event: &Recorded<Self::Event>) {
        self.apply(event);
    }

    fn kind(event: &Self::Event) -> &'static str {
        event.kind()
    }

    fn blobs(event: &Self::Event) -> Vec<BlobId> {
        event.blobs()
    }
}

impl Record for enterprise::Enterprise {
    type Event = enterprise::Event;
    const STREAM: &'static str = "enterprise";
    const ENTRY: EntryKind = EntryKind::EnterpriseEvents;

    fn fold(events: Vec<Recorded<Self::Event>>) -> Option<Self> {
        Self::fold(events)
    }

    fn apply(&mut self, event: &Recorded<Self::Event>) {
        self.apply(event);
    }

    fn kind(event: &Self::Event) -> &'static str {
        event.kind()
    }

    fn blobs(event: &Self::Event) -> Vec<BlobId> {
        event.blobs()
    }
}

/// A record, held so that nobody else of this process changes it.
pub(super) struct Held<R> {
    pub id: String,
    pub record: R,
    events: u64,
    _turn: OwnedMutexGuard<()>,
}

/// What a command adds.
pub(super) struct Step<E> {
    pub events: Vec<E>,
    pub blobs: Vec<Bytes>,
    pub rows: Vec<Row>,
}

impl<E> Step<E> {
    pub fn of(events: Vec<E>) -> Self {
        Self {
            events,
            blobs: Vec::new(),
            rows: Vec::new(),
        }
    }

    pub fn blob(mut self, blob: Bytes) -> Self {
        self.blobs.push(blob);
        self
    }

    pub fn rows(mut self, rows: impl IntoIterator<Item = Row>) -> Self {
        self.rows.extend(rows);
        self
    }
}

/// What the ledger proves of one change: which events of which record, by digest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub kind: EntryKind,
    version: u8,
    pub id: String,
    /// Place of the first of these events in the record's stream.
    pub first: u64,
    pub events: Vec<Digest>,
}

/// Tells the entries of the register from those of contracts.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum EntryKind {
    PersonEvents,
    EnterpriseEvents,
}

impl Register {
    /// Opens the register; the first opening makes its secret.
    pub fn open(file: &KeyStore) -> Result<Self, SigningError> {
        const SECRET: &str = "register-digests";
        if file.bytes(SECRET).is_none() {
            file.put_bytes(SECRET, &crypto::random::<32>())?;
        }
        let secret = file.bytes(SECRET).unwrap_or_default();
        let corrupt = || SigningError::Corrupt("the register's secret".to_owned());
        Ok(Self {
            digests: MacKey::new(&secret).ok_or_else(corrupt)?,
            turns: Mutex::new(LruCache::new(TURNS)),
            strangers: Mutex::new(LruCache::new(TURNS)),
        })
    }

    /// The digest of something personal, keyed, for one use.
    pub fn digest(&self, tenant: &str, what: &str, value: &[&str]) -> Digest {
        let mut text = Vec::new();
        for part in [tenant, what].iter().chain(value) {
            text.extend((part.len() as u64).to_be_bytes());
            text.extend(part.as_bytes());
        }
        let tag = self.digests.tag(&text);
        zeroize::Zeroize::zeroize(&mut text);
        // A tag is as long as a digest of its hash.
        Digest::new(Hash::Sha256, &tag).unwrap_or_else(|_| crypto::digest(Hash::Sha256, &tag))
    }

    /// Waits for the turn of a record, or of something that is done to it.
    pub async fn turn(&self, what: &'static str, tenant: &str, id: &str) -> OwnedMutexGuard<()> {
        let name = (what, tenant.to_owned(), id.to_owned());
        let turn = Arc::clone(lock(&self.turns).get_or_insert(name, Arc::default));
        turn.lock_owned().await
    }

    /// The tries of somebody whom the register does not know.
    pub async fn stranger(&self, tenant: &str, id: &str) -> OwnedMutexGuard<Tries> {
        let name = (tenant.to_owned(), id.to_owned());
        let tries = Arc::clone(lock(&self.strangers).get_or_insert(name, Arc::default));
        tries.lock_owned().await
    }
}

impl Signing {
    /// Waits for a record's turn and loads it.
    pub(super) async fn held<R: Record>(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<Held<R>, SigningError> {
        let turn = self.0.register.turn(R::STREAM, tenant, id).await;
        let stored = self.0.parts.store.events(tenant, R::STREAM, id, 0).await?;
        if stored.is_empty() {
            return Err(SigningError::NotFound {
                what: R::STREAM,
                id: id.to_owned(),
            });
        }
        let corrupt = || SigningError::Corrupt(format!("{} {id}", R::STREAM));
        let events = stored.len() as u64;
        let recorded: Result<Vec<_>, _> = stored
            .iter()
            .map(|event| serde_json::from_str(&event.body))
            .collect();
        let record = R::fold(recorded.map_err(|_| corrupt())?).ok_or_else(corrupt)?;
        Ok(Held {
            id: id.to_owned(),
            record,
            events,
            _turn: turn,
        })
    }

    /// Makes a new record durable.
    pub(super) async fn found<R: Record>(
        &self,
        tenant: &str,
        id: &str,
        step: Step<R::Event>,
        now: Millis,
    ) -> Result<R, SigningError> {
        let recorded = at(step.events, now);
        let (append, entry) = append::<R>(id, 0, &recorded)?;
        let corrupt = || SigningError::Corrupt(format!("{} {id}", R::STREAM));
        let record = R::fold(recorded).ok_or_else(corrupt)?;
        let change = Change {
            tenant: tenant.to_owned(),
            append: vec![append],
            blobs: step.blobs,
            ledger: vec![entry],
            rows: step.rows,
            idempotency: None,
        };
        self.0.parts.store.commit(change).await?;
        Ok(record)
    }

    /// Makes events durable, then true. With a key, `answer` says what is answered when the
    /// command comes again.
    pub(super) async fn record<R: Record>(
        &self,
        tenant: &str,
        held: &mut Held<R>,
        step: Step<R::Event>,
        now: Millis,
        answer: Option<(&CommandKey, String)>,
    ) -> Result<(), SigningError> {
        let recorded = at(step.events, now);
        let (append, entry) = append::<R>(&held.id, held.events, &recorded)?;
        let change = Change {
            tenant: tenant.to_owned(),
            append: vec![append],
            blobs: step.blobs,
            ledger: vec![entry],
            rows: step.rows,
            idempotency: answer.map(|(key, answer)| Idempotency {
                key: key.key.clone(),
                request: key.request.clone(),
                answer,
            }),
        };
        self.0.parts.store.commit(change).await?;
        held.accept(&recorded);
        Ok(())
    }

    /// Makes events of two records durable at once.
    pub(super) async fn record_both<R: Record>(
        &self,
        tenant: &str,
        (one, first): (&mut Held<R>, Step<R::Event>),
        (other, second): (&mut Held<R>, Step<R::Event>),
        now: Millis,
    ) -> Result<(), SigningError> {
        let (firsts, seconds) = (at(first.events, now), at(second.events, now));
        let (append_first, entry_first) = append::<R>(&one.id, one.events, &firsts)?;
        let (append_second, entry_second) = append::<R>(&other.id, other.events, &seconds)?;
        let change = Change {
            tenant: tenant.to_owned(),
            append: vec![append_first, append_second],
            blobs: [first.blobs, second.blobs].concat(),
            ledger: vec![entry_first, entry_second],
            rows: [first.rows, second.rows].concat(),
            idempotency: None,
        };
        self.0.parts.store.commit(change).await?;
        one.accept(&firsts);
        other.accept(&seconds);
        Ok(())
    }

    /// A data key, by its name.
    pub(super) async fn data_key(&self, tenant: &str, name: &str) -> Result<DataKey, SigningError> {
        let wrapped = self.0.parts.store.data_key(tenant, name).await?;
        Ok(self.0.vault.unwrap(tenant, name, &wrapped)?)
    }

    /// Asks the identity authority under a nonce that was counted, and holds its answer
    /// against the question.
    ///
    /// # Errors
    /// [`PortError`] with the code `authority-answer-foreign` for an answer to another
    /// question, `authority-answer-stale` for one of another time, and
    /// `authority-answer-invalid` for one that cannot be kept.
    pub(super) async fn ask(
        &self,
        nonce: &str,
        question: &Question,
    ) -> Result<Answer, SigningError> {
        let answer = self.0.parts.identity.ask(nonce, question).await?;
        if answer.nonce != nonce {
            return Err(unusable(
                "authority-answer-foreign",
                "it answers another question",
            ));
        }
        if (answer.at - self.now()).abs() > FRESH {
            let reason = "its clock is more than ten minutes from ours";
            return Err(unusable("authority-answer-stale", reason));
        }
        let reference = answer.reference.as_deref().unwrap_or("none");
        let words = [&answer.receipt, &answer.source, reference];
        let word = |text: &str| (1..=WORD).contains(&text.len()) && text.chars().all(visible);
        if !words.into_iter().all(word) || answer.raw.len() > LONGEST_ANSWER {
            return Err(unusable(
                "authority-answer-invalid",
                "it is too long, or says nothing",
            ));
        }
        Ok(answer)
    }
}

fn visible(c: char) -> bool {
    c.is_ascii_graphic() || c == ' '
}

impl<R: Record> Held<R> {
    /// The record as it is after these events.
    pub fn after(&self, events: &[R::Event], now: Millis) -> R {
        let mut record = self.record.clone();
        for event in at(events.to_vec(), now) {
            record.apply(&event);
        }
        record
    }

    fn accept(&mut self, recorded: &[Recorded<R::Event>]) {
        for event in recorded {
            self.record.apply(event);
        }
        self.events += recorded.len() as u64;
    }
}

fn at<E>(events: Vec<E>, now: Millis) -> Vec<Recorded<E>> {
    let recorded = |event| Recorded { at: now, event };
    events.into_iter().map(recorded).collect()
}

/// Events for a record's stream, and the ledger's entry for them.
fn append<R: Record>(
    id: &str,
    first: u64,
    recorded: &[Recorded<R::Event>],
) -> Result<(Append, Bytes), SigningError> {
    let corrupt = |_| SigningError::Corrupt(format!("{} {id}", R::STREAM));
    let mut events = Vec::with_capacity(recorded.len());
    for event in recorded {
        events.push(NewEvent {
            kind: R::kind(&event.event),
            body: serde_json::to_string(event).map_err(corrupt)?,
        });
    }
    let digest = |event: &NewEvent| crypto::digest(PROFILE.hash(), event.body.as_bytes());
    let entry = Entry {
        kind: R::ENTRY,
        version: 1,
        id: id.to_owned(),
        first,
        events: events.iter().map(digest).collect(),
    };
    let entry = serde_json_canonicalizer::to_vec(&entry).map_err(corrupt)?;
    let append = Append {
        stream: R::STREAM,
        id: id.to_owned(),
        expected: first,
        events,
    };
    Ok((append, entry.into()))
}

/// An answer that is not taken.
fn unusable(code: &'static str, reason: &str) -> SigningError {
    SigningError::Port(PortError {
        port: "identity-authority",
        code: code.into(),
        reason: format!("the answer was not taken: {reason}"),
    })
}

/// The row that takes an answer once in a tenant; the same as sessions write.
pub(super) fn answer_row(source: &str, receipt: &str) -> Row {
    Row::Once {
        name: format!("receipt/{source}/{receipt}"),
    }
}

/// What a commit's failure means for who gave the command.
pub(super) fn taken_before(error: SigningError) -> SigningError {
    match error {
        SigningError::Commit(CommitError::Duplicate(Table::Once)) => {
            let reason = "its receipt was given before, with another answer";
            unusable("authority-answer-used", reason)
        }
        other => other,
    }
}

/// Settings that the register writes so that a wrong guess costs the same everywhere.
pub(super) fn padding(now: Millis) -> Row {
    Row::Setting {
        name: "register-padding".to_owned(),
        value: now.to_string(),
    }
}

/// The blobs that an event names, of a record of the kind that an entry speaks of.
pub(super) fn blobs_of(kind: EntryKind, body: &str) -> Option<Vec<BlobId>> {
    fn of<R: Record>(body: &str) -> Option<Vec<BlobId>> {
        let recorded: Recorded<R::Event> = serde_json::from_str(body).ok()?;
        Some(R::blobs(&recorded.event))
    }
    match kind {
        EntryKind::PersonEvents => of::<person::Person>(body),
        EntryKind::EnterpriseEvents => of::<enterprise::Enterprise>(body),
    }
}

impl EntryKind {
    /// The stream whose events the entry proves.
    pub fn stream(self) -> &'static str {
        match self {
            Self::PersonEvents => person::Person::STREAM,
            Self::EnterpriseEvents => enterprise::Enterprise::STREAM,
        }
    }
}

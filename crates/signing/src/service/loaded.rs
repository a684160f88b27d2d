//! A contract in memory, and how it changes.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};
use store::{Change, CommitError, Row};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::{
    CommandKey, Signing, SigningError, compute, lock,
    stream::{Of, Proven, Stream},
};
use crate::{
    act::Head,
    contract::Contract,
    event::{Event, Millis, Party, Recorded, Role, Terms},
    identity::Details,
    vault::DataKey,
};

/// The callback that is none: the time for signing is over, which an event says when
/// somebody looks at the contract.
pub const DUE: &str = "due";
/// Its place, after all that is told.
const LAST: u64 = i64::MAX.unsigned_abs();

/// One contract's place in the cache.
pub(super) type Slot = Arc<Mutex<Option<Loaded>>>;
/// The right to change one contract.
pub(super) type Guard = OwnedMutexGuard<Option<Loaded>>;

/// A contract with what the next command needs.
pub(super) struct Loaded {
    pub tenant: String,
    pub contract: Contract,
    pub events: u64,
    pub key: DataKey,
    head: Option<Head>,
    people: BTreeMap<Role, Arc<Person>>,
}

/// A party's data and the key that it is kept under.
pub(super) struct Person {
    pub details: Details,
    pub key: DataKey,
}

/// What a command adds.
#[derive(Default)]
pub(super) struct Step {
    pub events: Vec<Event>,
    /// Events of other streams that happen with them.
    pub also: Vec<Proven>,
    pub blobs: Vec<Bytes>,
    pub rows: Vec<Row>,
    pub head: Option<Head>,
}

impl Loaded {
    pub fn new(
        tenant: &str,
        contract: Contract,
        key: DataKey,
        head: Head,
        people: BTreeMap<Role, Arc<Person>>,
    ) -> Self {
        Self {
            tenant: tenant.to_owned(),
            contract,
            events: 0,
            key,
            head: Some(head),
            people,
        }
    }
}

impl Signing {
    /// Waits for a contract's turn and loads it when it is not in memory.
    pub(super) async fn contract(&self, tenant: &str, id: &str) -> Result<Guard, SigningError> {
        let name = (tenant.to_owned(), id.to_owned());
        let slot = Arc::clone(lock(&self.0.contracts).get_or_insert(name, Slot::default));
        let mut guard = slot.lock_owned().await;
        if guard.is_none() {
            *guard = Some(self.load(tenant, id).await?);
        }
        let now = self.now();
        let due = guard.as_ref().and_then(|loaded| loaded.contract.due(now));
        if let Some(event) = due {
            let step = Step {
                events: vec![event],
                ..Step::default()
            };
            self.commit(&mut guard, step, now, None, &()).await?;
        }
        Ok(guard)
    }

    /// Puts a new contract into the cache.
    pub(super) fn keep(&self, loaded: Loaded) {
        let name = (
            loaded.tenant.clone(),
            loaded.contract.terms.contract.clone(),
        );
        lock(&self.0.contracts).put(name, Arc::new(Mutex::new(Some(loaded))));
    }

    async fn load(&self, tenant: &str, id: &str) -> Result<Loaded, SigningError> {
        let store = &self.0.parts.store;
        // A caller that hung up may have left a change with the writer.
        store.settled().await?;
        let (contract, events) = self.folded(tenant, id).await?;
        let name = format!("contract/{id}");
        let wrapped = store.data_key(tenant, &name).await?;
        let key = self.0.vault.unwrap(tenant, &name, &wrapped)?;
        let (tenant, people) = (tenant.to_owned(), BTreeMap::new());
        Ok(Loaded {
            tenant,
            contract,
            events,
            key,
            head: None,
            people,
        })
    }

    /// A contract as it is stored, and how many events it has. Without its turn: another
    /// command may be about to change it.
    pub(super) async fn folded(
        &self,
        tenant: &str,
        id: &str,
    ) -> Result<(Contract, u64), SigningError> {
        let recorded = Of::Contract.read(&self.0.parts.store, tenant, id).await?;
        let events = recorded.len() as u64;
        let contract = Contract::fold(recorded);
        let contract = contract.ok_or_else(|| Of::Contract.corrupt(id))?;
        Ok((contract, events))
    }

    /// The whole file as it stands.
    pub(super) async fn file(&self, loaded: &Loaded) -> Result<Vec<u8>, SigningError> {
        let mut file = self.document(loaded).await?;
        for signed in &loaded.contract.signatures {
            let sealed = self
                .0
                .parts
                .store
                .blob(&loaded.tenant, &signed.revision.increment)
                .await?;
            file.extend_from_slice(&loaded.key.open("increment", &sealed)?);
        }
        Ok(file)
    }

    /// The document as it was frozen.
    pub(super) async fn document(&self, loaded: &Loaded) -> Result<Vec<u8>, SigningError> {
        let terms = &loaded.contract.terms;
        let sealed = self.0.parts.store.blob(&loaded.tenant, &terms.blob).await?;
        Ok(loaded.key.open("document", &sealed)?.to_vec())
    }

    /// What the next signature must know of the file; read once, then kept.
    pub(super) async fn head(&self, loaded: &mut Loaded) -> Result<Head, SigningError> {
        if let Some(head) = &loaded.head {
            return Ok(head.clone());
        }
        let file = self.file(loaded).await?;
        let profile = loaded.contract.terms.profile;
        let head = compute(move || Head::read(&file, profile)).await??;
        if head.digest() != *loaded.contract.revision() {
            let id = &loaded.contract.terms.contract;
            return Err(SigningError::Corrupt(format!("the file of contract {id}")));
        }
        loaded.head = Some(head.clone());
        Ok(head)
    }

    /// A party's data and key; opened once, then kept.
    pub(super) async fn person(
        &self,
        loaded: &mut Loaded,
        party: &Party,
    ) -> Result<Arc<Person>, SigningError> {
        if let Some(person) = loaded.people.get(&party.role) {
            return Ok(Arc::clone(person));
        }
        let (store, tenant) = (&self.0.parts.store, loaded.tenant.as_str());
        let wrapped = store.data_key(tenant, &party.person).await?;
        let key = self.0.vault.unwrap(tenant, &party.person, &wrapped)?;
        let plain = key.open("details", &store.blob(tenant, &party.details).await?)?;
        let corrupt = |_| SigningError::Corrupt(format!("party {}", party.role));
        let details = serde_json::from_slice(&plain).map_err(corrupt)?;
        let person = Arc::new(Person { details, key });
        loaded
            .people
            .insert(party.role.clone(), Arc::clone(&person));
        Ok(person)
    }

    /// Makes events durable, then true in memory. On a conflict the contract is
    /// forgotten, so that the next command loads it afresh.
    pub(super) async fn commit<T: Serialize>(
        &self,
        guard: &mut Guard,
        mut step: Step,
        now: Millis,
        key: Option<&CommandKey>,
        answer: &T,
    ) -> Result<(), SigningError> {
        let recorded: Vec<Recorded> = std::mem::take(&mut step.events)
            .into_iter()
            .map(|event| Recorded { at: now, event })
            .collect();
        let loaded = guard.as_ref().ok_or(SigningError::Stopped)?;
        let head = step.head.take();
        let change = change(loaded, &recorded, step, key, answer)?;
        // Taken out while it waits: a caller that hangs up leaves nothing out of date.
        let taken = guard.take();
        match self.0.parts.store.commit(change).await {
            Ok(_) => {
                let mut loaded = taken.ok_or(SigningError::Stopped)?;
                for event in &recorded {
                    loaded.contract.apply(event);
                }
                loaded.events += recorded.len() as u64;
                if head.is_some() {
                    loaded.head = head;
                }
                **guard = Some(loaded);
                Ok(())
            }
            Err(error) => {
                if !matches!(error, CommitError::Conflict(_) | CommitError::Storage(_)) {
                    **guard = taken;
                }
                Err(error.into())
            }
        }
    }
}

/// What a command was answered that comes again under its key.
pub(super) fn answered_before<T: DeserializeOwned>(answer: &str) -> Result<T, SigningError> {
    let corrupt = |_| SigningError::Corrupt("an earlier answer".to_owned());
    serde_json::from_str(answer).map_err(corrupt)
}

/// The change that a list of events makes, with the ledger's entry for it.
pub(super) fn change<T: Serialize>(
    loaded: &Loaded,
    recorded: &[Recorded],
    step: Step,
    key: Option<&CommandKey>,
    answer: &T,
) -> Result<Change, SigningError> {
    let terms = &loaded.contract.terms;
    let stream = Stream {
        of: Of::Contract,
        id: &terms.contract,
        hash: terms.profile.hash(),
    };
    let own = stream.proven(loaded.events, recorded, Event::kind)?;
    let idempotency = key.map(|key| key.with(answer)).transpose()?;
    let mut rows = step.rows;
    if let Some(url) = &terms.callback {
        rows.extend(told(terms, url, loaded.events, recorded));
    }
    let all = std::iter::once(own).chain(step.also);
    let (append, ledger) = all.map(|proven| (proven.append, proven.entry)).unzip();
    Ok(Change {
        tenant: loaded.tenant.clone(),
        append,
        blobs: step.blobs,
        ledger,
        rows,
        idempotency,
    })
}

/// What the contract's receiver is to be told of these events, which follow on the first
/// `first` ones.
fn told(terms: &Terms, url: &str, first: u64, recorded: &[Recorded]) -> Vec<Row> {
    let callback = |(seq, recorded): (u64, &Recorded)| {
        let (event, seq, next) = match &recorded.event {
            // Nobody may look at it when its time is over: it is looked at then.
            Event::Frozen { .. } => (DUE, LAST, terms.expires),
            Event::Signed(_) => ("signed", seq, recorded.at),
            Event::Closed { .. } => ("complete", seq, recorded.at),
            Event::Refused { .. } => ("refused", seq, recorded.at),
            Event::Withdrawn => ("withdrawn", seq, recorded.at),
            Event::Expired => ("expired", seq, recorded.at),
            _ => return None,
        };
        // Nobody is told when it is only looked at.
        let receiver = if event == DUE { "" } else { receiver(url) };
        Some(Row::Callback {
            contract: terms.contract.clone(),
            seq,
            url: url.to_owned(),
            receiver: receiver.to_owned(),
            event: event.to_owned(),
            at: recorded.at,
            next,
        })
    };
    (first..).zip(recorded).filter_map(callback).collect()
}

/// Host and port of a URL, as it has them.
fn receiver(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

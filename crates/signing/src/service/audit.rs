//! Holds what is stored of contracts against the ledger that proves it.

use serde::de::DeserializeOwned;
use store::{BlobId, Store};

use super::{
    SigningError,
    company::CompanyEvent,
    register,
    stream::{Of, Proof},
};
use crate::{
    authorisation::AuthorisationEvent,
    event::{Event, Recorded},
};

/// Entries that are read at once.
const READ: u32 = 512;

/// What was read and found to be as it was recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Audited {
    /// Entries of the ledger that speak of contracts, authorisations, companies, persons and
    /// enterprises.
    pub entries: u64,
    /// Events that they prove.
    pub events: u64,
    /// Blobs that these name: documents, increments, manifests, evidence, sealed details.
    pub blobs: u64,
    /// Entries of other signing services, whose events are with them. Their tenants end
    /// with a slash, which no tenant of this service has.
    pub others: u64,
}

/// Compares every event with the digest that the ledger has of it, makes sure that there
/// is none without, and reads every blob that an event names. Changes nothing.
///
/// The ledger itself is another question: `trust` reads it again.
///
/// # Errors
/// [`SigningError::Altered`] names the first thing that is not what was recorded.
pub async fn audit(store: &Store) -> Result<Audited, SigningError> {
    let (mut index, mut sum) = (0, Audited::default());
    loop {
        let entries = store.ledger_rows(index, READ).await?;
        if entries.is_empty() {
            break;
        }
        for (tenant, body) in entries {
            // Entries of other services are theirs to check.
            if tenant.ends_with('/') {
                sum.others += 1;
            } else if let Some(proven) = Proven::read(&body) {
                sum.entries += 1;
                sum.events += proven.events.len() as u64;
                sum.blobs += of_entry(store, index, &tenant, &proven).await?;
            }
            index += 1;
        }
    }
    let there = store.event_count().await?;
    if there == sum.events {
        return Ok(sum);
    }
    let events = sum.events;
    Err(SigningError::Altered(format!(
        "{there} events are there, {events} were recorded:"
    )))
}

/// What an entry of this service proves.
struct Proven {
    stream: &'static str,
    id: String,
    first: u64,
    events: Vec<crypto::Digest>,
    /// The blobs that an event of this stream names; none when it has not its form.
    blobs: Named,
}

/// The blobs that an event's JSON names.
type Named = Box<dyn Fn(&str) -> Option<Vec<BlobId>> + Send + Sync>;

impl Proven {
    /// Reads an entry; none when it is not one of this service.
    fn read(body: &[u8]) -> Option<Self> {
        if let Some(proof) = Proof::read(body) {
            return Some(Self {
                stream: proof.of.name(),
                id: proof.id,
                first: proof.first,
                events: proof.events,
                blobs: Box::new(move |body| blobs_of(proof.of, body)),
            });
        }
        let entry: register::Entry = serde_json::from_slice(body).ok()?;
        Some(Self {
            stream: entry.kind.stream(),
            id: entry.id,
            first: entry.first,
            events: entry.events,
            blobs: Box::new(move |body| register::blobs_of(entry.kind, body)),
        })
    }
}

async fn of_entry(
    store: &Store,
    index: u64,
    tenant: &str,
    proven: &Proven,
) -> Result<u64, SigningError> {
    let Proven { stream, id, .. } = proven;
    let altered = |seq: u64, what: &str| {
        let what = format!("ledger entry {index}: {what}event {seq} of {stream} {id}");
        SigningError::Altered(what)
    };
    let events = store.events(tenant, stream, id, proven.first).await?;
    let mut blobs = 0;
    for (seq, digest) in (proven.first..).zip(&proven.events) {
        let event = events
            .iter()
            .find(|event| event.seq == seq && event.entry == Some(index));
        let event =
            event.filter(|event| crypto::digest(digest.hash(), event.body.as_bytes()) == *digest);
        let event = event.ok_or_else(|| altered(seq, ""))?;
        let named = (proven.blobs)(&event.body).ok_or_else(|| altered(seq, "the form of "))?;
        for blob in named {
            // Its name is its digest, which reading compares.
            let read = store.blob(tenant, &blob).await;
            read.map_err(|_| altered(seq, &format!("blob {blob} of ")))?;
            blobs += 1;
        }
    }
    Ok(blobs)
}

/// The blobs that an event names, when it has the form of its stream.
fn blobs_of(of: Of, body: &str) -> Option<Vec<BlobId>> {
    fn reads<E: DeserializeOwned>(body: &str) -> Option<Recorded<E>> {
        serde_json::from_str(body).ok()
    }
    match of {
        Of::Contract => Some(reads::<Event>(body)?.event.blobs()),
        Of::Authorisation => reads::<AuthorisationEvent>(body).map(|_| Vec::new()),
        Of::Company => reads::<CompanyEvent>(body).map(|_| Vec::new()),
    }
}

//! Holds what is stored of contracts against the ledger that proves it.

use store::{BlobId, Store};

use super::{
    SigningError,
    company::CompanyEvent,
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
    /// Entries of the ledger that speak of contracts, authorisations and companies.
    pub entries: u64,
    /// Events that they prove.
    pub events: u64,
    /// Blobs that these name: documents, increments, manifests, evidence.
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
            } else if let Some(proof) = Proof::read(&body) {
                sum.entries += 1;
                sum.events += proof.events.len() as u64;
                sum.blobs += of_entry(store, index, &tenant, &proof).await?;
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

async fn of_entry(
    store: &Store,
    index: u64,
    tenant: &str,
    proof: &Proof,
) -> Result<u64, SigningError> {
    let (stream, id) = (proof.of.name(), &proof.id);
    let altered = |seq: u64, what: &str| {
        let what = format!("ledger entry {index}: {what}event {seq} of {stream} {id}");
        SigningError::Altered(what)
    };
    let events = store.events(tenant, stream, id, proof.first).await?;
    let mut blobs = 0;
    for (seq, digest) in (proof.first..).zip(&proof.events) {
        let event = events
            .iter()
            .find(|event| event.seq == seq && event.entry == Some(index));
        let event =
            event.filter(|event| crypto::digest(digest.hash(), event.body.as_bytes()) == *digest);
        let event = event.ok_or_else(|| altered(seq, ""))?;
        let named = blobs_of(proof.of, &event.body);
        for blob in named.map_err(|_| altered(seq, "the form of "))? {
            // Its name is its digest, which reading compares.
            let read = store.blob(tenant, &blob).await;
            read.map_err(|_| altered(seq, &format!("blob {blob} of ")))?;
            blobs += 1;
        }
    }
    Ok(blobs)
}

/// The blobs that an event names, when it has the form of its stream.
fn blobs_of(of: Of, body: &str) -> Result<Vec<BlobId>, serde_json::Error> {
    match of {
        Of::Contract => {
            let recorded: Recorded<Event> = serde_json::from_str(body)?;
            return Ok(recorded.event.blobs());
        }
        Of::Authorisation => {
            let _: Recorded<AuthorisationEvent> = serde_json::from_str(body)?;
        }
        Of::Company => {
            let _: Recorded<CompanyEvent> = serde_json::from_str(body)?;
        }
    }
    Ok(Vec::new())
}

//! Holds the events against the ledger that proves them.

use super::{
    Signing, SigningError,
    loaded::{Entry, STREAM},
};

/// Entries that are read at once.
const READ: u32 = 512;

impl Signing {
    /// Compares every event with the digest that the ledger has of it, and makes sure
    /// that there is none without. Returns how many there are.
    ///
    /// The ledger itself is another question: `trust` reads it again.
    ///
    /// # Errors
    /// [`SigningError::Altered`] names the first event that is not what was recorded.
    pub async fn audit(&self) -> Result<u64, SigningError> {
        let store = &self.0.parts.store;
        let (mut index, mut events) = (0, 0);
        loop {
            let entries = store.ledger_rows(index, READ).await?;
            if entries.is_empty() {
                break;
            }
            for (tenant, body) in entries {
                events += self.audit_entry(index, &tenant, &body).await?;
                index += 1;
            }
        }
        let there = store.event_count().await?;
        if there == events {
            return Ok(events);
        }
        Err(SigningError::Altered(format!(
            "{there} events are there, {events} were recorded:"
        )))
    }

    async fn audit_entry(
        &self,
        index: u64,
        tenant: &str,
        body: &[u8],
    ) -> Result<u64, SigningError> {
        let altered = |what: String| SigningError::Altered(format!("ledger entry {index}: {what}"));
        let entry: Entry = serde_json::from_slice(body)
            .map_err(|_| altered("it is not one of this service and".to_owned()))?;
        let contract = &entry.contract;
        let events = self
            .0
            .parts
            .store
            .events(tenant, STREAM, contract, entry.first)
            .await?;
        for (seq, digest) in (entry.first..).zip(&entry.events) {
            let event = events.iter().find(|event| event.seq == seq);
            let same = event.is_some_and(|event| {
                event.entry == Some(index)
                    && crypto::digest(digest.hash(), event.body.as_bytes()) == *digest
            });
            if !same {
                return Err(altered(format!("event {seq} of contract {contract}")));
            }
        }
        Ok(entry.events.len() as u64)
    }
}

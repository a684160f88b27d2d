//! Events, blobs and rows, durable before they are acknowledged.
//!
//! One writer takes all changes that wait, writes their blobs as one flushed
//! object (a *pack*), then events and rows in one SQL transaction, and only then
//! acknowledges them all: many changes share two disk flushes (group commit). A
//! [`Change`] applies whole or not at all, and one that fails does not hurt the
//! others of its batch. A pack whose transaction never came is not referred to by
//! anything and does no harm.
//!
//! SQL is what SQLite and PostgreSQL both accept, through sqlx `Any`; large bytes go
//! to an object store. Every row belongs to a tenant.

mod blob;
mod change;
mod entry;
mod insert;
mod open;
mod read;
mod write;

pub use blob::BlobId;
pub use change::{
    Append, CertificateRequest, Change, CommitError, Committed, Idempotency, NewEvent, Row, Table,
};
pub use entry::{EntryId, entry_id};
pub use open::{OpenError, Store};
pub use read::{
    ApiKey, Awaited, Certified, Journaled, LedgerCheckpoint, ReadError, SessionLink, StaffRow,
    StaffSecret, StoredCallback, StoredEvent, StoredRevocation,
};

//! The writer: the one task that changes anything.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use object_store::{ObjectStore, PutMode, PutOptions, local::LocalFileSystem, path::Path};
use sqlx::{AnyConnection, Connection, Executor};
use tokio::sync::{mpsc, oneshot};

use crate::{
    blob::BlobId,
    change::{Change, CommitError, Committed, Row, Table},
};

/// Changes in one batch, and bytes after which no more are taken in.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 16 << 20;

/// A change whose caller waits.
pub(crate) struct Pending {
    pub change: Change,
    pub answer: oneshot::Sender<Result<Committed, CommitError>>,
}

/// Why one change of a batch failed.
enum Failed {
    /// The change itself is at fault.
    Change(CommitError),
    /// The database is.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

pub(crate) struct Writer {
    connection: AnyConnection,
    objects: Arc<LocalFileSystem>,
    /// Index of the next ledger entry.
    next: u64,
}

/// Where the blobs of a batch lie.
struct Pack {
    name: String,
    start: usize,
}

impl Writer {
    pub async fn new(
        mut connection: AnyConnection,
        objects: Arc<LocalFileSystem>,
    ) -> Result<Self, sqlx::Error> {
        let next: i64 = sqlx::query_scalar("SELECT COALESCE(MAX(idx), -1) + 1 FROM ledger_entry")
            .fetch_one(&mut connection)
            .await?;
        Ok(Self {
            connection,
            objects,
            next: next.unsigned_abs(),
        })
    }

    pub async fn run(mut self, mut waiting: mpsc::Receiver<Pending>) {
        while let Some(first) = waiting.recv().await {
            let mut bytes = size(&first.change);
            let mut batch = vec![first];
            while batch.len() < BATCH && bytes < BATCH_BYTES {
                let Ok(more) = waiting.try_recv() else { break };
                bytes += size(&more.change);
                batch.push(more);
            }
            let results = self.write(&batch).await;
            for (pending, result) in batch.into_iter().zip(results) {
                // Nobody listens when the caller has gone; the change stands.
                let _ = pending.answer.send(result);
            }
        }
        // Folds the log into the database, so that a copy of the file is whole.
        let _ = self
            .connection
            .execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .await;
    }

    async fn write(&mut self, batch: &[Pending]) -> Vec<Result<Committed, CommitError>> {
        let storage = |e: &dyn std::fmt::Display| CommitError::Storage(e.to_string());
        let pack = match write_pack(&self.objects, batch).await {
            Ok(pack) => pack,
            Err(error) => return batch.iter().map(|_| Err(storage(&error))).collect(),
        };
        let next = self.next;
        // Most batches have no change that fails: try without a savepoint each.
        match self.try_all(batch, pack.as_deref(), false).await {
            Ok(results) => return results,
            Err(_) => self.next = next,
        }
        match self.try_all(batch, pack.as_deref(), true).await {
            Ok(results) => results,
            Err(error) => {
                self.next = next;
                tracing::error!(%error, "a batch of changes was not stored");
                batch.iter().map(|_| Err(storage(&error))).collect()
            }
        }
    }

    async fn try_all(
        &mut self,
        batch: &[Pending],
        pack: Option<&str>,
        isolated: bool,
    ) -> Result<Vec<Result<Committed, CommitError>>, sqlx::Error> {
        let mut pack = Pack {
            name: pack.unwrap_or_default().to_owned(),
            start: 0,
        };
        let mut results = Vec::with_capacity(batch.len());
        let mut transaction = self.connection.begin().await?;
        let mut next = self.next;
        for pending in batch {
            let change = &pending.change;
            let start = pack.start;
            if isolated {
                transaction.execute("SAVEPOINT one").await?;
            }
            let before = next;
            match apply(&mut transaction, change, &mut pack, &mut next).await {
                Ok(committed) => results.push(Ok(committed)),
                Err(Failed::Database(error)) => return Err(error),
                Err(Failed::Change(_)) if !isolated => return Err(sqlx::Error::RowNotFound),
                Err(Failed::Change(error)) => {
                    transaction.execute("ROLLBACK TO SAVEPOINT one").await?;
                    next = before;
                    results.push(Err(error));
                }
            }
            pack.start = start + change.blobs.iter().map(Bytes::len).sum::<usize>();
            if isolated {
                transaction.execute("RELEASE SAVEPOINT one").await?;
            }
        }
        transaction.commit().await?;
        self.next = next;
        Ok(results)
    }
}

/// Writes all blobs of a batch as one object, flushed.
async fn write_pack(
    objects: &LocalFileSystem,
    batch: &[Pending],
) -> Result<Option<String>, object_store::Error> {
    let blobs = || batch.iter().flat_map(|pending| &pending.change.blobs);
    let length: usize = blobs().map(Bytes::len).sum();
    if length == 0 {
        return Ok(None);
    }
    let mut whole = BytesMut::with_capacity(length);
    blobs().for_each(|blob| whole.extend_from_slice(blob));
    let whole = whole.freeze();
    let id = BlobId::of(&whole).to_string();
    let name = format!("packs/{}/{}", &id[..2], &id[2..]);
    let options = PutOptions::from(PutMode::Create);
    match objects
        .put_opts(&Path::from(name.as_str()), whole.into(), options)
        .await
    {
        Ok(_) | Err(object_store::Error::AlreadyExists { .. }) => Ok(Some(name)),
        Err(error) => Err(error),
    }
}

fn size(change: &Change) -> usize {
    change.blobs.iter().map(Bytes::len).sum()
}

fn number(n: impl TryInto<i64>) -> i64 {
    n.try_into().unwrap_or(i64::MAX)
}

async fn apply(
    connection: &mut AnyConnection,
    change: &Change,
    pack: &mut Pack,
    next: &mut u64,
) -> Result<Committed, Failed> {
    let tenant = change.tenant.as_str();
    if let Some(asked) = &change.idempotency {
        let known: Option<(String, String)> = sqlx::query_as(
            "SELECT request, answer FROM idempotency WHERE tenant = $1 AND name = $2",
        )
        .bind(tenant)
        .bind(&asked.key)
        .fetch_optional(&mut *connection)
        .await?;
        match known {
            Some((request, answer)) if request == asked.request => {
                return Err(Failed::Change(CommitError::Replayed(answer)));
            }
            Some(_) => return Err(Failed::Change(CommitError::KeyReused)),
            None => {
                sqlx::query(
                    "INSERT INTO idempotency (tenant, name, request, answer) VALUES ($1, $2, $3, $4)",
                )
                .bind(tenant)
                .bind(&asked.key)
                .bind(&asked.request)
                .bind(&asked.answer)
                .execute(&mut *connection)
                .await?;
            }
        }
    }
    let entry = (!change.ledger.is_empty()).then_some(*next);
    if let Some(append) = &change.append {
        let conflict = || Failed::Change(CommitError::Conflict(append.id.clone()));
        for (index, event) in append.events.iter().enumerate() {
            sqlx::query(
                "INSERT INTO event (tenant, stream, id, seq, kind, body, entry) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(tenant)
            .bind(append.stream)
            .bind(&append.id)
            .bind(number(append.expected) + number(index))
            .bind(event.kind)
            .bind(&event.body)
            .bind(entry.map_or(-1, number))
            .execute(&mut *connection)
            .await
            .map_err(|e| unique(e, conflict))?;
        }
    }
    for blob in &change.blobs {
        sqlx::query(
            "INSERT INTO blob (tenant, id, pack, start, length) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (tenant, id) DO NOTHING",
        )
        .bind(tenant)
        .bind(BlobId::of(blob).to_string())
        .bind(&pack.name)
        .bind(number(pack.start))
        .bind(number(blob.len()))
        .execute(&mut *connection)
        .await?;
        pack.start += blob.len();
    }
    for body in &change.ledger {
        sqlx::query("INSERT INTO ledger_entry (idx, tenant, body) VALUES ($1, $2, $3)")
            .bind(number(*next))
            .bind(tenant)
            .bind(body.to_vec())
            .execute(&mut *connection)
            .await?;
        *next += 1;
    }
    for row in &change.rows {
        insert(connection, tenant, row).await?;
    }
    Ok(Committed { entry })
}

/// A violated key is the change's fault, anything else the database's.
fn unique(error: sqlx::Error, failed: impl FnOnce() -> Failed) -> Failed {
    let violated = error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation);
    if violated {
        failed()
    } else {
        Failed::Database(error)
    }
}

async fn insert(connection: &mut AnyConnection, tenant: &str, row: &Row) -> Result<(), Failed> {
    let duplicate = |table| move || Failed::Change(CommitError::Duplicate(table));
    match row {
        Row::ApiKey { digest, name } => {
            sqlx::query("INSERT INTO api_key (digest, tenant, name) VALUES ($1, $2, $3)")
                .bind(digest)
                .bind(tenant)
                .bind(name)
                .execute(connection)
                .await
                .map_err(|e| unique(e, duplicate(Table::ApiKey)))?;
        }
        Row::DataKey { name, wrapped } => {
            sqlx::query("INSERT INTO data_key (tenant, name, wrapped) VALUES ($1, $2, $3)")
                .bind(tenant)
                .bind(name)
                .bind(wrapped.clone())
                .execute(connection)
                .await
                .map_err(|e| unique(e, duplicate(Table::DataKey)))?;
        }
        Row::SessionLink {
            digest,
            contract,
            session,
        } => {
            sqlx::query(
                "INSERT INTO session_link (digest, tenant, contract, session) VALUES ($1, $2, $3, $4)",
            )
            .bind(digest)
            .bind(tenant)
            .bind(contract)
            .bind(session)
            .execute(connection)
            .await
            .map_err(|e| unique(e, duplicate(Table::SessionLink)))?;
        }
        Row::Certificate { serial, act, tbs } => {
            sqlx::query(
                "INSERT INTO certificate (serial, tenant, act, tbs) VALUES ($1, $2, $3, $4)",
            )
            .bind(serial)
            .bind(tenant)
            .bind(act)
            .bind(tbs.clone())
            .execute(connection)
            .await
            .map_err(|e| unique(e, duplicate(Table::Certificate)))?;
        }
        Row::Company { id, body } => {
            sqlx::query("INSERT INTO company (tenant, id, body) VALUES ($1, $2, $3)")
                .bind(tenant)
                .bind(id)
                .bind(body)
                .execute(connection)
                .await
                .map_err(|e| unique(e, duplicate(Table::Company)))?;
        }
        Row::Setting { name, value } => {
            sqlx::query(
                "INSERT INTO setting (tenant, name, value) VALUES ($1, $2, $3) \
                 ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value",
            )
            .bind(tenant)
            .bind(name)
            .bind(value)
            .execute(connection)
            .await?;
        }
        Row::LedgerCheckpoint { after, size, note } => {
            let done = match after {
                None => sqlx::query(
                    "INSERT INTO ledger_checkpoint (size, note, tenant) VALUES ($1, $2, $3)",
                ),
                Some(_) => sqlx::query(
                    "UPDATE ledger_checkpoint SET size = $1, note = $2 WHERE tenant = $3 AND size = $4",
                ),
            };
            let mut done = done.bind(number(*size)).bind(note).bind(tenant);
            if let Some(after) = after {
                done = done.bind(number(*after));
            }
            let done = done.execute(connection).await;
            let done = done.map_err(|e| unique(e, duplicate(Table::LedgerCheckpoint)))?;
            if done.rows_affected() != 1 {
                return Err(Failed::Change(CommitError::Duplicate(
                    Table::LedgerCheckpoint,
                )));
            }
        }
    }
    Ok(())
}

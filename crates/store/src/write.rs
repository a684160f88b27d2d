//! The writer: the one task that changes anything.

use std::{collections::HashSet, sync::Arc};

use bytes::{Bytes, BytesMut};
use object_store::{ObjectStoreExt, local::LocalFileSystem, path::Path};
use sqlx::{AnyConnection, Connection, Executor, any::AnyConnectOptions};
use tokio::sync::{mpsc, oneshot};

use crate::{
    blob::BlobId,
    change::{Append, Change, CommitError, Committed, Row, Table},
    entry::{Places, entry_id, places},
    insert::{Insert, ROWS, Value, comes_again, number},
    open::{OpenError, connect},
};

/// Changes in one batch, and bytes after which no more are taken in.
const BATCH: usize = 256;
const BATCH_BYTES: usize = 16 << 20;

/// Rows of one table that are deleted at once because they are over.
const PORTION: i64 = 1000;

/// A change whose caller waits.
pub(crate) struct Pending {
    pub change: Change,
    pub answer: oneshot::Sender<Result<Committed, CommitError>>,
}

/// Why rows were not written.
enum Failed {
    /// The change itself is at fault; of several, one of them.
    Change(CommitError),
    /// An idempotency key is known; what was answered is not looked up yet.
    KeyKnown,
    /// An entry is in the ledger already; where is not looked up yet.
    EntryKnown,
    /// The database is at fault.
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

pub(crate) struct Writer {
    options: AnyConnectOptions,
    connection: AnyConnection,
    objects: Arc<LocalFileSystem>,
    /// Index of the next ledger entry.
    next: u64,
}

/// A change and where its blobs begin in the pack of its batch.
#[derive(Clone, Copy)]
struct Packed<'a> {
    change: &'a Change,
    start: usize,
}

impl Writer {
    /// `connection` is one of [`connect`] with the same options.
    pub async fn new(
        options: AnyConnectOptions,
        mut connection: AnyConnection,
        objects: Arc<LocalFileSystem>,
    ) -> Result<Self, sqlx::Error> {
        let next = next(&mut connection).await?;
        Ok(Self {
            options,
            connection,
            objects,
            next,
        })
    }

    /// Another connection in the place of one in which a statement failed: the database
    /// may have ended the transaction by itself, of which the old one knows nothing.
    async fn renew(&mut self) {
        let renewed = async {
            let mut connection = connect(&self.options).await?;
            let next = next(&mut connection).await?;
            Ok::<_, OpenError>((connection, next))
        };
        match renewed.await {
            Ok((connection, next)) => {
                let old = std::mem::replace(&mut self.connection, connection);
                self.next = next;
                let _ = old.close().await;
            }
            // The old one fails again at the next batch, and this is tried again.
            Err(error) => tracing::error!(%error, "the database was not opened again"),
        }
    }

    /// Makes changes until `closing` is ready or nobody is left who could ask for one.
    pub async fn run(
        mut self,
        mut waiting: mpsc::Receiver<Pending>,
        closing: impl Future<Output = ()>,
    ) {
        let mut closing = std::pin::pin!(closing);
        loop {
            let first = tokio::select! {
                first = waiting.recv() => first,
                () = &mut closing, if !waiting.is_closed() => {
                    // What was taken in is still written.
                    waiting.close();
                    continue;
                }
            };
            let Some(first) = first else { break };
            let mut bytes = size(&first.change);
            let mut batch = vec![first];
            while batch.len() < BATCH && bytes < BATCH_BYTES {
                let Ok(more) = waiting.try_recv() else { break };
                bytes += size(&more.change);
                batch.push(more);
            }
            let changes: Vec<&Change> = batch.iter().map(|pending| &pending.change).collect();
            let results = self.write(&changes).await;
            if destroys(&changes) {
                // The log still has the pages as they were: it is folded in and emptied.
                self.fold_log().await;
            }
            for (pending, result) in batch.into_iter().zip(results) {
                // Nobody listens when the caller has gone; the change stands.
                let _ = pending.answer.send(result);
            }
        }
        // A copy of the file is whole then.
        self.fold_log().await;
        let _ = self.connection.close().await;
    }

    /// Folds the log into the database, as far as readers let it; the next time does the
    /// rest.
    async fn fold_log(&mut self) {
        let folded = self
            .connection
            .execute("PRAGMA wal_checkpoint(TRUNCATE)")
            .await;
        if let Err(error) = folded {
            tracing::warn!(%error, "the database's log was not folded in");
        }
    }

    async fn write(&mut self, changes: &[&Change]) -> Vec<Result<Committed, CommitError>> {
        let failed = |error: &dyn std::fmt::Display| {
            let error = CommitError::Storage(error.to_string());
            changes.iter().map(|_| Err(error.clone())).collect()
        };
        let pack = match write_pack(&self.objects, changes).await {
            Ok(pack) => pack,
            Err(error) => return failed(&error),
        };
        let mut start = 0;
        let mut packed = Vec::with_capacity(changes.len());
        for change in changes {
            packed.push(Packed { change, start });
            start += size(change);
        }
        // Most batches have no change that fails: all rows of a table in one statement.
        if streams_differ(changes) {
            let mut done = self.together(&packed, &pack, Places::new()).await;
            // Nobody looks for entries before one is found to be there.
            if matches!(done, Err(Failed::EntryKnown)) {
                let entries = changes.iter().flat_map(|change| &change.ledger);
                done = match places(&mut self.connection, entries).await {
                    Ok(there) => self.together(&packed, &pack, there).await,
                    Err(error) => Err(error.into()),
                };
            }
            match done {
                Ok(results) => return results.into_iter().map(Ok).collect(),
                Err(Failed::Database(_)) => self.renew().await,
                Err(_) => {}
            }
        }
        match self.one_by_one(&packed, &pack).await {
            Ok(results) => results,
            Err(error) => {
                self.renew().await;
                tracing::error!(%error, "a batch of changes was not stored");
                failed(&error)
            }
        }
    }

    async fn together(
        &mut self,
        changes: &[Packed<'_>],
        pack: &str,
        mut there: Places,
    ) -> Result<Vec<Committed>, Failed> {
        let mut next = self.next;
        let mut transaction = begin(&mut self.connection).await?;
        let done = rows(&mut transaction, changes, pack, &mut next, &mut there).await?;
        transaction.commit().await?;
        self.next = next;
        Ok(done)
    }

    /// Each change for itself, so that one that fails does not hurt the others.
    async fn one_by_one(
        &mut self,
        changes: &[Packed<'_>],
        pack: &str,
    ) -> Result<Vec<Result<Committed, CommitError>>, sqlx::Error> {
        let mut next = self.next;
        let mut results = Vec::with_capacity(changes.len());
        let mut transaction = begin(&mut self.connection).await?;
        for change in changes {
            transaction.execute("SAVEPOINT one").await?;
            let before = next;
            let one = std::slice::from_ref(change);
            let mut there = places(&mut transaction, change.change.ledger.iter()).await?;
            let error = match rows(&mut transaction, one, pack, &mut next, &mut there).await {
                Ok(done) => {
                    transaction.execute("RELEASE SAVEPOINT one").await?;
                    results.extend(done.into_iter().map(Ok));
                    continue;
                }
                Err(Failed::Database(error)) => return Err(error),
                Err(Failed::Change(error)) => Some(error),
                Err(Failed::KeyKnown) => None,
                Err(Failed::EntryKnown) => {
                    let fault = "an entry came into the ledger by another way than the writer";
                    Some(CommitError::Storage(fault.to_owned()))
                }
            };
            transaction.execute("ROLLBACK TO SAVEPOINT one").await?;
            transaction.execute("RELEASE SAVEPOINT one").await?;
            next = before;
            results.push(Err(match error {
                Some(error) => error,
                None => known(&mut transaction, change.change).await?,
            }));
        }
        transaction.commit().await?;
        self.next = next;
        Ok(results)
    }
}

/// Index of the next ledger entry.
async fn next(connection: &mut AnyConnection) -> Result<u64, sqlx::Error> {
    let sql = "SELECT COALESCE(MAX(idx), -1) + 1 FROM ledger_entry";
    let next: i64 = sqlx::query_scalar(sql).fetch_one(connection).await?;
    Ok(next.unsigned_abs())
}

/// Whether no two changes append to one stream, where the order would count.
fn streams_differ(changes: &[&Change]) -> bool {
    let mut seen = HashSet::new();
    changes.iter().all(|change| {
        let tenant = change.tenant.as_str();
        let mut streams = change.append.iter();
        streams.all(|append| seen.insert((tenant, append.stream, append.id.as_str())))
    })
}

/// Takes the write lock now: SQLite waits for it here, but not when a transaction that
/// began with reading asks for it, and another program may hold it a moment.
async fn begin(
    connection: &mut AnyConnection,
) -> Result<sqlx::Transaction<'_, sqlx::Any>, sqlx::Error> {
    connection.begin_with("BEGIN IMMEDIATE").await
}

fn size(change: &Change) -> usize {
    change.blobs.iter().map(Bytes::len).sum()
}

/// Writes all blobs of a batch as one object, flushed. A pack that is there under its
/// name is written again: it may come from a batch whose transaction never came, not
/// flushed or damaged since.
async fn write_pack(
    objects: &LocalFileSystem,
    changes: &[&Change],
) -> Result<String, object_store::Error> {
    let blobs = || changes.iter().flat_map(|change| &change.blobs);
    let length: usize = blobs().map(Bytes::len).sum();
    if length == 0 {
        return Ok(String::new());
    }
    let mut whole = BytesMut::with_capacity(length);
    blobs().for_each(|blob| whole.extend_from_slice(blob));
    let whole = whole.freeze();
    let id = BlobId::of(&whole).to_string();
    let name = format!("packs/{}/{}", &id[..2], &id[2..]);
    objects
        .put(&Path::from(name.as_str()), whole.into())
        .await?;
    Ok(name)
}

/// What was answered under the idempotency key of a change.
async fn known(
    connection: &mut AnyConnection,
    change: &Change,
) -> Result<CommitError, sqlx::Error> {
    let asked = change.idempotency.as_ref();
    let sql = "SELECT request, answer FROM idempotency WHERE tenant = $1 AND name = $2";
    let (request, answer): (String, String) = sqlx::query_as(sql)
        .bind(&change.tenant)
        .bind(asked.map(|asked| asked.key.as_str()))
        .fetch_one(connection)
        .await?;
    let same = asked.is_some_and(|asked| asked.request == request);
    Ok(if same {
        CommitError::Replayed(answer)
    } else {
        CommitError::KeyReused
    })
}

/// Writes the rows of these changes, all or none. `there` has entries that are in the
/// ledger; those of the changes are added to it.
async fn rows(
    connection: &mut AnyConnection,
    changes: &[Packed<'_>],
    pack: &str,
    next: &mut u64,
    there: &mut Places,
) -> Result<Vec<Committed>, Failed> {
    let mut keys = Insert::into("idempotency (tenant, name, request, answer)");
    let mut events = Insert::into("event (tenant, stream, id, seq, kind, body, entry)");
    let mut blobs = Insert::into("blob (tenant, id, pack, start, length)")
        .or("ON CONFLICT (tenant, id) DO NOTHING");
    let mut entries = Insert::into("ledger_entry (idx, tenant, body, id)");
    let mut done = Vec::with_capacity(changes.len());
    for Packed { change, start } in changes {
        let tenant = change.tenant.as_str();
        if let Some(asked) = &change.idempotency {
            keys.row([
                tenant.into(),
                asked.key.as_str().into(),
                asked.request.as_str().into(),
                asked.answer.as_str().into(),
            ]);
        }
        let mut indices = Vec::with_capacity(change.ledger.len());
        for body in &change.ledger {
            let id = entry_id(body);
            let index = *there.entry(id).or_insert(*next);
            if index == *next {
                let id = id.to_vec();
                entries.row([index.into(), tenant.into(), body.into(), id.into()]);
                *next += 1;
            }
            indices.push(index);
        }
        for (place, append) in change.append.iter().enumerate() {
            let entry = indices.get(place).or(indices.last()).copied();
            for (event, index) in append.events.iter().zip(0_u64..) {
                let seq = append.expected.saturating_add(index);
                events.row([
                    tenant.into(),
                    append.stream.into(),
                    append.id.as_str().into(),
                    seq.into(),
                    event.kind.into(),
                    event.body.as_str().into(),
                    Value::Number(entry.map_or(-1, number)),
                ]);
            }
        }
        let mut start = *start;
        for blob in &change.blobs {
            blobs.row([
                tenant.into(),
                BlobId::of(blob).to_string().into(),
                pack.into(),
                start.into(),
                blob.len().into(),
            ]);
            start += blob.len();
        }
        done.push(Committed { entries: indices });
    }
    keys.run(connection)
        .await
        .map_err(|e| unique(e, || Failed::KeyKnown))?;
    let conflict = || {
        let stream = changes
            .iter()
            .find_map(|packed| packed.change.append.first());
        let id = stream.map(|append| append.id.clone()).unwrap_or_default();
        Failed::Change(CommitError::Conflict(id))
    };
    events
        .run(connection)
        .await
        .map_err(|e| unique(e, conflict))?;
    follow(connection, changes)
        .await?
        .then_some(())
        .ok_or_else(conflict)?;
    blobs.run(connection).await?;
    entries
        .run(connection)
        .await
        .map_err(|e| unique(e, || Failed::EntryKnown))?;
    others(connection, changes).await?;
    Ok(done)
}

/// Whether each stream has as many events now as its append makes of those expected.
async fn follow(
    connection: &mut AnyConnection,
    changes: &[Packed<'_>],
) -> Result<bool, sqlx::Error> {
    let appends = changes.iter().flat_map(|packed| {
        let tenant = packed.change.tenant.as_str();
        packed
            .change
            .append
            .iter()
            .map(move |append| (tenant, append))
    });
    let appends: Vec<(&str, &Append)> = appends.collect();
    for some in appends.chunks(ROWS) {
        // Counted, so that a hole is seen too.
        let one = |first: usize| {
            let [tenant, stream, id, expected] = [1, 2, 3, 4].map(|place| first * 4 + place);
            format!(
                "SELECT (SELECT COUNT(*) FROM event WHERE tenant = ${tenant} \
                 AND stream = ${stream} AND id = ${id}) AS there, \
                 CAST(${expected} AS BIGINT) AS expected"
            )
        };
        let all: Vec<String> = (0..some.len()).map(one).collect();
        let all = all.join(" UNION ALL ");
        let sql = format!("SELECT COUNT(*) FROM ({all}) AS streams WHERE there <> expected");
        let mut query = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
        for (tenant, append) in some {
            let expected = append.expected.saturating_add(append.events.len() as u64);
            query = query.bind(*tenant).bind(append.stream).bind(&append.id);
            query = query.bind(number(expected));
        }
        let differ: i64 = query
            .persistent(comes_again(some.len()))
            .fetch_one(&mut *connection)
            .await?;
        if differ != 0 {
            return Ok(false);
        }
    }
    Ok(true)
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

/// The tables that take each row once.
fn tables<'a>() -> [(Table, Insert<'a>); 12] {
    [
        (
            Table::ApiKey,
            Insert::into("api_key (digest, tenant, name)"),
        ),
        (
            Table::DataKey,
            Insert::into("data_key (tenant, name, wrapped)"),
        ),
        (
            Table::SessionLink,
            Insert::into("session_link (digest, tenant, contract, session)"),
        ),
        (
            Table::Certificate,
            Insert::into("certificate (serial, tenant, act, tbs, spki, request)"),
        ),
        (
            Table::CertificateSignature,
            Insert::into("certificate_signature (serial, signature)"),
        ),
        (Table::Company, Insert::into("company (tenant, id, body)")),
        (
            Table::Revocation,
            Insert::into("revocation (serial, tenant, issuer, at, reason, part)"),
        ),
        (
            Table::PersonDocument,
            Insert::into("person_document (tenant, digest, person)"),
        ),
        (
            Table::EnterpriseCode,
            Insert::into("enterprise_code (tenant, code, enterprise)"),
        ),
        (Table::Once, Insert::into("once (tenant, name)")),
        (
            Table::Callback,
            Insert::into(
                "callback (tenant, contract, seq, url, receiver, event, at, next, attempts)",
            ),
        ),
        (
            Table::AwaitedNumber,
            Insert::into("awaited_number (tenant, contract, role, digest, made, expires)"),
        ),
    ]
}

/// The rows beside the events, by table.
async fn others(connection: &mut AnyConnection, changes: &[Packed<'_>]) -> Result<(), Failed> {
    let mut tables = tables();
    let mut last = Vec::new();
    let of_all = changes.iter().flat_map(|packed| {
        packed
            .change
            .rows
            .iter()
            .map(|row| (packed.change.tenant.as_str(), row))
    });
    for (tenant, row) in of_all {
        let [
            api_keys,
            data_keys,
            links,
            certificates,
            signatures,
            companies,
            revocations,
            documents,
            codes,
            once,
            callbacks,
            numbers,
        ] = &mut tables;
        match row {
            Row::ApiKey { digest, name } => {
                api_keys
                    .1
                    .row([digest.as_str().into(), tenant.into(), name.as_str().into()]);
            }
            Row::DataKey { name, wrapped } => {
                data_keys.1.row([
                    tenant.into(),
                    name.as_str().into(),
                    wrapped.as_slice().into(),
                ]);
            }
            Row::SessionLink {
                digest,
                contract,
                session,
            } => links.1.row([
                digest.as_str().into(),
                tenant.into(),
                contract.as_str().into(),
                session.as_str().into(),
            ]),
            Row::Company { id, body } => {
                companies
                    .1
                    .row([tenant.into(), id.as_str().into(), body.as_str().into()]);
            }
            Row::Certificate { .. } | Row::CertificateSignature { .. } | Row::Revocation { .. } => {
                of_authority([certificates, signatures, revocations], tenant, row);
            }
            Row::PersonDocument { .. } | Row::EnterpriseCode { .. } | Row::Once { .. } => {
                of_register([documents, codes, once], tenant, row);
            }
            Row::Callback { .. } | Row::AwaitedNumber { .. } => {
                of_contract([callbacks, numbers], tenant, row);
            }
            Row::Setting { .. }
            | Row::Over { .. }
            | Row::LedgerCheckpoint { .. }
            | Row::Staff { .. }
            | Row::StaffSecret { .. }
            | Row::CallbackTried { .. }
            | Row::ReceiverRests { .. }
            | Row::NoDataKey { .. }
            | Row::NoPersonDocument { .. }
            | Row::NoEnterpriseCode { .. } => last.push((tenant, row)),
        }
    }
    for (table, insert) in tables {
        let duplicate = || Failed::Change(CommitError::Duplicate(table));
        insert
            .run(connection)
            .await
            .map_err(|e| unique(e, duplicate))?;
    }
    for (tenant, row) in last {
        replace(connection, tenant, row).await?;
    }
    Ok(())
}

/// Rows beside a contract's events, for their two tables.
fn of_contract<'a>(
    [callbacks, numbers]: [&mut (Table, Insert<'a>); 2],
    tenant: &'a str,
    row: &'a Row,
) {
    match row {
        Row::Callback {
            contract,
            seq,
            url,
            receiver,
            event,
            at,
            next,
        } => callbacks.1.row([
            tenant.into(),
            contract.as_str().into(),
            (*seq).into(),
            url.as_str().into(),
            receiver.as_str().into(),
            event.as_str().into(),
            Value::Number(*at),
            Value::Number(*next),
            Value::Number(0),
        ]),
        Row::AwaitedNumber {
            digest,
            contract,
            role,
            made,
            expires,
        } => numbers.1.row([
            tenant.into(),
            contract.as_str().into(),
            role.as_str().into(),
            digest.as_str().into(),
            Value::Number(*made),
            Value::Number(*expires),
        ]),
        _ => {}
    }
}

/// Rows of the certificate authority, for its three tables.
fn of_authority<'a>(
    [certificates, signatures, revocations]: [&mut (Table, Insert<'a>); 3],
    tenant: &'a str,
    row: &'a Row,
) {
    match row {
        Row::Certificate {
            serial,
            act,
            tbs,
            request,
        } => {
            let (spki, digest) = request.as_ref().map_or(("", ""), |request| {
                (request.spki.as_str(), request.digest.as_str())
            });
            certificates.1.row([
                serial.as_str().into(),
                tenant.into(),
                act.as_str().into(),
                tbs.as_slice().into(),
                spki.into(),
                digest.into(),
            ]);
        }
        Row::CertificateSignature { serial, signature } => signatures
            .1
            .row([serial.as_str().into(), signature.as_slice().into()]),
        Row::Revocation {
            serial,
            issuer,
            at,
            reason,
            part,
        } => revocations.1.row([
            serial.as_str().into(),
            tenant.into(),
            issuer.as_str().into(),
            Value::Number(*at),
            Value::Number((*reason).into()),
            part.as_str().into(),
        ]),
        _ => {}
    }
}

/// Rows of the register and of what happens once, for their tables.
fn of_register<'a>(
    [documents, codes, once]: [&mut (Table, Insert<'a>); 3],
    tenant: &'a str,
    row: &'a Row,
) {
    match row {
        Row::PersonDocument { digest, person } => documents.1.row([
            tenant.into(),
            digest.as_str().into(),
            person.as_str().into(),
        ]),
        Row::EnterpriseCode { code, enterprise } => codes.1.row([
            tenant.into(),
            code.as_str().into(),
            enterprise.as_str().into(),
        ]),
        Row::Once { name } => once.1.row([tenant.into(), name.as_str().into()]),
        _ => {}
    }
}

/// Rows that take the place of an earlier one, or end it, each in its turn.
async fn replace(connection: &mut AnyConnection, tenant: &str, row: &Row) -> Result<(), Failed> {
    match row {
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
        Row::CallbackTried {
            contract,
            seq,
            next,
        } => {
            let sql = match next {
                Some(_) => {
                    "UPDATE callback SET next = $4, attempts = attempts + 1 \
                     WHERE tenant = $1 AND contract = $2 AND seq = $3"
                }
                None => "DELETE FROM callback WHERE tenant = $1 AND contract = $2 AND seq = $3",
            };
            let tried = sqlx::query(sql)
                .bind(tenant)
                .bind(contract)
                .bind(number(*seq));
            let tried = match next {
                Some(next) => tried.bind(*next),
                None => tried,
            };
            tried.execute(connection).await?;
        }
        Row::LedgerCheckpoint { after, size, note } => {
            let duplicate = || Failed::Change(CommitError::Duplicate(Table::LedgerCheckpoint));
            let done = match after {
                None => sqlx::query(
                    "INSERT INTO ledger_checkpoint (size, note, tenant) VALUES ($1, $2, $3)",
                ),
                Some(_) => sqlx::query(
                    "UPDATE ledger_checkpoint SET size = $1, note = $2 \
                     WHERE tenant = $3 AND size = $4 AND size <= $1",
                ),
            };
            let mut done = done.bind(number(*size)).bind(note).bind(tenant);
            if let Some(after) = after {
                done = done.bind(number(*after));
            }
            let done = done
                .execute(connection)
                .await
                .map_err(|e| unique(e, duplicate))?;
            if done.rows_affected() != 1 {
                return Err(duplicate());
            }
        }
        Row::Staff { .. } | Row::StaffSecret { .. } => staff(connection, tenant, row).await?,
        Row::ReceiverRests {
            receiver,
            until,
            over,
        } => {
            let given_up = "DELETE FROM callback WHERE tenant = $1 AND receiver = $2 AND at < $3";
            let rests = "UPDATE callback SET next = $3 \
                         WHERE tenant = $1 AND receiver = $2 AND next < $3";
            for (sql, time) in [(given_up, over), (rests, until)] {
                let query = sqlx::query(sql).bind(tenant).bind(receiver).bind(*time);
                query.execute(&mut *connection).await?;
            }
        }
        Row::Over { by } => over(connection, *by).await?,
        Row::NoDataKey { name } => {
            let sql = "DELETE FROM data_key WHERE tenant = $1 AND name = $2";
            delete(connection, sql, tenant, name).await?;
        }
        Row::NoPersonDocument { digest } => {
            let sql = "DELETE FROM person_document WHERE tenant = $1 AND digest = $2";
            delete(connection, sql, tenant, digest).await?;
        }
        Row::NoEnterpriseCode { code } => {
            let sql = "DELETE FROM enterprise_code WHERE tenant = $1 AND code = $2";
            delete(connection, sql, tenant, code).await?;
        }
        _ => {}
    }
    Ok(())
}

/// Rows of the staff: an officer or a device as it is now, and secrets, which are kept once.
async fn staff(connection: &mut AnyConnection, tenant: &str, row: &Row) -> Result<(), Failed> {
    let (table, done) = match row {
        Row::Staff {
            kind,
            id,
            after,
            body,
        } => {
            let sql = match after {
                None => {
                    "INSERT INTO staff (version, body, tenant, kind, id) \
                     VALUES ($1, $2, $3, $4, $5)"
                }
                Some(_) => {
                    "UPDATE staff SET version = $1, body = $2 \
                     WHERE tenant = $3 AND kind = $4 AND id = $5 AND version = $1 - 1"
                }
            };
            let version = after.map_or(0, |version| number(version.saturating_add(1)));
            let put = sqlx::query(sql).bind(version).bind(body).bind(tenant);
            (Table::Staff, put.bind(*kind).bind(id))
        }
        Row::StaffSecret {
            digest,
            body,
            expires,
        } => {
            let sql = "INSERT INTO staff_secret (digest, tenant, body, expires) \
                       VALUES ($1, $2, $3, $4)";
            let put = sqlx::query(sql).bind(digest).bind(tenant).bind(body);
            (Table::StaffSecret, put.bind(*expires))
        }
        _ => return Ok(()),
    };
    let duplicate = || Failed::Change(CommitError::Duplicate(table));
    let done = done.execute(connection).await;
    match done.map_err(|e| unique(e, duplicate))?.rows_affected() {
        1 => Ok(()),
        _ => Err(duplicate()),
    }
}

/// Deletes a row by its tenant and name, if it is there.
async fn delete(
    connection: &mut AnyConnection,
    sql: &'static str,
    tenant: &str,
    name: &str,
) -> Result<(), sqlx::Error> {
    let query = sqlx::query(sql).bind(tenant).bind(name);
    query.execute(connection).await.map(|_| ())
}

/// Deletes what is over, in portions: a folder that was never cleaned does not keep
/// everybody waiting.
async fn over(connection: &mut AnyConnection, by: i64) -> Result<(), sqlx::Error> {
    for sql in [
        "DELETE FROM staff_secret WHERE digest IN \
         (SELECT digest FROM staff_secret WHERE expires <= $1 LIMIT $2)",
        "DELETE FROM awaited_number WHERE (tenant, contract, role) IN \
         (SELECT tenant, contract, role FROM awaited_number WHERE expires <= $1 LIMIT $2)",
    ] {
        let query = sqlx::query(sql).bind(by).bind(PORTION);
        query.execute(&mut *connection).await?;
    }
    Ok(())
}

/// Whether the changes destroy a data key.
fn destroys(changes: &[&Change]) -> bool {
    let mut rows = changes.iter().flat_map(|change| &change.rows);
    rows.any(|row| matches!(row, Row::NoDataKey { .. }))
}

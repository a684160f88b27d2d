//! Identifiers of ledger entries: an entry is in the ledger once.

use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use sqlx::AnyConnection;

use crate::insert::Values;

/// Identifies an entry by what it says: its leaf hash (RFC 6962, 2.1), which is the hash
/// that the ledger's tiles have of it.
pub type EntryId = [u8; 32];

/// Where entries lie, by identifier.
pub(crate) type Places = HashMap<EntryId, u64>;

/// Identifiers that are looked up in one statement.
const IDS: usize = 1000;
/// Rows that the migration reads at once.
const READ: i64 = 1000;

/// The identifier of an entry.
#[must_use]
pub fn entry_id(entry: &[u8]) -> EntryId {
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(entry);
    let mut id = [0; 32];
    id.copy_from_slice(context.finish().as_ref());
    id
}

/// Which of these entries are in the ledger, and where.
pub(crate) async fn places<'a>(
    connection: &mut AnyConnection,
    entries: impl Iterator<Item = &'a Bytes>,
) -> Result<Places, sqlx::Error> {
    let ids: Vec<EntryId> = entries.map(|entry| entry_id(entry)).collect();
    let mut places = Places::new();
    for ids in ids.chunks(IDS) {
        let sql = format!(
            "SELECT id, idx FROM ledger_entry WHERE id IN {}",
            Values(0..ids.len())
        );
        let mut query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).persistent(false);
        for id in ids {
            query = query.bind(id.to_vec());
        }
        let found: Vec<(Vec<u8>, i64)> = query.fetch_all(&mut *connection).await?;
        for (id, index) in found {
            if let Ok(id) = id.try_into() {
                places.insert(id, index.unsigned_abs());
            }
        }
    }
    Ok(places)
}

/// Gives identifiers to the entries of a ledger from before there were any.
pub(crate) async fn fill(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    let mut next = 0;
    loop {
        let sql = "SELECT idx, body FROM ledger_entry WHERE idx >= $1 ORDER BY idx LIMIT $2";
        let query = sqlx::query_as(sql).bind(next).bind(READ);
        let rows: Vec<(i64, Vec<u8>)> = query.fetch_all(&mut *connection).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        next = last.saturating_add(1);
        for (index, body) in rows {
            let sql = "UPDATE ledger_entry SET id = $1 WHERE idx = $2 \
                       AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE id = $1)";
            let query = sqlx::query(sql).bind(entry_id(&body).to_vec()).bind(index);
            query.execute(&mut *connection).await?;
        }
    }
}

//! A thousand entries, attacked in every way: always found, and the first bad index
//! named. Nothing that is as it was is called damaged.

use std::{fs, path::PathBuf, sync::Arc};

use crypto::{KeyStore, Keys};
use sqlx::{Connection, SqliteConnection};
use store::Store;
use tempfile::TempDir;
use trust::TrustError;

use crate::house::{FIRST, House, entries};

/// Entries of the log; nine of them are the service's own.
const SIZE: u64 = 1000;
const ORIGIN: &str = "test.example/log";
/// What the checkpoint needs: three full tiles and bundles, and the partial ones.
const OBJECTS: [&str; 9] = [
    "0/000",
    "0/001",
    "0/002",
    "0/003.p/232",
    "1/000.p/3",
    "entries/000",
    "entries/001",
    "entries/002",
    "entries/003.p/232",
];

/// A log that is read again and again, and damaged in between.
struct Log {
    folder: TempDir,
    store: Store,
    keys: Keys,
    database: SqliteConnection,
}

impl Log {
    async fn new() -> Self {
        let house = House::new().await;
        let count = usize::try_from(SIZE - FIRST).unwrap();
        house.commit(entries(0, count)).await;
        assert_eq!(house.trust.sequence().await.unwrap(), SIZE);
        let folder = house.close().await;
        let store = Store::open(folder.path()).await.unwrap();
        let keys = KeyStore::open(&folder.path().join("keys"), "passphrase").unwrap();
        let url = format!("sqlite://{}", folder.path().join("inkseal.db").display());
        let log = Self {
            database: SqliteConnection::connect(&url).await.unwrap(),
            keys: Keys::from(Arc::new(keys)),
            folder,
            store,
        };
        log.is_clean().await;
        log
    }

    async fn is_clean(&self) {
        let read = trust::fsck(&self.store, &self.keys, ORIGIN, &[]).await;
        assert_eq!(read.expect("no false alarm").entries, SIZE);
    }

    /// What is found to be wrong.
    async fn fault(&self, what: &str) -> String {
        let read = trust::fsck(&self.store, &self.keys, ORIGIN, &[]).await;
        let Err(error) = read else {
            panic!("{what}: not found");
        };
        assert!(matches!(error, TrustError::Ledger(_)), "{what}: {error}");
        error.to_string()
    }

    async fn is_named(&self, index: u64, what: &str) {
        let fault = self.fault(what).await;
        assert!(
            fault.contains(&format!("entry {index} ")),
            "{what}: {fault}"
        );
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("objects/ledger/tile").join(name)
    }

    async fn sql(&mut self, statement: String) {
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement.clone()));
        let done = done.execute(&mut self.database).await.unwrap();
        assert!(done.rows_affected() > 0, "{statement}");
    }

    async fn value(&mut self, statement: String) -> Vec<u8> {
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(statement));
        query.fetch_one(&mut self.database).await.unwrap()
    }
}

/// The entry of a bundle that a byte is of.
fn entry_at(bundle: &[u8], at: usize) -> u64 {
    let (mut end, mut entry) = (0, 0);
    loop {
        end += 2 + usize::from(u16::from_be_bytes([bundle[end], bundle[end + 1]]));
        if at < end {
            return entry;
        }
        entry += 1;
    }
}

/// On the disk: in every object, at its ends and at every place of a hash, since 31 and 32
/// have no common divisor. Every single bit is flipped in memory, in `fsck.rs`.
#[tokio::test]
async fn a_flipped_bit_of_an_object_is_found_and_its_entry_named() {
    let log = Log::new().await;
    for name in OBJECTS {
        let file = log.file(name);
        let whole = fs::read(&file).unwrap();
        let number: u64 = name[name.find('/').unwrap() + 1..][..3].parse().unwrap();
        for at in (0..whole.len()).filter(|at| at % 31 == 0 || at + 2 > whole.len()) {
            let mut changed = whole.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&file, &changed).unwrap();
            let what = format!("byte {at} of {name}");
            if name.starts_with('1') {
                let fault = log.fault(&what).await;
                assert!(fault.contains("tile/1/000.p/3"), "{what}: {fault}");
                continue;
            }
            let entry = if name.starts_with("entries") {
                entry_at(&whole, at)
            } else {
                at as u64 / 32
            };
            log.is_named(256 * number + entry, &what).await;
        }
        fs::write(&file, &whole).unwrap();
    }
    log.is_clean().await;
}

#[tokio::test]
async fn a_flipped_bit_of_a_row_is_found_and_its_entry_named() {
    let mut log = Log::new().await;
    for index in [0, 7, 8, 255, 256, 777, 999] {
        for column in ["body", "id"] {
            let at = format!("WHERE idx = {index}");
            let whole = log
                .value(format!("SELECT {column} FROM ledger_entry {at}"))
                .await;
            let set = |bytes: &[u8]| {
                let bytes = hex::encode(bytes);
                format!("UPDATE ledger_entry SET {column} = X'{bytes}' {at}")
            };
            for byte in 0..whole.len() {
                let mut changed = whole.clone();
                changed[byte] ^= 1 << (byte % 8);
                log.sql(set(&changed)).await;
                let what = format!("byte {byte} of {column} of row {index}");
                log.is_named(index, &what).await;
            }
            log.sql(set(&whole)).await;
        }
        for bit in [10, 40] {
            let moved = index + (1 << bit);
            let to = |from: u64, to: u64| {
                format!("UPDATE ledger_entry SET idx = {to} WHERE idx = {from}")
            };
            log.sql(to(index, moved)).await;
            log.is_named(index, &format!("row {index} at {moved}"))
                .await;
            log.sql(to(moved, index)).await;
        }
    }
    log.is_clean().await;
}

#[tokio::test]
async fn a_flipped_bit_of_the_checkpoint_is_found() {
    let mut log = Log::new().await;
    let select = "SELECT CAST(note AS BLOB) FROM ledger_checkpoint";
    let whole = log.value(select.to_owned()).await;
    let set = |bytes: &[u8]| {
        let bytes = hex::encode(bytes);
        format!("UPDATE ledger_checkpoint SET note = CAST(X'{bytes}' AS TEXT)")
    };
    for byte in 0..whole.len() {
        let mut changed = whole.clone();
        changed[byte] ^= 1 << (byte % 7);
        if String::from_utf8(changed.clone()).is_ok() {
            log.sql(set(&changed)).await;
            log.fault(&format!("byte {byte} of the note")).await;
        }
    }
    log.sql(set(&whole)).await;
    for size in [0, 999, 1001, 1000 + 1024] {
        log.sql(format!("UPDATE ledger_checkpoint SET size = {size}"))
            .await;
        log.fault(&format!("size {size}")).await;
    }
    log.sql(format!("UPDATE ledger_checkpoint SET size = {SIZE}"))
        .await;
    log.is_clean().await;
}

#[tokio::test]
async fn an_entry_that_was_taken_out_or_put_in_is_found_and_named() {
    for index in [8, 255, 256, 600, 998] {
        let mut log = Log::new().await;
        // The rest moves up, so that no gap is left; the last one is made up.
        log.sql(format!("DELETE FROM ledger_entry WHERE idx = {index}"))
            .await;
        for (add, sign) in [("-100000", "<"), ("+99999", "<")] {
            let which = if add == "-100000" {
                format!("idx > {index}")
            } else {
                format!("idx {sign} 0")
            };
            log.sql(format!(
                "UPDATE ledger_entry SET idx = idx {add} WHERE {which}"
            ))
            .await;
        }
        log.sql("INSERT INTO ledger_entry VALUES (999, 't', X'00', NULL)".to_owned())
            .await;
        log.is_named(index, "taken out").await;

        let mut log = Log::new().await;
        for (add, which) in [
            ("-100000", format!("idx >= {index}")),
            ("+100001", "idx < 0".to_owned()),
        ] {
            log.sql(format!(
                "UPDATE ledger_entry SET idx = idx {add} WHERE {which}"
            ))
            .await;
        }
        let put = format!("INSERT INTO ledger_entry VALUES ({index}, 't', X'00', NULL)");
        log.sql(put).await;
        log.is_named(index, "put in").await;
    }
}

#[tokio::test]
async fn entries_that_changed_places_are_found_and_the_first_is_named() {
    for (one, two) in [(8, 9), (255, 256), (300, 999)] {
        let mut log = Log::new().await;
        for (from, to) in [(one, 5000), (two, one), (5000, two)] {
            log.sql(format!(
                "UPDATE ledger_entry SET idx = {to} WHERE idx = {from}"
            ))
            .await;
        }
        log.is_named(one, "changed places").await;
    }
}

#[tokio::test]
async fn a_log_that_was_cut_off_is_found() {
    for left in [0, 1, 255, 256, 999] {
        let mut log = Log::new().await;
        log.sql(format!("DELETE FROM ledger_entry WHERE idx >= {left}"))
            .await;
        let fault = log.fault("cut off").await;
        assert!(fault.contains(&format!("{left} are there")), "{fault}");
    }
    for name in OBJECTS {
        let log = Log::new().await;
        let file = log.file(name);
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..whole.len() - 1]).unwrap();
        log.fault(name).await;
        fs::remove_file(&file).unwrap();
        log.fault(name).await;
    }
}

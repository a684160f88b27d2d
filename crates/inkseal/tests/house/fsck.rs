//! `inkseal ledger fsck`: what was changed in the ledger is named.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use sqlx::{Connection, Executor, SqliteConnection};

use crate::kit::{Demo, inkseal, program::Said};

/// A copy of the demo's data.
struct Copy(tempfile::TempDir);

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, to) = (
            entry.as_ref().unwrap().path(),
            to.join(entry.unwrap().file_name()),
        );
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs::copy(path, to).unwrap();
        }
    }
}

impl Copy {
    fn make() -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy(&Demo::of("intl").path("data"), folder.path());
        Self(folder)
    }

    /// The newest partial tile or bundle in a folder of the ledger.
    fn tile(&self, level: &str) -> PathBuf {
        let folder = self
            .0
            .path()
            .join("objects/ledger/tile")
            .join(level)
            .join("000.p");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let width = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().parse::<u32>();
        files.max_by_key(|path| width(path).unwrap()).unwrap()
    }

    async fn sql(&self, statement: &'static str) {
        let url = format!("sqlite://{}", self.0.path().join("inkseal.db").display());
        let mut database = SqliteConnection::connect(&url).await.unwrap();
        assert!(database.execute(statement).await.unwrap().rows_affected() > 0);
        database.close().await.unwrap();
    }

    fn fsck(&self) -> Said {
        Said::of(
            inkseal()
                .args(["ledger", "fsck", "--data"])
                .arg(self.0.path()),
        )
    }

    #[track_caller]
    fn is_damaged(&self, named: &str) {
        let said = self.fsck();
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(said.err.contains("the ledger is damaged"), "{}", said.err);
        assert!(said.err.contains(named), "{}", said.err);
        assert_eq!(said.out, "");
    }
}

#[test]
fn an_untouched_ledger_is_clean() {
    let said = Copy::make().fsck();
    let report: Value = serde_json::from_str(&said.ok()).unwrap();
    assert_eq!(report["verdict"], "clean");
    assert!(report["entries"].as_u64().unwrap() > 6);
    assert_eq!(report["waiting"], 0);
}

#[test]
fn a_changed_hash_in_a_tile_is_named() {
    for position in [0, 3 * 32 + 5] {
        let copy = Copy::make();
        let tile = copy.tile("0");
        let mut bytes = fs::read(&tile).unwrap();
        bytes[position] ^= 1;
        fs::write(&tile, bytes).unwrap();
        copy.is_damaged(&format!("entry {}", position / 32));
    }
}

#[test]
fn a_changed_entry_in_a_bundle_is_named() {
    let copy = Copy::make();
    let bundle = copy.tile("entries");
    let mut bytes = fs::read(&bundle).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&bundle, bytes).unwrap();
    copy.is_damaged("entry ");
}

#[test]
fn a_missing_bundle_is_named() {
    let copy = Copy::make();
    fs::remove_file(copy.tile("entries")).unwrap();
    copy.is_damaged("entries");
}

#[tokio::test]
async fn a_changed_row_is_named() {
    let copy = Copy::make();
    copy.sql("UPDATE ledger_entry SET body = CAST('{}' AS BLOB) WHERE idx = 4")
        .await;
    copy.is_damaged("entry 4");
}

#[tokio::test]
async fn a_missing_row_is_named() {
    let copy = Copy::make();
    copy.sql("DELETE FROM ledger_entry WHERE idx = 2").await;
    copy.is_damaged("entry 2");
}

#[tokio::test]
async fn a_checkpoint_of_another_hand_is_refused() {
    let copy = Copy::make();
    copy.sql("UPDATE ledger_checkpoint SET note = replace(note, char(10) || char(10), char(10) || 'x' || char(10) || char(10))").await;
    copy.is_damaged("");
}

#[test]
fn a_folder_without_data_is_no_clean_ledger() {
    let empty = tempfile::tempdir().unwrap();
    let said = Said::of(
        inkseal()
            .args(["ledger", "fsck", "--data"])
            .arg(empty.path()),
    );
    assert_eq!(said.code, 1);
    assert!(said.err.contains("no data"), "{}", said.err);
    assert_eq!(
        fs::read_dir(empty.path()).unwrap().count(),
        0,
        "looking makes nothing"
    );
}

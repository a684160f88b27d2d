//! `inkseal ledger`: fsck, verifying what it gave out, and watching it from outside.

mod anchor;
mod monitor;

use std::{fs, path::PathBuf, process::ExitCode};

use clap::Subcommand;
use ledger::Receipt;
use serde_json::{Value, json};
use store::Store;

use super::{ConfigFile, wait};
use crate::{
    anchoring::Anchoring,
    house::{ORIGIN, Reason, role_of},
    role::Role,
};

/// Looking after the ledger.
#[derive(Subcommand)]
pub enum Ledger {
    /// Re-read ledger, journal, events, blobs and anchors, and recompute all of it; names
    /// the first that is not as it was recorded. Changes nothing. 全量复核
    Fsck {
        #[command(flatten)]
        config: ConfigFile,
        /// A checkpoint that somebody kept: the ledger must still contain it. 曾经留存的检查点
        #[arg(long)]
        checkpoint: Option<PathBuf>,
    },
    /// Verify receipts, offline, by the ledger's public key alone. 核验存证回执
    Verify {
        /// `receipts.json`
        receipts: PathBuf,
        /// The ledger's public key; `ledger.vkey` beside the receipts when not given.
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Follow a published ledger and shout when it is not what it was. 监视账本
    Monitor(monitor::Follow),
    /// Have the last checkpoint dated by an outside timestamp authority, and hold the
    /// ledger against those that were. 锚定检查点
    Anchor(anchor::Dated),
    /// Print the last checkpoint of a published ledger, verified. 最新检查点
    Checkpoint(monitor::Published),
    /// Print a receipt for an entry of a published ledger. 出具回执
    Prove {
        #[command(flatten)]
        published: monitor::Published,
        /// The entry's index.
        index: u64,
    },
}

impl Ledger {
    /// Exit code: 0 as it was recorded, 1 not.
    pub fn run(self) -> ExitCode {
        let (what, done) = match self {
            Self::Fsck { config, checkpoint } => ("fsck", wait(fsck(config, checkpoint))),
            Self::Verify { receipts, key } => ("verify", verify(&receipts, key)),
            Self::Monitor(follow) => ("monitor", wait(follow.run())),
            Self::Anchor(dated) => ("anchor", wait(dated.run())),
            Self::Checkpoint(published) => ("checkpoint", wait(published.checkpoint())),
            Self::Prove { published, index } => ("prove", wait(published.prove(index))),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("inkseal ledger {what}: {reason}");
                ExitCode::FAILURE
            }
        }
    }
}

async fn fsck(config: ConfigFile, checkpoint: Option<PathBuf>) -> Result<(), Reason> {
    let config = config.load()?;
    if !config.data.join("inkseal.db").exists() {
        let folder = config.data.display();
        return Err(format!("{folder} has no data; give --data").into());
    }
    let mut kept: Vec<String> = checkpoint.iter().map(read).collect::<Result<_, _>>()?;
    let store = Store::open(&config.data).await?;
    let report = match role_of(&store).await?.unwrap_or_default() {
        Role::Signing if !kept.is_empty() => {
            return Err("the ledger is the trust service's: give --checkpoint there".into());
        }
        Role::Signing => contracts(&store, store.ledger_size().await?).await?,
        role => {
            let keys = config.open_keys().await?;
            let anchors = Anchoring::kept(&config)?;
            let anchored = anchors.len();
            kept.extend(anchors);
            let clean = trust::fsck(&store, &keys, ORIGIN, &kept).await?;
            let known = clean.certificates + clean.revocations + clean.requests;
            let others = (clean.entries + clean.waiting).saturating_sub(known);
            let mut report = serde_json::to_value(clean)?;
            report["anchors"] = anchored.into();
            let more = match role {
                Role::All => contracts(&store, others).await?,
                // What they prove is the other services' to check.
                _ => json!({ "others": others }),
            };
            merge(&mut report, more);
            report
        }
    };
    println!("{report}");
    store.close().await;
    Ok(())
}

/// Events and blobs against the entries that prove them, which must be so many.
async fn contracts(store: &Store, entries: u64) -> Result<Value, Reason> {
    let audited = signing::service::audit(store).await?;
    let known = audited.entries + audited.others;
    if entries != known {
        let unknown = entries.abs_diff(known);
        return Err(format!("{unknown} entries of the ledger are of no kind that is known").into());
    }
    let mut report = json!({
        "verdict": "clean", "events": audited.events, "blobs": audited.blobs,
    });
    if audited.others > 0 {
        report["others"] = audited.others.into();
    }
    Ok(report)
}

fn merge(report: &mut Value, more: Value) {
    if let (Value::Object(report), Value::Object(more)) = (report, more) {
        report.extend(more);
    }
}

fn verify(receipts: &PathBuf, key: Option<PathBuf>) -> Result<(), Reason> {
    let key = read(&key.unwrap_or_else(|| receipts.with_file_name("ledger.vkey")))?;
    let list: Vec<Receipt> = serde_json::from_str(&read(receipts)?)?;
    for receipt in &list {
        let entry = receipt.verify(key.trim())?;
        println!("{} {}", receipt.index, String::from_utf8_lossy(&entry));
    }
    println!("{} receipts hold 条回执核验无误", list.len());
    Ok(())
}

fn read(path: &PathBuf) -> Result<String, Reason> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

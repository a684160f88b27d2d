//! `inkseal ledger anchor`: has a checkpoint dated by somebody else, and holds the ledger
//! against all that was dated before.

use std::{fs, path::PathBuf};

use clap::Args;
use ledger::Checkpoint;
use pki::Certificate;
use serde_json::json;

use super::monitor::Published;
use crate::{
    house::Reason,
    monitor::{Anchor, Authority, contains, latest},
};

/// Sends the digest of the last checkpoint to a timestamp authority and keeps checkpoint
/// and token. First, every checkpoint that was kept before must have a good token and
/// be contained in the ledger.
#[derive(Args)]
pub struct Dated {
    #[command(flatten)]
    published: Published,
    /// The timestamp authority (RFC 3161 over HTTP). 时间戳服务地址
    #[arg(long)]
    tsa: String,
    /// Its trust anchors, PEM. 时间戳信任锚
    #[arg(long)]
    tsa_anchors: PathBuf,
    /// Folder in which they are kept; made when it is not there. 锚定目录
    #[arg(long)]
    out: PathBuf,
}

impl Dated {
    /// Prints size, time and how many were kept before.
    pub async fn run(self) -> Result<(), Reason> {
        let (source, trusted) = self.published.open()?;
        let pem = fs::read_to_string(&self.tsa_anchors)
            .map_err(|error| format!("{}: {error}", self.tsa_anchors.display()))?;
        let authority = Authority {
            url: self.tsa,
            roots: Certificate::from_pem_many(&pem)?,
        };
        fs::create_dir_all(&self.out)?;
        let (note, now) = latest(&source, &trusted).await?;
        let mut before = 0;
        for path in Anchor::notes(&self.out)? {
            let anchor = Anchor::read(&path)?;
            let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
            authority.time(&anchor).map_err(|error| named(&error))?;
            let then = Checkpoint::open(&anchor.note, &trusted.keys);
            let then = then.map_err(|error| named(&error))?;
            let contained = contains(&source, &now, &then).await;
            contained.map_err(|error| named(&error))?;
            before += 1;
        }
        let anchor = authority.date(&note).await?;
        let time = authority.time(&anchor)?;
        anchor.keep(&self.out, now.size)?;
        println!(
            "{}",
            json!({ "size": now.size, "time": time, "before": before })
        );
        Ok(())
    }
}

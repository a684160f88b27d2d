//! Sends the ledger's checkpoints to an outside timestamp authority, by itself, and keeps
//! what it dated beside the data: whoever rewrites the ledger later cannot have been
//! before that time.

use std::{fs, path::PathBuf, time::Duration};

use ledger::Checkpoint;
use pki::Certificate;
use tokio::{task::JoinHandle, time::MissedTickBehavior};
use trust::Trust;

use crate::{
    config::Config,
    house::Reason,
    monitor::{Anchor, Authority},
};

/// The folder below the data folder.
const FOLDER: &str = "anchors";

/// Dates the checkpoints of one ledger.
pub struct Anchoring {
    trust: Trust,
    authority: Authority,
    folder: PathBuf,
    interval: Duration,
}

/// Where a data folder keeps its anchors.
pub fn folder(config: &Config) -> PathBuf {
    config.data.join(FOLDER)
}

/// The authority of a configuration and whom to believe about it.
///
/// # Errors
/// When the roots cannot be read.
pub fn authority(config: &Config) -> Result<Authority, Reason> {
    let path = &config.anchor_roots;
    let pem = fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        format!(
            "anchor_roots: {path}: {error}; give the roots of the authority of anchor_url as PEM"
        )
    })?;
    Ok(Authority {
        url: config.anchor_url.clone(),
        roots: Certificate::from_pem_many(&pem)?,
    })
}

impl Anchoring {
    /// Of this ledger, as it is configured; none when no authority is named.
    ///
    /// # Errors
    /// When the roots cannot be read, or the folder cannot be made.
    pub fn configured(config: &Config, trust: &Trust) -> Result<Option<Self>, Reason> {
        if config.anchor_url.is_empty() {
            return Ok(None);
        }
        let folder = folder(config);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        Ok(Some(Self {
            trust: trust.clone(),
            authority: authority(config)?,
            folder,
            interval: Duration::from_secs(config.anchor_interval_s.max(1)),
        }))
    }

    /// Has the published checkpoint dated, and keeps it with its token. Gives its size;
    /// none when it was dated before, or there is none.
    pub async fn anchor(&self) -> Result<Option<u64>, Reason> {
        let Some(note) = self.trust.ledger_object("checkpoint").await? else {
            return Ok(None);
        };
        let note = String::from_utf8(note.to_vec())?;
        let size = Checkpoint::open(&note, &self.trust.ledger_key())?.size;
        if self.folder.join(format!("{size}.note")).exists() {
            return Ok(None);
        }
        let anchor = self.authority.date(&note).await?;
        self.authority.time(&anchor)?;
        let folder = self.folder.clone();
        tokio::task::spawn_blocking(move || anchor.keep(&folder, size)).await??;
        Ok(Some(size))
    }

    /// The same at every interval, for ever.
    pub fn spawn(self: std::sync::Arc<Self>) -> JoinHandle<()> {
        tokio::spawn(async move {
            let mut tick = tokio::time::interval(self.interval);
            tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tick.tick().await;
                match self.anchor().await {
                    Ok(None) => {}
                    Ok(Some(size)) => tracing::info!(size, "a checkpoint was anchored"),
                    Err(error) => tracing::warn!(%error, "the checkpoint was not anchored"),
                }
            }
        })
    }

    /// Holds every anchor of a data folder to its token. Gives the checkpoints, which the
    /// ledger must contain.
    ///
    /// # Errors
    /// Names the first that does not hold.
    pub fn kept(config: &Config) -> Result<Vec<String>, Reason> {
        let folder = folder(config);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let mut notes = Vec::new();
        let mut authority = None;
        for path in Anchor::notes(&folder)? {
            let anchor = Anchor::read(&path)?;
            let authority = match &authority {
                Some(there) => there,
                None => authority.insert(self::authority(config)?),
            };
            let dated = authority.time(&anchor);
            dated.map_err(|error| format!("{}: {error}", path.display()))?;
            notes.push(anchor.note);
        }
        Ok(notes)
    }
}

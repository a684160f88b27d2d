//! Witnesses of the log: each checkpoint is shown to them, and what they cosign is
//! published with it (C2SP tlog-witness).

use std::{
    fmt,
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use async_trait::async_trait;
use futures::future::join_all;
use ledger::{AddCheckpoint, Checkpoint, VerifierKey, consistency, cosignatures};
use store::{Change, Row};
use tokio::sync::{Mutex, Notify};

use crate::{
    TENANT, Trust, TrustError,
    log::{Head, Log, damaged},
};

/// Name of the last cosigned checkpoint among the settings.
const COSIGNED: &str = "ledger/cosigned";
/// After how long witnesses that did not cosign are asked again.
const AGAIN: Duration = Duration::from_secs(10);

/// What a witness answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// Signature lines.
    Cosigned(String),
    /// The size of the checkpoint that it cosigned last.
    Conflict(u64),
    /// Another HTTP status.
    Refused(u16),
}

/// How a witness is asked.
#[async_trait]
pub trait WitnessPort: Send + Sync {
    /// Sends the body of an `add-checkpoint` request. The error says why there was no
    /// answer.
    async fn add_checkpoint(&self, body: String) -> Result<WitnessAnswer, String>;
}

/// A witness that the log trusts to be one.
pub struct Witness {
    /// Its verifier key.
    pub key: VerifierKey,
    /// How it is asked.
    pub port: Arc<dyn WitnessPort>,
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Witness({})", self.key.name())
    }
}

/// The witnesses of a log, and what they cosigned.
#[derive(Default)]
pub(crate) struct Witnesses {
    these: OnceLock<These>,
    /// A checkpoint was signed.
    pub changed: Notify,
    cosigned: RwLock<Head>,
    /// One at a time asks.
    asking: Mutex<()>,
}

struct These {
    keys: Vec<VerifierKey>,
    asked: Vec<Asked>,
    quorum: usize,
}

struct Asked {
    port: Arc<dyn WitnessPort>,
    /// Size that the witness cosigned last, as far as we know.
    last: AtomicU64,
}

impl Log {
    /// The checkpoint that the world sees: the last one, or the last one that enough
    /// witnesses cosigned.
    pub fn published(&self) -> Head {
        let signed = self.signed();
        let Some(these) = self.witnesses.these.get() else {
            return signed;
        };
        let cosigned = self.witnesses.cosigned.read();
        let cosigned = cosigned.unwrap_or_else(PoisonError::into_inner).clone();
        if these.quorum > 0 || cosigned.size == signed.size {
            cosigned
        } else {
            signed
        }
    }

    /// Makes sure that entry `index` is under a published checkpoint, when it is under a
    /// signed one.
    pub async fn witnessed(&self, index: u64) -> Result<(), TrustError> {
        let quorum = self.witnesses.these.get().map_or(0, |these| these.quorum);
        if quorum == 0 || index >= self.signed().size || index < self.published().size {
            return Ok(());
        }
        let cosigned = self.cosign().await?;
        if index < self.published().size {
            return Ok(());
        }
        Err(TrustError::NotWitnessed { cosigned, quorum })
    }

    /// Shows the last checkpoint to all witnesses at once, and publishes it with what
    /// they sign. Returns how many did.
    async fn cosign(&self) -> Result<usize, TrustError> {
        let Some(these) = self.witnesses.these.get() else {
            return Ok(0);
        };
        let _turn = self.witnesses.asking.lock().await;
        let Head { size, note } = self.signed();
        let Some(note) = note else { return Ok(0) };
        let asks = these.keys.iter().zip(&these.asked);
        let asks = asks.map(|(key, asked)| self.ask(key, asked, size, &note));
        let lines: Vec<String> = join_all(asks).await.into_iter().flatten().collect();
        if lines.is_empty() || lines.len() < these.quorum {
            return Ok(lines.len());
        }
        let cosigned = format!("{note}{}", lines.concat());
        let row = Row::Setting {
            name: COSIGNED.to_owned(),
            value: cosigned.clone(),
        };
        let change = Change {
            tenant: TENANT.to_owned(),
            rows: vec![row],
            ..Change::default()
        };
        self.store.commit(change).await?;
        self.set_cosigned(size, cosigned);
        Ok(lines.len())
    }

    fn set_cosigned(&self, size: u64, note: String) {
        let cosigned = self.witnesses.cosigned.write();
        *cosigned.unwrap_or_else(PoisonError::into_inner) = Head {
            size,
            note: Some(note.into()),
        };
    }

    /// One witness's signature line; none when it does not sign, which is logged.
    async fn ask(&self, key: &VerifierKey, asked: &Asked, size: u64, note: &str) -> Option<String> {
        let witness = key.name();
        // It may know another size than we think, and then says so.
        for _ in 0..2 {
            let old = asked.last.load(Relaxed);
            let make = |tiles: &_| consistency(old, size, tiles);
            let proof = match self.objects.prove(make).await {
                Ok(proof) => proof,
                Err(error) => {
                    tracing::error!(witness, %error, "a witness could not be asked");
                    return None;
                }
            };
            let asked_for = note;
            let note = note.to_owned();
            let body = AddCheckpoint { old, proof, note }.to_body();
            let refused = match asked.port.add_checkpoint(body).await {
                Ok(WitnessAnswer::Cosigned(lines)) => {
                    let line = cosigned_by(key, asked_for, &lines);
                    asked.last.store(size, Relaxed);
                    return line;
                }
                Ok(WitnessAnswer::Conflict(there))
                    if there < size || (there == size && old != size) =>
                {
                    asked.last.store(there, Relaxed);
                    continue;
                }
                Ok(WitnessAnswer::Conflict(there)) => {
                    tracing::error!(
                        witness,
                        there,
                        size,
                        "a witness has seen another ledger under our name: ours was rolled back \
                         or forked, or its key is in other hands"
                    );
                    return None;
                }
                Ok(WitnessAnswer::Refused(status)) => format!("HTTP {status}"),
                Err(reason) => reason,
            };
            tracing::warn!(witness, refused, "a witness did not cosign");
            return None;
        }
        None
    }

    /// Shows every checkpoint to the witnesses.
    pub async fn witness_for_ever(&self) {
        let mut whole = true;
        loop {
            let changed = self.witnesses.changed.notified();
            if whole {
                changed.await;
            } else {
                let _ = tokio::time::timeout(AGAIN, changed).await;
            }
            let all = self.witnesses.these.get();
            let all = all.map_or(0, |these| these.keys.len());
            whole = match self.cosign().await {
                Ok(cosigned) => cosigned == all,
                Err(error) => {
                    tracing::warn!(%error, "what witnesses cosigned was not kept");
                    false
                }
            };
        }
    }
}

impl Trust {
    /// Names the log's witnesses, once after opening. With a `quorum`, no checkpoint is
    /// published, and no receipt given, before so many of them cosigned; without one they
    /// are asked and not waited for.
    ///
    /// # Errors
    /// [`TrustError::NotWitnessed`] when the quorum is larger than their number.
    pub async fn watched_by(
        &self,
        witnesses: Vec<Witness>,
        quorum: usize,
    ) -> Result<(), TrustError> {
        let log = &self.0.log;
        if quorum > witnesses.len() {
            let cosigned = witnesses.len();
            return Err(TrustError::NotWitnessed { cosigned, quorum });
        }
        let (mut keys, mut asked) = (Vec::new(), Vec::new());
        for Witness { key, port } in witnesses {
            keys.push(key);
            let last = AtomicU64::new(0);
            asked.push(Asked { port, last });
        }
        if let Some(note) = self.0.store.setting(TENANT, COSIGNED).await? {
            let checkpoint = Checkpoint::open(&note, &log.key.verifier()).map_err(damaged)?;
            let enough = cosignatures(&note, &keys).map_err(damaged)?.len() >= quorum;
            if enough && checkpoint.size <= log.signed().size {
                log.set_cosigned(checkpoint.size, note);
            }
        }
        let these = These {
            keys,
            asked,
            quorum,
        };
        // A second call changes nothing.
        let _ = log.witnesses.these.set(these);
        log.witnesses.changed.notify_one();
        Ok(())
    }

    /// Shows the last checkpoint to the witnesses now. Returns how many cosigned it.
    pub async fn cosign(&self) -> Result<usize, TrustError> {
        self.0.log.cosign().await
    }
}

/// The good line among those that a witness sent for this note; the log may have signed
/// another one meanwhile.
fn cosigned_by(key: &VerifierKey, note: &str, lines: &str) -> Option<String> {
    let whole = format!("{note}{lines}");
    let found = cosignatures(&whole, std::slice::from_ref(key)).ok()?;
    let found = found.into_iter().next();
    if found.is_none() {
        let witness = key.name();
        tracing::warn!(witness, "a witness sent a cosignature that is not its own");
    }
    Some(found?.line)
}

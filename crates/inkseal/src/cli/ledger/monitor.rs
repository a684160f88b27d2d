//! `inkseal ledger monitor|checkpoint|prove`: a published ledger, seen from outside.

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use clap::Args;
use ledger::VerifierKey;

use crate::{
    cli::{serve::stopped, witness::keys},
    house::Reason,
    monitor::{Alarm, Monitor, Source, Trusted, latest, make_folder, prove},
};

/// A ledger and whom to believe about it.
#[derive(Args)]
pub struct Published {
    /// Where it is published: an Inkseal server, or any prefix of C2SP tlog-tiles.
    url: String,
    /// Its verifier keys, or a file with them (`ledger.vkey`). 账本公钥
    #[arg(long)]
    key: String,
    /// A witness's verifier key, or a file with it. 见证公钥
    #[arg(long = "witness-key")]
    witness_keys: Vec<String>,
    /// How many witnesses must have cosigned.
    #[arg(long, default_value_t = 0)]
    quorum: usize,
}

impl Published {
    /// The ledger, and whom to believe.
    pub fn open(&self) -> Result<(Source, Trusted), Reason> {
        let mut witnesses = Vec::new();
        for key in &self.witness_keys {
            witnesses.push(VerifierKey::parse(&keys(key)?)?);
        }
        let trusted = Trusted {
            keys: keys(&self.key)?,
            witnesses,
            quorum: self.quorum,
        };
        Ok((Source::new(&self.url), trusted))
    }

    /// Prints the last checkpoint, verified.
    pub async fn checkpoint(self) -> Result<(), Reason> {
        let (source, trusted) = self.open()?;
        let (note, _) = latest(&source, &trusted).await?;
        print!("{note}");
        Ok(())
    }

    /// Prints a receipt for an entry, made from the published tiles.
    pub async fn prove(self, index: u64) -> Result<(), Reason> {
        let (source, trusted) = self.open()?;
        let receipt = prove(&source, &trusted, index).await?;
        println!("{}", serde_json::to_string(&receipt)?);
        Ok(())
    }
}

/// Follows a ledger: every new entry is read and hashed, every checkpoint must contain
/// all that was seen before. Ends with exit code 1 when it does not.
#[derive(Args)]
pub struct Follow {
    #[command(flatten)]
    published: Published,
    /// Where to write down what was seen; without it, everything is read from the first
    /// entry on at every start. 状态文件
    #[arg(long)]
    state: Option<PathBuf>,
    /// Look once.
    #[arg(long)]
    once: bool,
    /// Seconds between two looks.
    #[arg(long, default_value_t = 10)]
    interval: u64,
    /// Seconds after which a ledger that cannot be read, or has too few cosignatures, is
    /// an alarm.
    #[arg(long, default_value_t = 300)]
    stale: u64,
    /// Run by the shell at an alarm, with `INKSEAL_ALARM` (a code) and
    /// `INKSEAL_ALARM_TEXT`. 报警命令
    #[arg(long)]
    alarm: Option<String>,
}

impl Follow {
    /// Runs until it is stopped or the ledger is not what it was.
    pub async fn run(self) -> Result<(), Reason> {
        tokio::select! {
            done = self.follow() => done,
            () = stopped() => Ok(()),
        }
    }

    async fn follow(&self) -> Result<(), Reason> {
        if let Some(state) = &self.state {
            make_folder(state)?;
        }
        let mut monitor = None;
        let (mut good, mut told) = (Instant::now(), false);
        loop {
            match self.look(&mut monitor).await {
                Ok(()) if self.once => return Ok(()),
                Ok(()) => (good, told) = (Instant::now(), false),
                // May pass.
                Err(alarm @ (Alarm::Unreachable(_) | Alarm::Unwitnessed { .. })) if !self.once => {
                    tracing::warn!(%alarm, "the ledger was not seen");
                    if !told && good.elapsed() >= Duration::from_secs(self.stale) {
                        self.shout(&alarm).await;
                        told = true;
                    }
                }
                Err(alarm) => {
                    self.shout(&alarm).await;
                    return Err(alarm.into());
                }
            }
            tokio::time::sleep(Duration::from_secs(self.interval.max(1))).await;
        }
    }

    async fn look(&self, monitor: &mut Option<Monitor>) -> Result<(), Alarm> {
        let there = match monitor {
            Some(there) => there,
            None => {
                let opened = self.published.open();
                let (source, trusted) = opened.map_err(|e| Alarm::State(e.to_string()))?;
                let state = self.state.clone();
                monitor.insert(Monitor::open(source, trusted, state).await?)
            }
        };
        let seen = there.look().await?;
        let root = hex::encode(seen.root);
        println!("{{\"size\":{},\"root\":\"{root}\"}}", seen.size);
        Ok(())
    }

    /// Says it where it is heard.
    async fn shout(&self, alarm: &Alarm) {
        let (code, text) = (alarm.code(), alarm.to_string());
        tracing::error!(code, text, "ALARM 账本异常");
        let Some(command) = &self.alarm else { return };
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(command);
        shell
            .env("INKSEAL_ALARM", code)
            .env("INKSEAL_ALARM_TEXT", text);
        let done = tokio::task::spawn_blocking(move || shell.status()).await;
        if !done.is_ok_and(|status| status.is_ok_and(|status| status.success())) {
            tracing::error!(command, "the alarm command failed");
        }
    }
}

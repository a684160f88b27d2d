//! Event certificates a second, journaled, in the ledger and durable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use crypto::{EventKey, Hash, KeyStore, Keys, Signer, Suite, digest};
use pki::{EventBinding, Name};
use serde_json::json;
use store::Store;
use trust::{EventRequest, Settings, Trust};

use super::{act::merge, processor_seconds, progress, resident, spread};
use crate::{
    cli::ProfileName,
    house::{ORIGIN, Reason, now},
};

const TENANT: &str = "bench";

/// Measures event certificates in a fresh folder, each for a key of its own.
#[derive(Args)]
pub struct Ca {
    #[arg(long, value_enum, default_value = "intl")]
    profile: ProfileName,
    /// Requests at once.
    #[arg(long, default_value_t = 256)]
    requesters: usize,
    /// Certificates in all.
    #[arg(long, default_value_t = 20_000)]
    certificates: usize,
}

impl Ca {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let suite = match self.profile {
            ProfileName::Gm => Suite::Sm2Sm3,
            ProfileName::Intl => Suite::P256Sha256,
        };
        let folder = tempfile::tempdir()?;
        let store = Store::open(&folder.path().join("data")).await?;
        let passphrase = hex::encode(crypto::random::<16>());
        let keys = KeyStore::create(&folder.path().join("keys"), &passphrase)?;
        let settings = Settings {
            operator: "Inkseal bench".to_owned(),
            origin: ORIGIN.to_owned(),
            url: String::new(),
        };
        let keys = Keys::from(Arc::new(keys));
        let trust = Trust::open(store.clone(), keys, settings, Arc::new(now)).await?;
        let sequencer = trust.spawn_sequencer();
        let ready = Arc::new(self.prepare(suite)?);

        let bar = progress(ready.len(), "certificates");
        let (began, used) = (Instant::now(), processor_seconds("self"));
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..self.requesters.max(1) {
            let (trust, bar) = (trust.clone(), bar.clone());
            let (ready, next) = (Arc::clone(&ready), Arc::clone(&next));
            workers.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while let Some(one) = ready.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let began = Instant::now();
                    trust.issue_event(TENANT, one.clone()).await?;
                    times.push(began.elapsed());
                    bar.inc(1);
                }
                Ok::<_, Reason>(times)
            }));
        }
        let mut times: Vec<Duration> = Vec::with_capacity(ready.len());
        for worker in workers {
            times.extend(worker.await??);
        }
        let seconds = began.elapsed().as_secs_f64();
        let used = processor_seconds("self") - used;
        bar.finish_and_clear();
        sequencer.abort();
        let (resident, highest) = resident("self");
        let count = f64::from(u32::try_from(times.len())?);
        let mut figure = json!({
            "figure": "ca", "suite": suite.name(), "requesters": self.requesters,
            "certificates": times.len(), "seconds": (seconds * 1000.0).round() / 1000.0,
            "certificates_per_second": (count / seconds).round(),
            "processor_ms_per_certificate": (used * 1e6 / count).round() / 1000.0,
            "journaled": true, "durable": true,
            "resident_mib": resident, "resident_highest_mib": highest,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
        });
        merge(&mut figure, spread(times));
        println!("{figure}");
        store.close().await;
        Ok(())
    }

    /// The requests, each with a fresh key that will sign nothing.
    fn prepare(&self, suite: Suite) -> Result<Vec<EventRequest>, Reason> {
        let bar = progress(self.certificates, "preparing");
        let mut ready = Vec::with_capacity(self.certificates);
        for index in 0..self.certificates {
            let act = format!("{index:032x}");
            ready.push(EventRequest {
                suite,
                subject: Name {
                    common_name: "陈思远".to_owned(),
                    organization: None,
                    country: "CN".to_owned(),
                    serial_number: Some(hex::encode(digest(Hash::Sm3, act.as_bytes()).as_bytes())),
                },
                spki: EventKey::generate(suite)?.spki().to_vec(),
                binding: EventBinding {
                    contract: act.clone(),
                    mode: "pad".to_owned(),
                    policy: "pad/1".to_owned(),
                    revision: digest(suite.hash(), act.as_bytes()),
                    evidence: digest(suite.hash(), b"evidence"),
                    act,
                },
            });
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(ready)
    }
}

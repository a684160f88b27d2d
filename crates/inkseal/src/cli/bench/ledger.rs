//! Ledger entries a second, durable and under a checkpoint, and inclusion proofs in a
//! large log.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use clap::Args;
use crypto::{Keys, random, random_id};
use ledger::{Edge, leaf_hash, verify_inclusion};
use serde_json::json;
use store::Store;
use tokio::sync::Mutex;
use trust::{LogObjects, Trust};

use super::{act::merge, processor_seconds, progress, resident, spread};
use crate::house::{ORIGIN, Reason, now, open_keys};

/// How often the bench looks whether there is another checkpoint.
const LOOK: Duration = Duration::from_millis(20);
/// Entries of the large log that are made at once: all tiles of their level are full.
const STEP: u64 = 65_536;

/// Measures the ledger: entries of 190 bytes come in while the sequencer runs; then
/// entries of a log of ten million are proven.
#[derive(Args)]
pub struct Ledger {
    /// Entries in all.
    #[arg(long, default_value_t = 600_000)]
    entries: u64,
    /// Services that send at once.
    #[arg(long, default_value_t = 32)]
    services: usize,
    /// Entries that one sends at once, and waits until they are durable.
    #[arg(long, default_value_t = 32)]
    each: u64,
    /// Entries of the log in which inclusion is proven.
    #[arg(long, default_value_t = 10_000_000)]
    log: u64,
    /// Proofs.
    #[arg(long, default_value_t = 5000)]
    proofs: usize,
    /// Where everything is kept; a folder that is removed afterwards when not given.
    #[arg(long)]
    data: Option<PathBuf>,
}

impl Ledger {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let scratch = tempfile::tempdir()?;
        let data = self.data.clone();
        let data = data.unwrap_or_else(|| scratch.path().join("data"));
        self.entries(&data.join("entries")).await?;
        self.proofs(&data.join("proofs")).await
    }

    async fn entries(&self, data: &std::path::Path) -> Result<(), Reason> {
        let store = Store::open(data).await?;
        let settings = trust::Settings {
            operator: "bench".to_owned(),
            origin: ORIGIN.to_owned(),
            url: String::new(),
        };
        let keys = Keys::from(Arc::new(open_keys(data)?));
        let trust = Trust::open(store.clone(), keys, settings, Arc::new(now)).await?;
        let first = trust.sequence().await?;
        let sequencer = trust.spawn_sequencer();
        let gaps = Arc::new(Mutex::new(Vec::new()));
        let looking = tokio::spawn(checkpoints(trust.clone(), Arc::clone(&gaps)));

        let bar = progress(usize::try_from(self.entries)?, "entries");
        let (began, used) = (Instant::now(), processor_seconds("self"));
        let done = Arc::new(AtomicU64::new(0));
        let mut services = Vec::new();
        for _ in 0..self.services.max(1) {
            let (trust, done, bar) = (trust.clone(), Arc::clone(&done), bar.clone());
            let (all, each) = (self.entries, self.each.max(1));
            services.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while done.fetch_add(each, Relaxed) < all {
                    let entries = (0..each).map(|_| entry()).collect();
                    let began = Instant::now();
                    trust.append("bench", entries).await?;
                    times.push(began.elapsed());
                    bar.inc(each);
                }
                Ok::<_, Reason>(times)
            }));
        }
        let half = memory_at(&done, self.entries / 2).await;
        let mut times = Vec::new();
        for service in services {
            times.extend(service.await??);
        }
        let durable = began.elapsed().as_secs_f64();
        let size = trust.sequence().await?;
        let all = began.elapsed().as_secs_f64();
        let used = processor_seconds("self") - used;
        bar.finish_and_clear();
        sequencer.abort();
        looking.abort();
        let gaps = gaps.lock().await;
        let (end, highest) = resident("self");
        let entries = f64::from(u32::try_from(size - first)?);
        let rate = |seconds: f64| (entries / seconds).round();
        let mut figure = json!({
            "figure": "ledger", "services": self.services, "each": self.each,
            "entries": size - first, "entries_per_second": rate(durable),
            "sequenced_per_second": rate(all),
            "checkpoints": gaps.len(),
            "longest_between_checkpoints_ms": gaps.iter().max().map(Duration::as_millis),
            "processor_us_per_entry": (used * 1e7 / entries).round() / 10.0,
            "resident_mib_half": half, "resident_mib": end, "resident_highest_mib": highest,
            "durable": true,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
        });
        merge(&mut figure, spread(times));
        println!("{figure}");
        drop(gaps);
        drop(trust);
        store.close().await;
        Ok(())
    }

    /// The log has the tiles of real entries; bundles, which no proof needs, are left out.
    async fn proofs(&self, data: &std::path::Path) -> Result<(), Reason> {
        let store = Store::open(data).await?;
        let objects = LogObjects::of(&store);
        let bar = progress(usize::try_from(self.log)?, "preparing the log");
        let mut edge = Edge::default();
        while edge.size() < self.log {
            let until = (edge.size() + STEP).min(self.log);
            let entries: Vec<_> = (edge.size()..until).map(numbered).collect();
            let mut tiles = edge.grow(&entries)?.objects;
            let last = until == self.log;
            tiles.retain(|(path, _)| {
                !path.starts_with("tile/entries/") && (last || !path.contains(".p/"))
            });
            objects.write(tiles).await?;
            bar.inc(STEP);
        }
        bar.finish_and_clear();
        let root = edge.root();
        let mut times = Vec::with_capacity(self.proofs);
        for _ in 0..self.proofs {
            let index = u64::from_be_bytes(random::<8>()) % self.log;
            let began = Instant::now();
            let proof = objects.inclusion(index, self.log).await?;
            times.push(began.elapsed());
            let leaf = leaf_hash(&numbered(index));
            verify_inclusion(&leaf, index, self.log, &proof, &root)?;
        }
        let (resident, highest) = resident("self");
        let mut figure = json!({
            "figure": "inclusion", "log": self.log, "proofs": self.proofs,
            "resident_mib": resident, "resident_highest_mib": highest,
        });
        merge(&mut figure, spread(times));
        println!("{figure}");
        store.close().await;
        Ok(())
    }
}

/// Looks for checkpoints until it is ended, and writes down how long there was none.
async fn checkpoints(trust: Trust, gaps: Arc<Mutex<Vec<Duration>>>) {
    let (mut last, mut since) = (None, Instant::now());
    loop {
        tokio::time::sleep(LOOK).await;
        let note = trust.ledger_object("checkpoint").await.ok().flatten();
        if note != last {
            gaps.lock().await.push(since.elapsed());
            (last, since) = (note, Instant::now());
        }
    }
}

/// Resident memory in MiB when so many entries were sent.
async fn memory_at(done: &AtomicU64, entries: u64) -> u64 {
    while done.load(Relaxed) < entries {
        tokio::time::sleep(LOOK).await;
    }
    resident("self").0
}

/// An entry as the signing service makes them, each another.
fn entry() -> Vec<u8> {
    let (contract, digest) = (random_id(), hex::encode(random::<32>()));
    let events = format!("\"sm3:{digest}\"");
    let entry = format!(
        "{{\"contract\":\"{contract}\",\"events\":[{events}],\"first\":0,\"kind\":\"events\",\"version\":1}}"
    );
    entry.into_bytes()
}

fn numbered(index: u64) -> Vec<u8> {
    index.to_be_bytes().to_vec()
}

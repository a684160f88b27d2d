//! Timestamps a second, in process and over HTTP.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::Args;
use crypto::{Digest, Suite, digest};
use pki::{
    Certificate, Purpose,
    timestamp::{Request, Token, read_response},
    validate,
};
use serde_json::json;
use trust::Trust;

use super::{act::merge, processor_seconds, progress, resident, spread};
use crate::{cli::serve::Open, config::Config, house::Reason};

/// Of so many tokens one is verified, path included; one that fails ends the bench.
const SAMPLE: usize = 64;

/// Measures timestamp tokens by P-256 and SM2, in process and over HTTP.
#[derive(Args)]
pub struct Timestamp {
    /// Callers that ask at once; over HTTP each has a connection of its own.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Tokens for each figure.
    #[arg(long, default_value_t = 20_000)]
    times: usize,
}

/// Where tokens come from.
#[derive(Clone)]
enum Source {
    InProcess(Trust),
    /// Over a client's own connection, from this URL.
    Http(reqwest::Client, String),
}

impl Timestamp {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let scratch = tempfile::tempdir()?;
        let mut config = Config::load(None)?;
        config.data = scratch.path().join("data");
        config.listen = ([127, 0, 0, 1], 0).into();
        config.public_url = String::new();
        config.sms_url = String::new();
        let open = Open::at(&config).await?;
        let house = open.house.trust.clone();
        let trust = house.ok_or("this role has no timestamp authority")?.trust;
        let anchors = Arc::new(Certificate::from_pem_many(&trust.anchors_pem())?);
        let url = open.url.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = tokio::spawn(open.serve(async move {
            let _ = stopped.await;
        }));
        for suite in [Suite::P256Sha256, Suite::Sm2Sm3] {
            let own = |_| Source::InProcess(trust.clone());
            self.figure("in-process", suite, &anchors, own).await?;
            let path = format!("{url}/api/v1/trust/tsa/{}", suite.name());
            let connected = |_| Source::Http(crate::outside::client(&url), path.clone());
            self.figure("http", suite, &anchors, connected).await?;
        }
        let _ = stop.send(());
        serving.await?
    }

    async fn figure(
        &self,
        over: &str,
        suite: Suite,
        anchors: &Arc<Vec<Certificate>>,
        source: impl Fn(usize) -> Source,
    ) -> Result<(), Reason> {
        let bar = progress(self.times, "timestamps");
        let next = Arc::new(AtomicUsize::new(0));
        let (began, used) = (Instant::now(), processor_seconds("self"));
        let mut workers = Vec::new();
        for client in 0..self.clients.max(1) {
            let (source, anchors) = (source(client), Arc::clone(anchors));
            let (next, times, bar) = (Arc::clone(&next), self.times, bar.clone());
            workers.push(tokio::spawn(async move {
                let mut took = Vec::new();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= times {
                        return Ok::<_, Reason>(took);
                    }
                    let imprint = digest(suite.hash(), &number.to_be_bytes());
                    let began = Instant::now();
                    let token = source.token(suite, &imprint, number).await?;
                    took.push(began.elapsed());
                    if let Some(token) = token {
                        check(&token, &imprint, &anchors)?;
                        bar.inc(SAMPLE as u64);
                    }
                }
            }));
        }
        let mut took: Vec<Duration> = Vec::with_capacity(self.times);
        for worker in workers {
            took.extend(worker.await??);
        }
        let (seconds, used) = (
            began.elapsed().as_secs_f64(),
            processor_seconds("self") - used,
        );
        bar.finish_and_clear();
        let tokens = f64::from(u32::try_from(took.len())?);
        let (_, highest) = resident("self");
        let mut figure = json!({
            "figure": "timestamp", "over": over, "suite": suite.name(),
            "clients": self.clients, "tokens": took.len(),
            "verified": took.len().div_ceil(SAMPLE),
            "seconds": (seconds * 1000.0).round() / 1000.0,
            "tokens_per_second": (tokens / seconds).round(),
            // Of callers and service together.
            "processor_us_per_token": (used * 1e7 / tokens).round() / 10.0,
            "resident_highest_mib": highest,
            "processors": std::thread::available_parallelism().map_or(0, usize::from),
        });
        merge(&mut figure, spread(took));
        println!("{figure}");
        Ok(())
    }
}

impl Source {
    /// One token; read when it is one of the sample.
    async fn token(
        &self,
        suite: Suite,
        imprint: &Digest,
        number: usize,
    ) -> Result<Option<Token>, Reason> {
        let sampled = number.is_multiple_of(SAMPLE);
        match self {
            Self::InProcess(trust) => {
                let token = trust.timestamp(suite, imprint).await?;
                Ok(sampled.then(|| Token::parse(&token)).transpose()?)
            }
            Self::Http(http, url) => {
                let request = Request::new(imprint.clone(), Some(number as u64), true);
                let query = http
                    .post(url)
                    .header("content-type", "application/timestamp-query")
                    .body(request.to_der());
                let answer = query.send().await?.error_for_status()?.bytes().await?;
                let token = sampled.then(|| read_response(&answer, &request));
                Ok(token.transpose()?)
            }
        }
    }
}

fn check(token: &Token, imprint: &Digest, anchors: &[Certificate]) -> Result<(), Reason> {
    token.verify(imprint)?;
    let at = token.time_ms().div_euclid(1000);
    let certificates = token.certificates();
    validate(
        token.signer(),
        certificates,
        anchors,
        at,
        Purpose::Timestamping,
    )?;
    Ok(())
}

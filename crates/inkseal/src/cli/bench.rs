//! `inkseal bench`: one line of JSON per figure.
//!
//! Each bench prepares everything before the clock starts and says in its figure
//! what it measured, so that figures of two machines can be compared.

mod act;
mod ca;
mod files;
mod ledger;
mod page;
mod sessions;
mod timestamp;

use std::time::Duration;

use clap::Subcommand;
use serde_json::{Value, json};

use super::wait;
use crate::house::Reason;

/// What can be measured.
#[derive(Subcommand)]
pub enum Bench {
    /// Signing acts a second: certificate, signature, timestamp, revision, durable commit.
    Act(act::Act),
    /// Event certificates a second: journaled, in the ledger, durable.
    Ca(ca::Ca),
    /// One signed revision: prepare, digest, embed.
    Pdf(files::Pdf),
    /// One page: its picture and its text.
    Page(page::Page),
    /// Opening, evidence and submission over HTTP while many sessions are open.
    Sessions(sessions::Sessions),
    /// Timestamp tokens a second, in process and over HTTP.
    Timestamp(timestamp::Timestamp),
    /// Verifying a finished four-party contract.
    Verify(files::Verify),
    /// Ledger entries a second, durable and under a checkpoint; inclusion proofs.
    Ledger(ledger::Ledger),
}

impl Bench {
    /// Runs one bench.
    pub fn run(self) -> Result<(), Reason> {
        match self {
            Self::Act(act) => wait(act.run()),
            Self::Ca(ca) => wait(ca.run()),
            Self::Pdf(pdf) => wait(pdf.run()),
            Self::Page(page) => wait(page.run()),
            Self::Sessions(sessions) => wait(sessions.run()),
            Self::Timestamp(timestamp) => wait(timestamp.run()),
            Self::Verify(verify) => verify.run(),
            Self::Ledger(ledger) => wait(ledger.run()),
        }
    }
}

/// A progress bar on the terminal, so that the figure stays alone on stdout.
fn progress(length: usize, what: &'static str) -> indicatif::ProgressBar {
    let template = "{msg} {wide_bar} {pos}/{len}";
    let bar = indicatif::ProgressBar::new(length as u64);
    if let Ok(style) = indicatif::ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.with_message(what)
}

/// How long single operations took, as JSON: median, 99th percentile and maximum.
fn spread(mut times: Vec<Duration>) -> Value {
    times.sort_unstable();
    let at = |part: usize| {
        let index = (times.len() * part / 100).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1000.0
    };
    let round = |ms: f64| (ms * 1000.0).round() / 1000.0;
    json!({ "p50_ms": round(at(50)), "p99_ms": round(at(99)), "max_ms": round(at(100)) })
}

/// Processor time that a process has used so far, in seconds (Linux: hundredths);
/// `process` is its number, or `self`.
fn processor_seconds(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // After the name in brackets come the state and the rest; see proc(5).
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: u32 = fields
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u32>().ok())
        .sum();
    f64::from(ticks) / 100.0
}

/// Resident memory of a process in MiB: now, and at its highest (Linux).
fn resident(process: &str) -> (u64, u64) {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let digits = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        digits.unwrap_or_default() / 1024
    };
    (field("VmRSS:"), field("VmHWM:"))
}

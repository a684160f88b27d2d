//! Witnesses of ledgers (C2SP tlog-witness): being one, and asking one.

mod client;
mod server;

pub use client::HttpWitness;
pub use server::{Witness, router};

use std::time::Duration;

/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes.
const LONGEST_ANSWER: usize = 64 * 1024;

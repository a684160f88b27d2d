//! The one binary: configuration, services, HTTP API and command line.
//!
//! [`house`] puts the parts together, [`http`] shows them to the world, and each
//! command of the command line is one file in [`cli`].

mod adapters;
mod anchoring;
mod authority;
mod authority_simulator;
mod ca_simulator;
mod callback;
mod cli;
mod config;
mod csc;
mod external_ca;
mod forensic;
mod forwarder;
mod house;
mod http;
mod metrics_page;
mod monitor;
mod outside;
mod role;
mod services;
mod simulator;
mod sms;
mod sms_simulator;
mod template;
mod tls;
mod trust_service;
mod tsa;
mod wire;
mod witness;

use clap::Parser;

/// A server frees on other threads than it allocates on, which glibc's allocator
/// answers with twice the memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run(cli::Arguments::parse())
}

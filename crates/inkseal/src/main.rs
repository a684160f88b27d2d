//! The one binary: configuration, services, HTTP API and command line.
//!
//! [`house`] puts the parts together, [`http`] shows them to the world, and each
//! command of the command line is one file in [`cli`].

mod adapters;
mod cli;
mod config;
mod house;
mod http;
mod sms;

use clap::Parser;

fn main() -> std::process::ExitCode {
    cli::run(cli::Arguments::parse())
}

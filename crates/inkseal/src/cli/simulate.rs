//! `inkseal simulate`: simulators as servers of their own.

use std::net::SocketAddr;

use clap::Subcommand;

use crate::{house::Reason, sms};

/// Simulators.
#[derive(Subcommand)]
pub enum Simulate {
    /// An SMS gateway that delivers to an outbox: GET /messages/{number}. 短信网关模拟器
    Sms {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8641")]
        listen: SocketAddr,
    },
}

impl Simulate {
    /// Runs until it is stopped.
    pub async fn run(self) -> Result<(), Reason> {
        let Self::Sms { listen } = self;
        let address = sms::simulate(listen).await?;
        println!("SMS simulator 短信模拟器  http://{address}");
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}

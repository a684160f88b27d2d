//! `inkseal simulate`: simulators as servers of their own.

use std::{net::SocketAddr, path::PathBuf};

use clap::Subcommand;

use crate::{ca_simulator, house::Reason, sms};

/// Simulators.
#[derive(Subcommand)]
pub enum Simulate {
    /// An SMS gateway that delivers to an outbox: GET /messages/{number}. 短信网关模拟器
    Sms {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8641")]
        listen: SocketAddr,
    },
    /// A certificate authority elsewhere; prints the settings for it. 外部 CA 模拟器
    Ca {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8642")]
        listen: SocketAddr,
        /// Where it puts its anchors and the client's keys.
        #[arg(long, default_value = "ca-simulator")]
        out: PathBuf,
    },
}

impl Simulate {
    /// Runs until it is stopped.
    pub async fn run(self) -> Result<(), Reason> {
        match self {
            Self::Sms { listen } => {
                let address = sms::simulate(listen).await?;
                println!("SMS simulator 短信模拟器  http://{address}");
            }
            Self::Ca { listen, out } => {
                let started = ca_simulator::simulate(listen, &out).await?;
                println!("# CA simulator 外部 CA 模拟器, for the configuration file:");
                println!("[external_ca]");
                println!("url = \"http://{}\"", started.address);
                println!("key_id = \"inkseal\"");
                println!("secret_file = \"{}\"", started.secret.display());
                println!("# sm2_key_file = \"{}\"", started.client_key.display());
                println!("anchors = \"{}\"", started.anchors.display());
            }
        }
        tokio::signal::ctrl_c().await?;
        Ok(())
    }
}

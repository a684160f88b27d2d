//! `inkseal simulate`: simulators as servers of their own.

use std::{net::SocketAddr, path::PathBuf};

use clap::Subcommand;

use crate::{
    authority_simulator::{self, AnswersBy},
    ca_simulator,
    house::Reason,
    sms_simulator,
};

/// Simulators.
#[derive(Subcommand)]
pub enum Simulate {
    /// An SMS gateway that delivers to an inbox, which is the page at its address; prints
    /// the settings for it. 短信网关模拟器
    Sms {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8641")]
        listen: SocketAddr,
        /// Where it puts the client's keys.
        #[arg(long, default_value = "sms-simulator")]
        out: PathBuf,
    },
    /// An identity authority with people and companies; prints the settings for it.
    /// 身份核验机构模拟器
    Authority {
        /// Where it listens.
        #[arg(long, default_value = "127.0.0.1:8643")]
        listen: SocketAddr,
        /// Where it puts the client's keys.
        #[arg(long, default_value = "authority-simulator")]
        out: PathBuf,
        /// With what it signs its answers.
        #[arg(long, value_enum, default_value = "hmac")]
        answers: AnswersBy,
        /// How many people of its own making it knows, beside those of the sample contract.
        #[arg(long, default_value_t = 100)]
        people: u32,
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
            Self::Sms { listen, out } => {
                let started = sms_simulator::simulate(listen, &out).await?;
                println!("# SMS simulator 短信模拟器, for the configuration file:");
                println!("[sms_gateway]");
                println!("url = \"http://{}\"", started.address);
                println!("key_id = \"inkseal\"");
                println!("secret_file = \"{}\"", started.secret.display());
                println!("# sm2_key_file = \"{}\"", started.client_key.display());
                println!("idempotent = true");
                println!("[sms_gateway.delivery]");
            }
            Self::Authority {
                listen,
                out,
                answers,
                people,
            } => {
                let started = authority_simulator::simulate(listen, &out, answers, people).await?;
                println!(
                    "# identity authority simulator 身份核验模拟器, for the configuration file:"
                );
                println!("[identity_authority]");
                println!("url = \"http://{}\"", started.address);
                println!("key_id = \"inkseal\"");
                println!("secret_file = \"{}\"", started.secret.display());
                println!("# sm2_key_file = \"{}\"", started.client_key.display());
                if answers == AnswersBy::HmacSm3 {
                    println!("secret_mac = \"hmac-sm3\"");
                }
                if let Some(key) = started.answer_key {
                    println!("answer_key_file = \"{}\"", key.display());
                }
                println!("idempotent = true");
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

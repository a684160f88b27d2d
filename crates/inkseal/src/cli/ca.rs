//! `inkseal ca`: the certificate authority, and who may ask it.

mod service;

use clap::Subcommand;
pub use service::papers;

use crate::house::Reason;

/// The certificate authority.
#[derive(Subcommand)]
pub enum Ca {
    /// Register another service, list them, or remove one. 登记可接入的服务
    Service(service::Service),
}

impl Ca {
    /// Runs a command.
    pub async fn run(self) -> Result<(), Reason> {
        match self {
            Self::Service(service) => service.run().await,
        }
    }
}

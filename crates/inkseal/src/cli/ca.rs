//! `inkseal ca`: the certificate authority, and who may ask it.

mod external;
mod service;

use clap::Subcommand;
pub use service::papers;

use crate::house::Reason;

/// The certificate authority.
#[derive(Subcommand)]
pub enum Ca {
    /// Register another service, list them, or remove one. 登记可接入的服务
    Service(service::Service),
    /// Ask the configured authority elsewhere for a certificate that nobody uses. 检查外部 CA
    ExternalCheck(external::Check),
}

impl Ca {
    /// Runs a command.
    pub async fn run(self) -> Result<(), Reason> {
        match self {
            Self::Service(service) => service.run().await,
            Self::ExternalCheck(check) => check.run().await,
        }
    }
}

//! `inkseal ca external-check`: whether an authority elsewhere can be used.

use std::sync::Arc;

use clap::Args;
use crypto::SoftwareKey;
use pki::{CertificationRequest, Name, Profile};

use crate::{
    cli::ConfigFile,
    external_ca::{AskError, Client, protocol::Kind},
    house::{Reason, now},
};

/// Asks the configured authority for certificates that nobody uses.
#[derive(Args)]
pub struct Check {
    #[command(flatten)]
    config: ConfigFile,
}

impl Check {
    /// Says whether the authority answers, and whether what it issues can be trusted.
    pub async fn run(self) -> Result<(), Reason> {
        let settings = self.config.load()?.external_ca;
        let settings = settings.ok_or("no external_ca is configured; see docs/external-ca.md")?;
        let client = Client::open(&settings, Arc::new(now))?;
        let coded = |error: AskError| format!("{}: {error}", error.code());
        let name = client.name().await.map_err(coded)?;
        println!("authority 证书机构  {name}  {}", settings.url);
        for suite in client.suites() {
            let key = SoftwareKey::generate(*suite)?;
            let subject = Name {
                common_name: "连接检查".to_owned(),
                organization: None,
                country: "CN".to_owned(),
                serial_number: None,
            };
            let request = CertificationRequest::sign(&subject, &Profile::Enterprise, &key)?;
            let asked = client.ask(*suite, Kind::Check, request).await;
            let chain = asked.map_err(|error| format!("{}: {}", suite.name(), coded(error)))?;
            let issuer = chain.first().map(|leaf| leaf.issuer().to_owned());
            let issuer = issuer.unwrap_or_default();
            println!("  {}  trusted 可信  {issuer}", suite.name());
        }
        Ok(())
    }
}

//! `inkseal ca service`: which services may ask the trust service.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use store::Store;
use time::OffsetDateTime;

use crate::{
    cli::ConfigFile,
    config::Config,
    house::{Reason, made_for, now, role_of, write_private},
    services::{Services, authority::ServiceAuthority},
};

/// Gives a service a certificate with which it may ask the trust service; without a name,
/// lists those that may. The trust service must not be running.
#[derive(Args)]
pub struct Service {
    #[command(flatten)]
    config: ConfigFile,
    /// Its name: 1 to 32 characters of a-z, 0-9 and -. 服务名称
    #[arg(long)]
    name: Option<String>,
    /// Where certificate, key and authority go. 输出目录
    #[arg(long, requires = "name", default_value = ".")]
    out: PathBuf,
    /// Take its certificates back instead: it is refused from now on. 注销
    #[arg(long, requires = "name", conflicts_with = "out")]
    remove: bool,
}

impl Service {
    /// Registers, lists or removes.
    pub async fn run(self) -> Result<(), Reason> {
        let config = self.config.load()?;
        let store = Store::open(&config.data).await?;
        let done = self.with(&config, &store).await;
        store.close().await;
        done
    }

    async fn with(&self, config: &Config, store: &Store) -> Result<(), Reason> {
        let services = Services::of(store);
        let Some(name) = &self.name else {
            for service in services.all().await? {
                let until = OffsetDateTime::from_unix_timestamp(service.until)?.date();
                println!(
                    "{}  until 有效期至 {until}  {}",
                    service.name, service.fingerprint
                );
            }
            return Ok(());
        };
        if self.remove {
            return match services.remove(name).await? {
                0 => Err(format!("there is no service {name:?}").into()),
                count => {
                    println!("{name}: {count} certificates were taken back 已注销");
                    Ok(())
                }
            };
        }
        let given = papers(config, store, name, &self.out).await?;
        let until = OffsetDateTime::from_unix_timestamp(given.until)?.date();
        println!("{name} may ask the trust service until {until} 已登记，有效期至 {until}");
        println!("  tls_certificate = \"{}\"", given.certificate.display());
        println!("  tls_key = \"{}\"", given.key.display());
        println!("  tls_authorities = \"{}\"", given.authorities.display());
        Ok(())
    }
}

/// What a service needs to ask, as files.
pub struct Papers {
    /// Its certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// The authority of the trust service's own certificate.
    pub authorities: PathBuf,
    /// Until when it may ask, unix seconds.
    pub until: i64,
}

/// Registers a service and writes its papers into a folder.
pub async fn papers(
    config: &Config,
    store: &Store,
    name: &str,
    out: &Path,
) -> Result<Papers, Reason> {
    let role = role_of(store).await?.unwrap_or(config.role);
    if !role.trusts() {
        return Err("the data folder has no certificate authority: its role is `signing`".into());
    }
    made_for(store, role).await?;
    let keys = config.open_keys().await?;
    let now = OffsetDateTime::from_unix_timestamp(now().div_euclid(1000))?;
    let authority = ServiceAuthority::open(store, &keys, now).await?;
    let issued = authority.issue(name, Vec::new(), now)?;
    let given = Papers {
        certificate: out.join(format!("{name}.pem")),
        key: out.join(format!("{name}.key")),
        authorities: out.join("trust.pem"),
        until: issued.service.until,
    };
    Services::of(store).enter(issued.service).await?;
    fs::create_dir_all(out)?;
    fs::write(&given.certificate, &issued.certificate)?;
    fs::write(&given.authorities, authority.pem())?;
    write_private(&given.key, issued.key.as_bytes())?;
    Ok(given)
}

//! `inkseal ca issue|show|revoke|certificates`: lasting certificates, by the service's own
//! store. While the service runs, its API does the same: `/api/v1/admin/certificates`.

use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use pki::{Certificate, CertificationRequest, revocation::Reason as Why};
use serde_json::{Value, json};
use store::Store;
use trust::{Lasting, Record, Trust};

use crate::{
    adapters::in_process::ENTERPRISE_YEARS,
    cli::ConfigFile,
    house::{Reason, made_for, open_trust, role_of},
    http::auth::OPERATOR,
};

/// Records that are read at once.
const PAGE: u32 = 256;

/// What a certificate is for.
#[derive(Clone, Copy, ValueEnum)]
enum Profile {
    /// A person's key. 个人
    Person,
    /// A company's key. 企业
    Enterprise,
    /// The key of a maker of electronic seals. 制章人
    SealMaker,
}

/// Why a certificate is revoked (RFC 5280, 5.3.1).
#[derive(Clone, Copy, ValueEnum)]
enum RevocationReason {
    /// Nothing is said. 未说明
    Unspecified,
    /// Somebody else may have the key. 密钥泄露
    KeyCompromise,
    /// Name or company has changed. 主体变更
    AffiliationChanged,
    /// There is another certificate. 已更换
    Superseded,
    /// It is no longer needed. 停止使用
    CessationOfOperation,
    /// A right that it states was withdrawn. 撤销权限
    PrivilegeWithdrawn,
}

/// Issues a certificate for the key of a certification request. The service must not be
/// running.
#[derive(Args)]
pub struct Issue {
    #[command(flatten)]
    config: ConfigFile,
    /// What the certificate is for. 用途
    #[arg(long, value_enum)]
    profile: Profile,
    /// The request, PKCS #10 in PEM; its signature proves that the requester has the key,
    /// who the subject is you have made sure of. 证书请求
    #[arg(long)]
    request: PathBuf,
    /// Years of validity, 1 to 5. 有效年数
    #[arg(long, default_value_t = ENTERPRISE_YEARS)]
    years: u32,
}

impl Issue {
    /// Prints the chain, PEM: the certificate and its authority's.
    pub async fn run(self) -> Result<(), Reason> {
        let text = fs::read_to_string(&self.request)
            .map_err(|error| format!("{}: {error}", self.request.display()))?;
        let request = CertificationRequest::from_pem(&text)
            .map_err(|error| format!("{}: {error}", self.request.display()))?;
        let (trust, store) = open(&self.config).await?;
        let lasting = self.profile.into();
        let issued = trust.issue_requested(OPERATOR, lasting, &request, self.years);
        let issued = issued.await;
        close(trust, &store).await;
        print!(
            "{}",
            issued?.iter().map(Certificate::to_pem).collect::<String>()
        );
        Ok(())
    }
}

/// Shows what is known of a certificate of any profile. The service must not be running.
#[derive(Args)]
pub struct Show {
    #[command(flatten)]
    config: ConfigFile,
    /// Its serial number, hexadecimal. 序列号
    serial: String,
}

impl Show {
    /// Prints it as JSON.
    pub async fn run(self) -> Result<(), Reason> {
        let (trust, store) = open(&self.config).await?;
        let record = known(&trust, &self.serial).await;
        close(trust, &store).await;
        println!("{}", in_words(record?));
        Ok(())
    }
}

/// Lists the certificates that last: those of persons, companies and seal makers, of the
/// timestamp authorities and of the ledger's key. The service must not be running.
#[derive(Args)]
pub struct Certificates {
    #[command(flatten)]
    config: ConfigFile,
}

impl Certificates {
    /// One line of JSON for each.
    pub async fn run(self) -> Result<(), Reason> {
        let (trust, store) = open(&self.config).await?;
        let listed = list(&trust).await;
        close(trust, &store).await;
        listed
    }
}

/// Revokes a person's, company's or seal maker's certificate, for ever. The service must
/// not be running.
#[derive(Args)]
pub struct Revoke {
    #[command(flatten)]
    config: ConfigFile,
    /// Its serial number, hexadecimal. 序列号
    serial: String,
    /// Why. 原因
    #[arg(long, value_enum)]
    reason: RevocationReason,
}

impl Revoke {
    /// Prints it as JSON.
    pub async fn run(self) -> Result<(), Reason> {
        let (trust, store) = open(&self.config).await?;
        let revoked = revoke(&trust, &self.serial, self.reason.into()).await;
        close(trust, &store).await;
        println!("{}", in_words(revoked?));
        Ok(())
    }
}

async fn revoke(trust: &Trust, serial: &str, reason: Why) -> Result<Record, Reason> {
    let Record { tenant, serial, .. } = known(trust, serial).await?;
    trust
        .revoke(&tenant, std::slice::from_ref(&serial), reason)
        .await?;
    known(trust, &serial).await
}

async fn list(trust: &Trust) -> Result<(), Reason> {
    let mut after = String::new();
    loop {
        let page = trust.records(&after, PAGE).await?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after.clone_from(&last.serial);
        for record in page {
            println!("{}", in_words(record));
        }
    }
}

/// The trust service of a data folder that nobody serves.
async fn open(config: &ConfigFile) -> Result<(Trust, Store), Reason> {
    let config = config.load()?;
    let store = Store::open(&config.data).await?;
    let role = role_of(&store).await?.unwrap_or(config.role);
    if !role.trusts() {
        return Err("the data folder has no certificate authority: its role is `signing`".into());
    }
    made_for(&store, role).await?;
    let keys = config.open_keys().await?;
    let trust = open_trust(&config, &store, &keys).await?;
    Ok((trust, store))
}

async fn close(trust: Trust, store: &Store) {
    drop(trust);
    store.close().await;
}

async fn known(trust: &Trust, serial: &str) -> Result<Record, Reason> {
    let record = trust.record(serial).await?;
    record.ok_or_else(|| format!("no certificate {serial} was issued or recorded here").into())
}

fn in_words(record: Record) -> Value {
    let mut words = json!({
        "serial": record.serial, "tenant": record.tenant, "purpose": record.purpose,
        "subject": record.subject, "not_before": record.validity.0,
        "not_after": record.validity.1,
    });
    if let Some(pem) = record.pem {
        words["certificate"] = pem.into();
    }
    if let Some(revoked) = record.revoked {
        words["revoked_at_ms"] = revoked.at_ms.into();
        words["reason"] = revoked.reason.name().into();
    }
    words
}

impl From<Profile> for Lasting {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Person => Self::Person,
            Profile::Enterprise => Self::Enterprise,
            Profile::SealMaker => Self::SealMaker,
        }
    }
}

impl From<RevocationReason> for Why {
    fn from(reason: RevocationReason) -> Self {
        match reason {
            RevocationReason::Unspecified => Self::Unspecified,
            RevocationReason::KeyCompromise => Self::KeyCompromise,
            RevocationReason::AffiliationChanged => Self::AffiliationChanged,
            RevocationReason::Superseded => Self::Superseded,
            RevocationReason::CessationOfOperation => Self::CessationOfOperation,
            RevocationReason::PrivilegeWithdrawn => Self::PrivilegeWithdrawn,
        }
    }
}

//! `inkseal key`: which module has which signing key, making one, trying them.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Subcommand;
use crypto::{Hash, NamedKey, Signer, Suite, digest, try_key};
use store::Store;

use super::{ConfigFile, wait};
use crate::{
    config::{Config, keys::suite},
    forensic,
    house::{Reason, open_keys},
};

/// Looking after signing keys.
#[derive(Subcommand)]
pub enum Key {
    /// Which module has which key: a line a key. 列出签名密钥
    List {
        #[command(flatten)]
        config: ConfigFile,
        /// One JSON object a key.
        #[arg(long)]
        json: bool,
    },
    /// Make a key in the module to which its label belongs; the server must be stopped.
    /// 生成签名密钥
    Generate {
        #[command(flatten)]
        config: ConfigFile,
        /// Its algorithms, such as p256-sha256.
        #[arg(long, value_parser = suite)]
        suite: Suite,
        /// Its label, such as trust/root/p256-sha256.
        label: String,
    },
    /// Make the keys that handwriting is sealed to, for a forensic centre: the public
    /// halves go into `forensic` of the configuration. 生成司法鉴定密钥
    Forensic {
        /// Folder for the four files.
        #[arg(long)]
        out: PathBuf,
    },
    /// Let every key, or one, sign a test message; exit 0 when its public half verifies
    /// it. 检验签名密钥
    Check {
        #[command(flatten)]
        config: ConfigFile,
        /// Only the key of this label.
        label: Option<String>,
    },
}

/// A key and where it is.
struct Found {
    module: &'static str,
    label: String,
    key: Arc<dyn Signer>,
}

impl Key {
    /// Exit code: 0 done and good, 1 not.
    pub fn run(self) -> ExitCode {
        let (what, done) = match self {
            Self::List { config, json } => ("list", list(&config, json)),
            Self::Generate {
                config,
                suite,
                label,
            } => ("generate", wait(generate(config, suite, label))),
            Self::Forensic { out } => ("forensic", forensic::make(&out)),
            Self::Check { config, label } => ("check", check(&config, label.as_deref())),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(reason) => {
                eprintln!("inkseal key {what}: {reason}");
                ExitCode::FAILURE
            }
        }
    }
}

fn list(config: &ConfigFile, json: bool) -> Result<(), Reason> {
    for found in all(&config.load()?)? {
        if json {
            let line = serde_json::json!({
                "module": found.module,
                "suite": found.key.suite().name(),
                "label": found.label,
                "key": fingerprint(found.key.as_ref()),
            });
            println!("{line}");
        } else {
            println!("{}", found.line());
        }
    }
    Ok(())
}

async fn generate(config: ConfigFile, suite: Suite, label: String) -> Result<(), Reason> {
    let config = config.load()?;
    // Holds the folder: a server would write its own key file over ours.
    let store = Store::open(&config.data).await?;
    let keys = config.open_keys().await?;
    let made = tokio::task::spawn_blocking(move || {
        if keys.signer(suite, &label)?.is_some() {
            return Err(crypto::KeyError::Exists(label));
        }
        let module = keys.module(suite, &label);
        let key = module.generate(suite, &label)?;
        let module = module.name();
        Ok(Found { module, label, key })
    });
    println!("{}", made.await??.line());
    store.close().await;
    Ok(())
}

fn check(config: &ConfigFile, only: Option<&str>) -> Result<(), Reason> {
    let mut keys = all(&config.load()?)?;
    keys.retain(|found| only.is_none_or(|label| label == found.label));
    if let (Some(label), []) = (only, &keys[..]) {
        return Err(format!("no module has a key {label:?}; `inkseal key list` shows all").into());
    }
    let mut bad = 0;
    for found in &keys {
        let key = found.key.as_ref();
        let said = match try_key(key.suite(), key.spki(), |message| key.sign(message)) {
            Ok(true) => "ok".to_owned(),
            Ok(false) => "WRONG: its public half does not verify what it signs".to_owned(),
            Err(error) => format!("FAILED: {}: {error}", error.code()),
        };
        bad += usize::from(said != "ok");
        println!("{} {said}", found.line());
    }
    match bad {
        0 => Ok(()),
        _ => Err(format!("{bad} of {} keys do not sign", keys.len()).into()),
    }
}

/// All keys of the modules, and of the key file where there is one.
fn all(config: &Config) -> Result<Vec<Found>, Reason> {
    let mut modules = config.key_modules()?;
    if config.data.join("keys").exists() {
        modules.push(Arc::new(open_keys(&config.data)?));
    }
    let mut all = Vec::new();
    for module in modules {
        let name = module.name();
        let found = |NamedKey { label, key }| Found {
            module: name,
            label,
            key,
        };
        all.extend(module.list()?.into_iter().map(found));
    }
    Ok(all)
}

impl Found {
    fn line(&self) -> String {
        let (suite, print) = (self.key.suite().name(), fingerprint(self.key.as_ref()));
        format!("{:<6} {suite:<14} {print} {}", self.module, self.label)
    }
}

/// The first 128 bits of SHA-256 of the public key.
fn fingerprint(key: &dyn Signer) -> String {
    hex::encode(&digest(Hash::Sha256, key.spki()).as_bytes()[..16])
}

//! Puts the house together: store, key store, trust service, signing service.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use crypto::{KeyStore, Keys};
use document::{Fonts, Template};
use signing::{Signing, act::Authorities, ports::Clock, service::Parts};
use store::Store;
use trust::Trust;

use crate::{adapters::InProcess, config::Config, sms};

/// Why the house did not open, in words for whoever started it.
pub type Reason = Box<dyn std::error::Error + Send + Sync>;

/// Name of the ledger.
pub const ORIGIN: &str = "inkseal.local/ledger";
/// Shortest passphrase of the key store, in bytes.
const PASSPHRASE: usize = 16;

/// Everything that runs in one process.
#[derive(Clone)]
pub struct House {
    /// The store.
    pub store: Store,
    /// Certificates, timestamps, ledger.
    pub trust: Trust,
    /// Contracts.
    pub signing: Signing,
    /// Where the SMS simulator listens, when it stands in for a gateway.
    pub simulator: Option<SocketAddr>,
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl House {
    /// Opens the house of a configuration; the first opening makes all keys.
    pub async fn open(config: &Config) -> Result<Self, Reason> {
        let store = Store::open(&config.data).await?;
        let keys = Keys::from(Arc::new(open_keys(&config.data)?));
        let settings = trust::Settings {
            operator: config.operator.clone(),
            origin: ORIGIN.to_owned(),
        };
        let clock: Clock = Arc::new(now);
        let trust = Trust::open(store.clone(), keys.clone(), settings, Arc::clone(&clock)).await?;
        let simulator = if config.sms_url.is_empty() {
            Some(sms::simulate(SocketAddr::from(([127, 0, 0, 1], 0))).await?)
        } else {
            None
        };
        let gateway = simulator.map_or(config.sms_url.clone(), |at| format!("http://{at}"));
        let authority = Arc::new(InProcess(trust.clone()));
        let parts = Parts {
            store: store.clone(),
            keys,
            authorities: Authorities {
                certificates: authority.clone(),
                timestamps: authority,
            },
            sms: Arc::new(sms::HttpGateway::new(&gateway)),
            clock: Arc::clone(&clock),
            fonts: Fonts::load(&config.fonts()?)?,
            templates: load_templates(&config.templates()?)?,
            operator: config.operator.clone(),
        };
        let signing = Signing::open(parts).await?;
        Ok(Self {
            store,
            trust,
            signing,
            simulator,
        })
    }
}

/// Opens the key store with the passphrase of `INKSEAL_PASSPHRASE`, or with one that
/// the first start writes beside it for its owner alone.
pub fn open_keys(data: &Path) -> Result<KeyStore, Reason> {
    let path = data.join("keys");
    let file = data.join("passphrase");
    let passphrase = match std::env::var("INKSEAL_PASSPHRASE") {
        Ok(given) => given,
        Err(_) if file.exists() => fs::read_to_string(&file)?,
        Err(_) if path.exists() => {
            let (keys, file) = (path.display(), file.display());
            return Err(format!("{keys} is there and its passphrase is not: put it into {file} or INKSEAL_PASSPHRASE").into());
        }
        Err(_) => fresh_passphrase(&file)?,
    };
    let passphrase = zeroize::Zeroizing::new(passphrase);
    let trimmed = passphrase.trim();
    if trimmed.len() < PASSPHRASE {
        return Err(format!(
            "the passphrase of the key store has less than {PASSPHRASE} characters"
        )
        .into());
    }
    let opened = if path.exists() {
        KeyStore::open(&path, trimmed)
    } else {
        KeyStore::create(&path, trimmed)
    };
    Ok(opened?)
}

/// Written under another name first, so that a power cut leaves no half of it.
fn fresh_passphrase(file: &Path) -> Result<String, Reason> {
    let fresh = hex::encode(crypto::random::<32>());
    let draft = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&draft)?;
    written.write_all(fresh.as_bytes())?;
    written.sync_all()?;
    fs::rename(&draft, file)?;
    fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(fresh)
}

fn load_templates(folder: &Path) -> Result<BTreeMap<String, Arc<Template>>, Reason> {
    let mut templates = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.path().join("template.toml").exists() {
            let name = entry.file_name().to_string_lossy().into_owned();
            templates.insert(name, Arc::new(Template::load(&entry.path())?));
        }
    }
    Ok(templates)
}

//! Puts the house together: store, key store, trust service, signing service.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::ValueEnum;
use crypto::{KeyStore, Keys};
use document::{Fonts, Template};
use ledger::VerifierKey;
use signing::{Signing, act::Authorities, service::Parts};
use store::{Change, Row, Store};
use tokio::task::JoinHandle;
use trust::{ClockSettings, Trust, TrustedClock};

use crate::{
    adapters::remote::Remote,
    anchoring::Anchoring,
    authority,
    callback::Callbacks,
    config::{Config, WitnessAt},
    external_ca::ExternalCa,
    forensic,
    forwarder::Forwarder,
    http::Places,
    role::Role,
    services::Services,
    sms,
    tls::Identity,
    trust_service::TrustService,
    tsa,
    witness::HttpWitness,
};

/// Why the house did not open, in words for whoever started it.
pub type Reason = Box<dyn std::error::Error + Send + Sync>;

/// Name of the ledger.
pub const ORIGIN: &str = "inkseal.local/ledger";
/// Shortest passphrase of the key store, in bytes.
const PASSPHRASE: usize = 16;

/// Tenant and name of the setting that says which role made a store.
const ROLE: (&str, &str) = ("house", "role");

/// Everything that runs in one process.
#[derive(Clone)]
pub struct House {
    /// The store.
    pub store: Store,
    /// Certificates, timestamps, ledger; none where only contracts are.
    pub trust: Option<TrustHouse>,
    /// Contracts; none where only the trust service is.
    pub signing: Option<SigningHouse>,
    /// The trust service, wherever it is.
    pub service: TrustService,
    /// Roots of the outside timestamp authorities, PEM.
    pub tsa_anchors: Arc<str>,
    /// Has the ledger's checkpoints dated elsewhere.
    pub anchoring: Option<Arc<Anchoring>>,
    /// Where simulators listen, when they stand in for services of others.
    pub simulators: Simulators,
}

/// Simulators that stand in for services of others.
#[derive(Debug, Clone, Copy, Default)]
pub struct Simulators {
    /// For an SMS gateway.
    pub sms: Option<SocketAddr>,
    /// For an identity authority.
    pub authority: Option<SocketAddr>,
}

/// Certificates, timestamps and the ledger, as their routes reach them.
#[derive(Clone)]
pub struct TrustHouse {
    /// The store.
    pub store: Store,
    /// Its keys.
    pub keys: Keys,
    /// Who else may ask.
    pub services: Services,
    /// The service.
    pub trust: Trust,
    /// For what strangers ask for and must be signed.
    pub places: Places,
}

/// Contracts, as their routes reach them.
#[derive(Clone)]
pub struct SigningHouse {
    /// The store.
    pub store: Store,
    /// The service.
    pub signing: Signing,
    /// Who certifies and preserves.
    pub trust: TrustService,
    /// Who is told what becomes of contracts.
    pub callbacks: Arc<Callbacks>,
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
        made_for(&store, config.role).await?;
        let keys = config.open_keys().await?;
        let (trust, service) = if config.role.trusts() {
            let trust = open_trust(config, &store, &keys).await?;
            let house = TrustHouse {
                store: store.clone(),
                keys: keys.clone(),
                services: Services::of(&store),
                trust: trust.clone(),
                places: Places::new(config.public_places),
            };
            (Some(house), TrustService::InProcess(trust))
        } else {
            (None, connect(config, &store).await?)
        };
        if config.external_ca.is_some() && !config.role.signs() {
            return Err(
                "external_ca: the role `trust` asks no authority elsewhere; choose `all`".into(),
            );
        }
        let anchoring = match &service {
            TrustService::InProcess(trust) => Anchoring::configured(config, trust)?,
            TrustService::Remote(_) if !config.anchor_url.is_empty() => {
                return Err("anchor_url: the ledger is the trust service's; set it there".into());
            }
            TrustService::Remote(_) => None,
        };
        let mut tsa_anchors = Arc::default();
        let (signing, simulators) = if config.role.signs() {
            let mut authorities = service.authorities();
            if let Some(outside) = tsa::Client::configured(config, Arc::new(now))? {
                tsa_anchors = outside.anchors_pem().into();
                authorities.timestamps = Arc::new(outside);
            }
            if let Some(there) = &config.external_ca {
                if config.trust_listen.is_some() {
                    return Err(
                        "external_ca and trust_listen: other services would get certificates of \
                         the built-in authority; configure one of the two"
                            .into(),
                    );
                }
                let TrustService::InProcess(trust) = &service else {
                    return Err(
                        "external_ca needs the trust service in this process: its record \
                         of what is asked and issued; choose the role `all`"
                            .into(),
                    );
                };
                let opened = ExternalCa::open(there, trust.clone()).await?;
                authorities.certificates = Arc::new(opened);
            }
            let callbacks = Arc::new(Callbacks::open(config, keys.clone()).await?);
            let opened = open_signing(config, &store, keys, authorities);
            let (signing, simulators) = opened.await?;
            let house = SigningHouse {
                store: store.clone(),
                signing,
                trust: service.clone(),
                callbacks,
            };
            (Some(house), simulators)
        } else {
            (None, Simulators::default())
        };
        Ok(Self {
            store,
            trust,
            signing,
            service,
            tsa_anchors,
            anchoring: anchoring.map(Arc::new),
            simulators,
        })
    }

    /// The contracts of a house that must have them.
    pub fn signing(&self) -> Result<&Signing, Reason> {
        let signing = self.signing.as_ref().map(|house| &house.signing);
        signing.ok_or_else(|| "this house has no contracts; its role is `trust`".into())
    }

    /// Starts what goes on by itself: the ledger takes in what is durable, or what is
    /// durable is sent to it; the clock is compared with its sources.
    pub fn spawn(&self) -> Vec<JoinHandle<()>> {
        let mut all = match &self.service {
            TrustService::InProcess(trust) => {
                vec![
                    trust.spawn_sequencer(),
                    trust.spawn_presigning(),
                    trust.clock().spawn_checks(),
                ]
            }
            TrustService::Remote(forwarder) => vec![forwarder.spawn()],
        };
        all.extend(self.anchoring.clone().map(Anchoring::spawn));
        let signing = self.signing.as_ref();
        all.extend(signing.map(|house| house.signing.spawn_forgetting()));
        all.extend(signing.map(|house| {
            let (store, signing) = (house.store.clone(), house.signing.clone());
            house.callbacks.spawn(store, signing)
        }));
        all
    }
}

/// The way to a trust service in another process.
async fn connect(config: &Config, store: &Store) -> Result<TrustService, Reason> {
    let identity = Identity::read(
        &config.tls_certificate,
        &config.tls_key,
        &config.tls_authorities,
        now().div_euclid(1000),
    )?;
    if !config.trust_url.starts_with("https://") {
        let url = &config.trust_url;
        return Err(
            format!("trust_url: {url:?} is not the https address of a trust service").into(),
        );
    }
    let remote = Remote::new(&config.trust_url, identity)?;
    let forwarder = Forwarder::new(store.clone(), remote);
    let url = &config.trust_url;
    let known = forwarder.anchors().await;
    known.map_err(|e| format!("the trust service at {url} ({}): {}", e.code, e.reason))?;
    Ok(TrustService::Remote(Arc::new(forwarder)))
}

/// The role that a store was made for; none when it is empty.
pub async fn role_of(store: &Store) -> Result<Option<Role>, Reason> {
    let (tenant, name) = ROLE;
    match store.setting(tenant, name).await? {
        Some(name) => Ok(Some(Role::from_str(&name, false)?)),
        // Made before there were roles.
        None if store.ledger_size().await? > 0 => Ok(Some(Role::All)),
        None => Ok(None),
    }
}

/// A folder keeps the role that it was made for: another role would leave part of it
/// without its service.
pub async fn made_for(store: &Store, role: Role) -> Result<(), Reason> {
    let Some(made) = role_of(store).await? else {
        let (tenant, name) = ROLE;
        let (name, value) = (name.to_owned(), role.name().to_owned());
        let change = Change {
            tenant: tenant.to_owned(),
            rows: vec![Row::Setting { name, value }],
            ..Change::default()
        };
        store.commit(change).await?;
        return Ok(());
    };
    if made == role {
        return Ok(());
    }
    let (made, role) = (made.name(), role.name());
    Err(format!(
        "the data folder was made for the role `{made}`, not `{role}`; choose another folder or role"
    )
    .into())
}

/// Opens the trust service of a store.
pub async fn open_trust(config: &Config, store: &Store, keys: &Keys) -> Result<Trust, Reason> {
    let settings = trust::Settings {
        operator: config.operator.clone(),
        origin: ORIGIN.to_owned(),
        url: config.status_url.clone(),
    };
    let (store, keys) = (store.clone(), keys.clone());
    let clock = clock(config);
    // Nothing is dated before the sources were heard.
    clock.check().await;
    let trust = Trust::open(store, keys, settings, clock).await?;
    if !config.witnesses.is_empty() || config.witness_quorum > 0 {
        let witness = |at: &WitnessAt| {
            let key = VerifierKey::parse(&at.key)
                .map_err(|error| format!("witnesses: {}: {error}", at.key))?;
            let port = Arc::new(HttpWitness::new(&at.url));
            Ok::<_, Reason>(trust::Witness { key, port })
        };
        let witnesses: Result<_, _> = config.witnesses.iter().map(witness).collect();
        trust.watched_by(witnesses?, config.witness_quorum).await?;
    }
    Ok(trust)
}

/// The machine's clock, held against the sources of the configuration.
fn clock(config: &Config) -> TrustedClock {
    let settings = ClockSettings {
        sources: config.time_sources.clone(),
        limit: Duration::from_millis(config.time_limit_ms),
        interval: Duration::from_millis(config.time_interval_ms.max(1)),
        ..ClockSettings::default()
    };
    TrustedClock::new(settings, Arc::new(now), Arc::new(steady))
}

/// Time since the machine started, its sleep included: a machine that wakes has not had
/// its clock moved.
fn steady() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let (seconds, nanos) = (u64::try_from(now.tv_sec), u32::try_from(now.tv_nsec));
    Duration::new(seconds.unwrap_or_default(), nanos.unwrap_or_default())
}

/// The signing service, with simulators for what is not configured.
async fn open_signing(
    config: &Config,
    store: &Store,
    keys: Keys,
    authorities: Authorities,
) -> Result<(Signing, Simulators), Reason> {
    let sms = sms::configured(config).await?;
    let identity = authority::configured(config).await?;
    let simulators = Simulators {
        sms: sms.simulator,
        authority: identity.simulator,
    };
    let parts = Parts {
        store: store.clone(),
        keys,
        authorities,
        identity: identity.port,
        sms_signature: config.sms_signature.clone(),
        code_limits: config.code_limits.clone(),
        forensic: forensic::open(config)?,
        sms: sms.port,
        clock: Arc::new(now),
        fonts: Fonts::load(&config.fonts()?)?,
        templates: load_templates(&config.templates()?)?,
        operator: config.operator.clone(),
    };
    Ok((Signing::open(parts).await?, simulators))
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

fn fresh_passphrase(file: &Path) -> Result<String, Reason> {
    let fresh = hex::encode(crypto::random::<32>());
    write_private(file, fresh.as_bytes())?;
    Ok(fresh)
}

/// Writes a file for its owner alone, under another name first, so that a power cut leaves
/// no half of it.
pub fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let draft = file.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&draft)?;
    written.write_all(content)?;
    written.sync_all()?;
    fs::rename(&draft, file)?;
    fs::File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
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

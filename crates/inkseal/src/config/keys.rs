//! `[keys]`: which key modules there are, and what belongs to them.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use crypto::{KeyModule, KeyStore, Keys, Suite};
use hsm::{Pin, Pkcs11, Pkcs11Settings, Sdf, SdfSettings};
use serde::{Deserialize, Serialize};

use super::Config;
use crate::{
    csc::{self, Csc},
    house::{Reason, open_keys},
    outside::Limits,
};

/// Where a PIN is when no file is named.
const PKCS11_PIN: &str = "INKSEAL_PKCS11_PIN";
/// Where the password of the machine's keys is when no file is named.
const SDF_PASSWORD: &str = "INKSEAL_SDF_PASSWORD";

/// Key modules that are asked before the encrypted file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyModules {
    /// A PKCS#11 token.
    pub pkcs11: Option<Pkcs11Config>,
    /// A cryptographic machine of GM/T 0018.
    pub sdf: Option<SdfConfig>,
    /// A remote signing service (Cloud Signature Consortium).
    pub csc: Option<CscConfig>,
}

/// `[keys.pkcs11]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pkcs11Config {
    /// The vendor's library.
    library: PathBuf,
    /// Label of the token.
    token: String,
    /// File with the user's PIN.
    pin_file: Option<PathBuf>,
    /// Most sessions at a time.
    #[serde(default = "sessions")]
    sessions: usize,
    /// Suites whose keys belong to the token.
    #[serde(default = "suites")]
    suites: Vec<String>,
    /// Beginnings of the labels that belong to it; all when empty.
    #[serde(default)]
    labels: Vec<String>,
}

/// `[keys.sdf]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SdfConfig {
    /// The vendor's library.
    library: PathBuf,
    /// File with the password of the private keys.
    password_file: Option<PathBuf>,
    /// Most sessions at a time.
    #[serde(default = "sessions")]
    sessions: usize,
    /// Label to number of the signing key.
    keys: BTreeMap<String, u32>,
}

/// `[keys.csc]`
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CscConfig {
    /// Its address with the API's path, such as `https://rssp.example/csc/v2`.
    url: String,
    /// File with the access token (OAuth 2.0, RFC 6750).
    token_file: Option<PathBuf>,
    /// File with the PIN that credentials with explicit authorisation want.
    pin_file: Option<PathBuf>,
    /// How patient we are.
    #[serde(default)]
    limits: Limits,
    /// Label to credential.
    keys: BTreeMap<String, String>,
}

impl CscConfig {
    fn open(&self) -> Result<Csc, Reason> {
        let settings = csc::Settings {
            url: self.url.clone(),
            token_file: self.token_file.clone(),
            pin_file: self.pin_file.clone(),
            limits: self.limits,
        };
        let opened = Csc::open(&settings, self.keys.clone());
        Ok(opened.map_err(|error| format!("keys.csc: {error}"))?)
    }
}

fn sessions() -> usize {
    8
}

fn suites() -> Vec<String> {
    let all = [
        Suite::P256Sha256,
        Suite::Rsa2048Sha256,
        Suite::Rsa3072Sha256,
    ];
    all.map(|suite| suite.name().to_owned()).to_vec()
}

/// A suite by its name. The error says which there are.
pub fn suite(name: &str) -> Result<Suite, String> {
    Suite::from_name(name).ok_or_else(|| {
        let names = Suite::ALL.map(Suite::name).join(", ");
        format!("there is no suite {name:?}; it is one of {names}")
    })
}

impl Pkcs11Config {
    fn open(&self) -> Result<Pkcs11, Reason> {
        let named = |error: String| format!("keys.pkcs11.suites: {error}");
        let suites: Result<Vec<Suite>, _> = self.suites.iter().map(|name| suite(name)).collect();
        let suites = suites.map_err(named)?;
        if suites.contains(&Suite::Sm2Sm3) {
            let sm2 = "a PKCS#11 token does not sign sm2-sm3; SM2 keys go under [keys.sdf]";
            return Err(named(sm2.to_owned()).into());
        }
        Ok(Pkcs11::open(Pkcs11Settings {
            library: self.library.clone(),
            token: self.token.clone(),
            pin: self
                .pin_file
                .clone()
                .map_or_else(|| Pin::Variable(PKCS11_PIN.to_owned()), Pin::File),
            sessions: self.sessions,
            suites,
            labels: self.labels.clone(),
        })?)
    }
}

impl SdfConfig {
    fn open(&self) -> Result<Sdf, Reason> {
        let variable = || std::env::var_os(SDF_PASSWORD).map(|_| SDF_PASSWORD.to_owned());
        let file = self.password_file.clone().map(Pin::File);
        Ok(Sdf::open(SdfSettings {
            library: self.library.clone(),
            password: file.or_else(|| variable().map(Pin::Variable)),
            sessions: self.sessions,
            keys: self.keys.clone(),
        })?)
    }
}

impl Config {
    /// Connects to the key modules. Waits for their devices.
    pub fn key_modules(&self) -> Result<Vec<Arc<dyn KeyModule>>, Reason> {
        let mut modules: Vec<Arc<dyn KeyModule>> = Vec::new();
        if let Some(pkcs11) = &self.keys.pkcs11 {
            modules.push(Arc::new(pkcs11.open()?));
        }
        if let Some(sdf) = &self.keys.sdf {
            modules.push(Arc::new(sdf.open()?));
        }
        if let Some(csc) = &self.keys.csc {
            modules.push(Arc::new(csc.open()?));
        }
        Ok(modules)
    }

    /// Opens the key file, makes it where there is none, and connects to the modules.
    pub async fn open_keys(&self) -> Result<Keys, Reason> {
        let config = self.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let modules = config.key_modules()?;
            let file: Arc<KeyStore> = Arc::new(open_keys(&config.data)?);
            Ok::<_, Reason>(Keys::new(file, modules))
        });
        opened.await?
    }
}

//! The keys that handwriting and other biometrics are sealed to.
//!
//! Their private halves belong to a forensic centre; this program needs only the public
//! ones. Where none are configured it makes a pair at the first start, writes the private
//! halves to a folder of the operator's and forgets them: evidence then says that the
//! holder is the operator.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crypto::envelope::{OpeningKey, Recipient, Scheme};
use serde::{Deserialize, Serialize};
use signing::service::ForensicKeys;

use crate::{
    config::Config,
    house::{Reason, write_private},
};

/// Who holds the keys that were made here.
const OPERATOR: &str = "operator";

/// Public keys of a forensic centre.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// SM2 public key, PEM, for `gm` contracts.
    pub sm2: PathBuf,
    /// P-256 public key, PEM, for `intl` contracts.
    pub p256: PathBuf,
    /// Name of the centre, as evidence tells it.
    pub holder: String,
}

/// The keys of a configuration; those of the operator are made when they are missing.
pub fn open(config: &Config) -> Result<ForensicKeys, Reason> {
    let (settings, own) = match &config.forensic {
        Some(settings) => (settings.clone(), false),
        None => {
            let folder = config.data.join("forensic");
            let settings = Settings {
                sm2: public(&folder, Scheme::Sm2Sm4Gcm),
                p256: public(&folder, Scheme::P256Aes256Gcm),
                holder: OPERATOR.to_owned(),
            };
            (settings, true)
        }
    };
    if own && !(settings.sm2.exists() && settings.p256.exists()) {
        make(&config.data.join("forensic"))?;
    }
    if !own && settings.holder == OPERATOR {
        return Err("forensic.holder: `operator` is for the keys that are made here".into());
    }
    let key = |path: &Path, scheme: Scheme| {
        let wrong = |why: String| format!("forensic: {}: {why}", path.display());
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        let key = Recipient::from_pem(&text).map_err(|error| wrong(error.to_string()))?;
        if key.scheme() != scheme {
            let why = format!("this is no key for {}", scheme.name());
            return Err(Reason::from(wrong(why)));
        }
        Ok(key)
    };
    Ok(ForensicKeys {
        sm2: key(&settings.sm2, Scheme::Sm2Sm4Gcm)?,
        p256: key(&settings.p256, Scheme::P256Aes256Gcm)?,
        holder: settings.holder,
    })
}

/// Makes a pair of keys in a folder: `sm2.key.pem`, `sm2.pub.pem` and the same for
/// `p256`. Keys that are there stay.
pub fn make(folder: &Path) -> Result<(), Reason> {
    fs::create_dir_all(folder)?;
    for scheme in Scheme::ALL {
        let private = folder.join(format!("{}.key.pem", file(scheme)));
        let key = if private.exists() {
            let text = zeroize::Zeroizing::new(fs::read_to_string(&private)?);
            OpeningKey::from_pem(&text)?
        } else {
            let key = OpeningKey::generate(scheme)?;
            write_private(&private, key.to_pem()?.as_bytes())?;
            key
        };
        let public = public(folder, scheme);
        write_private(&public, key.recipient().to_pem().as_bytes())?;
    }
    Ok(())
}

fn public(folder: &Path, scheme: Scheme) -> PathBuf {
    folder.join(format!("{}.pub.pem", file(scheme)))
}

fn file(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Sm2Sm4Gcm => "sm2",
        Scheme::P256Aes256Gcm => "p256",
    }
}

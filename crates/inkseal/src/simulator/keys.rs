//! The keys of a simulator's one client.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{MacKey, Signer, SoftwareKey, Suite};
use zeroize::Zeroizing;

use super::{Door, KEY_ID};
use crate::{house::Reason, outside::SecretMac};

/// A shared secret and an SM2 key; the client uses one of the two.
pub struct ClientKeys {
    secret: Zeroizing<[u8; 32]>,
    key: SoftwareKey,
}

impl ClientKeys {
    /// Fresh ones.
    pub fn make() -> Result<Self, Reason> {
        Ok(Self {
            secret: Zeroizing::new(crypto::random()),
            key: SoftwareKey::generate(Suite::Sm2Sm3)?,
        })
    }

    /// The secret, as it signs.
    pub fn shared(&self, mac: SecretMac) -> Result<MacKey, Reason> {
        let key = mac.key(self.secret.as_slice());
        Ok(key.ok_or("the secret is too short")?)
    }

    /// Where the client is known by them.
    pub fn door(&self) -> Result<Door, Reason> {
        let both = [
            self.shared(SecretMac::HmacSha256)?,
            self.shared(SecretMac::HmacSm3)?,
        ];
        Ok(Door::new(KEY_ID, both, self.key.spki())?)
    }

    /// Writes the secret, base64, and the client's key, PKCS #8 PEM, into a folder.
    pub fn write(&self, folder: &Path) -> Result<(PathBuf, PathBuf), Reason> {
        let secret = Zeroizing::new(STANDARD.encode(self.secret.as_slice()));
        let secret = put(folder, "secret", &secret)?;
        let key = put(folder, "client-key.pem", &self.key.to_pem()?)?;
        Ok((secret, key))
    }
}

/// Writes a file of a folder, which is made if it is not there.
pub fn put(folder: &Path, name: &str, text: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::write(&path, text).map(|()| path)
}

//! The key store: one encrypted file.
//!
//! ```text
//! magic "INKSEAL1" ‖ memory KiB u32 ‖ passes u32 ‖ salt 16 ‖ nonce, ciphertext, tag
//! ```
//! The key is Argon2id of the passphrase; AES-256-GCM authenticates the header
//! with the entries. Every change writes a new file beside the old one (its name with
//! `.new` at the end), flushes it and renames it, so that a power cut leaves one of the
//! two whole.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, RwLock},
};

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{KeyError, SecretKey, Signer, SoftwareKey};

const MAGIC: &[u8; 8] = b"INKSEAL1";
const HEADER: usize = 8 + 4 + 4 + 16;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A file that asks for more than this is not ours.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 16;

/// Why a key store cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// The file cannot be read or written.
    #[error("key store {path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Not a key store.
    #[error("{0} is not a key store of Inkseal")]
    Foreign(PathBuf),
    /// The passphrase is wrong, or the file was changed.
    #[error("key store {0}: the passphrase is wrong or the file was changed")]
    Locked(PathBuf),
}

#[derive(Default, Serialize, Deserialize)]
struct Entries(BTreeMap<String, String>);

impl Drop for Entries {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

/// Long-lived keys in an encrypted file.
pub struct KeyStore {
    path: PathBuf,
    header: [u8; HEADER],
    key: SecretKey,
    entries: RwLock<Entries>,
    signers: RwLock<BTreeMap<String, Arc<dyn Signer>>>,
}

impl KeyStore {
    /// Makes an empty key store. Fails when the file exists.
    pub fn create(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
        if path.exists() {
            let source = std::io::ErrorKind::AlreadyExists.into();
            return Err(KeyStoreError::Io {
                path: path.to_owned(),
                source,
            });
        }
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(MAGIC);
        header[8..12].copy_from_slice(&MEMORY_KIB.to_be_bytes());
        header[12..16].copy_from_slice(&PASSES.to_be_bytes());
        header[16..].copy_from_slice(&crate::random::<16>());
        let store = Self::new(path, header, passphrase, Entries::default())?;
        store.write(&Entries::default())?;
        Ok(store)
    }

    /// Opens a key store.
    pub fn open(path: &Path, passphrase: &str) -> Result<Self, KeyStoreError> {
        let io = |source| KeyStoreError::Io {
            path: path.to_owned(),
            source,
        };
        let file = fs::read(path).map_err(io)?;
        let foreign = || KeyStoreError::Foreign(path.to_owned());
        let (header, sealed) = file.split_first_chunk::<HEADER>().ok_or_else(foreign)?;
        if !header.starts_with(MAGIC) {
            return Err(foreign());
        }
        let mut store = Self::new(path, *header, passphrase, Entries::default())?;
        let locked = || KeyStoreError::Locked(path.to_owned());
        let plain = store.key.open(header, sealed).map_err(|_| locked())?;
        let entries = serde_json::from_slice(&plain).map_err(|_| locked())?;
        store.entries = RwLock::new(entries);
        Ok(store)
    }

    fn new(
        path: &Path,
        header: [u8; HEADER],
        passphrase: &str,
        entries: Entries,
    ) -> Result<Self, KeyStoreError> {
        let number = |at: usize| {
            header[at..at + 4]
                .iter()
                .fold(0, |n, b| n << 8 | u32::from(*b))
        };
        let (memory, passes) = (number(8), number(12));
        let foreign = || KeyStoreError::Foreign(path.to_owned());
        if memory > MOST_MEMORY_KIB || passes > MOST_PASSES {
            return Err(foreign());
        }
        let params = Params::new(memory, passes, 1, Some(32)).map_err(|_| foreign())?;
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(passphrase.as_bytes(), &header[16..], key.as_mut_slice())
            .map_err(|_| foreign())?;
        let key = SecretKey::from_bytes(key.as_slice()).map_err(|_| foreign())?;
        let path = path.to_owned();
        let signers = RwLock::default();
        Ok(Self {
            path,
            header,
            key,
            entries: RwLock::new(entries),
            signers,
        })
    }

    /// The signing key of this name.
    #[must_use]
    pub fn signer(&self, name: &str) -> Option<Arc<dyn Signer>> {
        if let Some(signer) = self.signers.read().ok()?.get(name) {
            return Some(Arc::clone(signer));
        }
        // Held while the entry is read, so that a key that is replaced at this moment
        // is not kept here under its old name.
        let mut signers = self.signers.write().ok()?;
        let signer: Arc<dyn Signer> = Arc::new(SoftwareKey::from_pkcs8(&self.bytes(name)?).ok()?);
        signers.insert(name.to_owned(), Arc::clone(&signer));
        Some(signer)
    }

    /// Keeps a signing key. Durable when it returns.
    pub fn put_key(&self, name: &str, key: &SoftwareKey) -> Result<(), KeyError> {
        self.put_bytes(name, &key.to_pkcs8()?)
    }

    /// The secret key of this name.
    #[must_use]
    pub fn secret(&self, name: &str) -> Option<Arc<SecretKey>> {
        SecretKey::from_bytes(&self.bytes(name)?).ok().map(Arc::new)
    }

    /// Keeps a secret key. Durable when it returns.
    pub fn put_secret(&self, name: &str, key: &SecretKey) -> Result<(), KeyError> {
        self.put_bytes(name, key.bytes())
    }

    /// Other secret bytes of this name.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let entries = self.entries.read().ok()?;
        hex::decode(entries.0.get(name)?).ok().map(Zeroizing::new)
    }

    /// The names of all entries.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = self.entries.read();
        entries.map_or_else(|_| Vec::new(), |there| there.0.keys().cloned().collect())
    }

    /// Keeps other secret bytes. Durable when it returns.
    pub fn put_bytes(&self, name: &str, bytes: &[u8]) -> Result<(), KeyError> {
        let poisoned = || KeyError::Store("an earlier change failed".to_owned());
        let mut entries = self.entries.write().map_err(|_| poisoned())?;
        let before = entries.0.insert(name.to_owned(), hex::encode(bytes));
        let written = self.write(&entries);
        let gone = match (&written, before) {
            (Ok(()), before) => before,
            (Err(_), Some(before)) => entries.0.insert(name.to_owned(), before),
            (Err(_), None) => entries.0.remove(name),
        };
        gone.unwrap_or_default().zeroize();
        // Before the signers are locked: `signer` locks them first and the entries then.
        drop(entries);
        written.map_err(|error| KeyError::Store(error.to_string()))?;
        self.signers.write().map_err(|_| poisoned())?.remove(name);
        Ok(())
    }

    fn write(&self, entries: &Entries) -> Result<(), KeyStoreError> {
        let io = |source| KeyStoreError::Io {
            path: self.path.clone(),
            source,
        };
        let plain = serde_json::to_vec(entries).map_err(|e| io(e.into()))?;
        let plain = Zeroizing::new(plain);
        let sealed = self.key.seal(&self.header, &plain);
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let fresh = PathBuf::from(fresh);
        let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty());
        write_private(&fresh, &[&self.header, &sealed]).map_err(io)?;
        fs::rename(&fresh, &self.path).map_err(io)?;
        fs::File::open(folder.unwrap_or(Path::new(".")))
            .and_then(|f| f.sync_all())
            .map_err(io)
    }
}

fn write_private(path: &Path, parts: &[&[u8]]) -> std::io::Result<()> {
    // What an interrupted change left may belong to others or lead elsewhere.
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyStore({}, secret)", self.path.display())
    }
}

//! Blobs under the key of their person or contract.
//!
//! Every data key is wrapped by one key of the key store. Destroying a person's
//! data key destroys the person's data, and every digest stays provable.

use std::sync::Arc;

use bytes::Bytes;
use crypto::{Aead, KeyError, KeyStore, SecretKey};
use zeroize::Zeroizing;

/// Name of the wrapping key in the key store.
const WRAPPING: &str = "data-wrapping";

/// Makes and opens data keys.
#[derive(Clone)]
pub struct Vault {
    wrapping: Arc<SecretKey>,
}

/// A data key together with the name that it is bound to.
#[derive(Clone)]
pub struct DataKey {
    name: String,
    key: Arc<SecretKey>,
}

impl Vault {
    /// Opens the vault of a key store; the first opening makes its wrapping key.
    pub fn open(keys: &KeyStore) -> Result<Self, KeyError> {
        if let Some(wrapping) = keys.secret(WRAPPING) {
            return Ok(Self { wrapping });
        }
        let fresh = SecretKey::generate(Aead::Aes256Gcm);
        keys.put_secret(WRAPPING, &fresh)?;
        Ok(Self {
            wrapping: Arc::new(fresh),
        })
    }

    /// A new data key, and its wrapped form for the store.
    pub fn create(&self, tenant: &str, name: &str, aead: Aead) -> (DataKey, Vec<u8>) {
        let key = SecretKey::generate(aead);
        let wrapped = key.wrap(&self.wrapping, &context(tenant, name));
        (
            DataKey {
                name: context_name(tenant, name),
                key: Arc::new(key),
            },
            wrapped,
        )
    }

    /// Opens a wrapped data key. Fails when it was wrapped under another name.
    pub fn unwrap(&self, tenant: &str, name: &str, wrapped: &[u8]) -> Result<DataKey, KeyError> {
        let key = SecretKey::unwrap(wrapped, &self.wrapping, &context(tenant, name))?;
        Ok(DataKey {
            name: context_name(tenant, name),
            key: Arc::new(key),
        })
    }
}

impl DataKey {
    /// Seals a blob for one use (`what`); it opens for that use alone.
    pub fn seal(&self, what: &str, plain: &[u8]) -> Bytes {
        self.key
            .seal(format!("{}\0{what}", self.name).as_bytes(), plain)
            .into()
    }

    /// Opens a blob that was sealed for this use.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        self.key
            .open(format!("{}\0{what}", self.name).as_bytes(), sealed)
    }
}

fn context_name(tenant: &str, name: &str) -> String {
    format!("{tenant}\0{name}")
}

fn context(tenant: &str, name: &str) -> Vec<u8> {
    context_name(tenant, name).into_bytes()
}

//! Signing keys of a remote signing service: the Cloud Signature Consortium's API,
//! version 2, and version 1 where a service has no other.
//!
//! It is one more key module: labels belong to credentials of the service, and what is
//! signed is a digest that the service is told beforehand. The keys are made there, and
//! every signature is verified before it is used. [`client`] speaks the API, [`desk`]
//! runs it for callers that wait.

mod client;
mod desk;
mod protocol;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{KeyError, KeyModule, NamedKey, Signer, Suite, Verifier, bare};

use crate::outside::OutsideError;
pub use client::{Client, Settings};
use desk::Desk;

/// Why the service did not sign.
#[derive(Debug, thiserror::Error)]
pub enum CscError {
    /// It was not reached, failed or refused.
    #[error("the signing service: {0}")]
    Outside(#[from] OutsideError),
    /// It has no such credential that signs for us.
    #[error("the credential {credential:?} cannot sign: {reason}")]
    Credential {
        /// Which.
        credential: String,
        /// Why not.
        reason: String,
    },
    /// The signature is none of this key over this digest.
    #[error("the signing service gave a signature that its certificate does not verify")]
    Signature,
    /// Keys are made at the service.
    #[error("keys are not made through this interface; make {0:?} at the service")]
    NotMade(String),
    /// The process is ending.
    #[error("the way to the signing service is closed")]
    Closed,
}

impl From<CscError> for KeyError {
    fn from(error: CscError) -> Self {
        let code = match &error {
            CscError::Outside(outside) => outside.code(),
            CscError::Credential { .. } => "csc-credential",
            CscError::Signature => "csc-signature",
            CscError::NotMade(_) => "csc-key-not-made",
            CscError::Closed => "shutting-down",
        };
        let reason = error.to_string();
        Self::Module { code, reason }
    }
}

/// The service as a key module.
pub struct Csc {
    desk: Desk,
    client: Arc<Client>,
    /// Label to credential.
    keys: BTreeMap<String, String>,
    /// Credentials that were asked for: a key does not change.
    known: Mutex<BTreeMap<String, Arc<RemoteKey>>>,
}

impl Csc {
    /// Opens the module; the service is asked when a key is. `keys` says which label
    /// belongs to which credential.
    ///
    /// # Errors
    /// What in the settings cannot be used.
    pub fn open(settings: &Settings, keys: BTreeMap<String, String>) -> Result<Self, String> {
        Ok(Self {
            desk: Desk::open().map_err(|e| e.to_string())?,
            client: Arc::new(Client::open(settings)?),
            keys,
            known: Mutex::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Arc<RemoteKey>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(&self, credential: &str) -> Result<Arc<RemoteKey>, KeyError> {
        if let Some(known) = self.known().get(credential) {
            return Ok(Arc::clone(known));
        }
        let (client, id) = (Arc::clone(&self.client), credential.to_owned());
        let found = self
            .desk
            .run(async move { client.credential(&id).await })??;
        let key = Arc::new(RemoteKey {
            desk: self.desk.clone(),
            client: Arc::clone(&self.client),
            credential: credential.to_owned(),
            suite: found.suite,
            spki: found.spki,
        });
        self.known().insert(credential.to_owned(), Arc::clone(&key));
        Ok(key)
    }
}

impl KeyModule for Csc {
    fn name(&self) -> &'static str {
        "csc"
    }

    fn takes(&self, _suite: Suite, label: &str) -> bool {
        self.keys.contains_key(label)
    }

    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        let Some(credential) = self.keys.get(label) else {
            return Ok(None);
        };
        let key = self.key(credential)?;
        if key.suite != suite {
            let (is, wanted) = (key.suite.name(), suite.name());
            return Err(CscError::Credential {
                credential: credential.clone(),
                reason: format!("its key is {is}, and {label:?} is {wanted}"),
            }
            .into());
        }
        Ok(Some(key))
    }

    fn generate(&self, _suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        Err(CscError::NotMade(label.to_owned()).into())
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        let all = self.keys.iter().map(|(label, credential)| {
            Ok(NamedKey {
                label: label.clone(),
                key: self.key(credential)?,
            })
        });
        all.collect()
    }
}

/// A key at the service.
struct RemoteKey {
    desk: Desk,
    client: Arc<Client>,
    credential: String,
    suite: Suite,
    spki: Vec<u8>,
}

impl Signer for RemoteKey {
    fn suite(&self) -> Suite {
        self.suite
    }

    fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Waits for the service.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let digest = bare::signed_digest(&self.spki, message).ok_or(KeyError::Malformed)?;
        let (client, suite) = (Arc::clone(&self.client), self.suite);
        let credential = self.credential.clone();
        let signed = async move { client.sign(&credential, suite, &digest).await };
        let signature = self.desk.run(signed)??;
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| CscError::Signature)?;
        // ECDSA has two forms of each signature, and here there is one.
        let signature = match self.suite {
            Suite::P256Sha256 => crypto::low_s(self.suite.hash(), &signature),
            _ => signature,
        };
        let verifier = Verifier::from_spki(&self.spki).map_err(|_| CscError::Signature)?;
        verifier
            .verify(self.suite.hash(), message, &signature)
            .map_err(|_| CscError::Signature)?;
        Ok(signature)
    }
}

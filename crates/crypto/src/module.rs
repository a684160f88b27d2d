//! Where lasting signing keys live: the port to key modules, and which key is where.

use std::{fmt, sync::Arc};

use crate::{KeyError, KeyStore, Signer, SoftwareKey, Suite, Verifier};

/// Something that keeps signing keys and signs with them: the encrypted file, a token,
/// a cryptographic machine. Calls may wait for a device: not on an async thread.
pub trait KeyModule: Send + Sync {
    /// What reports call it: `file`, `pkcs11`, `sdf`.
    fn name(&self) -> &'static str;

    /// Whether a key of this suite and label belongs here. Asks no device.
    fn takes(&self, suite: Suite, label: &str) -> bool;

    /// The key of this label; none when it is not here.
    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError>;

    /// Makes a key in the module. Durable when it returns.
    ///
    /// # Errors
    /// [`KeyError::Exists`] when the label is taken; otherwise the module's.
    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError>;

    /// All signing keys that it has for us, by label.
    fn list(&self) -> Result<Vec<NamedKey>, KeyError>;
}

/// A key with its label.
pub struct NamedKey {
    /// Its label, such as `trust/issuing/p256-sha256`.
    pub label: String,
    /// The key.
    pub key: Arc<dyn Signer>,
}

/// The house's lasting keys: the encrypted file, and the modules before it.
///
/// A key belongs to the first module that [takes](KeyModule::takes) it, and otherwise to
/// the file. Secrets that are no signing keys are always in the file.
#[derive(Clone)]
pub struct Keys {
    file: Arc<KeyStore>,
    modules: Arc<[Arc<dyn KeyModule>]>,
}

impl Keys {
    /// The file, and modules that are asked before it, in this order.
    #[must_use]
    pub fn new(file: Arc<KeyStore>, modules: Vec<Arc<dyn KeyModule>>) -> Self {
        let modules = modules.into();
        Self { file, modules }
    }

    /// The encrypted file.
    #[must_use]
    pub fn file(&self) -> &Arc<KeyStore> {
        &self.file
    }

    /// The module to which a key belongs.
    #[must_use]
    pub fn module(&self, suite: Suite, label: &str) -> &dyn KeyModule {
        let mut modules = self.modules.iter();
        modules
            .find(|module| module.takes(suite, label))
            .map_or(self.file.as_ref(), AsRef::as_ref)
    }

    /// A key that was made before: in its module, or still in the file, where it was made
    /// when there was no module yet. A key does not move.
    pub fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        if let Some(key) = self.module(suite, label).signer(suite, label)? {
            return Ok(Some(key));
        }
        KeyModule::signer(self.file.as_ref(), suite, label)
    }

    /// A key that must be there, because something was said of it already.
    ///
    /// # Errors
    /// [`KeyError::Missing`] when it is not.
    pub fn existing(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        let missing = || KeyError::Missing(label.to_owned());
        self.signer(suite, label)?.ok_or_else(missing)
    }

    /// The key of this label; made in its module when it is nowhere.
    pub fn ensure(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        match self.signer(suite, label)? {
            Some(key) => Ok(key),
            None => self.module(suite, label).generate(suite, label),
        }
    }
}

/// Lets a key sign something that it has never signed. False when its public half does
/// not verify it.
pub fn try_key<E>(
    suite: Suite,
    spki: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
) -> Result<bool, E> {
    let message = crate::random::<32>();
    let signature = sign(&message)?;
    let verified = Verifier::from_spki(spki)
        .and_then(|verifier| verifier.verify(suite.hash(), &message, &signature));
    Ok(verified.is_ok())
}

impl From<Arc<KeyStore>> for Keys {
    fn from(file: Arc<KeyStore>) -> Self {
        Self::new(file, Vec::new())
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let modules = self.modules.iter().map(|module| module.name());
        f.debug_list().entries(modules).entry(&"file").finish()
    }
}

impl KeyModule for KeyStore {
    fn name(&self) -> &'static str {
        "file"
    }

    fn takes(&self, _suite: Suite, _label: &str) -> bool {
        true
    }

    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        Ok(self.signer(label).filter(|key| key.suite() == suite))
    }

    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        if self.bytes(label).is_some() {
            return Err(KeyError::Exists(label.to_owned()));
        }
        self.put_key(label, &SoftwareKey::generate(suite)?)?;
        self.signer(label).ok_or(KeyError::Malformed)
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        let labels = self.names().into_iter();
        let keys = labels.filter_map(|label| {
            let key = self.signer(&label)?;
            Some(NamedKey { label, key })
        });
        Ok(keys.collect())
    }
}

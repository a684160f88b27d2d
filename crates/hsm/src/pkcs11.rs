//! A token behind a PKCS#11 library (OASIS PKCS #11 2.40 or newer).

mod key;
mod library;
mod object;
mod token;

use std::{
    fmt,
    num::NonZeroUsize,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use crypto::{KeyError, KeyModule, NamedKey, Signer, Suite};
use lru::LruCache;

use crate::{
    ModuleError, Pin,
    sessions::{Sessions, lock},
};
use key::TokenKey;
use token::Token;

/// Name of the module.
const NAME: &str = "pkcs11";
/// Keys whose public halves are kept.
const KEYS: NonZeroUsize = NonZeroUsize::new(4096).unwrap();
/// What a token signs with here.
const SUITES: [Suite; 3] = [
    Suite::P256Sha256,
    Suite::Rsa2048Sha256,
    Suite::Rsa3072Sha256,
];

/// Which token, and for which keys.
#[derive(Debug, Clone)]
pub struct Pkcs11Settings {
    /// The vendor's library.
    pub library: PathBuf,
    /// Label of the token.
    pub token: String,
    /// The user's PIN.
    pub pin: Pin,
    /// Most sessions at a time.
    pub sessions: usize,
    /// Suites whose keys belong here; those that a token does not know are ignored.
    pub suites: Vec<Suite>,
    /// Beginnings of the labels that belong here, such as `trust/`; all when empty.
    pub labels: Vec<String>,
}

/// A token whose keys never leave it.
pub struct Pkcs11 {
    token: Arc<Sessions<Token>>,
    suites: Vec<Suite>,
    labels: Vec<String>,
    known: Mutex<LruCache<String, Arc<TokenKey>>>,
    /// One at a time makes a key, so that no label is given twice.
    making: Mutex<()>,
}

impl Pkcs11 {
    /// Loads the library, finds the token and logs in.
    pub fn open(settings: Pkcs11Settings) -> Result<Self, ModuleError> {
        let Pkcs11Settings {
            library,
            token,
            pin,
            sessions,
            mut suites,
            labels,
        } = settings;
        suites.retain(|suite| SUITES.contains(suite));
        let token = Token::new(&library, token, pin)?;
        let token = Arc::new(Sessions::new(token, sessions));
        // Connects.
        token.run(|_, _| Ok(()))?;
        Ok(Self {
            token,
            suites,
            labels,
            known: Mutex::new(LruCache::new(KEYS)),
            making: Mutex::default(),
        })
    }

    fn find(&self, suite: Suite, label: &str) -> Result<Option<Arc<TokenKey>>, ModuleError> {
        if let Some(key) = lock(&self.known).get(label) {
            return Ok((key.suite() == suite).then(|| Arc::clone(key)));
        }
        let Some(key) = TokenKey::find(&self.token, label)? else {
            return Ok(None);
        };
        if key.suite() != suite {
            return Ok(None);
        }
        let key = Arc::new(key);
        lock(&self.known).put(label.to_owned(), Arc::clone(&key));
        Ok(Some(key))
    }
}

impl KeyModule for Pkcs11 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn takes(&self, suite: Suite, label: &str) -> bool {
        let begins = |with: &String| label.starts_with(with);
        self.suites.contains(&suite) && (self.labels.is_empty() || self.labels.iter().any(begins))
    }

    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        Ok(self.find(suite, label)?.map(|key| key as Arc<dyn Signer>))
    }

    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        if !SUITES.contains(&suite) {
            let remedy = format!(
                "it has no {}; keep keys of this suite elsewhere",
                suite.name()
            );
            return Err(ModuleError::CannotGenerate {
                module: NAME,
                label: label.to_owned(),
                remedy,
            }
            .into());
        }
        let _turn = lock(&self.making);
        if TokenKey::is_there(&self.token, label)? {
            return Err(KeyError::Exists(label.to_owned()));
        }
        let key = Arc::new(TokenKey::generate(&self.token, suite, label)?);
        lock(&self.known).put(label.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        let mut keys = Vec::new();
        for label in TokenKey::labels(&self.token)? {
            // Another program's keys may be of kinds that we do not have.
            if let Ok(Some(key)) = TokenKey::find(&self.token, &label) {
                let key = Arc::new(key);
                keys.push(NamedKey { label, key });
            }
        }
        Ok(keys)
    }
}

impl fmt::Debug for Pkcs11 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pkcs11({})", self.token.device)
    }
}

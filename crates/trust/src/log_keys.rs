//! The log's signing keys: Ed25519, which every reader of C2SP notes knows, and SM2.

use std::sync::Arc;

use crypto::{Keys, Signer, Suite};
use ledger::{Checkpoint, LogKey, SuiteKey};

use crate::{TrustError, log::damaged};

/// Name of the Ed25519 key's seed in the key store.
const SEED: &str = "trust/log";
/// Name of the SM2 key.
const SM2: &str = "trust/log-sm2";

/// Both keys. A log from before the second one was made may lack it while it is only
/// read.
pub(crate) struct LogKeys {
    first: LogKey,
    second: Option<(SuiteKey, Arc<dyn Signer>)>,
}

/// What may be made of keys that are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    /// Both: there is no log yet.
    Both,
    /// The second one.
    Second,
    /// None.
    Nothing,
}

impl LogKeys {
    /// The keys of a log. May wait for a device.
    ///
    /// # Errors
    /// [`TrustError::Ledger`] when the first one is not there and must not be made.
    pub fn open(keys: &Keys, origin: &str, make: Make) -> Result<Self, TrustError> {
        let file = keys.file();
        if file.bytes(SEED).is_none() && make == Make::Both {
            file.put_bytes(SEED, &crypto::random::<32>())?;
        }
        let seed = file.bytes(SEED);
        let seed = seed.ok_or_else(|| damaged("its key is not in the key store"))?;
        let first = LogKey::from_seed(origin, &seed).map_err(damaged)?;
        let second = match make {
            Make::Nothing => keys.signer(Suite::Sm2Sm3, SM2)?,
            _ => Some(keys.ensure(Suite::Sm2Sm3, SM2)?),
        };
        let second = second.map(|key| Ok((SuiteKey::new(origin, Arc::clone(&key))?, key)));
        let second = second
            .transpose()
            .map_err(|e: ledger::NoteError| damaged(e))?;
        Ok(Self { first, second })
    }

    /// The verifier keys, one a line, Ed25519 first.
    pub fn verifier(&self) -> String {
        let second = self.second.as_ref().map(|(key, _)| key.verifier());
        let second = second.map_or(String::new(), |key| format!("\n{key}"));
        format!("{}{second}", self.first.verifier())
    }

    /// The SM2 key itself.
    pub fn second(&self) -> Option<&Arc<dyn Signer>> {
        self.second.as_ref().map(|(_, key)| key)
    }

    /// Reads a checkpoint of our own: every signature in it is good, and there is none
    /// but ours.
    pub fn read(&self, note: &str) -> Result<Checkpoint, TrustError> {
        let checkpoint = Checkpoint::open(note, &self.verifier()).map_err(damaged)?;
        let Some((second, _)) = &self.second else {
            return Ok(checkpoint);
        };
        let (_, lines) = note.rsplit_once("\n\n").unwrap_or_default();
        let keys = [self.first.verifier(), second.verifier()];
        let good = keys
            .iter()
            .filter(|key| Checkpoint::open(note, key).is_ok());
        if good.count() == lines.lines().count() {
            Ok(checkpoint)
        } else {
            Err(damaged("a signature of its last checkpoint was changed"))
        }
    }

    /// A note that both signed.
    pub fn sign(&self, checkpoint: &Checkpoint) -> Result<String, TrustError> {
        let note = self.first.sign(checkpoint);
        match &self.second {
            Some((second, _)) => second.add(&note).map_err(|error| {
                TrustError::Key(match error {
                    ledger::NoteError::Signer => crypto::KeyError::Failed("sign a checkpoint"),
                    _ => crypto::KeyError::Malformed,
                })
            }),
            None => Ok(note),
        }
    }
}

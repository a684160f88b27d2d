//! A cryptographic machine behind a vendor's library of the interface GM/T 0018 (SDF).
//!
//! Its SM2 signing keys have numbers, are made with the vendor's tools, and are opened
//! with a password for each session. We hash (SM3 with Z) and hand the digest over.

mod abi;
mod code;
mod machine;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use crypto::{
    KeyError, KeyModule, NamedKey, Signer, Suite, Verifier,
    bare::{signature_of_numbers, signed_digest, spki_of_point},
};

use crate::{
    ModuleError, Pin,
    sessions::{Sessions, lock},
};
use machine::{Fault, Machine};

/// Name of the module.
const NAME: &str = "sdf";
const SUITE: Suite = Suite::Sm2Sm3;
const MISTAKEN: &str = "it signs what its public half does not verify";

/// Which machine, and for which keys.
#[derive(Debug, Clone)]
pub struct SdfSettings {
    /// The vendor's library.
    pub library: PathBuf,
    /// Opens the private keys; none when the machine asks for none.
    pub password: Option<Pin>,
    /// Most sessions at a time.
    pub sessions: usize,
    /// Number of the signing key of each label.
    pub keys: BTreeMap<String, u32>,
}

/// A machine whose SM2 keys never leave it.
pub struct Sdf {
    machine: Arc<Sessions<Machine>>,
    keys: BTreeMap<String, u32>,
    known: Mutex<BTreeMap<u32, Arc<MachineKey>>>,
}

impl Sdf {
    /// Loads the library and opens the device.
    pub fn open(settings: SdfSettings) -> Result<Self, ModuleError> {
        let machine = Machine::new(&settings.library, settings.password)?;
        let machine = Arc::new(Sessions::new(machine, settings.sessions));
        // Connects.
        machine.run(|_, _| Ok(()))?;
        Ok(Self {
            machine,
            keys: settings.keys,
            known: Mutex::default(),
        })
    }

    fn find(&self, label: &str) -> Result<Option<Arc<MachineKey>>, ModuleError> {
        let Some(&index) = self.keys.get(label) else {
            return Ok(None);
        };
        if let Some(key) = lock(&self.known).get(&index) {
            return Ok(Some(Arc::clone(key)));
        }
        let Some(key) = MachineKey::find(&self.machine, label, index)? else {
            return Ok(None);
        };
        let key = Arc::new(key);
        lock(&self.known).insert(index, Arc::clone(&key));
        Ok(Some(key))
    }
}

impl KeyModule for Sdf {
    fn name(&self) -> &'static str {
        NAME
    }

    fn takes(&self, suite: Suite, label: &str) -> bool {
        suite == SUITE && self.keys.contains_key(label)
    }

    fn signer(&self, suite: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        if suite != SUITE {
            return Ok(None);
        }
        Ok(self.find(label)?.map(|key| key as Arc<dyn Signer>))
    }

    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        let remedy = match self.keys.get(label).filter(|_| suite == SUITE) {
            Some(index) => format!(
                "GM/T 0018 has no call for it; make the SM2 signing key {index} with the vendor's tools"
            ),
            None => "it has only SM2 keys with a number under [keys.sdf.keys]".to_owned(),
        };
        Err(ModuleError::CannotGenerate {
            module: NAME,
            label: label.to_owned(),
            remedy,
        }
        .into())
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        let mut keys = Vec::new();
        for label in self.keys.keys() {
            if let Some(key) = self.find(label)? {
                let label = label.clone();
                keys.push(NamedKey { label, key });
            }
        }
        Ok(keys)
    }
}

impl fmt::Debug for Sdf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sdf({})", self.machine.device)
    }
}

/// A private key that signs in its machine.
struct MachineKey {
    machine: Arc<Sessions<Machine>>,
    label: String,
    index: u32,
    spki: Vec<u8>,
    /// The connection in which its public half was seen.
    seen: AtomicU64,
}

impl MachineKey {
    /// The key with this number. It is used when it has signed once what its public half
    /// verifies: a library with other structures than the standard's is found here.
    fn find(
        machine: &Arc<Sessions<Machine>>,
        label: &str,
        index: u32,
    ) -> Result<Option<Self>, ModuleError> {
        let found = machine.run(|session, generation| {
            let point = machine.device.public_key(session, index)?;
            Ok(point.map(|point| (point, generation)))
        })?;
        let Some(((x, y), generation)) = found else {
            return Ok(None);
        };
        let strange = "its public half is no point of the SM2 curve";
        let spki = spki_of_point(SUITE, &x, &y).ok_or_else(|| unusable(label, strange))?;
        let key = Self {
            machine: Arc::clone(machine),
            label: label.to_owned(),
            index,
            spki,
            seen: AtomicU64::new(generation),
        };
        if crypto::try_key(SUITE, &key.spki, |message| key.sign_in_machine(message))? {
            Ok(Some(key))
        } else {
            Err(unusable(label, MISTAKEN))
        }
    }

    fn sign_in_machine(&self, message: &[u8]) -> Result<Vec<u8>, ModuleError> {
        let refused = || unusable(&self.label, "the machine gave no signature of SM2");
        let digest = signed_digest(&self.spki, message).ok_or_else(refused)?;
        let digest: [u8; 32] = digest.as_bytes().try_into().map_err(|_| refused())?;
        let verifier = Verifier::from_spki(&self.spki).map_err(|_| refused())?;
        let machine = &self.machine;
        machine.run(|session, generation| {
            self.is_the_same(session, generation)?;
            let (r, s) = machine.device.sign(session, self.index, digest)?;
            let signature = signature_of_numbers(SUITE, &r, &s);
            let signature = signature.ok_or_else(|| Fault::Ours(refused()))?;
            // Behind our back the number may have become another key's.
            match verifier.verify(SUITE.hash(), message, &signature) {
                Ok(()) => Ok(signature),
                Err(_) => Err(Fault::Ours(unusable(&self.label, MISTAKEN))),
            }
        })
    }
}

impl MachineKey {
    /// What is connected anew may be another machine: its key must be the one that was.
    fn is_the_same(&self, session: &machine::Session, generation: u64) -> Result<(), Fault> {
        if self.seen.load(Relaxed) == generation {
            return Ok(());
        }
        let point = self.machine.device.public_key(session, self.index)?;
        let spki = point.and_then(|(x, y)| spki_of_point(SUITE, &x, &y));
        if spki.as_ref() != Some(&self.spki) {
            let other = "the machine has another key of this number than before";
            return Err(Fault::Ours(unusable(&self.label, other)));
        }
        self.seen.store(generation, Relaxed);
        Ok(())
    }
}

fn unusable(label: &str, reason: &'static str) -> ModuleError {
    ModuleError::Unusable {
        module: NAME,
        label: label.to_owned(),
        reason,
    }
}

impl Signer for MachineKey {
    fn suite(&self) -> Suite {
        SUITE
    }

    fn spki(&self) -> &[u8] {
        &self.spki
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        Ok(self.sign_in_machine(message)?)
    }
}

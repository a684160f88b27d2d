//! PKCS#11 libraries of this process.
//!
//! A library has one state for the whole process: whoever initialises it anew takes the
//! sessions of all its tokens. So it is loaded once, with one gate for all its users, and
//! stays: vendors' libraries do not like to be unloaded.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
};

use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11 as Context},
    error::{Error, RvError},
};

use crate::{ModuleError, sessions::lock};

static LOADED: Mutex<BTreeMap<PathBuf, Library>> = Mutex::new(BTreeMap::new());

/// A loaded library.
#[derive(Clone)]
pub(super) struct Library {
    pub path: PathBuf,
    pub context: Context,
    /// Shared by all calls, alone for who initialises it.
    pub gate: Arc<RwLock<()>>,
}

impl Library {
    pub fn load(path: &Path) -> Result<Self, ModuleError> {
        let unusable = |reason: String| ModuleError::Library {
            path: path.to_owned(),
            reason,
        };
        let real = path.canonicalize().map_err(|e| unusable(e.to_string()))?;
        let mut loaded = lock(&LOADED);
        if let Some(there) = loaded.get(&real) {
            return Ok(there.clone());
        }
        let context = Context::new(&real).map_err(|error| unusable(error.to_string()))?;
        let library = Self {
            path: path.to_owned(),
            context,
            gate: Arc::default(),
        };
        loaded.insert(real, library.clone());
        Ok(library)
    }

    /// Initialises it, where nobody has.
    pub fn initialize(&self) -> Result<(), Error> {
        let flags = CInitializeFlags::OS_LOCKING_OK;
        match self.context.initialize(CInitializeArgs::new(flags)) {
            Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
            done => done,
        }
    }

    /// Ends everything, so that the next initialisation looks at the tokens again.
    pub fn finalize(&self) {
        // It may be ended already: then there is nothing to do.
        let _ = self.context.clone().finalize();
    }
}

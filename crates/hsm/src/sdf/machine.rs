//! One machine: an open device, and sessions that have the right to private keys.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, RwLock},
};

use super::{
    NAME,
    abi::{DeviceHandle, Functions, Point, SessionHandle},
    code::Code,
};
use crate::{
    ModuleError, Pin,
    pin::Guarded,
    sessions::{Device, lock},
};

/// Loaded once for the whole process, and never unloaded.
static LOADED: Mutex<BTreeMap<PathBuf, Arc<Library>>> = Mutex::new(BTreeMap::new());

struct Library {
    path: PathBuf,
    functions: Functions,
    gate: Arc<RwLock<()>>,
}

impl Library {
    fn load(path: &Path) -> Result<Arc<Self>, ModuleError> {
        let unusable = |reason: String| ModuleError::Library {
            path: path.to_owned(),
            reason,
        };
        let real = path.canonicalize().map_err(|e| unusable(e.to_string()))?;
        let mut loaded = lock(&LOADED);
        if let Some(there) = loaded.get(&real) {
            return Ok(Arc::clone(there));
        }
        let library = Arc::new(Self {
            path: path.to_owned(),
            functions: Functions::load(&real).map_err(unusable)?,
            gate: Arc::default(),
        });
        loaded.insert(real, Arc::clone(&library));
        Ok(library)
    }
}

/// A machine of a vendor.
pub(super) struct Machine {
    library: Arc<Library>,
    password: Option<Guarded>,
    device: Mutex<Option<DeviceHandle>>,
}

/// A session, and the private keys that it has opened.
pub(super) struct Session {
    handle: SessionHandle,
    rights: RefCell<BTreeSet<u32>>,
}

/// Why a call failed.
pub(super) enum Fault {
    /// The library said so.
    Call(&'static str, Code),
    /// We do.
    Ours(ModuleError),
}

impl Machine {
    pub fn new(library: &Path, password: Option<Pin>) -> Result<Self, ModuleError> {
        Ok(Self {
            library: Library::load(library)?,
            password: password.map(Guarded::new),
            device: Mutex::default(),
        })
    }

    /// Coordinates of the public half of a key; none when there is no such key.
    pub fn public_key(&self, session: &Session, index: u32) -> Result<Option<Point>, Fault> {
        match self.library.functions.export_public(&session.handle, index) {
            Ok(point) => Ok(Some(point)),
            Err(Code::NO_KEY) => Ok(None),
            Err(code) => Err(Fault::Call("SDF_ExportSignPublicKey_ECC", code)),
        }
    }

    /// Signs a digest: r and s.
    pub fn sign(
        &self,
        session: &Session,
        index: u32,
        digest: [u8; 32],
    ) -> Result<([u8; 64], [u8; 64]), Fault> {
        self.open_key(session, index)?;
        let signed = self.library.functions.sign(&session.handle, index, digest);
        signed.map_err(|code| Fault::Call("SDF_InternalSign_ECC", code))
    }

    fn open_key(&self, session: &Session, index: u32) -> Result<(), Fault> {
        let Some(password) = &self.password else {
            return Ok(());
        };
        if session.rights.borrow().contains(&index) {
            return Ok(());
        }
        let key = format!("the key {index} of {self}");
        let word = password.give(&key).map_err(Fault::Ours)?;
        let functions = &self.library.functions;
        match functions.get_right(&session.handle, index, &word) {
            Ok(()) => {
                session.rights.borrow_mut().insert(index);
                Ok(())
            }
            Err(Code::DENIED | Code::NO_RIGHT) => Err(Fault::Ours(password.refuse(&key, word))),
            Err(code) => Err(Fault::Call("SDF_GetPrivateKeyAccessRight", code)),
        }
    }
}

impl Device for Machine {
    type Session = Session;
    type Fault = Fault;

    fn gate(&self) -> &Arc<RwLock<()>> {
        &self.library.gate
    }

    fn connect(&self, _after: Option<&Fault>) -> Result<(), ModuleError> {
        let functions = &self.library.functions;
        let mut device = lock(&self.device);
        if let Some(before) = device.take() {
            // It may be gone: then there is nothing to close.
            let _ = functions.close_device(before);
        }
        let opened = functions.open_device();
        let opened = opened.map_err(|code| self.error(Fault::Call("SDF_OpenDevice", code)))?;
        *device = Some(opened);
        Ok(())
    }

    fn open(&self) -> Result<Session, Fault> {
        const CALL: &str = "SDF_OpenSession";
        let device = lock(&self.device);
        let device = device
            .as_ref()
            .ok_or(Fault::Call(CALL, Code::OPEN_DEVICE))?;
        let handle = self.library.functions.open_session(device);
        let handle = handle.map_err(|code| Fault::Call(CALL, code))?;
        let rights = RefCell::default();
        Ok(Session { handle, rights })
    }

    fn close(&self, session: Session) {
        // It may be gone: then there is nothing to close.
        let _ = self.library.functions.close_session(session.handle);
    }

    fn is_lost(&self, fault: &Fault) -> bool {
        matches!(fault, Fault::Call(_, code) if code.is_lost())
    }

    fn error(&self, fault: Fault) -> ModuleError {
        match fault {
            Fault::Ours(error) => error,
            Fault::Call(function, code) => ModuleError::Failed {
                module: NAME,
                reason: format!("{function}: {code}"),
            },
        }
    }

    fn name(&self) -> &'static str {
        NAME
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(device) = lock(&self.device).take() {
            let _ = self.library.functions.close_device(device);
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the machine of {}", self.library.path.display())
    }
}

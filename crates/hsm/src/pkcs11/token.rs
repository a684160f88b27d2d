//! One token: found by its label, logged in once for all sessions.

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, RwLock},
};

use cryptoki::{
    error::{Error, RvError},
    session::{Session, SessionState, UserType},
    slot::{Slot, TokenInfo},
    types::AuthPin,
};

use super::{NAME, library::Library};
use crate::{
    ModuleError, Pin,
    pin::Guarded,
    sessions::{Device, lock},
};

/// A token of a library.
pub(super) struct Token {
    library: Library,
    label: String,
    pin: Guarded,
    open: Mutex<Open>,
}

/// Where it is.
#[derive(Default)]
struct Open {
    slot: Option<Slot>,
    /// Never used: as long as it is open, the login lasts.
    anchor: Option<Session>,
}

/// Why a call failed.
pub(super) enum Fault {
    /// The library said so.
    Call(Error),
    /// We do.
    Ours(ModuleError),
    /// It signed with another key than was asked for: an old handle may name something
    /// else after a restart. Carries what is said when it still does so then.
    Strange(ModuleError),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<ModuleError> for Fault {
    fn from(error: ModuleError) -> Self {
        Self::Ours(error)
    }
}

impl Token {
    pub fn new(library: &Path, label: String, pin: Pin) -> Result<Self, ModuleError> {
        Ok(Self {
            library: Library::load(library)?,
            label,
            pin: Guarded::new(pin),
            open: Mutex::default(),
        })
    }

    /// Whether the session sees the private objects. Without a login there are none, and
    /// no error either.
    pub fn sees_all(session: &Session) -> Result<(), Error> {
        match session.get_session_info()?.session_state() {
            SessionState::RwUser | SessionState::RoUser => Ok(()),
            _ => {
                let of = cryptoki::context::Function::FindObjects;
                Err(Error::Pkcs11(RvError::UserNotLoggedIn, of))
            }
        }
    }

    /// Finds the token and logs in.
    fn log_in(&self) -> Result<(), ModuleError> {
        let (slot, info) = self.find()?;
        let locked = |state| ModuleError::PinLocked {
            device: self.to_string(),
            state,
        };
        if info.user_pin_locked() {
            return Err(locked("is locked"));
        }
        if info.user_pin_final_try() {
            return Err(locked("would be locked by one more mistake"));
        }
        let anchor = self.library.context.open_rw_session_no_drop(slot);
        let anchor = anchor.map_err(|error| self.error(error.into()))?;
        let pin = self.pin.give(&self.to_string())?;
        let secret = AuthPin::from(pin.as_str().to_owned());
        match anchor.login(UserType::User, Some(&secret)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(error) => {
                self.close(anchor);
                return Err(match error {
                    Error::Pkcs11(RvError::PinLocked, _) => locked("is locked"),
                    Error::Pkcs11(
                        RvError::PinIncorrect
                        | RvError::PinInvalid
                        | RvError::PinLenRange
                        | RvError::PinExpired,
                        _,
                    ) => self.pin.refuse(&self.to_string(), pin),
                    other => self.error(other.into()),
                });
            }
        }
        *lock(&self.open) = Open {
            slot: Some(slot),
            anchor: Some(anchor),
        };
        Ok(())
    }

    fn find(&self) -> Result<(Slot, TokenInfo), ModuleError> {
        let failed = |error: Error| self.error(error.into());
        let context = &self.library.context;
        let mut there = Vec::new();
        for slot in context.get_slots_with_token().map_err(failed)? {
            // A slot may be empty again by now.
            let Ok(info) = context.get_token_info(slot) else {
                continue;
            };
            if info.token_initialized() && info.label() == self.label {
                return Ok((slot, info));
            }
            there.push(format!("{:?}", info.label()));
        }
        Err(ModuleError::NoToken {
            library: self.library.path.clone(),
            token: self.label.clone(),
            there: there.join(", "),
        })
    }
}

impl Device for Token {
    type Session = Session;
    type Fault = Fault;

    fn gate(&self) -> &Arc<RwLock<()>> {
        &self.library.gate
    }

    /// First by another login; when that is not enough, the library starts anew.
    fn connect(&self, after: Option<&Fault>) -> Result<(), ModuleError> {
        let before = std::mem::take(&mut *lock(&self.open));
        if let Some(anchor) = before.anchor {
            self.close(anchor);
        }
        let gentle = match after {
            Some(Fault::Call(Error::Pkcs11(code, _))) => matches!(
                code,
                RvError::SessionHandleInvalid
                    | RvError::SessionClosed
                    | RvError::UserNotLoggedIn
                    | RvError::KeyHandleInvalid
                    | RvError::ObjectHandleInvalid
                    | RvError::KeyFunctionNotPermitted
                    | RvError::CryptokiNotInitialized
            ),
            Some(Fault::Strange(_)) => true,
            _ => after.is_none(),
        };
        let start = || {
            let started = self.library.initialize();
            started.map_err(|error| self.error(error.into()))
        };
        if gentle {
            start()?;
            match self.log_in() {
                Err(error) if !error.concerns_pin() => {}
                done => return done,
            }
        }
        self.library.finalize();
        start()?;
        self.log_in()
    }

    fn open(&self) -> Result<Session, Fault> {
        let slot = lock(&self.open).slot;
        let gone = Error::Pkcs11(
            RvError::TokenNotPresent,
            cryptoki::context::Function::OpenSession,
        );
        let slot = slot.ok_or(gone)?;
        Ok(self.library.context.open_rw_session_no_drop(slot)?)
    }

    fn close(&self, session: Session) {
        // It may be gone: then there is nothing to close.
        let _ = session.close();
    }

    fn is_lost(&self, fault: &Fault) -> bool {
        let code = match fault {
            Fault::Call(Error::Pkcs11(code, _)) => code,
            Fault::Strange(_) => return true,
            _ => return false,
        };
        matches!(
            code,
            RvError::SessionHandleInvalid
                | RvError::SessionClosed
                | RvError::UserNotLoggedIn
                | RvError::KeyHandleInvalid
                | RvError::ObjectHandleInvalid
                | RvError::KeyFunctionNotPermitted
                | RvError::CryptokiNotInitialized
                | RvError::DeviceRemoved
                | RvError::DeviceError
                | RvError::TokenNotPresent
                | RvError::TokenNotRecognized
                | RvError::SlotIdInvalid
                | RvError::GeneralError
        )
    }

    fn error(&self, fault: Fault) -> ModuleError {
        let reason = match fault {
            Fault::Ours(error) | Fault::Strange(error) => return error,
            Fault::Call(Error::Pkcs11(code, function)) => format!("C_{function:?}: {code:?}"),
            Fault::Call(other) => other.to_string(),
        };
        ModuleError::Failed {
            module: NAME,
            reason,
        }
    }

    fn name(&self) -> &'static str {
        NAME
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        if let Some(anchor) = lock(&self.open).anchor.take() {
            self.close(anchor);
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the token {:?}", self.label)
    }
}

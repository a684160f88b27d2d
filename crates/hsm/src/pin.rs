//! Where a PIN is, and the memory of one that was refused.

use std::{
    fmt,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use zeroize::Zeroizing;

use crate::ModuleError;

/// Where a PIN or password is kept. Read anew for each login, so that it can be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pin {
    /// The first line of a file.
    File(PathBuf),
    /// A variable of the environment.
    Variable(String),
}

impl Pin {
    fn read(&self) -> Result<Zeroizing<String>, ModuleError> {
        let unreadable = |reason: String| ModuleError::NoPin {
            source_of_it: self.to_string(),
            reason,
        };
        let text = match self {
            Self::File(path) => {
                std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))
            }
            Self::Variable(name) => std::env::var(name).map_err(|e| unreadable(e.to_string())),
        };
        let text = Zeroizing::new(text?);
        let line = text.lines().next().unwrap_or_default().trim();
        if line.is_empty() {
            return Err(unreadable("it is empty".to_owned()));
        }
        Ok(Zeroizing::new(line.to_owned()))
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {}", path.display()),
            Self::Variable(name) => write!(f, "the variable {name}"),
        }
    }
}

/// A PIN that is given to the device only as long as it may be right: each refusal counts
/// towards a lock.
pub(crate) struct Guarded {
    pin: Pin,
    refused: Mutex<Option<Zeroizing<String>>>,
}

impl Guarded {
    pub fn new(pin: Pin) -> Self {
        let refused = Mutex::default();
        Self { pin, refused }
    }

    /// The PIN; an error when it is the one that `device` refused.
    pub fn give(&self, device: &str) -> Result<Zeroizing<String>, ModuleError> {
        let pin = self.pin.read()?;
        let refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.as_ref() == Some(&pin) {
            return Err(self.error(device));
        }
        Ok(pin)
    }

    /// Remembers that the device refused it.
    pub fn refuse(&self, device: &str, pin: Zeroizing<String>) -> ModuleError {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused = Some(pin);
        self.error(device)
    }

    fn error(&self, device: &str) -> ModuleError {
        ModuleError::PinRefused {
            device: device.to_owned(),
            source_of_it: self.pin.to_string(),
        }
    }
}

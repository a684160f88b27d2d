//! What can go wrong, with one stable code each.

use std::path::PathBuf;

use crypto::KeyError;

/// Why a key module did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModuleError {
    /// The library is not there, or not one of its interface.
    #[error(
        "the library {path} cannot be used: {reason}; set `library` to the vendor's library for this interface and processor"
    )]
    Library {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// There is no such token.
    #[error(
        "{library} has no token with the label {token:?} (it has: {there}); plug it in, or set `token` to its label"
    )]
    NoToken {
        /// The library.
        library: PathBuf,
        /// The label.
        token: String,
        /// The labels that there are.
        there: String,
    },
    /// The PIN cannot be read.
    #[error(
        "the PIN in {source_of_it} cannot be read: {reason}; put it there for the service's user alone"
    )]
    NoPin {
        /// File or variable.
        source_of_it: String,
        /// Why.
        reason: String,
    },
    /// The device refused the PIN.
    #[error(
        "{device} refused the PIN in {source_of_it}; it is not tried again, so that nothing gets locked, until another one is there"
    )]
    PinRefused {
        /// Which token or key.
        device: String,
        /// File or variable.
        source_of_it: String,
    },
    /// The PIN is locked, or one more mistake would lock it.
    #[error(
        "the PIN of {device} {state}; nothing was tried: look after it with the vendor's tools"
    )]
    PinLocked {
        /// Which token.
        device: String,
        /// How far it is.
        state: &'static str,
    },
    /// All sessions are in use.
    #[error(
        "all {most} sessions with the {module} module were busy for {seconds} seconds; raise `sessions`, or ask less of it"
    )]
    Busy {
        /// Which module.
        module: &'static str,
        /// How many there may be.
        most: usize,
        /// How long was waited.
        seconds: u64,
    },
    /// The device is away.
    #[error("the {module} module is away: {reason}; it is asked again with the next signature")]
    Away {
        /// Which module.
        module: &'static str,
        /// What it said.
        reason: String,
    },
    /// The device refused a call.
    #[error("the {module} module refused: {reason}; see the vendor's manual for this code")]
    Failed {
        /// Which module.
        module: &'static str,
        /// Function and code.
        reason: String,
    },
    /// The key is there and cannot be used.
    #[error(
        "the key {label:?} in the {module} module is of no use: {reason}; give the label to another key"
    )]
    Unusable {
        /// Which module.
        module: &'static str,
        /// Which key.
        label: String,
        /// Why.
        reason: &'static str,
    },
    /// The label is taken.
    #[error("the {module} module has a key {label:?} already; a key is never replaced")]
    Exists {
        /// Which module.
        module: &'static str,
        /// Which key.
        label: String,
    },
    /// The module makes no such keys.
    #[error("the {module} module cannot make the key {label:?}: {remedy}")]
    CannotGenerate {
        /// Which module.
        module: &'static str,
        /// Which key.
        label: String,
        /// What to do.
        remedy: String,
    },
}

impl ModuleError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Library { .. } => "module-library",
            Self::NoToken { .. } => "module-no-token",
            Self::NoPin { .. } => "module-no-pin",
            Self::PinRefused { .. } => "module-pin-refused",
            Self::PinLocked { .. } => "module-pin-locked",
            Self::Busy { .. } => "module-busy",
            Self::Away { .. } => "module-away",
            Self::Failed { .. } => "module-failed",
            Self::Unusable { .. } => "module-key-unusable",
            Self::Exists { .. } => "key-exists",
            Self::CannotGenerate { .. } => "module-cannot-generate",
        }
    }

    /// Whether asking again, before somebody has done something, could do harm.
    pub(crate) fn concerns_pin(&self) -> bool {
        matches!(
            self,
            Self::NoPin { .. } | Self::PinRefused { .. } | Self::PinLocked { .. }
        )
    }
}

impl From<ModuleError> for KeyError {
    fn from(error: ModuleError) -> Self {
        Self::Module {
            code: error.code(),
            reason: error.to_string(),
        }
    }
}

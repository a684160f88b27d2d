//! Return codes of GM/T 0018-2012, appendix A.

use std::fmt;

/// What a function answered that is not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(pub u32);

impl Code {
    pub const COMMUNICATION: Self = Self(0x0100_0003);
    pub const HARDWARE: Self = Self(0x0100_0004);
    pub const OPEN_DEVICE: Self = Self(0x0100_0005);
    pub const OPEN_SESSION: Self = Self(0x0100_0006);
    pub const DENIED: Self = Self(0x0100_0007);
    pub const NO_KEY: Self = Self(0x0100_0008);
    pub const STEP: Self = Self(0x0100_0010);
    pub const NO_RIGHT: Self = Self(0x0100_0018);
    pub const INPUT: Self = Self(0x0100_001d);

    /// Whether it may come of a restart: the device, or what it knew of us, is gone.
    pub fn is_lost(self) -> bool {
        [
            Self::COMMUNICATION,
            Self::HARDWARE,
            Self::OPEN_DEVICE,
            Self::OPEN_SESSION,
            Self::DENIED,
            Self::STEP,
            Self::INPUT,
        ]
        .contains(&self)
    }

    /// Its name and what it means; none for a vendor's own.
    fn name(self) -> Option<(&'static str, &'static str)> {
        Some(match self.0.checked_sub(0x0100_0000)? {
            0x01 => ("SDR_UNKNOWERR", "unknown error"),
            0x02 => ("SDR_NOTSUPPORT", "not supported"),
            0x03 => ("SDR_COMMFAIL", "no communication with the device"),
            0x04 => ("SDR_HARDFAIL", "the device does not respond"),
            0x05 => ("SDR_OPENDEVICE", "the device cannot be opened"),
            0x06 => ("SDR_OPENSESSION", "no session"),
            0x07 => ("SDR_PARDENY", "no right to the private key"),
            0x08 => ("SDR_KEYNOTEXIST", "no such key"),
            0x09 => ("SDR_ALGNOTSUPPORT", "the algorithm is not supported"),
            0x0a => ("SDR_ALGMODNOTSUPPORT", "the mode is not supported"),
            0x0b => ("SDR_PKOPERR", "the public key operation failed"),
            0x0c => ("SDR_SKOPERR", "the private key operation failed"),
            0x0d => ("SDR_SIGNERR", "signing failed"),
            0x0e => ("SDR_VERIFYERR", "verifying failed"),
            0x10 => ("SDR_STEPERR", "a step is missing"),
            0x14 => ("SDR_KEYTYPEERR", "a key of another type"),
            0x15 => ("SDR_KEYERR", "the key is damaged"),
            0x17 => ("SDR_RANDERR", "no random numbers"),
            0x18 => ("SDR_PRKRERR", "the right to the private key was refused"),
            0x1c => ("SDR_NOBUFFER", "no memory"),
            0x1d => ("SDR_INARGERR", "an argument is wrong"),
            0x1e => ("SDR_OUTARGERR", "an output argument is wrong"),
            _ => return None,
        })
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some((name, meaning)) => write!(f, "{name}, {meaning}"),
            None => write!(f, "the vendor's code {:#010x}", self.0),
        }
    }
}

//! What is behind the interface.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
};

use sm2::dsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sm3::{Digest, Sm3};

/// A return code of GM/T 0018, appendix A.
pub type Code = u32;
const AWAY: Code = 0x0100_0003;
const OPEN_DEVICE: Code = 0x0100_0005;
const DENIED: Code = 0x0100_0007;
const NO_KEY: Code = 0x0100_0008;
const SIGN: Code = 0x0100_000d;
const NO_RIGHT: Code = 0x0100_0018;
const INPUT: Code = 0x0100_001d;

/// There are keys 1 to 8.
const KEYS: u32 = 8;
/// This one's public half is another's.
const MISTAKEN: u32 = 8;
const PASSWORD: &[u8] = b"softsdf-password";

pub static MACHINE: Mutex<Machine> = Mutex::new(Machine {
    away: false,
    other: false,
    opened: 0,
    passwords: 0,
    next: 0,
    devices: BTreeSet::new(),
    sessions: BTreeMap::new(),
});

pub struct Machine {
    pub away: bool,
    /// Another machine of the same kind was put in the place of this one.
    pub other: bool,
    pub opened: u32,
    pub passwords: u32,
    next: usize,
    devices: BTreeSet<usize>,
    /// The private keys that each has opened.
    sessions: BTreeMap<usize, BTreeSet<u32>>,
}

impl Machine {
    pub fn restart(&mut self) {
        self.devices.clear();
        self.sessions.clear();
    }

    pub fn open_device(&mut self) -> Result<usize, Code> {
        if self.away {
            return Err(OPEN_DEVICE);
        }
        self.opened += 1;
        self.next += 1;
        self.devices.insert(self.next);
        Ok(self.next)
    }

    pub fn close_device(&mut self, device: usize) -> Result<(), Code> {
        self.devices.remove(&device).then_some(()).ok_or(INPUT)
    }

    pub fn open_session(&mut self, device: usize) -> Result<usize, Code> {
        self.is_here()?;
        if !self.devices.contains(&device) {
            return Err(INPUT);
        }
        self.next += 1;
        self.sessions.insert(self.next, BTreeSet::new());
        Ok(self.next)
    }

    pub fn close_session(&mut self, session: usize) -> Result<(), Code> {
        self.sessions.remove(&session).map(|_| ()).ok_or(INPUT)
    }

    pub fn open_key(&mut self, session: usize, index: u32, password: &[u8]) -> Result<(), Code> {
        self.rights(session)?;
        self.key(index)?;
        self.passwords += 1;
        if password != PASSWORD {
            return Err(NO_RIGHT);
        }
        self.rights(session)?.insert(index);
        Ok(())
    }

    pub fn public_key(&mut self, session: usize, index: u32) -> Result<([u8; 32], [u8; 32]), Code> {
        self.rights(session)?;
        let shown = if index == MISTAKEN { index - 1 } else { index };
        let key = self.key(shown)?;
        let point = key.verifying_key().to_sec1_bytes();
        let halves = point[1..].split_at(32);
        let half = |bytes: &[u8]| bytes.try_into().map_err(|_| SIGN);
        Ok((half(halves.0)?, half(halves.1)?))
    }

    pub fn sign(
        &mut self,
        session: usize,
        index: u32,
        digest: &[u8],
    ) -> Result<([u8; 32], [u8; 32]), Code> {
        if !self.rights(session)?.contains(&index) {
            return Err(DENIED);
        }
        if digest.len() != 32 {
            return Err(INPUT);
        }
        let signature: Signature = self.key(index)?.sign_prehash(digest).map_err(|_| SIGN)?;
        let half = |bytes: &[u8]| bytes.try_into().map_err(|_| SIGN);
        let bytes = signature.to_bytes();
        Ok((half(&bytes[..32])?, half(&bytes[32..])?))
    }

    /// The key with this number: the digest of a word and the number.
    fn key(&self, index: u32) -> Result<SigningKey, Code> {
        if !(1..=KEYS).contains(&index) {
            return Err(NO_KEY);
        }
        let word: &[u8] = if self.other { b"another" } else { b"softsdf" };
        let secret = Sm3::new()
            .chain_update(word)
            .chain_update(index.to_be_bytes())
            .finalize();
        // The digest goes in ready-made, so that the identifier does not matter here.
        SigningKey::from_slice("", &secret).map_err(|_| NO_KEY)
    }

    fn is_here(&self) -> Result<(), Code> {
        if self.away { Err(AWAY) } else { Ok(()) }
    }

    fn rights(&mut self, session: usize) -> Result<&mut BTreeSet<u32>, Code> {
        self.is_here()?;
        self.sessions.get_mut(&session).ok_or(INPUT)
    }
}

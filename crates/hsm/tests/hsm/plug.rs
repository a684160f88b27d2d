//! The machine in software, and its plug.

#![expect(
    unsafe_code,
    reason = "the machine's own functions are called by their C interface"
)]

use std::{fs, path::PathBuf};

use hsm::{Pin, Sdf, SdfSettings};
use libloading::Library;
use tempfile::TempDir;

pub const PASSWORD: &str = "softsdf-password";

/// Where cargo puts the library for the tests that depend on it.
pub fn library() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let found = program.with_file_name("libsoftsdf.so");
    assert!(found.exists(), "{}", found.display());
    found
}

/// The machine with a password file.
pub struct Plug {
    folder: TempDir,
    library: Library,
}

impl Plug {
    pub fn new() -> Self {
        // SAFETY: it is ours and has no initialisers.
        let library = unsafe { Library::new(library()) }.unwrap();
        let folder = TempDir::new().unwrap();
        let plug = Self { folder, library };
        plug.write_password(PASSWORD);
        plug
    }

    pub fn write_password(&self, password: &str) {
        fs::write(self.folder.path().join("password"), password).unwrap();
    }

    pub fn settings(&self) -> SdfSettings {
        let keys = [
            ("trust/root", 1),
            ("trust/tsa", 2),
            ("absent", 99),
            ("mistaken", 8),
        ];
        let keys = keys.map(|(label, index)| (label.to_owned(), index));
        SdfSettings {
            library: library(),
            password: Some(Pin::File(self.folder.path().join("password"))),
            sessions: 4,
            keys: keys.into(),
        }
    }

    pub fn open(&self) -> Sdf {
        Sdf::open(self.settings()).unwrap()
    }

    /// It forgets every handle.
    pub fn restart(&self) {
        // SAFETY: the function's own signature.
        let restart = unsafe { self.library.get::<extern "C" fn()>(b"SOFTSDF_Restart") };
        restart.unwrap()();
    }

    /// Another machine comes in its place.
    pub fn swap(&self) {
        // SAFETY: the function's own signature.
        let swap = unsafe { self.library.get::<extern "C" fn()>(b"SOFTSDF_Swap") };
        swap.unwrap()();
    }

    /// It signs with other keys, and does not say so.
    pub fn mistake(&self) {
        // SAFETY: the function's own signature.
        let mistake = unsafe { self.library.get::<extern "C" fn()>(b"SOFTSDF_Mistake") };
        mistake.unwrap()();
    }

    pub fn unplug(&self, away: bool) {
        // SAFETY: the function's own signature.
        let unplug = unsafe { self.library.get::<extern "C" fn(u32)>(b"SOFTSDF_Unplug") };
        unplug.unwrap()(u32::from(away));
    }

    /// How often the device was opened.
    pub fn opened(&self) -> u32 {
        self.count(0)
    }

    /// How often a password was given.
    pub fn passwords(&self) -> u32 {
        self.count(1)
    }

    fn count(&self, what: u32) -> u32 {
        // SAFETY: the function's own signature.
        let count = unsafe {
            self.library
                .get::<extern "C" fn(u32) -> u32>(b"SOFTSDF_Count")
        };
        count.unwrap()(what)
    }
}

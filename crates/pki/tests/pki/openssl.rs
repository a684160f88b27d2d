//! The openssl tool as a witness.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use pki::Certificate;
use tempfile::TempDir;

/// A directory of files that openssl reads.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    pub fn put_pem(&self, name: &str, certificates: &[Certificate]) -> &Self {
        self.put(
            name,
            certificates
                .iter()
                .map(Certificate::to_pem)
                .collect::<String>(),
        )
    }

    pub fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// Runs `openssl` in the directory; the words are separated by blanks. The answer
    /// is whether it succeeded, and all that it said.
    pub fn run(&self, words: &str) -> (bool, String) {
        run(self.0.path(), words)
    }

    /// Runs and expects success; gives what openssl said.
    pub fn ok(&self, words: &str) -> String {
        let (ok, said) = self.run(words);
        assert!(ok, "openssl {words}\n{said}");
        said
    }
}

fn run(directory: &Path, words: &str) -> (bool, String) {
    let output = Command::new("openssl")
        .args(words.split_whitespace())
        .current_dir(directory)
        .output()
        .expect("openssl is missing: run ./dev setup");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

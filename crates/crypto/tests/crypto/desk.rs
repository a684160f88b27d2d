//! The openssl tool as a witness.

use std::process::Command;

use tempfile::TempDir;

/// A directory of files that openssl reads.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    pub fn get(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.0.path().join(name)).unwrap()
    }

    /// Runs `openssl` in the directory; the words are separated by blanks. The answer
    /// is whether it succeeded, and all that it said.
    pub fn run(&self, words: &str) -> (bool, String) {
        let output = Command::new("openssl")
            .args(words.split_whitespace())
            .current_dir(self.0.path())
            .output()
            .expect("openssl is missing: run ./dev setup");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        (output.status.success(), said)
    }

    /// Runs and expects success; gives what openssl said.
    pub fn ok(&self, words: &str) -> String {
        let (ok, said) = self.run(words);
        assert!(ok, "openssl {words}\n{said}");
        said
    }
}

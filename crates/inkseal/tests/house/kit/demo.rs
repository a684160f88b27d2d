//! The results of `inkseal demo`, made once for all tests that only look at them.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{inkseal, program::Said};

/// A folder with the demo's results. Nothing in it may be changed.
pub struct Demo(PathBuf);

impl Demo {
    /// The demo of a profile by this build of the binary. Tests run in processes of
    /// their own: the first one makes it, the others wait for it.
    pub fn of(profile: &str) -> Self {
        let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
        fs::create_dir_all(all).unwrap();
        let lock = File::create(all.join(format!("demo-{profile}.lock"))).unwrap();
        lock.lock().unwrap();
        let binary = fs::metadata(env!("CARGO_BIN_EXE_inkseal")).unwrap();
        let made = format!("{:?} {}", binary.modified().unwrap(), binary.len());
        let folder = all.join(format!("demo-{profile}"));
        let stamp = folder.join("made-by");
        if fs::read_to_string(&stamp).ok() != Some(made.clone()) {
            let _ = fs::remove_dir_all(&folder);
            run(profile, &folder);
            fs::write(stamp, made).unwrap();
        }
        Self(folder)
    }

    pub fn folder(&self) -> &Path {
        &self.0
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn contract(&self) -> Vec<u8> {
        fs::read(self.path("contract.pdf")).unwrap()
    }

    /// What `inkseal verify --json` says of the contract.
    pub fn report(&self) -> Value {
        let mut command = inkseal();
        command
            .args(["verify", "--json"])
            .arg(self.path("contract.pdf"));
        serde_json::from_str(&Said::of(&mut command).ok()).unwrap()
    }
}

/// Runs the demo, which must succeed.
pub fn run(profile: &str, folder: &Path) {
    let mut command = inkseal();
    command
        .args(["demo", "--profile", profile, "--out"])
        .arg(folder);
    Said::of(&mut command).ok();
}

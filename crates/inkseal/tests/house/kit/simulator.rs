//! A simulator that is a process of its own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::{Client, inkseal};

/// A running `inkseal simulate`.
pub struct Simulator {
    child: Child,
    pub folder: TempDir,
    /// The settings that it printed.
    pub settings: String,
    pub control: Client,
}

impl Simulator {
    /// Starts one; the settings that it prints end with a line that has `last` in it.
    pub fn start(kind: &str, more: &[&str], last: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = inkseal();
        command
            .args(["simulate", kind, "--listen", "127.0.0.1:0", "--out"])
            .arg(folder.path())
            .args(more);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut settings = String::new();
        while !settings.contains(last) {
            settings += &lines.next().expect("the simulator is up").unwrap();
            settings.push('\n');
        }
        let url = settings.split('"').nth(1).unwrap();
        Self {
            control: Client::new(url),
            child,
            folder,
            settings,
        }
    }

    /// How it behaves from now on.
    pub async fn tell(&self, faults: &Value) {
        self.control.post("/simulator", faults).await.ok();
    }

    /// What it has counted.
    pub async fn count(&self, what: &str) -> u64 {
        let counted = self.control.get("/simulator").await.ok();
        counted[what].as_u64().unwrap()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

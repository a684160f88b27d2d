//! A program that serves until it is killed.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

/// Killed when it is dropped, as by a power cut.
pub struct Served {
    child: Child,
    /// What it printed before it was up.
    pub printed: String,
    /// Where it is reached.
    pub url: String,
}

impl Served {
    /// Starts a program and waits until it has printed `last`. Its URL is the first one
    /// that it prints.
    pub fn start(command: &mut Command, last: &str) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        while !printed.contains(last) {
            let line = lines.next().expect("it ended before it was up").unwrap();
            printed += &line;
            printed.push('\n');
        }
        let url = printed.split_whitespace().find(|word| word.contains("://"));
        let url = url.unwrap().to_owned();
        Self {
            child,
            printed,
            url,
        }
    }

    /// Cuts the power.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

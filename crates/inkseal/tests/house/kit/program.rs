//! Running programs: ours, and those of others that judge us.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The binary under test, with templates and fonts of this repository: it may lie in
/// a target folder from which it cannot find them.
pub fn inkseal() -> Command {
    let root = repository();
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkseal"));
    for (name, _) in std::env::vars() {
        if name.starts_with("INKSEAL_") {
            command.env_remove(name);
        }
    }
    // Tests ask for codes faster than people.
    command.env("INKSEAL_CODE_LIMITS", "{number=[],address=[]}");
    command.env("INKSEAL_TEMPLATES", root.join("templates"));
    command.env("INKSEAL_FONTS", root.join("fonts"));
    command
}

/// What a program said, and how it ended.
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(command: &mut Command) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let output = command
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap_or_else(|e| panic!("{name}: {e}; run ./dev setup"));
        let Output {
            status,
            stdout,
            stderr,
        } = output;
        Self {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&stdout).into_owned(),
            err: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }

    /// Expects success and gives what was said.
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}\n{}", self.out, self.err);
        self.out
    }
}

/// Runs a tool of others in a folder.
pub fn tool(name: &str, folder: &Path, arguments: &[&str]) -> Said {
    Said::of(Command::new(name).args(arguments).current_dir(folder))
}

/// Runs a program of one source file with Bouncy Castle beside it.
pub fn java(source: &Path, folder: &Path, arguments: &[&str]) -> Said {
    let jars = ["bcprov", "bcpkix", "bcutil"].map(|jar| format!("/usr/share/java/{jar}.jar"));
    let mut command = Command::new("java");
    command.arg("-cp").arg(jars.join(":")).arg(source);
    Said::of(command.args(arguments).current_dir(folder))
}

//! `inkseal serve` in a folder of its own.

use std::{
    io::{BufRead, BufReader},
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Client, Contract, inkseal, program::Said, visit::Visit};

/// The administrator's password after the one-time password.
pub const PASSWORD: &str = "a password of length";

/// How it is started.
#[derive(Clone, Default)]
pub struct Start {
    /// Data elsewhere than in the folder.
    pub data: Option<PathBuf>,
    /// Configuration by variables.
    pub variables: Vec<(&'static str, String)>,
    /// Whether all that it logs goes to [`LOG`] in its folder.
    pub logged: bool,
}

/// Name of the file with what a server logs, where a test wants it.
pub const LOG: &str = "serve.log";

/// Name of the configuration, where a test has one.
const CONFIG: &str = "inkseal.toml";

/// A served folder. Dropping it kills the server, as a power cut would.
pub struct House {
    folder: Arc<TempDir>,
    start: Start,
    child: Child,
    /// What the start printed.
    pub printed: String,
    /// Where it is reached.
    pub url: String,
    /// Where the SMS simulator is reached.
    pub simulator: String,
    /// The one-time password, as long as it was not changed.
    pub one_time: Option<String>,
}

impl House {
    /// Serves a new, empty folder.
    pub fn start() -> Self {
        Self::serve(Arc::new(TempDir::new().unwrap()), Start::default())
    }

    /// Serves a folder in which something was prepared: `inkseal.toml` is its
    /// configuration, `softhsm2.conf` that of its token.
    pub fn prepared(prepare: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        prepare(folder.path());
        Self::serve(Arc::new(folder), Start::default())
    }

    /// Serves a new, empty folder with these lines of configuration.
    pub fn configured(lines: &str) -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(CONFIG), lines).unwrap();
        Self::serve(Arc::new(folder), Start::default())
    }

    /// Serves a new, empty folder, and logs all that it can.
    pub fn logged() -> Self {
        let start = Start {
            logged: true,
            ..Start::default()
        };
        Self::serve(Arc::new(TempDir::new().unwrap()), start)
    }

    /// What a server says that does not start with these lines of configuration.
    pub fn refused(lines: &str) -> String {
        let folder = TempDir::new().unwrap();
        std::fs::write(folder.path().join(CONFIG), lines).unwrap();
        let mut command = inkseal();
        command.args(["serve", "--listen", "127.0.0.1:0", "--config", CONFIG]);
        let said = Said::of(command.current_dir(folder.path()));
        assert_ne!(said.code, 0, "{}", said.out);
        said.err
    }

    /// Serves what a command left in `data`.
    pub fn over(data: &Path) -> Self {
        let data = Some(data.to_owned());
        let start = Start {
            data,
            ..Start::default()
        };
        Self::serve(Arc::new(TempDir::new().unwrap()), start)
    }

    pub fn serve(folder: Arc<TempDir>, start: Start) -> Self {
        let mut command = Self::command(folder.path());
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        if folder.path().join(CONFIG).exists() {
            command.args(["--config", CONFIG]);
        }
        if let Some(data) = &start.data {
            command.arg("--data").arg(data);
        }
        if start.logged {
            let log = std::fs::File::create(folder.path().join(LOG)).unwrap();
            command.env("INKSEAL_LOG", "trace").stderr(log);
        }
        command.envs(start.variables.iter().map(|(name, value)| (name, value)));
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut printed = String::new();
        // The line about certificates is the last one; the socket is bound before the first.
        while !printed.contains("certificates are") {
            let line = lines.next().expect("serve ended before it was up").unwrap();
            printed += &line;
            printed.push('\n');
        }
        let after = |what: &str| {
            let (_, rest) = printed.split_once(what)?;
            Some(rest.split_whitespace().next()?.to_owned())
        };
        let simulator = printed.lines().find(|line| line.contains("SMS simulator"));
        let simulator =
            simulator.and_then(|line| line.split_whitespace().find(|w| w.contains("://")));
        Self {
            url: after("Inkseal ").unwrap(),
            simulator: simulator.unwrap_or_default().to_owned(),
            one_time: after("admin / "),
            folder,
            start,
            child,
            printed,
        }
    }

    /// All that the server can write in its memory, as a core dump would hold it.
    pub fn memory(&self) -> Vec<u8> {
        let process = PathBuf::from(format!("/proc/{}", self.child.id()));
        let maps = std::fs::read_to_string(process.join("maps")).unwrap();
        let memory = std::fs::File::open(process.join("mem")).unwrap();
        let mut image = Vec::new();
        for line in maps.lines() {
            let (range, rest) = line.split_once(' ').unwrap();
            if !rest.starts_with("rw") {
                continue;
            }
            let (from, to) = range.split_once('-').unwrap();
            let number = |text| u64::from_str_radix(text, 16).unwrap();
            let length = usize::try_from(number(to) - number(from)).unwrap();
            let mut part = vec![0; length];
            // What the system keeps for itself cannot be read.
            if memory.read_exact_at(&mut part, number(from)).is_ok() {
                image.extend(part);
            }
        }
        image
    }

    /// The binary in the folder of a house.
    fn command(folder: &Path) -> Command {
        let mut command = inkseal();
        command.current_dir(folder);
        command.env("SOFTHSM2_CONF", folder.join("softhsm2.conf"));
        command
    }

    /// Runs another command with the house's configuration.
    pub fn run(&self, arguments: &[&str]) -> Said {
        let mut command = Self::command(self.folder());
        Said::of(command.args(arguments).args(["--config", "inkseal.toml"]))
    }

    /// The folder in which it was started.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Cuts the power, and says what is needed to start again.
    pub fn cut(mut self) -> (Arc<TempDir>, Start) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        (Arc::clone(&self.folder), self.start.clone())
    }

    /// Cuts the power and starts again.
    pub fn after_power_cut(mut self) -> Self {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        Self::serve(Arc::clone(&self.folder), self.start.clone())
    }

    /// Asks it to stop, and starts again.
    pub fn after_stop(mut self) -> Self {
        assert!(self.stop().success(), "a stop is no failure");
        Self::serve(Arc::clone(&self.folder), self.start.clone())
    }

    /// Asks it to stop, and starts again with these lines of configuration.
    pub fn after_stop_with(mut self, lines: &str) -> Self {
        assert!(self.stop().success(), "a stop is no failure");
        std::fs::write(self.folder().join(CONFIG), lines).unwrap();
        Self::serve(Arc::clone(&self.folder), self.start.clone())
    }

    /// Asks it to stop and waits until it did.
    pub fn stop(&mut self) -> ExitStatus {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(id).status().unwrap().success());
        self.child.wait().unwrap()
    }

    /// Nobody in particular.
    pub fn anybody(&self) -> Client {
        Client::new(&self.url)
    }

    /// The operator, with a password.
    pub fn operator(&self, password: &str) -> Client {
        self.anybody().basic("admin", password)
    }

    /// The operator, who has changed the one-time password.
    pub async fn with_password(&self) -> Client {
        if let Some(one_time) = &self.one_time {
            let change = json!({ "new": PASSWORD });
            let operator = self.operator(one_time);
            operator.post("/api/v1/admin/password", &change).await;
        }
        self.operator(PASSWORD)
    }

    /// An integrator with a new API key of this tenant.
    pub async fn integrator(&self, tenant: &str) -> Client {
        let wanted = json!({ "tenant": tenant, "name": "tests" });
        let operator = self.with_password().await;
        let made = operator.post("/api/v1/admin/api-keys", &wanted).await;
        self.anybody().bearer(made.ok()["key"].as_str().unwrap())
    }

    /// The last one-time code that was sent to a number.
    pub async fn code(&self, number: &str) -> String {
        self.sent(number).await["code"].as_str().unwrap().to_owned()
    }

    /// The last message to a number.
    pub async fn message(&self, number: &str) -> String {
        self.sent(number).await["text"].as_str().unwrap().to_owned()
    }

    /// All messages to a number, the newest first.
    pub async fn messages(&self, number: &str) -> Vec<Value> {
        let path = format!("/messages/{number}/all");
        let all = self.gateway().get(&path).await.ok();
        all.as_array().unwrap().clone()
    }

    /// The SMS simulator.
    pub fn gateway(&self) -> Client {
        Client::new(&self.simulator)
    }

    async fn sent(&self, number: &str) -> Value {
        let path = format!("/messages/{number}");
        self.gateway().get(&path).await.ok()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl House {
    /// The same contract, at the address of this start.
    pub fn again(&self, contract: Contract) -> Contract {
        let integrator = contract.integrator.at(&self.url);
        Contract {
            integrator,
            ..contract
        }
    }

    /// The same visit, at the address of this start.
    pub fn back(&self, visit: Visit) -> Visit {
        let client = visit.client.at(&self.url);
        Visit { client, ..visit }
    }

    /// Fetches the finished file and expects `inkseal verify` to find it valid; gives
    /// its report.
    pub async fn verified(&self, contract: &Contract) -> Value {
        let folder = TempDir::new().unwrap();
        let put = |name: &str, bytes: Vec<u8>| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let file = put("contract.pdf", contract.get("/file").await.bytes());
        put(
            "anchors.pem",
            self.anybody().get("/api/v1/anchors.pem").await.bytes(),
        );
        let said = Said::of(inkseal().args(["verify", "--json"]).arg(file));
        let report = said.ok();
        serde_json::from_str(&report).unwrap()
    }
}

//! The trust service in one process, the signing service in another.

use std::{path::Path, sync::Arc};

use tempfile::TempDir;

use super::{House, house::Start, inkseal, program::Said};

/// Two processes, each with a folder of its own.
pub struct Split {
    pub trust: House,
    pub signing: House,
    /// Where the signing service reaches the trust service.
    pub trust_door: String,
    /// Certificates, keys and authorities of the services.
    pub papers: TempDir,
}

/// Makes a certificate for a service: `{name}.pem`, `{name}.key`, `trust.pem`. The trust
/// service must not be running.
pub fn register(folder: &Path, role: &str, name: &str, papers: &Path) {
    let mut command = inkseal();
    command.current_dir(folder).env("INKSEAL_ROLE", role);
    command.args(["ca", "service", "--name", name, "--out"]);
    Said::of(command.arg(papers)).ok();
}

/// The trust service of a folder, or a house with one, at a free port.
pub fn serve_trust(folder: Arc<TempDir>, role: &str) -> House {
    let variables = vec![
        ("INKSEAL_ROLE", role.to_owned()),
        ("INKSEAL_TRUST_LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let start = Start {
        variables,
        ..Start::default()
    };
    House::serve(folder, start)
}

/// The signing service of a folder, with the papers of `signing`.
pub fn serve_signing(folder: Arc<TempDir>, trust: &str, papers: &Path) -> House {
    let paper = |name: &str| papers.join(name).display().to_string();
    let variables = vec![
        ("INKSEAL_ROLE", "signing".to_owned()),
        ("INKSEAL_TRUST_URL", trust.to_owned()),
        ("INKSEAL_TLS_CERTIFICATE", paper("signing.pem")),
        ("INKSEAL_TLS_KEY", paper("signing.key")),
        ("INKSEAL_TLS_AUTHORITIES", paper("trust.pem")),
    ];
    let start = Start {
        variables,
        ..Start::default()
    };
    House::serve(folder, start)
}

impl Split {
    /// Starts both out of nothing.
    pub fn start() -> Self {
        Self::with("trust")
    }

    /// The same with a trust service in another role.
    pub fn with(role: &str) -> Self {
        let (folder, papers) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        register(folder.path(), role, "signing", papers.path());
        let trust = serve_trust(Arc::new(folder), role);
        let folder = Arc::new(TempDir::new().unwrap());
        let trust_door = trust.door();
        let signing = serve_signing(folder, &trust_door, papers.path());
        Self {
            trust,
            signing,
            trust_door,
            papers,
        }
    }
}

impl House {
    /// Where other services reach this trust service.
    pub fn door(&self) -> String {
        let line = self
            .printed
            .lines()
            .find(|line| line.contains("mutual TLS"));
        let word = line.and_then(|line| line.split_whitespace().find(|w| w.contains("://")));
        word.expect("a door is printed").to_owned()
    }
}

//! `inkseal ca request|ceremony|install|protocol-verify|list`: the root's key on a machine
//! of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;
use crypto::Suite;
use pki::{Certificate, CertificationRequest};
use store::Store;
use trust::{
    TrustError,
    ceremony::{self, Record},
};

use crate::{
    cli::ConfigFile,
    config::Config,
    house::{Reason, now},
};

const PROTOCOL: &str = "protocol.json";
const JOURNAL: &str = "journal.jsonl";

/// Makes the issuing keys of a service that was not started yet.
#[derive(Args)]
pub struct Request {
    #[command(flatten)]
    config: ConfigFile,
    /// Folder for the requests, one for each suite. 输出目录
    #[arg(long)]
    out: PathBuf,
    /// A suite, such as `rsa3072-sha256`: of the usual two, or a further one after the
    /// others were installed. Give it for each. 算法套件
    #[arg(long = "suite", value_parser = suite)]
    suites: Vec<Suite>,
}

fn suite(name: &str) -> Result<Suite, String> {
    Suite::from_name(name).ok_or_else(|| "there is no suite of this name".to_owned())
}

impl Request {
    /// Writes the requests.
    pub async fn run(self) -> Result<(), Reason> {
        let config = self.config.load()?;
        let store = Store::open(&config.data).await?;
        let keys = config.open_keys().await?;
        let made = ceremony::requests(&store, &keys, &config.operator, &self.suites).await;
        store.close().await;
        fs::create_dir_all(&self.out)?;
        for (suite, request) in made? {
            let file = self.out.join(format!("issuing-{}.csr", suite.name()));
            write(&file, request.to_pem().as_bytes())?;
        }
        Ok(())
    }
}

/// Holds a ceremony on a machine without a network.
#[derive(Args)]
pub struct Ceremony {
    /// Folder of the root's key store; made when it is not there. 根密钥目录
    #[arg(long)]
    keys: PathBuf,
    /// Configuration with the key modules of this machine, `[keys.pkcs11]` or
    /// `[keys.sdf]`: what they take, the root's key too, lies there. 密钥模块配置
    #[arg(long)]
    config: Option<PathBuf>,
    /// Folder for certificates and protocol. 输出目录
    #[arg(long)]
    out: PathBuf,
    /// Organisation in the root's certificate. 运营方
    #[arg(long)]
    operator: String,
    /// Who sees it; give it for each. 见证人
    #[arg(long = "witness", required = true)]
    witnesses: Vec<String>,
    /// The service's `status_url`, for the addresses in its certificates. 证书状态地址
    #[arg(long, default_value = "")]
    status_url: String,
    /// Requests of the service. 证书请求
    #[arg(required = true)]
    requests: Vec<PathBuf>,
}

impl Ceremony {
    /// Signs, and writes down what was done.
    pub async fn run(self) -> Result<(), Reason> {
        let requests = self.requests.iter().map(|file| {
            let read = CertificationRequest::from_pem(&read_text(file)?);
            read.map_err(|error| Reason::from(format!("{}: {error}", file.display())))
        });
        let requests = requests.collect::<Result<Vec<_>, Reason>>()?;
        fs::create_dir_all(&self.keys)?;
        fs::create_dir_all(&self.out)?;
        let mut config = Config::load(self.config.as_deref())?;
        config.data = self.keys;
        let keys = config.open_keys().await?;
        let held = ceremony::Ceremony {
            operator: self.operator,
            witnesses: self.witnesses,
            at: now(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            url: self.status_url,
        };
        let mut journal = Journal::create(&self.out)?;
        let mut record = |record: Record<'_>| journal.keep(record);
        let (_, made) = ceremony::hold(&keys, &held, &requests, &mut record)?;
        for one in &made {
            let names = Names::of(&self.out, one.suite);
            write(&names.root, one.root.to_pem().as_bytes())?;
            write(&names.issuing, one.issuing.to_pem().as_bytes())?;
            write(&names.list, &one.list)?;
            write(&names.signature, &one.signature)?;
        }
        Ok(())
    }
}

/// Signs another list of each root of earlier ceremonies, on the machine without a network.
#[derive(Args)]
pub struct RootList {
    /// Folder of the root's key store. 根密钥目录
    #[arg(long)]
    keys: PathBuf,
    /// Configuration with the key modules of this machine. 密钥模块配置
    #[arg(long)]
    config: Option<PathBuf>,
    /// Folder for the lists. 输出目录
    #[arg(long)]
    out: PathBuf,
}

impl RootList {
    /// Writes `root-….crl` for each suite.
    pub async fn run(self) -> Result<(), Reason> {
        fs::create_dir_all(&self.out)?;
        let mut config = Config::load(self.config.as_deref())?;
        config.data = self.keys;
        let keys = config.open_keys().await?;
        let mut journal = Journal::create(&self.out)?;
        let mut record = |record: Record<'_>| journal.keep(record);
        let mut signed = false;
        for suite in Suite::ALL {
            let list = ceremony::renewed_list(&keys, suite, now(), &mut record)?;
            if let Some(list) = list {
                write(&Names::of(&self.out, suite).list, &list)?;
                signed = true;
            }
        }
        if signed {
            return Ok(());
        }
        Err("no root of a ceremony is here; give its key store with --keys".into())
    }
}

/// Takes in lists of the installed roots. The service must not be running.
#[derive(Args)]
pub struct InstallList {
    #[command(flatten)]
    config: ConfigFile,
    /// The lists that `root-list` wrote. 吊销列表
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl InstallList {
    /// Verifies each with its root, and installs.
    pub async fn run(self) -> Result<(), Reason> {
        let config = self.config.load()?;
        let store = Store::open(&config.data).await?;
        let mut done = Ok(());
        for file in &self.files {
            done = install_list(&store, file).await;
            if done.is_err() {
                break;
            }
        }
        store.close().await;
        done
    }
}

async fn install_list(store: &Store, file: &Path) -> Result<(), Reason> {
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", file.display());
    let list = fs::read(file).map_err(|error| named(&error))?;
    let suite = ceremony::install_list(store, &list).await;
    let suite = suite.map_err(|error| named(&error))?;
    println!("{}  installed 已安装", suite.name());
    Ok(())
}

/// What is about to be signed, durable before it is: `journal.jsonl`, and the protocol.
struct Journal {
    folder: PathBuf,
    lines: fs::File,
}

impl Journal {
    fn create(folder: &Path) -> Result<Self, Reason> {
        let path = folder.join(JOURNAL);
        let lines = fs::File::create_new(&path);
        let lines = lines.map_err(|error| format!("{}: {error}", path.display()))?;
        fs::File::open(folder)?.sync_all()?;
        let folder = folder.to_owned();
        Ok(Self { folder, lines })
    }

    fn keep(&mut self, record: Record<'_>) -> Result<(), TrustError> {
        let kept = match record {
            Record::Line(line) => self.append(line),
            Record::Protocol(protocol) => write(&self.folder.join(PROTOCOL), protocol)
                .and_then(|()| Ok(fs::File::open(&self.folder)?.sync_all()?)),
        };
        kept.map_err(|error| TrustError::Ceremony(format!("its record: {error}")))
    }

    fn append(&mut self, line: &[u8]) -> Result<(), Reason> {
        use std::io::Write;
        self.lines.write_all(&[line, b"\n"].concat())?;
        Ok(self.lines.sync_all()?)
    }
}

/// Takes in what a ceremony made.
#[derive(Args)]
pub struct Install {
    #[command(flatten)]
    config: ConfigFile,
    /// The folder that the ceremony wrote. 仪式产物目录
    folder: PathBuf,
}

impl Install {
    /// Verifies the protocol and installs.
    pub async fn run(self) -> Result<(), Reason> {
        let config = self.config.load()?;
        let made = read_folder(&self.folder)?;
        let store = Store::open(&config.data).await?;
        let keys = config.open_keys().await?;
        let made: Vec<_> = made.into_iter().map(|(_, one)| one).collect();
        let done = ceremony::install(&store, &keys, &made).await;
        store.close().await;
        done?;
        println!(
            "{} authorities installed; no root key here 已安装，本机不持有根密钥",
            made.len()
        );
        Ok(())
    }
}

/// Verifies a ceremony's protocol.
#[derive(Args)]
pub struct ProtocolVerify {
    /// The folder that the ceremony wrote. 仪式产物目录
    folder: PathBuf,
}

impl ProtocolVerify {
    /// Verifies the signature of every root and prints what was done.
    pub fn run(self) -> Result<(), Reason> {
        read_folder(&self.folder)?;
        let protocol = read_text(&self.folder.join(PROTOCOL))?;
        println!("{protocol}");
        Ok(())
    }
}

/// Lists the authorities that stand.
#[derive(Args)]
pub struct List {
    #[command(flatten)]
    config: ConfigFile,
}

impl List {
    /// One line of JSON for each.
    pub async fn run(self) -> Result<(), Reason> {
        let config = self.config.load()?;
        let store = Store::open(&config.data).await?;
        let all = trust::authorities(&store).await;
        store.close().await;
        for (name, certificate) in all? {
            let line = serde_json::json!({ "name": name, "subject": certificate.subject(),
                "serial": certificate.serial_hex(), "not_before": certificate.not_before(),
                "not_after": certificate.not_after() });
            println!("{line}");
        }
        Ok(())
    }
}

/// The files of one suite.
struct Names {
    root: PathBuf,
    issuing: PathBuf,
    list: PathBuf,
    signature: PathBuf,
}

impl Names {
    fn of(folder: &Path, suite: Suite) -> Self {
        let suite = suite.name();
        Self {
            root: folder.join(format!("root-{suite}.pem")),
            issuing: folder.join(format!("issuing-{suite}.pem")),
            list: folder.join(format!("root-{suite}.crl")),
            signature: folder.join(format!("protocol-{suite}.p7s")),
        }
    }
}

/// Reads what a ceremony made, each with a protocol that its root signed.
fn read_folder(folder: &Path) -> Result<Vec<(Suite, ceremony::Installed)>, Reason> {
    let protocol = read_text(&folder.join(PROTOCOL))?;
    let mut all = Vec::new();
    for suite in Suite::ALL {
        let names = Names::of(folder, suite);
        if !names.root.exists() {
            continue;
        }
        let (root, issuing) = (certificate(&names.root)?, certificate(&names.issuing)?);
        let signature = fs::read(&names.signature)?;
        let read = ceremony::verify_protocol(protocol.as_bytes(), &signature, &root)?;
        let pem = issuing.to_pem();
        let signed = |step: &ceremony::Step| step.pem.as_ref() == Some(&pem);
        if !read.steps.iter().any(signed) {
            return Err(format!("{} is not in the protocol", names.issuing.display()).into());
        }
        let list = fs::read(&names.list)?;
        all.push((
            suite,
            ceremony::Installed {
                root,
                issuing,
                list,
            },
        ));
    }
    if all.is_empty() {
        return Err(format!("{} has no root of a ceremony", folder.display()).into());
    }
    Ok(all)
}

fn certificate(file: &Path) -> Result<Certificate, Reason> {
    let all = Certificate::from_pem_many(&read_text(file)?)?;
    let first = all.into_iter().next();
    first.ok_or_else(|| format!("{}: no certificate", file.display()).into())
}

fn read_text(file: &Path) -> Result<String, Reason> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()).into())
}

/// Never over a file that is there: what a ceremony made once is kept.
fn write(file: &Path, bytes: &[u8]) -> Result<(), Reason> {
    use std::io::Write;
    let created = fs::File::create_new(file);
    let written = created.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| Reason::from(format!("{}: {error}", file.display())))?;
    println!("{}", file.display());
    Ok(())
}

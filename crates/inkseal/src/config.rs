//! Configuration: defaults that work, a TOML file, and `INKSEAL_…` variables.

pub mod keys;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use signing::limits::Rules;

use crate::{authority, external_ca, forensic, role::Role, sms};

/// How Inkseal runs.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Which services run in this process.
    pub role: Role,
    /// Address of API and pages.
    pub listen: SocketAddr,
    /// Address of the trust service's door for other services, with mutual TLS; none
    /// means 127.0.0.1:8642 in the role `trust`, and no door otherwise.
    pub trust_listen: Option<SocketAddr>,
    /// The name or address by which other services reach that door, beside this machine's
    /// own.
    pub trust_name: String,
    /// The `https` URL of the trust service's door, in the role `signing`.
    pub trust_url: String,
    /// Certificate of this service, PEM. A trust service makes one itself when it is empty.
    pub tls_certificate: PathBuf,
    /// Its key, PEM.
    pub tls_key: PathBuf,
    /// The authorities of the other side's certificates, PEM.
    pub tls_authorities: PathBuf,
    /// How signers reach the service; the address when empty.
    pub public_url: String,
    /// How everybody reaches revocation lists and OCSP, `http://…` without TLS. It is
    /// written into certificates and must be served for as long as they are read, so it is
    /// not guessed from the other addresses: certificates name none when it is empty.
    pub status_url: String,
    /// Who operates the service, as certificates and pages name it.
    pub operator: String,
    /// Folder of the Chinese fonts; searched for when empty.
    pub fonts: PathBuf,
    /// Folder of the contract templates; searched for when empty.
    pub templates: PathBuf,
    /// The URL of an SMS gateway that speaks our own form, without signatures. Without it
    /// and `sms_gateway` the simulator is started, and evidence says so.
    pub sms_url: String,
    /// An SMS gateway with a form of its own, or signed requests.
    pub sms_gateway: Option<sms::Settings>,
    /// The name in front of every message, without its brackets 【】.
    pub sms_signature: String,
    /// Who knows people and companies; without it the simulator is started, and evidence
    /// says so.
    pub identity_authority: Option<authority::Settings>,
    /// Key modules; all keys are in the encrypted file when there are none.
    pub keys: keys::KeyModules,
    /// A licensed certificate authority; without it the built-in one issues everything.
    pub external_ca: Option<external_ca::Settings>,
    /// The forensic centre's public keys; without them the operator's own are made, and
    /// evidence says so.
    pub forensic: Option<forensic::Settings>,
    /// Whether the API stands behind a proxy of the operator's, whose `X-Forwarded-For`
    /// tells from where requests come.
    pub behind_proxy: bool,
    /// How many one-time codes may be sent to a number, from an address, for a tenant; and
    /// how many links that are asked for by number.
    pub code_limits: Rules,
    /// Receivers of callbacks within the operator's network, `host:port`: they may be
    /// called whatever their address, and by `http` too.
    pub callback_allow: Vec<String>,
    /// Ports beside 443 at which other receivers of callbacks may be called.
    pub callback_ports: Vec<u16>,
    /// PEM file of roots beside the system's to which certificates of receivers may lead;
    /// none when empty.
    pub callback_roots: PathBuf,
    /// Address of `/metrics`, for the operator alone; none when it is not set.
    pub metrics_listen: Option<SocketAddr>,
    /// How logs are written to stderr.
    pub log_format: LogFormat,
    /// NTP servers that the clock is held against, `host` or `host:port`; without them
    /// only moves of the clock are noticed.
    pub time_sources: Vec<String>,
    /// How far off the clock may be before nothing is dated by it, milliseconds.
    pub time_limit_ms: u64,
    /// How often the clock is compared, milliseconds.
    pub time_interval_ms: u64,
    /// Outside timestamp authorities (RFC 3161 over HTTP) in the order in which they are
    /// asked; the own one when empty.
    pub tsa_urls: Vec<String>,
    /// PEM file of the roots that the outside authorities' tokens must lead to.
    pub tsa_anchors: PathBuf,
    /// How long one outside authority may take, milliseconds.
    pub tsa_patience_ms: u64,
    /// An outside timestamp authority (RFC 3161 over HTTP) that dates the ledger's
    /// checkpoints; none when empty.
    pub anchor_url: String,
    /// PEM file of the roots that its tokens must lead to.
    pub anchor_roots: PathBuf,
    /// How often a new checkpoint is sent to it, seconds.
    pub anchor_interval_s: u64,
    /// Timestamps and answers about certificates that are signed at once for everybody;
    /// who comes when so many are under way is told to come again.
    pub public_places: usize,
    /// Witnesses that are asked to cosign the ledger's checkpoints.
    pub witnesses: Vec<WitnessAt>,
    /// How many of them must, before a checkpoint is published.
    pub witness_quorum: usize,
}

/// A witness of the ledger.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessAt {
    /// Its submission prefix.
    pub url: String,
    /// Its verifier key.
    pub key: String,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from(".inkseal"),
            role: Role::All,
            listen: SocketAddr::from(([127, 0, 0, 1], 8640)),
            trust_listen: None,
            trust_name: String::new(),
            trust_url: String::new(),
            tls_certificate: PathBuf::new(),
            tls_key: PathBuf::new(),
            tls_authorities: PathBuf::new(),
            public_url: String::new(),
            status_url: String::new(),
            operator: "Inkseal 电子合同平台".to_owned(),
            fonts: PathBuf::new(),
            templates: PathBuf::new(),
            sms_url: String::new(),
            sms_gateway: None,
            sms_signature: "Inkseal".to_owned(),
            identity_authority: None,
            keys: keys::KeyModules::default(),
            external_ca: None,
            forensic: None,
            behind_proxy: false,
            code_limits: Rules::default(),
            callback_allow: Vec::new(),
            callback_ports: Vec::new(),
            callback_roots: PathBuf::new(),
            metrics_listen: None,
            log_format: LogFormat::Text,
            time_sources: Vec::new(),
            time_limit_ms: 1000,
            time_interval_ms: 64_000,
            tsa_urls: Vec::new(),
            tsa_anchors: PathBuf::new(),
            tsa_patience_ms: 3000,
            anchor_url: String::new(),
            anchor_roots: PathBuf::new(),
            anchor_interval_s: 3600,
            public_places: 64,
            witnesses: Vec::new(),
            witness_quorum: 0,
        }
    }
}

impl Config {
    /// Reads the configuration. The error says which key in which file.
    pub fn load(file: Option<&Path>) -> Result<Self, Box<figment::Error>> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let keys = [
            "data",
            "role",
            "listen",
            "trust_listen",
            "trust_name",
            "trust_url",
            "tls_certificate",
            "tls_key",
            "tls_authorities",
            "public_url",
            "status_url",
            "operator",
            "fonts",
            "templates",
            "sms_url",
            "sms_signature",
            "behind_proxy",
            "code_limits",
            "metrics_listen",
            "log_format",
            "time_sources",
            "time_limit_ms",
            "time_interval_ms",
            "tsa_urls",
            "tsa_anchors",
            "tsa_patience_ms",
            "anchor_url",
            "anchor_roots",
            "anchor_interval_s",
            "public_places",
            "witnesses",
            "witness_quorum",
        ];
        figment
            .merge(Env::prefixed("INKSEAL_").only(&keys))
            .extract()
            .map_err(Box::new)
    }

    /// Where the trust service's door for other services is, if there is one.
    pub fn door(&self) -> Option<SocketAddr> {
        let usual = SocketAddr::from(([127, 0, 0, 1], 8642));
        match self.role {
            Role::Trust => Some(self.trust_listen.unwrap_or(usual)),
            Role::All => self.trust_listen,
            Role::Signing => None,
        }
    }

    /// The folder of the fonts.
    pub fn fonts(&self) -> Result<PathBuf, String> {
        find(&self.fonts, "fonts", "NotoSansSC-Regular.otf")
    }

    /// The folder of the templates.
    pub fn templates(&self) -> Result<PathBuf, String> {
        find(&self.templates, "templates", "loan-contract")
    }
}

/// A configured folder, or one of this name here or above the program.
fn find(configured: &Path, name: &str, content: &str) -> Result<PathBuf, String> {
    if !configured.as_os_str().is_empty() && configured.join(content).exists() {
        return Ok(configured.to_owned());
    }
    let program = std::env::current_exe().unwrap_or_default();
    let above = program.ancestors().skip(1).map(|folder| folder.join(name));
    std::iter::once(PathBuf::from(name))
        .chain(above)
        .find(|folder| folder.join(content).exists())
        .ok_or_else(|| {
            format!("the folder `{name}` with {content} was not found; run `./dev setup` or set `{name}`")
        })
}

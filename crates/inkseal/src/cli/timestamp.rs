//! `inkseal timestamp`: a file's digest, dated by a timestamp authority.

use std::{
    fs::File,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use crypto::{Digest, Digester, Hash};
use pki::{Certificate, timestamp::Token};
use serde_json::json;

use crate::{
    house::Reason,
    http::time::rfc3339,
    monitor::{dated_by, path_of},
};

/// Bytes of the file that are read at once.
const PART: usize = 64 * 1024;

/// The hash of the file.
#[derive(Clone, Copy, ValueEnum)]
enum HashName {
    /// SM3; our authority answers with SM2. 国密
    Sm3,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Sends the digest of a file to a timestamp authority (RFC 3161 over HTTP) and writes the
/// token beside it. The file itself is not sent.
#[derive(Args)]
pub struct Timestamp {
    /// The file. 文件
    file: PathBuf,
    /// The authority. 时间戳服务地址
    #[arg(long, default_value = "http://127.0.0.1:8640/api/v1/trust/tsa")]
    url: String,
    /// The hash. 摘要算法
    #[arg(long, value_enum, default_value = "sha256")]
    hash: HashName,
    /// The authority's trust anchors, PEM: the token must lead to one. 时间戳信任锚
    #[arg(long)]
    anchors: Option<PathBuf>,
    /// Where the token goes, DER of a `TimeStampToken`; `FILE.tst` when not given. 输出
    #[arg(long)]
    out: Option<PathBuf>,
}

impl Timestamp {
    /// Prints what the token says, as JSON; whether it leads to an anchor as well.
    pub async fn run(self) -> Result<(), Reason> {
        let hash = self.hash.into();
        let imprint = digest_of(&self.file, hash)
            .map_err(|error| format!("{}: {error}", self.file.display()))?;
        let token = dated_by(&self.url, imprint).await?;
        let trusted = match &self.anchors {
            Some(anchors) => {
                led_to(&token, anchors)?;
                "trusted"
            }
            None => "unknown",
        };
        let mut beside = self.file.clone().into_os_string();
        beside.push(".tst");
        let out = self.out.unwrap_or_else(|| beside.into());
        let der = token.to_der(token.certificates());
        // Never over one that is there: it cannot be had again.
        let written = File::create_new(&out).and_then(|mut file| {
            file.write_all(&der)?;
            file.sync_all()
        });
        written.map_err(|error| format!("{}: {error}", out.display()))?;
        println!(
            "{}",
            json!({ "token": out.display().to_string(), "time": rfc3339(token.time_ms()),
                "authority": token.signer().subject(), "path": trusted })
        );
        Ok(())
    }
}

fn led_to(token: &Token, anchors: &Path) -> Result<(), Reason> {
    let pem = std::fs::read_to_string(anchors)
        .map_err(|error| format!("{}: {error}", anchors.display()))?;
    path_of(token, &Certificate::from_pem_many(&pem)?)?;
    Ok(())
}

/// The digest of a file of any size.
fn digest_of(file: &Path, hash: Hash) -> std::io::Result<Digest> {
    let (mut file, mut digester) = (File::open(file)?, Digester::new(hash));
    let mut part = vec![0; PART];
    loop {
        match file.read(&mut part)? {
            0 => return Ok(digester.finish()),
            read => digester.update(part.get(..read).unwrap_or_default()),
        }
    }
}

impl From<HashName> for Hash {
    fn from(name: HashName) -> Self {
        match name {
            HashName::Sm3 => Self::Sm3,
            HashName::Sha256 => Self::Sha256,
            HashName::Sha384 => Self::Sha384,
            HashName::Sha512 => Self::Sha512,
        }
    }
}

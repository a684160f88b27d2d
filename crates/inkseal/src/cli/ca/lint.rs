//! `inkseal ca lint`: certificates and the rules that they break.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use pki::{Certificate, lint::lint};
use serde_json::{Value, json};

use crate::house::Reason;

/// Which certificates are looked at.
#[derive(Args)]
pub struct Lint {
    /// Certificates, PEM or DER; of a chain each is held against its issuer too. 证书文件
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Lint {
    /// Exit code: 0 no rule is broken, 1 one is, 2 a file cannot be read.
    pub fn run(self) -> ExitCode {
        let (mut broken, mut unread) = (false, false);
        let mut report = Vec::new();
        for file in &self.files {
            match read(file) {
                Ok(chain) => {
                    for certificate in &chain {
                        let one = examine(file, certificate, &chain);
                        broken |= one["findings"]
                            .as_array()
                            .is_some_and(|all| !all.is_empty());
                        report.push(one);
                    }
                }
                Err(reason) => {
                    eprintln!("inkseal ca lint: {}: {reason}", file.display());
                    unread = true;
                }
            }
        }
        if self.json {
            println!("{}", Value::Array(report));
        } else {
            report.iter().for_each(print);
        }
        match (unread, broken) {
            (true, _) => ExitCode::from(2),
            (false, true) => ExitCode::FAILURE,
            (false, false) => ExitCode::SUCCESS,
        }
    }
}

fn read(file: &Path) -> Result<Vec<Certificate>, Reason> {
    let bytes = fs::read(file)?;
    let pem = str::from_utf8(&bytes).ok();
    let chain = match pem.filter(|text| text.contains("-----BEGIN")) {
        Some(text) => Certificate::from_pem_many(text)?,
        None => vec![Certificate::from_der(&bytes)?],
    };
    if chain.is_empty() {
        return Err("it has no certificate 没有证书".into());
    }
    Ok(chain)
}

fn examine(file: &Path, certificate: &Certificate, chain: &[Certificate]) -> Value {
    let by = |one: &&Certificate| {
        one.subject() == certificate.issuer() && one.serial() != certificate.serial()
    };
    let issuer = chain.iter().find(by);
    let findings = lint(certificate.tbs(), None, issuer);
    let findings: Vec<Value> = findings
        .into_iter()
        .map(|one| {
            json!({ "rule": one.rule, "source": one.source, "demands": one.demands,
                "found": one.found })
        })
        .collect();
    json!({ "file": file.display().to_string(), "subject": certificate.subject(),
        "serial": certificate.serial_hex(), "findings": findings })
}

fn print(report: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    let verdict = if findings.is_empty() {
        "holds all rules 符合全部规则"
    } else {
        "breaks rules 违反规则"
    };
    println!(
        "{}: {}: {verdict}",
        text(&report["file"]),
        text(&report["subject"])
    );
    for one in findings {
        let (rule, source) = (text(&one["rule"]), text(&one["source"]));
        let (demands, found) = (text(&one["demands"]), text(&one["found"]));
        println!("  {rule} ({source}): {demands}; found: {found}");
    }
}

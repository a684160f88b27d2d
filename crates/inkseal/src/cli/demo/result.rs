//! What the demo leaves behind, and how it is checked from the files alone.

use std::{fs, io::IsTerminal, path::Path, time::Instant};

use pki::Certificate;
use serde_json::Value;
use signing::event::Profile;

use crate::{
    cli::{client::Client, verify::describe},
    house::Reason,
};

/// Fetches contract, anchors, manifests and receipts, and verifies every receipt
/// offline. Returns how many there are.
pub async fn collect(
    platform: &Client,
    contract: &str,
    out: &Path,
    ledger_key: &str,
) -> Result<usize, Reason> {
    let path = |what: &str| format!("/api/v1/contracts/{contract}/{what}");
    fs::write(
        out.join("contract.pdf"),
        platform.bytes(&path("file")).await?,
    )?;
    fs::write(
        out.join("anchors.pem"),
        platform.bytes("/api/v1/anchors.pem").await?,
    )?;
    fs::write(out.join("ledger.vkey"), ledger_key)?;
    let manifests = platform.get(&path("manifests")).await?;
    let folder = out.join("manifests");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    for (index, manifest) in manifests.as_array().into_iter().flatten().enumerate() {
        let role = manifest["role"].as_str().unwrap_or("party");
        // Canonical JSON: the file's digest is the evidence digest in the certificate.
        let canonical = serde_json::from_value::<signing::manifest::Manifest>(manifest.clone())?;
        fs::write(
            folder.join(format!("{}-{role}.json", index + 1)),
            canonical.canonical(),
        )?;
    }
    let receipts: Value = platform.get(&path("receipts")).await?;
    fs::write(
        out.join("receipts.json"),
        serde_json::to_vec_pretty(&receipts)?,
    )?;
    let receipts: Vec<ledger::Receipt> = serde_json::from_value(receipts)?;
    for receipt in &receipts {
        receipt.verify(ledger_key)?;
    }
    Ok(receipts.len())
}

/// Verifies the file as anybody can, and says where everything is.
pub fn show(out: &Path, profile: Profile, began: &Instant) -> Result<(), Reason> {
    let contract = out.join("contract.pdf");
    let anchors = Certificate::from_pem_many(&fs::read_to_string(out.join("anchors.pem"))?)?;
    let report = pdf::verify::verify(&fs::read(&contract)?, &anchors, crate::house::now());
    println!();
    print!(
        "{}",
        describe(&contract, &report, std::io::stdout().is_terminal())
    );
    if report.verdict != pdf::verify::Verdict::Valid {
        return Err("the demo's own contract does not verify".into());
    }
    let at = |name: &str| out.join(name).display().to_string();
    println!();
    println!("  contract 合同        {}", at("contract.pdf"));
    println!("  anchors 信任锚       {}", at("anchors.pem"));
    println!("  manifests 证据清单   {}", at("manifests"));
    println!(
        "  receipts 存证回执    {}  (key 公钥 {})",
        at("receipts.json"),
        at("ledger.vkey")
    );
    println!();
    checks(out, profile);
    println!("\n{:.1} s", began.elapsed().as_secs_f64());
    Ok(())
}

/// How anybody can check the result, ready to be pasted into a shell.
fn checks(out: &Path, profile: Profile) {
    let program = std::env::current_exe().unwrap_or_else(|_| "inkseal".into());
    let (program, nss) = (
        quoted(&program.display()),
        quoted(&format!("sql:{}/nss", out.display())),
    );
    let out = quoted(&out.display());
    println!("Check it yourself, offline 自行离线核验:");
    println!("  {program} verify {out}/contract.pdf --anchors {out}/anchors.pem");
    println!("  {program} ledger verify {out}/receipts.json");
    println!("and with other people's tools, which ./dev setup installs 用第三方工具核验:");
    println!("  qpdf --check {out}/contract.pdf");
    if profile == Profile::Intl {
        // Its command line stops at the first SM2 signature, and an event certificate
        // lives for ten minutes.
        println!(
            "  .tools/py/bin/pyhanko sign validate --pretty-print --validation-time claimed \
             --trust {out}/anchors.pem --trust-replace {out}/contract.pdf"
        );
    }
    println!(
        "  mkdir -p {out}/nss && certutil -N -d {nss} --empty-password && \
         certutil -A -d {nss} -n inkseal -t CT,C,C -i {out}/anchors.pem"
    );
    println!("  pdfsig -nssdir {nss} {out}/contract.pdf");
    if profile == Profile::Gm {
        println!(
            "  (common viewers know no SM2: they check the last signature, in P-256 \
             通用阅读器不识别 SM2，可核验最后一个 P-256 签名)"
        );
        println!(
            "  cd {out} && pdfsig -dump -nocert contract.pdf && openssl pkcs7 -inform DER \
             -in contract.pdf.sig0 -print_certs | csplit -sz -f link- - '/^subject/' '{{*}}' && \
             openssl verify -no_check_time -vfyopt distid:1234567812345678 -CAfile anchors.pem \
             link-00"
        );
    }
}

/// As a shell takes it for one word.
fn quoted(word: &impl std::fmt::Display) -> String {
    let word = word.to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-:".contains(c);
    if word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

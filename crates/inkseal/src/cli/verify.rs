//! `inkseal verify`: one verdict a file, a line a signature. Offline, with anchors alone.

use std::{
    fmt::Write as _,
    fs,
    io::{IsTerminal, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use pdf::verify::{Profile, Report, Verdict, verify_with};
use pki::Certificate;
use serde_json::json;

/// Verifies signed PDF files.
#[derive(Args)]
pub struct Verify {
    /// Files to verify.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Trust anchors, PEM; `anchors.pem` beside the file when not given.
    #[arg(long)]
    anchors: Option<PathBuf>,
    /// What the files are held to.
    #[arg(long, value_enum, default_value_t = Held::Auto)]
    profile: Held,
    /// The time of the judgement, such as 2026-11-25T08:00:00Z; now when not given.
    #[arg(long, value_name = "TIME", value_parser = time_ms)]
    at: Option<i64>,
    /// One JSON object a file.
    #[arg(long)]
    json: bool,
}

/// Unix milliseconds of a time in RFC 3339.
fn time_ms(text: &str) -> Result<i64, String> {
    let format = &time::format_description::well_known::Rfc3339;
    let time = time::OffsetDateTime::parse(text, format);
    let time = time.map_err(|_| "write it like 2026-11-25T08:00:00Z".to_owned())?;
    Ok(time.unix_timestamp() * 1000)
}

/// `--profile`, as people write it.
#[derive(Clone, Copy, ValueEnum)]
enum Held {
    /// Contracts of Inkseal to the strict profile, other files to the general one.
    Auto,
    /// Every signature an act, and nothing between them but what signing makes.
    Strict,
    /// What the standards permit, as other producers sign.
    General,
}

impl From<Held> for Profile {
    fn from(held: Held) -> Self {
        match held {
            Held::Auto => Self::Auto,
            Held::Strict => Self::Strict,
            Held::General => Self::General,
        }
    }
}

/// The largest file that is read, 256 MiB, as the verifier has it.
const LARGEST: u64 = 256 << 20;

/// Whom the verifier trusts, and where it has that from.
struct Trusted {
    anchors: Vec<Certificate>,
    from: PathBuf,
    /// Found beside the file, and not named by whoever asks.
    beside: bool,
}

impl Verify {
    /// Exit code: 0 all valid, 1 one is not, 2 one cannot be read.
    pub fn run(self) -> ExitCode {
        let mut worst = 0;
        for file in &self.files {
            let text = match self.one(file) {
                Ok((report, trusted)) => {
                    worst = worst.max(u8::from(report.verdict != Verdict::Valid));
                    self.told(file, &report, &trusted)
                }
                Err(reason) => {
                    worst = 2;
                    self.unreadable(file, &reason)
                }
            };
            // Whoever reads may stop reading; the exit code says the rest.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
        ExitCode::from(worst)
    }

    fn one(&self, file: &Path) -> Result<(Report, Trusted), String> {
        let bytes = read(file)?;
        if !bytes.starts_with(b"%PDF-") {
            return Err("not a PDF file".to_owned());
        }
        let beside = self.anchors.is_none();
        let from = self
            .anchors
            .clone()
            .unwrap_or_else(|| file.with_file_name("anchors.pem"));
        let pem = read(&from).map_err(|e| format!("no anchors: {e}; name them with --anchors"))?;
        let pem = String::from_utf8(pem).map_err(|_| format!("{}: not PEM", from.display()))?;
        let anchors = Certificate::from_pem_many(&pem).map_err(|e| e.to_string())?;
        let now = self.at.unwrap_or_else(crate::house::now);
        let report = verify_with(&bytes, &anchors, now, self.profile.into());
        Ok((
            report,
            Trusted {
                anchors,
                from,
                beside,
            },
        ))
    }

    fn told(&self, file: &Path, report: &Report, trusted: &Trusted) -> String {
        if self.json {
            let mut value = serde_json::to_value(report).unwrap_or_default();
            value["file"] = file.display().to_string().into();
            value["closed"] = closed(report).into();
            let anchor = |a: &Certificate| json!({ "subject": a.subject(), "sha256": print(a) });
            value["anchors"] = trusted.anchors.iter().map(anchor).collect();
            return format!("{value}\n");
        }
        let mut text = describe(file, report, std::io::stdout().is_terminal());
        for anchor in &trusted.anchors {
            let _ = writeln!(
                text,
                "  trusted 信任锚 {}  sha256:{}",
                anchor.subject(),
                print(anchor)
            );
        }
        if trusted.beside {
            let _ = writeln!(
                text,
                "  (from {}, found beside the file: make sure that these are the anchors you trust \
                 信任锚取自文件旁边，请核对指纹来源)",
                trusted.from.display()
            );
        }
        text
    }

    fn unreadable(&self, file: &Path, reason: &str) -> String {
        let file = file.display().to_string();
        if self.json {
            format!(
                "{}\n",
                json!({ "file": file, "verdict": "unreadable", "reason": reason })
            )
        } else {
            eprintln!("{file}: cannot be read 无法读取: {reason}");
            String::new()
        }
    }
}

/// Reads a file of bounded length, whatever it says of its length.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let said = |e: std::io::Error| format!("{}: {e}", path.display());
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(said)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(said)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "{}: larger than {} MiB",
            path.display(),
            LARGEST >> 20
        ));
    }
    Ok(bytes)
}

/// SHA-256 of a certificate, as other programs show it.
fn print(certificate: &Certificate) -> String {
    hex::encode(crypto::digest(crypto::Hash::Sha256, certificate.der()).as_bytes())
}

/// Whether the operator's closing signature is the last one: all parties have signed.
fn closed(report: &Report) -> bool {
    report
        .signatures
        .last()
        .is_some_and(|last| last.mode.as_deref() == Some("closing"))
}

/// A report for people.
pub fn describe(file: &Path, report: &Report, color: bool) -> String {
    let paint = |verdict: Verdict, text: &str| match (color, verdict) {
        (false, _) => text.to_owned(),
        (true, Verdict::Valid) => format!("\x1b[32m{text}\x1b[0m"),
        (true, Verdict::Unknown) => format!("\x1b[33m{text}\x1b[0m"),
        (true, _) => format!("\x1b[31m{text}\x1b[0m"),
    };
    let mut text = String::new();
    let verdict = paint(report.verdict, &words(report.verdict));
    let _ = writeln!(text, "{}: {verdict}  {}", file.display(), report.reason);
    if report.contract.is_some() {
        let state = if closed(report) {
            "closed: all parties have signed 已闭合：各方均已签署"
        } else {
            "NOT closed: a part of a contract, others may still sign 未闭合：尚非各方签署完毕的合同"
        };
        let _ = writeln!(text, "  {state}");
    }
    for (index, line) in report.signatures.iter().enumerate() {
        let verdict = paint(line.verdict, &words(line.verdict));
        let time = line.time_ms.map(local).unwrap_or_default();
        let none = "-".to_owned();
        let _ = writeln!(text, "  {}. {verdict}  {}  {time}", index + 1, line.who);
        let _ = writeln!(
            text,
            "     mode 方式 {}   suite 算法 {}   certificate 证书 {}",
            line.mode.as_ref().unwrap_or(&none),
            line.suite.as_ref().unwrap_or(&none),
            line.certificate.as_ref().unwrap_or(&none)
        );
        let _ = writeln!(
            text,
            "     timestamp 时间戳 {}",
            line.timestamp.as_ref().unwrap_or(&none)
        );
        let revocation = match line.revocation {
            Some("good") => "not revoked 未吊销",
            Some("revoked") => "REVOKED 已吊销",
            Some(_) => "revocation unknown 吊销状态未知",
            None => "no revocation data in the file 文件内无吊销数据",
        };
        let level = line
            .level
            .map_or(none.clone(), |level| format!("PAdES {level}"));
        let _ = writeln!(text, "     level 级别 {level}   {revocation}");
        if let Some(evidence) = &line.evidence {
            let _ = writeln!(text, "     evidence 证据摘要 {evidence}");
        }
        if line.verdict != Verdict::Valid {
            let _ = writeln!(text, "     {}", line.reason);
        }
    }
    // Of a contract there is nothing to add: its revisions are its signatures.
    if report.profile == Profile::General {
        for (index, revision) in report.revisions.iter().enumerate() {
            let _ = writeln!(
                text,
                "  revision 修订 {}: {} bytes, {}",
                index + 1,
                revision.covers,
                if index == 0 {
                    "what was signed first 首次签署的内容".to_owned()
                } else {
                    revision.added.join(", ")
                }
            );
            if let Some(reason) = &revision.reason {
                let _ = writeln!(text, "     {}", paint(Verdict::Altered, reason));
            }
        }
    }
    text
}

fn words(verdict: Verdict) -> String {
    match verdict {
        Verdict::Valid => "VALID 有效",
        Verdict::Altered => "ALTERED 已被篡改",
        Verdict::Invalid => "INVALID 无效",
        Verdict::Unknown => "UNKNOWN 无法确定",
    }
    .to_owned()
}

fn local(millis: i64) -> String {
    let format =
        time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second] +08:00");
    time::OffsetDateTime::from_unix_timestamp(millis.div_euclid(1000))
        .ok()
        .and_then(|t| t.to_offset(time::macros::offset!(+8)).format(&format).ok())
        .unwrap_or_default()
}

//! `inkseal verify`: one verdict a file, a line a signature. Offline, with anchors alone.

use std::{fs, io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::Args;
use pdf::verify::{Report, Verdict, verify};
use pki::Certificate;

/// Verifies signed PDF files.
#[derive(Args)]
pub struct Verify {
    /// Files to verify.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Trust anchors, PEM; `anchors.pem` beside the file when not given.
    #[arg(long)]
    anchors: Option<PathBuf>,
    /// One JSON object a file.
    #[arg(long)]
    json: bool,
}

/// The largest file that is read, 512 MiB.
const LARGEST: u64 = 512 << 20;

impl Verify {
    /// Exit code: 0 all valid, 1 one is not, 2 one cannot be read.
    pub fn run(self) -> ExitCode {
        let mut worst = 0;
        for file in &self.files {
            match self.one(file) {
                Ok(report) => {
                    worst = worst.max(u8::from(report.verdict != Verdict::Valid));
                    self.show(file, &report);
                }
                Err(reason) => {
                    worst = 2;
                    self.show_unreadable(file, &reason);
                }
            }
        }
        ExitCode::from(worst)
    }

    fn one(&self, file: &PathBuf) -> Result<Report, String> {
        let anchors = match &self.anchors {
            Some(anchors) => anchors.clone(),
            None => file.with_file_name("anchors.pem"),
        };
        let read = |path: &PathBuf| -> Result<Vec<u8>, String> {
            let length = fs::metadata(path)
                .map_err(|e| format!("{}: {e}", path.display()))?
                .len();
            if length > LARGEST {
                return Err(format!("{}: larger than 512 MiB", path.display()));
            }
            fs::read(path).map_err(|e| format!("{}: {e}", path.display()))
        };
        let pem = String::from_utf8(read(&anchors)?);
        let pem = pem.map_err(|_| format!("{}: not PEM", anchors.display()))?;
        let anchors = Certificate::from_pem_many(&pem).map_err(|e| e.to_string())?;
        let bytes = read(file)?;
        if !bytes.starts_with(b"%PDF-") {
            return Err("not a PDF file".to_owned());
        }
        Ok(verify(&bytes, &anchors, crate::house::now()))
    }

    fn show(&self, file: &std::path::Path, report: &Report) {
        if self.json {
            let mut value = serde_json::to_value(report).unwrap_or_default();
            if let Some(object) = value.as_object_mut() {
                object.insert("file".to_owned(), file.display().to_string().into());
            }
            println!("{value}");
            return;
        }
        print!(
            "{}",
            describe(file, report, std::io::stdout().is_terminal())
        );
    }

    fn show_unreadable(&self, file: &std::path::Path, reason: &str) {
        if self.json {
            let file = file.display().to_string();
            println!(
                "{}",
                serde_json::json!({ "file": file, "verdict": "unreadable", "reason": reason })
            );
        } else {
            eprintln!("{}: cannot be read 无法读取: {reason}", file.display());
        }
    }
}

/// A report for people.
pub fn describe(file: &std::path::Path, report: &Report, color: bool) -> String {
    use std::fmt::Write;
    let paint = |verdict: Verdict, text: &str| match (color, verdict) {
        (false, _) => text.to_owned(),
        (true, Verdict::Valid) => format!("\x1b[32m{text}\x1b[0m"),
        (true, Verdict::Unknown) => format!("\x1b[33m{text}\x1b[0m"),
        (true, _) => format!("\x1b[31m{text}\x1b[0m"),
    };
    let mut text = String::new();
    let verdict = paint(report.verdict, &words(report.verdict));
    let _ = writeln!(text, "{}: {verdict}  {}", file.display(), report.reason);
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
        let _ = writeln!(
            text,
            "     evidence 证据摘要 {}",
            line.evidence.as_ref().unwrap_or(&none)
        );
        if line.verdict != Verdict::Valid {
            let _ = writeln!(text, "     {}", line.reason);
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

//! The cost of one revision, and of verifying a finished contract.

use std::{hint::black_box, path::PathBuf, time::Instant};

use clap::Args;
use crypto::{Digester, Hash, Signer, SoftwareKey, Suite};
use pdf::{Appearance, Base, Field, Placement};
use pki::Certificate;
use serde_json::json;

use super::{
    act::{Sample, merge},
    spread,
};
use crate::{config::Config, house::Reason};

/// Measures one signed revision of the sample contract, without certificates.
#[derive(Args)]
pub struct Pdf {
    /// How often.
    #[arg(long, default_value_t = 2000)]
    times: usize,
}

impl Pdf {
    /// Runs the bench.
    pub async fn run(self) -> Result<(), Reason> {
        let sample = Sample::load(&Config::load(None)?).await?;
        let ink = &sample.handwriting;
        let outline = ink.outline();
        let appearance = Appearance::Paths {
            polygons: outline.polygons,
            width: outline.width,
            height: outline.height,
            color: [0.0; 3],
        };
        let place = |p: &signing::event::Place| Placement {
            page: p.page,
            rect: p.rect,
        };
        let placements: Vec<Placement> = sample.places.iter().map(place).collect();
        for hash in [Hash::Sm3, Hash::Sha256] {
            let base = Base::read(&sample.file)?;
            let mut prefix = Digester::new(hash);
            prefix.update(&sample.file);
            let cms = vec![0x30; 4096];
            let mut times = Vec::with_capacity(self.times);
            let mut length = 0;
            for _ in 0..self.times {
                let began = Instant::now();
                let field = Field {
                    name: "borrower",
                    place: pdf::Place::New(&placements),
                    appearance: Some(&appearance),
                    signer: "陈思远",
                    reason: "pad",
                    time_ms: 1_800_000_000_000,
                    reserve: 6000,
                    certify: None,
                };
                let prepared = pdf::prepare(&base, &field)?;
                black_box(prepared.digest(&prefix));
                let (increment, _) = prepared.embed(&cms)?;
                times.push(began.elapsed());
                length = increment.len();
            }
            let mut figure = json!({
                "figure": "pdf", "hash": hash.name(), "times": self.times,
                "document_bytes": sample.file.len(), "increment_bytes": length,
            });
            merge(&mut figure, spread(times));
            println!("{figure}");
        }
        for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
            let key = SoftwareKey::generate(suite)?;
            let mut times = Vec::with_capacity(self.times);
            for _ in 0..self.times {
                let began = Instant::now();
                black_box(key.sign(b"one signature")?);
                times.push(began.elapsed());
            }
            let mut figure =
                json!({ "figure": "sign", "suite": suite.name(), "times": self.times });
            merge(&mut figure, spread(times));
            println!("{figure}");
        }
        Ok(())
    }
}

/// Measures `inkseal verify` in process.
#[derive(Args)]
pub struct Verify {
    /// A signed file; `inkseal demo` makes one.
    #[arg(long, default_value = "demo-out/contract.pdf")]
    file: PathBuf,
    /// Trust anchors.
    #[arg(long, default_value = "demo-out/anchors.pem")]
    anchors: PathBuf,
    /// How often.
    #[arg(long, default_value_t = 200)]
    times: usize,
}

impl Verify {
    /// Runs the bench.
    pub fn run(self) -> Result<(), Reason> {
        let read =
            |path: &PathBuf| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
        let file = read(&self.file)?;
        let anchors = Certificate::from_pem_many(&String::from_utf8(read(&self.anchors)?)?)?;
        let mut times = Vec::with_capacity(self.times);
        let mut report = pdf::verify::verify(&file, &anchors, crate::house::now());
        for _ in 0..self.times {
            let began = Instant::now();
            report = pdf::verify::verify(&file, &anchors, crate::house::now());
            times.push(began.elapsed());
        }
        let mut figure = json!({
            "figure": "verify", "times": self.times, "file_bytes": file.len(),
            "signatures": report.signatures.len(), "verdict": report.verdict,
        });
        merge(&mut figure, spread(times));
        println!("{figure}");
        Ok(())
    }
}

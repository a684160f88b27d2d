//! Verifying the file with five signatures.

use std::{fs, path::Path, time::Duration};

use pdf::verify::{Verdict, verify};
use pki::Certificate;

use crate::{Outcome, figure};

pub fn measure(place: &Path, budget: Duration) -> Outcome {
    let file = fs::read(place.join("five.pdf"))?;
    let anchors = Certificate::from_pem_many(&fs::read_to_string(place.join("p256.root.pem"))?)?;
    let now_ms = fs::read_to_string(place.join("now"))?.parse()?;
    figure(["verify", "five", "p256"], budget, || {
        let report = verify(&file, &anchors, now_ms);
        if report.verdict != Verdict::Valid || report.signatures.len() != 5 {
            return Err(format!("{}: {}", report.code, report.reason).into());
        }
        Ok(report)
    })
}

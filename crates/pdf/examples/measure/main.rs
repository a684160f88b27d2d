//! Our side of `bench/pdf/run`: makes the files and keys for all peers, and measures this
//! crate in the same manner as the peers' runners do theirs.
//!
//! ```text
//! measure make DIR            small.pdf, large.pdf, five.pdf, keys, certificates, anchors
//! measure run DIR SECONDS     one line of JSON per figure
//! measure verify DIR SECONDS  verifying alone, for a profile
//! measure seeds DIR           what the fuzz targets begin with: see fuzz/README.md
//! ```

mod house;
mod paper;
mod sign;
mod verify;

use std::{
    env, fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use crypto::Suite;

use house::House;
use paper::Paper;

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Keys that are measured, by the name that the peers' runners know them by.
const KEYS: [(&str, Suite); 2] = [
    ("rsa2048", Suite::Rsa2048Sha256),
    ("p256", Suite::P256Sha256),
];

/// Who signs the file with five signatures.
const PARTIES: [&str; 5] = ["lender", "borrower", "guarantor", "witness", "closing"];

fn main() -> Outcome {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["make", place] => make(Path::new(place)),
        ["run", place, seconds] => {
            let budget = Duration::from_secs_f64(seconds.parse()?);
            sign::measure(Path::new(place), budget)?;
            verify::measure(Path::new(place), budget)
        }
        ["verify", place, seconds] => {
            verify::measure(Path::new(place), Duration::from_secs_f64(seconds.parse()?))
        }
        ["seeds", place] => seeds(Path::new(place)),
        _ => Err("measure make|seeds DIR, or measure run|verify DIR SECONDS".into()),
    }
}

fn make(place: &Path) -> Outcome {
    let now_ms = now_ms()?;
    fs::create_dir_all(place)?;
    fs::write(place.join("now"), now_ms.to_string())?;
    let small = paper::bytes(&Paper::contract(100));
    fs::write(place.join("large.pdf"), paper::bytes(&Paper::contract(520)))?;
    fs::write(place.join("small.pdf"), &small)?;
    for (name, suite) in KEYS {
        let house = House::new(suite, now_ms)?;
        let file = |part: &str| place.join(format!("{name}.{part}"));
        fs::write(file("key.der"), house.seal_key.to_pkcs8()?)?;
        fs::write(file("cert.der"), house.seal.der())?;
        fs::write(file("cert.pem"), house.seal.to_pem())?;
        fs::write(file("chain.der"), house.issuing.der())?;
        fs::write(file("chain.pem"), house.issuing.to_pem())?;
        fs::write(file("root.pem"), house.root.to_pem())?;
        if suite == Suite::P256Sha256 {
            let signed = sign::signed(&house, small.clone(), &PARTIES)?;
            fs::write(place.join("five.pdf"), signed)?;
        }
    }
    Ok(())
}

/// A small file, the same signed twice, and the anchor of its signatures.
fn seeds(place: &Path) -> Outcome {
    let house = House::new(Suite::P256Sha256, now_ms()?)?;
    let paper = paper::bytes(&Paper {
        pages: 2,
        lines: 1,
        elements: 1,
        side: 2,
    });
    fs::create_dir_all(place)?;
    fs::write(place.join("now"), house.now_ms.to_string())?;
    fs::write(place.join("root.pem"), house.root.to_pem())?;
    fs::write(place.join("unsigned.pdf"), &paper)?;
    let signed = sign::signed(&house, paper, &["borrower", "closing"])?;
    fs::write(place.join("signed.pdf"), signed)?;
    Ok(())
}

fn now_ms() -> Result<i64, Box<dyn std::error::Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}

/// Repeats for as long as is given, after a tenth of that for warming up, and prints the
/// figure. An operation that fails ends the bench.
fn figure<T>(
    [task, file, key]: [&str; 3],
    budget: Duration,
    mut operation: impl FnMut() -> Result<T, Box<dyn std::error::Error>>,
) -> Outcome {
    let began = Instant::now();
    while began.elapsed() < budget / 10 {
        black_box(operation()?);
    }
    let mut times = Vec::new();
    let began = Instant::now();
    while began.elapsed() < budget {
        let began = Instant::now();
        black_box(operation()?);
        times.push(began.elapsed());
    }
    let rate = f64::from(u32::try_from(times.len())?) / began.elapsed().as_secs_f64();
    times.sort_unstable();
    let median = times[times.len() / 2].as_secs_f64() * 1000.0;
    println!(
        r#"{{"peer":"inkseal","task":"{task}","file":"{file}","key":"{key}","times":{},"per_second":{rate:.1},"p50_ms":{median:.4}}}"#,
        times.len()
    );
    Ok(())
}

//! Files as other people's producers write them (`tests/fixtures/make.sh` says how they
//! came about): each is signed twice, and every judge accepts the result.

use std::path::PathBuf;

use crypto::{Digester, Suite};
use pdf::{
    Base, Field, Place, prepare,
    verify::{Verdict, verify},
};

use crate::{
    contract::{RESERVE, placement, stroke},
    house::{House, act},
    judges::{Desk, house, python},
};

/// Files that came with signatures of others, whom our anchors do not vouch for.
pub const SIGNED: &str = "signed-";

pub fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/files");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.len() >= 120, "{} files", files.len());
    files
}

/// Signs by the lender on the first page, and by the borrower on the last.
fn signed(house: &House, name: &str, original: &[u8]) -> Vec<u8> {
    let suite = Suite::P256Sha256;
    let mut bytes = original.to_vec();
    let mut base = Base::read(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    for who in ["lender-1", "borrower-1"] {
        let page = if who == "lender-1" {
            0
        } else {
            base.pages() - 1
        };
        let [width, height] = base.page_size(page).unwrap();
        let rect = [width * 0.6, height * 0.1, width * 0.9, height * 0.2];
        let stroke = stroke();
        let field = Field {
            name: who,
            place: Place::New(&[placement(page, rect)]),
            appearance: Some(&stroke),
            signer: "张三",
            reason: "loan",
            time_ms: house.now_ms(),
            reserve: RESERVE,
            certify: None,
        };
        let prepared =
            prepare(&base, &field).unwrap_or_else(|error| panic!("{name}: {who}: {error}"));
        let mut prefix = Digester::new(suite.hash());
        prefix.update(&bytes);
        let message = house.message(&act(suite, who), &bytes, &prepared.digest(&prefix));
        let (increment, next) = prepared.embed(&message).unwrap();
        bytes.extend(increment);
        base = next;
    }
    assert!(bytes.starts_with(original), "{name}");
    bytes
}

/// All of them in one go, so that a failure names every file that fails.
fn each(judge: impl Fn(&House, &str, &[u8]) -> Result<(), String>) {
    let house = house();
    let wrong: Vec<String> = fixtures()
        .iter()
        .filter_map(|(name, bytes)| {
            let judged = judge(&house, name, &signed(&house, name, bytes));
            judged.err().map(|why| format!("{name}: {why}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_door_lets_every_file_in() {
    let wrong: Vec<String> = fixtures()
        .iter()
        .filter_map(|(name, bytes)| Some(format!("{name}: {}", Base::read(bytes).err()?)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file with signatures of others is never valid as a whole, but ours hold.
#[test]
fn our_verifier_accepts_every_file() {
    each(|house, name, bytes| {
        let report = verify(bytes, &house.anchors(), house.now_ms());
        let ours = report.signatures.iter().filter(|s| s.act.is_some());
        let valid = ours.filter(|s| s.verdict == Verdict::Valid).count();
        let whole = report.verdict == Verdict::Valid;
        (valid == 2 && whole != name.starts_with(SIGNED))
            .then_some(())
            .ok_or_else(|| format!("{valid} valid; {} {}", report.code, report.reason))
    });
}

/// What the reader finds in the file that was signed is what signing carried along.
#[test]
fn every_signed_file_is_let_in_again() {
    each(|_, _, bytes| Base::read(bytes).map(|_| ()).map_err(|e| e.to_string()));
}

#[test]
fn qpdf_finds_no_damage_in_any_file() {
    each(|_, name, bytes| {
        let desk = Desk::new();
        let (ok, said) = desk.put(name, bytes).run("qpdf", &["--check", name]);
        ok.then_some(()).ok_or(said)
    });
}

#[test]
fn pdfsig_calls_both_signatures_valid_in_every_file() {
    each(|_, name, bytes| {
        let desk = Desk::new();
        let (_, said) = desk.put(name, bytes).run("pdfsig", &["-nocert", name]);
        let count = if name.starts_with(SIGNED) { 4 } else { 2 };
        let valid = said.matches("Signature is Valid.").count();
        let whole = said.matches("Total document signed").count();
        (valid == count && whole == 1)
            .then_some(())
            .ok_or_else(|| format!("{valid} of {count} valid\n{said}"))
    });
}

/// One process for all: starting it takes longer than judging a file.
#[test]
fn pyhanko_calls_both_signatures_valid_in_every_file() {
    let house = house();
    let desk = Desk::new();
    desk.put("root.pem", house.branch(Suite::P256Sha256).root.to_pem());
    desk.put("judge.py", include_str!("producers/judge.py"));
    let mut count = 0;
    for (name, bytes) in fixtures() {
        desk.put(&name, signed(&house, &name, &bytes));
        count += 1;
    }
    let (ok, said) = desk.run(&python(), &["judge.py"]);
    assert!(ok, "{said}");
    assert!(said.contains(&format!("{count} files\n")), "{said}");
}

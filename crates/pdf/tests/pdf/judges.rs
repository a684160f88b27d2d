//! Other people's tools, and what they say of our files.

use std::{
    path::PathBuf,
    process::Command,
    time::{SystemTime, UNIX_EPOCH},
};

use crypto::Suite;
use tempfile::TempDir;

use crate::{
    contract::{Contract, closing},
    house::{House, act},
    paper::{Make, Paper, Place},
};

/// A directory of files that tools read.
pub struct Desk(TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
        self
    }

    /// Runs a tool in the directory; gives whether it succeeded and what it said.
    pub fn run(&self, tool: &str, words: &[&str]) -> (bool, String) {
        let output = Command::new(tool)
            .args(words)
            .current_dir(self.0.path())
            // Tools speak the user's language otherwise.
            .env("LC_ALL", "C.UTF-8")
            .output()
            .unwrap_or_else(|error| panic!("{tool}: {error}; run ./dev setup"));
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    #[track_caller]
    pub fn ok(&self, tool: &str, words: &[&str]) -> String {
        let (ok, said) = self.run(tool, words);
        assert!(ok, "{tool} {words:?}\n{said}");
        said
    }

    #[track_caller]
    pub fn qpdf_is_content(&self, name: &str) {
        let said = self.ok("qpdf", &["--check", name]);
        assert!(
            said.contains("No syntax or stream encoding errors"),
            "{said}"
        );
    }
}

/// Where `./dev setup` installs Python's tools.
fn tool(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../.tools/py/bin");
    path.join(name).to_string_lossy().into_owned()
}

pub fn pyhanko() -> String {
    tool("pyhanko")
}

/// The Python that has pyHanko.
pub fn python() -> String {
    tool("python")
}

/// These judges look at the clock, so here everything happens now.
pub fn house() -> House {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    House::at(i64::try_from(now).unwrap())
}

/// pyHanko, qpdf and pdfsig find nothing wrong with any signature of a file.
pub fn accepted(house: &House, bytes: &[u8], signatures: usize) {
    let desk = Desk::new();
    desk.put("file.pdf", bytes);
    desk.put("root.pem", house.branch(Suite::P256Sha256).root.to_pem());
    let words = "sign validate --pretty-print --no-revocation-check --trust root.pem --trust-replace file.pdf";
    let said = desk.ok(&pyhanko(), &words.split(' ').collect::<Vec<_>>());
    let valid = said.matches("The signature is judged VALID.").count();
    assert_eq!(valid, signatures, "{said}");
    desk.qpdf_is_content("file.pdf");
    let (_, said) = desk.run("pdfsig", &["-nocert", "file.pdf"]);
    assert!(!said.contains("Invalid"), "{said}");
    assert!(said.contains("Signature is Valid."), "{said}");
}

fn signed(house: &House, paper: &Paper, suite: Suite) -> Vec<u8> {
    let mut contract = Contract::of(paper.bytes());
    contract.sign(house, &act(suite, "lender"));
    contract.sign(house, &act(suite, "borrower"));
    contract.sign(house, &closing());
    contract.bytes
}

fn papers() -> Vec<Paper> {
    let paper = |make, form, annotations| Paper {
        make,
        form,
        annotations,
        ..Paper::default()
    };
    vec![
        paper(Make::Table, Place::Absent, Place::Absent),
        paper(Make::Stream, Place::Inline, Place::Inline),
        paper(Make::Packed, Place::Apart, Place::Apart),
    ]
}

/// pdfsig asks NSS, which does not know SM2: of a `gm` contract it judges the closing
/// signature, which is there for that. It lists a signature at each of its placements.
#[test]
fn pdfsig_calls_each_p256_signature_valid() {
    let house = house();
    for paper in papers() {
        for (suite, count) in [(Suite::P256Sha256, 2 + 2 + 1), (Suite::Sm2Sm3, 1)] {
            let desk = Desk::new();
            desk.put("file.pdf", signed(&house, &paper, suite));
            let (_, said) = desk.run("pdfsig", &["-nocert", "file.pdf"]);
            let valid = said.matches("Signature is Valid.").count();
            assert_eq!(valid, count, "{said}");
            assert_eq!(said.matches("Total document signed").count(), 1, "{said}");
            let closing = said.split("Signature #5:").nth(1).unwrap();
            assert!(closing.contains("Signature is Valid."), "{said}");
            assert!(closing.contains("Total document signed"), "{said}");
        }
    }
}

#[test]
fn pdfsig_sees_what_we_call_altered() {
    let desk = Desk::new();
    let mut bytes = signed(&house(), &Paper::default(), Suite::P256Sha256);
    // The blue of the bar, which all signatures cover.
    let at = bytes
        .windows(4)
        .position(|window| window == b"1 rg")
        .unwrap();
    bytes[at] = b'0';
    let (_, said) = desk
        .put("file.pdf", bytes)
        .run("pdfsig", &["-nocert", "file.pdf"]);
    assert!(!said.contains("Signature is Valid."), "{said}");
}

#[test]
fn pyhanko_judges_valid() {
    let house = house();
    for paper in papers() {
        let desk = Desk::new();
        desk.put("file.pdf", signed(&house, &paper, Suite::P256Sha256));
        desk.put("root.pem", house.branch(Suite::P256Sha256).root.to_pem());
        let words = "sign validate --pretty-print --no-revocation-check --trust root.pem --trust-replace file.pdf";
        let words: Vec<_> = words.split(' ').collect();
        let said = desk.ok(&pyhanko(), &words);
        assert_eq!(
            said.matches("The signature is judged VALID.").count(),
            3,
            "{said}"
        );
    }
}

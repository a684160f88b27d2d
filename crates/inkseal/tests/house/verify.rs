//! `inkseal verify`: one verdict a file, from the file and the anchors alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use proptest::{
    collection::vec,
    prelude::any,
    test_runner::{Config, TestCaseError, TestRunner},
};
use serde_json::Value;

use crate::kit::{Demo, inkseal, program::Said};

/// Asks for a verdict of each file; gives the exit code and the lines.
fn verify(anchors: &Path, files: &[PathBuf]) -> (i32, Vec<Value>) {
    let mut command = inkseal();
    command
        .args(["verify", "--json", "--anchors"])
        .arg(anchors)
        .args(files);
    let said = Said::of(&mut command);
    let lines = said
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    (said.code, lines.collect())
}

/// A folder of files, and the demo's anchors.
struct Desk(tempfile::TempDir, PathBuf);

impl Desk {
    fn new(demo: &Demo) -> Self {
        Self(tempfile::tempdir().unwrap(), demo.path("anchors.pem"))
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }

    fn verdict(&self, bytes: &[u8]) -> (i32, Value) {
        let (code, mut lines) = verify(&self.1, &[self.put("file.pdf", bytes)]);
        assert_eq!(lines.len(), 1);
        (code, lines.remove(0))
    }
}

#[test]
fn a_valid_file_gives_0() {
    for profile in ["gm", "intl"] {
        let demo = Demo::of(profile);
        let (code, report) = Desk::new(&demo).verdict(&demo.contract());
        assert_eq!((code, report["verdict"].as_str()), (0, Some("valid")));
    }
}

#[test]
fn a_changed_file_gives_1_and_says_which_signature_still_holds() {
    let demo = Demo::of("gm");
    let desk = Desk::new(&demo);
    let mut file = demo.contract();
    let covers = demo.report()["signatures"][2]["covers"].as_u64().unwrap();
    // In the increment of the fourth signature: the first three do not cover it.
    file[usize::try_from(covers).unwrap() + 100] ^= 1;
    let (code, report) = desk.verdict(&file);
    assert_eq!(code, 1, "{report}");
    assert_ne!(report["verdict"], "valid");
}

#[test]
fn a_file_that_goes_on_after_its_last_signature_is_not_valid() {
    let demo = Demo::of("intl");
    let desk = Desk::new(&demo);
    for more in [
        b"\n".as_slice(),
        b"%\n",
        b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
    ] {
        let (code, report) = desk.verdict(&[demo.contract().as_slice(), more].concat());
        assert_eq!(code, 1, "{report}");
    }
}

#[test]
fn a_file_that_cannot_be_read_gives_2() {
    let demo = Demo::of("intl");
    let desk = Desk::new(&demo);
    assert_eq!(desk.verdict(b"a letter").0, 2);
    let (code, lines) = verify(&desk.1, &[PathBuf::from("nowhere.pdf")]);
    assert_eq!(
        (code, lines[0]["verdict"].as_str()),
        (2, Some("unreadable"))
    );
    assert!(lines[0]["reason"].as_str().unwrap().contains("nowhere.pdf"));
    let (code, _) = verify(Path::new("no-anchors.pem"), &[demo.path("contract.pdf")]);
    assert_eq!(code, 2);
}

#[test]
fn every_file_has_one_line_and_the_worst_decides() {
    let demo = Demo::of("intl");
    let desk = Desk::new(&demo);
    let good = demo.path("contract.pdf");
    let mut bytes = demo.contract();
    bytes[1000] ^= 1;
    let (bad, none) = (desk.put("bad.pdf", &bytes), desk.put("none.pdf", b"none"));
    let asked = |files: &[&PathBuf]| {
        let files: Vec<PathBuf> = files.iter().map(|file| (*file).clone()).collect();
        let (code, lines) = verify(&desk.1, &files);
        for (line, file) in lines.iter().zip(&files) {
            assert_eq!(line["file"], file.display().to_string());
        }
        (code, lines.len())
    };
    assert_eq!(asked(&[&good, &good]), (0, 2));
    assert_eq!(asked(&[&bad, &good]), (1, 2));
    assert_eq!(asked(&[&none, &bad, &good]), (2, 3));
}

#[test]
fn a_file_of_unknown_anchors_is_unknown() {
    let (gm, intl) = (Demo::of("gm"), Demo::of("intl"));
    let anchors = gm.path("anchors.pem");
    let (code, lines) = verify(&anchors, &[intl.path("contract.pdf")]);
    assert_eq!((code, lines[0]["verdict"].as_str()), (1, Some("unknown")));
}

#[test]
fn it_needs_nothing_but_the_file_and_the_anchors_beside_it() {
    let demo = Demo::of("gm");
    let desk = Desk::new(&demo);
    let file = desk.put("contract.pdf", &demo.contract());
    desk.put("anchors.pem", &fs::read(demo.path("anchors.pem")).unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkseal"));
    command
        .env_clear()
        .current_dir(desk.0.path())
        .arg("verify")
        .arg(file);
    let said = Said::of(&mut command).ok();
    assert!(said.contains("VALID 有效"), "{said}");
    assert!(said.contains("陈思远"), "{said}");
}

#[test]
fn one_changed_byte_is_never_valid() {
    for profile in ["gm", "intl"] {
        let demo = Demo::of(profile);
        let file = demo.contract();
        let length = file.len();
        let config = Config {
            cases: 4,
            max_shrink_iters: 40,
            failure_persistence: None,
            ..Config::default()
        };
        let changes = vec((0..length, any::<u8>()), 50);
        let run = TestRunner::new(config).run(&changes, |changes| {
            let desk = Desk::new(&demo);
            let mut files = Vec::new();
            for (position, value) in changes {
                let mut altered = file.clone();
                // Any value but the one that is there.
                altered[position] = altered[position].wrapping_add(value.max(1));
                files.push(desk.put(&format!("{position}-{value}.pdf"), &altered));
            }
            let (_, lines) = verify(&desk.1, &files);
            for (line, file) in lines.iter().zip(&files) {
                if line["verdict"] == "valid" {
                    let name = file.file_name().unwrap().display().to_string();
                    return Err(TestCaseError::fail(name));
                }
            }
            assert_eq!(lines.len(), files.len());
            Ok(())
        });
        run.unwrap();
    }
}

//! What other people's tools say of the demo's contracts.

use std::{fs, path::Path};

use crate::kit::{Demo, demo::run, repository, tool};

/// What pdfsig says of each signature, by an NSS database of the demo's anchors alone.
fn pdfsig(demo: &Demo) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let nss = format!("sql:{}", folder.path().display());
    let certutil = |arguments: &[&str]| {
        let all = [&["-d", &nss], arguments].concat();
        tool("certutil", folder.path(), &all).ok();
    };
    certutil(&["-N", "--empty-password"]);
    let anchors = fs::read_to_string(demo.path("anchors.pem")).unwrap();
    for (number, anchor) in anchors
        .split_inclusive("-----END CERTIFICATE-----\n")
        .enumerate()
    {
        let name = format!("anchor-{number}");
        let file = folder.path().join(&name);
        fs::write(&file, anchor).unwrap();
        let file = file.to_str().unwrap();
        certutil(&["-A", "-n", &name, "-t", "CT,C,C", "-i", file]);
    }
    let said = tool("pdfsig", demo.folder(), &["-nssdir", &nss, "contract.pdf"]);
    let said = said.ok();
    said.split("Signature #")
        .skip(1)
        .map(str::to_owned)
        .collect()
}

#[test]
fn pdfsig_finds_every_signature_of_an_intl_contract_valid() {
    let signatures = pdfsig(&Demo::of("intl"));
    assert_eq!(signatures.len(), 5);
    for signature in &signatures {
        assert!(signature.contains("Signature is Valid."), "{signature}");
    }
    let covering = signatures
        .iter()
        .map(|s| s.contains("  - Total document signed"));
    assert_eq!(
        covering.collect::<Vec<_>>(),
        [false, false, false, false, true]
    );
}

#[test]
fn pdfsig_finds_the_closing_signature_of_a_gm_contract_valid() {
    let signatures = pdfsig(&Demo::of("gm"));
    assert_eq!(signatures.len(), 6);
    let last = &signatures[5];
    assert!(last.contains("Signature is Valid."), "{last}");
    assert!(last.contains("  - Total document signed"), "{last}");
}

/// Expects pyHanko to trust all five signatures of an intl contract.
fn pyhanko_trusts(folder: &Path, more: &[&str]) {
    let pyhanko = repository().join(".tools/py/bin/pyhanko");
    let validate = ["sign", "validate", "--pretty-print", "--trust-replace"];
    let files = ["--trust", "anchors.pem", "contract.pdf"];
    let arguments = [validate.as_slice(), more, &files].concat();
    let said = tool(pyhanko.to_str().unwrap(), folder, &arguments).ok();
    let signatures: Vec<&str> = said.split("Field ").skip(1).collect();
    assert_eq!(signatures.len(), 5, "{said}");
    for signature in &signatures {
        for expected in [
            "The signature is judged VALID.",
            "The signer's certificate is trusted.",
            "The TSA certificate is trusted.",
        ] {
            assert!(signature.contains(expected), "{signature}");
        }
    }
    let covering = "The signature covers the entire file.";
    assert!(signatures[4].contains(covering), "{}", signatures[4]);
    assert!(!signatures[3].contains(covering));
}

#[test]
fn pyhanko_trusts_every_signature_of_an_intl_contract() {
    // The demo may be older than the ten minutes that an event certificate lives.
    pyhanko_trusts(Demo::of("intl").folder(), &["--validation-time", "claimed"]);
}

#[test]
fn pyhanko_trusts_a_fresh_contract_as_of_now() {
    let folder = tempfile::tempdir().unwrap();
    run("intl", folder.path());
    pyhanko_trusts(folder.path(), &[]);
}

#[test]
fn pyhanko_trusts_the_closing_signature_of_a_gm_contract() {
    // Its command line stops at the first SM2 signature, so it is asked as a library.
    let script = "\
import sys
from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
roots = [c for c in load_certs_from_pemder(['anchors.pem'])
         if c.public_key['algorithm']['parameters'].native == 'secp256r1']
with open('contract.pdf', 'rb') as file:
    last = PdfFileReader(file).embedded_signatures[-1]
    context = ValidationContext(trust_roots=roots)
    print(validate_pdf_signature(last, context, context).pretty_print_details())
";
    let demo = Demo::of("gm");
    let python = repository().join(".tools/py/bin/python");
    let said = tool(python.to_str().unwrap(), demo.folder(), &["-c", script]).ok();
    assert!(said.contains("The signature is judged VALID."), "{said}");
    assert!(
        said.contains("The signature covers the entire file."),
        "{said}"
    );
    assert!(said.contains("TSA certificate is trusted"), "{said}");
}

#[test]
fn qpdf_finds_nothing_wrong() {
    for profile in ["gm", "intl"] {
        let said = tool(
            "qpdf",
            Demo::of(profile).folder(),
            &["--check", "contract.pdf"],
        );
        let said = said.ok();
        assert!(
            said.contains("No syntax or stream encoding errors"),
            "{said}"
        );
    }
}

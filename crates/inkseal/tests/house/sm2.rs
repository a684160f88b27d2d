//! The SM2 signatures of a gm contract, taken apart and given to OpenSSL: what our
//! own code says of itself does not count here.

use std::{fs, path::Path};

use der::{Any, Decode, Encode, SliceReader, Tag, Tagged};

use crate::kit::{Demo, tool};

/// The distinguishing identifier of GB/T 35276.
const ID: &str = "distid:1234567812345678";

/// The elements inside of a constructed element.
fn inside(any: &Any) -> Vec<Any> {
    let whole = Any::new(Tag::Sequence, any.value())
        .unwrap()
        .to_der()
        .unwrap();
    Vec::<Any>::from_der(&whole).unwrap()
}

/// A signature of the demo's contract on a desk of its own.
struct Taken {
    desk: tempfile::TempDir,
    /// Digest that the signed attributes give of the file.
    attributes: Vec<u8>,
    certificates: usize,
}

impl Taken {
    /// Takes the signature that pdfsig dumps under this number, from 0.
    fn apart(demo: &Demo, number: usize) -> Self {
        let desk = tempfile::tempdir().unwrap();
        fs::copy(demo.path("contract.pdf"), desk.path().join("contract.pdf")).unwrap();
        tool("pdfsig", desk.path(), &["-dump", "-nocert", "contract.pdf"]);
        let message = fs::read(desk.path().join(format!("contract.pdf.sig{number}"))).unwrap();
        // The room in the file is larger than the message.
        let message = Any::decode(&mut SliceReader::new(&message).unwrap()).unwrap();
        let data = inside(&inside(&inside(&message)[1])[0]);
        let put = |name: &str, bytes: &[u8]| fs::write(desk.path().join(name), bytes).unwrap();

        let mut certificates = inside(&data[3]);
        // The set is sorted by its bytes; the end certificate is the one that issued none.
        let issued = |c: &Any| inside(&inside(c)[0])[3].to_der().unwrap();
        let subject = |c: &Any| inside(&inside(c)[0])[5].to_der().unwrap();
        let issuers: Vec<_> = certificates.iter().map(issued).collect();
        certificates.sort_by_key(|c| issuers.contains(&subject(c)));
        for (index, certificate) in certificates.iter().enumerate() {
            put(&format!("{index}.der"), &certificate.to_der().unwrap());
            let (from, to) = (format!("{index}.der"), format!("{index}.pem"));
            tool(
                "openssl",
                desk.path(),
                &["x509", "-inform", "DER", "-in", &from, "-out", &to],
            )
            .ok();
        }
        let signer = inside(&inside(data.last().unwrap())[0]);
        let attributes = Any::new(Tag::Set, signer[3].value())
            .unwrap()
            .to_der()
            .unwrap();
        put("attributes", &attributes);
        assert_eq!(signer[5].tag(), Tag::OctetString);
        put("signature", signer[5].value());
        let certificates = certificates.len();
        Self {
            desk,
            attributes,
            certificates,
        }
    }

    fn folder(&self) -> &Path {
        self.desk.path()
    }

    /// Whether OpenSSL accepts the signature over the file `attributes`.
    fn signature_holds(&self) -> bool {
        let key = tool(
            "openssl",
            self.folder(),
            &["x509", "-in", "0.pem", "-noout", "-pubkey"],
        );
        fs::write(self.folder().join("key.pem"), key.ok()).unwrap();
        let how = [
            "pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", ID,
        ];
        let what = [
            "-pubin",
            "-inkey",
            "key.pem",
            "-in",
            "attributes",
            "-sigfile",
            "signature",
        ];
        tool("openssl", self.folder(), &[how.as_slice(), &what].concat()).code == 0
    }

    /// Whether OpenSSL accepts a certificate from the one that issued it.
    fn issued(&self, trusted: &str, certificate: &str) -> bool {
        // OpenSSL gives the identifier to the first certificate only: link by link.
        let how = ["verify", "-no_check_time", "-partial_chain", "-vfyopt", ID];
        let what = ["-trusted", trusted, certificate];
        tool("openssl", self.folder(), &[how.as_slice(), &what].concat()).code == 0
    }
}

#[test]
fn openssl_verifies_signature_and_certificates() {
    let demo = Demo::of("gm");
    let report = demo.report();
    for number in 0..5 {
        let taken = Taken::apart(&demo, number);
        assert_eq!(report["signatures"][number]["suite"], "sm2-sm3");
        assert!(taken.signature_holds(), "signature {number}");
        assert_eq!(taken.certificates, 2);
        let anchors = demo.path("anchors.pem");
        assert!(taken.issued("1.pem", "0.pem"), "leaf of {number}");
        assert!(
            taken.issued(anchors.to_str().unwrap(), "1.pem"),
            "issuer of {number}"
        );
        assert!(
            !taken.issued(anchors.to_str().unwrap(), "0.pem"),
            "a judge that can say no"
        );
    }
}

#[test]
fn the_signed_attributes_hold_the_sm3_digest_of_the_bytes_covered() {
    let demo = Demo::of("gm");
    let file = demo.contract();
    let said = tool("pdfsig", demo.folder(), &["contract.pdf"]).out;
    let ranges = said
        .lines()
        .filter_map(|line| line.split_once("Signed Ranges: "));
    for (number, (_, ranges)) in ranges.enumerate().take(5) {
        let taken = Taken::apart(&demo, number);
        let mut covered = Vec::new();
        for range in ranges.split(", ") {
            let (from, to) = range.trim_matches(['[', ']']).split_once(" - ").unwrap();
            let (from, to): (usize, usize) = (from.parse().unwrap(), to.parse().unwrap());
            covered.extend_from_slice(&file[from..to]);
        }
        fs::write(taken.folder().join("covered"), covered).unwrap();
        let digest = tool(
            "openssl",
            taken.folder(),
            &["dgst", "-sm3", "-binary", "-out", "digest", "covered"],
        );
        digest.ok();
        let digest = fs::read(taken.folder().join("digest")).unwrap();
        let held = [&[0x04, 0x20], digest.as_slice()].concat();
        assert!(
            taken.attributes.windows(34).any(|part| part == held),
            "signature {number}"
        );
    }
}

#[test]
fn openssl_refuses_a_changed_attribute() {
    let taken = Taken::apart(&Demo::of("gm"), 0);
    let mut changed = taken.attributes.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(taken.folder().join("attributes"), changed).unwrap();
    assert!(!taken.signature_holds());
}

//! Others' libraries as witnesses, both ways: Bouncy Castle for every suite, which knows
//! SM2 in certificates, messages and tokens, and pyHanko's path validator.

use std::{path::Path, process::Command, slice::from_ref, sync::Arc};

use crypto::{Hash, Suite, digest};
use pki::{
    Certificate, CertificationRequest, Profile, Purpose, SignedData,
    revocation::{
        CertId, CertIdHash, CertStatus, Crl, CrlContent, Entry, Material, OcspRequest,
        OcspResponder, OcspResponse, OcspTimes, Reason, Revoked, Scope, Verdict, issue_crl, judge,
    },
    timestamp::{Request, Token},
    validate,
};
use tempfile::TempDir;

use crate::house::{Authority, House, NOW, NOW_MS, company};

const CONTENT: &[u8] = "借款合同".as_bytes();
const DAY_MS: i64 = 24 * 3_600_000;

/// Suite, and how Bouncy Castle names its signature and its hash.
const SUITES: [(Suite, &str, &str); 3] = [
    (Suite::Sm2Sm3, "SM3withSM2", "SM3"),
    (Suite::P256Sha256, "SHA256withECDSA", "SHA-256"),
    (Suite::Rsa2048Sha256, "SHA256withRSA", "SHA-256"),
];

fn run(program: &mut Command) -> String {
    let name = program.get_program().to_string_lossy().into_owned();
    let output = program.output();
    let output = output.unwrap_or_else(|_| panic!("{name} is missing: run ./dev setup"));
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said).into_owned();
    assert!(output.status.success(), "{name} is not content\n{said}");
    said
}

fn bouncy_castle(words: &[&str]) -> String {
    let jars = ["bcprov", "bcpkix", "bcutil"].map(|jar| format!("/usr/share/java/{jar}.jar"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/java/BouncyCastle.java");
    let mut java = Command::new("java");
    java.args(["-Dfile.encoding=UTF-8", "-cp", &jars.join(":")]);
    run(java.arg(source).args(words))
}

/// Writes one of everything that an authority makes into a folder.
fn put_ours(desk: &Path, suite: Suite, hash_name: &str) {
    let house = House::new(suite);
    let put = |name: &str, bytes: &[u8]| std::fs::write(desk.join(name), bytes).unwrap();
    let issuing = &house.issuing;
    let [good, revoked] =
        ["甲", "乙"].map(|name| issuing.authority(name, &Profile::Enterprise).certificate);
    let Authority { certificate, key } = issuing.authority("应答", &Profile::OcspResponder);
    let responder = OcspResponder::new(
        issuing.certificate.clone(),
        Some(certificate.clone()),
        Arc::new(key),
    );
    put("at", NOW.to_string().as_bytes());
    put("hash", hash_name.as_bytes());
    put("root", house.root.certificate.der());
    put("issuing", issuing.certificate.der());
    put("good", good.der());
    put("revoked", revoked.der());
    put("responder", certificate.der());

    let was_revoked = Revoked {
        at_ms: (NOW - 9000) * 1000,
        reason: Reason::KeyCompromise,
        invalid_since_ms: None,
    };
    let list = |authority: &Authority, entries: &[Entry]| {
        let content = CrlContent {
            number: 7,
            this_update_ms: NOW * 1000,
            next_update_ms: NOW * 1000 + DAY_MS,
            scope: Scope::All,
            distribution_point: None,
            entries,
        };
        issue_crl(&content, &authority.certificate, &authority.key).unwrap()
    };
    let entry = Entry {
        serial: revoked.serial().to_vec(),
        revoked: was_revoked,
    };
    put("root-list", list(&house.root, &[]).der());
    put("list", list(issuing, &[entry]).der());

    let responder = responder.unwrap();
    let times = OcspTimes {
        produced_ms: NOW * 1000,
        this_update_ms: NOW * 1000,
        next_update_ms: Some(NOW * 1000 + DAY_MS),
    };
    let status = |serial: &[u8]| match serial {
        one if one == good.serial() => CertStatus::Good,
        _ => CertStatus::Revoked(was_revoked),
    };
    let asked: [(&str, &[&Certificate]); 3] = [
        ("answer", &[&good, &revoked]),
        ("answer-good", &[&good]),
        ("answer-revoked", &[&revoked]),
    ];
    for (name, certificates) in asked {
        let id = |one: &&Certificate| CertId::new(CertIdHash::Sha1, one, &issuing.certificate);
        let ids = certificates.iter().map(id).collect();
        let request = OcspRequest::new(ids, None).unwrap().to_der();
        put(name, &responder.response(&request, times, status));
    }

    put("content", CONTENT);
    let message = house.message(&digest(suite.hash(), CONTENT));
    put(
        "signer",
        SignedData::parse(&message).unwrap().signer().der(),
    );
    put("message", &message);

    let tsa = house.tsa();
    let wanted = Request::new(digest(suite.hash(), CONTENT), Some(7), true);
    put("tsa", tsa.certificate().der());
    put(
        "token",
        &tsa.token(&wanted, NOW_MS, crypto::random()).unwrap(),
    );

    let Authority { key, .. } = issuing.authority("丙", &Profile::Enterprise);
    let request = CertificationRequest::sign(&company("丙"), &Profile::Enterprise, &key).unwrap();
    put("request", request.der());
}

#[test]
fn bouncy_castle_accepts_all_that_an_authority_makes() {
    for (suite, _, hash) in SUITES {
        let desk = TempDir::new().unwrap();
        put_ours(desk.path(), suite, hash);
        let said = bouncy_castle(&["judge", desk.path().to_str().unwrap()]);
        assert_eq!(
            said,
            "paths and list\nanswer\nmessage\ntoken\nrequest\n",
            "{}",
            suite.name()
        );
    }
}

#[test]
fn what_bouncy_castle_makes_is_accepted() {
    for (suite, algorithm, hash) in SUITES {
        let desk = TempDir::new().unwrap();
        let folder = desk.path().to_str().unwrap();
        bouncy_castle(&["make", folder, algorithm, hash, &NOW.to_string()]);
        let get = |name: &str| std::fs::read(desk.path().join(name)).unwrap();
        let certificate = |name: &str| Certificate::from_der(&get(name)).unwrap();
        let anchors = [certificate("root")];
        let (issuing, good, revoked) = (
            certificate("issuing"),
            certificate("good"),
            certificate("revoked"),
        );
        for leaf in [&good, &revoked] {
            validate(leaf, from_ref(&issuing), &anchors, NOW, Purpose::Signing).unwrap();
        }

        let lists = [Crl::from_der(&get("list")).unwrap()];
        let responses = [OcspResponse::from_der(&get("answer")).unwrap()];
        let by_list = Material {
            crls: &lists,
            responses: &[],
        };
        let by_answer = Material {
            crls: &[],
            responses: &responses,
        };
        for material in [by_list, by_answer] {
            let verdict = |leaf| judge(leaf, &issuing, material, NOW * 1000 + 1);
            assert!(matches!(verdict(&good), Verdict::NotRevoked { .. }));
            assert!(matches!(verdict(&revoked), Verdict::Revoked { .. }));
        }

        let content = digest(suite.hash(), CONTENT);
        let message = SignedData::parse_lenient(&get("message")).unwrap();
        assert_eq!(message.signer(), &good);
        message.verify(&content).unwrap();
        let other = digest(suite.hash(), b"another contract");
        assert_eq!(
            message.verify(&other).unwrap_err().code(),
            "content-changed"
        );

        let token = Token::parse_lenient(&get("token")).unwrap();
        token.verify(&content).unwrap();
        assert_eq!(token.time_ms(), NOW * 1000);
        let tsa = token.signer();
        validate(
            tsa,
            from_ref(&issuing),
            &anchors,
            NOW,
            Purpose::Timestamping,
        )
        .unwrap();
        let is_sm3 = token.imprint().hash() == Hash::Sm3;
        assert_eq!(is_sm3, suite == Suite::Sm2Sm3);

        let request = CertificationRequest::from_der(&get("request")).unwrap();
        assert_eq!(request.spki(), good.spki());
    }
}

#[test]
fn pyhanko_accepts_our_paths_lists_and_answers() {
    for (suite, _, hash) in &SUITES[1..] {
        let desk = TempDir::new().unwrap();
        put_ours(desk.path(), *suite, hash);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyhanko_judge.py");
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/py/bin/python");
        let said = run(Command::new(python).arg(script).current_dir(desk.path()));
        assert_eq!(said, "list\nanswer\ntoken\n", "{}", suite.name());
    }
}

//! The timestamp authority over HTTP, as other people's clients and judges see it.

use std::{fs, path::Path};

use crate::kit::{
    Answer, House, contract,
    ntp::Ntp,
    program::{java, repository},
    tool,
};

const TSA: &str = "/api/v1/trust/tsa";
const QUERY: &str = "application/timestamp-query";

/// A folder with data and the house's anchors, P-256 first.
async fn desk(house: &House) -> tempfile::TempDir {
    let desk = tempfile::tempdir().unwrap();
    fs::write(desk.path().join("data"), b"a contract").unwrap();
    fs::write(desk.path().join("other"), b"another one").unwrap();
    let anchors = house.anybody().get("/api/v1/anchors.pem").await.bytes();
    fs::write(desk.path().join("anchors.pem"), anchors).unwrap();
    desk
}

fn openssl(desk: &Path, words: &str) -> (i32, String) {
    let words: Vec<&str> = words.split_whitespace().collect();
    let said = tool("openssl", desk, &words);
    (said.code, said.out + &said.err)
}

/// Asks with what `openssl ts -query` makes of these options; the answer lies on the desk.
async fn asked(house: &House, desk: &Path, options: &str, suite: &str) -> Answer {
    let query = format!("ts -query -data data {options} -out query");
    assert_eq!(openssl(desk, &query).0, 0);
    let query = fs::read(desk.join("query")).unwrap();
    let path = format!("{TSA}{suite}");
    let answer = house.anybody().post_as(&path, QUERY, query).await;
    fs::write(desk.join("answer"), &answer.bytes).unwrap();
    answer
}

#[tokio::test]
async fn openssl_asks_and_verifies() {
    let house = House::start();
    let desk = desk(&house).await;
    let desk = desk.path();
    for options in [
        "-sha256 -cert",
        "-sha384 -cert",
        "-sha512 -cert -no_nonce",
        "-sha256 -cert -tspolicy 2.25.282878840528970780026491239474396998021.3.3",
    ] {
        for suite in ["", "/p256-sha256"] {
            let answer = asked(&house, desk, options, suite).await;
            assert_eq!(answer.kind, "application/timestamp-reply");
            assert_eq!(answer.status, 200, "{options}");
            let verify = "ts -verify -CAfile anchors.pem -in answer";
            let (_, said) = openssl(desk, &format!("{verify} -queryfile query"));
            assert!(said.contains("Verification: OK"), "{options}: {said}");
            assert_eq!(openssl(desk, &format!("{verify} -data data")).0, 0);
            assert_ne!(openssl(desk, &format!("{verify} -data other")).0, 0);
        }
    }
    let (_, said) = openssl(desk, "ts -reply -in answer -text");
    assert!(said.contains("Ordering: no"), "{said}");
}

/// As many at once as the setting says; here none, so that each comes at a bad time.
#[tokio::test]
async fn whoever_finds_no_place_is_told_to_come_again() {
    let house = House::configured("public_places = 0\n");
    let desk = desk(&house).await;
    let answer = asked(&house, desk.path(), "-sha256", "").await;
    answer.refused(503, "too-many-requests");
    let ocsp = house.anybody();
    let asked = ocsp.post_bytes("/api/v1/trust/ocsp", vec![0; 9]).await;
    asked.refused(503, "too-many-requests");
}

#[tokio::test]
async fn what_is_refused_is_refused_in_the_answer() {
    let house = House::start();
    let desk = desk(&house).await;
    let desk = desk.path();
    for (options, words) in [
        ("-sha1", "unrecognized or unsupported algorithm"),
        ("-sha224", "unrecognized or unsupported algorithm"),
        (
            "-sha256 -tspolicy 1.2.3.4",
            "requested TSA policy is not supported",
        ),
    ] {
        asked(&house, desk, options, "").await.bytes();
        let (_, said) = openssl(desk, "ts -reply -in answer -text");
        assert!(said.contains("Status: Rejected."), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let anybody = house.anybody();
    let nonsense = anybody.post_as(TSA, QUERY, b"nonsense".to_vec()).await;
    fs::write(desk.join("answer"), nonsense.bytes()).unwrap();
    let (_, said) = openssl(desk, "ts -reply -in answer -text");
    assert!(
        said.contains("the data submitted has the wrong format"),
        "{said}"
    );
}

#[tokio::test]
async fn what_is_no_request_is_a_problem() {
    let house = House::start();
    let anybody = house.anybody();
    let query = || vec![0; 9];
    let kind = anybody.post_as(TSA, "application/json", query()).await;
    kind.refused(415, "content-type-unsupported");
    let large = anybody.post_as(TSA, QUERY, vec![0; 4097]).await;
    large.refused(413, "body-unreadable");
    for suite in ["p384", "rsa2048-sha256", "SM2-SM3"] {
        let path = format!("{TSA}/{suite}");
        let missing = anybody.post_as(&path, QUERY, query()).await;
        missing.refused(404, "not-found");
    }
}

/// pyHanko asks over HTTP with its own client and validates the token.
#[tokio::test]
async fn pyhanko_asks_and_validates() {
    let script = "\
import asyncio, hashlib, sys
from pyhanko.keys import load_certs_from_pemder
from pyhanko.sign.timestamps.aiohttp_client import HTTPTimeStamper
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext
roots = [c for c in load_certs_from_pemder(['anchors.pem'])
         if c.public_key['algorithm']['parameters'].native == 'secp256r1']
def digest(name, file):
    return hashlib.new(name, open(file, 'rb').read()).digest()
async def judge(name):
    stamper = HTTPTimeStamper(sys.argv[1])
    token = (await stamper.async_timestamp(digest(name, 'data'), name))['content']
    for file in ('data', 'other'):
        status = TimestampSignatureStatus(**await validate_tst_signed_data(
            token, ValidationContext(trust_roots=roots), lambda name: digest(name, file)))
        print(name, file, status.valid, status.intact, status.trusted)
for name in ('sha256', 'sha384', 'sha512'):
    asyncio.run(judge(name))
";
    let house = House::start();
    let desk = desk(&house).await;
    let python = repository().join(".tools/py/bin/python");
    let url = format!("{}{TSA}", house.url);
    let arguments = ["-c", script, &url];
    let said = tool(python.to_str().unwrap(), desk.path(), &arguments).ok();
    let expected = |name| {
        [
            format!("{name} data True True True"),
            format!("{name} other True False False"),
        ]
    };
    let expected = ["sha256", "sha384", "sha512"].map(expected).concat();
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

/// SM3 digests and SM2 signatures are for Bouncy Castle, which has its own SM2.
#[tokio::test]
async fn bouncy_castle_asks_and_validates_sm2_tokens() {
    let house = House::start();
    let desk = desk(&house).await;
    let url = format!("{}{TSA}", house.url);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/house/Timestamp.java");
    let said = java(&program, desk.path(), &[&url, "data", "anchors.pem"]).ok();
    let expected = [
        "any sm3 valid 1.2.156.10197.1.501",
        "sm2-sm3 sm3 valid 1.2.156.10197.1.501",
        "sm2-sm3 sha256 valid 1.2.156.10197.1.501",
        "p256-sha256 sm3 valid 1.2.840.10045.4.3.2",
        "other data: refused",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_clock_that_is_off_stamps_nothing_and_no_act_comes_about() {
    let source = Ntp::telling(now);
    let house = House::configured(&format!(
        "time_sources = [\"{}\"]\ntime_interval_ms = 250\n",
        source.address
    ));
    let desk = desk(&house).await;
    let desk = desk.path();
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    let visit = contract.reader("borrower").await;

    source.shift(-2000);
    let refused = "Status: Rejected.";
    let mut said = String::new();
    while !said.contains(refused) {
        asked(&house, desk, "-sha256 -cert", "").await.bytes();
        said = openssl(desk, "ts -reply -in answer -text").1;
    }
    assert!(
        said.contains("the TSA's time source is not available"),
        "{said}"
    );
    let signed = visit.submit(&visit.by_hand()).await;
    signed.refused(503, "clock-untrusted");
    assert_eq!(contract.act("borrower").await, None);

    source.shift(500);
    while said.contains(refused) {
        asked(&house, desk, "-sha256 -cert", "").await.bytes();
        said = openssl(desk, "ts -reply -in answer -text").1;
    }
    assert!(said.contains("Accuracy: 0x01 seconds"), "{said}");
    visit.submit(&visit.by_hand()).await.ok();
    house.verified(&contract).await;
}

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// A first start that cannot tell the time makes no authorities.
#[tokio::test]
async fn a_first_start_without_its_time_sources_says_what_is_missing() {
    let source = Ntp::telling(now);
    source.silent(true);
    let sources = format!("time_sources = [\"{}\"]\n", source.address);
    let said = House::refused(&sources);
    assert!(said.contains("time_sources"), "{said}");
}

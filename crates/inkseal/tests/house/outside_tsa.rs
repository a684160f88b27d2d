//! Outside timestamp authorities: asked in order, believed in nothing.

use std::{
    fs,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Bytes, extract::Path, http::StatusCode, routing::post};
use crypto::{Hash, Signer, SoftwareKey, Suite, digest, random};
use pki::{
    Certificate, CertificateRequest, Name, Profile, sign_tbs, tbs,
    timestamp::{Rejection, Request, Tsa, response},
};

use crate::kit::{House, contract, tool};

/// What a lying authority may do.
const LIES: [&str; 9] = [
    "imprint", "nonce", "hour", "root", "garbage", "refusal", "error", "long", "silence",
];

/// An authority with a root of its own.
struct Authority {
    root: Certificate,
    issuing: Certificate,
    certificate: Certificate,
    pkcs8: Vec<u8>,
    tsa: Tsa,
}

impl Authority {
    fn new() -> Self {
        let key = || SoftwareKey::generate(Suite::P256Sha256).unwrap();
        let (root_key, issuing_key, tsa_key) = (key(), key(), key());
        let issued = |of: &SoftwareKey, name: &str, profile, issuer, by: &SoftwareKey| {
            let subject = Name {
                common_name: name.to_owned(),
                organization: Some("别处".to_owned()),
                country: "CN".to_owned(),
                serial_number: None,
            };
            let mut serial = random::<16>();
            serial[0] = serial[0] & 0x7f | 0x40;
            let request = CertificateRequest {
                subject: &subject,
                spki: of.spki(),
                serial,
                not_before: now() / 1000 - 3600,
                not_after: now() / 1000 + 3600,
                profile: &profile,
            };
            let tbs = tbs(&request, issuer, Suite::P256Sha256).unwrap();
            sign_tbs(&tbs, by).unwrap()
        };
        let root = issued(&root_key, "outside root", Profile::Root, None, &root_key);
        let issuing = "outside issuer";
        let profile = Profile::Issuing;
        let issuing = issued(&issuing_key, issuing, profile, Some(&root), &root_key);
        let (name, profile) = ("outside TSA", Profile::Tsa);
        let certificate = issued(&tsa_key, name, profile, Some(&issuing), &issuing_key);
        let pkcs8 = tsa_key.to_pkcs8().unwrap().to_vec();
        let chain = vec![issuing.clone()];
        let tsa = Tsa::new(certificate.clone(), chain, Arc::new(tsa_key)).unwrap();
        Self {
            root,
            issuing,
            certificate,
            pkcs8,
            tsa,
        }
    }

    /// What `openssl ts` answers with the same key.
    fn openssl(&self, query: &[u8]) -> Vec<u8> {
        let desk = tempfile::tempdir().unwrap();
        let put = |name: &str, bytes: &[u8]| fs::write(desk.path().join(name), bytes).unwrap();
        put("query", query);
        put("key.der", &self.pkcs8);
        put("serial", b"01");
        put("tsa.pem", self.certificate.to_pem().as_bytes());
        put("chain.pem", self.issuing.to_pem().as_bytes());
        put(
            "tsa.cnf",
            b"[tsa]\ndefault_tsa = own\n[own]\nserial = serial\nsigner_digest = sha256\n\
              default_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\ntsa_name = yes\n\
              ess_cert_id_chain = no\ness_cert_id_alg = sha256\nclock_precision_digits = 3\n\
              crypto_device = builtin\n",
        );
        let openssl = |words: &str| {
            let words: Vec<&str> = words.split_whitespace().collect();
            tool("openssl", desk.path(), &words).ok();
        };
        openssl("pkey -inform DER -in key.der -out key.pem");
        openssl(
            "ts -reply -config tsa.cnf -queryfile query -signer tsa.pem -inkey key.pem \
             -chain chain.pem -out answer",
        );
        fs::read(desk.path().join("answer")).unwrap()
    }

    fn lie(&self, how: &str, query: &[u8]) -> Vec<u8> {
        let asked = Request::from_der(query).unwrap();
        match how {
            "imprint" => {
                let other = Request {
                    imprint: digest(Hash::Sha256, b"something else"),
                    ..asked
                };
                self.tsa.response(&other.to_der(), now(), random())
            }
            "nonce" => {
                let other = Request {
                    nonce: None,
                    ..asked
                };
                self.tsa.response(&other.to_der(), now(), random())
            }
            "hour" => self.tsa.response(query, now() - 3_600_000, random()),
            "refusal" => response(Err(Rejection::SystemFailure)),
            "long" => vec![0x30; 1 << 20],
            _ => b"garbage".to_vec(),
        }
    }
}

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

/// Servers on sockets, and who was asked.
struct Outside {
    url: String,
    dead: String,
    asked: Arc<Mutex<Vec<String>>>,
    anchors: tempfile::NamedTempFile,
}

impl Outside {
    async fn open() -> Self {
        let (good, stranger) = (Arc::new(Authority::new()), Authority::new());
        let anchors = tempfile::NamedTempFile::new().unwrap();
        fs::write(anchors.path(), good.root.to_pem()).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (noted, stranger) = (Arc::clone(&asked), Arc::new(stranger));
        let answer = move |Path(how): Path<String>, query: Bytes| async move {
            noted.lock().unwrap().push(how.clone());
            match how.as_str() {
                "good" => {
                    let answer = tokio::task::spawn_blocking(move || good.openssl(&query));
                    Ok(answer.await.unwrap())
                }
                "root" => Ok(stranger.tsa.response(&query, now(), random())),
                "error" => Err(StatusCode::INTERNAL_SERVER_ERROR),
                "silence" => std::future::pending().await,
                lie => Ok(good.lie(lie, &query)),
            }
        };
        let router = Router::new().route("/{how}", post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        // Bound once and closed: nobody listens there.
        let gone = TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = format!("http://{}", gone.local_addr().unwrap());
        Self {
            url,
            dead,
            asked,
            anchors,
        }
    }

    /// A house that asks these, after one that is dead.
    fn house(&self, authorities: &[&str]) -> House {
        let mut urls = vec![format!("{}/tsa", self.dead)];
        urls.extend(authorities.iter().map(|how| format!("{}/{how}", self.url)));
        House::configured(&format!(
            "tsa_urls = {urls:?}\ntsa_anchors = \"{}\"\ntsa_patience_ms = 2000\n",
            self.anchors.path().display()
        ))
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_one_is_asked_until_a_token_holds() {
    let outside = Outside::open().await;
    let order = [LIES.as_slice(), &["good", "nobody"]].concat();
    let house = outside.house(&order);
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", "intl").person("borrower", "pad");
    let contract = draft.make(&acme).await;
    contract.sign_by_hand("borrower").await;
    // The borrower's signature and the operator's closing one.
    let each = [LIES.as_slice(), &["good"]].concat();
    assert_eq!(outside.asked(), [each.as_slice(), &each].concat());
    let report = house.verified(&contract).await;
    let signatures = report["signatures"].as_array().unwrap();
    assert_eq!(signatures.len(), 2, "{report}");
    for signature in signatures {
        assert_eq!(signature["timestamp"], "outside TSA", "{report}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_signed() {
    let outside = Outside::open().await;
    let house = outside.house(&["hour", "error"]);
    let acme = house.integrator("acme").await;
    let draft = contract().with("profile", "intl").person("borrower", "pad");
    let contract = draft.make(&acme).await;
    let visit = contract.reader("borrower").await;
    let before = contract.get("").await.ok();
    let signed = visit.submit(&visit.by_hand()).await;
    signed.refused(502, "timestamp-unavailable");
    assert_eq!(outside.asked(), ["hour", "error"]);
    assert_eq!(contract.get("").await.ok(), before);
    // The same visit, over the same folder, when an authority is there again.
    let house = house.after_stop_with("tsa_urls = []\n");
    let visit = house.back(visit);
    visit.submit(&visit.by_hand()).await.ok();
    house.verified(&house.again(contract)).await;
}

/// SM2 tokens for SM3 digests, from another house.
#[tokio::test]
async fn another_house_stamps_gm_contracts() {
    let elsewhere = House::start();
    let anchors = elsewhere.anybody().get("/api/v1/anchors.pem").await;
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), anchors.bytes()).unwrap();
    let house = House::configured(&format!(
        "operator = \"此处\"\ntsa_urls = [\"{}/api/v1/trust/tsa\"]\ntsa_anchors = \"{}\"\n",
        elsewhere.url,
        file.path().display()
    ));
    let acme = house.integrator("acme").await;
    let contract = contract().person("borrower", "pad").make(&acme).await;
    contract.sign_by_hand("borrower").await;
    let report = house.verified(&contract).await;
    for signature in report["signatures"].as_array().unwrap() {
        let by = signature["timestamp"].as_str().unwrap();
        assert!(by.starts_with("Inkseal "), "{report}");
    }
}

#[test]
fn authorities_without_roots_are_no_configuration() {
    let said = House::refused("tsa_urls = [\"http://127.0.0.1:1/tsa\"]\n");
    assert!(said.contains("tsa_anchors"), "{said}");
}

//! Against a service of version 2 that wants a token and a PIN, on a real socket.

use std::{
    collections::BTreeMap,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{KeyError, KeyModule, Signer, SoftwareKey, Suite, Verifier, bare};
use pki::{CertificateRequest, Name, Profile, sign_tbs, tbs};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Csc, Settings};
use crate::outside::Limits;

const MESSAGE: &[u8] = b"what is signed";

/// A service that knows what it will be asked to sign: it has no key that signs digests.
struct Service {
    specs: &'static str,
    keys: BTreeMap<String, SoftwareKey>,
    /// Leave to sign, with its digest; good once.
    leave: Mutex<BTreeMap<String, String>>,
    /// Signs with another key than it says.
    cheats: AtomicBool,
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn refuse(error: &str) -> (StatusCode, Json<Value>) {
    (StatusCode::BAD_REQUEST, Json(json!({ "error": error })))
}

fn certificate(key: &SoftwareKey) -> String {
    let subject = Name {
        common_name: "远程签名服务".to_owned(),
        organization: None,
        country: "CN".to_owned(),
        serial_number: None,
    };
    let request = CertificateRequest {
        subject: &subject,
        spki: key.spki(),
        serial: [1; 16],
        not_before: 1_700_000_000,
        not_after: 2_000_000_000,
        profile: &Profile::Root,
    };
    let tbs = tbs(&request, None, key.suite()).unwrap();
    STANDARD.encode(sign_tbs(&tbs, key).unwrap().der())
}

async fn answer(
    State(service): State<Arc<Service>>,
    Path(method): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Answer {
    if method == "info" {
        return Ok(Json(json!({ "specs": service.specs, "name": "tests" })));
    }
    if headers.get("authorization").unwrap() != "Bearer token" {
        return Err(refuse("invalid_token"));
    }
    let credential = body["credentialID"].as_str().unwrap_or_default().to_owned();
    let digest = body["hashes"][0].as_str().unwrap_or_default().to_owned();
    let key = service.keys.get(&credential);
    let oid = |key: &SoftwareKey| key.suite().signature_algorithm().oid.to_string();
    Ok(Json(match (method.as_str(), key) {
        ("credentials/list", _) => {
            json!({ "credentialIDs": service.keys.keys().collect::<Vec<_>>() })
        }
        ("credentials/info", Some(key)) => json!({
            "key": { "status": "enabled", "algo": [oid(key)], "len": 256 },
            "cert": { "certificates": [certificate(key)] },
            "auth": { "mode": "explicit" },
        }),
        ("credentials/authorize", Some(key)) => {
            let hash = key.suite().hash().oid().to_string();
            if body["authData"] != json!([{ "id": "PIN", "value": "2580" }])
                || body["hashAlgorithmOID"] != hash
                || body["numSignatures"] != 1
            {
                return Err(refuse("invalid_request"));
            }
            let sad = crypto::random_id();
            service.leave.lock().unwrap().insert(sad.clone(), digest);
            json!({ "SAD": sad, "expiresIn": 60 })
        }
        ("signatures/signHash", Some(key)) => {
            let sad = body["SAD"].as_str().unwrap_or_default();
            let given = service.leave.lock().unwrap().remove(sad);
            let known = bare::signed_digest(key.spki(), MESSAGE).unwrap();
            let known = STANDARD.encode(known.as_bytes());
            if given != Some(digest.clone()) || digest != known || body["signAlgo"] != oid(key) {
                return Err(refuse("invalid_request"));
            }
            let other = SoftwareKey::generate(key.suite()).unwrap();
            let key = if service.cheats.load(SeqCst) {
                &other
            } else {
                key
            };
            json!({ "signatures": [STANDARD.encode(key.sign(MESSAGE).unwrap())] })
        }
        _ => return Err(refuse("invalid_request")),
    }))
}

struct House {
    service: Arc<Service>,
    _folder: TempDir,
    csc: Arc<Csc>,
}

async fn house(specs: &'static str, pin: &str) -> House {
    let key = |suite: Suite| {
        let key = SoftwareKey::generate(suite).unwrap();
        (format!("cred/{}", suite.name()), key)
    };
    let service = Arc::new(Service {
        specs,
        keys: [Suite::Sm2Sm3, Suite::P256Sha256].map(key).into(),
        leave: Mutex::default(),
        cheats: AtomicBool::new(false),
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/csc/v2", listener.local_addr().unwrap());
    let router = Router::new().route("/csc/v2/{*method}", post(answer));
    let router = router.with_state(Arc::clone(&service));
    tokio::spawn(async move { axum::serve(listener, router).await });
    let folder = TempDir::new().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Some(path)
    };
    let settings = Settings {
        url,
        token_file: put("token", "token\n"),
        pin_file: put("pin", pin),
        limits: Limits::default(),
    };
    let keys = ["sm2-sm3", "p256-sha256", "none"];
    let keys = keys.map(|name| (format!("seal/{name}"), format!("cred/{name}")));
    let csc = Arc::new(Csc::open(&settings, keys.into()).unwrap());
    House {
        service,
        _folder: folder,
        csc,
    }
}

impl House {
    async fn signer(&self, suite: Suite, label: &'static str) -> Result<Arc<dyn Signer>, KeyError> {
        let csc = Arc::clone(&self.csc);
        let found = tokio::task::spawn_blocking(move || csc.signer(suite, label));
        Ok(found.await.unwrap()?.unwrap())
    }
}

async fn sign(key: &Arc<dyn Signer>) -> Result<Vec<u8>, KeyError> {
    let key = Arc::clone(key);
    tokio::task::spawn_blocking(move || key.sign(MESSAGE))
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_of_version_2_signs_with_sm2_and_p256() {
    let house = house("2.0.0.2", "2580").await;
    for (suite, label) in [
        (Suite::Sm2Sm3, "seal/sm2-sm3"),
        (Suite::P256Sha256, "seal/p256-sha256"),
    ] {
        let key = house.signer(suite, label).await.unwrap();
        let signature = sign(&key).await.unwrap();
        let verifier = Verifier::from_spki(key.spki()).unwrap();
        assert_eq!(verifier.verify(suite.hash(), MESSAGE, &signature), Ok(()));
        // What its own key does not verify is not used.
        house.service.cheats.store(true, SeqCst);
        assert_eq!(sign(&key).await.unwrap_err().code(), "csc-signature");
        house.service.cheats.store(false, SeqCst);
        sign(&key).await.unwrap();
    }
    // No leave was left over.
    assert!(house.service.leave.lock().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_cannot_do_is_said() {
    let house = house("2.0.0.2", "0000").await;
    let key = house.signer(Suite::Sm2Sm3, "seal/sm2-sm3").await.unwrap();
    // A wrong PIN.
    assert_eq!(sign(&key).await.unwrap_err().code(), "outside-refused");
    let code = async |suite, label| house.signer(suite, label).await.err().unwrap();
    let wrong = code(Suite::P256Sha256, "seal/sm2-sm3").await;
    assert_eq!(wrong.code(), "csc-credential");
    let none = code(Suite::Sm2Sm3, "seal/none").await;
    assert_eq!(none.code(), "csc-credential");
    assert!(!house.csc.takes(Suite::Sm2Sm3, "seal/other"));
    let made = house.csc.generate(Suite::Sm2Sm3, "seal/sm2-sm3");
    assert_eq!(made.err().unwrap().code(), "csc-key-not-made");
    let newer = self::house("3.0", "2580").await;
    let refused = newer.signer(Suite::Sm2Sm3, "seal/sm2-sm3").await;
    assert_eq!(refused.err().unwrap().code(), "outside-answer");
}

//! `inkseal ledger anchor`: a checkpoint dated by somebody else.

use std::{fs, path::Path, sync::Arc};

use axum::{Router, body::Bytes, extract::State, routing::post};
use crypto::{Signer, SoftwareKey, Suite};
use pki::{Certificate, CertificateRequest, Name, Profile, sign_tbs, tbs, timestamp::Tsa};
use tokio::net::TcpListener;

use crate::kit::{House, inkseal, log::Log, program::Said};

const NOW: i64 = 1_800_000_000;

/// A timestamp authority on loopback: its URL, and its root in PEM.
async fn authority() -> (String, String) {
    let (root_key, key) = (key(), key());
    let root = certificate(&root_key, None, &root_key, &Profile::Root);
    let tsa = certificate(&key, Some(&root), &root_key, &Profile::Tsa);
    let tsa = Tsa::new(tsa, Vec::new(), Arc::new(key)).unwrap();
    let answer = async |State(tsa): State<Tsa>, query: Bytes| {
        tsa.response(&query, NOW * 1000, crypto::random())
    };
    let router = Router::new().route("/", post(answer)).with_state(tsa);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, root.to_pem())
}

fn key() -> SoftwareKey {
    SoftwareKey::generate(Suite::P256Sha256).unwrap()
}

fn certificate(
    of: &SoftwareKey,
    issuer: Option<&Certificate>,
    by: &SoftwareKey,
    profile: &Profile,
) -> Certificate {
    let subject = Name {
        common_name: profile.name().to_owned(),
        organization: None,
        country: "CN".to_owned(),
        serial_number: None,
    };
    let request = CertificateRequest {
        subject: &subject,
        spki: of.spki(),
        serial: [0x51; 16],
        not_before: NOW - 1000,
        not_after: NOW + 1000,
        profile,
    };
    sign_tbs(&tbs(&request, issuer, Suite::P256Sha256).unwrap(), by).unwrap()
}

async fn anchor(log: &Log, url: &str, tsa: &str, folder: &Path) -> Said {
    let mut command = inkseal();
    command.args([
        "ledger",
        "anchor",
        url,
        "--key",
        &log.verifier(),
        "--tsa",
        tsa,
    ]);
    command.arg("--tsa-anchors").arg(folder.join("tsa.pem"));
    command.arg("--out").arg(folder.join("anchors"));
    tokio::task::spawn_blocking(move || Said::of(&mut command))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_dated_checkpoint_is_kept_and_held_against_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let (tsa, root) = authority().await;
    fs::write(folder.path().join("tsa.pem"), root).unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    for (before, more) in [(0, 10), (1, 300), (2, 1)] {
        log.grow(more, "one");
        let said = anchor(&log, &url, &tsa, folder.path()).await.ok();
        assert!(said.contains(&format!("\"before\":{before}")), "{said}");
        assert!(said.contains(&format!("\"time\":{}", NOW * 1000)), "{said}");
    }
    let kept = folder.path().join("anchors");
    assert_eq!(
        fs::read_to_string(kept.join("311.note")).unwrap(),
        log.note()
    );

    // A token that was changed, and one of another note.
    let token = kept.join("10.tst");
    let whole = fs::read(&token).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    for wrong in [changed, fs::read(kept.join("310.tst")).unwrap()] {
        fs::write(&token, wrong).unwrap();
        let said = anchor(&log, &url, &tsa, folder.path()).await;
        assert_eq!(said.code, 1, "{}", said.out);
        assert!(said.err.contains("10.note"), "{}", said.err);
    }
    fs::write(&token, whole).unwrap();
    anchor(&log, &url, &tsa, folder.path()).await.ok();

    // The ledger tells another story since.
    let mut fork = Log::new();
    fork.grow(400, "two");
    let forked = fork.objects.lock().unwrap().clone();
    *log.objects.lock().unwrap() = forked;
    let said = anchor(&log, &url, &tsa, folder.path()).await;
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("was rewritten"), "{}", said.err);
}

/// By the setting alone, and held to their tokens by fsck.
#[tokio::test]
async fn checkpoints_are_anchored_by_themselves_and_fsck_reads_the_anchors() {
    let (tsa, root) = authority().await;
    let mut house = House::prepared(|folder| {
        fs::write(folder.join("tsa.pem"), root).unwrap();
        let lines =
            format!("anchor_url = \"{tsa}\"\nanchor_roots = \"tsa.pem\"\nanchor_interval_s = 1\n");
        fs::write(folder.join("inkseal.toml"), lines).unwrap();
    });
    let folder = house.folder().join(".inkseal/anchors");
    let notes = || -> Vec<std::path::PathBuf> {
        let files = fs::read_dir(&folder).unwrap();
        let paths = files.map(|file| file.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|end| end == "note"))
            .collect()
    };
    while notes().is_empty() {
        assert_eq!(house.anybody().get("/health").await.status, 200);
    }
    // The ledger goes on, and so do the anchors.
    house
        .integrator("acme")
        .await
        .post(
            "/api/v1/companies",
            &serde_json::json!({
        "name": "沪信融资担保有限公司", "code": "91310000MA1K8QX37Y" }),
        )
        .await
        .ok();
    while notes().len() < 2 {
        assert_eq!(house.anybody().get("/health").await.status, 200);
    }
    assert!(house.stop().success());
    let fsck = || house.run(&["ledger", "fsck"]);
    let anchored = notes().len();
    assert!(fsck().ok().contains(&format!("\"anchors\":{anchored}")));

    let note = notes().pop().unwrap();
    let token = note.with_extension("tst");
    let whole = fs::read(&token).unwrap();
    let mut changed = whole.clone();
    *changed.last_mut().unwrap() ^= 1;
    fs::write(&token, changed).unwrap();
    let said = fsck();
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(
        said.err
            .contains(note.to_str().unwrap().rsplit('/').next().unwrap()),
        "{}",
        said.err
    );
    fs::write(&token, whole).unwrap();
    fsck().ok();

    // A ledger that is good in itself and is not the one that was dated.
    let other = House::configured("");
    for name in ["anchors", "../tsa.pem", "../inkseal.toml"] {
        let (from, to) = (
            house.folder().join(".inkseal"),
            other.folder().join(".inkseal"),
        );
        assert!(
            std::process::Command::new("cp")
                .arg("-r")
                .args([from.join(name), to.join(name)])
                .status()
                .unwrap()
                .success()
        );
    }
    let mut other = other;
    assert!(other.stop().success());
    let said = other.run(&["ledger", "fsck"]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("damaged"), "{}", said.err);
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_dates_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ((tsa, _), (_, other)) = (authority().await, authority().await);
    fs::write(folder.path().join("tsa.pem"), other).unwrap();
    let mut log = Log::new();
    let url = log.publish().await;
    log.grow(10, "one");
    let said = anchor(&log, &url, &tsa, folder.path()).await;
    assert_eq!(said.code, 1, "{}", said.out);
    assert_eq!(
        fs::read_dir(folder.path().join("anchors")).unwrap().count(),
        0
    );
}

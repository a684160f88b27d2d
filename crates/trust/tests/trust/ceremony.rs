//! The root's key is elsewhere: ceremony, installing, and what is refused.

use std::sync::Arc;

use crypto::{KeyStore, Keys, Suite};
use pki::{CertificationRequest, Purpose, revocation::Crl, validate};
use store::Store;
use tempfile::TempDir;
use trust::{
    TrustError,
    ceremony::{
        Ceremony, Installed, Made, Record, hold, install, install_list, renewed_list, requests,
        verify_protocol,
    },
};

use crate::{
    house::{House, NOW, URL, keys, request},
    openssl::Desk,
    presigned::Counting,
};

fn ceremony() -> Ceremony {
    Ceremony {
        operator: "测试运营方".to_owned(),
        witnesses: vec!["甲".to_owned(), "乙".to_owned()],
        at: NOW - 1000,
        program: "0".to_owned(),
        url: URL.to_owned(),
    }
}

/// A machine without a network.
fn offline() -> (TempDir, Keys) {
    let folder = TempDir::new().unwrap();
    let keys = KeyStore::create(&folder.path().join("keys"), "passphrase").unwrap();
    (folder, Keys::from(Arc::new(keys)))
}

/// A service that was not started yet.
async fn online() -> (TempDir, Store, Keys) {
    let folder = TempDir::new().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let keys = Keys::from(Arc::new(keys(&folder.path().join("keys")).unwrap()));
    (folder, store, keys)
}

async fn ask(store: &Store, keys: &Keys) -> Vec<CertificationRequest> {
    let asked = requests(store, keys, "测试运营方", &[]).await.unwrap();
    asked.into_iter().map(|(_, request)| request).collect()
}

fn installed(made: &[Made]) -> Vec<Installed> {
    let one = |made: &Made| Installed {
        root: made.root.clone(),
        issuing: made.issuing.clone(),
        list: made.list.clone(),
    };
    made.iter().map(one).collect()
}

#[tokio::test]
async fn a_service_issues_under_the_root_of_a_ceremony_and_has_no_root_key() {
    let (folder, store, online_keys) = online().await;
    let (_offline, root_keys) = offline();
    let asked = ask(&store, &online_keys).await;
    let (_, made) = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    install(&store, &online_keys, &installed(&made))
        .await
        .unwrap();
    store.close().await;

    let house = House::open(folder).await.unwrap();
    for suite in [Suite::Sm2Sm3, Suite::P256Sha256] {
        let (request, _key) = request(suite);
        let chain = house.trust.issue_event("t", request).await.unwrap();
        let one = made.iter().find(|one| one.suite == suite).unwrap();
        assert_eq!(chain[1], one.issuing);
        let roots = [one.root.clone()];
        validate(&chain[0], &chain, &roots, NOW / 1000, Purpose::Signing).unwrap();
        let list = format!("{}-root", suite.name());
        let list = house.trust.crl(&list).await.unwrap().unwrap();
        Crl::from_der(&list).unwrap().verify(&one.root).unwrap();
        let label = format!("trust/root/{}", suite.name());
        assert!(online_keys.signer(suite, &label).unwrap().is_none());
    }
    assert_eq!(house.anchors().len(), 2);
    let (other, _key) = request(Suite::Rsa2048Sha256);
    let refused = house.trust.issue_event("t", other).await.unwrap_err();
    assert_eq!(refused.code(), "suite-not-installed");
    house.trust.sequence().await.unwrap();
    let clean = house.trust.fsck().await.unwrap();
    assert!(clean.certificates >= 6);
    house.again().await.unwrap();
}

/// The disk fails at each record in turn: the key has signed what was recorded, and no more.
#[tokio::test]
async fn nothing_is_signed_before_it_is_recorded() {
    let (_folder, store, online_keys) = online().await;
    let asked = ask(&store, &online_keys).await;
    for recorded in 0.. {
        let (_offline, root_keys) = offline();
        let (counting, signed) = Counting::of(root_keys.file(), "ceremony/");
        let root_keys = Keys::new(Arc::clone(root_keys.file()), vec![Arc::new(counting)]);
        let (mut left, mut whole) = (recorded, false);
        let held = hold(&root_keys, &ceremony(), &asked, &mut |record| {
            if left == 0 {
                return Err(TrustError::Ceremony("the disk is full".to_owned()));
            }
            left -= 1;
            whole |= matches!(record, Record::Protocol(_));
            Ok(())
        });
        let signed = signed.load(std::sync::atomic::Ordering::SeqCst);
        if held.is_ok() {
            // Root, issuing and list of two suites; their protocol, which both sign.
            assert_eq!((recorded, signed, whole), (7, 8, true));
            break;
        }
        assert_eq!((signed, whole), (recorded, false));
    }
}

#[tokio::test]
async fn the_roots_list_is_renewed_and_another_suite_follows_after_the_first_start() {
    let (folder, store, online_keys) = online().await;
    let (_offline, root_keys) = offline();
    let asked = ask(&store, &online_keys).await;
    let (_, made) = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    let all = installed(&made);
    install(&store, &online_keys, &all).await.unwrap();
    store.close().await;
    let folder = House::open(folder).await.unwrap().close().await;

    let store = Store::open(folder.path()).await.unwrap();
    let suite = Suite::P256Sha256;
    let renew = |at: i64| renewed_list(&root_keys, suite, at, &mut |_| Ok(()));
    let none = renewed_list(&root_keys, Suite::Rsa2048Sha256, NOW, &mut |_| Ok(()));
    assert_eq!(none.unwrap(), None);
    let later = renew(NOW + 300 * 24 * 3_600_000).unwrap().unwrap();
    assert_eq!(install_list(&store, &later).await.unwrap(), suite);
    let (_elsewhere, others) = offline();
    hold(&others, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    let foreign = renewed_list(&others, suite, NOW + 1, &mut |_| Ok(())).unwrap();
    for refused in [renew(NOW).unwrap(), Some(later.clone()), foreign] {
        let refused = install_list(&store, &refused.unwrap()).await.unwrap_err();
        assert_eq!(refused.code(), "ceremony");
    }

    let rsa = Suite::Rsa3072Sha256;
    let again = requests(&store, &online_keys, "测试运营方", &[suite]).await;
    assert_eq!(again.err().unwrap().code(), "authority-there");
    let further = requests(&store, &online_keys, "测试运营方", &[rsa]).await;
    let further: Vec<_> = further.unwrap().into_iter().map(|(_, one)| one).collect();
    let (_, made) = hold(&root_keys, &ceremony(), &further, &mut |_| Ok(())).unwrap();
    let all = installed(&made);
    install(&store, &online_keys, &all).await.unwrap();
    store.close().await;

    let house = House::open(folder).await.unwrap();
    let name = format!("{}-root", suite.name());
    assert_eq!(house.trust.crl(&name).await.unwrap().unwrap(), later);
    let (request, _key) = request(rsa);
    let chain = house.trust.issue_event("t", request).await.unwrap();
    assert_eq!(chain[1], made[0].issuing);
    house.trust.sequence().await.unwrap();
    house.trust.fsck().await.unwrap();
}

/// A service that made its roots itself goes on with them.
#[tokio::test]
async fn no_ceremony_comes_after_roots_of_ones_own() {
    let folder = House::new().await.close().await;
    let store = Store::open(folder.path()).await.unwrap();
    let own = Keys::from(Arc::new(keys(&folder.path().join("keys")).unwrap()));
    let refused = requests(&store, &own, "测试运营方", &[Suite::Rsa2048Sha256]).await;
    assert_eq!(refused.err().unwrap().code(), "authority-there");
}

#[tokio::test]
async fn the_protocol_says_what_was_done_and_openssl_verifies_it() {
    let (_folder, store, online_keys) = online().await;
    let (_offline, root_keys) = offline();
    let asked = ask(&store, &online_keys).await;
    let (protocol, made) = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    for one in &made {
        let read = verify_protocol(&protocol, &one.signature, &one.root).unwrap();
        assert_eq!(read.witnesses, ["甲", "乙"]);
        let steps = read
            .steps
            .iter()
            .filter(|step| step.suite == one.suite.name());
        let steps: Vec<&str> = steps.map(|step| step.step.as_str()).collect();
        let all = [
            "request-checked",
            "root-key-made",
            "root-signed",
            "issuing-signed",
            "list-signed",
        ];
        assert_eq!(steps, all);
    }
    let p256 = made.iter().find(|one| one.suite == Suite::P256Sha256);
    let p256 = p256.unwrap();
    let desk = Desk::new();
    desk.put("protocol.json", &protocol);
    desk.put("protocol.p7s", &p256.signature);
    desk.put_pem("root.pem", std::slice::from_ref(&p256.root));
    let verify = format!(
        "cms -verify -binary -inform DER -in protocol.p7s -purpose any -CAfile root.pem \
         -attime {} -out out.json -content",
        NOW / 1000
    );
    desk.ok(&format!("{verify} protocol.json"));
    let mut forged = protocol.clone();
    let at = forged.len() / 2;
    forged[at] ^= 1;
    desk.put("forged.json", &forged);
    assert!(!desk.run(&format!("{verify} forged.json")).0);
    assert!(verify_protocol(&forged, &p256.signature, &p256.root).is_err());
    let other = made.iter().find(|one| one.suite == Suite::Sm2Sm3).unwrap();
    assert!(verify_protocol(&protocol, &p256.signature, &other.root).is_err());
    assert!(verify_protocol(&protocol, &other.signature, &p256.root).is_err());
}

#[tokio::test]
async fn a_second_ceremony_has_the_same_root() {
    let (_offline, root_keys) = offline();
    let mut roots = Vec::new();
    for _ in 0..2 {
        let (_folder, store, online_keys) = online().await;
        let asked = ask(&store, &online_keys).await;
        let (_, made) = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
        roots.push(made.iter().map(|one| one.root.clone()).collect::<Vec<_>>());
    }
    assert_eq!(roots[0], roots[1]);
}

#[tokio::test]
async fn what_does_not_fit_is_not_installed() {
    let (_folder, store, online_keys) = online().await;
    let (_other_folder, other_store, other_keys) = online().await;
    let (_offline, root_keys) = offline();
    let asked = ask(&store, &online_keys).await;
    let (_, made) = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    let good = installed(&made);
    // For keys of another service.
    ask(&other_store, &other_keys).await;
    let refused = install(&other_store, &other_keys, &good).await;
    assert_eq!(refused.unwrap_err().code(), "ceremony");
    // Under another root of the same name.
    let (_machine, others) = offline();
    let (_, theirs) = hold(&others, &ceremony(), &asked, &mut |_| Ok(())).unwrap();
    let mut mixed = good.clone();
    mixed[0].root = theirs[0].root.clone();
    assert!(install(&store, &online_keys, &mixed).await.is_err());
    // With another root's list.
    let mut mixed = good.clone();
    mixed[1].list = theirs[1].list.clone();
    assert!(install(&store, &online_keys, &mixed).await.is_err());
    assert_eq!(store.certificate_count().await.unwrap(), 0);
    // Once, and no second time.
    install(&store, &online_keys, &good).await.unwrap();
    let again = install(&store, &online_keys, &good).await.unwrap_err();
    assert_eq!(again.code(), "authority-there");
    let asked = requests(&store, &online_keys, "运营方", &[]).await;
    assert_eq!(asked.unwrap_err().code(), "authority-there");
}

#[tokio::test]
async fn a_ceremony_needs_witnesses_and_one_request_of_a_suite() {
    let (_folder, store, online_keys) = online().await;
    let (_offline, root_keys) = offline();
    let mut asked = ask(&store, &online_keys).await;
    let alone = Ceremony {
        witnesses: Vec::new(),
        ..ceremony()
    };
    assert_eq!(
        hold(&root_keys, &alone, &asked, &mut |_| Ok(()))
            .unwrap_err()
            .code(),
        "ceremony"
    );
    assert_eq!(
        hold(&root_keys, &ceremony(), &[], &mut |_| Ok(()))
            .unwrap_err()
            .code(),
        "ceremony"
    );
    asked.extend(ask(&store, &online_keys).await);
    let twice = hold(&root_keys, &ceremony(), &asked, &mut |_| Ok(())).unwrap_err();
    assert_eq!(twice.code(), "ceremony");
}

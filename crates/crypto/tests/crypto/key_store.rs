//! The key store: what it keeps, and what it refuses to open.

use std::{fs, path::PathBuf};

use crypto::{Aead, KeyStore, KeyStoreError, SecretKey, Signer, SoftwareKey, Suite};
use tempfile::TempDir;

const WORD: &str = "correct horse 正确";

/// A folder with the path of a key store that is not there yet.
fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("keys.db");
    (folder, path)
}

#[test]
fn what_was_put_in_is_there_after_reopening() {
    let (_folder, path) = place();
    let key = SoftwareKey::generate(Suite::Sm2Sm3).unwrap();
    let secret = SecretKey::generate(Aead::Sm4Gcm);
    {
        let store = KeyStore::create(&path, WORD).unwrap();
        store.put_key("ca", &key).unwrap();
        store.put_secret("data", &secret).unwrap();
        store.put_bytes("seed", b"\x00\xff").unwrap();
    }
    let store = KeyStore::open(&path, WORD).unwrap();
    let signer = store.signer("ca").unwrap();
    assert_eq!((signer.spki(), signer.suite()), (key.spki(), Suite::Sm2Sm3));
    let sealed = secret.seal(b"aad", b"plain");
    let opened = store.secret("data").unwrap().open(b"aad", &sealed).unwrap();
    assert_eq!(*opened, b"plain");
    assert_eq!(*store.bytes("seed").unwrap(), b"\x00\xff");
    assert!(store.bytes("other").is_none());
    assert!(store.signer("other").is_none());
    assert!(store.signer("seed").is_none(), "not a signing key");
    assert!(store.secret("seed").is_none(), "not a secret key");
}

#[test]
fn a_replaced_key_is_used_at_once() {
    let (_folder, path) = place();
    let store = KeyStore::create(&path, WORD).unwrap();
    let [old, new] = [(); 2].map(|()| SoftwareKey::generate(Suite::P256Sha256).unwrap());
    store.put_key("ca", &old).unwrap();
    assert_eq!(store.signer("ca").unwrap().spki(), old.spki());
    store.put_key("ca", &new).unwrap();
    assert_eq!(store.signer("ca").unwrap().spki(), new.spki());
}

#[test]
fn a_wrong_passphrase_opens_nothing() {
    let (_folder, path) = place();
    drop(KeyStore::create(&path, WORD).unwrap());
    for wrong in ["", "correct horse", "Correct horse 正确"] {
        let refused = KeyStore::open(&path, wrong).unwrap_err();
        assert!(matches!(refused, KeyStoreError::Locked(at) if at == path));
    }
}

#[test]
fn an_existing_file_is_not_made_anew() {
    let (_folder, path) = place();
    fs::write(&path, "something else").unwrap();
    let refused = KeyStore::create(&path, WORD).unwrap_err();
    assert!(matches!(refused, KeyStoreError::Io { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"something else");
}

#[test]
fn what_is_not_a_key_store_is_foreign_or_not_there() {
    let (_folder, path) = place();
    let absent = KeyStore::open(&path, WORD).unwrap_err();
    assert!(matches!(absent, KeyStoreError::Io { .. }), "{absent}");
    for bytes in [&b""[..], b"INKSEAL1", &[0; 31], &[b'x'; 500]] {
        fs::write(&path, bytes).unwrap();
        let foreign = KeyStore::open(&path, WORD).unwrap_err();
        assert!(matches!(foreign, KeyStoreError::Foreign(_)), "{foreign}");
    }
}

/// Every byte with one of its bits flipped, and the file cut at every length.
#[test]
fn a_changed_byte_anywhere_is_seen() {
    let (_folder, path) = place();
    KeyStore::create(&path, WORD)
        .unwrap()
        .put_bytes("a", b"secret")
        .unwrap();
    let whole = fs::read(&path).unwrap();
    let flipped = (0..whole.len()).map(|at| {
        let mut changed = whole.clone();
        changed[at] ^= 1 << (at % 8);
        changed
    });
    let cut = (0..whole.len()).step_by(5).map(|at| whole[..at].to_vec());
    let longer = [whole.as_slice(), b"\0"].concat();
    for changed in flipped.chain(cut).chain([longer]) {
        fs::write(&path, &changed).unwrap();
        let refused = KeyStore::open(&path, WORD).unwrap_err();
        let known = matches!(
            refused,
            KeyStoreError::Locked(_) | KeyStoreError::Foreign(_)
        );
        assert!(known, "{refused}");
    }
    fs::write(&path, &whole).unwrap();
    assert!(KeyStore::open(&path, WORD).is_ok());
}

/// The header says how much memory and time the passphrase takes: before it is
/// authenticated, anybody could have written it.
#[test]
fn a_header_that_asks_for_absurd_work_is_foreign() {
    let (_folder, path) = place();
    drop(KeyStore::create(&path, WORD).unwrap());
    let whole = fs::read(&path).unwrap();
    for (at, number) in [
        (8, u32::MAX),
        (8, 1024 * 1024 + 1),
        (8, 0),
        (12, u32::MAX),
        (12, 17),
        (12, 0),
    ] {
        let mut changed = whole.clone();
        changed[at..at + 4].copy_from_slice(&number.to_be_bytes());
        fs::write(&path, &changed).unwrap();
        let refused = KeyStore::open(&path, WORD).unwrap_err();
        assert!(
            matches!(refused, KeyStoreError::Foreign(_)),
            "{at} {number}"
        );
    }
}

/// What a power cut leaves while a change is written.
#[test]
fn a_half_written_change_is_harmless() {
    let (folder, path) = place();
    let store = KeyStore::create(&path, WORD).unwrap();
    store.put_bytes("a", b"kept").unwrap();
    drop(store);
    let half = folder.path().join("keys.db.new");
    fs::write(&half, &fs::read(&path).unwrap()[..40]).unwrap();
    let store = KeyStore::open(&path, WORD).unwrap();
    assert_eq!(*store.bytes("a").unwrap(), b"kept");
    store.put_bytes("b", b"more").unwrap();
    assert!(!half.exists());
    let again = KeyStore::open(&path, WORD).unwrap();
    assert_eq!(*again.bytes("a").unwrap(), b"kept");
    assert_eq!(*again.bytes("b").unwrap(), b"more");
}

/// Names that differ in their ending alone, and one that ends like a half-written file.
#[test]
fn stores_of_one_folder_do_not_touch_each_other() {
    let folder = TempDir::new().unwrap();
    let paths = ["keys", "keys.db", "keys.new"].map(|name| folder.path().join(name));
    for path in &paths {
        let store = KeyStore::create(path, WORD).unwrap();
        store
            .put_bytes("whose", path.as_os_str().as_encoded_bytes())
            .unwrap();
    }
    for path in &paths {
        let whose = KeyStore::open(path, WORD).unwrap().bytes("whose").unwrap();
        assert_eq!(*whose, path.as_os_str().as_encoded_bytes());
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_reads_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    // Others could read what an earlier, interrupted change left.
    let left = folder.path().join("keys.db.new");
    fs::write(&left, "left").unwrap();
    fs::set_permissions(&left, fs::Permissions::from_mode(0o666)).unwrap();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    let store = KeyStore::create(&path, WORD).unwrap();
    assert_eq!(mode(), 0o600);
    store.put_bytes("a", b"secret").unwrap();
    assert_eq!(mode(), 0o600);
}

/// A change that cannot be written is not there, neither now nor later.
#[test]
fn a_change_that_failed_is_not_there() {
    let (folder, path) = place();
    let store = KeyStore::create(&path, WORD).unwrap();
    store.put_bytes("a", b"old").unwrap();
    // A folder in the way of the new file.
    let way = folder.path().join("keys.db.new");
    fs::create_dir(&way).unwrap();
    assert_eq!(
        store.put_bytes("a", b"new").unwrap_err().code(),
        "key-store"
    );
    assert_eq!(
        store.put_bytes("b", b"new").unwrap_err().code(),
        "key-store"
    );
    assert_eq!(*store.bytes("a").unwrap(), b"old");
    assert!(store.bytes("b").is_none());
    fs::remove_dir(&way).unwrap();
    store.put_bytes("c", b"new").unwrap();
    let again = KeyStore::open(&path, WORD).unwrap();
    assert_eq!(*again.bytes("a").unwrap(), b"old");
    assert!(again.bytes("b").is_none());
}

#[test]
fn nothing_of_a_secret_is_in_the_file() {
    let (_folder, path) = place();
    let store = KeyStore::create(&path, WORD).unwrap();
    let secret = b"a very secret seed";
    store.put_bytes("name-of-it", secret).unwrap();
    let file = fs::read(&path).unwrap();
    let digits = hex::encode(secret);
    for part in [secret.as_slice(), digits.as_bytes(), b"name-of-it"] {
        assert!(!file.windows(part.len()).any(|window| window == part));
    }
}

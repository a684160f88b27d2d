//! Which key is in which module.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use crypto::{KeyError, KeyModule, KeyStore, Keys, NamedKey, Signer, SoftwareKey, Suite, try_key};
use tempfile::TempDir;

const SUITE: Suite = Suite::P256Sha256;

/// A module for the P-256 keys below `trust/`, in memory.
#[derive(Default)]
struct Box11(Mutex<BTreeMap<String, Arc<SoftwareKey>>>);

impl KeyModule for Box11 {
    fn name(&self) -> &'static str {
        "box"
    }

    fn takes(&self, suite: Suite, label: &str) -> bool {
        suite == SUITE && label.starts_with("trust/")
    }

    fn signer(&self, _: Suite, label: &str) -> Result<Option<Arc<dyn Signer>>, KeyError> {
        let there = self.0.lock().unwrap().get(label).cloned();
        Ok(there.map(|key| key as Arc<dyn Signer>))
    }

    fn generate(&self, suite: Suite, label: &str) -> Result<Arc<dyn Signer>, KeyError> {
        let key = Arc::new(SoftwareKey::generate(suite)?);
        let mut all = self.0.lock().unwrap();
        all.insert(label.to_owned(), Arc::clone(&key));
        Ok(key)
    }

    fn list(&self) -> Result<Vec<NamedKey>, KeyError> {
        Ok(Vec::new())
    }
}

fn file(folder: &TempDir) -> Arc<KeyStore> {
    Arc::new(KeyStore::create(&folder.path().join("keys"), "passphrase").unwrap())
}

#[test]
fn a_key_is_made_where_it_belongs() {
    let folder = TempDir::new().unwrap();
    let (file, module) = (file(&folder), Arc::new(Box11::default()));
    let keys = Keys::new(Arc::clone(&file), vec![module.clone()]);
    let theirs = keys.ensure(SUITE, "trust/root").unwrap();
    assert_eq!(file.bytes("trust/root"), None);
    assert_eq!(keys.module(SUITE, "trust/root").name(), "box");
    for (suite, label) in [
        (SUITE, "company/a"),
        (Suite::Sm2Sm3, "trust/root/sm2"),
        (Suite::Rsa2048Sha256, "trust/rsa"),
    ] {
        assert_eq!(keys.module(suite, label).name(), "file");
        keys.ensure(suite, label).unwrap();
        assert!(file.bytes(label).is_some());
    }
    let again = keys.ensure(SUITE, "trust/root").unwrap();
    assert_eq!(again.spki(), theirs.spki());
    assert_eq!(module.0.lock().unwrap().len(), 1);
}

#[test]
fn a_key_stays_in_the_file_in_which_it_was_made() {
    let folder = TempDir::new().unwrap();
    let (file, module) = (file(&folder), Arc::new(Box11::default()));
    let before = Keys::from(Arc::clone(&file));
    let root = before.ensure(SUITE, "trust/root").unwrap();
    let keys = Keys::new(file, vec![module.clone()]);
    for found in [
        keys.ensure(SUITE, "trust/root"),
        keys.existing(SUITE, "trust/root"),
    ] {
        assert_eq!(found.unwrap().spki(), root.spki());
    }
    assert!(module.0.lock().unwrap().is_empty());
}

#[test]
fn a_key_that_must_be_there_is_never_made_anew() {
    let folder = TempDir::new().unwrap();
    let keys = Keys::from(file(&folder));
    let missing = keys.existing(SUITE, "trust/root").err().unwrap();
    assert_eq!(missing, KeyError::Missing("trust/root".to_owned()));
    assert_eq!(missing.code(), "key-missing");
    assert!(keys.signer(SUITE, "trust/root").unwrap().is_none());
}

#[test]
fn the_file_gives_a_key_of_its_suite_alone_and_replaces_none() {
    let folder = TempDir::new().unwrap();
    let file = file(&folder);
    let module: &dyn KeyModule = file.as_ref();
    let made = module.generate(SUITE, "one").unwrap();
    assert!(module.signer(Suite::Sm2Sm3, "one").unwrap().is_none());
    let taken = module.generate(SUITE, "one").err().unwrap();
    assert_eq!(taken.code(), "key-exists");
    file.put_bytes("a secret", b"no signing key").unwrap();
    let listed = module.list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].label, "one");
    assert_eq!(listed[0].key.spki(), made.spki());
}

#[test]
fn a_key_is_tried_against_its_public_half() {
    for suite in Suite::ALL {
        let [one, two] = [(); 2].map(|()| SoftwareKey::generate(suite).unwrap());
        let sign = |message: &[u8]| one.sign(message);
        assert!(try_key(suite, one.spki(), sign).unwrap());
        assert!(!try_key(suite, two.spki(), sign).unwrap());
    }
}

//! Who looks at a signature: our verifier, and the openssl tool.

use std::{fs, process::Command};

use crypto::{Signer, Suite, Verifier};
use tempfile::TempDir;

const MESSAGE: &[u8] = "借款合同 loan contract".as_bytes();

/// Lets a key sign; both must say yes to the message and no to another one.
#[track_caller]
pub fn look_at(key: &dyn Signer) {
    let suite = key.suite();
    let signature = key.sign(MESSAGE).unwrap();
    let verifier = Verifier::from_spki(key.spki()).unwrap();
    verifier.verify(suite.hash(), MESSAGE, &signature).unwrap();
    assert_eq!(signature, crypto::low_s(suite.hash(), &signature));

    let desk = TempDir::new().unwrap();
    let put = |name: &str, bytes: &[u8]| fs::write(desk.path().join(name), bytes).unwrap();
    put("public.der", key.spki());
    put("signature", &signature);
    let words = match suite {
        Suite::Sm2Sm3 => "-digest sm3 -pkeyopt distid:1234567812345678",
        _ => "-digest sha256",
    };
    let openssl = || {
        let command =
            "pkeyutl -verify -pubin -inkey public.der -sigfile signature -rawin -in message";
        let mut openssl = Command::new("openssl");
        openssl.args(command.split(' ')).args(words.split(' '));
        openssl.current_dir(desk.path()).output().unwrap()
    };
    put("message", MESSAGE);
    let said = openssl();
    assert!(said.status.success(), "{suite:?}: {said:?}");
    put("message", b"another");
    assert!(!openssl().status.success());
}

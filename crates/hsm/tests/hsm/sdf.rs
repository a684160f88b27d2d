//! Keys in a machine of GM/T 0018.

use crypto::{KeyModule, Suite, Verifier};
use hsm::Sdf;

use crate::{desk::look_at, plug::Plug, token};

const SUITE: Suite = Suite::Sm2Sm3;

#[test]
fn what_a_machine_signs_everybody_verifies() {
    let plug = Plug::new();
    let module = plug.open();
    let [root, tsa] = ["trust/root", "trust/tsa"].map(|label| {
        let key = module.signer(SUITE, label).unwrap().unwrap();
        assert_eq!(Suite::of_spki(key.spki()), Some(SUITE));
        for _ in 0..4 {
            look_at(key.as_ref());
        }
        key
    });
    assert_ne!(root.spki(), tsa.spki());
    assert!(module.takes(SUITE, "trust/root"));
    assert!(!module.takes(SUITE, "trust/other"));
    assert!(!module.takes(Suite::P256Sha256, "trust/root"));
    assert!(
        module
            .signer(Suite::P256Sha256, "trust/root")
            .unwrap()
            .is_none()
    );
}

#[test]
fn a_key_that_is_not_there_is_asked_of_the_operator() {
    let plug = Plug::new();
    let module = plug.open();
    assert!(module.signer(SUITE, "absent").unwrap().is_none());
    let refused = module.generate(SUITE, "absent").err().unwrap();
    assert_eq!(refused.code(), "module-cannot-generate");
    assert!(refused.to_string().contains("99"), "{refused}");
    let refused = module.generate(SUITE, "unmapped").err().unwrap();
    assert!(refused.to_string().contains("keys.sdf.keys"), "{refused}");
}

#[test]
fn a_key_that_signs_as_another_is_not_used() {
    let plug = Plug::new();
    let module = plug.open();
    let refused = module.signer(SUITE, "mistaken").err().unwrap();
    assert_eq!(refused.code(), "module-key-unusable");
}

#[test]
fn a_library_of_another_interface_is_refused() {
    let plug = Plug::new();
    let mut settings = plug.settings();
    settings.library = token::library();
    let refused = Sdf::open(settings.clone()).err().unwrap();
    assert_eq!(refused.code(), "module-library");
    assert!(refused.to_string().contains("SDF_OpenDevice"), "{refused}");
    settings.library = file!().into();
    assert_eq!(Sdf::open(settings).err().unwrap().code(), "module-library");
}

#[test]
fn a_wrong_password_is_said_once_to_the_machine() {
    let plug = Plug::new();
    plug.write_password("another");
    let module = plug.open();
    for _ in 0..3 {
        let refused = module.signer(SUITE, "trust/root").err().unwrap();
        assert_eq!(refused.code(), "module-pin-refused");
        assert!(!refused.to_string().contains("another\""), "{refused}");
    }
    assert_eq!(plug.passwords(), 1);
    plug.write_password(crate::plug::PASSWORD);
    look_at(
        module
            .signer(SUITE, "trust/root")
            .unwrap()
            .unwrap()
            .as_ref(),
    );
}

#[test]
fn a_restart_is_survived() {
    let plug = Plug::new();
    let module = plug.open();
    let key = module.signer(SUITE, "trust/root").unwrap().unwrap();
    for _ in 0..3 {
        plug.restart();
        look_at(key.as_ref());
    }
    plug.restart();
    assert!(module.signer(SUITE, "trust/tsa").unwrap().is_some());
}

#[test]
fn another_machine_in_the_place_of_the_first_signs_nothing() {
    let plug = Plug::new();
    let module = plug.open();
    let key = module.signer(SUITE, "trust/root").unwrap().unwrap();
    look_at(key.as_ref());
    plug.swap();
    for _ in 0..3 {
        let refused = key.sign(b"m").err().unwrap();
        assert_eq!(refused.code(), "module-key-unusable");
    }
}

#[test]
fn what_a_machine_signs_with_another_key_is_not_given_out() {
    let plug = Plug::new();
    let module = plug.open();
    let key = module.signer(SUITE, "trust/root").unwrap().unwrap();
    look_at(key.as_ref());
    plug.mistake();
    for _ in 0..3 {
        let refused = key.sign(b"m").err().unwrap();
        assert_eq!(refused.code(), "module-key-unusable");
    }
}

#[test]
fn a_machine_that_is_away_says_its_code_and_comes_back() {
    let plug = Plug::new();
    let module = plug.open();
    let key = module.signer(SUITE, "trust/root").unwrap().unwrap();
    plug.unplug(true);
    for _ in 0..3 {
        let away = key.sign(b"m").err().unwrap();
        assert_eq!(away.code(), "module-failed");
        let text = away.to_string();
        assert!(text.contains("SDF_OpenDevice: SDR_OPENDEVICE"), "{text}");
    }
    plug.unplug(false);
    look_at(key.as_ref());
    plug.unplug(true);
    assert_eq!(
        Sdf::open(plug.settings()).err().unwrap().code(),
        "module-failed"
    );
}

#[test]
fn threads_sign_through_a_restart_and_one_of_them_connects() {
    let plug = Plug::new();
    let module = plug.open();
    let key = module.signer(SUITE, "trust/root").unwrap().unwrap();
    let verifier = Verifier::from_spki(key.spki()).unwrap();
    let before = plug.opened();
    std::thread::scope(|scope| {
        for thread in 0..64_u8 {
            let (key, verifier, plug) = (&key, &verifier, &plug);
            scope.spawn(move || {
                for turn in 0..8_u8 {
                    if (thread, turn) == (7, 4) {
                        plug.restart();
                    }
                    let message = [thread, turn];
                    let signature = key.sign(&message).unwrap();
                    verifier.verify(SUITE.hash(), &message, &signature).unwrap();
                }
            });
        }
    });
    assert_eq!(plug.opened(), before + 1);
    // At most four sessions before and four after have opened the key.
    assert!(plug.passwords() <= 8, "{}", plug.passwords());
}

//! Tokens that were restarted, unplugged, logged out.

use std::sync::{Arc, Barrier};

use crypto::{KeyModule, Signer, Suite, Verifier};

use crate::{
    desk::look_at,
    token::{Token, take_away},
};

const SUITE: Suite = Suite::P256Sha256;

fn key(token: &Token) -> (hsm::Pkcs11, Arc<dyn Signer>) {
    let module = token.open();
    let key = module.generate(SUITE, "key").unwrap();
    look_at(key.as_ref());
    (module, key)
}

#[test]
fn closed_sessions_are_opened_again() {
    let token = Token::new("closed");
    let (module, key) = key(&token);
    for _ in 0..3 {
        token.close_sessions();
        look_at(key.as_ref());
    }
    token.close_sessions();
    assert_eq!(module.list().unwrap().len(), 1);
}

#[test]
fn a_logout_by_another_is_mended() {
    let token = Token::new("logout");
    let (module, key) = key(&token);
    token.session().logout().unwrap();
    look_at(key.as_ref());
    // Without a login a token has no private keys: that is not their absence.
    token.session().logout().unwrap();
    assert_eq!(module.list().unwrap().len(), 1);
    token.session().logout().unwrap();
    let refused = module.generate(SUITE, "key").err().unwrap();
    assert_eq!(refused.code(), "key-exists");
    let fresh = token.open();
    token.session().logout().unwrap();
    assert!(fresh.signer(SUITE, "key").unwrap().is_some());
}

#[test]
fn a_library_that_another_ended_is_started_again() {
    let token = Token::new("ended");
    let (module, key) = key(&token);
    for _ in 0..3 {
        token.other().0.finalize().unwrap();
        look_at(key.as_ref());
    }
    token.other().0.finalize().unwrap();
    module.generate(SUITE, "another").unwrap();
    assert_eq!(module.list().unwrap().len(), 2);
}

#[test]
fn a_token_that_is_away_is_named_and_comes_back() {
    let token = Token::new("away");
    let (_module, key) = key(&token);
    let (context, _) = token.other();
    let bring_back = take_away();
    context.finalize().unwrap();
    for _ in 0..3 {
        let away = key.sign(b"m").err().unwrap();
        assert_eq!(away.code(), "module-no-token");
        assert!(away.to_string().contains("\"away\""), "{away}");
    }
    bring_back();
    look_at(key.as_ref());
}

#[test]
fn another_token_of_the_same_name_signs_nothing_in_place_of_the_first() {
    let token = Token::new("swapped");
    let (_module, first) = key(&token);
    let (context, _) = token.other();
    let _for_good = take_away();
    let other = Token::new("swapped");
    context.finalize().unwrap();
    let (_other, second) = key(&other);
    assert_ne!(first.spki(), second.spki());
    for _ in 0..3 {
        let refused = first.sign(b"m").err().unwrap();
        assert_eq!(refused.code(), "module-key-unusable");
    }
    look_at(second.as_ref());
}

#[test]
fn two_tokens_of_a_library_do_not_disturb_each_other() {
    let (one, two) = (Token::new("one"), Token::new("two"));
    let (one_module, one_key) = key(&one);
    // The library must start anew to see the token that came later.
    let (_two_module, two_key) = key(&two);
    look_at(one_key.as_ref());
    two.other().0.finalize().unwrap();
    look_at(two_key.as_ref());
    look_at(one_key.as_ref());
    assert_eq!(one_module.list().unwrap().len(), 1);
}

#[test]
fn threads_that_lose_their_sessions_at_once_all_sign() {
    const THREADS: u8 = 64;
    let token = Token::new("threads");
    let (_module, key) = key(&token);
    let verifier = Verifier::from_spki(key.spki()).unwrap();
    let meeting = Barrier::new(usize::from(THREADS));
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (key, verifier) = (&key, &verifier);
            let (token, meeting) = (&token, &meeting);
            scope.spawn(move || {
                for turn in 0..8_u8 {
                    // Nobody is in a call when the sessions go.
                    if meeting.wait().is_leader() {
                        token.close_sessions();
                    }
                    meeting.wait();
                    let message = [thread, turn];
                    let signature = key.sign(&message).unwrap();
                    verifier.verify(SUITE.hash(), &message, &signature).unwrap();
                }
            });
        }
    });
    let (context, slot) = token.other();
    let count = context.get_token_info(slot).unwrap().session_count();
    assert!(count.is_none_or(|count| count <= 4 + 1), "{count:?}");
}

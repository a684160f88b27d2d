//! Checkpoints with a second signature, by SM2.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{SoftwareKey, Suite};
use ledger::{Checkpoint, NoteError, Receipt, SuiteKey, inclusion};
use signed_note::{Note, StandardVerifier, VerifierList};

use crate::house::{Naive, checkpoint, entry, log_key, prove};

const ORIGIN: &str = "log.example/2026";

fn key(suite: Suite) -> SuiteKey {
    let key = SoftwareKey::generate(suite).unwrap();
    SuiteKey::new(ORIGIN, Arc::new(key)).unwrap()
}

fn sm2() -> SuiteKey {
    key(Suite::Sm2Sm3)
}

#[test]
fn either_key_opens_a_checkpoint_that_both_signed() {
    let tree = Naive::new(300);
    for suite in Suite::ALL {
        let second = key(suite);
        let expected = checkpoint(&tree, 300);
        let note = second.add(&log_key().sign(&expected)).unwrap();
        let (one, two) = (log_key().verifier(), second.verifier());
        for keys in [
            &one,
            &two,
            &format!("{one}\n{two}\n"),
            &format!("{two}\n{one}"),
        ] {
            assert_eq!(
                Checkpoint::open(&note, keys).as_ref(),
                Ok(&expected),
                "{keys}"
            );
        }
        // An older one, from before there was a second key.
        let before = log_key().sign(&expected);
        assert!(Checkpoint::open(&before, &format!("{one}\n{two}")).is_ok());
        assert_eq!(Checkpoint::open(&before, &two), Err(NoteError::Unsigned));
    }
}

/// A reader of C2SP notes that does not know the second signature passes over it.
#[test]
fn others_read_the_line_that_they_know() {
    let expected = checkpoint(&Naive::new(300), 300);
    let note = sm2().add(&log_key().sign(&expected)).unwrap();
    let verifier = StandardVerifier::new(&log_key().verifier()).unwrap();
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let read = Note::from_bytes(note.as_bytes()).unwrap();
    let (good, unknown) = read.verify(&known).unwrap();
    assert_eq!((good.len(), unknown.len()), (1, 1));
}

/// The form that docs/ledger.md gives.
#[test]
fn the_key_says_its_algorithm_by_its_object_identifier() {
    let verifier = sm2().verifier();
    let public = verifier.splitn(3, '+').nth(2).unwrap();
    let public = STANDARD.decode(public).unwrap();
    let spki = public.strip_prefix(b"\xff1.2.156.10197.1.501\n").unwrap();
    assert_eq!(Suite::of_spki(spki), Some(Suite::Sm2Sm3));
    let named = |public: &[u8]| {
        let whole = [ORIGIN.as_bytes(), b"\n", public].concat();
        let id = crypto::digest(crypto::Hash::Sha256, &whole);
        let id = hex::encode(&id.as_bytes()[..4]);
        format!("{ORIGIN}+{id}+{}", STANDARD.encode(public))
    };
    assert_eq!(named(&public), verifier);
    let note = log_key().sign(&checkpoint(&Naive::new(3), 3));
    for other in [
        [b"\xff1.2.840.10045.4.3.2\n", spki].concat(),
        [b"\xff", spki].concat(),
        b"\xff1.2.156.10197.1.501\n".to_vec(),
        b"\xff".to_vec(),
        vec![0x02; 33],
        vec![0x01; 32],
    ] {
        let said = Checkpoint::open(&note, &named(&other));
        assert_eq!(said, Err(NoteError::Key));
    }
}

#[test]
fn a_second_signature_that_is_wrong_is_not_made_up_for() {
    let (expected, second) = (checkpoint(&Naive::new(300), 300), sm2());
    let note = second.add(&log_key().sign(&expected)).unwrap();
    let other = checkpoint(&Naive::new(299), 299);
    let other = second.add(&log_key().sign(&other)).unwrap();
    let wrong = other.trim_end().rsplit('\n').next().unwrap();
    let ours = log_key().sign(&expected);
    let keys = format!("{}\n{}", log_key().verifier(), second.verifier());
    let forged = format!("{ours}{wrong}\n");
    assert_eq!(Checkpoint::open(&forged, &keys), Err(NoteError::Unsigned));
    assert!(Checkpoint::open(&forged, &log_key().verifier()).is_ok());
    for at in (0..note.len() * 8).step_by(3) {
        let mut changed = note.clone().into_bytes();
        changed[at / 8] ^= 1 << (at % 8);
        if let Ok(changed) = String::from_utf8(changed) {
            let opened = Checkpoint::open(&changed, &keys);
            // A name or an identifier that was changed makes a line of somebody else.
            assert!(
                opened.is_err() || opened == Ok(expected.clone()),
                "{changed}"
            );
        }
    }
}

#[test]
fn keys_of_two_logs_are_not_keys_of_one() {
    let other = ledger::LogKey::from_seed("log.example/2027", &[7; 32]).unwrap();
    let note = log_key().sign(&checkpoint(&Naive::new(3), 3));
    let keys = format!("{}\n{}", log_key().verifier(), other.verifier());
    assert_eq!(Checkpoint::open(&note, &keys), Err(NoteError::Key));
    let witness = ledger::WitnessKey::from_seed("log.example/2026", &[7; 32]).unwrap();
    assert_eq!(
        Checkpoint::open(&note, &witness.verifier()),
        Err(NoteError::Key)
    );
}

#[test]
fn a_receipt_is_verified_by_either_key() {
    let (tree, second) = (Naive::new(300), sm2());
    let note = second
        .add(&log_key().sign(&checkpoint(&tree, 300)))
        .unwrap();
    let proof = prove(&tree, |tiles| inclusion(255, 300, tiles)).unwrap();
    let receipt = Receipt::new(255, &entry(255), &proof, &note);
    for key in [log_key().verifier(), second.verifier()] {
        assert_eq!(receipt.verify(&key).unwrap(), entry(255));
    }
}

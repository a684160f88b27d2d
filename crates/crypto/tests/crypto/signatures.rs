//! Signatures: the example of the standard, and what does not verify.

use std::sync::LazyLock;

use crypto::{Hash, Signer, SoftwareKey, Suite, Verifier, VerifyError};
use proptest::prelude::*;

const MESSAGE: &[u8] = b"message";

/// A key, its public half, and its signature over [`MESSAGE`], of every suite.
struct Signed {
    suite: Suite,
    spki: Vec<u8>,
    verifier: Verifier,
    signature: Vec<u8>,
}

static SIGNED: LazyLock<[Signed; 4]> = LazyLock::new(|| {
    Suite::ALL.map(|suite| {
        let key = SoftwareKey::generate(suite).unwrap();
        Signed {
            suite,
            spki: key.spki().to_vec(),
            verifier: Verifier::from_spki(key.spki()).unwrap(),
            signature: key.sign(MESSAGE).unwrap(),
        }
    })
});

/// GB/T 32918.5-2017, A.2: the curve and the identifier that everybody uses. The
/// example of the other identifier is beside the code, which does not let it in.
#[test]
fn the_sm2_example_of_the_standard_verifies() {
    let spki = "3059301306072a8648ce3d020106082a811ccf5501822d03420004\
        09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
        ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
    let signature = "3046\
        022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3\
        022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
    let verifier = Verifier::from_spki(&hex::decode(spki).unwrap()).unwrap();
    let mut signature = hex::decode(signature).unwrap();
    assert_eq!(
        verifier.verify(Hash::Sm3, b"message digest", &signature),
        Ok(())
    );
    *signature.last_mut().unwrap() ^= 1;
    assert_eq!(
        verifier.verify(Hash::Sm3, b"message digest", &signature),
        Err(VerifyError::Wrong)
    );
}

#[test]
fn every_suite_verifies_its_own_signatures_and_no_others() {
    for one in SIGNED.iter() {
        for other in SIGNED.iter() {
            let hash = one.suite.hash();
            let said = one.verifier.verify(hash, MESSAGE, &other.signature);
            let same = one.suite == other.suite;
            assert_eq!(
                said.is_ok(),
                same,
                "{} {}",
                one.suite.name(),
                other.suite.name()
            );
        }
    }
}

#[test]
fn a_signature_of_another_key_is_wrong() {
    for one in SIGNED.iter() {
        let other = SoftwareKey::generate(one.suite).unwrap();
        let verifier = Verifier::from_spki(other.spki()).unwrap();
        assert_eq!(
            verifier.verify(one.suite.hash(), MESSAGE, &one.signature),
            Err(VerifyError::Wrong)
        );
    }
}

#[test]
fn a_hash_that_does_not_go_with_the_key_is_named() {
    let pairs = [
        (0, Hash::Sha256),
        (1, Hash::Sm3),
        (1, Hash::Sha384),
        (2, Hash::Sm3),
    ];
    for (which, hash) in pairs {
        let one = &SIGNED[which];
        assert_eq!(
            one.verifier.verify(hash, MESSAGE, &one.signature),
            Err(VerifyError::WrongHash(hash.name()))
        );
    }
}

/// Both halves of SM2 and ECDSA at zero and at the order: known to pass in careless code.
#[test]
fn degenerate_signatures_are_wrong() {
    let order = [
        "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
        "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    ];
    for (one, order) in SIGNED.iter().zip(order) {
        let order = hex::decode(format!("022100{order}")).unwrap();
        let zero = vec![2, 1, 0];
        let some = vec![2, 1, 1];
        for (r, s) in [
            (&zero, &zero),
            (&zero, &some),
            (&some, &zero),
            (&order, &order),
            (&order, &some),
            (&some, &order),
        ] {
            let length = u8::try_from(r.len() + s.len()).unwrap();
            let signature = [&[0x30, length], r.as_slice(), s].concat();
            assert_eq!(
                one.verifier.verify(one.suite.hash(), MESSAGE, &signature),
                Err(VerifyError::Wrong),
                "{} {signature:?}",
                one.suite.name()
            );
        }
    }
}

/// The point at infinity and points beside the curve are no keys.
#[test]
fn a_point_beside_the_curve_is_no_key() {
    for one in SIGNED.iter().take(2) {
        let mut beside = one.spki.clone();
        *beside.last_mut().unwrap() ^= 1;
        let unknown = Some(VerifyError::UnknownKey);
        assert_eq!(Verifier::from_spki(&beside).err(), unknown);
        // The same algorithm with the one byte that stands for infinity.
        let mut infinite = one.spki[..one.spki.len() - 68].to_vec();
        infinite.extend_from_slice(&[0x03, 0x02, 0x00, 0x00]);
        infinite[1] = u8::try_from(infinite.len() - 2).unwrap();
        assert_eq!(Verifier::from_spki(&infinite).err(), unknown);
    }
}

/// Every bit: a certificate of a changed key must not verify anything either.
#[test]
fn a_changed_public_key_verifies_nothing() {
    for one in SIGNED.iter() {
        for at in 0..one.spki.len() * 8 {
            let mut changed = one.spki.clone();
            changed[at / 8] ^= 1 << (at % 8);
            if let Ok(other) = Verifier::from_spki(&changed) {
                let said = other.verify(one.suite.hash(), MESSAGE, &one.signature);
                assert!(said.is_err(), "bit {at} of {}", one.suite.name());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    /// Also that a signature has one form: none of its bytes may change and verify.
    #[test]
    fn a_changed_byte_of_a_signature_is_seen(
        which in 0..4usize, at in any::<usize>(), bit in 0..8u8,
    ) {
        let one = &SIGNED[which];
        let mut changed = one.signature.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        let said = one.verifier.verify(one.suite.hash(), MESSAGE, &changed);
        prop_assert_eq!(said, Err(VerifyError::Wrong));
    }

    #[test]
    fn a_longer_or_shorter_signature_is_wrong(which in 0..4usize, cut in 1..40usize, byte: u8) {
        let one = &SIGNED[which];
        let shorter = &one.signature[..one.signature.len().saturating_sub(cut)];
        let longer = [one.signature.as_slice(), &[byte]].concat();
        let leading = [&[0], one.signature.as_slice()].concat();
        for changed in [shorter, &longer, &leading] {
            let said = one.verifier.verify(one.suite.hash(), MESSAGE, changed);
            prop_assert_eq!(said, Err(VerifyError::Wrong));
        }
    }
}

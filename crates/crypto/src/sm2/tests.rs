//! Against the standard's examples, and against the library.

use ::sm2::{
    AffinePoint, NonZeroScalar, ProjectivePoint,
    dsa::{
        Signature as Theirs, SigningKey, VerifyingKey,
        signature::{Signer as _, hazmat::PrehashVerifier as _},
    },
    elliptic_curve::sec1::ToSec1Point as _,
    pke::{Cipher, DecryptingKey, EncryptingKey, Mode},
};
use proptest::prelude::*;
use rfc6979::bigint::{NonZero, U256};

use super::{
    point::Prime,
    residue::{Modulus, Residue},
    *,
};

fn number<const N: usize>(text: &str) -> [u8; N] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// Numbers whose limbs are often all zeros, all ones, or beside that.
fn numbers() -> impl Strategy<Value = [u8; 32]> {
    let limb = prop_oneof![
        Just(0_u64),
        Just(1),
        Just(u64::MAX),
        Just(u64::MAX - 1),
        Just(0xffff_fffe_ffff_ffff),
        Just(0xffff_ffff_0000_0000),
        any::<u64>(),
    ];
    prop::array::uniform4(limb).prop_map(|limbs| {
        let bytes = limbs.map(u64::to_be_bytes).concat();
        bytes.try_into().unwrap()
    })
}

/// The same below the order and not zero.
fn secrets() -> impl Strategy<Value = [u8; 32]> {
    let near = (1_u64..200, any::<bool>()).prop_map(|(by, below)| {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&by.to_be_bytes());
        let small = Scalar::from_bytes(&bytes).unwrap();
        if below {
            Scalar::ZERO.minus(&small).to_bytes()
        } else {
            bytes
        }
    });
    prop_oneof![
        3 => numbers().prop_filter("a scalar", |bytes| scalar(bytes).is_some()),
        1 => near,
    ]
}

fn agrees<M: Modulus>(a: [u8; 32], b: [u8; 32]) {
    let modulus = M::LIMBS.iter().rev().map(|limb| limb.to_be_bytes());
    let modulus = U256::from_be_slice(&modulus.collect::<Vec<_>>().concat());
    let modulus = NonZero::new(modulus).unwrap();
    let big = |bytes: &[u8; 32]| U256::from_be_slice(bytes);
    let is = |ours: Residue<M>, theirs: U256| {
        assert_eq!(U256::from_be_slice(&ours.to_bytes()), theirs);
    };
    let (ours, theirs) = (Residue::<M>::reduced(&a), big(&a).rem_vartime(&modulus));
    let (other, its) = (Residue::<M>::reduced(&b), big(&b).rem_vartime(&modulus));
    is(ours, theirs);
    is(ours.plus(&other), theirs.add_mod(&its, &modulus));
    is(ours.minus(&other), theirs.sub_mod(&its, &modulus));
    is(ours.times(&other), theirs.mul_mod(&its, &modulus));
    is(ours.squared(), theirs.mul_mod(&theirs, &modulus));
    is(ours.twice(), theirs.add_mod(&theirs, &modulus));
    let one = ours.times(&ours.inverted());
    let zero = bool::from(ours.is_zero());
    assert_eq!(zero, theirs == U256::ZERO);
    is(one, if zero { U256::ZERO } else { U256::ONE });
    assert_eq!(
        Residue::<M>::from_bytes(&a).is_some(),
        big(&a) < *modulus.as_ref()
    );
}

/// A multiple of a point, as the library computes it: x and y, none of the neutral one.
fn theirs(point: ProjectivePoint, number: &[u8; 32]) -> Option<[u8; 64]> {
    let number = NonZeroScalar::try_from(number.as_slice()).unwrap();
    let point = AffinePoint::from(point * *number).to_sec1_point(false);
    point.as_bytes().get(1..)?.try_into().ok()
}

/// Beside the moduli themselves.
#[test]
fn a_residue_is_read_below_its_modulus_alone() {
    fn beside<M: Modulus>() {
        let [least, rest @ ..] = M::LIMBS;
        for (by, below) in [(-1_i64, true), (0, false), (1, false)] {
            let limbs = [
                least.wrapping_add_signed(by),
                rest[0] + u64::from(by == 1 && least == u64::MAX),
                rest[1],
                rest[2],
            ];
            let bytes = limbs.iter().rev().flat_map(|limb| limb.to_be_bytes());
            let bytes: Vec<u8> = bytes.collect();
            let bytes = bytes.try_into().unwrap();
            assert_eq!(Residue::<M>::from_bytes(&bytes).is_some(), below);
            agrees::<M>(bytes, bytes);
        }
    }
    beside::<Prime>();
    beside::<Order>();
}

proptest! {
    #[test]
    fn residues_are_the_librarys(a in numbers(), b in numbers()) {
        agrees::<Prime>(a, b);
        agrees::<Order>(a, b);
    }

    #[test]
    fn multiples_are_the_librarys(a in secrets(), b in secrets()) {
        let first = Point::base_times(&scalar(&a).unwrap()).to_affine().unwrap();
        prop_assert_eq!(Some(first.to_bytes()), theirs(ProjectivePoint::GENERATOR, &a));
        let again = first.times(&scalar(&b).unwrap()).to_affine();
        let base = ProjectivePoint::GENERATOR * *NonZeroScalar::try_from(a.as_slice()).unwrap();
        prop_assert_eq!(again.map(Affine::to_bytes), theirs(base, &b));
        prop_assert!(Affine::from_bytes(&first.to_bytes()).is_some());
    }

    /// Bit for bit: both take their numbers from RFC 6979.
    #[test]
    fn signatures_are_the_librarys(
        secret in secrets(),
        message in prop::collection::vec(any::<u8>(), 0..200),
        at in 0_usize..64,
        bit in 0_u8..8,
    ) {
        let Some(key) = SecretKey::from_bytes(&secret) else {
            return Ok(());
        };
        let theirs = SigningKey::from_slice(IDENTIFIER, &secret).unwrap();
        let digest = key.public().digest(IDENTIFIER, &message);
        let signature = key.sign(&digest);
        let expected = theirs.sign(&message).to_bytes();
        prop_assert_eq!(signature.concat(), expected.as_slice());
        prop_assert!(key.public().verifies(&digest, &signature));

        let mut changed = signature;
        changed[at / 32][at % 32] ^= 1 << bit;
        prop_assert!(!key.public().verifies(&digest, &changed));
        let mut other = digest;
        other[at % 32] ^= 1 << bit;
        prop_assert!(!key.public().verifies(&other, &signature));
    }

    #[test]
    fn what_either_encrypts_the_other_decrypts(
        secret in secrets(),
        message in prop::collection::vec(any::<u8>(), 1..100),
        at in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        let Some(key) = SecretKey::from_bytes(&secret) else {
            return Ok(());
        };
        let theirs = ::sm2::SecretKey::from_slice(&secret).unwrap();
        let ours = key.public().encrypt(&message).unwrap();
        let cipher = Cipher::<::sm2::Sm2, Sm3>::from_slice(&ours, Mode::C1C3C2).unwrap();
        let mut opened = vec![0; message.len()];
        let decrypting = DecryptingKey::new(theirs.clone());
        decrypting.decrypt_cipher_with_buf(&cipher, &mut opened).unwrap();
        prop_assert_eq!(&opened, &message);

        let mut rng = ::sm2::elliptic_curve::common::getrandom::SysRng;
        let encrypting = EncryptingKey::new(theirs.public_key());
        let mut encrypted = encrypting.encrypt(&mut rng, &message).unwrap();
        prop_assert_eq!(&*key.decrypt(&encrypted).unwrap(), &message);
        let at = at.index(encrypted.len());
        encrypted[at] ^= 1 << bit;
        prop_assert!(key.decrypt(&encrypted).is_none());
    }
}

/// Each satisfies the equation, and only the ranges of the numbers tell them apart.
#[test]
fn numbers_out_of_their_range_are_no_signature() {
    let key = SecretKey::generate();
    let theirs = SigningKey::from_slice(IDENTIFIER, &*key.to_bytes()).unwrap();
    let d = *key.number;
    let (one, inverse) = (Scalar::ONE, *key.inverse);
    let some = Scalar::from_bytes(&[7; 32]).unwrap();
    let x = |k: &Scalar| {
        let point = Point::base_times(k).to_affine().unwrap();
        Scalar::reduced(&point.x())
    };
    // k = s + (r + s) d, and e = r - x of k times the base point.
    let fitting = |r: &Scalar, s: &Scalar| {
        let k = s.plus(&r.plus(s).times(&d));
        r.minus(&x(&k)).to_bytes()
    };
    let says = |digest: [u8; 32], signature: Signature| {
        let ours = key.public().verifies(&digest, &signature);
        let theirs = Theirs::from_slice(&signature.concat()).is_ok_and(|signature| {
            let key: &VerifyingKey = theirs.verifying_key();
            key.verify_prehash(&digest, &signature).is_ok()
        });
        assert_eq!(ours, theirs);
        ours
    };
    let (zero, small) = (Scalar::ZERO, one.to_bytes());
    assert!(says(fitting(&one, &one), [small, small]));
    // The order and one, which is one again.
    let mut again = order();
    again[31] += 1;
    assert!(!says(fitting(&one, &one), [again, small]));
    assert!(!says(fitting(&one, &one), [small, again]));
    for (r, s) in [(zero, some), (some, zero), (zero.minus(&some), some)] {
        assert!(!says(fitting(&r, &s), [r.to_bytes(), s.to_bytes()]));
    }
    // The multiples add up to the neutral point.
    let s = zero.minus(&some.times(&d).times(&inverse));
    assert!(!says(some.to_bytes(), [some.to_bytes(), s.to_bytes()]));
}

/// Some numbers give a mask of one byte that is zero: the message would stand there in
/// clear.
#[test]
fn a_mask_of_zeros_is_neither_made_nor_taken() {
    let key = SecretKey::generate();
    let mut refused = 0;
    for k in 1..3000_u64 {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&k.to_be_bytes());
        if key.public().encrypt_with(&bytes, b"m").is_some() {
            continue;
        }
        refused += 1;
        let k = scalar(&bytes).unwrap();
        let c1 = Point::base_times(&k).to_affine().unwrap();
        let shared = key.public().0.times(&k).to_affine().unwrap().to_bytes();
        let made = [sec1(c1).as_slice(), &check(&shared, b"m"), b"m"].concat();
        assert!(key.decrypt(&made).is_none());
    }
    assert!(refused > 0);
}

/// Among these a point is added to itself: at 6 beside the order, and in the table's last
/// window at 30 times 2^252.
#[test]
fn numbers_beside_zero_and_the_order_have_their_multiples() {
    for by in 1..=130_u64 {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&by.to_be_bytes());
        let small = scalar(&bytes).unwrap();
        let below = Scalar::ZERO.minus(&small);
        let mut last = [0; 32];
        last[0] = 0xe0;
        last[24..].copy_from_slice(&by.to_be_bytes());
        let table = number("e00000010000000000000000000000008dfc2094de39fad4ac440bf6c62abedd");
        let table = scalar(&table).unwrap();
        let opposite = Scalar::ZERO.minus(&table);
        let last = scalar(&last).unwrap();
        for number in [*small, below, *table, opposite, *last] {
            let expected = theirs(ProjectivePoint::GENERATOR, &number.to_bytes());
            let base = Point::base_times(&Scalar::ONE).to_affine().unwrap();
            let ours = base.times(&number).to_affine().map(Affine::to_bytes);
            assert_eq!(ours, expected, "{by}");
            let ours = Point::base_times(&number).to_affine();
            assert_eq!(ours.map(Affine::to_bytes), expected, "{by}, by the table");
        }
    }
    let base = Point::base_times(&Scalar::ONE).to_affine().unwrap();
    let nothing = Point::from(base).plus(&-&Point::from(base));
    assert!(nothing.to_affine().is_none());
}

/// Zero, the order and more are no numbers to sign with; the order less one has no inverse.
#[test]
fn numbers_that_are_no_keys_are_refused() {
    let less = Scalar::ZERO.minus(&Scalar::ONE).to_bytes();
    for bytes in [[0; 32], order(), less, [255; 32]] {
        assert!(SecretKey::from_bytes(&bytes).is_none());
    }
    assert!(scalar(&less).is_some());
}

/// What is on no curve, or not below the prime, is no public key.
#[test]
fn points_beside_the_curve_are_refused() {
    let key = SecretKey::generate();
    let point = sec1(key.public().0);
    assert!(PublicKey::from_sec1(&point).is_some());
    for at in 1..65 {
        let mut other = point;
        other[at] ^= 1;
        assert!(PublicKey::from_sec1(&other).is_none(), "{at}");
    }
    for first in [0, 2, 3, 5, 6, 7] {
        let mut other = point;
        other[0] = first;
        assert!(PublicKey::from_sec1(&other).is_none(), "{first}");
    }
    assert!(PublicKey::from_sec1(&point[..64]).is_none());
    // There is a point with x = 0, and the prime is zero written differently.
    let y = number::<32>("fd4511e81736a60f07e88a83d6cf5a167fae6d1a9c9330e76e232e00f5cdc154");
    let mut zero = [4; 65];
    zero[1..33].fill(0);
    zero[33..].copy_from_slice(&y);
    assert!(PublicKey::from_sec1(&zero).is_some());
    zero[1..33].copy_from_slice(&residue::big_endian(Prime::LIMBS));
    assert!(PublicKey::from_sec1(&zero).is_none());
    let mut encrypted = key.public().encrypt(b"message").unwrap();
    encrypted[..65].copy_from_slice(&zero);
    assert!(key.decrypt(&encrypted).is_none());
}

/// GB/T 32918.5, C.2: the curve that everybody uses.
#[test]
fn the_example_of_the_standard_is_encrypted_and_decrypted() {
    let private = number("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
    let k = number("59276e27d506861a16680f3ad9c02dccef3cc1fa3cdbe4ce6d54b80deac1bc21");
    let encrypted = number::<116>(
        "04\
        04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73\
        e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0\
        59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766\
        21886ca989ca9c7d58087307ca93092d651efa",
    );
    let key = SecretKey::from_bytes(&private).unwrap();
    let ours = key.public().encrypt_with(&k, b"encryption standard");
    assert_eq!(ours.as_deref(), Some(encrypted.as_slice()));
    let message = key.decrypt(&encrypted).unwrap();
    assert_eq!(*message, b"encryption standard");
}

/// The identifier is a part of what is signed.
#[test]
fn an_example_with_another_identifier_verifies() {
    let key = number("110e7973206f68c19ee5f7328c036f26911c8c73b4e4f36ae3291097f8984ffc");
    let key = SecretKey::from_bytes(&key).unwrap();
    let signature = [
        number("05890b9077b92e47b17a1ff42a814280e556afd92b4a98b9670bf8b1a274c2fa"),
        number("e3abbb8db2b6ecd9b24eccea7f679fb9a4b1db52f4aa985e443ad73237fa1993"),
    ];
    let over = |identifier| key.public().digest(identifier, b"hi chappy");
    assert!(
        key.public()
            .verifies(&over("sm2test@example.com"), &signature)
    );
    assert!(!key.public().verifies(&over(IDENTIFIER), &signature));
}

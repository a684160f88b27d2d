//! SM2 (GB/T 32918): signatures and public-key encryption on its one curve.
//!
//! The library's arithmetic serves many curves; this is made for the one, and takes a third
//! of the time to sign and a fifth to open an envelope. Each operation is held against the
//! library's in the tests. Numbers for signatures come from RFC 6979 with SM3: same key,
//! same message, same signature.

mod point;
mod residue;
#[cfg(test)]
mod tests;

use pkcs8::{DecodePrivateKey, EncodePrivateKey};
use rfc6979::{KGenerator, bigint::U256};
use sm3::{Digest as _, Sm3};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use self::{
    point::{Affine, Order, Point, Scalar, all_affine},
    residue::Modulus as _,
};
use crate::{Suite, bare::spki_of_point};

/// The distinguishing identifier that everybody uses (GM/T 0009, 10).
pub(crate) const IDENTIFIER: &str = "1234567812345678";

/// Bytes of C1 (uncompressed point) and C3 (SM3) of an encrypted message (GB/T 32918.4,
/// 6.1, in the order of 2016); C2 is as long as the message.
pub(crate) const ENCRYPTED_MORE: usize = 65 + 32;

/// a, b, and the base point's x and y (GB/T 32918.5, 2), as they are hashed into Z.
const PARAMETERS: [[u8; 32]; 4] = [
    *b"\xff\xff\xff\xfe\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\
       \xff\xff\xff\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xfc",
    *b"\x28\xe9\xfa\x9e\x9d\x9f\x5e\x34\x4d\x5a\x9e\x4b\xcf\x65\x09\xa7\
       \xf3\x97\x89\xf5\x15\xab\x8f\x92\xdd\xbc\xbd\x41\x4d\x94\x0e\x93",
    *b"\x32\xc4\xae\x2c\x1f\x19\x81\x19\x5f\x99\x04\x46\x6a\x39\xc9\x94\
       \x8f\xe3\x0b\xbf\xf2\x66\x0b\xe1\x71\x5a\x45\x89\x33\x4c\x74\xc7",
    *b"\xbc\x37\x36\xa2\xf4\xf6\x77\x9c\x59\xbd\xce\xe3\x6b\x69\x21\x53\
       \xd0\xa9\x87\x7c\xc6\x2a\x47\x40\x02\xdf\x32\xe5\x21\x39\xf0\xa0",
];

/// r and s of a signature, big-endian.
pub(crate) type Signature = [[u8; 32]; 2];

/// A point with which one verifies, or to which one encrypts.
#[derive(Clone)]
pub(crate) struct PublicKey(Affine);

impl PublicKey {
    /// Of an uncompressed point (SEC 1, 2.3.3), which must be on the curve.
    pub fn from_sec1(bytes: &[u8]) -> Option<Self> {
        let coordinates = bytes.strip_prefix(&[4])?.try_into().ok()?;
        Affine::from_bytes(coordinates).map(Self)
    }

    /// What is signed of a message: SM3 of Z and the message (GB/T 32918.2, 5.5 and 6.1).
    pub fn digest(&self, identifier: &str, message: &[u8]) -> [u8; 32] {
        // No identifier of ours has more bits than can be told.
        let bits = u16::try_from(identifier.len() * 8).unwrap_or(u16::MAX);
        let z = PARAMETERS
            .iter()
            .fold(
                Sm3::new()
                    .chain_update(bits.to_be_bytes())
                    .chain_update(identifier),
                Sm3::chain_update,
            )
            .chain_update(self.0.to_bytes())
            .finalize();
        Sm3::new()
            .chain_update(z)
            .chain_update(message)
            .finalize()
            .into()
    }

    /// Whether a signature is one over a digest (GB/T 32918.2, 7.1).
    pub fn verifies(&self, digest: &[u8; 32], [r, s]: &Signature) -> bool {
        let (Some(r), Some(s)) = (Scalar::from_bytes(r), Scalar::from_bytes(s)) else {
            return false;
        };
        let t = r.plus(&s);
        if bool::from(r.is_zero() | s.is_zero() | t.is_zero()) {
            return false;
        }
        let point = Point::base_times(&s).plus(&self.0.times(&t));
        let Some(point) = point.to_affine() else {
            return false;
        };
        let expected = Scalar::reduced(digest).plus(&Scalar::reduced(&point.x()));
        expected.ct_eq(&r).into()
    }

    /// C1 ‖ C3 ‖ C2 of a message (GB/T 32918.4, 6.1); none of an empty one.
    pub fn encrypt(&self, message: &[u8]) -> Option<Vec<u8>> {
        if message.is_empty() {
            return None;
        }
        loop {
            let number = Zeroizing::new(crate::random::<32>());
            if let Some(encrypted) = self.encrypt_with(&number, message) {
                return Some(encrypted);
            }
        }
    }

    /// With this number; none when it is not one to encrypt with.
    fn encrypt_with(&self, number: &[u8; 32], message: &[u8]) -> Option<Vec<u8>> {
        let number = scalar(number)?;
        let points = [Point::base_times(&number), self.0.times(&number)];
        let points = Zeroizing::new(all_affine(&Zeroizing::new(points)));
        let [c1, shared] = &*points;
        let shared = Zeroizing::new(shared.to_bytes());
        let mut encrypted = Vec::with_capacity(ENCRYPTED_MORE + message.len());
        encrypted.extend_from_slice(&sec1(*c1));
        encrypted.extend_from_slice(&check(&shared, message));
        encrypted.extend_from_slice(&masked(&shared, message)?);
        Some(encrypted)
    }
}

/// A private key. Erased when it is dropped.
pub(crate) struct SecretKey {
    number: Zeroizing<Scalar>,
    /// 1 / (1 + the number).
    inverse: Zeroizing<Scalar>,
    public: PublicKey,
}

impl SecretKey {
    /// A fresh key.
    pub fn generate() -> Self {
        loop {
            // Fails for one number in 2^32 only.
            let bytes = Zeroizing::new(crate::random::<32>());
            if let Some(key) = Self::from_bytes(&bytes) {
                return key;
            }
        }
    }

    /// Of a big-endian number from 1 to the order less 2 (GB/T 32918.1, 6.1).
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let number = scalar(bytes)?;
        let more = Zeroizing::new(number.plus(&Scalar::ONE));
        if bool::from(more.is_zero()) {
            return None;
        }
        Some(Self {
            inverse: Zeroizing::new(more.inverted()),
            public: PublicKey(Point::base_times(&number).to_affine()?),
            number,
        })
    }

    /// The number, big-endian.
    pub fn to_bytes(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.number.to_bytes())
    }

    /// Reads PKCS #8 DER.
    pub fn from_pkcs8(der: &[u8]) -> Option<Self> {
        let key = ::sm2::SecretKey::from_pkcs8_der(der).ok()?;
        let bytes = Zeroizing::new(<[u8; 32]>::from(key.to_bytes()));
        Self::from_bytes(&bytes)
    }

    /// PKCS #8 DER.
    pub fn to_pkcs8(&self) -> Option<Zeroizing<Vec<u8>>> {
        let key = ::sm2::SecretKey::from_slice(&*self.to_bytes()).ok()?;
        let der = key.to_pkcs8_der().ok()?;
        Some(Zeroizing::new(der.as_bytes().to_vec()))
    }

    /// DER of the `SubjectPublicKeyInfo` of the public half.
    pub fn spki(&self) -> Option<Vec<u8>> {
        let point = self.public.0.to_bytes();
        let (x, y) = point.split_at(32);
        spki_of_point(Suite::Sm2Sm3, x, y)
    }

    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a digest (GB/T 32918.2, 6.1).
    pub fn sign(&self, digest: &[u8; 32]) -> Signature {
        let e = Scalar::reduced(digest);
        let secret = self.to_bytes();
        let order = U256::from_be_slice(&order());
        let mut numbers = KGenerator::<Sm3, U256>::new(&*secret, &e.to_bytes(), &[], &order);
        let mut number = Zeroizing::new([0; 32]);
        loop {
            numbers.fill_next_k(&mut *number);
            if let Some(signature) = self.sign_with(&number, &e) {
                return signature;
            }
        }
    }

    /// With this number; none when it is not one to sign with.
    fn sign_with(&self, number: &[u8; 32], e: &Scalar) -> Option<Signature> {
        let k = scalar(number)?;
        let point = Point::base_times(&k).to_affine()?;
        let r = e.plus(&Scalar::reduced(&point.x()));
        let sum = Zeroizing::new(r.plus(&k));
        // (k - r d) / (1 + d) is (k + r) / (1 + d) - r.
        let s = self.inverse.times(&sum).minus(&r);
        let unfit = r.is_zero() | sum.is_zero() | s.is_zero();
        (!bool::from(unfit)).then(|| [r.to_bytes(), s.to_bytes()])
    }

    /// The message of C1 ‖ C3 ‖ C2 (GB/T 32918.4, 7.1). None when it was not encrypted to
    /// this key, or changed since.
    pub fn decrypt(&self, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (c1, rest) = encrypted.split_at_checked(65)?;
        let (c3, c2) = rest.split_at_checked(32)?;
        let shared = Zeroizing::new(PublicKey::from_sec1(c1)?.0.times(&self.number));
        let shared = Zeroizing::new(shared.to_affine()?);
        let shared = Zeroizing::new(shared.to_bytes());
        let message = masked(&shared, c2)?;
        bool::from(check(&shared, &message).ct_eq(c3)).then_some(message)
    }
}

/// A number between zero and the order.
fn scalar(bytes: &[u8; 32]) -> Option<Zeroizing<Scalar>> {
    let scalar = Zeroizing::new(Scalar::from_bytes(bytes)?);
    (!bool::from(scalar.is_zero())).then_some(scalar)
}

fn order() -> [u8; 32] {
    residue::big_endian(Order::LIMBS)
}

fn sec1(point: Affine) -> [u8; 65] {
    let mut bytes = [4; 65];
    bytes[1..].copy_from_slice(&point.to_bytes());
    bytes
}

/// The bytes under the mask that follows from the shared point (GB/T 32918.4, 5.4.3);
/// none when the mask is all zeros, as that of no bytes is.
fn masked(shared: &[u8; 64], bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut masked = Zeroizing::new(bytes.to_vec());
    let mut any = 0;
    for (counter, part) in (1_u32..).zip(masked.chunks_mut(32)) {
        let mask = Sm3::new()
            .chain_update(shared)
            .chain_update(counter.to_be_bytes());
        let mask = Zeroizing::new(<[u8; 32]>::from(mask.finalize()));
        for (byte, mask) in part.iter_mut().zip(mask.iter()) {
            any |= mask;
            *byte ^= mask;
        }
    }
    (any != 0).then_some(masked)
}

/// C3: SM3 of the message between the shared point's coordinates.
fn check(shared: &[u8; 64], message: &[u8]) -> [u8; 32] {
    let (x, y) = shared.split_at(32);
    let all = Sm3::new()
        .chain_update(x)
        .chain_update(message)
        .chain_update(y);
    all.finalize().into()
}

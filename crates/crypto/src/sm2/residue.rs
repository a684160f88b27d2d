//! Numbers modulo the field's prime and modulo the group's order.
//!
//! Four limbs of 64 bits, the least first, in Montgomery's form (times 2^256). Nothing
//! here branches or looks up by a value, but where a function says so.

use std::marker::PhantomData;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroizing};

/// An odd number above 2^255.
pub(super) trait Modulus: Copy {
    const LIMBS: [u64; 4];
}

/// A number below `M`, in Montgomery's form.
#[derive(Clone, Copy)]
pub(super) struct Residue<M>([u64; 4], PhantomData<M>);

impl<M: Modulus> Residue<M> {
    pub const ZERO: Self = Self([0; 4], PhantomData);
    /// 2^256 mod M, which is 2^256 - M.
    pub const ONE: Self = Self(subtracted([0; 4], M::LIMBS).0, PhantomData);

    /// -1/M modulo 2^64, by Newton's iteration: each step doubles the bits that are right.
    const FACTOR: u64 = {
        let mut inverse = 1_u64;
        let mut step = 0;
        while step < 6 {
            let product = M::LIMBS[0].wrapping_mul(inverse);
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(product));
            step += 1;
        }
        inverse.wrapping_neg()
    };

    /// Whether M is the field's prime, 2^256 - 2^224 - 2^96 + 2^64 - 1.
    const IS_PRIME: bool = {
        let m = M::LIMBS;
        m[0] == u64::MAX && m[1] == u64::MAX << 32 && m[2] == u64::MAX && m[3] == !(1 << 32)
    };

    /// 2^512 mod M, which brings a number into Montgomery's form.
    const SQUARE: Self = {
        let mut power = Self::ONE;
        let mut doubled = 0;
        while doubled < 256 {
            power = power.plus(&power);
            doubled += 1;
        }
        power
    };

    /// Of a big-endian number; none when it is not below M. Tells that by its time.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let limbs = limbs(bytes);
        let (_, below) = subtracted(limbs, M::LIMBS);
        below.then(|| Self::from_limbs(limbs))
    }

    /// Of a big-endian number, less M where it is not below.
    pub fn reduced(bytes: &[u8; 32]) -> Self {
        Self::from_limbs(limbs(bytes))
    }

    /// Of any four limbs: the product comes out below M, as one factor is.
    pub const fn from_limbs(limbs: [u64; 4]) -> Self {
        Self(limbs, PhantomData).times(&Self::SQUARE)
    }

    /// The number itself.
    pub const fn to_limbs(self) -> [u64; 4] {
        self.times(&Self([1, 0, 0, 0], PhantomData)).0
    }

    /// The number itself, big-endian.
    pub fn to_bytes(self) -> [u8; 32] {
        big_endian(self.to_limbs())
    }

    #[inline]
    pub const fn plus(&self, other: &Self) -> Self {
        let (a, b) = (self.0, other.0);
        let (s0, carry) = added(a[0], b[0], false);
        let (s1, carry) = added(a[1], b[1], carry);
        let (s2, carry) = added(a[2], b[2], carry);
        let (s3, carry) = added(a[3], b[3], carry);
        Self::below([s0, s1, s2, s3], carry)
    }

    #[inline]
    pub const fn minus(&self, other: &Self) -> Self {
        let ([d0, d1, d2, d3], less) = subtracted(self.0, other.0);
        Self::with_modulus([d0, d1, d2, d3], less as u64)
    }

    /// Montgomery's product, one limb of `self` after the other.
    #[inline]
    pub const fn times(&self, other: &Self) -> Self {
        let b = other.0;
        let mut t = [0_u64; 4];
        let mut top = 0_u64;
        let mut i = 0;
        while i < 4 {
            let a = self.0[i];
            let (t0, carry) = multiplied(a, b[0], t[0], 0);
            let (t1, carry) = multiplied(a, b[1], t[1], carry);
            let (t2, carry) = multiplied(a, b[2], t[2], carry);
            let (t3, carry) = multiplied(a, b[3], t[3], carry);
            let (t4, over) = added(top, carry, false);
            let ([t1, t2, t3, t4], more) = Self::without_lowest([t0, t1, t2, t3, t4]);
            t = [t1, t2, t3, t4];
            top = over as u64 + more as u64;
            i += 1;
        }
        Self::below(t, top != 0)
    }

    /// Adds the multiple of M with which the lowest limb becomes zero, and drops that limb.
    #[inline]
    const fn without_lowest([t0, t1, t2, t3, t4]: [u64; 5]) -> ([u64; 4], bool) {
        if Self::IS_PRIME {
            // The multiple is t0 M, and M is 2^256 - 2^224 - 2^96 + 2^64 - 1: shifts serve
            // for products. What is added to t1 to t4 is (t0, 0, 0, t0) less (low, high,
            // low, high).
            let (low, high) = (t0 << 32, t0 >> 32);
            let (a1, borrow) = taken(t0, low, false);
            let (a2, borrow) = taken(0, high, borrow);
            let (a3, borrow) = taken(0, low, borrow);
            let (a4, _) = taken(t0, high, borrow);
            let (t1, carry) = added(t1, a1, false);
            let (t2, carry) = added(t2, a2, carry);
            let (t3, carry) = added(t3, a3, carry);
            let (t4, carry) = added(t4, a4, carry);
            return ([t1, t2, t3, t4], carry);
        }
        let (m, factor) = (M::LIMBS, t0.wrapping_mul(Self::FACTOR));
        let (_, carry) = multiplied(factor, m[0], t0, 0);
        let (t1, carry) = multiplied(factor, m[1], t1, carry);
        let (t2, carry) = multiplied(factor, m[2], t2, carry);
        let (t3, carry) = multiplied(factor, m[3], t3, carry);
        let (t4, carry) = added(t4, carry, false);
        ([t1, t2, t3, t4], carry)
    }

    #[inline]
    pub const fn squared(&self) -> Self {
        self.times(self)
    }

    #[inline]
    pub const fn twice(&self) -> Self {
        self.plus(self)
    }

    #[inline]
    pub const fn thrice(&self) -> Self {
        self.twice().plus(self)
    }

    /// 1/self, and zero of zero (Fermat). The exponent, which is no secret, is taken four
    /// bits at a time.
    pub fn inverted(&self) -> Self {
        let mut powers = Zeroizing::new([Self::ONE; 16]);
        for i in 1..16 {
            powers[i] = powers[i - 1].times(self);
        }
        let (exponent, _) = subtracted(M::LIMBS, [2, 0, 0, 0]);
        let mut inverse = Self::ONE;
        for byte in exponent.into_iter().rev().flat_map(u64::to_be_bytes) {
            for digit in [byte >> 4, byte & 15] {
                inverse = inverse.squared().squared().squared().squared();
                inverse = inverse.times(&powers[usize::from(digit)]);
            }
        }
        inverse
    }

    pub fn is_zero(&self) -> Choice {
        self.0.ct_eq(&[0; 4])
    }

    /// Less M once, where it is not below; `carry` is its 257th bit.
    #[inline]
    const fn below(limbs: [u64; 4], carry: bool) -> Self {
        let (less, borrowed) = subtracted(limbs, M::LIMBS);
        Self::with_modulus(less, borrowed as u64 & (carry as u64 ^ 1))
    }

    /// And M once more, where `wanted` is 1 and not 0, modulo 2^256.
    #[inline]
    const fn with_modulus([d0, d1, d2, d3]: [u64; 4], wanted: u64) -> Self {
        // The compiler may not know that there are but two masks: it would branch.
        let mask = std::hint::black_box(wanted.wrapping_neg());
        let (d0, carry) = added(d0, M::LIMBS[0] & mask, false);
        let (d1, carry) = added(d1, M::LIMBS[1] & mask, carry);
        let (d2, carry) = added(d2, M::LIMBS[2] & mask, carry);
        let (d3, _) = added(d3, M::LIMBS[3] & mask, carry);
        Self([d0, d1, d2, d3], PhantomData)
    }
}

impl<M: Modulus> Default for Residue<M> {
    fn default() -> Self {
        Self::ZERO
    }
}

impl<M: Modulus> DefaultIsZeroes for Residue<M> {}

impl<M: Modulus> ConstantTimeEq for Residue<M> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl<M: Modulus> ConditionallySelectable for Residue<M> {
    #[inline]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (a.0, b.0);
        let limb = |a, b| u64::conditional_select(&a, &b, choice);
        let limbs = [limb(a0, b0), limb(a1, b1), limb(a2, b2), limb(a3, b3)];
        Self(limbs, PhantomData)
    }
}

/// a b + c + carry: low and high half. The standard library's are not const yet.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low half is asked for")]
const fn multiplied(a: u64, b: u64, c: u64, carry: u64) -> (u64, u64) {
    let product = a as u128 * b as u128 + c as u128 + carry as u128;
    (product as u64, (product >> 64) as u64)
}

#[inline]
const fn added(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(carry as u64);
    (sum, first | second)
}

#[inline]
const fn taken(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (rest, first) = a.overflowing_sub(b);
    let (rest, second) = rest.overflowing_sub(borrow as u64);
    (rest, first | second)
}

/// The difference modulo 2^256, and whether it is negative.
#[inline]
const fn subtracted(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let (d0, borrow) = taken(a[0], b[0], false);
    let (d1, borrow) = taken(a[1], b[1], borrow);
    let (d2, borrow) = taken(a[2], b[2], borrow);
    let (d3, borrow) = taken(a[3], b[3], borrow);
    ([d0, d1, d2, d3], borrow)
}

/// The bytes of a number, the greatest first.
pub(super) fn big_endian(limbs: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (bytes, limb) in bytes.rchunks_exact_mut(8).zip(limbs) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

fn limbs(bytes: &[u8; 32]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_rchunks().1.iter().rev()) {
        *limb = u64::from_be_bytes(*bytes);
    }
    limbs
}

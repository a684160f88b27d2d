//! Points of the curve (GB/T 32918.5, 2), and their multiples.
//!
//! Projective coordinates with the complete formulas of Renes, Costello and Batina
//! (2015/1060, algorithms 4 and 5, for a = -3): they hold for every two points, equal ones
//! too, so that no case is told apart. Multiples take the same steps for each number.

use std::{ops::Neg, sync::LazyLock};

use subtle::{Choice, ConditionallyNegatable, ConditionallySelectable, ConstantTimeEq};
use zeroize::{DefaultIsZeroes, Zeroizing};

use super::residue::{Modulus, Residue};

/// The prime of the field.
#[derive(Clone, Copy)]
pub(super) struct Prime;

impl Modulus for Prime {
    const LIMBS: [u64; 4] = [
        0xffff_ffff_ffff_ffff,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_ffff,
        0xffff_fffe_ffff_ffff,
    ];
}

/// How many points there are.
#[derive(Clone, Copy)]
pub(super) struct Order;

impl Modulus for Order {
    const LIMBS: [u64; 4] = [
        0x53bb_f409_39d5_4123,
        0x7203_df6b_21c6_052b,
        0xffff_ffff_ffff_ffff,
        0xffff_fffe_ffff_ffff,
    ];
}

pub(super) type Element = Residue<Prime>;
pub(super) type Scalar = Residue<Order>;

const B: Element = Element::from_limbs([
    0xddbc_bd41_4d94_0e93,
    0xf397_89f5_15ab_8f92,
    0x4d5a_9e4b_cf65_09a7,
    0x28e9_fa9e_9d9f_5e34,
]);
/// The base point.
const BASE: Affine = Affine {
    x: Element::from_limbs([
        0x715a_4589_334c_74c7,
        0x8fe3_0bbf_f266_0be1,
        0x5f99_0446_6a39_c994,
        0x32c4_ae2c_1f19_8119,
    ]),
    y: Element::from_limbs([
        0x02df_32e5_2139_f0a0,
        0xd0a9_877c_c62a_4740,
        0x59bd_cee3_6b69_2153,
        0xbc37_36a2_f4f6_779c,
    ]),
};

/// A point that is not the neutral one; erased, it is none at all.
#[derive(Clone, Copy, Default)]
pub(super) struct Affine {
    x: Element,
    y: Element,
}

impl Affine {
    /// Of x and y, big-endian; none when there is no such point.
    pub fn from_bytes(bytes: &[u8; 64]) -> Option<Self> {
        let [x, y] = bytes.as_chunks::<32>().0 else {
            return None;
        };
        let (x, y) = (Element::from_bytes(x)?, Element::from_bytes(y)?);
        let right = x.squared().times(&x).minus(&x.thrice()).plus(&B);
        bool::from(y.squared().ct_eq(&right)).then_some(Self { x, y })
    }

    /// x and y, big-endian.
    pub fn to_bytes(self) -> [u8; 64] {
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&self.x.to_bytes());
        bytes[32..].copy_from_slice(&self.y.to_bytes());
        bytes
    }

    /// x, big-endian.
    pub fn x(self) -> [u8; 32] {
        self.x.to_bytes()
    }

    /// The multiple of this point by a number that is not zero.
    pub fn times(self, scalar: &Scalar) -> Point {
        const WIDTH: u32 = 5;
        let once = Point::from(self);
        let twice = once.plus(&once);
        let mut multiples = [once; 1 << (WIDTH - 1)];
        for i in 1..multiples.len() {
            multiples[i] = multiples[i - 1].plus(&twice);
        }
        let (number, negative) = Odd::of(scalar);
        // Of the highest window, which is one bit, the digit is 1.
        let mut sum = multiples[0];
        for window in (0..256 / WIDTH).rev() {
            // It is an odd multiple, not above the number: never the neutral point.
            sum = sum.doubled_times(WIDTH);
            let digit = number.digit(window, WIDTH);
            sum = sum.plus(&digit.of(&multiples));
        }
        sum.conditional_negate(negative);
        sum
    }
}

impl DefaultIsZeroes for Affine {}

impl Neg for &Affine {
    type Output = Affine;

    fn neg(self) -> Affine {
        let y = Element::ZERO.minus(&self.y);
        Affine { y, ..*self }
    }
}

impl ConditionallySelectable for Affine {
    #[inline]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: Element::conditional_select(&a.x, &b.x, choice),
            y: Element::conditional_select(&a.y, &b.y, choice),
        }
    }
}

/// Any point, as X/Z and Y/Z; the neutral one has Z = 0.
#[derive(Clone, Copy, Default)]
pub(super) struct Point {
    x: Element,
    y: Element,
    z: Element,
}

/// Bits of a window of [`Point::base_times`].
const WIDTH: u32 = 6;
/// The sizes that a digit of such a window can have.
const SIZES: usize = 1 << (WIDTH - 1);
/// The odd numbers below 2^6, times 2^(6 i), times the base point, for each window i.
static MULTIPLES: LazyLock<Vec<[Affine; SIZES]>> = LazyLock::new(|| {
    let mut first = Point::from(BASE);
    let windows = 0..256 / WIDTH + 1;
    windows
        .map(|_| {
            let twice = first.plus(&first);
            let mut multiples = [first; SIZES];
            for i in 1..SIZES {
                multiples[i] = multiples[i - 1].plus(&twice);
            }
            first = first.doubled_times(WIDTH);
            all_affine(&multiples)
        })
        .collect()
});

/// Of points none of which is the neutral one, with one inversion for all.
pub(super) fn all_affine<const N: usize>(points: &[Point; N]) -> [Affine; N] {
    let mut product = Element::ONE;
    let before = points.map(|point| {
        let before = product;
        product = product.times(&point.z);
        before
    });
    let mut inverse = product.inverted();
    let mut affine = [BASE; N];
    for i in (0..N).rev() {
        let Point { x, y, z } = points[i];
        let inverse_z = inverse.times(&before[i]);
        let (x, y) = (x.times(&inverse_z), y.times(&inverse_z));
        affine[i] = Affine { x, y };
        inverse = inverse.times(&z);
    }
    affine
}

impl Point {
    /// The multiple of the base point by a number that is not zero.
    pub fn base_times(scalar: &Scalar) -> Self {
        let (number, negative) = Odd::of(scalar);
        let mut windows = (0..).zip(MULTIPLES.iter());
        let mut part = |(window, multiples)| number.digit(window, WIDTH).of(multiples);
        let first = windows.next().map_or(BASE, &mut part);
        let mut sum = windows.fold(Self::from(first), |sum, window| {
            sum.plus_affine(&part(window))
        });
        sum.conditional_negate(negative);
        sum
    }

    /// None of the neutral point, which is told by the time.
    pub fn to_affine(self) -> Option<Affine> {
        if bool::from(self.z.is_zero()) {
            return None;
        }
        let inverse = self.z.inverted();
        Some(Affine {
            x: self.x.times(&inverse),
            y: self.y.times(&inverse),
        })
    }

    pub fn plus(&self, other: &Self) -> Self {
        let (xx, yy, zz) = (
            self.x.times(&other.x),
            self.y.times(&other.y),
            self.z.times(&other.z),
        );
        let xy = (self.x.plus(&self.y).times(&other.x.plus(&other.y))).minus(&xx.plus(&yy));
        let yz = (self.y.plus(&self.z).times(&other.y.plus(&other.z))).minus(&yy.plus(&zz));
        let xz = (self.x.plus(&self.z).times(&other.x.plus(&other.z))).minus(&xx.plus(&zz));
        Self::from_products(&xx, &yy, &zz, &xy, &yz, &xz)
    }

    pub fn plus_affine(&self, other: &Affine) -> Self {
        let (xx, yy) = (self.x.times(&other.x), self.y.times(&other.y));
        let xy = (self.x.plus(&self.y).times(&other.x.plus(&other.y))).minus(&xx.plus(&yy));
        let yz = other.y.times(&self.z).plus(&self.y);
        let xz = other.x.times(&self.z).plus(&self.x);
        Self::from_products(&xx, &yy, &self.z, &xy, &yz, &xz)
    }

    /// What addition comes to from X1X2, Y1Y2, Z1Z2, X1Y2+X2Y1, Y1Z2+Y2Z1 and X1Z2+X2Z1.
    #[inline]
    fn from_products(
        xx: &Element,
        yy: &Element,
        zz: &Element,
        xy: &Element,
        yz: &Element,
        xz: &Element,
    ) -> Self {
        let p = xz.minus(&B.times(zz)).thrice();
        let zz3 = zz.thrice();
        let q = B.times(xz).minus(&zz3).minus(xx).thrice();
        let r = xx.thrice().minus(&zz3);
        let (plus, minus) = (yy.plus(&p), yy.minus(&p));
        Self {
            x: plus.times(xy).minus(&yz.times(&q)),
            y: plus.times(&minus).plus(&r.times(&q)),
            z: minus.times(yz).plus(&xy.times(&r)),
        }
    }

    /// Doubled so many times; not the neutral point.
    fn doubled_times(&self, times: u32) -> Self {
        // As X/Z^2 and Y/Z^3 it takes 8 products and not 14.
        let (mut x, mut y, mut z) = (
            self.x.times(&self.z),
            self.y.times(&self.z.squared()),
            self.z,
        );
        for _ in 0..times {
            let (yy, zz) = (y.squared(), z.squared());
            let slope = x.minus(&zz).times(&x.plus(&zz)).thrice();
            let xyy4 = x.times(&yy).twice().twice();
            z = y.times(&z).twice();
            x = slope.squared().minus(&xyy4.twice());
            let yyyy8 = yy.twice().squared().twice();
            y = slope.times(&xyy4.minus(&x)).minus(&yyyy8);
        }
        Self {
            x: x.times(&z),
            y,
            z: z.squared().times(&z),
        }
    }
}

impl From<Affine> for Point {
    fn from(Affine { x, y }: Affine) -> Self {
        let z = Element::ONE;
        Self { x, y, z }
    }
}

impl DefaultIsZeroes for Point {}

impl Neg for &Point {
    type Output = Point;

    fn neg(self) -> Point {
        let y = Element::ZERO.minus(&self.y);
        Point { y, ..*self }
    }
}

impl ConditionallySelectable for Point {
    #[inline]
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Self {
            x: Element::conditional_select(&a.x, &b.x, choice),
            y: Element::conditional_select(&a.y, &b.y, choice),
            z: Element::conditional_select(&a.z, &b.z, choice),
        }
    }
}

/// An odd number, in odd digits: no window adds nothing.
struct Odd(Zeroizing<[u64; 4]>);

impl Odd {
    /// The number, or where it is even its opposite, which is odd then.
    fn of(scalar: &Scalar) -> (Self, Choice) {
        let number = Zeroizing::new(scalar.to_limbs());
        let opposite = Zeroizing::new(Scalar::ZERO.minus(scalar).to_limbs());
        let even = !Choice::from((number[0] & 1) as u8);
        let mut odd = number;
        for (limb, opposite) in odd.iter_mut().zip(opposite.iter()) {
            limb.conditional_assign(opposite, even);
        }
        (Self(odd), even)
    }

    /// The digit of the window from bit `window * width` on, between -2^width and 2^width:
    /// its bits and the next one, less 2^width, the lowest always being one. Thereby what
    /// is left for the windows above is odd again. Of the highest one, which has nothing
    /// above it, the bits alone.
    #[inline]
    fn digit(&self, window: u32, width: u32) -> Digit {
        let start = window * width;
        let (limb, shift) = ((start / 64) as usize, start % 64);
        let at = |limb: usize| self.0.get(limb).copied().unwrap_or(0);
        let above = at(limb + 1).checked_shl(64 - shift).unwrap_or(0);
        let highest = u64::from(start + width >= 256) << width;
        let bits = (at(limb) >> shift) | above | highest;
        let positive = (bits >> width) & 1;
        // Half of an odd digit's size, for both signs.
        let half = (bits >> 1) ^ positive.wrapping_sub(1);
        Digit {
            half: half & ((1 << (width - 1)) - 1),
            negative: !Choice::from(positive as u8),
        }
    }
}

struct Digit {
    /// (|digit| - 1) / 2.
    half: u64,
    negative: Choice,
}

impl Digit {
    /// The one of the odd multiples, with the digit's sign; all are looked at.
    #[inline]
    fn of<P, const N: usize>(&self, multiples: &[P; N]) -> P
    where
        P: ConditionallySelectable + ConditionallyNegatable,
    {
        let mut chosen = multiples[0];
        for (half, multiple) in (0..).zip(multiples).skip(1) {
            chosen.conditional_assign(multiple, self.half.ct_eq(&half));
        }
        chosen.conditional_negate(self.negative);
        chosen
    }
}

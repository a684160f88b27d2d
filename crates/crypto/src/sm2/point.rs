//! Points of the curve (GB/T 32918.5, 2), and their multiples.
//!
//! Projective coordinates with the complete formulas of Renes, Costello and Batina
//! (2015/1060, algorithms 4 to 6, for a = -3): they hold for every two points, so that no
//! case is told apart. Multiples take the same steps for each number.

use std::sync::LazyLock;

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

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

/// A point that is not the neutral one.
#[derive(Clone, Copy)]
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

    /// The multiple of this point.
    pub fn times(self, scalar: &Scalar) -> Point {
        const WIDTH: u32 = 5;
        let mut multiples = [Point::NEUTRAL; 1 << (WIDTH - 1)];
        multiples[0] = Point::from(self);
        for i in 1..multiples.len() {
            multiples[i] = multiples[i - 1].plus_affine(&self);
        }
        let limbs = scalar.to_limbs();
        let mut sum = Point::NEUTRAL;
        for window in (0..256 / WIDTH + 1).rev() {
            for _ in 0..WIDTH {
                sum = sum.doubled();
            }
            let digit = Digit::of(&limbs, window, WIDTH);
            let mut part = Point::NEUTRAL;
            for (size, multiple) in (1..).zip(&multiples) {
                part.conditional_assign(multiple, digit.is(size));
            }
            part.y = digit.signed(&part.y);
            sum = sum.plus(&part);
        }
        sum
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
#[derive(Clone, Copy)]
pub(super) struct Point {
    x: Element,
    y: Element,
    z: Element,
}

/// Bits of a window of [`Point::base_times`].
const WIDTH: u32 = 6;
/// The sizes that a digit of such a window can have, but zero.
const SIZES: usize = 1 << (WIDTH - 1);
/// 1 to [`SIZES`] times 2^(6 i) times the base point, for each window i.
static MULTIPLES: LazyLock<Vec<[Affine; SIZES]>> = LazyLock::new(|| {
    let mut first = Point::from(BASE);
    let windows = 0..256 / WIDTH + 1;
    windows
        .map(|_| {
            let mut multiples = [first; SIZES];
            for i in 1..SIZES {
                multiples[i] = multiples[i - 1].plus(&first);
            }
            first = multiples[SIZES - 1].doubled();
            all_affine(&multiples)
        })
        .collect()
});

/// Of points none of which is the neutral one, with one inversion for all.
fn all_affine(points: &[Point; SIZES]) -> [Affine; SIZES] {
    let mut product = Element::ONE;
    let before = points.map(|point| {
        let before = product;
        product = product.times(&point.z);
        before
    });
    let mut inverse = product.inverted();
    let mut affine = [BASE; SIZES];
    for i in (0..SIZES).rev() {
        let Point { x, y, z } = points[i];
        let inverse_z = inverse.times(&before[i]);
        let (x, y) = (x.times(&inverse_z), y.times(&inverse_z));
        affine[i] = Affine { x, y };
        inverse = inverse.times(&z);
    }
    affine
}

impl Point {
    const NEUTRAL: Self = Self {
        x: Element::ZERO,
        y: Element::ONE,
        z: Element::ZERO,
    };

    /// The multiple of the base point.
    pub fn base_times(scalar: &Scalar) -> Self {
        let limbs = scalar.to_limbs();
        let mut sum = Self::NEUTRAL;
        for (window, multiples) in (0..).zip(MULTIPLES.iter()) {
            let digit = Digit::of(&limbs, window, WIDTH);
            let mut part = BASE;
            for (size, multiple) in (1..).zip(multiples) {
                part.conditional_assign(multiple, digit.is(size));
            }
            part.y = digit.signed(&part.y);
            sum.conditional_assign(&sum.plus_affine(&part), !digit.is(0));
        }
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

    pub fn doubled(&self) -> Self {
        let (xx, yy, zz) = (self.x.squared(), self.y.squared(), self.z.squared());
        let xy2 = self.x.times(&self.y).twice();
        let xz2 = self.x.times(&self.z).twice();
        let yz2 = self.y.times(&self.z).twice();
        let p = B.times(&zz).minus(&xz2).thrice();
        let zz3 = zz.thrice();
        let q = B.times(&xz2).minus(&zz3).minus(&xx).thrice();
        let r = xx.thrice().minus(&zz3);
        let (plus, minus) = (yy.plus(&p), yy.minus(&p));
        Self {
            x: minus.times(&xy2).minus(&yz2.times(&q)),
            y: plus.times(&minus).plus(&r.times(&q)),
            z: yz2.times(&yy).twice().twice(),
        }
    }
}

impl From<Affine> for Point {
    fn from(Affine { x, y }: Affine) -> Self {
        let z = Element::ONE;
        Self { x, y, z }
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

/// A digit between -2^(width-1) and 2^(width-1), as Booth writes numbers.
struct Digit {
    size: u64,
    negative: Choice,
}

impl Digit {
    /// The windows of a number are its bits from `window * width` on, and carry what the
    /// highest bit of the window below says.
    #[inline]
    fn of(limbs: &[u64; 4], window: u32, width: u32) -> Self {
        // A zero below the lowest bit, and zeros above the highest.
        let start = window * width;
        let bits = if start == 0 {
            limbs[0] << 1
        } else {
            let (limb, shift) = (((start - 1) / 64) as usize, (start - 1) % 64);
            let at = |limb: usize| limbs.get(limb).copied().unwrap_or(0);
            let above = at(limb + 1).checked_shl(64 - shift).unwrap_or(0);
            (at(limb) >> shift) | above
        };
        let bits = bits & ((2 << width) - 1);
        let negative = bits >> width;
        // (bits + 1) / 2, or 2^width less it.
        let size = (bits >> 1) + (bits & 1);
        let mask = negative.wrapping_neg();
        let size = (size & !mask) | (((1 << width) - size) & mask);
        Self {
            size,
            negative: Choice::from((negative & 1) as u8),
        }
    }

    #[inline]
    fn is(&self, size: u64) -> Choice {
        self.size.ct_eq(&size)
    }

    /// A y with the digit's sign.
    #[inline]
    fn signed(&self, y: &Element) -> Element {
        Element::conditional_select(y, &Element::ZERO.minus(y), self.negative)
    }
}

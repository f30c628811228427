//! Numbers of 64 bits without a bound of their own: the evaluations answer for it.

use super::table::INVERSE;
use super::{down, exp2, high, log2};
use crate::functions::ball::{Ball, Bound};
use crate::functions::limbs;
use crate::kernel::unpacked::{Unpacked, encode};

/// The bound of every result, in units of the last place.
const BOUND: u64 = 1 << 21;

/// A real number near to `(-1)^negative * 2^exponent * significand / 2^63`, where `significand` has its top
/// bit set; with `significand = 0` nothing is known.
#[derive(Clone, Copy)]
pub(in crate::functions) struct Real {
    pub(super) negative: bool,
    pub(super) exponent: i32,
    pub(super) significand: u64,
}

impl Real {
    /// Nothing is known.
    pub(super) const UNKNOWN: Self = Self { negative: false, exponent: 0, significand: 0 };

    /// A posit.
    #[inline(always)]
    pub(in crate::functions) const fn exact(x: Unpacked) -> Self {
        Self { negative: x.negative, exponent: x.exponent, significand: x.significand }
    }

    /// `(-1)^negative * 2^exponent * x / 2^63`; unknown for zero.
    #[inline(always)]
    pub(super) const fn normalised(negative: bool, exponent: i32, x: u64) -> Self {
        let zeros = x.leading_zeros();
        Self { negative, exponent: exponent - zeros as i32, significand: x << (zeros & 63) }
    }

    /// A number beyond every format; between borders.
    #[inline(always)]
    pub(super) const fn saturated(negative: bool, exponent: i32) -> Self {
        Self { negative, exponent, significand: (1 << 63) | (1 << 31) }
    }

    /// One.
    pub(super) const ONE: Self = Self { negative: false, exponent: 0, significand: 1 << 63 };

    /// The magnitude.
    #[inline(always)]
    pub(super) const fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    /// With the other sign if `condition`.
    #[inline(always)]
    pub(super) const fn neg_if(self, condition: bool) -> Self {
        Self { negative: self.negative != condition, ..self }
    }

    /// Times `2^by`.
    #[inline(always)]
    pub(super) const fn scale(self, by: i32) -> Self {
        Self { exponent: self.exponent + by, ..self }
    }

    /// The sum of two magnitudes: two units are lost.
    #[inline(always)]
    pub(super) const fn plus(self, other: Self) -> Self {
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let (sum, carry) = a.significand.overflowing_add(down(b.significand, a.exponent - b.exponent));
        if a.significand == 0 || b.significand == 0 {
            Self::UNKNOWN
        } else if carry {
            Self { negative: false, exponent: a.exponent + 1, significand: (1 << 63) | (sum >> 1) }
        } else {
            Self { negative: false, exponent: a.exponent, significand: sum }
        }
    }

    /// The difference of two magnitudes, for a smaller second one: a unit of the first is lost.
    #[inline(always)]
    pub(super) const fn minus(self, other: Self) -> Self {
        if self.significand == 0 || other.significand == 0 {
            return Self::UNKNOWN;
        }
        let rest = self.significand.wrapping_sub(down(other.significand, self.exponent - other.exponent));
        Self::normalised(false, self.exponent, rest)
    }

    /// The product of two numbers: less than four units are lost.
    #[inline(always)]
    pub(super) const fn mul(self, other: Self) -> Self {
        self.times(other.significand, other.exponent).neg_if(other.negative)
    }

    /// The quotient: less than 32 units are lost.
    ///
    /// With the nearest of 129 inverses the product is `1 + r`, `|r| < 2^-7.9`, and
    /// `1 / (1 + r) = (1 - r) (1 + r^2) (1 + r^4)` but for `r^8 < 2^-63`.
    #[inline(always)]
    pub(super) const fn over(self, other: Self) -> Self {
        let s = other.significand;
        if s == 0 {
            return Self::UNKNOWN;
        }
        let i = (((s >> 55) & 0xFF) as usize + 1) >> 1;
        let inverse = (INVERSE[i] as u64) << 47;
        let (top, low) = limbs::multiply(s, inverse, 0, 0);
        let r = (top << 2) | (low >> 62);
        let below = r >> 63 != 0;
        let v = if below { r.wrapping_neg() } else { r };
        // r^2 in units of 2^-78, r^4 in units of 2^-92; factors in units of 2^-63.
        let square = high(v << 7, v << 7);
        let first = if below { (1 << 63) + (v >> 1) } else { (1 << 63) - (v >> 1) };
        let second = (1 << 63) + (square >> 15);
        let third = (1 << 63) + (high(square, square) >> 29);
        let factor = high(high(first, second) << 1, third) << 1;
        // In [1/2, 1] in units of 2^-62, and a little.
        let inverse = high(factor, inverse);
        self.times(inverse << 1, -other.exponent).neg_if(other.negative)
    }

    /// The square root, through the logarithm: that is below 2, and off by `2^-60`.
    #[inline(always)]
    pub(super) const fn sqrt(self) -> Self {
        let mantissa = Self { negative: false, exponent: self.exponent & 1, ..self };
        let root = if self.exponent & 1 == 0 && self.significand << 1 == 0 {
            mantissa
        } else {
            exp2(log2(mantissa).scale(-1))
        };
        root.scale(self.exponent >> 1)
    }

    /// The product with `2^exponent * significand / 2^63`, for a factor of at least `2^62 / 2^63`: less than four
    /// units are lost.
    #[inline(always)]
    pub(super) const fn times(self, significand: u64, exponent: i32) -> Self {
        Self::normalised(self.negative, self.exponent + exponent + 1, high(self.significand, significand))
    }

    /// The pattern to which everything within the bound rounds, if there is one.
    #[inline(always)]
    pub(in crate::functions) const fn round<const N: u32, const ES: u32>(self) -> Option<u64> {
        // Significands of posits and borders are multiples of 2^(63 - p), with at least one bit behind the first.
        let step = const { 1u64 << (63 - if N > ES + 3 { N - ES - 2 } else { 1 }) };
        let distance = self.significand.wrapping_add(BOUND) & (step - 1);
        if distance > 2 * BOUND {
            return Some(encode::<N, ES>(self.negative, self.exponent, self.significand, true));
        }
        self.ends::<N, ES>()
    }

    /// As [`round`](Self::round), by rounding both ends: next to a posit they agree.
    #[inline(never)]
    const fn ends<const N: u32, const ES: u32>(self) -> Option<u64> {
        if self.significand == 0 {
            return None;
        }
        self.ball().round::<N, ES>()
    }

    /// As a ball with the bound.
    pub(in crate::functions) const fn ball(self) -> Ball<1> {
        Ball {
            negative: self.negative,
            exponent: self.exponent,
            limbs: [self.significand],
            bound: Bound::units(BOUND),
        }
    }
}

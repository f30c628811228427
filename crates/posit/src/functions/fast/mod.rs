//! The fast phase for `N <= 32`: fixed point in words of 64 bits, with one bound for all of its results.
//!
//! Every evaluation gives a [`Real`] that is within `2^-49` of itself of the true value: `2^14` units of the
//! last place of its significand. What each loses is counted beside it, and is well below that. Borders between
//! posits, and posits, have at most `p + 1 <= 31` significant bits, so a result that is farther than the bound
//! from every number of so many bits is decided: all but one of about `2^20` results of `Posit<32, 2>`. The
//! others are left to the balls.
//!
//! Worked in 8 bits, for `p + 1 = 4`: borders are multiples of `0.0001`. With a bound of 2 units, `0.10110101` is
//! decided, and `0.10110001` is not, as `0.1011` is within the bound.

mod exponential;
mod logarithm;
mod table;

pub(super) use exponential::{exp, exp_m1, exp2, exp2_m1, exp10, exp10_m1};
pub(super) use logarithm::{ln, ln_1p, log2, log2_1p, log10, log10_1p};

use super::ball::{Ball, Bound};
use super::limbs;
use crate::kernel::unpacked::{Unpacked, encode};

/// The bound of every result, in units of the last place.
const BOUND: u64 = 1 << 14;

/// A real number near to `(-1)^negative * 2^exponent * significand / 2^63`, where `significand` has its top
/// bit set; with `significand = 0` nothing is known.
#[derive(Clone, Copy)]
pub(super) struct Real {
    negative: bool,
    exponent: i32,
    significand: u64,
}

/// The high half of `a * b`: less than one unit too small.
#[inline(always)]
const fn high(a: u64, b: u64) -> u64 {
    limbs::multiply(a, b, 0, 0).0
}

/// `x / 2^by`, zero from 64 on.
#[inline(always)]
const fn down(x: u64, by: i32) -> u64 {
    if by < 64 { x >> by } else { 0 }
}

impl Real {
    /// A posit.
    #[inline(always)]
    pub(super) const fn exact(x: Unpacked) -> Self {
        Self { negative: x.negative, exponent: x.exponent, significand: x.significand }
    }

    /// `(-1)^negative * 2^exponent * x / 2^63`; unknown for zero.
    #[inline(always)]
    const fn normalised(negative: bool, exponent: i32, x: u64) -> Self {
        let zeros = x.leading_zeros();
        Self { negative, exponent: exponent - zeros as i32, significand: x << (zeros & 63) }
    }

    /// A number beyond every format; between borders.
    #[inline(always)]
    const fn saturated(negative: bool, exponent: i32) -> Self {
        Self { negative, exponent, significand: (1 << 63) | (1 << 31) }
    }

    /// The product with `2^exponent * significand / 2^63`, for a significand of at least `2^62`: less than four
    /// units are lost.
    #[inline(always)]
    const fn times(self, significand: u64, exponent: i32) -> Self {
        Self::normalised(self.negative, self.exponent + exponent + 1, high(self.significand, significand))
    }

    /// The pattern to which everything within the bound rounds, if there is one.
    #[inline(always)]
    pub(super) const fn round<const N: u32, const ES: u32>(self) -> Option<u64> {
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
    pub(super) const fn ball(self) -> Ball<1> {
        Ball {
            negative: self.negative,
            exponent: self.exponent,
            limbs: [self.significand],
            bound: Bound::units(BOUND),
        }
    }
}

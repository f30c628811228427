//! The fast phase for `N <= 32`: fixed point in words of 64 bits, with one bound for all of its results.
//!
//! Every evaluation gives a [`Real`] that is within `2^-42` of itself of the true value: `2^21` units of the
//! last place of its significand. What each loses is counted beside it, and is well below that. Borders between
//! posits, and posits, have at most `p + 1 <= 31` significant bits, so a result that is farther than the bound
//! from every number of so many bits is decided: all but one of about `2^13` results of `Posit<32, 2>`. The
//! others are left to the balls.
//!
//! Worked in 8 bits, for `p + 1 = 4`: borders are multiples of `0.0001`. With a bound of 2 units, `0.10110101` is
//! decided, and `0.10110001` is not, as `0.1011` is within the bound.

mod arctangent;
mod circular;
mod exponential;
mod hyperbolic;
mod logarithm;
mod power;
mod real;
mod table;

pub(super) use arctangent::{acos, acos_pi, asin, asin_pi, atan, atan_pi, atan2, atan2_pi};
pub(super) use circular::{cos, cos_pi, sin, sin_pi, tan, tan_pi};
pub(super) use exponential::{exp, exp_m1, exp2, exp2_m1, exp10, exp10_m1};
pub(super) use hyperbolic::{acosh, asinh, atanh, cosh, logistic, sinh, tanh};
pub(super) use logarithm::{ln, ln_1p, log2, log2_1p, log10, log10_1p};
pub(super) use power::{compound, pow, root_n};
pub(super) use real::Real;

use super::limbs;

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

//! Powers and roots, as `2^(y log2 x)`.
//!
//! A binary logarithm is off by at most `2^-52.5` of itself: by 8 units of `2^-64` above `2^-8.5`, or by less than
//! 128 units of its significand. A product up to `480 < 2^9`, where the widest format of 32 bits saturates, makes
//! that `2^-43.5`, and `ln 2` times as much, `2^-44`, of the power: a quarter of the bound.

use super::exponential::minus_one;
use super::{Real, exp2, log2, log2_1p};

/// `|x|^y` for `|x| != 1`.
#[inline(always)]
pub(in crate::functions) const fn pow(x: Real, y: Real) -> Real {
    exp2(log2(x.abs()).mul(y))
}

/// `|1 + x|^n` for `x` other than -1 and -2.
#[inline(always)]
pub(in crate::functions) const fn compound(x: Real, n: Real) -> Real {
    let logarithm = if x.negative && x.exponent >= 0 { log2(minus_one(x.abs())) } else { log2_1p(x) };
    exp2(logarithm.mul(n))
}

/// `|x|^(1 / n)` for `|x| != 1`.
#[inline(always)]
pub(in crate::functions) const fn root_n(x: Real, n: Real) -> Real {
    exp2(log2(x.abs()).over(n))
}

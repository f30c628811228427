//! Powers of e, 2 and 10: `2^t` with `t = k + i / 256 + g`, and a series of `2^g - 1` for `g < 2^-8`.

use super::table::POWER;
use super::{Real, down, high};
use crate::functions::HUGE;

/// `1 / ln 2` in units of `2^-63`.
const LOG2_E: u64 = 0xB8AA_3B29_5C17_F0BC;
/// `ln 10 / ln 2` in units of `2^-62`.
const LOG2_10: u64 = 0xD49A_784B_CD1B_8AFE;
/// `ln 2` in units of `2^-64`.
const LN_2: u64 = 0xB172_17F7_D1CF_79AC;
/// `ln 10` in units of `2^-62`.
const LN_10: u64 = 0x935D_8DDD_AAA8_AC17;

/// `(ln 2)^n / n!` in units of `2^(8 (n - 1) - 64)` for `n = 1..=5`.
const SERIES: [u64; 5] = [LN_2, 0x3D_7F7B_FF05_8B1D, 0xE35_846B_8250, 0x2_7655_6DF7, 0x57_6200];

/// `2^f` in units of `2^-63`, for `0 <= f < 1` in units of `2^-64`.
///
/// The series lacks terms below `(2^-8 ln 2)^6 / 6! < 2^-60.6` of the result, 11 units; each product cuts less
/// than `2^-71`; table and last product are off by 2 units. Below 16 units in all, and never 2 or more.
#[inline(always)]
const fn power(f: u64) -> u64 {
    let h = f << 8;
    let square = high(h, h);
    let low = SERIES[0] + high(h, SERIES[1]);
    let tail = SERIES[2] + high(h, SERIES[3]) + high(square, SERIES[4]);
    // (2^g - 1) in units of 2^-72.
    let series = high(h, low + high(square, tail));
    let centre = POWER[(f >> 56) as usize];
    centre + (high(centre, series) >> 8)
}

/// Whole part and fraction of `±t * 2^(exponent - 62)`, the fraction in units of `2^-64`, for `exponent <= 8`.
#[inline(always)]
const fn split(negative: bool, exponent: i32, t: u64) -> (i32, u64) {
    let (k, f) = if exponent >= -2 {
        ((t >> 1) >> (61 - exponent), t << (exponent + 2))
    } else {
        (0, down(t, -2 - exponent))
    };
    if negative {
        let (f, borrow) = 0u64.overflowing_sub(f);
        (-(k as i32) - borrow as i32, f)
    } else {
        (k as i32, f)
    }
}

/// `2^k` and `power` for an exponent `±t * 2^(exponent - 62)` that is off by two units of `t`, and by one of
/// `2^-64` in the fraction: `2^(exponent - 61) + 2^-64` in all, which makes `ln 2` times as much of the result.
/// With `exponent = 8` these are 1420 units; a relative error of `2^-62` in the argument adds as much.
#[inline(always)]
const fn two_to(negative: bool, exponent: i32, t: u64) -> Real {
    if exponent > 8 {
        return Real::saturated(false, if negative { -HUGE } else { HUGE });
    }
    let (k, f) = split(negative, exponent, t);
    Real { negative: false, exponent: k, significand: power(f) }
}

/// `e^x`.
#[inline(always)]
pub(in crate::functions) const fn exp(x: Real) -> Real {
    two_to(x.negative, x.exponent, high(x.significand, LOG2_E))
}

/// `2^x`.
#[inline(always)]
pub(in crate::functions) const fn exp2(x: Real) -> Real {
    two_to(x.negative, x.exponent, x.significand >> 1)
}

/// `10^x`.
#[inline(always)]
pub(in crate::functions) const fn exp10(x: Real) -> Real {
    two_to(x.negative, x.exponent + 1, high(x.significand, LOG2_10))
}

/// `e^x - 1` with its relative error.
///
/// From `2^-7` on it is the power minus one: below `2^0` that is off by at most 20 units of a number above
/// `2^-7.01`, so by `20 * 2^8` of the result; above, one bit cancels at most, and the error doubles.
#[inline(always)]
pub(in crate::functions) const fn exp_m1(x: Real) -> Real {
    if x.exponent < -7 { small_exp_m1(x) } else { minus_one(exp(x)) }
}

/// `2^x - 1`; the product with `ln 2` is off by two units, and so is small beside the bound.
#[inline(always)]
pub(in crate::functions) const fn exp2_m1(x: Real) -> Real {
    if x.exponent < -7 { small_exp_m1(x.times(LN_2, -1)) } else { minus_one(exp2(x)) }
}

/// `10^x - 1`.
#[inline(always)]
pub(in crate::functions) const fn exp10_m1(x: Real) -> Real {
    if x.exponent < -9 { small_exp_m1(x.times(LN_10, 1)) } else { minus_one(exp10(x)) }
}

/// `y - 1` for positive `y` that is not 1.
#[inline(always)]
pub(super) const fn minus_one(y: Real) -> Real {
    let k = y.exponent;
    if k < 0 {
        // y in units of 2^-64; far below one the result is just inside -1.
        let rest = down(y.significand, -1 - k).wrapping_neg();
        Real::normalised(true, -1, if rest == 0 { u64::MAX } else { rest })
    } else if k < 63 {
        Real::normalised(false, k, y.significand - (1 << (63 - k)))
    } else {
        y
    }
}

/// Coefficients of `x^n` in `sinh(x) / x` and `(cosh(x) - 1) / x`, `1 / (n + 1)!`, in units of `2^(7 n - 64)`.
const SINH: [u64; 3] = [(1 << 50) / 6, (1 << 36) / 120, (1 << 22) / 5040];
const COSH: [u64; 3] = [(1 << 57) / 2, (1 << 43) / 24, (1 << 29) / 720];

/// `e^x - 1` for `|x| < 2^-7`: `x` times `sinh(x) / x + (cosh(x) - 1) / x`, terms to `x^6 / 7!`, the next is below
/// `2^-64`. Every product cuts less than a unit of `2^-64`: 16 units in all.
#[inline(always)]
const fn small_exp_m1(x: Real) -> Real {
    let w = down(x.significand, -8 - x.exponent);
    let square = high(w, w);
    let sinh = high(square, SINH[0] + high(square, SINH[1] + high(square, SINH[2])));
    let cosh = high(w, COSH[0] + high(square, COSH[1] + high(square, COSH[2])));
    let rest = if x.negative { sinh.wrapping_sub(cosh) } else { sinh + cosh };
    // One and the rest, whose sign is in its top bit.
    let factor = (1u64 << 63).wrapping_add(((rest as i64) >> 1) as u64);
    x.times(factor, 0)
}

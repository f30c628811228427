//! Logarithms: `x = 2^k m`, the centre `c = 1 + i / 128` nearest to `m`, and `ln(1 + r)` with `r = m / c - 1`.
//!
//! Above `sqrt 2` the centre is halved and `k` is one more, so that near `x = 1`, on both sides, `k` and the
//! logarithm of the centre are zero, and `r = x - 1` is exact.

use super::table::{INVERSE, LOGARITHM};
use super::{Real, down, high};
use crate::functions::limbs;

/// A base: the logarithm of 2, and the factor of natural logarithms.
#[derive(Clone, Copy)]
struct Base {
    /// The whole part of the logarithm of 2, and its fraction in units of `2^-64`.
    two: (u64, u64),
    /// In units of `2^-63`, and as a significand with its exponent.
    factor: u64,
    significand: u64,
    exponent: i32,
}

const E: Base = Base { two: (0, 0xB172_17F7_D1CF_79AC), factor: 1 << 63, significand: 1 << 63, exponent: 0 };
const TWO: Base =
    Base { two: (1, 0), factor: 0xB8AA_3B29_5C17_F0BC, significand: 0xB8AA_3B29_5C17_F0BC, exponent: 0 };
const TEN: Base = Base {
    two: (0, 0x4D10_4D42_7DE7_FBCC),
    factor: 0x3796_F62A_4DCA_1C65,
    significand: 0xDE5B_D8A9_3728_7195,
    exponent: -2,
};

/// Coefficients of `v^n` in `ln(1 + v) / v`, without sign, `1 / (n + 1)` in units of `2^(7 n - 64)`.
const ODD: [u64; 3] = [(1 << 57) / 2, (1 << 43) / 4, (1 << 29) / 6];
const EVEN: [u64; 3] = [(1 << 50) / 3, (1 << 36) / 5, (1 << 22) / 7];

/// `ln(1 ± v) / ±v` in units of `2^-63`, for `v = w / 2^71 < 2^-7.9`.
///
/// The first term left out is `v^7 / 8 < 2^-58`: 32 units. Products and coefficients cut 8 more.
#[inline(always)]
const fn series(negative: bool, w: u64) -> u64 {
    let square = high(w, w);
    let even = high(square, EVEN[0] + high(square, EVEN[1] + high(square, EVEN[2])));
    let odd = high(w, ODD[0] + high(square, ODD[1] + high(square, ODD[2])));
    let rest = if negative { even + odd } else { even.wrapping_sub(odd) };
    (1u64 << 63).wrapping_add(((rest as i64) >> 1) as u64)
}

/// The logarithm of a positive number other than 1.
///
/// `r` is exact for a posit of 32 bits, and off by a unit of `2^-64` otherwise. With `k = 0` and `c = 1` the
/// result is `r` times the series, off by 50 units and what `r` is off.
/// Elsewhere the sum in units of `2^-64` is off by less than `2 |k| + 8`. For `k = 0` it is above `2^-9`, in base 10
/// above `2^-10.3`, so its significand is off by less than `8 * 2^10.3 < 2^13.3` units. Otherwise it is above
/// `|k| / 4`, in base 10 above `|k| / 10`, and off by less than `40 + 80 / |k|` units.
#[inline(always)]
const fn logarithm(x: Real, base: Base) -> Real {
    let s = x.significand;
    // From 0 to 128.
    let i = (((s >> 55) & 0xFF) as usize + 1) >> 1;
    let k = x.exponent + (i > 53) as i32;
    // The product is 1 + r in units of 2^-126.
    let (top, low) = limbs::multiply(s, (INVERSE[i] as u64) << 47, 0, 0);
    let r = (top << 2) | (low >> 62);
    let below = r >> 63 != 0;
    let v = if below { r.wrapping_neg() } else { r };
    let series = series(below, v << 7);
    if k == 0 && i & 127 == 0 {
        let zeros = v.leading_zeros();
        let product = high(v << (zeros & 63), series);
        return Real::normalised(below, -(zeros as i32), product).times(base.significand, base.exponent);
    }
    let y = high(v, series) << 1;
    let y = LOGARITHM[i].wrapping_add(if below { y.wrapping_neg() } else { y });
    // k times the logarithm of two, plus y times the factor, as two words of a two's complement.
    let minus = y >> 63 != 0;
    let y = high(if minus { y.wrapping_neg() } else { y }, base.factor) << 1;
    let (whole, fraction) = limbs::multiply(k.unsigned_abs() as u64, base.two.1, 0, 0);
    let whole = whole + k.unsigned_abs() as u64 * base.two.0;
    // |k| times the logarithm of two is larger than what is added or subtracted, unless k is 0.
    let (whole, fraction, negative) = if k == 0 {
        (0, y, minus)
    } else if minus == (k < 0) {
        let (sum, carry) = fraction.overflowing_add(y);
        (whole + carry as u64, sum, minus)
    } else {
        let (rest, borrow) = fraction.overflowing_sub(y);
        (whole.wrapping_sub(borrow as u64), rest, k < 0)
    };
    if whole == 0 {
        return Real::normalised(negative, -1, fraction);
    }
    let zeros = whole.leading_zeros();
    let significand = (whole << (zeros & 63)) | ((fraction >> 1) >> (63 - (zeros & 63)));
    Real { negative, exponent: 63 - zeros as i32, significand }
}

/// The logarithm of `1 + x` for `x > -1`, not zero.
#[inline(always)]
const fn logarithm_1p(x: Real, base: Base) -> Real {
    if x.exponent < -8 {
        let product = x.times(series(x.negative, down(x.significand, -8 - x.exponent)), 0);
        return product.times(base.significand, base.exponent);
    }
    logarithm(successor(x), base)
}

/// `1 + x` for `|x| >= 2^-8` and `x > -1`; at most one unit is lost, and none for a posit of 32 bits below `2^32`.
#[inline(always)]
const fn successor(x: Real) -> Real {
    let e = x.exponent;
    if e >= 64 {
        return x;
    }
    let (sum, carry, e) = if e < 0 {
        let s = x.significand >> -e;
        if x.negative {
            return Real::normalised(false, 0, (1 << 63) - s);
        }
        ((1 << 63) + s, false, 0)
    } else {
        let (sum, carry) = x.significand.overflowing_add(1 << (63 - e));
        (sum, carry, e)
    };
    if carry {
        Real { negative: false, exponent: e + 1, significand: (1 << 63) | (sum >> 1) }
    } else {
        Real { negative: false, exponent: e, significand: sum }
    }
}

/// `ln x`.
#[inline(always)]
pub(in crate::functions) const fn ln(x: Real) -> Real {
    logarithm(x, E)
}

/// `log2 x`.
#[inline(always)]
pub(in crate::functions) const fn log2(x: Real) -> Real {
    logarithm(x, TWO)
}

/// `log10 x`.
#[inline(always)]
pub(in crate::functions) const fn log10(x: Real) -> Real {
    logarithm(x, TEN)
}

/// `ln(1 + x)`.
#[inline(always)]
pub(in crate::functions) const fn ln_1p(x: Real) -> Real {
    logarithm_1p(x, E)
}

/// `log2(1 + x)`.
#[inline(always)]
pub(in crate::functions) const fn log2_1p(x: Real) -> Real {
    logarithm_1p(x, TWO)
}

/// `log10(1 + x)`.
#[inline(always)]
pub(in crate::functions) const fn log10_1p(x: Real) -> Real {
    logarithm_1p(x, TEN)
}

//! Directions, as in [`functions::arctangent`](crate::functions::arctangent): a centre `c = i / 32` and
//! `atan((y - c x) / (x + c y))`.

use super::table::INVERSE;
use super::{Real, down, high};
use crate::functions::table::{ARCTANGENT, entry};

/// `pi` with its exponent 1, as a significand.
const PI: Real = Real { negative: false, exponent: 1, significand: 0xC90F_DAA2_2168_C235 };
/// `1 / pi` as a significand with the exponent -2.
const ONE_OVER_PI: u64 = 0xA2F9_836E_4E44_152A;
/// `1 / (2 k + 1)` for `k = 1..=5`, in units of `2^-64`.
const ODD: [u64; 5] = [
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x2492_4924_9249_2492,
    0x1C71_C71C_71C7_1C72,
    0x1745_D174_5D17_45D1,
];

/// `atan z` for `0 < z < 2^-5.4`: the first term left out is `z^12 / 13 < 2^-68`; a few units are lost.
#[inline(always)]
const fn series(z: Real) -> Real {
    let t = down(z.significand, -1 - z.exponent);
    let u = high(t, t);
    let sum = high(u, ODD[0] - high(u, ODD[1] - high(u, ODD[2] - high(u, ODD[3] - high(u, ODD[4])))));
    z.times((1 << 63) - (sum >> 1), 0)
}

/// `atan(y / x)` for `0 < y`, at most a few units of the last place above `x`.
///
/// The centre is from a quotient that is off by less than `2^-7`, so the second quotient is below `2^-5.4`
/// in magnitude. Its dividend is off by two units of `2^-62`, and the result is above `2^-6.1`: less than
/// `2^-54` of it.
#[inline(always)]
const fn octant(y: Real, x: Real) -> Real {
    let distance = x.exponent - y.exponent;
    let inverse = (INVERSE[(((x.significand >> 55) & 0xFF) as usize + 1) >> 1] as u64) << 47;
    // 32 y / x in units of 2^-57 before it is shifted.
    let quotient = down(high(y.significand, inverse), distance);
    let i = ((quotient >> 56) + 1) >> 1;
    if i == 0 {
        return series(y.over(x));
    }
    let i = if i > 32 { 32 } else { i };
    // In units of 2^-62, with c in units of 2^-63.
    let c = i << 58;
    let ordinate = down(y.significand, distance);
    let rise = (ordinate >> 1).wrapping_sub(high(x.significand, c));
    let run = (x.significand >> 1) + high(ordinate, c);
    let below = rise >> 63 != 0;
    let rise = if below { rise.wrapping_neg() } else { rise };
    let centre = entry(&ARCTANGENT, i as usize).ball::<1>();
    let centre = Real { negative: false, exponent: centre.exponent, significand: centre.top() };
    if rise == 0 {
        return centre;
    }
    let rest = series(Real::normalised(false, 0, rise).over(Real::normalised(false, 0, run)));
    if below { centre.minus(rest) } else { centre.plus(rest) }
}

/// The angle of the point `(x, y)` in `(-pi, pi)`.
#[inline(always)]
const fn direction(y: Real, x: Real) -> Real {
    if x.significand == 0 || y.significand == 0 {
        return Real::UNKNOWN;
    }
    let (a, b) = (y.abs(), x.abs());
    let steep = a.exponent > b.exponent || (a.exponent == b.exponent && a.significand > b.significand);
    let (short, long) = if steep { (b, a) } else { (a, b) };
    let angle = octant(short, long);
    let angle = if steep { PI.scale(-1).minus(angle) } else { angle };
    let angle = if x.negative { PI.minus(angle) } else { angle };
    angle.neg_if(y.negative)
}

/// `sqrt(1 - x^2)` for `|x| < 1`.
#[inline(always)]
const fn cathetus(x: Real) -> Real {
    let x = x.abs();
    Real::ONE.minus(x).mul(Real::ONE.plus(x)).sqrt()
}

/// `asin x` for `0 < |x| < 1`.
#[inline(always)]
pub(in crate::functions) const fn asin(x: Real) -> Real {
    direction(x, cathetus(x))
}

/// `acos x` for `0 < |x| < 1`.
#[inline(always)]
pub(in crate::functions) const fn acos(x: Real) -> Real {
    direction(cathetus(x), x)
}

/// `atan x`.
#[inline(always)]
pub(in crate::functions) const fn atan(x: Real) -> Real {
    direction(x, Real::ONE)
}

/// `asin(x) / pi`.
#[inline(always)]
pub(in crate::functions) const fn asin_pi(x: Real) -> Real {
    asin(x).times(ONE_OVER_PI, -2)
}

/// `acos(x) / pi`.
#[inline(always)]
pub(in crate::functions) const fn acos_pi(x: Real) -> Real {
    acos(x).times(ONE_OVER_PI, -2)
}

/// `atan(x) / pi`.
#[inline(always)]
pub(in crate::functions) const fn atan_pi(x: Real) -> Real {
    atan(x).times(ONE_OVER_PI, -2)
}

/// The angle of the point `(x, y)`.
#[inline(always)]
pub(in crate::functions) const fn atan2(y: Real, x: Real) -> Real {
    direction(y, x)
}

/// The angle of the point `(x, y)`, divided by pi.
#[inline(always)]
pub(in crate::functions) const fn atan2_pi(y: Real, x: Real) -> Real {
    direction(y, x).times(ONE_OVER_PI, -2)
}

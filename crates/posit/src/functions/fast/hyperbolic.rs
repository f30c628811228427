//! Hyperbolic functions and their inverses, by the formulas of the balls: sums and quotients of positive numbers,
//! in which no error grows but by the few units of each step.

use super::exponential::minus_one;
use super::{Real, exp, exp_m1, ln, ln_1p};

/// `(m + m / (1 + m)) / 2` with `m = e^|x| - 1`.
#[inline(always)]
pub(in crate::functions) const fn sinh(x: Real) -> Real {
    let m = exp_m1(x.abs());
    m.plus(m.over(m.plus(Real::ONE))).scale(-1).neg_if(x.negative)
}

/// `(e^x + 1 / e^x) / 2`.
#[inline(always)]
pub(in crate::functions) const fn cosh(x: Real) -> Real {
    let e = exp(x.abs());
    e.plus(Real::ONE.over(e)).scale(-1)
}

/// `m / (2 + m)` with `m = e^2|x| - 1`.
#[inline(always)]
pub(in crate::functions) const fn tanh(x: Real) -> Real {
    let m = exp_m1(x.abs().scale(1));
    m.over(m.plus(Real::ONE.scale(1))).neg_if(x.negative)
}

/// `1 / (1 + e^-x)`.
#[inline(always)]
pub(in crate::functions) const fn logistic(x: Real) -> Real {
    let e = exp(x.abs().neg_if(true));
    let sum = e.plus(Real::ONE);
    if x.negative { e.over(sum) } else { Real::ONE.over(sum) }
}

/// `ln(1 + x + x^2 / (1 + sqrt(1 + x^2)))`, from one on `ln(x + sqrt(1 + x^2))`.
#[inline(always)]
pub(in crate::functions) const fn asinh(x: Real) -> Real {
    let (x, negative) = (x.abs(), x.negative);
    let square = x.mul(x);
    let root = square.plus(Real::ONE).sqrt();
    let result =
        if x.exponent >= 0 { ln(x.plus(root)) } else { ln_1p(x.plus(square.over(root.plus(Real::ONE)))) };
    result.neg_if(negative)
}

/// `ln(1 + u + sqrt(u (x + 1)))` with `u = x - 1`, for `x > 1`.
#[inline(always)]
pub(in crate::functions) const fn acosh(x: Real) -> Real {
    let u = minus_one(x);
    ln_1p(u.plus(u.mul(x.plus(Real::ONE)).sqrt()))
}

/// `ln(1 + 2 x / (1 - x)) / 2` for `0 < |x| < 1`.
#[inline(always)]
pub(in crate::functions) const fn atanh(x: Real) -> Real {
    let (x, negative) = (x.abs(), x.negative);
    ln_1p(x.scale(1).over(Real::ONE.minus(x))).scale(-1).neg_if(negative)
}

//! Powers: of two posits, of a posit and an integer, and of one plus a posit.
//!
//! `x^y = e^(y ln x)`. What is dyadic is found first: with `x = c 2^e` and `y = n / 2^g`, `c` and `n` odd, `x^y`
//! is rational only if `c` and `2^e` have exact roots of degree `2^g`, and dyadic only if `n > 0` or `c = 1`.

use super::ball::Ball;
use super::exponential::exp;
use super::fast::{self, Real};
use super::logarithm::{ln, ln_1p};
use super::{Dyadic, Side, dyadic, power, saturated, settle, unpacked};
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `|x|^y`.
pub(super) const fn pow_of<const L: usize>(x: Unpacked, y: Unpacked) -> Ball<L> {
    exp(ln(Ball::exact(x).abs()).mul(Ball::exact(y)))
}

/// `|1 + x|^n`.
pub(super) const fn compound_of<const L: usize>(x: Unpacked, n: Unpacked) -> Ball<L> {
    let near = !x.negative || x.exponent < -1;
    let x = Ball::exact(x);
    // Below -1/2 the sum with one is exact, or -1 is far away.
    let logarithm = if near { ln_1p(x) } else { ln(x.add(Ball::ONE).abs()) };
    exp(logarithm.mul(Ball::exact(n)))
}

/// `|x|^y` as `odd * 2^exponent` where it is dyadic and `odd` is below `2^64`. More bits are on no border.
const fn dyadic_power(x: Dyadic, y: Dyadic) -> Option<(u64, i32)> {
    if x.odd == 1 {
        return power_of_two(x.exponent, y);
    }
    let roots = if y.exponent < 0 { -y.exponent } else { 0 };
    // An odd number of 62 bits has no root of degree 2^6: even 3^64 is larger. The same holds for powers.
    if y.negative || roots > 5 || y.exponent > 5 || y.odd >= 64 {
        return None;
    }
    if x.exponent & ((1 << roots) - 1) != 0 {
        return None;
    }
    let mut base = x.odd;
    let mut i = 0;
    while i < roots {
        let root = base.isqrt();
        if root * root != base {
            return None;
        }
        base = root;
        i += 1;
    }
    let n = if y.exponent > 0 { y.odd << y.exponent } else { y.odd };
    match power(base, n) {
        Some(odd) => Some((odd, (x.exponent >> roots) * n as i32)),
        None => None,
    }
}

/// `(2^e)^y`, if `e y` is an integer.
const fn power_of_two(e: i32, y: Dyadic) -> Option<(u64, i32)> {
    if e == 0 {
        return Some((1, 0));
    }
    let whole = if y.exponent >= 0 {
        e as i64 * if y.exponent > 11 { 1 << 12 } else { 1 << y.exponent }
    } else if e.trailing_zeros() as i32 >= -y.exponent {
        e as i64 >> -y.exponent
    } else {
        return None;
    };
    let product = whole.saturating_mul(y.odd as i64);
    Some((1, saturated(if y.negative { product.saturating_neg() } else { product })))
}

/// `1 + x`, if its odd part is below `2^64`; not for `x = -1`.
const fn successor(x: Dyadic, top: i32) -> Option<Dyadic> {
    if x.exponent < -64 || top > 64 {
        return None;
    }
    // At most 65 bits, in units of the lower of the two last bits.
    let unit = if x.exponent < 0 { x.exponent } else { 0 };
    let one = 1i128 << -unit;
    let whole = (x.odd as i128) << (x.exponent - unit);
    let sum = if x.negative { one - whole } else { one + whole };
    let zeros = sum.trailing_zeros();
    let odd = sum.unsigned_abs() >> (zeros & 127);
    if odd >> 64 != 0 {
        return None;
    }
    Some(Dyadic { negative: sum < 0, odd: odd as u64, exponent: unit + zeros as i32 })
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `|x|^y` with a sign, for finite nonzero parts.
    const fn signed_power(negative: bool, x: Unpacked, y: Unpacked) -> Self {
        let result = match dyadic_power(dyadic(x), dyadic(y)) {
            Some((odd, exponent)) => Self::nearest(false, exponent, odd),
            None => Self::pattern(settle!(pow_of(x, y), fast::pow(Real::exact(x), Real::exact(y)))),
        };
        if negative { result.neg() } else { result }
    }

    /// `pow` (clause 5.6): `self^y`, correctly rounded. A negative base needs an integer exponent. NaR where
    /// there is no unique real value: `0^y` for `y <= 0`, also `0^0`; a negative base with an exponent that is
    /// not an integer; and for NaR. `x^0 = 1` for every other `x`.
    ///
    /// ```
    /// # use posit::P32;
    /// let x = P32::from_f64(2.25);
    /// assert_eq!(x.pow(P32::from_f64(1.5)).to_f64(), 3.375);
    /// assert_eq!(x.neg().pow(P32::from_f64(1.5)), P32::NAR);
    /// ```
    #[must_use]
    pub const fn pow(self, y: Self) -> Self {
        if self.is_nar() || y.is_nar() {
            return Self::NAR;
        }
        let Some(x) = self.parts() else {
            return if y.is_positive() { Self::ZERO } else { Self::NAR };
        };
        let Some(y) = y.parts() else {
            return Self::ONE;
        };
        // The last bit of an odd number is worth one.
        let last = dyadic(y).exponent;
        if x.negative && last < 0 {
            return Self::NAR;
        }
        Self::signed_power(x.negative && last == 0, x, y)
    }

    /// [`pow`](Self::pow), under the name that `f32` has for it.
    #[must_use]
    pub const fn powf(self, y: Self) -> Self {
        self.pow(y)
    }

    /// `self^n` for an integer `n` (not in the standard), correctly rounded. As for `f32`, `x^0 = 1` for every
    /// finite `x`, also for zero. NaR for a negative power of zero and for NaR.
    #[must_use]
    pub const fn powi(self, n: i32) -> Self {
        if self.is_nar() {
            return self;
        }
        if n == 0 {
            return Self::ONE;
        }
        match self.parts() {
            Some(x) => Self::signed_power(x.negative && n & 1 != 0, x, unpacked(n)),
            None if n > 0 => Self::ZERO,
            None => Self::NAR,
        }
    }

    /// `compound` (clause 5.8): `(1 + self)^n`, correctly rounded in one step; `1 + self` is not rounded. 1
    /// for `n = 0` and any finite `self`. Below -1 the base is negative, and the power still has a value. NaR
    /// for a negative power of zero, that is at `self = -1`, and for NaR.
    ///
    /// ```
    /// # use posit::P64;
    /// // A hundred million at 3 percent for ten years.
    /// let growth = P64::from_f64(0.03).compound(10);
    /// assert_eq!((P64::from_f64(1e8) * growth).to_f64().round(), 134391638.0);
    /// ```
    #[must_use]
    pub const fn compound(self, n: i32) -> Self {
        if self.is_nar() {
            return self;
        }
        let Some(x) = self.parts() else {
            return Self::ONE;
        };
        if n == 0 {
            return Self::ONE;
        }
        if self.word() == Self::NEG_ONE.word() {
            return if n > 0 { Self::ZERO } else { Self::NAR };
        }
        let power = unpacked(n);
        let d = dyadic(x);
        let result = if x.exponent >= 100 {
            // (1 + x)^n = x^n (1 + 1/x)^n. Where x^n does not saturate, n < 10 and the second factor is
            // within 2^-96 of one, on the side that the signs tell; the first may be on a border.
            let side = if x.negative != (n < 0) { Side::Inside } else { Side::Outside };
            match dyadic_power(d, dyadic(power)) {
                Some((odd, exponent)) => Self::beside(false, exponent, odd, side),
                None => Self::pattern(settle!(
                    compound_of(x, power),
                    fast::compound(Real::exact(x), Real::exact(power))
                )),
            }
        } else {
            let exact = match successor(d, x.exponent) {
                Some(base) => dyadic_power(base, dyadic(power)),
                None => None,
            };
            match exact {
                Some((odd, exponent)) => Self::nearest(false, exponent, odd),
                None => Self::pattern(settle!(
                    compound_of(x, power),
                    fast::compound(Real::exact(x), Real::exact(power))
                )),
            }
        };
        // The base is negative below -1.
        if x.negative && x.exponent >= 0 && n & 1 != 0 { result.neg() } else { result }
    }
}

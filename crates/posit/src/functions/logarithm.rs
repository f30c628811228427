//! Logarithms to the bases e, 2 and 10, and those of one plus the argument.
//!
//! `x = 2^k m` with `m` between `sqrt(1/2)` and `sqrt 2`, and `c = i / 64` is the centre nearest to `m`. Then
//! `ln x = k ln 2 + ln c + 2 atanh z` with `z = (m - c) / (m + c)`, `|z| < 2^-7`; `ln c` is in a table. For `x`
//! near 1 it is `k = 0` and `c = 1`, nothing cancels, and `m - 1` is exact.

use super::ball::Ball;
use super::fast::{self, Real};
use super::table::{LN_2, LOG2_E, LOG10_2, LOG10_E, LOGARITHM, entry};
use super::{dyadic, integer, power, series, settle};
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `sqrt 2` as a significand, cut.
const SQRT_2: u64 = 0xB504_F333_F9DE_6484;

/// `k` and `ln m` of a positive `x = 2^k m`.
const fn split<const L: usize>(x: Ball<L>) -> (i64, Ball<L>) {
    let high = x.top() > SQRT_2;
    let k = x.exponent + high as i32;
    let m = x.scale(-k).abs();
    // 64 m in units of 2^-58, rounded to an integer; within 45..=91, as 45.25 < 64 m < 90.51.
    let fixed = if high { x.top() >> 1 } else { x.top() };
    let i = ((fixed >> 56) + 1) >> 1;
    let c = Ball::integer(i as i64).scale(-6);
    let z = m.sub(c).div(m.add(c));
    let y = series::atanh(z).scale(1);
    let centre = entry(&LOGARITHM, (i as usize).wrapping_sub(45)).ball();
    (k as i64, y.add(centre))
}

/// `ln x` for positive `x`.
pub(super) const fn ln<const L: usize>(x: Ball<L>) -> Ball<L> {
    let (k, y) = split(x);
    y.add(LN_2.ball().mul(Ball::integer(k)))
}

/// `ln(1 + u)` for `u > -1`, with a small relative error.
pub(super) const fn ln_1p<const L: usize>(u: Ball<L>) -> Ball<L> {
    if u.is_zero() {
        u
    } else if u.exponent < -7 {
        series::atanh(u.div(u.add(Ball::power_of_two(1)))).scale(1)
    } else {
        ln(u.add(Ball::ONE))
    }
}

pub(super) const fn ln_of<const L: usize>(x: Unpacked) -> Ball<L> {
    ln(Ball::exact(x))
}

pub(super) const fn log2_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (k, y) = split(Ball::exact(x));
    y.mul(LOG2_E.ball()).add(Ball::integer(k))
}

pub(super) const fn log10_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (k, y) = split(Ball::exact(x));
    y.mul(LOG10_E.ball()).add(LOG10_2.ball().mul(Ball::integer(k)))
}

pub(super) const fn ln_1p_of<const L: usize>(x: Unpacked) -> Ball<L> {
    ln_1p(Ball::exact(x))
}

pub(super) const fn log2_1p_of<const L: usize>(x: Unpacked) -> Ball<L> {
    if x.exponent < -7 {
        return ln_1p_of(x).mul(LOG2_E.ball());
    }
    let (k, y) = split(Ball::exact(x).add(Ball::ONE));
    y.mul(LOG2_E.ball()).add(Ball::integer(k))
}

pub(super) const fn log10_1p_of<const L: usize>(x: Unpacked) -> Ball<L> {
    ln_1p_of(x).mul(LOG10_E.ball())
}

/// `k` if `x = 10^k` for `k >= 0`: its odd part is `5^k`.
const fn exact_log10(x: Unpacked) -> Option<i64> {
    let d = dyadic(x);
    if d.exponent < 0 || d.exponent > 27 {
        return None;
    }
    match power(5, d.exponent as u64) {
        Some(odd) if odd == d.odd => Some(d.exponent as i64),
        _ => None,
    }
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// An integer below `2^62` in magnitude.
    const fn nearest_integer(k: i64) -> Self {
        if k == 0 { Self::ZERO } else { Self::nearest(k < 0, 0, k.unsigned_abs()) }
    }

    /// `log` (clause 5.5): the natural logarithm, correctly rounded. NaR for zero, for negative arguments
    /// and for NaR.
    ///
    /// ```
    /// # use posit::P32;
    /// assert_eq!(P32::from_f64(10.0).ln(), P32::from_f64(2.302585092994046));
    /// assert_eq!(P32::ZERO.ln(), P32::NAR);
    /// ```
    #[must_use]
    pub const fn ln(self) -> Self {
        // Transcendental for every positive rational but 1.
        match self.parts() {
            Some(x) if !x.negative => {
                if self.word() == Self::ONE.word() {
                    Self::ZERO
                } else {
                    Self::pattern(settle!(ln_of(x), fast::ln(Real::exact(x))))
                }
            }
            _ => Self::NAR,
        }
    }

    /// `log2` (clause 5.5), correctly rounded; exact at powers of two. NaR for zero, for negative arguments
    /// and for NaR.
    #[must_use]
    pub const fn log2(self) -> Self {
        match self.parts() {
            Some(x) if !x.negative => {
                // Rational at a rational only if that is a power of two.
                if x.significand == 1 << 63 {
                    Self::nearest_integer(x.exponent as i64)
                } else {
                    Self::pattern(settle!(log2_of(x), fast::log2(Real::exact(x))))
                }
            }
            _ => Self::NAR,
        }
    }

    /// `log10` (clause 5.5), correctly rounded; exact at powers of ten. NaR for zero, for negative arguments
    /// and for NaR.
    #[must_use]
    pub const fn log10(self) -> Self {
        match self.parts() {
            Some(x) if !x.negative => {
                // 10^(p/q) = odd 2^e needs odd = 5^(p/q) and e = p/q: an integer, not below zero.
                match exact_log10(x) {
                    Some(k) => Self::nearest_integer(k),
                    None => Self::pattern(settle!(log10_of(x), fast::log10(Real::exact(x)))),
                }
            }
            _ => Self::NAR,
        }
    }

    /// `logPlus1` (clause 5.5): `ln(1 + self)`, correctly rounded in one step. NaR for arguments up to -1 and
    /// for NaR.
    #[must_use]
    pub const fn ln_1p(self) -> Self {
        match self.parts() {
            Some(x) if x.negative && x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(ln_1p_of(x), fast::ln_1p(Real::exact(x)))),
            None => self,
        }
    }

    /// `log2Plus1` (clause 5.5): `log2(1 + self)`, correctly rounded in one step. NaR for arguments up to -1
    /// and for NaR.
    #[must_use]
    pub const fn log2_1p(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        if x.negative && x.exponent >= 0 {
            return Self::NAR;
        }
        // 1 + x is a power of two where x = 2^k - 1 or x = -(1 - 2^-k): k ones, in both cases.
        let d = dyadic(x);
        if d.odd & (d.odd + 1) == 0 {
            let k = d.odd.count_ones() as i32;
            if !x.negative && d.exponent == 0 {
                return Self::nearest_integer(k as i64);
            }
            if x.negative && d.exponent == -k {
                return Self::nearest_integer(-k as i64);
            }
        }
        Self::pattern(settle!(log2_1p_of(x), fast::log2_1p(Real::exact(x))))
    }

    /// `log10Plus1` (clause 5.5): `log10(1 + self)`, correctly rounded in one step. NaR for arguments up to -1
    /// and for NaR.
    #[must_use]
    pub const fn log10_1p(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        if x.negative && x.exponent >= 0 {
            return Self::NAR;
        }
        // 1 + x = 10^k only for k >= 0, and 10^k - 1 is odd: it has at most 62 bits up to k = 18.
        if let Some(whole) = integer(x) {
            let (mut k, mut nines) = (1, 9);
            while k < 18 && nines < whole {
                (k, nines) = (k + 1, 10 * nines + 9);
            }
            if nines == whole {
                return Self::nearest_integer(k);
            }
        }
        Self::pattern(settle!(log10_1p_of(x), fast::log10_1p(Real::exact(x))))
    }
}

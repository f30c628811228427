//! Powers of e, 2 and 10, and those minus one.
//!
//! `x = k ln 2 + r` with the nearest integer `k`, so `e^x = 2^k e^r` with `|r| <= (ln 2) / 2` and a little.

use super::ball::Ball;

use super::fast::{self, Real};
use super::table::{LN_2, LN_10};
use super::{HUGE, Side, integer, limbs, power, saturated, series, settle};
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `1 / ln 2` as a fraction of 63 bits.
const LOG2_E_63: u64 = 0xB8AA_3B29_5C17_F0BB;

/// `e^x` as `2^k (1 + m)`: the integer `k` and `m`, or the saturated power alone.
const fn split<const L: usize>(x: Ball<L>) -> (i32, Ball<L>) {
    if x.exponent >= 11 {
        return (if x.negative { -HUGE } else { HUGE }, Ball::ZERO);
    }
    // |x| / ln 2 = high * 2^(exponent - 62) and a little; below 2048 / ln 2 < 2^12.
    let (high, _) = limbs::multiply(x.top(), LOG2_E_63, 0, 0);
    let shift = 62 - x.exponent;
    let k = if x.is_zero() || shift > 63 { 0 } else { ((high >> (shift - 1)) as i32 + 1) >> 1 };
    let k = if x.negative { -k } else { k };
    let r = if k == 0 { x } else { x.sub(LN_2.ball().mul(Ball::integer(k as i64))) };
    (k, series::exp_m1(r))
}

/// `e^x`.
pub(super) const fn exp<const L: usize>(x: Ball<L>) -> Ball<L> {
    let (k, m) = split(x);
    m.add(Ball::ONE).scale(k)
}

/// `e^x - 1` with a small relative error.
pub(super) const fn exp_m1<const L: usize>(x: Ball<L>) -> Ball<L> {
    if x.exponent < -1 { series::exp_m1(x) } else { exp(x).sub(Ball::ONE) }
}

/// `x ln 2` after the nearest integer is split off, for `|x| < 2048`.
const fn split2<const L: usize>(x: Unpacked) -> (i32, Ball<L>) {
    if x.exponent >= 11 {
        return (if x.negative { -HUGE } else { HUGE }, Ball::ZERO);
    }
    let k = if x.exponent < -1 { 0 } else { ((x.significand >> (62 - x.exponent)) as i32 + 1) >> 1 };
    let k = if x.negative { -k } else { k };
    let f = Ball::exact(x).sub(Ball::integer(k as i64));
    (k, f.mul(LN_2.ball()))
}

pub(super) const fn exp_of<const L: usize>(x: Unpacked) -> Ball<L> {
    exp(Ball::exact(x))
}

pub(super) const fn exp_m1_of<const L: usize>(x: Unpacked) -> Ball<L> {
    exp_m1(Ball::exact(x))
}

pub(super) const fn exp2_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (k, r) = split2(x);
    series::exp_m1(r).add(Ball::ONE).scale(k)
}

pub(super) const fn exp2_m1_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (k, r) = split2(x);
    if k == 0 { series::exp_m1(r) } else { series::exp_m1(r).add(Ball::ONE).scale(k).sub(Ball::ONE) }
}

pub(super) const fn exp10_of<const L: usize>(x: Unpacked) -> Ball<L> {
    exp(Ball::exact(x).mul(LN_10.ball()))
}

pub(super) const fn exp10_m1_of<const L: usize>(x: Unpacked) -> Ball<L> {
    exp_m1(Ball::exact(x).mul(LN_10.ball()))
}

/// The logistic function of a positive argument, or of the negative one with that magnitude.
pub(super) const fn logistic_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let e = exp(Ball::exact(x).abs().neg());
    let sum = e.add(Ball::ONE);
    if x.negative { e.div(sum) } else { sum.recip() }
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `exp` (clause 5.5): `e^self`, correctly rounded. `minPos` for very negative arguments, never zero;
    /// NaR for NaR.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::ONE.exp(), P16::from_f64(2.718281828459045));
    /// assert_eq!(P16::MIN.exp(), P16::MIN_POSITIVE);
    /// ```
    #[must_use]
    pub const fn exp(self) -> Self {
        // Irrational for every nonzero rational argument (Lindemann), so never on a border.
        match self.parts() {
            Some(x) => Self::pattern(settle!(exp_of(x), fast::exp(Real::exact(x)))),
            None if self.is_nar() => self,
            None => Self::ONE,
        }
    }

    /// `expMinus1` (clause 5.5): `e^self - 1`, correctly rounded in one step. NaR for NaR.
    #[must_use]
    pub const fn exp_m1(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(exp_m1_of(x), fast::exp_m1(Real::exact(x)))),
            None => self,
        }
    }

    /// `exp2` (clause 5.5): `2^self`, correctly rounded; exact at integers. NaR for NaR.
    #[must_use]
    pub const fn exp2(self) -> Self {
        let Some(x) = self.parts() else {
            return if self.is_nar() { self } else { Self::ONE };
        };
        // 2^(p/q) is irrational unless q = 1.
        if let Some(k) = integer(x) {
            return Self::nearest(false, saturated(k), 1);
        }
        Self::pattern(settle!(exp2_of(x), fast::exp2(Real::exact(x))))
    }

    /// `exp2Minus1` (clause 5.5): `2^self - 1`, correctly rounded in one step; exact at integers as far as
    /// the format reaches. NaR for NaR.
    #[must_use]
    pub const fn exp2_m1(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        match integer(x) {
            // 2^k - 1 is the k-bit number of ones, and -(1 - 2^-k) that one over 2^k.
            Some(k) if 0 < k && k < 64 => Self::nearest(false, 0, u64::MAX >> (64 - k)),
            Some(k) if -64 < k && k < 0 => Self::nearest(true, k as i32, u64::MAX >> (64 + k)),
            Some(k) if k > 0 => Self::beside(false, saturated(k), 1, Side::Inside),
            Some(_) => Self::beside(true, 0, 1, Side::Inside),
            None => Self::pattern(settle!(exp2_m1_of(x), fast::exp2_m1(Real::exact(x)))),
        }
    }

    /// `exp10` (clause 5.5): `10^self`, correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn exp10(self) -> Self {
        let Some(x) = self.parts() else {
            return if self.is_nar() { self } else { Self::ONE };
        };
        // 10^x is dyadic only at integers x >= 0, with the odd part 5^x, and on a border only if that has
        // at most 64 bits.
        if let Some(k) = integer(x) {
            if 0 < k && k < 64 {
                if let Some(odd) = power(5, k as u64) {
                    return Self::nearest(false, k as i32, odd);
                }
            }
        }
        Self::pattern(settle!(exp10_of(x), fast::exp10(Real::exact(x))))
    }

    /// `exp10Minus1` (clause 5.5): `10^self - 1`, correctly rounded in one step. NaR for NaR.
    #[must_use]
    pub const fn exp10_m1(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        // Dyadic only at integers x >= 0, and odd there.
        if let Some(k) = integer(x) {
            if 0 < k && k < 64 {
                if let Some(whole) = power(10, k as u64) {
                    return Self::nearest(false, 0, whole - 1);
                }
            }
        }
        Self::pattern(settle!(exp10_m1_of(x), fast::exp10_m1(Real::exact(x))))
    }

    /// The logistic function `1 / (1 + e^-self)`, correctly rounded in one step (not in the standard).
    /// NaR for NaR.
    #[must_use]
    pub const fn logistic(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(logistic_of(x), fast::logistic(Real::exact(x)))),
            None if self.is_nar() => self,
            None => Self::nearest(false, -1, 1),
        }
    }
}

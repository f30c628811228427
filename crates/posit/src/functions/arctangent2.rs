//! The angle of a point, to radians and to multiples of pi.

use super::arctangent::direction;
use super::ball::Ball;
use super::fast::{self, Real};
use super::settle;
use super::table::ONE_OVER_PI;
use crate::kernel::unpacked::{Unpacked, encode_wide};
use crate::{Posit, Storage};

pub(super) const fn atan2_of<const L: usize>(y: Unpacked, x: Unpacked) -> Ball<L> {
    direction(Ball::exact(y), Ball::exact(x))
}

pub(super) const fn atan2_pi_of<const L: usize>(y: Unpacked, x: Unpacked) -> Ball<L> {
    atan2_of(y, x).mul(ONE_OVER_PI.ball())
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `arcTan2` (clause 5.6): the angle of the point with the abscissa `x` and the ordinate `self`, in
    /// `(-pi, pi]` before it is rounded; correctly rounded. NaR at the origin, and if either is NaR.
    ///
    /// The order of the arguments is that of `f32::atan2`: the ordinate first. The standard's `arcTan2` takes
    /// the abscissa, the real part, first.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::ONE.atan2(P16::ZERO), P16::from_f64(1.5707963267948966));
    /// assert_eq!(P16::ZERO.atan2(P16::ONE), P16::ZERO);
    /// ```
    #[must_use]
    pub const fn atan2(self, x: Self) -> Self {
        if self.is_nar() || x.is_nar() || (self.is_zero() && x.is_zero()) {
            return Self::NAR;
        }
        match (self.parts(), x.parts()) {
            (Some(y), Some(x)) if !x.negative && y.exponent - x.exponent < -66 => Self::quotient(y, x),
            (Some(y), Some(x)) => {
                Self::pattern(settle!(atan2_of(y, x), fast::atan2(Real::exact(y), Real::exact(x))))
            }
            (Some(y), None) => Self::pi_times(y.negative, -1),
            _ if x.is_negative() => Self::pi_times(false, 0),
            _ => Self::ZERO,
        }
    }

    /// `atan(y / x)` for `|y / x| < 2^-66`.
    ///
    /// That is `q - q^3 / 3 + ...`, so less than `2^-133` of `q = y / x` nearer to zero, and `q` may be on a
    /// border. If 65 bits of `q` are not all of it, then what is missing is at least `2^-62` of their last, and
    /// the correction cannot reach it. If they are, the result is just inside.
    const fn quotient(y: Unpacked, x: Unpacked) -> Self {
        let dividend = (y.significand as u128) << 64;
        // Between 2^63 and 2^65.
        let (q, rest) = match dividend.checked_div(x.significand as u128) {
            Some(q) => (q, dividend - q * x.significand as u128),
            None => (0, 0),
        };
        let inside = if rest == 0 { (q << 32) - 1 } else { q << 32 };
        let exponent = y.exponent - x.exponent - 96;
        Self::pattern(encode_wide::<N, ES>(y.negative, exponent, inside, true))
    }

    /// `arcTan2Pi` (clause 5.6): [`atan2`](Self::atan2) divided by pi, in `(-1, 1]`, correctly rounded in one
    /// step; exact on the axes and the diagonals. NaR at the origin, and if either is NaR.
    ///
    /// The ordinate comes first; in the standard it comes second.
    #[must_use]
    pub const fn atan2_pi(self, x: Self) -> Self {
        if self.is_nar() || x.is_nar() || (self.is_zero() && x.is_zero()) {
            return Self::NAR;
        }
        match (self.parts(), x.parts()) {
            // Rational at a rational slope only for 0, ±1 and none.
            (Some(y), Some(_)) if self.abs().word() == x.abs().word() => {
                Self::nearest(y.negative, -2, if x.is_negative() { 3 } else { 1 })
            }
            (Some(y), Some(x)) => {
                Self::pattern(settle!(atan2_pi_of(y, x), fast::atan2_pi(Real::exact(y), Real::exact(x))))
            }
            (Some(y), None) => Self::nearest(y.negative, -1, 1),
            _ if x.is_negative() => Self::ONE,
            _ => Self::ZERO,
        }
    }
}

//! Arc sine, cosine and tangent, to radians and to multiples of pi.

use super::arctangent::{direction, first_quadrant};
use super::ball::Ball;
use super::fast::{self, Real};
use super::settle;
use super::table::ONE_OVER_PI;
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `sqrt(1 - x^2)` for `|x| < 1`, without cancellation: the two factors are sums of exact numbers.
const fn cathetus<const L: usize>(x: Ball<L>) -> Ball<L> {
    Ball::ONE.sub(x).mul(Ball::ONE.add(x)).sqrt()
}

/// For `0 < |x| < 1`.
pub(super) const fn asin_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let x = Ball::exact(x);
    first_quadrant(x.abs(), cathetus(x)).neg_if(x.negative)
}

/// For `0 < |x| < 1`.
pub(super) const fn acos_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let x = Ball::exact(x);
    direction(cathetus(x), x)
}

pub(super) const fn atan_of<const L: usize>(x: Unpacked) -> Ball<L> {
    direction(Ball::exact(x), Ball::ONE)
}

pub(super) const fn asin_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    asin_of(x).mul(ONE_OVER_PI.ball())
}

pub(super) const fn acos_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    acos_of(x).mul(ONE_OVER_PI.ball())
}

pub(super) const fn atan_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    atan_of(x).mul(ONE_OVER_PI.ball())
}

/// `pi / 2` or `pi`, for arguments at the ends of the domain.
const fn multiple_of_pi<const L: usize>(negative: bool, power_of_two: i32) -> Ball<L> {
    super::table::PI.ball().scale(power_of_two).neg_if(negative)
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `(-1)^negative * 2^power_of_two * pi`, correctly rounded.
    pub(super) const fn pi_times(negative: bool, power_of_two: i32) -> Self {
        Self::pattern(settle!(multiple_of_pi(negative, power_of_two)))
    }

    /// Whether this is 1 or -1.
    const fn is_unit(self) -> bool {
        self.abs().word() == Self::ONE.word()
    }

    /// `arcSin` (clause 5.5), in `[-pi/2, pi/2]`, correctly rounded. NaR outside `[-1, 1]` and for NaR.
    #[must_use]
    pub const fn asin(self) -> Self {
        match self.parts() {
            Some(x) if self.is_unit() => Self::pi_times(x.negative, -1),
            Some(x) if x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(asin_of(x), fast::asin(Real::exact(x)))),
            None => self,
        }
    }

    /// `arcCos` (clause 5.5), in `[0, pi]`, correctly rounded; exactly 0 at 1. NaR outside `[-1, 1]` and for
    /// NaR.
    #[must_use]
    pub const fn acos(self) -> Self {
        match self.parts() {
            Some(x) if self.is_unit() => {
                if x.negative {
                    Self::pi_times(false, 0)
                } else {
                    Self::ZERO
                }
            }
            Some(x) if x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(acos_of(x), fast::acos(Real::exact(x)))),
            None if self.is_nar() => self,
            None => Self::pi_times(false, -1),
        }
    }

    /// `arcTan` (clause 5.5), in `(-pi/2, pi/2)` before it is rounded; correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn atan(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(atan_of(x), fast::atan(Real::exact(x)))),
            None => self,
        }
    }

    /// `arcSinPi` (clause 5.5): `asin(self) / pi`, in `[-1/2, 1/2]`, correctly rounded in one step. NaR outside
    /// `[-1, 1]` and for NaR.
    #[must_use]
    pub const fn asin_pi(self) -> Self {
        // Rational at 0, ±1/2 and ±1 only (Niven); 1/6 is on no border, as borders are dyadic.
        match self.parts() {
            Some(x) if self.is_unit() => Self::nearest(x.negative, -1, 1),
            Some(x) if x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(asin_pi_of(x), fast::asin_pi(Real::exact(x)))),
            None => self,
        }
    }

    /// `arcCosPi` (clause 5.5): `acos(self) / pi`, in `[0, 1]`, correctly rounded in one step; exactly 0, 1/2
    /// and 1 at 1, 0 and -1. NaR outside `[-1, 1]` and for NaR.
    #[must_use]
    pub const fn acos_pi(self) -> Self {
        match self.parts() {
            Some(x) if self.is_unit() => {
                if x.negative {
                    Self::ONE
                } else {
                    Self::ZERO
                }
            }
            Some(x) if x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(acos_pi_of(x), fast::acos_pi(Real::exact(x)))),
            None if self.is_nar() => self,
            None => Self::nearest(false, -1, 1),
        }
    }

    /// `arcTanPi` (clause 5.5): `atan(self) / pi`, correctly rounded in one step; exactly ±1/4 at ±1. NaR for
    /// NaR.
    #[must_use]
    pub const fn atan_pi(self) -> Self {
        // Rational at 0 and ±1 only.
        match self.parts() {
            Some(x) if self.is_unit() => Self::nearest(x.negative, -2, 1),
            Some(x) => Self::pattern(settle!(atan_pi_of(x), fast::atan_pi(Real::exact(x)))),
            None => self,
        }
    }
}

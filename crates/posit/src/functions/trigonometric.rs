//! Sine, cosine and tangent, of radians and of multiples of pi.

use super::angle::{radian, turn};
use super::ball::Ball;
use super::fast;
use super::settle;
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

pub(super) const fn sin_of<const L: usize>(x: Unpacked) -> Ball<L> {
    radian(x).sin()
}

pub(super) const fn cos_of<const L: usize>(x: Unpacked) -> Ball<L> {
    radian(x).cos()
}

pub(super) const fn tan_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let angle = radian(x);
    angle.sin().div(angle.cos())
}

pub(super) const fn sin_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    turn(x).angle().sin()
}

pub(super) const fn cos_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    turn(x).angle().cos()
}

pub(super) const fn tan_pi_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let angle = turn(x).angle();
    angle.sin().div(angle.cos())
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `sin` (clause 5.5): the sine of an angle in radian, correctly rounded however large the angle is.
    /// NaR for NaR.
    ///
    /// ```
    /// # use posit::P32;
    /// assert_eq!(P32::from_f64(1e30).sin().to_f64(), P32::from_f64(P32::from_f64(1e30).to_f64().sin()).to_f64());
    /// ```
    #[must_use]
    pub const fn sin(self) -> Self {
        // Transcendental for every nonzero rational angle, like cosine and tangent (Lindemann).
        match self.parts() {
            Some(x) => Self::pattern(settle!(sin_of(x), fast::sin(x))),
            None => self,
        }
    }

    /// `cos` (clause 5.5): the cosine of an angle in radian, correctly rounded however large the angle is.
    /// NaR for NaR.
    #[must_use]
    pub const fn cos(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(cos_of(x), fast::cos(x))),
            None if self.is_nar() => self,
            None => Self::ONE,
        }
    }

    /// `tan` (clause 5.5): the tangent of an angle in radian, correctly rounded. NaR for NaR only: no posit
    /// is an odd multiple of `pi / 2`.
    #[must_use]
    pub const fn tan(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(tan_of(x), fast::tan(x))),
            None => self,
        }
    }

    /// The pair of [`sin`](Self::sin) and [`cos`](Self::cos), each correctly rounded.
    #[must_use]
    pub const fn sin_cos(self) -> (Self, Self) {
        (self.sin(), self.cos())
    }

    /// `sinPi` (clause 5.5): `sin(pi * self)`, correctly rounded in one step; exactly 0 and ±1 at multiples
    /// of one half. NaR for NaR.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::from_f64(2.5).sin_pi(), P16::ONE);
    /// assert_eq!(P16::from_f64(2.0).sin_pi(), P16::ZERO);
    /// ```
    #[must_use]
    pub const fn sin_pi(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        // Rational values at rational angles are 0, ±1/2 and ±1 (Niven), and 1/6 is no posit.
        let t = turn(x);
        match t.quadrant {
            _ if t.fraction != 0 => Self::pattern(settle!(sin_pi_of(x), fast::sin_pi(x))),
            1 => Self::ONE,
            3 => Self::NEG_ONE,
            _ => Self::ZERO,
        }
    }

    /// `cosPi` (clause 5.5): `cos(pi * self)`, correctly rounded in one step; exactly 0 and ±1 at multiples
    /// of one half. NaR for NaR.
    #[must_use]
    pub const fn cos_pi(self) -> Self {
        let Some(x) = self.parts() else {
            return if self.is_nar() { self } else { Self::ONE };
        };
        let t = turn(x);
        match t.quadrant {
            _ if t.fraction != 0 => Self::pattern(settle!(cos_pi_of(x), fast::cos_pi(x))),
            0 => Self::ONE,
            2 => Self::NEG_ONE,
            _ => Self::ZERO,
        }
    }

    /// `tanPi` (clause 5.5): `tan(pi * self)`, correctly rounded in one step; exactly 0 at integers and ±1 at
    /// odd multiples of 1/4. NaR at odd multiples of 1/2, where there is no value, and for NaR.
    #[must_use]
    pub const fn tan_pi(self) -> Self {
        let Some(x) = self.parts() else {
            return self;
        };
        // Rational values at rational angles are 0 and ±1.
        let t = turn(x);
        let odd = t.quadrant & 1 != 0;
        if t.fraction == 0 {
            return if odd { Self::NAR } else { Self::ZERO };
        }
        if t.fraction == 1 << 63 {
            return if odd != t.negative { Self::NEG_ONE } else { Self::ONE };
        }
        Self::pattern(settle!(tan_pi_of(x), fast::tan_pi(x)))
    }
}

//! Hyperbolic sine, cosine and tangent.
//!
//! All are sums and quotients of positive numbers in `m = e^|x| - 1`, so nothing cancels.

use super::ball::Ball;
use super::exponential::{exp, exp_m1};
use super::fast::{self, Real};
use super::settle;
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `(m + m / (1 + m)) / 2`.
pub(super) const fn sinh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let m = exp_m1(Ball::exact(x).abs());
    m.add(m.div(m.add(Ball::ONE))).scale(-1).neg_if(x.negative)
}

/// `(e^x + 1 / e^x) / 2`.
pub(super) const fn cosh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let e = exp(Ball::exact(x).abs());
    e.add(e.recip()).scale(-1)
}

/// `m / (2 + m)` with `m = e^2|x| - 1`.
pub(super) const fn tanh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let m = exp_m1(Ball::exact(x).abs().scale(1));
    m.div(m.add(Ball::power_of_two(1))).neg_if(x.negative)
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `sinH` (clause 5.5): the hyperbolic sine, correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn sinh(self) -> Self {
        // Transcendental for every nonzero rational argument, like the other two (Lindemann).
        match self.parts() {
            Some(x) => Self::pattern(settle!(sinh_of(x), fast::sinh(Real::exact(x)))),
            None => self,
        }
    }

    /// `cosH` (clause 5.5): the hyperbolic cosine, correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn cosh(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(cosh_of(x), fast::cosh(Real::exact(x)))),
            None if self.is_nar() => self,
            None => Self::ONE,
        }
    }

    /// `tanH` (clause 5.5): the hyperbolic tangent, correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn tanh(self) -> Self {
        match self.parts() {
            Some(x) => Self::pattern(settle!(tanh_of(x), fast::tanh(Real::exact(x)))),
            None => self,
        }
    }
}

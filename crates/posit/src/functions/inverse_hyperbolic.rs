//! Inverse hyperbolic sine, cosine and tangent: logarithms of one plus something that is small where the
//! result is.

use super::ball::Ball;
use super::fast::{self, Real};
use super::logarithm::{ln, ln_1p};
use super::settle;
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `ln(1 + x + x^2 / (1 + sqrt(1 + x^2)))`, from one on `ln(x + sqrt(1 + x^2))`.
pub(super) const fn asinh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (x, negative) = (Ball::exact(x).abs(), x.negative);
    let square = x.square();
    let root = square.add(Ball::ONE).sqrt();
    let result =
        if x.exponent >= 0 { ln(x.add(root)) } else { ln_1p(x.add(square.div(root.add(Ball::ONE)))) };
    result.neg_if(negative)
}

/// `ln(1 + u + sqrt(u (x + 1)))` with `u = x - 1`, for `x > 1`.
pub(super) const fn acosh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let x = Ball::exact(x);
    let u = x.sub(Ball::ONE);
    ln_1p(u.add(u.mul(x.add(Ball::ONE)).sqrt()))
}

/// `ln(1 + 2 x / (1 - x)) / 2` for `0 < |x| < 1`.
pub(super) const fn atanh_of<const L: usize>(x: Unpacked) -> Ball<L> {
    let (x, negative) = (Ball::exact(x).abs(), x.negative);
    ln_1p(x.scale(1).div(Ball::ONE.sub(x))).scale(-1).neg_if(negative)
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `arcSinH` (clause 5.5): the inverse hyperbolic sine, correctly rounded. NaR for NaR.
    #[must_use]
    pub const fn asinh(self) -> Self {
        // Transcendental wherever it is not zero, like the other two (Lindemann).
        match self.parts() {
            Some(x) => Self::pattern(settle!(asinh_of(x), fast::asinh(Real::exact(x)))),
            None => self,
        }
    }

    /// `arcCosH` (clause 5.5): the inverse hyperbolic cosine, correctly rounded; exactly 0 at 1. NaR below 1
    /// and for NaR.
    #[must_use]
    pub const fn acosh(self) -> Self {
        match self.parts() {
            Some(x) if !x.negative && x.exponent >= 0 => {
                if self.word() == Self::ONE.word() {
                    Self::ZERO
                } else {
                    Self::pattern(settle!(acosh_of(x), fast::acosh(Real::exact(x))))
                }
            }
            _ => Self::NAR,
        }
    }

    /// `arcTanH` (clause 5.5): the inverse hyperbolic tangent, correctly rounded. NaR outside `(-1, 1)`, for
    /// ±1 and for NaR.
    #[must_use]
    pub const fn atanh(self) -> Self {
        match self.parts() {
            Some(x) if x.exponent >= 0 => Self::NAR,
            Some(x) => Self::pattern(settle!(atanh_of(x), fast::atanh(Real::exact(x)))),
            None => self,
        }
    }
}

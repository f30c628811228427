//! The length of a vector of two posits.

use super::Side;
use super::ball::Ball;
use crate::kernel::unpacked::Unpacked;
use crate::{Posit, Storage};

/// `x^2 + y^2`; exact in four limbs if the exponents differ by less than 64: two squares of 124 bits, 128
/// bits apart.
const fn sum_of_squares<const L: usize>(x: Unpacked, y: Unpacked) -> Ball<L> {
    Ball::exact(x).square().add(Ball::exact(y).square())
}

const fn hypot_of<const L: usize>(x: Unpacked, y: Unpacked) -> Ball<L> {
    sum_of_squares(x, y).sqrt()
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// `hypot` (clause 5.6): `sqrt(self^2 + other^2)`, correctly rounded in one step, without overflow in
    /// between. NaR if either is.
    ///
    /// ```
    /// # use posit::P16;
    /// assert_eq!(P16::from_f64(3.0).hypot(P16::from_f64(-4.0)).to_f64(), 5.0);
    /// ```
    #[must_use]
    pub const fn hypot(self, other: Self) -> Self {
        if self.is_nar() || other.is_nar() {
            return Self::NAR;
        }
        let (Some(x), Some(y)) = (self.parts(), other.parts()) else {
            return if self.is_zero() { other.abs() } else { self.abs() };
        };
        let first =
            if N <= 32 { hypot_of::<1>(x, y).round::<N, ES>() } else { hypot_of::<2>(x, y).round::<N, ES>() };
        if let Some(pattern) = first {
            return Self::pattern(pattern);
        }
        let root = hypot_of::<4>(x, y);
        if let Some(pattern) = root.round::<N, ES>() {
            return Self::pattern(pattern);
        }
        // A border of at most 63 bits is within 2^-250 of the root. That happens only for exponents that are
        // near to each other, as otherwise the root is near the larger operand, which is a posit. So the sum
        // is exact, and the square of the border tells on which side of it the root is.
        let (exponent, border) = root.middle();
        let square = Ball::<4>::of_top(false, exponent, border).square();
        let difference = sum_of_squares::<4>(x, y).sub(square);
        let side = if difference.is_zero() {
            Side::Exact
        } else if difference.negative {
            Side::Inside
        } else {
            Side::Outside
        };
        Self::beside(false, exponent - 63, border, side)
    }
}

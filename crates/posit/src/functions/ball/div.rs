//! Quotients.

use super::{Ball, Bound};
use crate::functions::limbs;

impl<const L: usize> Ball<L> {
    /// `self / other`; nothing is known of a quotient by something that may be zero.
    ///
    /// With relative errors `a` and `b <= 1/4` the quotient is off by at most `(a + b) / (1 - b)` of itself,
    /// that is `4/3 (a + b)`, and a significand below 2 makes that at most 8/3 of the units of both.
    #[inline]
    pub(in crate::functions) const fn div(self, other: Self) -> Self {
        if other.is_zero() || !other.bound.is_below(Self::BITS - 3) {
            return Self::lost();
        }
        if self.is_zero() {
            return Self::ZERO;
        }
        let bound = self.bound.plus(other.bound).times(3);
        let mut exponent = self.exponent - other.exponent;
        let (rest, below) = limbs::sub(self.limbs, other.limbs);
        let (limbs, inexact) = if below {
            // The quotient of the significands is in (1/2, 1).
            exponent -= 1;
            let (digits, remainder) = limbs::quotient(self.limbs, other.limbs);
            (digits, remainder)
        } else {
            // It is in [1, 2): one, and the quotient of what is left.
            let (digits, remainder) = limbs::quotient(rest, other.limbs);
            let (mut half, lost) = limbs::shift_right(digits, 1);
            half[L - 1] |= 1 << 63;
            (half, remainder | lost)
        };
        let bound = bound.plus(Bound::units(inexact as u64));
        Self { negative: self.negative != other.negative, exponent, limbs, bound }
    }

    /// `1 / self`.
    #[inline]
    pub(in crate::functions) const fn recip(self) -> Self {
        Self::ONE.div(self)
    }
}

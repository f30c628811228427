//! Products.

use super::{Ball, Bound};
use crate::functions::limbs;

impl<const L: usize> Ball<L> {
    /// `self * other`.
    ///
    /// With significands `A ± a` and `B ± b` as integers the product is off by at most `A b + B a + a b`
    /// units of its lowest bit. Cut to the upper half that is `(A b + B a + a b) / 2^(64 L)`, and one more for
    /// the lower half. An exact product of exact operands that fits is exact.
    #[inline]
    pub(in crate::functions) const fn mul(self, other: Self) -> Self {
        if self.is_zero() || other.is_zero() {
            return Self::ZERO;
        }
        let (mut high, low) = limbs::product(&self.limbs, &other.limbs);
        let (a, b) = (self.bound, other.bound);
        let mut bound = part(other.top(), a).plus(part(self.top(), b));
        if a.spread | b.spread != 0 {
            bound = bound.plus(second_order(a, b, Self::BITS));
        }
        bound = bound.plus(Bound::units(!limbs::is_zero(&low) as u64));
        let mut exponent = self.exponent + other.exponent + 1;
        if high[L - 1] >> 63 == 0 {
            high = limbs::shift_left(high, 1);
            high[0] |= low[L - 1] >> 63;
            bound = bound.up(1);
            exponent -= 1;
        }
        Self { negative: self.negative != other.negative, exponent, limbs: high, bound }
    }

    /// `self^2`.
    #[inline]
    pub(in crate::functions) const fn square(self) -> Self {
        self.mul(self)
    }
}

/// At least `X * bound / 2^(64 L)` and half a unit, for a significand `X` of which `top` is the top limb.
#[inline]
const fn part(top: u64, bound: Bound) -> Bound {
    if bound.error == 0 || bound.is_lost() {
        return bound;
    }
    // X < (top + 1) 2^(64 (L - 1)), so the quotient is below (top * error + error) / 2^64. One is added for
    // the fraction that is cut off, and one for half of a product of two errors, which is below 2^60.
    Bound::new(limbs::multiply(top, bound.error, bound.error, 0).0 + 2, bound.spread)
}

/// At least `a * b / 2^bits`.
const fn second_order(a: Bound, b: Bound, bits: u32) -> Bound {
    if a.error == 0 || b.error == 0 || a.is_lost() || b.is_lost() {
        return Bound::NONE;
    }
    Bound::new(a.error * b.error, a.spread + b.spread).down(bits)
}

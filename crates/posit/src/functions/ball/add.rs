//! Sums and differences.

use super::{Ball, Bound};
use crate::functions::limbs;

impl<const L: usize> Ball<L> {
    /// `self + other`.
    ///
    /// The smaller operand is cut at the last place of the larger: less than one unit. An exact sum of
    /// exact operands that fits is exact.
    pub(in crate::functions) const fn add(self, other: Self) -> Self {
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        let (a, b) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let distance = (a.exponent - b.exponent) as u32;
        // Far below, |m_b| is less than one unit of a.
        let (small, lost) =
            if distance < Self::BITS { limbs::shift_right(b.limbs, distance) } else { ([0; L], true) };
        let bound = a.bound.plus(b.bound.down(distance)).plus(Bound::units(lost as u64));
        if a.negative == b.negative { plus(a, small, bound) } else { minus(a, small, bound) }
    }

    /// `self - other`.
    #[inline]
    pub(in crate::functions) const fn sub(self, other: Self) -> Self {
        self.add(other.neg())
    }
}

/// `a + small`, both of the sign of `a`.
#[inline]
const fn plus<const L: usize>(a: Ball<L>, small: [u64; L], bound: Bound) -> Ball<L> {
    let (sum, carry) = limbs::add(a.limbs, small);
    if !carry {
        return Ball { limbs: sum, bound, ..a };
    }
    let (mut half, lost) = limbs::shift_right(sum, 1);
    half[L - 1] |= 1 << 63;
    let bound = bound.down(1).plus(Bound::units(lost as u64));
    Ball { limbs: half, exponent: a.exponent + 1, bound, ..a }
}

/// `a - small`, where `small` has the sign of `a`.
#[inline]
const fn minus<const L: usize>(a: Ball<L>, small: [u64; L], bound: Bound) -> Ball<L> {
    let (mut rest, below) = limbs::sub(a.limbs, small);
    if below {
        rest = limbs::sub([0; L], rest).0;
    }
    let mut bound = bound;
    if limbs::is_zero(&rest) {
        if bound.error == 0 {
            return Ball::ZERO;
        }
        // Zero with an error: one unit, with an error of one more.
        rest = limbs::low(1);
        bound = bound.plus(Bound::units(1));
    }
    // Cancellation: the same error is `2^zeros` times as many units.
    let zeros = limbs::leading_zeros(&rest);
    let limbs = limbs::shift_left(rest, zeros);
    Ball { negative: a.negative != below, exponent: a.exponent - zeros as i32, limbs, bound: bound.up(zeros) }
}

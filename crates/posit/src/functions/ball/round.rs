//! From a ball to a posit: the decision whether the bits suffice.

use super::Ball;
use crate::functions::limbs;
use crate::kernel::unpacked::encode;

impl<const L: usize> Ball<L> {
    /// The pattern to which every number in the ball rounds, if there is one.
    ///
    /// Rounding is monotone, so it is enough that both ends of the ball round alike; ends that lie on a
    /// border or on a posit are rounded as what they are.
    #[inline]
    pub(in crate::functions) const fn round<const N: u32, const ES: u32>(self) -> Option<u64> {
        if self.is_zero() {
            return Some(0);
        }
        if !self.bound.is_below(Self::BITS - 2) {
            return None;
        }
        let low = self.low_end::<N, ES>();
        if self.bound.error == 0 {
            return Some(low);
        }
        if low == self.high_end::<N, ES>() { Some(low) } else { None }
    }

    /// The pattern nearest to the middle of the ball: for the last evaluation, whose width is enough.
    pub(in crate::functions) const fn nearest<const N: u32, const ES: u32>(self) -> u64 {
        match self.round::<N, ES>() {
            Some(pattern) => pattern,
            None => self.point().low_end::<N, ES>(),
        }
    }

    /// The middle, rounded to a significand of 64 bits, and its exponent.
    pub(in crate::functions) const fn middle(&self) -> (i32, u64) {
        let up = L > 1 && self.limbs[L.saturating_sub(2)] >> 63 != 0;
        let (top, carry) = self.top().overflowing_add(up as u64);
        if carry { (self.exponent + 1, 1 << 63) } else { (self.exponent, top) }
    }

    /// The bound as a number of units, for a bound that has been checked.
    #[inline]
    const fn radius(&self) -> [u64; L] {
        let error = limbs::low(self.bound.error);
        if self.bound.spread == 0 { error } else { limbs::shift_left(error, self.bound.spread) }
    }

    /// The end that is nearer to zero.
    #[inline]
    const fn low_end<const N: u32, const ES: u32>(&self) -> u64 {
        // The bound is below a quarter of the significand, so at most one bit is lost at the top.
        let (end, _) = limbs::sub(self.limbs, self.radius());
        let zeros = (end[L - 1] >> 63) as u32 ^ 1;
        let end = limbs::shift_left(end, zeros);
        encode::<N, ES>(self.negative, self.exponent - zeros as i32, end[L - 1], rest(&end))
    }

    /// The end that is farther from zero.
    #[inline]
    const fn high_end<const N: u32, const ES: u32>(&self) -> u64 {
        let (end, carry) = limbs::add(self.limbs, self.radius());
        if !carry {
            return encode::<N, ES>(self.negative, self.exponent, end[L - 1], rest(&end));
        }
        let sticky = rest(&end) | (end[L - 1] & 1 != 0);
        encode::<N, ES>(self.negative, self.exponent + 1, (1 << 63) | (end[L - 1] >> 1), sticky)
    }
}

/// Whether anything is below the top limb.
#[inline]
const fn rest<const L: usize>(a: &[u64; L]) -> bool {
    let mut any = 0;
    let mut i = 0;
    while i + 1 < L {
        any |= a[i];
        i += 1;
    }
    any != 0
}

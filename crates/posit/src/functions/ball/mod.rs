//! A real number that is known up to an error: the type in which every function is evaluated.
//!
//! A `Ball<L>` is a floating-point number of `64 L` bits and a bound of its error in units of its last
//! place. Each operation rounds towards zero and widens the bound by what it lost and by what the operands
//! carried, so that the real result of the exact operands lies in the ball: the bound is a proof for the
//! one evaluation, whatever the formula. A bound of zero means exact.
//!
//! Worked in 8 bits instead of 64: `1/3` is `0.10101010 * 2^-1` in binary with an error of 1. Three times it
//! is `0.11111110` with an error of 3, and 1 is inside. Rounded to `Posit<4, 0>` both ends of that ball give
//! 1, so 1 is the answer, and no more bits are needed.

mod add;
mod div;
mod mul;
mod round;
mod sqrt;

use crate::kernel::unpacked::Unpacked;

/// A real number `x` with `|x - m| <= error * 2^spread * u`, where `m = ±2^exponent * limbs / 2^(64 L - 1)`
/// and `u` is the unit of the last place, `2^(exponent - 64 L + 1)`.
///
/// The top bit of `limbs` is set; or all limbs are zero and the ball is the exact zero. The bound may be
/// larger than `|m|`: such a ball reaches across zero, as the difference of two equal inexact numbers does.
#[derive(Clone, Copy)]
pub(super) struct Ball<const L: usize> {
    /// `m` is below zero.
    pub(super) negative: bool,
    /// The exponent of `m`; bounded by a few thousand in every function here.
    pub(super) exponent: i32,
    /// The significand, limb 0 the lowest.
    pub(super) limbs: [u64; L],
    /// The bound in units of the last place.
    pub(super) bound: Bound,
}

/// `error * 2^spread` units. `error` is at most [`LIMIT`](Self::LIMIT), or [`LOST`](Self::LOST), and then
/// there is no bound. `spread` stays zero until much cancels.
#[derive(Clone, Copy)]
pub(super) struct Bound {
    error: u64,
    spread: u32,
}

impl Bound {
    /// The largest error that is kept as it is. The product of two is at most `2^60`.
    const LIMIT: u64 = 1 << 30;
    /// No bound.
    const LOST: u64 = u64::MAX;
    /// Exact.
    pub(super) const NONE: Self = Self { error: 0, spread: 0 };

    /// So many units.
    #[inline]
    pub(super) const fn units(error: u64) -> Self {
        Self::new(error, 0)
    }

    /// `error * 2^spread`, or a little more.
    #[inline]
    const fn new(error: u64, spread: u32) -> Self {
        if error <= Self::LIMIT {
            Self { error, spread }
        } else if error == Self::LOST || spread > 1 << 16 {
            Self { error: Self::LOST, spread: 0 }
        } else {
            let by = 34 - error.leading_zeros();
            Self { error: (error >> by) + 1, spread: spread + by }
        }
    }

    /// At least the sum of both.
    #[inline]
    const fn plus(self, other: Self) -> Self {
        if self.is_lost() || other.is_lost() {
            return Self { error: Self::LOST, spread: 0 };
        }
        if self.spread == other.spread {
            return Self::new(self.error + other.error, self.spread);
        }
        let (a, b) = if self.spread > other.spread { (self, other) } else { (other, self) };
        let smaller = Self::units(b.error).down(a.spread - b.spread).error;
        Self::new(a.error + smaller, a.spread)
    }

    /// At least the bound divided by `2^by`.
    #[inline]
    const fn down(self, by: u32) -> Self {
        if self.is_lost() || self.error == 0 {
            self
        } else if self.spread >= by {
            Self { error: self.error, spread: self.spread - by }
        } else {
            let by = by - self.spread;
            Self { error: if by < 64 { (self.error >> by) + 1 } else { 1 }, spread: 0 }
        }
    }

    /// The bound times `2^by`.
    #[inline]
    const fn up(self, by: u32) -> Self {
        if self.error == 0 || self.is_lost() {
            self
        } else if self.spread == 0 && by <= 30 && self.error << by <= Self::LIMIT {
            Self { error: self.error << by, spread: 0 }
        } else {
            Self::new(self.error, self.spread + by)
        }
    }

    /// The bound times a small number.
    #[inline]
    const fn times(self, factor: u64) -> Self {
        if self.is_lost() { self } else { Self::new(self.error * factor, self.spread) }
    }

    /// Whether there is none.
    #[inline]
    const fn is_lost(self) -> bool {
        self.error == Self::LOST
    }

    /// Whether it reaches so many units.
    #[cfg(test)]
    pub(super) const fn reaches(self, units: u64) -> bool {
        self.is_lost() || self.spread > 33 || self.error << self.spread >= units
    }

    /// Whether it is certainly below `2^bits` units.
    #[inline]
    const fn is_below(self, bits: u32) -> bool {
        !self.is_lost() && self.spread + 31 <= bits
    }
}

impl<const L: usize> Ball<L> {
    /// The width of the significand.
    pub(super) const BITS: u32 = 64 * L as u32;
    /// Exactly zero.
    pub(super) const ZERO: Self = Self { negative: false, exponent: 0, limbs: [0; L], bound: Bound::NONE };
    /// Exactly one.
    pub(super) const ONE: Self = Self::power_of_two(0);

    /// Exactly `2^exponent`.
    pub(super) const fn power_of_two(exponent: i32) -> Self {
        Self::of_top(false, exponent, 1 << 63)
    }

    /// Exactly `±2^exponent * top / 2^63`, for the top bit of `top` set.
    pub(super) const fn of_top(negative: bool, exponent: i32, top: u64) -> Self {
        let mut limbs = [0; L];
        limbs[L - 1] = top;
        Self { negative, exponent, limbs, bound: Bound::NONE }
    }

    /// Exactly a posit.
    #[inline]
    pub(super) const fn exact(x: Unpacked) -> Self {
        Self::of_top(x.negative, x.exponent, x.significand)
    }

    /// Exactly an integer.
    pub(super) const fn integer(x: i64) -> Self {
        let magnitude = x.unsigned_abs();
        if magnitude == 0 {
            return Self::ZERO;
        }
        let zeros = magnitude.leading_zeros();
        Self::of_top(x < 0, 63 - zeros as i32, magnitude << zeros)
    }

    /// Nothing is known.
    pub(super) const fn lost() -> Self {
        Self { bound: Bound::units(Bound::LOST), ..Self::ONE }
    }

    /// The ball widened by `units` of the last place.
    #[inline]
    pub(super) const fn blur(self, units: u64) -> Self {
        Self { bound: self.bound.plus(Bound::units(units)), ..self }
    }

    /// The middle alone, as if it were exact.
    #[inline]
    const fn point(self) -> Self {
        Self { bound: Bound::NONE, ..self }
    }

    /// An `e` with `|x| < 2^e`, give or take `2^-33` of that.
    #[inline]
    pub(super) const fn magnitude(&self) -> i32 {
        if self.bound.spread == 0 {
            return self.exponent + 1;
        }
        // |m| < 2^(exponent + 1), and the bound is below 2^bits times that.
        let bits = self.bound.spread as i32 + 31 - Self::BITS as i32;
        self.exponent + 1 + if bits < 0 { 1 } else { bits + 1 }
    }

    /// Whether this is the exact zero.
    #[inline]
    pub(super) const fn is_zero(&self) -> bool {
        self.limbs[L - 1] == 0
    }

    /// The top limb of the significand, `|m| = 2^exponent * (top + t) / 2^63` with `0 <= t < 1`.
    #[inline]
    pub(super) const fn top(&self) -> u64 {
        self.limbs[L - 1]
    }

    /// `-x`.
    #[inline]
    pub(super) const fn neg(self) -> Self {
        Self { negative: !self.negative, ..self }
    }

    /// `-x` if `condition`.
    #[inline]
    pub(super) const fn neg_if(self, condition: bool) -> Self {
        Self { negative: self.negative != condition, ..self }
    }

    /// `|m|` with the same error: `|x|` wherever the ball does not reach across zero.
    #[inline]
    pub(super) const fn abs(self) -> Self {
        Self { negative: false, ..self }
    }

    /// `x * 2^by`.
    #[inline]
    pub(super) const fn scale(self, by: i32) -> Self {
        Self { exponent: self.exponent + by, ..self }
    }
}

//! Constants to 384 bits, cut, and their use at fewer.
//!
//! The digits are written by `scripts/function-tables` and computed again, another way, by the tests here.
//! The largest table, `1 / k!`, has 4.7 KB.

mod arctangent;
mod constant;
mod factorial;
mod logarithm;
mod odd;
#[cfg(test)]
mod tests;
mod two_over_pi;

pub(super) use arctangent::ARCTANGENT;
pub(super) use constant::{LN_2, LN_10, LOG2_E, LOG10_2, LOG10_E, ONE_OVER_PI, PI};
pub(super) use factorial::FACTORIAL;
pub(super) use logarithm::LOGARITHM;
pub(super) use odd::ODD;
pub(super) use two_over_pi::TWO_OVER_PI;

use super::ball::{Ball, Bound};

/// The limbs of a constant; no evaluation uses more.
pub(super) const WIDTH: usize = 6;

/// A constant: `±2^exponent * limbs / 2^383`, cut, so that the true value is less than one unit of the last
/// place farther from zero.
#[derive(Clone, Copy)]
pub(super) struct Constant {
    negative: bool,
    exponent: i32,
    /// The highest first, unlike in [`Ball`]: a shorter constant is a prefix.
    limbs: [u64; WIDTH],
}

/// Exactly zero.
const ZERO: Constant = Constant { negative: false, exponent: i32::MIN / 2, limbs: [0; WIDTH] };

/// A positive constant.
const fn above(exponent: i32, limbs: [u64; WIDTH]) -> Constant {
    Constant { negative: false, exponent, limbs }
}

/// A negative constant.
const fn below(exponent: i32, limbs: [u64; WIDTH]) -> Constant {
    Constant { negative: true, exponent, limbs }
}

impl Constant {
    /// The constant at `L` limbs, with an error of one unit, or of none where all that is cut off is zero
    /// (a power of two; no other constant ends in a zero limb).
    #[inline]
    pub(super) const fn ball<const L: usize>(&self) -> Ball<L> {
        if self.limbs[0] == 0 {
            return Ball::ZERO;
        }
        let mut limbs = [0; L];
        let mut i = 0;
        while i < L && i < WIDTH {
            limbs[L - 1 - i] = self.limbs[i];
            i += 1;
        }
        let bound = Bound::units((self.limbs[WIDTH - 1] != 0) as u64);
        Ball { negative: self.negative, exponent: self.exponent, limbs, bound }
    }

    /// The exponent.
    #[inline]
    pub(super) const fn exponent(&self) -> i32 {
        self.exponent
    }
}

/// Entry `i`; zero behind the end, which no caller asks for.
#[inline]
pub(super) const fn entry(table: &[Constant], i: usize) -> &Constant {
    if i < table.len() { &table[i] } else { &ZERO }
}

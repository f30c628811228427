//! Square root, clause 5.5.
//!
//! The radicand is scaled to an even exponent and `DOUBLE` bits; its integer root has exactly `HALF >= N`
//! bits, at least the `p + 1 <= N - 1` that significand and guard need. A remainder is the sticky bit.

use super::{HALF, WORD, Word, decode, encode, nar, raise, root};

/// `sqrt(x)`; NaR for NaR and below zero.
#[inline]
pub(crate) const fn sqrt<const N: u32, const ES: u32>(pattern: Word) -> Word {
    if pattern == 0 {
        return 0;
    }
    let x = decode::<N, ES>(pattern);
    // m 2^(DOUBLE-1) with m in [1, 2) for an odd exponent, one bit lower for an even one: the radicand is
    // in [2^(DOUBLE-2), 2^DOUBLE), and its root in [2^(HALF-1), 2^HALF). The low bit is zero.
    let radicand = raise(x.significand) >> (1 - (x.exponent & 1));
    let root = root(radicand);
    let significand = (root as Word) << (WORD - HALF);
    let root = encode::<N, ES>(false, x.exponent >> 1, significand, root * root != radicand);
    // Half of all patterns are negative, so that a branch would often be foretold wrongly.
    if pattern >= nar::<N>() { nar::<N>() } else { root }
}

//! Square root, clause 5.5.
//!
//! The radicand is scaled to an even exponent and `DOUBLE` bits; its integer root has exactly `HALF >= N`
//! bits, at least the `p + 1 <= N - 1` that significand and guard need. A remainder is the sticky bit.

use super::{HALF, WORD, Word, decode, encode, nar, widen};

/// `sqrt(x)`; NaR for NaR and below zero.
#[inline]
pub(crate) const fn sqrt<const N: u32, const ES: u32>(x: Word) -> Word {
    if x == 0 || x >= nar::<N>() {
        return if x == 0 { 0 } else { nar::<N>() };
    }
    let x = decode::<N, ES>(x);
    // m 2^(DOUBLE-1) with m in [1, 2) for an odd exponent, one bit lower for an even one: the radicand is
    // in [2^(DOUBLE-2), 2^DOUBLE), and its root in [2^(HALF-1), 2^HALF). The low bit is zero.
    let radicand = widen(x.significand) >> (1 - (x.exponent & 1));
    let root = radicand.isqrt();
    let significand = (root as Word) << (WORD - HALF);
    encode::<N, ES>(false, x.exponent >> 1, significand, root * root != radicand)
}

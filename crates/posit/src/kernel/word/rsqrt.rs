//! Reciprocal square root, clause 5.5, rounded once.
//!
//! For `x = m 2^e` with significand `M = m 2^(HALF-1)` the result has the `HALF` bits
//! `Y = floor(2^HALF / sqrt(m'))`, where `m' = m` for even `e` and `2 m` for odd. `Y` is the largest with
//! `Y^2 M <= 2^(3 HALF - 1 - odd)`, an integer comparison of three half words. It is exact only for a power
//! of four: `1 / sqrt(m)` with an odd factor in `m` is no dyadic number.

use super::{DOUBLE, Double, HALF, WORD, Word, decode, encode, halve, nar, raise};

/// `1 / sqrt(x)`; NaR for NaR, zero and below zero.
#[inline]
pub(crate) const fn rsqrt<const N: u32, const ES: u32>(x: Word) -> Word {
    if x == 0 || x >= nar::<N>() {
        return nar::<N>();
    }
    let x = decode::<N, ES>(x);
    let odd = (x.exponent & 1) as u32;
    let exponent = -(x.exponent >> 1);
    if odd == 0 && x.significand << 1 == 0 {
        return encode::<N, ES>(false, exponent, x.significand, false);
    }
    // The root R = floor(2^(HALF-1) sqrt(m')) is at most true, and 2^(DOUBLE-1) / R too large by at most
    // four: R has HALF bits, so its relative error is below 2^(1-HALF). m' > 1 + 2^(3-HALF) gives
    // R > 2^(HALF-1), so y < 2^HALF.
    let root = (raise(x.significand) >> (1 - odd)).isqrt();
    // It is never zero, which the compiler does not see: no path to a panic remains.
    let mut y = (1 << (DOUBLE - 1)) / if root == 0 { 1 } else { root };
    while too_large(y, halve(x.significand), odd) {
        y -= 1;
    }
    encode::<N, ES>(false, exponent - 1, (y as Word) << (WORD - HALF), true)
}

/// Whether `y^2 m > 2^(3 HALF - 1 - odd)`, for `y` and `m` below `2^HALF`.
const fn too_large(y: Double, m: Double, odd: u32) -> bool {
    let half = (1 << HALF) - 1;
    let square = y * y;
    let low = (square & half) * m;
    let high = (square >> HALF) * m + (low >> HALF);
    let limit = 1 << (DOUBLE - 1 - odd);
    high > limit || (high == limit && low & half != 0)
}

//! Division, clause 5.4.
//!
//! One integer division of `2 HALF` by `HALF` bits gives a quotient of `HALF` or `HALF + 1` bits, at least
//! the `p + 1 <= N - 1` that significand and guard need; a remainder is the sticky bit.

use super::{DOUBLE, HALF, Word, decode, encode, halve, is_special, lower, nar, raise};

/// `a / b`; NaR if either is or if `b` is zero.
#[inline]
pub(crate) const fn div<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar::<N>() || b == nar::<N>() || b == 0 { nar::<N>() } else { 0 };
    }
    let (x, y) = (decode::<N, ES>(a), decode::<N, ES>(b));
    // x in [2^(DOUBLE-1), 2^DOUBLE), y in [2^(HALF-1), 2^HALF): q in (2^(HALF-1), 2^(HALF+1)).
    let (dividend, divisor) = (raise(x.significand), halve(y.significand));
    let quotient = dividend / divisor;
    let inexact = quotient * divisor != dividend;
    // The leading one is in bit HALF from x = y on, which is exponent 0, else in bit HALF - 1.
    let below = (quotient >> HALF == 0) as u32;
    let aligned = quotient << (DOUBLE - 1 - HALF + below);
    let (significand, low) = lower(aligned);
    let exponent = x.exponent - y.exponent - below as i32;
    encode::<N, ES>(x.negative != y.negative, exponent, significand, inexact | low)
}

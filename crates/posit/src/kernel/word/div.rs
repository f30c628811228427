//! Division, clause 5.4.
//!
//! One integer division of `2 HALF` by `HALF` bits. The dividend is halved unless that significand is the
//! smaller one, so that the quotient has exactly `HALF` bits, at least the `p + 1 <= N - 1` that significand and
//! guard need; a remainder is the sticky bit. In 8 bits for `Posit<8, 2>`, `1.5 / 1.25`: `1100 0000 / 2 / 1010`
//! is `1001` and a remainder: 1.125 and a bit.

use super::{HALF, WORD, Word, decode, encode, halve, is_special, nar, raise};

/// `a / b`; NaR if either is or if `b` is zero.
#[inline]
pub(crate) const fn div<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar::<N>() || b == nar::<N>() || b == 0 { nar::<N>() } else { 0 };
    }
    let (x, y) = (decode::<N, ES>(a), decode::<N, ES>(b));
    // The low bit of a significand is zero.
    let below = (x.significand < y.significand) as u32;
    let (dividend, divisor) = (raise(x.significand) >> (1 - below), halve(y.significand));
    let quotient = (dividend / divisor) as Word;
    // The remainder is less than 2^HALF, so that it is zero if it is so modulo 2^WORD.
    let inexact = quotient.wrapping_mul(divisor as Word) != dividend as Word;
    let exponent = x.exponent - y.exponent - below as i32;
    encode::<N, ES>(x.negative != y.negative, exponent, quotient << (WORD - HALF), inexact)
}

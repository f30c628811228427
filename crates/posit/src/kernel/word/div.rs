//! Division, clause 5.4.
//!
//! One integer division of `2 HALF` by `HALF` bits gives a quotient of `HALF` or `HALF + 1` bits, at least
//! the `p + 1 <= N - 1` that significand and guard need; a remainder is the sticky bit.

use super::{Word, decode, encode, halve, nar, narrow, widen};

/// `a / b`; NaR if either is or if `b` is zero.
#[inline]
pub(crate) const fn div<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() || b == 0 {
        return nar::<N>();
    }
    if a == 0 {
        return 0;
    }
    let (a, b) = (decode::<N, ES>(a), decode::<N, ES>(b));
    // a in [2^(DOUBLE-1), 2^DOUBLE), b in [2^(HALF-1), 2^HALF): q in (2^(HALF-1), 2^(HALF+1)).
    let (dividend, divisor) = (widen(a.significand), halve(b.significand));
    let quotient = dividend / divisor;
    let remainder = dividend - quotient * divisor;
    // a = b gives q = 2^HALF, which is exponent 0: its leading one is in bit HALF.
    let zeros = quotient.leading_zeros();
    let exponent = a.exponent - b.exponent + (super::DOUBLE - 1 - super::HALF) as i32 - zeros as i32;
    let (significand, low) = narrow(quotient << zeros);
    encode::<N, ES>(a.negative != b.negative, exponent, significand, low | (remainder != 0))
}

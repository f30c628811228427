//! The remainder of the division that truncates, as Rust's `%`. Not in the standard.
//!
//! With `a = A 2^i` and `b = B 2^j` it is `(A 2^(i-j) mod B) 2^j`, computed `HALF` bits at a time. The
//! remainder is exact before the one rounding, which acts only where exponent bits are cut off.

use super::{DOUBLE, HALF, Word, decode, encode, halve, lower, nar};

/// `a - b trunc(a / b)`, with the sign of `a`; NaR if either is or if `b` is zero.
#[inline]
pub(crate) const fn rem<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() || b == 0 {
        return nar::<N>();
    }
    if a == 0 {
        return 0;
    }
    let (x, y) = (decode::<N, ES>(a), decode::<N, ES>(b));
    if x.exponent < y.exponent {
        return a;
    }
    let modulus = halve(y.significand);
    let mut left = (x.exponent - y.exponent) as u32;
    let mut r = halve(x.significand) % modulus;
    while left > 0 && r != 0 {
        let step = if left < HALF { left } else { HALF };
        r = (r << step) % modulus;
        left -= step;
    }
    if r == 0 {
        return 0;
    }
    let zeros = r.leading_zeros();
    let exponent = y.exponent + (DOUBLE - HALF) as i32 - zeros as i32;
    let (significand, sticky) = lower(r << zeros);
    encode::<N, ES>(x.negative, exponent, significand, sticky)
}

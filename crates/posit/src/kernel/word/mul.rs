//! Multiplication, clause 5.4.
//!
//! Two significands of at most `p = N - ES - 2 < HALF` bits have an exact product of `2 p <= DOUBLE - 4`
//! bits, which is then rounded once. For `Posit<8, 2>`, `1.111 * 1.111 = 11.100001` is 8 bits of product.

use super::sum::Term;
use super::{Unpacked, Word, decode, encode, halve, nar, narrow};

/// `a * b`; NaR if either is.
#[inline]
pub(crate) const fn mul<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() {
        return nar::<N>();
    }
    if a == 0 || b == 0 {
        return 0;
    }
    let p = product(decode::<N, ES>(a), decode::<N, ES>(b));
    let (significand, sticky) = narrow(p.significand);
    encode::<N, ES>(p.negative, p.exponent, significand, sticky)
}

/// The exact product, normalised.
#[inline]
pub(super) const fn product(a: Unpacked, b: Unpacked) -> Term {
    // Two factors in [2^(HALF-1), 2^HALF): the product is in [2^(DOUBLE-2), 2^DOUBLE).
    let exact = halve(a.significand) * halve(b.significand);
    let zeros = exact.leading_zeros();
    Term {
        negative: a.negative != b.negative,
        exponent: a.exponent + b.exponent + 1 - zeros as i32,
        significand: exact << zeros,
    }
}

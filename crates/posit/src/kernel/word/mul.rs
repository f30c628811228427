//! Multiplication, clause 5.4.
//!
//! Two fractions of at most `p = N - ES - 2 < HALF` significant bits have an exact product of `2 p <=
//! DOUBLE - 4` bits, which is then rounded once. For `Posit<8, 2>`, `1.111 * 1.111 = 11.100001` is 8 bits.

use super::decode::{Term, term};
use super::encode::encode_signed;
use super::sum::Wide;
use super::{DOUBLE, HALF, SignedDouble, WORD, Word, is_special, nar, narrow};

/// `a * b`; NaR if either is.
#[inline]
pub(crate) const fn mul<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar::<N>() || b == nar::<N>() { nar::<N>() } else { 0 };
    }
    let p = product(term::<N, ES>(a), term::<N, ES>(b));
    let (fraction, low) = narrow(p.fraction);
    encode_signed::<N, ES>(p.sign, p.exponent, fraction, low)
}

/// The exact product, normalised.
#[inline(always)]
pub(super) const fn product(a: Term, b: Term) -> Wide {
    // Factors with HALF - 2 bits behind the point: the product has DOUBLE - 4 of them and is in [1, 4] or
    // (-4, -1).
    let product =
        (a.fraction as SignedDouble >> (WORD - HALF)) * (b.fraction as SignedDouble >> (WORD - HALF));
    let sign = a.sign ^ b.sign;
    // 0 below two, 1 below four, 2 for (-2) * (-2) alone; of a negative number the complement counts.
    let carry = ((product ^ sign as SignedDouble) >> (DOUBLE - 3)) as u32;
    Wide { sign, exponent: a.exponent + b.exponent + carry as i32, fraction: product << (2 - carry) }
}

/// The exact product of two finite nonzero posits as `2^exponent * product / 2^(DOUBLE-4)`.
#[inline(always)]
#[allow(dead_code, reason = "quires of posits above 32 bits take another way")]
pub(crate) const fn exact_product<const N: u32, const ES: u32>(a: Word, b: Word) -> (i32, SignedDouble) {
    let (a, b) = (term::<N, ES>(a), term::<N, ES>(b));
    let product =
        (a.fraction as SignedDouble >> (WORD - HALF)) * (b.fraction as SignedDouble >> (WORD - HALF));
    (a.exponent + b.exponent, product)
}

//! `fMM`, clause 5.7: the product of three, rounded once.
//!
//! The exact product of two, in two half words, times the third: the upper two of three half words are
//! kept, the lowest is the sticky bit. `maxPos * maxPos * minPos = maxPos` in any order.

use super::{HALF, Word, decode, encode, halve, lower, nar};

/// `a * b * c`; NaR if any is.
#[inline]
pub(crate) const fn fmm<const N: u32, const ES: u32>(a: Word, b: Word, c: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() || c == nar::<N>() {
        return nar::<N>();
    }
    if a == 0 || b == 0 || c == 0 {
        return 0;
    }
    let (a, b, c) = (decode::<N, ES>(a), decode::<N, ES>(b), decode::<N, ES>(c));
    // a b in [2^(DOUBLE-2), 2^DOUBLE), c in [2^(HALF-1), 2^HALF): `high` is in [2^(DOUBLE-3), 2^DOUBLE), and
    // at least DOUBLE - 2 of its bits are exact after the shift.
    let ab = halve(a.significand) * halve(b.significand);
    let half = (1 << HALF) - 1;
    let factor = halve(c.significand);
    let low = (ab & half) * factor;
    let high = (ab >> HALF) * factor + (low >> HALF);
    let zeros = high.leading_zeros();
    let exponent = a.exponent + b.exponent + c.exponent + 2 - zeros as i32;
    let negative = a.negative ^ b.negative ^ c.negative;
    let (significand, sticky) = lower(high << zeros);
    encode::<N, ES>(negative, exponent, significand, sticky | (low & half != 0))
}

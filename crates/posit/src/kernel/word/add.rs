//! Addition, and with a negation subtraction, clause 5.4.
//!
//! The significands have `p <= N - ES - 2` bits; [`sum`] keeps at least `HALF >= N` of them exact and the
//! rest as a sticky bit, so that the exact sum is rounded once.
//!
//! [`sum`]: super::sum::sum

use super::decode::term;
use super::encode::encode_signed;
use super::sum::{Wide, sum};
use super::{Word, is_special, nar, narrow, widen};

/// `a + b`; NaR if either is.
#[inline]
pub(crate) const fn add<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if is_special::<N>(a) | is_special::<N>(b) {
        return if a == nar::<N>() || b == nar::<N>() { nar::<N>() } else { a | b };
    }
    round::<N, ES>(sum(wide::<N, ES>(a), wide::<N, ES>(b)))
}

/// A sum as a pattern.
#[inline(always)]
pub(super) const fn round<const N: u32, const ES: u32>((sum, sticky): (Wide, bool)) -> Word {
    if sum.fraction == 0 {
        return 0;
    }
    let (fraction, low) = narrow(sum.fraction);
    encode_signed::<N, ES>(sum.sign, sum.exponent, fraction, sticky | low)
}

/// A pattern as a summand.
#[inline(always)]
pub(super) const fn wide<const N: u32, const ES: u32>(pattern: Word) -> Wide {
    let x = term::<N, ES>(pattern);
    Wide { sign: x.sign, exponent: x.exponent, fraction: widen(x.fraction) }
}

//! Addition and subtraction, clause 5.4.
//!
//! The significands have `p <= N - ES - 2` bits; [`sum`] keeps at least `HALF >= N` of them exact and the
//! rest as a sticky bit, so that [`encode`] rounds the exact sum once.
//!
//! [`sum`]: super::sum::sum

use super::sum::{Term, sum};
use super::{Word, decode, encode, nar, narrow, neg, widen};

/// `a + b`; NaR if either is.
#[inline]
pub(crate) const fn add<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() {
        return nar::<N>();
    }
    if a == 0 || b == 0 {
        return a | b;
    }
    match sum(term::<N, ES>(a), term::<N, ES>(b)) {
        None => 0,
        Some((s, sticky)) => {
            let (significand, low) = narrow(s.significand);
            encode::<N, ES>(s.negative, s.exponent, significand, sticky | low)
        }
    }
}

/// `a - b`; NaR if either is.
#[inline]
pub(crate) const fn sub<const N: u32, const ES: u32>(a: Word, b: Word) -> Word {
    add::<N, ES>(a, neg::<N>(b))
}

/// A finite nonzero pattern as a summand.
#[inline]
pub(super) const fn term<const N: u32, const ES: u32>(pattern: Word) -> Term {
    let x = decode::<N, ES>(pattern);
    Term { negative: x.negative, exponent: x.exponent, significand: widen(x.significand) }
}

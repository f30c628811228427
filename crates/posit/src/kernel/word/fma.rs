//! `a b + c`, rounded once. Not in the standard, which has a quire for this; asked for by users.
//!
//! The exact product of at most `DOUBLE - 4` bits goes into the same [`sum`] as a summand.

use super::add::term;
use super::mul::product;
use super::sum::sum;
use super::{Word, add, decode, encode, mul, nar, narrow};

/// `a * b + c`; NaR if any is.
#[inline]
pub(crate) const fn fma<const N: u32, const ES: u32>(a: Word, b: Word, c: Word) -> Word {
    if a == nar::<N>() || b == nar::<N>() || c == nar::<N>() {
        return nar::<N>();
    }
    if a == 0 || b == 0 {
        return add::<N, ES>(0, c);
    }
    if c == 0 {
        return mul::<N, ES>(a, b);
    }
    match sum(product(decode::<N, ES>(a), decode::<N, ES>(b)), term::<N, ES>(c)) {
        None => 0,
        Some((s, sticky)) => {
            let (significand, low) = narrow(s.significand);
            encode::<N, ES>(s.negative, s.exponent, significand, sticky | low)
        }
    }
}

//! `a b + c`, rounded once. Not in the standard, which has a quire for this; asked for by users.
//!
//! The exact product of at most `DOUBLE - 4` bits goes into the same [`sum`] as a summand.

use super::add::{round, wide};
use super::decode::term;
use super::mul::product;
use super::sum::sum;
use super::{Word, is_special, mul, nar};

/// `a * b + c`; NaR if any is.
#[inline]
pub(crate) const fn fma<const N: u32, const ES: u32>(a: Word, b: Word, c: Word) -> Word {
    if is_special::<N>(a) | is_special::<N>(b) | is_special::<N>(c) {
        return if a == nar::<N>() || b == nar::<N>() || c == nar::<N>() {
            nar::<N>()
        } else if c == 0 {
            mul::<N, ES>(a, b)
        } else {
            c
        };
    }
    round::<N, ES>(sum(product(term::<N, ES>(a), term::<N, ES>(b)), wide::<N, ES>(c)))
}

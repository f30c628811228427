//! One source for the three kernel widths; compiled once in each of `n16`, `n32` and `n64`.

use super::{Double, Signed, Word};

mod add;
mod decode;
mod div;
mod encode;
mod fma;
mod fmm;
mod integral;
mod mul;
mod rem;
mod rsqrt;
mod sqrt;
mod sum;

pub(crate) use add::{add, sub};
pub(crate) use decode::{Unpacked, decode};
pub(crate) use div::div;
pub(crate) use encode::encode;
pub(crate) use fma::fma;
pub(crate) use fmm::fmm;
pub(crate) use integral::{ceil, floor, nearest_int, round, trunc};
pub(crate) use mul::mul;
pub(crate) use rem::rem;
pub(crate) use rsqrt::rsqrt;
pub(crate) use sqrt::sqrt;

/// Width of a [`Word`].
pub(crate) const WORD: u32 = Word::BITS;
/// Width of a [`Double`].
const DOUBLE: u32 = Double::BITS;
/// Width of one factor of a product that fits a [`Double`]: at least `N` bits.
const HALF: u32 = DOUBLE / 2;

/// The pattern of NaR.
const fn nar<const N: u32>() -> Word {
    1 << (N - 1)
}

/// The `N` low bits set.
const fn mask<const N: u32>() -> Word {
    Word::MAX >> (WORD - N)
}

/// Negation is the two's complement of the pattern; zero and NaR are their own.
pub(crate) const fn neg<const N: u32>(x: Word) -> Word {
    x.wrapping_neg() & mask::<N>()
}

/// A significand with its leading one in the top bit of a [`Double`].
const fn widen(significand: Word) -> Double {
    (significand as Double) << (DOUBLE - WORD)
}

/// A significand with its leading one in bit `HALF - 1`. Exact: it has at most `N - 2 < HALF` bits.
const fn halve(significand: Word) -> Double {
    widen(significand) >> HALF
}

/// The top word of a normalised [`Double`], and whether anything below it was nonzero.
const fn narrow(x: Double) -> (Word, bool) {
    let low = DOUBLE - WORD;
    ((x >> low) as Word, x & (((1 as Double) << low) - 1) != 0)
}

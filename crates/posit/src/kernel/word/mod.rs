//! One source for the kernel widths; compiled once in each of `n16`, `n32`, `n32_narrow` and `n64`.

#![allow(clippy::unnecessary_cast, reason = "the same type in one width is another in the next")]

use super::{Double, Signed, SignedDouble, Word, root};

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

pub(crate) use add::add;
#[allow(unused_imports, reason = "the seam `unpacked` takes it from the widest alone")]
pub(crate) use decode::Unpacked;
pub(crate) use decode::decode;
pub(crate) use div::div;
pub(crate) use encode::encode;
pub(crate) use fma::fma;
pub(crate) use fmm::fmm;
pub(crate) use integral::{ceil, floor, nearest_int, round, trunc};
pub(crate) use mul::mul;
pub(crate) use rem::rem;
pub(crate) use rsqrt::rsqrt;
pub(crate) use sqrt::sqrt;

/// What conversions of floats need; their formats up to 32 bits do not use the widest word.
#[allow(unused_imports, dead_code, reason = "of the widest word")]
pub(crate) mod float {
    pub(crate) use super::decode::magnitude;
    pub(crate) use super::encode::{round, spare};
}

/// What quires need.
#[allow(unused_imports, reason = "not of the widest word")]
pub(crate) mod quire {
    pub(crate) use super::mul::exact_product as product;
}

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

/// Zero or NaR. Rare, so that a branch on it costs nothing.
const fn is_special<const N: u32>(x: Word) -> bool {
    x & !nar::<N>() == 0
}

/// Negation is the two's complement of the pattern; zero and NaR are their own.
pub(crate) const fn neg<const N: u32>(x: Word) -> Word {
    x.wrapping_neg() & mask::<N>()
}

/// A signed fraction at the top of a [`SignedDouble`].
const fn widen(fraction: Signed) -> SignedDouble {
    (fraction as SignedDouble) << (DOUBLE - WORD)
}

/// The top word of a normalised [`SignedDouble`], and whether anything below it was nonzero.
const fn narrow(x: SignedDouble) -> (Signed, bool) {
    let low = DOUBLE - WORD;
    ((x >> low) as Signed, x & (((1 as SignedDouble) << low) - 1) != 0)
}

/// A significand with its leading one in the top bit of a [`Double`].
const fn raise(significand: Word) -> Double {
    (significand as Double) << (DOUBLE - WORD)
}

/// A significand with its leading one in bit `HALF - 1`. Exact: it has at most `N - 2 < HALF` bits.
const fn halve(significand: Word) -> Double {
    raise(significand) >> HALF
}

/// The top word of a normalised [`Double`], and whether anything below it was nonzero.
const fn lower(x: Double) -> (Word, bool) {
    let low = DOUBLE - WORD;
    ((x >> low) as Word, x & (((1 as Double) << low) - 1) != 0)
}

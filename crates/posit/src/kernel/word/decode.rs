//! Pattern to exponent and significand, without a branch.
//!
//! Two readings. As a [`Term`] a posit is `2^exponent` times a *signed* fraction: behind regime and exponent
//! stands `f`, and the number is `1 + f` or `-2 + f`, that is, `01.f` or `10.f` in two's complement, where
//! the scale of a negative number is the bitwise complement of the `2^ES r + e` that is read off. So nothing
//! is negated. As [`Unpacked`] it is sign and magnitude.
//!
//! `Posit<8, 2>` pattern `0b1_001_10_01`: the regime `001` is a run of two zeros, so `r = -2`; `e = 10`, and
//! `4 r + e = -6`; its complement is 5, and `10.01` is `-2 + 1/4 = -1.75`: the value is `-2^5 * 1.75 = -56`.
//! The two's complement of the pattern is `0b0_110_01_11`: `r = 1`, `e = 01`, significand `1.11`; the same.

use super::{Signed, WORD, Word};

/// A finite nonzero posit: `2^exponent * fraction / 2^(WORD-2)`.
#[derive(Clone, Copy)]
pub(super) struct Term {
    /// All ones below zero, else zero.
    pub(super) sign: Signed,
    /// Within `±((N-2) 2^ES + 1)`.
    pub(super) exponent: i32,
    /// `01.f` or `10.f` in the top bits: in `[1, 2)` or `[-2, -1)`.
    pub(super) fraction: Signed,
}

/// A finite nonzero posit: `(-1)^negative * 2^exponent * significand / 2^(WORD-1)`.
#[derive(Clone, Copy)]
pub(crate) struct Unpacked {
    /// Below zero.
    pub(crate) negative: bool,
    /// `2^ES r + e`, within `±(N-2) 2^ES`.
    pub(crate) exponent: i32,
    /// `1.f` with the leading one in the top bit; at most `N - ES - 2` bits are used, and at least two low
    /// bits are zero.
    pub(crate) significand: Word,
}

/// The regime `r`, and exponent and fraction at the top of the word, of what stands behind the sign of a
/// pattern, also at the top.
#[inline(always)]
const fn split(body: Word) -> (i32, Word) {
    let ones = body as Signed >> (WORD - 1);
    // Zero and NaR alone have no bit that ends the run; the low bit spares the count a case of its own.
    let run = ((body ^ ones as Word) | 1).leading_zeros();
    // r is minus the run for zeros, the run minus one for ones: the complement of the former.
    (-(run as i32) ^ ones as i32, (body << run) << 1)
}

/// `2^ES r + e` and the fraction at the top of the word, likewise.
#[inline(always)]
const fn fields<const ES: u32>(body: Word) -> (i32, Word) {
    let (regime, rest) = split(body);
    if ES == 0 {
        return (regime, rest);
    }
    // e - 2^(ES-1) by an arithmetic shift: with a logical one the sum becomes a shift of two words, which is
    // slow on many machines.
    let e = (rest ^ (1 << (WORD - 1))) as Signed >> (WORD - ES);
    ((regime << ES) + e as i32 + (1 << (ES - 1)), rest << ES)
}

/// Whether a pattern is negative, and the regime, and exponent and fraction at the top of the word, of its
/// magnitude; what is read of zero and NaR has no meaning.
#[inline(always)]
#[allow(dead_code, reason = "floats beside posits above 32 bits take another way")]
pub(crate) const fn magnitude<const N: u32>(pattern: Word) -> (bool, i32, Word) {
    let aligned = pattern << (WORD - N);
    let negative = aligned >> (WORD - 1) != 0;
    let (regime, rest) = split(if negative { aligned.wrapping_neg() } else { aligned } << 1);
    (negative, regime, rest)
}

/// Reads a pattern; what is read of zero and NaR has no meaning.
#[inline(always)]
pub(super) const fn term<const N: u32, const ES: u32>(pattern: Word) -> Term {
    let aligned = pattern << (WORD - N);
    let sign = aligned as Signed >> (WORD - 1);
    let (scale, fraction) = fields::<ES>(aligned << 1);
    // 01 or 10.
    let lead = (sign ^ 1) << (WORD - 2);
    Term { sign, exponent: scale ^ sign as i32, fraction: lead | (fraction >> 2) as Signed }
}

/// Splits a pattern; what is read of zero and NaR has no meaning.
#[inline(always)]
pub(crate) const fn decode<const N: u32, const ES: u32>(pattern: Word) -> Unpacked {
    let aligned = pattern << (WORD - N);
    let negative = aligned >> (WORD - 1) != 0;
    let magnitude = if negative { aligned.wrapping_neg() } else { aligned };
    let (exponent, fraction) = fields::<ES>(magnitude << 1);
    Unpacked { negative, exponent, significand: (1 << (WORD - 1)) | (fraction >> 1) }
}

//! Pattern to sign, exponent and significand.
//!
//! `Posit<8, 2>` pattern `0b1_001_10_01`, a negative number. Its two's complement is `0b0_110_01_11`;
//! behind the sign the regime `110` is a run of two ones, so `r = 1`; `e = 01`, and `.11` is left as the
//! fraction. Exponent `4 + 1`, significand `1.11`: the value is `-2^5 * 1.75 = -56`.

use super::{WORD, Word};

/// A finite nonzero posit: `(-1)^negative * 2^exponent * significand / 2^(BITS-1)`.
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

/// Splits a pattern that is neither zero nor NaR.
#[inline]
pub(crate) const fn decode<const N: u32, const ES: u32>(pattern: Word) -> Unpacked {
    // [1, N) of the magnitude is regime, exponent and fraction; from here on aligned to the top.
    let aligned = pattern << (WORD - N);
    let negative = aligned >> (WORD - 1) != 0;
    let magnitude = if negative { aligned.wrapping_neg() } else { aligned };
    let body = magnitude << 1;
    // A run is at most N - 1 <= WORD - 1 long: `body` is nonzero, and its lowest bit is zero.
    let ones = body >> (WORD - 1) != 0;
    let run = if ones { (!body).leading_zeros() } else { body.leading_zeros() };
    let regime = if ones { run as i32 - 1 } else { -(run as i32) };
    // Run and terminator leave; bits past the end read as zero.
    let rest = (body << run) << 1;
    let e = if ES == 0 { 0 } else { (rest >> (WORD - ES)) as i32 };
    let fraction = rest << ES;
    Unpacked { negative, exponent: (regime << ES) + e, significand: (1 << (WORD - 1)) | (fraction >> 1) }
}

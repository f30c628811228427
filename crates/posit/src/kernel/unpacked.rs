//! Sign, exponent and 64-bit significand of any format: the seam on which functions are built.
//!
//! [`decode`] is exact. [`encode`] rounds once, by the standard's rule (clause 4.1), from a significand
//! and a sticky bit. Both work for every `N <= 64` and `ES <= 4`; between them lies exact or error-bounded
//! integer arithmetic of the caller.
//!
//! Worked in `Posit<8, 2>`: `decode(0b0_110_01_11)` is `{ negative: false, exponent: 5, significand:
//! 0xE000_0000_0000_0000 }`, that is `2^5 * 1.75 = 56`, and `encode` of the same gives the pattern back.

use super::{n64, nar};

/// A finite nonzero posit: `(-1)^negative * 2^exponent * significand / 2^63`.
///
/// `2^63 <= significand`, at most `N - ES - 2` leading bits of it are used, and
/// `|exponent| <= (N-2) 2^ES <= 992`.
pub(crate) type Unpacked = n64::Unpacked;

/// Splits a pattern; `None` for zero and for NaR.
#[inline]
pub(crate) const fn decode<const N: u32, const ES: u32>(pattern: u64) -> Option<Unpacked> {
    if pattern == 0 || pattern == nar(N) { None } else { Some(n64::decode::<N, ES>(pattern)) }
}

/// The pattern nearest to `(-1)^negative * 2^exponent * (significand + t) / 2^63`.
///
/// `significand` has its top bit set; `sticky` says that `0 < t < 1`, otherwise `t = 0`. Any `exponent`
/// is accepted: the result saturates to `±minPos` and `±maxPos` and is never zero and never NaR.
#[inline]
pub(crate) const fn encode<const N: u32, const ES: u32>(
    negative: bool,
    exponent: i32,
    significand: u64,
    sticky: bool,
) -> u64 {
    n64::encode::<N, ES>(negative, exponent, significand, sticky)
}

/// As [`encode`], from any nonzero significand `x` of 128 bits: `(-1)^negative * 2^exponent * (x + t)`.
#[inline]
pub(crate) const fn encode_wide<const N: u32, const ES: u32>(
    negative: bool,
    exponent: i32,
    x: u128,
    sticky: bool,
) -> u64 {
    let zeros = x.leading_zeros();
    let aligned = x << zeros;
    let low = aligned as u64 != 0;
    encode::<N, ES>(negative, exponent + 127 - zeros as i32, (aligned >> 64) as u64, sticky | low)
}

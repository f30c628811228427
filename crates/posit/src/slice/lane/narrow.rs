//! `f32` lanes, for formats with `(N-2) 2^ES <= 126`.

use super::pattern::{Fields, join, split};

/// The nearest `f32`, half to even; NaR is the quiet NaN. Exact for `N - ES - 2 <= 24`.
#[inline(always)]
pub(super) fn decode<const N: u32, const ES: u32>(pattern: u32) -> f32 {
    let aligned = (pattern << (32 - N)) as i32;
    let Fields { regime, body, special } = split(aligned);
    // The exponent bits of `body` land behind r 2^ES in the exponent field, the fraction below it.
    let exponent = ((regime << (23 + ES)) as u32).wrapping_add(127 << 23);
    let mut magnitude = exponent.wrapping_add(body >> (9 - ES));
    if N > ES + 26 {
        // Bits leave at the bottom; a carry goes from the fraction into the exponent as it should.
        let guard = (body >> (8 - ES)) & 1;
        let lost = u32::from((body << (24 + ES)) != 0);
        magnitude = magnitude.wrapping_add(guard & (magnitude | lost));
    }
    let sign = aligned as u32 & (1 << 31);
    f32::from_bits(if special { (aligned >> 31) as u32 & 0x7FC0_0000 } else { sign | magnitude })
}

/// The nearest posit (clauses 4.1 and 6.5).
#[inline(always)]
pub(super) fn encode<const N: u32, const ES: u32>(x: f32) -> u32 {
    let bits = x.to_bits();
    let magnitude = (bits & 0x7FFF_FFFF) as i32;
    // Saturated on the integers, whose order is that of the floats; a subnormal is less than minPos.
    let range = ((N - 2) << ES) as i32;
    let saturated = magnitude.min((127 + range) << 23).max((127 - range) << 23);
    let pattern = join::<N, ES>((saturated >> 23) - 127, (saturated as u32) << 9);
    let sign = ((bits as i32) >> 31) as u32;
    let pattern = (if magnitude == 0 { 0 } else { pattern } ^ sign).wrapping_sub(sign);
    let pattern = if magnitude >= 0x7F80_0000 { 1 << (N - 1) } else { pattern };
    pattern & (u32::MAX >> (32 - N))
}

//! `f64` lanes, for `N <= 32`. Both halves of a float are made in 32-bit lanes, twice as many in a vector.

use super::block::{BLOCK, Block};
use super::pattern::{Fields, join, split};

/// The values; NaR is the quiet NaN.
#[inline(always)]
pub(super) fn decode<const N: u32, const ES: u32>(patterns: &Block<u32>) -> Block<f64> {
    let (mut upper, mut lower) = ([0; BLOCK], [0; BLOCK]);
    for ((pattern, upper), lower) in patterns.iter().zip(&mut upper).zip(&mut lower) {
        let aligned = (pattern << (32 - N)) as i32;
        let Fields { regime, body, special } = split(aligned);
        // The exponent bits of `body` land behind r 2^ES in the exponent field.
        let exponent = ((regime << (20 + ES)) as u32).wrapping_add(1023 << 20);
        let sign = aligned as u32 & (1 << 31);
        let number = sign | exponent.wrapping_add(body >> (12 - ES));
        *upper = if special { (aligned >> 31) as u32 & 0x7FF8_0000 } else { number };
        *lower = body << (20 + ES);
    }
    let mut out = [0.0; BLOCK];
    for ((out, upper), lower) in out.iter_mut().zip(&upper).zip(&lower) {
        *out = f64::from_bits(u64::from(*upper) << 32 | u64::from(*lower));
    }
    out
}

/// The nearest posits (clauses 4.1 and 6.5).
#[inline(always)]
pub(super) fn encode<const N: u32, const ES: u32>(x: &Block<f64>) -> Block<u32> {
    let (mut upper, mut lower) = ([0; BLOCK], [0; BLOCK]);
    for ((x, upper), lower) in x.iter().zip(&mut upper).zip(&mut lower) {
        *upper = (x.to_bits() >> 32) as u32;
        *lower = x.to_bits() as u32;
    }
    let mut out = [0; BLOCK];
    for ((out, upper), lower) in out.iter_mut().zip(&upper).zip(&lower) {
        *out = round::<N, ES>(*upper, *lower);
    }
    out
}

#[inline(always)]
fn round<const N: u32, const ES: u32>(upper: u32, lower: u32) -> u32 {
    let magnitude = (upper & 0x7FFF_FFFF) as i32;
    // Saturated in the upper half; the lower one then is below the guard of maxPos, or below that of minPos.
    let range = ((N - 2) << ES) as i32;
    let saturated = magnitude.min((1023 + range) << 20).max((1023 - range) << 20);
    // 32 of 52 bits of fraction, the others gathered in the lowest.
    let fraction = (saturated as u32) << 12 | lower >> 20 | u32::from(lower << 12 != 0);
    let pattern = join::<N, ES>((saturated >> 20) - 1023, fraction);
    let sign = ((upper as i32) >> 31) as u32;
    let zero = (magnitude as u32 | lower) == 0;
    let pattern = (if zero { 0 } else { pattern } ^ sign).wrapping_sub(sign);
    let pattern = if magnitude >= 0x7FF0_0000 { 1 << (N - 1) } else { pattern };
    pattern & (u32::MAX >> (32 - N))
}

//! Integers of up to 128 bits, clause 6.4.

use super::unpacked::{Unpacked, decode, encode_wide};

/// The posit nearest to an integer given by sign and magnitude.
#[inline]
pub(crate) const fn to_posit<const N: u32, const ES: u32>(negative: bool, magnitude: u128) -> u64 {
    if magnitude == 0 { 0 } else { encode_wide::<N, ES>(negative, 0, magnitude, false) }
}

/// Where a real number goes that is no integer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// To the nearest, half to even.
    Nearest,
    /// Towards zero.
    Truncate,
}

/// An integer by sign and magnitude.
#[derive(Clone, Copy)]
pub(crate) struct Integer {
    pub(crate) negative: bool,
    pub(crate) magnitude: u128,
    /// The posit was this integer.
    pub(crate) exact: bool,
}

/// The integer of a pattern; `None` for NaR, and for a magnitude of more than 128 bits.
#[inline]
pub(crate) const fn from_posit<const N: u32, const ES: u32>(
    pattern: u64,
    rounding: Rounding,
) -> Option<Integer> {
    match decode::<N, ES>(pattern) {
        Some(x) => round(x, rounding),
        None if pattern == 0 => Some(Integer { negative: false, magnitude: 0, exact: true }),
        None => None,
    }
}

const fn round(x: Unpacked, rounding: Rounding) -> Option<Integer> {
    if x.exponent > 127 {
        return None;
    }
    if x.exponent >= 63 {
        // significand * 2^(exponent - 63), an integer below 2^128.
        let magnitude = (x.significand as u128) << (x.exponent - 63);
        return Some(Integer { negative: x.negative, magnitude, exact: true });
    }
    if x.exponent < -1 {
        return Some(Integer { negative: x.negative, magnitude: 0, exact: false });
    }
    // -1 <= exponent <= 62: of a significand with 64 - drop integer bits, drop = 1..=64 are fraction.
    let drop = (63 - x.exponent) as u32;
    let kept = (x.significand >> 1) >> (drop - 1);
    let guard = (x.significand >> (drop - 1)) & 1;
    let lost = (x.significand << 1) << (64 - drop) != 0;
    let up = match rounding {
        Rounding::Nearest => guard & (kept | lost as u64),
        Rounding::Truncate => 0,
    };
    Some(Integer { negative: x.negative, magnitude: (kept + (up & 1)) as u128, exact: guard == 0 && !lost })
}

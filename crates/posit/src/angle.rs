//! Degrees and radians, rounded once.
//!
//! The factor is irrational, so no product is exact. It is taken to 192 bits, cut off: an error below
//! `2^-191`. A significand and a border have at most 64 bits, and by the continued fractions of `π/180` and
//! `180/π`, with every power of two, no product of such a significand comes closer to such a border than
//! `2^-133` of its size. So the first 64 bits and a sticky bit are those of the exact product.

use crate::kernel::unpacked::{Unpacked, decode, encode};
use crate::{Posit, Storage};

/// A factor `2^exponent * words / 2^191`, cut off below; the highest word first.
struct Factor {
    exponent: i32,
    words: [u64; 3],
}

/// `π / 180`.
const RADIANS: Factor =
    Factor { exponent: -6, words: [0x8EFA_3512_94E9_C8AE, 0x0EC5_F66E_9485_C4D9, 0x00B7_AEF5_01B5_E6B8] };
/// `180 / π`.
const DEGREES: Factor =
    Factor { exponent: 5, words: [0xE52E_E0D3_1E0F_BDC3, 0x0A97_537F_40D2_57D7, 0x3482_A25F_7CBF_02DC] };

const fn scale<const N: u32, const ES: u32>(x: Unpacked, factor: &Factor) -> u64 {
    let m = x.significand as u128;
    let [high, middle, low] = factor.words;
    // A 64 by 192 bit product without its lowest word; no sum overflows: (2^64 - 1)^2 + 2^64 - 1 < 2^128.
    let middle = m * middle as u128 + ((m * low as u128) >> 64);
    let product = m * high as u128 + (middle >> 64);
    let zeros = product.leading_zeros();
    let significand = ((product << zeros) >> 64) as u64;
    encode::<N, ES>(x.negative, x.exponent + factor.exponent + 1 - zeros as i32, significand, true)
}

impl<const N: u32, const ES: u32, S: Storage> Posit<N, ES, S> {
    /// Degrees to radians: `self * π / 180`, correctly rounded; NaR for NaR.
    #[must_use]
    pub const fn to_radians(self) -> Self {
        match decode::<N, ES>(self.word()) {
            Some(x) => Self::pattern(scale::<N, ES>(x, &RADIANS)),
            None => self,
        }
    }

    /// Radians to degrees: `self * 180 / π`, correctly rounded; NaR for NaR.
    #[must_use]
    pub const fn to_degrees(self) -> Self {
        match decode::<N, ES>(self.word()) {
            Some(x) => Self::pattern(scale::<N, ES>(x, &DEGREES)),
            None => self,
        }
    }
}

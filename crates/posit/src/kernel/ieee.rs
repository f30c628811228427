//! The binary interchange formats of IEEE 754 as integers: `f16`, `bf16`, `f32`, `f64`.
//!
//! A format is the number of its stored fraction bits and of its exponent bits. `f32` 56.0 is
//! `0x42600000`: exponent field `132 - 127 = 5`, fraction `.11`, so `2^5 * 1.75`.

use super::unpacked::{Unpacked, decode, encode};
use super::{mask, n16, n32, nar};

/// A binary floating-point format: stored fraction bits and exponent bits.
#[derive(Clone, Copy)]
pub(crate) struct Ieee {
    fraction: u32,
    exponent: u32,
}

/// binary16.
pub(crate) const F16: Ieee = Ieee { fraction: 10, exponent: 5 };
/// The upper half of binary32.
pub(crate) const BF16: Ieee = Ieee { fraction: 7, exponent: 8 };
/// binary32.
pub(crate) const F32: Ieee = Ieee { fraction: 23, exponent: 8 };
/// binary64.
pub(crate) const F64: Ieee = Ieee { fraction: 52, exponent: 11 };

impl Ieee {
    const fn bias(self) -> i32 {
        (1 << (self.exponent - 1)) - 1
    }
}

/// Whether every finite nonzero posit is within the normal numbers of the format, and `maxPos` at most half
/// its largest power of two; then a float that is not normal is below `minPos`.
const fn contains(format: Ieee, n: u32, es: u32) -> bool {
    n <= 32 && (((n - 2) << es) as i32) < format.bias() && es < format.exponent
}

/// The posit nearest to a float. NaN and both infinities become NaR, both zeros zero (clause 6.5).
#[inline]
pub(crate) const fn to_posit<const N: u32, const ES: u32>(bits: u64, format: Ieee) -> u64 {
    let negative = (bits >> (format.fraction + format.exponent)) & 1 != 0;
    if contains(format, N, ES) {
        let magnitude = bits & mask(format.fraction + format.exponent);
        if magnitude.wrapping_sub(1) >= (mask(format.exponent) << format.fraction) - 1 {
            return if magnitude == 0 { 0 } else { nar(N) };
        }
        // With a bias of 2^(exponent-1), one more, the low ES bits of the field are the exponent of the
        // posit and those above are the regime, biased.
        let biased = magnitude + (1 << format.fraction);
        let width = format.fraction + ES;
        let regime = (biased >> width) as i32 - (1 << (format.exponent - 1 - ES));
        let rounded = if N <= 16 && width <= 32 {
            let tail = (biased as u32) << (32 - width);
            n16::float::round::<N>(regime, tail, tail & mask(n16::float::spare::<N>()) as u32 != 0) as u64
        } else if N <= 16 {
            // The upper half; what is below it, and the spare bits in it, are sticky.
            let tail = biased << (64 - width);
            let sticky = tail & mask(32 + n16::float::spare::<N>()) != 0;
            n16::float::round::<N>(regime, (tail >> 32) as u32, sticky) as u64
        } else {
            let tail = biased << (64 - width);
            n32::float::round::<N>(regime, tail, tail & mask(n32::float::spare::<N>()) != 0)
        };
        return if negative { rounded.wrapping_neg() & mask(N) } else { rounded };
    }
    let field = ((bits >> format.fraction) & mask(format.exponent)) as i32;
    let fraction = bits & mask(format.fraction);
    if field == (1 << format.exponent) - 1 {
        return nar(N);
    }
    if field != 0 {
        let significand = (1 << 63) | (fraction << (63 - format.fraction));
        return encode::<N, ES>(negative, field - format.bias(), significand, false);
    }
    if fraction == 0 {
        return 0;
    }
    // Subnormal: fraction * 2^(1 - bias - fraction bits).
    let zeros = fraction.leading_zeros();
    let exponent = 1 - format.bias() - format.fraction as i32 + 63 - zeros as i32;
    encode::<N, ES>(negative, exponent, fraction << zeros, false)
}

/// The float nearest to a posit, ties to even, with subnormals, zeros and infinities as IEEE 754 rounds.
///
/// NaR becomes the quiet NaN with a zero sign and payload (clause 6.5).
#[inline]
pub(crate) const fn from_posit<const N: u32, const ES: u32>(pattern: u64, format: Ieee) -> u64 {
    if contains(format, N, ES) {
        let not_a_number = mask(format.exponent + 1) << (format.fraction - 1);
        if pattern & !nar(N) == 0 {
            return if pattern == 0 { 0 } else { not_a_number };
        }
        // Exponent and fraction of the posit, moved to the place of the low part of the float.
        let width = format.fraction + ES;
        let (negative, regime, rest) = if N <= 16 && width <= 32 && N <= 3 + width {
            let (negative, regime, rest) = n16::float::magnitude::<N>(pattern as u32);
            (negative, regime, (rest >> (32 - width)) as u64)
        } else {
            let (negative, regime, rest) = if N <= 16 {
                let (negative, regime, rest) = n16::float::magnitude::<N>(pattern as u32);
                (negative, regime, (rest as u64) << 32)
            } else {
                n32::float::magnitude::<N>(pattern)
            };
            let rest = if N <= 3 + width {
                // N - 3 - ES bits of fraction at most: exact.
                rest >> (64 - width)
            } else {
                // Half to even; a carry goes on into the exponent. The lowest bit of `rest` is zero.
                ((rest >> 1) + mask(62 - width) + ((rest >> (64 - width)) & 1)) >> (63 - width)
            };
            (negative, regime, rest)
        };
        let regime = (regime as u64) << width;
        let magnitude = regime.wrapping_add((format.bias() as u64) << format.fraction).wrapping_add(rest);
        return magnitude | (negative as u64) << (format.fraction + format.exponent);
    }
    match decode::<N, ES>(pattern) {
        Some(x) => pack(x, format),
        None if pattern == 0 => 0,
        None => mask(format.exponent + 1) << (format.fraction - 1),
    }
}

/// Rounds to the format, half to even.
const fn pack(x: Unpacked, format: Ieee) -> u64 {
    let sign = (x.negative as u64) << (format.fraction + format.exponent);
    let infinity = mask(format.exponent) << format.fraction;
    let field = x.exponent + format.bias();
    if field >= (1 << format.exponent) - 1 {
        return sign | infinity;
    }
    // Normal numbers drop 63 - fraction bits, subnormal ones 1 - field more. Beyond 64 dropped bits even
    // the leading one is less than half a unit.
    let below = if field < 1 { (1 - field) as u32 } else { 0 };
    let drop = 63 - format.fraction + below;
    if drop > 64 {
        return sign;
    }
    let (kept, guard, lost) = if drop == 64 {
        (0, 1, x.significand << 1)
    } else {
        (x.significand >> drop, (x.significand >> (drop - 1)) & 1, (x.significand << 1) << (64 - drop))
    };
    let up = guard & ((kept & 1) | (lost != 0) as u64);
    // The leading one of `kept` adds 1 to the exponent field, and so does a carry out of the fraction; a
    // carry from a subnormal gives the smallest normal number, one from the largest gives infinity.
    let base = if field < 1 { 0 } else { (field as u64 - 1) << format.fraction };
    sign | (base + kept + up)
}

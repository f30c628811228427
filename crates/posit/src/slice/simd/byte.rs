//! Posits of at most 8 bits and `bf16`, whose 8 significant bits hold any of them: the tables of 16 entries
//! that a byte shuffle looks up.
//!
//! Everything is about codes that stand at the top of a byte, `code << (8 - N)`: bits past the end of a
//! posit are zeros, so that is the `Posit<8, ES>` of the same value. `a` is the magnitude of such a byte.
//!
//! # From a magnitude to `bf16`
//!
//! As long as the regime stays the same, the pattern of the float is a line, `slope * a + constant`: the
//! exponent bits and the fraction of the posit only move. With `k` the run of the regime the slope is
//! `2^(k + ES + 1)`. `P8` from `0 10 00 000`, 1: 64 to `0x3F80`; one code on, 65 is 1.125, `0x3F90`.
//!
//! Where the regime ends within the first three bits, `8 <= a < 120`, the bits `a >> 3` say which line it
//! is; where it does not, `a & 15` names the number. As a sum of two products of bytes, unsigned times
//! signed, modulo 2^16:
//!
//! `0x8000 + float = (128 - a) * -slope + constant * -128`
//!
//! The constants stay within a byte, and bit 15 stays to be masked by the sign. Zero is the sum 0.
//!
//! # From `bf16` to a magnitude
//!
//! The other way round: `base + rest / 2^(k + ES + 9 - N)`, with `rest` the exponent bits and the fraction,
//! and `base` the pattern that has none; a float that does not end within 7 bits of fraction comes with the
//! lowest of them set. A posit of 8 bits has at most 5, and the guard is the sixth.

/// A table for a byte shuffle.
pub(super) type Table = [u8; 16];

/// The pattern of the `bf16` of a magnitude, `0 < a < 128`, of `Posit<8, ES>`.
const fn float(a: u32, es: u32) -> u32 {
    // Behind the sign, at the top of a word.
    let rest = a << 25;
    let (ones, run) =
        if rest >> 31 == 1 { (true, (!rest).leading_zeros()) } else { (false, rest.leading_zeros()) };
    // Run and terminator leave; at most 8 bits.
    let body = (rest << run) << 1;
    let regime = if ones { run as i32 - 1 } else { -(run as i32) };
    let exponent = (127 + (regime << es)) as u32;
    // The exponent bits of the body add to 2^ES r, the fraction follows; the first bit to go is the eighth.
    (exponent << 7) + (body >> (25 - es))
}

/// The run of the regime of a magnitude, `0 < a < 128`.
const fn run(a: u32) -> u32 {
    let rest = a << 25;
    if rest >> 31 == 1 { (!rest).leading_zeros() } else { rest.leading_zeros() }
}

/// Decoding by lines.
pub(super) struct Lines<const ES: u32>;

impl<const ES: u32> Lines<ES> {
    /// Whether all slopes and constants are bytes.
    pub(super) const FIT: bool = ES <= 3;
    /// Whether single numbers at the ends have a fraction, so that they need a slope.
    pub(super) const FRACTION_AT_ENDS: bool = ES < 2;
    /// `-slope` by `a >> 3`; zero at both ends.
    pub(super) const SLOPE: Table = Self::lines(false);
    /// The constant by `a >> 3`; zero at both ends.
    pub(super) const CONSTANT: Table = Self::lines(true);
    /// `-slope` by `a & 15`, for `a < 8` and `a >= 120`.
    pub(super) const END_SLOPE: Table = Self::ends(false);
    /// The constant by `a & 15`, for `a < 8` and `a >= 120`.
    pub(super) const END_CONSTANT: Table = Self::ends(true);

    /// The constant of the line with this slope through the number at `a`.
    const fn constant(a: u32, slope: u32) -> u8 {
        let units = 0x8000 - float(a, ES) - slope * (128 - a);
        assert!(units % 128 == 0 && units / 128 < 256, "a constant is a byte");
        (units / 128) as u8
    }

    const fn entry(a: u32, slope: u32, constant: bool) -> u8 {
        assert!(slope <= 128, "a negated slope is a signed byte");
        if constant { Self::constant(a, slope) } else { (256 - slope) as u8 }
    }

    const fn lines(constant: bool) -> Table {
        let mut table = [0; 16];
        let mut i = 1;
        while i < 15 && Self::FIT {
            let a = 8 * i as u32;
            table[i] = Self::entry(a, 1 << (run(a) + ES + 1), constant);
            i += 1;
        }
        table
    }

    const fn ends(constant: bool) -> Table {
        let mut table = [0; 16];
        let mut i = 1;
        while i < 16 && Self::FIT {
            let a = if i < 8 { i as u32 } else { 112 + i as u32 };
            let slope = if float(a, ES) % 128 == 0 { 0 } else { 1 << (run(a) + ES + 1) };
            table[i] = Self::entry(a, slope, constant);
            i += 1;
        }
        table
    }
}

/// Decoding of at most 5 bits by the number itself: the bytes of the `bf16` by the magnitude of the code.
pub(super) struct Planes<const N: u32, const ES: u32>;

impl<const N: u32, const ES: u32> Planes<N, ES> {
    /// The lower byte.
    pub(super) const LOWER: Table = Self::plane(0);
    /// The upper byte, without the sign.
    pub(super) const UPPER: Table = Self::plane(8);

    /// NaR, of magnitude 2^(N-1), and zero have zeros: 16 is looked up as 0.
    const fn plane(shift: u32) -> Table {
        let mut table = [0; 16];
        let mut i = 1;
        while N <= 5 && i < 1 << (N - 1) {
            table[i] = (float((i as u32) << (8 - N), ES) >> shift) as u8;
            i += 1;
        }
        table
    }
}

/// Decoding of at most 8 bits by the number itself: the bytes of the `bf16` by its magnitude, in two halves.
pub(super) struct Magnitudes<const ES: u32>;

impl<const ES: u32> Magnitudes<ES> {
    /// The lower byte.
    pub(super) const LOWER: [[u8; 64]; 2] = Self::plane(0);
    /// The upper byte, without the sign.
    pub(super) const UPPER: [[u8; 64]; 2] = Self::plane(8);

    const fn plane(shift: u32) -> [[u8; 64]; 2] {
        let mut table = [[0; 64]; 2];
        let mut a = 1;
        while a < 128 {
            table[a / 64][a % 64] = (float(a as u32, ES) >> shift) as u8;
            a += 1;
        }
        table
    }
}

/// Decoding of at most 6 bits by the code itself at the top of 6 bits, whatever is below it: the bytes of its `bf16`.
pub(super) struct Codes<const N: u32, const ES: u32>;

impl<const N: u32, const ES: u32> Codes<N, ES> {
    /// The lower byte.
    pub(super) const LOWER: [u8; 64] = Self::plane(0);
    /// The upper byte.
    pub(super) const UPPER: [u8; 64] = Self::plane(8);

    const fn plane(shift: u32) -> [u8; 64] {
        let mut table = [0; 64];
        let mut i = 0;
        while N <= 6 && i < 64 {
            // At the top of 8 bits.
            let code = (i as u32 >> (6 - N)) << (8 - N);
            let bits = match code {
                0 => 0,
                0x80 => 0x7FC0,
                1..0x80 => float(code, ES),
                _ => 0x8000 | float(256 - code, ES),
            };
            table[i] = (bits >> shift) as u8;
            i += 1;
        }
        table
    }
}

/// Encoding, for `N <= 8`; the tables are looked up by the regime plus 8.
pub(super) struct Regimes<const N: u32>;

impl<const N: u32> Regimes<N> {
    /// `2^(N - 2 - k)`, for `rest` at the top of 16 bits.
    pub(super) const FACTOR: Table = Self::table(false);
    /// The pattern of regime and terminator with zeros behind.
    pub(super) const BASE: Table = Self::table(true);

    const fn table(base: bool) -> Table {
        let mut table = [0; 16];
        // From -(N-2), `0..01`, to N-2, `1..1`, which saturation leaves without a rest.
        let mut regime = 2 - N as i32;
        while N <= 8 && regime <= N as i32 - 2 {
            let k = if regime < 0 { -regime } else { regime + 1 } as u32;
            let factor = if k < N - 1 { 1 << (N - 2 - k) } else { 0 };
            let pattern = if regime < 0 { factor } else { (1 << (N - 1)) - (1 << (N - 1 - k)) };
            table[(regime + 8) as usize] = if base { pattern } else { factor } as u8;
            regime += 1;
        }
        table
    }
}

/// Unpacking of 8 codes of `N` bits in a row, which end at a byte.
pub(super) struct Unpack<const N: u32>;

impl<const N: u32> Unpack<N> {
    /// The byte that code `i` begins in, and the next, for the first eight codes of 16 bytes.
    pub(super) const FIRST: Table = Self::bytes(0);
    /// The same for the second eight.
    pub(super) const SECOND: Table = Self::bytes(N as usize);
    /// The power of two that takes code `i` to the top of its 16 bits.
    pub(super) const FACTORS: [u16; 8] = Self::factors();
    /// For each byte of twice 32 codes, the byte of twice 32 that its bits are in: eight codes are `N` bytes.
    pub(super) const PLACES: [u8; 64] = Self::eights(true);
    /// The lowest of the eight bits of 64 of which the first [`TOP`](Self::TOP) end with code `i` of eight; below 0
    /// they go on at the top.
    pub(super) const SHIFTS: [u8; 64] = Self::eights(false);

    /// Where codes end in a byte: at its top, or at that of the six bits that [`Codes`] looks at.
    pub(super) const TOP: u32 = if N <= 6 { 6 } else { 8 };

    const fn eights(places: bool) -> [u8; 64] {
        let mut table = [0; 64];
        let mut i = 0;
        while i < 64 && N <= 8 {
            let place = i / 32 * 32 + i % 32 / 8 * N + i % 8;
            let shift = 64 + (i % 8 + 1) * N - Self::TOP;
            table[i as usize] = if places { place } else { shift % 64 } as u8;
            i += 1;
        }
        table
    }

    const fn bytes(start: usize) -> Table {
        let mut table = [0; 16];
        let mut i = 0;
        while i < 16 {
            // The second byte of the last code of 8 bits is byte 16, and nothing of the code is in it.
            let byte = start + i / 2 * N as usize / 8 + i % 2;
            table[i] = if byte < 16 { byte } else { 0x80 } as u8;
            i += 1;
        }
        table
    }

    const fn factors() -> [u16; 8] {
        let mut table = [0; 8];
        let mut i = 0;
        while i < 8 && N <= 8 {
            // At most 7 bits stand below the code: 7 + N <= 15.
            table[i] = 1 << (16 - N - i as u32 * N % 8);
            i += 1;
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, Lines, Magnitudes, Planes, Regimes, Unpack, float};
    use crate::Posit;

    /// The upper half of the `f32`.
    fn expected<const ES: u32>(a: u32) -> u32 {
        (Posit::<8, ES, u8>::from_word(u64::from(a)).to_f32().to_bits()) >> 16
    }

    fn lines<const ES: u32>() {
        for a in 0..128 {
            let (i, end) = ((a >> 3) as usize, (a & 15) as usize);
            let inner = Lines::<ES>::SLOPE[i] != 0;
            assert_eq!(inner, (8..120).contains(&a));
            let (slope, constant) = if inner {
                (Lines::<ES>::SLOPE[i], Lines::<ES>::CONSTANT[i])
            } else {
                (Lines::<ES>::END_SLOPE[end], Lines::<ES>::END_CONSTANT[end])
            };
            assert!(inner || Lines::<ES>::FRACTION_AT_ENDS || slope == 0);
            let sum = i32::from(slope as i8) * (128 - a as i32) - 128 * i32::from(constant);
            // No saturation.
            assert_eq!(sum, if a == 0 { 0 } else { expected::<ES>(a) as i32 - 0x8000 }, "{a} of ES {ES}");
        }
    }

    #[test]
    fn two_products_of_bytes_are_the_float() {
        lines::<0>();
        lines::<1>();
        lines::<2>();
        lines::<3>();
    }

    #[test]
    fn bytes_of_the_float() {
        for a in 1..16 {
            let bytes = [Planes::<5, 2>::LOWER[a], Planes::<5, 2>::UPPER[a]];
            assert_eq!(u32::from(u16::from_le_bytes(bytes)), expected::<2>(8 * a as u32));
        }
        assert_eq!(Planes::<3, 1>::UPPER[3], (expected::<1>(96) >> 8) as u8);
        assert_eq!(Planes::<3, 1>::UPPER[4], 0);
        assert_eq!(float(0x67, 2), 0x4260);
        for i in 0..64 {
            let bytes = [Codes::<5, 1>::LOWER[i], Codes::<5, 1>::UPPER[i]];
            let code = Posit::<5, 1, u8>::from_word(i as u64 / 2);
            assert_eq!(u32::from(u16::from_le_bytes(bytes)), code.to_f32().to_bits() >> 16);
        }
        for a in 0..128 {
            let [lower, upper] = [Magnitudes::<4>::LOWER, Magnitudes::<4>::UPPER].map(|t| t[a / 64][a % 64]);
            assert_eq!(u32::from(u16::from_le_bytes([lower, upper])), expected::<4>(a as u32));
        }
    }

    /// Every float that is a posit goes back.
    #[test]
    fn regimes_of_floats() {
        fn at<const N: u32, const ES: u32>() {
            for pattern in 1..1 << (N - 1) {
                let units = (float(pattern << (8 - N), ES) + (8 << (7 + ES))) as usize - (127 << 7);
                let (regime, rest) = (units >> (7 + ES), (units % (1 << (7 + ES))) << (9 - ES));
                let moved = rest * usize::from(Regimes::<N>::FACTOR[regime]);
                assert_eq!(moved % (1 << 16), 0);
                assert_eq!(usize::from(Regimes::<N>::BASE[regime]) + (moved >> 16), pattern as usize);
            }
        }
        at::<8, 0>();
        at::<8, 2>();
        at::<8, 4>();
        at::<6, 1>();
        at::<3, 2>();
    }

    #[test]
    fn codes_of_five_bits() {
        for i in 0..8 {
            let below = 11 - Unpack::<5>::FACTORS[i].trailing_zeros() as usize;
            assert_eq!(8 * usize::from(Unpack::<5>::FIRST[2 * i]) + below, 5 * i);
            assert_eq!(8 * usize::from(Unpack::<5>::SECOND[2 * i]) + below, 5 * i + 40);
        }
        // Code 13 of the second row is the sixth of its second eight: bits 65 to 69, or 25 to 29 behind byte 5.
        let code = 32 + 13;
        assert_eq!(Unpack::<5>::PLACES[code / 8 * 8..][..5], [37, 38, 39, 40, 41]);
        assert_eq!(Unpack::<5>::SHIFTS[code], 25 + 5 - 6);
        assert_eq!((Unpack::<3>::SHIFTS[0], Unpack::<8>::SHIFTS[7]), (64 + 3 - 6, 56));
    }
}

//! What a code is worth.

use crate::cursor::{Cursor, little_endian};
use crate::{ImageError, layout};
use posit::Posit;

/// A number format: how many bits a code has, and the value behind each.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum CodeFormat<'a> {
    /// Two's complement integers of `bits` bits, 2 to 8, worth themselves.
    Int {
        /// Bits of a code.
        bits: u32,
    },
    /// Posits `<n, es>`; `n` from 3 to 16 and `(n - 2) * 2^es <= 126`, so that each value is a
    /// normal `f32`.
    Posit {
        /// Bits of a code.
        n: u32,
        /// Exponent bits.
        es: u32,
    },
    /// A table of at most `2^bits` values.
    Codebook {
        /// Bits of a code, 1 to 8.
        bits: u32,
        /// The values, `f32` little-endian, ascending.
        entries: &'a [u8],
    },
}

impl<'a> CodeFormat<'a> {
    /// Bits of a code.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Int { bits } | Self::Codebook { bits, .. } => bits,
            Self::Posit { n, .. } => n,
        }
    }

    /// True for the posit formats that an image can hold.
    #[must_use]
    pub const fn posit_is_valid(n: u32, es: u32) -> bool {
        3 <= n && n <= 16 && es <= 4 && (n - 2) << es <= 126
    }

    /// The value of a code before its scale; exact. NaR, which no encoder writes, and codes past the
    /// end of a codebook are worth 0.
    #[must_use]
    pub fn value(self, code: u16) -> f32 {
        match self {
            Self::Int { bits } => {
                let shift = 16 - bits;
                #[allow(clippy::cast_possible_wrap, reason = "the top bit becomes the sign")]
                f32::from((code << shift) as i16 >> shift)
            }
            Self::Posit { n, es } => posit_value(code << (16 - n), es),
            Self::Codebook { entries, .. } => {
                let start = usize::from(code) * 4;
                entries.get(start..start + 4).map_or(0.0, |entry| f32::from_bits(little_endian(entry)))
            }
        }
    }

    /// The code on level 0: code 0 of integers and posits, the first entry of a codebook that is not negative.
    #[must_use]
    pub fn zero(self) -> u16 {
        match self {
            Self::Int { .. } | Self::Posit { .. } => 0,
            Self::Codebook { entries, .. } => {
                let negative = |entry: &&[u8]| f32::from_bits(little_endian(entry)) < 0.0;
                // At most 256 entries.
                u16::try_from(entries.chunks(4).take_while(negative).count()).unwrap_or(0)
            }
        }
    }

    /// The code that stands `level` steps above the code `zero` in the order of the values; integers and posits of
    /// two's complement are in the order of their codes.
    #[must_use]
    pub const fn code(self, zero: u16, level: i16) -> u16 {
        let code = zero.wrapping_add_signed(level);
        match self {
            Self::Int { bits } => code & ((1 << bits) - 1),
            // 3 to 16 bits.
            Self::Posit { n, .. } => code & (u16::MAX >> (16 - n)),
            // Past either end no entry is found, and the value is 0.
            Self::Codebook { .. } => code,
        }
    }

    /// The level of a code: the inverse of [`code`](Self::code).
    #[must_use]
    pub const fn level(self, zero: u16, code: u16) -> i16 {
        match self {
            // The top bit of the code becomes the sign.
            Self::Int { .. } | Self::Posit { .. } => {
                let shift = 16 - self.bits();
                (code << shift) as i16 >> shift
            }
            Self::Codebook { .. } => code.wrapping_sub(zero) as i16,
        }
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Result<Self, ImageError> {
        let offset = cursor.offset();
        match cursor.u8()? {
            layout::INT_GRID => {
                let bits = u32::from(cursor.u8()?);
                check((2..=8).contains(&bits), "integer width", bits, offset)?;
                Ok(Self::Int { bits })
            }
            layout::POSIT => {
                let (n, es) = (u32::from(cursor.u8()?), u32::from(cursor.u8()?));
                check((3..=16).contains(&n), "posit width", n, offset)?;
                check(es <= 4 && Self::posit_is_valid(n, es), "posit exponent width", es, offset)?;
                Ok(Self::Posit { n, es })
            }
            layout::CODEBOOK => {
                let bits = u32::from(cursor.u8()?);
                check((1..=8).contains(&bits), "codebook width", bits, offset)?;
                let count = u32::from(cursor.u16()?);
                check((1..=1 << bits).contains(&count), "codebook length", count, offset)?;
                Ok(Self::Codebook { bits, entries: cursor.take(count as usize * 4)? })
            }
            code => Err(ImageError::Unknown { what: "number format", code, offset }),
        }
    }
}

fn check(valid: bool, what: &'static str, found: u32, offset: usize) -> Result<(), ImageError> {
    if valid { Ok(()) } else { Err(ImageError::OutOfRange { what, found, offset }) }
}

/// A posit of fewer bits, followed by zeros, is the posit of 16 bits with the same value: bits past
/// the end read as 0. So `<5,0>` 0_10_11, 1.75, is `<16,0>` 0_10_1100000000000.
fn posit_value(pattern: u16, es: u32) -> f32 {
    if pattern == 0x8000 {
        return 0.0;
    }
    match es {
        0 => Posit::<16, 0>::from_bits(pattern).to_f32(),
        1 => Posit::<16, 1>::from_bits(pattern).to_f32(),
        2 => Posit::<16, 2>::from_bits(pattern).to_f32(),
        3 => Posit::<16, 3>::from_bits(pattern).to_f32(),
        _ => Posit::<16, 4>::from_bits(pattern).to_f32(),
    }
}

#[cfg(test)]
mod tests {
    use super::CodeFormat;

    #[test]
    fn values_by_hand() {
        let int = CodeFormat::Int { bits: 5 };
        assert_eq!([int.value(0), int.value(15), int.value(16), int.value(31)], [0.0, 15.0, -16.0, -1.0]);
        let posit = CodeFormat::Posit { n: 5, es: 0 };
        assert_eq!([posit.value(0b01011), posit.value(0b00001), posit.value(0b01111)], [1.75, 0.125, 8.0]);
        assert_eq!([posit.value(0b10101), posit.value(0b10000)], [-1.75, 0.0]);
        let posit = CodeFormat::Posit { n: 8, es: 2 };
        assert_eq!(
            [posit.value(0x7F), posit.value(0x81), posit.value(0x40)],
            [16_777_216.0, -16_777_216.0, 1.0]
        );
        let book = CodeFormat::Codebook { bits: 2, entries: &[0, 0, 0x80, 0xBF, 0, 0, 0, 0] };
        assert_eq!([book.value(0), book.value(1), book.value(2)], [-1.0, 0.0, 0.0]);
    }
}

//! Weights as an image stores them, and how an operator reads them.

use super::coded::Coded;
use super::layer::Check;
use super::layout;
use crate::cursor::Cursor;
use crate::{Codes, ImageError, packed_bytes};
use fixq::Weights;

/// Weights as the image stores them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Stored<'a> {
    /// One byte each.
    Dense {
        weights: &'a [i8],
        /// From the first weight to the end of the image.
        beyond: &'a [u8],
    },
    /// Indices into a table.
    Dictionary { entries: &'a [i8], bits: u32, codes: &'a [u8], count: usize },
    /// Codes, row by row.
    Coded(Coded<'a>),
}

impl<'a> Stored<'a> {
    /// Reads `rows` rows of `length` weights; the product fits.
    pub(super) fn read(
        cursor: &mut Cursor<'a>,
        [rows, length]: [usize; 2],
        check: Check,
    ) -> Result<Self, ImageError> {
        let count = rows * length;
        let offset = cursor.offset();
        match cursor.u8()? {
            layout::DENSE => {
                let beyond = cursor.rest();
                Ok(Self::Dense { weights: bytemuck::cast_slice(cursor.take(count)?), beyond })
            }
            layout::DICTIONARY if cfg!(feature = "packed") => {
                let bits = u32::from(cursor.u8()?);
                if !(1..=8).contains(&bits) {
                    return Err(ImageError::OutOfRange { what: "bits of a weight", found: bits, offset });
                }
                let entries = match usize::from(cursor.u8()?) {
                    0 => 256,
                    entries => entries,
                };
                let entries = bytemuck::cast_slice(cursor.take(entries)?);
                let bytes = packed_bytes(count, bits).ok_or(ImageError::Truncated { offset })?;
                Ok(Self::Dictionary { entries, bits, codes: cursor.take(bytes)?, count })
            }
            layout::CODED if cfg!(feature = "packed") => {
                let coded = Coded::read(cursor, [rows, length])?;
                if check == Check::Done || coded.is_sound() {
                    Ok(Self::Coded(coded))
                } else {
                    Err(ImageError::Malformed { what: "bitmap of a layer", offset })
                }
            }
            code => Err(ImageError::Unknown { what: "storage of weights", code, offset }),
        }
    }
}

impl Stored<'_> {
    /// A magnitude that no weight exceeds.
    pub(super) fn largest(&self) -> usize {
        match self {
            Self::Dense { .. } | Self::Dictionary { .. } => 128,
            Self::Coded(coded) => coded.entries.largest(coded.bits),
        }
    }

    /// Whether the operators of fixq multiply them in vectors.
    #[cfg(all(target_arch = "x86_64", not(feature = "dsp")))]
    pub(super) const fn is_vector(&self) -> bool {
        !matches!(self, Self::Coded(_))
    }
}

impl Weights for Stored<'_> {
    #[inline]
    fn len(&self) -> usize {
        match self {
            Self::Dense { weights, .. } => weights.len(),
            Self::Dictionary { count, .. } => *count,
            Self::Coded(coded) => coded.len(),
        }
    }

    #[inline]
    fn get(&self, index: usize) -> i32 {
        match *self {
            Self::Dense { weights, .. } => Weights::get(&weights, index),
            Self::Dictionary { entries, bits, codes, .. } => {
                i32::from(from_dictionary(entries, &mut codes_from(codes, bits, index)))
            }
            Self::Coded(coded) => coded.from(index).next().unwrap_or(0),
        }
    }

    #[inline]
    fn dot(&self, start: usize, x: &[i8], zero_point: i8) -> i32 {
        match *self {
            Self::Dense { weights, .. } => weights.dot(start, x, zero_point),
            Self::Dictionary { entries, bits, codes, .. } => {
                let mut codes = codes_from(codes, bits, start);
                x.iter().fold(0i32, |sum, &x| {
                    let difference = i32::from(x) - i32::from(zero_point);
                    sum.wrapping_add(i32::from(from_dictionary(entries, &mut codes)) * difference)
                })
            }
            Self::Coded(coded) => coded.from(start).zip(x).fold(0, |sum: i32, (weight, &x)| {
                sum.wrapping_add(weight * (i32::from(x) - i32::from(zero_point)))
            }),
        }
    }

    #[inline]
    fn accumulate(&self, start: usize, x: &[i8], zero_point: i8, sums: &mut [i32]) {
        match *self {
            Self::Dense { weights, .. } => weights.accumulate(start, x, zero_point, sums),
            Self::Dictionary { entries, bits, codes, .. } => {
                let mut codes = codes_from(codes, bits, start);
                for (sum, &x) in sums.iter_mut().zip(x) {
                    let difference = i32::from(x) - i32::from(zero_point);
                    *sum = sum.wrapping_add(i32::from(from_dictionary(entries, &mut codes)) * difference);
                }
            }
            Self::Coded(coded) => {
                for ((sum, &x), weight) in sums.iter_mut().zip(x).zip(coded.from(start)) {
                    *sum = sum.wrapping_add(weight * (i32::from(x) - i32::from(zero_point)));
                }
            }
        }
    }
}

/// The packed codes from that of element `index` on.
pub(super) fn codes_from(codes: &[u8], bits: u32, index: usize) -> Codes<'_> {
    // Eight codes fill whole bytes: start at one and pass over at most seven.
    let mut codes = Codes::new(codes.get(index / 8 * bits as usize..).unwrap_or(&[]), bits);
    for _ in 0..index % 8 {
        codes.next_code();
    }
    codes
}

#[inline]
fn from_dictionary(entries: &[i8], codes: &mut Codes<'_>) -> i8 {
    entries.get(usize::from(codes.next_code())).copied().unwrap_or(0)
}

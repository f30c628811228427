//! Weights of four or two bits, packed into bytes.
//!
//! Two's complement codes, the first in the low bits: `[1, -2]` in four bits is the byte `0xE1`. This is how
//! TensorFlow Lite stores int4. The codes are weights as they stand, with zero point 0.

use crate::error::check_length;
use crate::{Error, Weights};

/// Packed signed weights of `BITS` bits, 2 or 4, borrowed from flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed<'a, const BITS: u32> {
    bytes: &'a [u8],
    len: usize,
}

/// Weights in -8..=7.
pub type Int4<'a> = Packed<'a, 4>;
/// Weights in -2..=1.
pub type Int2<'a> = Packed<'a, 2>;

impl<'a, const BITS: u32> Packed<'a, BITS> {
    /// Codes in a byte.
    const PER_BYTE: usize = {
        assert!(BITS == 2 || BITS == 4, "Packed<BITS>: BITS must be 2 or 4");
        8 / BITS as usize
    };

    /// The number of bytes that `len` codes take.
    #[must_use]
    pub const fn bytes(len: usize) -> usize {
        len.div_ceil(Self::PER_BYTE)
    }

    /// `len` weights in these bytes; unused bits of the last byte are ignored.
    ///
    /// # Errors
    /// [`Error::Length`] unless there are [`bytes`](Self::bytes)`(len)` bytes.
    pub const fn new(bytes: &'a [u8], len: usize) -> Result<Self, Error> {
        match check_length(Self::bytes(len), bytes.len()) {
            Ok(()) => Ok(Self { bytes, len }),
            Err(error) => Err(error),
        }
    }
}

impl Int4<'_> {
    /// The codes from `at` on; those beyond the end become 0.
    pub(crate) fn unpack(&self, at: usize, to: &mut [i8]) {
        let count = self.len.saturating_sub(at).min(to.len());
        let (to, beyond) = to.split_at_mut_checked(count).unwrap_or((&mut [], &mut []));
        beyond.fill(0);
        // An odd start takes the upper half of a byte; from there on bytes are whole.
        let (head, pairs) = to.split_at_mut_checked((at % 2).min(to.len())).unwrap_or((&mut [], &mut []));
        let bytes = self.bytes.get(at / 2..).unwrap_or(&[]);
        for (to, &byte) in head.iter_mut().zip(bytes) {
            *to = byte as i8 >> 4;
        }
        let bytes = bytes.get(at % 2..).unwrap_or(&[]);
        for (to, &byte) in pairs.chunks_mut(2).zip(bytes) {
            for (to, code) in to.iter_mut().zip([(byte << 4) as i8 >> 4, byte as i8 >> 4]) {
                *to = code;
            }
        }
    }
}

impl<const BITS: u32> Weights for Packed<'_, BITS> {
    #[inline]
    fn len(&self) -> usize {
        self.len
    }

    #[inline]
    fn get(&self, index: usize) -> i32 {
        if index >= self.len {
            return 0;
        }
        let byte = self.bytes.get(index / Self::PER_BYTE).copied().unwrap_or(0);
        let below = (index % Self::PER_BYTE) as u32 * BITS;
        // The code to the top of a byte, then down again with its sign.
        i32::from(((byte >> below) << (8 - BITS)) as i8 >> (8 - BITS))
    }
}

/// Packs weights of `BITS` bits, 2 or 4.
///
/// # Errors
/// [`Error::BadBits`] for another width, [`Error::Length`] unless `bytes` holds exactly the codes,
/// [`Error::BadCode`] with the index of the first weight that does not fit; nothing is written then.
pub fn pack(weights: &[i8], bits: u32, bytes: &mut [u8]) -> Result<(), Error> {
    if bits != 2 && bits != 4 {
        return Err(Error::BadBits { bits });
    }
    let per_byte = if bits == 2 { 4 } else { 2 };
    check_length(weights.len().div_ceil(per_byte), bytes.len())?;
    let (low, high) = (i8::MIN >> (8 - bits), i8::MAX >> (8 - bits));
    if let Some(index) = weights.iter().position(|&w| w < low || w > high) {
        return Err(Error::BadCode { index });
    }
    for (byte, codes) in bytes.iter_mut().zip(weights.chunks(per_byte)) {
        let mask = (1u8 << bits) - 1;
        *byte = codes.iter().rev().fold(0, |byte, &code| byte << bits | (code as u8 & mask));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_comes_back() {
        let four: [i8; 16] = core::array::from_fn(|i| i as i8 - 8);
        let mut bytes = [0; 8];
        pack(&four, 4, &mut bytes).unwrap();
        let packed = Int4::new(&bytes, 16).unwrap();
        assert!((0..16).all(|i| packed.get(i) == i32::from(four[i])));
        assert_eq!((packed.get(16), packed.len()), (0, 16));
        assert_eq!(packed.dot(3, &[7; 5], 2), four[3..8].iter().map(|&w| i32::from(w) * 5).sum::<i32>());

        let two = [-2, -1, 0, 1, 1, -2, 0];
        let mut bytes = [0; 2];
        pack(&two, 2, &mut bytes).unwrap();
        let packed = Int2::new(&bytes, 7).unwrap();
        assert!((0..7).all(|i| packed.get(i) == i32::from(two[i])));
    }

    #[test]
    fn layout_and_errors() {
        let mut bytes = [0; 1];
        pack(&[1, -2], 4, &mut bytes).unwrap();
        assert_eq!(bytes, [0xE1]);
        assert_eq!(pack(&[1, 8], 4, &mut bytes), Err(Error::BadCode { index: 1 }));
        assert_eq!(pack(&[1, -2, 3], 4, &mut bytes), Err(Error::Length { expected: 2, found: 1 }));
        assert_eq!(pack(&[1], 3, &mut bytes), Err(Error::BadBits { bits: 3 }));
        assert_eq!(Int4::new(&bytes, 3), Err(Error::Length { expected: 2, found: 1 }));
        assert_eq!(bytes, [0xE1]);
    }
}

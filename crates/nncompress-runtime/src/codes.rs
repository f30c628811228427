//! Codes of 1 to 16 bits, packed without gaps, the first one in the lowest bits.

/// How many bytes `count` codes of `bits` bits take, if that fits a `usize`.
#[must_use]
pub const fn packed_bytes(count: usize, bits: u32) -> Option<usize> {
    match count.checked_mul(bits as usize) {
        Some(total) => Some(total.div_ceil(8)),
        None => None,
    }
}

/// An iterator over packed codes. Bits past the end read as 0.
#[derive(Clone, Copy, Debug)]
pub struct Codes<'a> {
    bytes: &'a [u8],
    bits: u32,
    /// Bits that were loaded and not yet handed out, lowest first: fewer than `bits + 8 <= 24`.
    buffer: u32,
    filled: u32,
}

impl<'a> Codes<'a> {
    /// Codes of `bits` bits, 1 to 16, in `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8], bits: u32) -> Self {
        Self { bytes, bits, buffer: 0, filled: 0 }
    }

    /// The next code.
    #[allow(clippy::cast_possible_truncation, reason = "masked to at most 16 bits")]
    pub fn next_code(&mut self) -> u16 {
        while self.filled < self.bits {
            let (byte, rest) = match self.bytes.split_first() {
                Some((&byte, rest)) => (byte, rest),
                None => (0, &[][..]),
            };
            self.buffer |= u32::from(byte) << self.filled;
            self.bytes = rest;
            self.filled += 8;
        }
        let code = self.buffer & ((1 << self.bits) - 1);
        self.buffer >>= self.bits;
        self.filled -= self.bits;
        code as u16
    }
}

#[cfg(test)]
mod tests {
    use super::{Codes, packed_bytes};
    use proptest::prelude::*;

    #[test]
    fn the_example_of_the_layout_page() {
        let mut codes = Codes::new(&[0xCD, 0x01], 3);
        assert_eq!([codes.next_code(), codes.next_code(), codes.next_code()], [5, 1, 7]);
        assert_eq!(packed_bytes(3, 3), Some(2));
        assert_eq!(packed_bytes(usize::MAX, 2), None);
    }

    proptest! {
        #[test]
        fn reads_what_bit_by_bit_packing_wrote(bits in 1u32..=16, raw in prop::collection::vec(any::<u16>(), 0..60)) {
            let mask = u32::from(u16::MAX) >> (16 - bits);
            let mut bytes = vec![0u8; packed_bytes(raw.len(), bits).unwrap()];
            for (index, &code) in raw.iter().enumerate() {
                for bit in 0..bits as usize {
                    let place = index * bits as usize + bit;
                    bytes[place / 8] |= ((code >> bit & 1) as u8) << (place % 8);
                }
            }
            let mut codes = Codes::new(&bytes, bits);
            for &code in &raw {
                prop_assert_eq!(u32::from(codes.next_code()), u32::from(code) & mask);
            }
        }
    }

    extern crate std;
    use std::vec;
}

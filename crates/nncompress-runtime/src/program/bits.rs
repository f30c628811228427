//! Fields of up to 32 bits, packed without gaps, lowest bits first.

/// An iterator over packed fields of changing width. Bits past the end read as 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits that were loaded and not yet handed out, lowest first: fewer than 32 + 8.
    buffer: u64,
    filled: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, buffer: 0, filled: 0 }
    }

    /// The next `bits` bits, at most 32.
    #[allow(clippy::cast_possible_truncation, reason = "masked to at most 32 bits")]
    pub(super) fn field(&mut self, bits: u32) -> u32 {
        while self.filled < bits {
            let (byte, rest) = match self.bytes.split_first() {
                Some((&byte, rest)) => (byte, rest),
                None => (0, &[][..]),
            };
            self.buffer |= u64::from(byte) << self.filled;
            self.bytes = rest;
            self.filled += 8;
        }
        let field = self.buffer & ((1 << bits) - 1);
        self.buffer >>= bits;
        self.filled -= bits;
        field as u32
    }

    /// The next `bits` bits, 1 to 32, as two's complement.
    #[allow(clippy::cast_possible_wrap, reason = "the field is moved to the top of an i32")]
    pub(super) fn signed(&mut self, bits: u32) -> i32 {
        let above = 32 - bits;
        (self.field(bits) << above) as i32 >> above
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn fields_by_hand() {
        // 111 001 101, then fifteen zeros, then nothing.
        let mut bits = Bits::new(&[0xCD, 0x01, 0x00]);
        assert_eq!([bits.field(3), bits.field(3)], [5, 1]);
        assert_eq!(bits.signed(3), -1);
        assert_eq!(bits.field(32), 0);
        let mut bits = Bits::new(&[0x00, 0x00, 0x00, 0x80, 0xFF]);
        assert_eq!(bits.signed(32), i32::MIN);
        assert_eq!((bits.field(0), bits.field(7), bits.signed(1)), (0, 0x7F, -1));
    }
}

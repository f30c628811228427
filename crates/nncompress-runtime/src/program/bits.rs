//! Fields of up to 32 bits, packed without gaps, lowest bits first.

/// An iterator over packed fields of changing width. Bits past the end read as 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// Bits of the first byte that were handed out: fewer than 8.
    used: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, used: 0 }
    }

    /// The next `bits` bits, at most 32.
    #[inline]
    pub(super) fn field(&mut self, bits: u32) -> u32 {
        // At most 7 + 32 bits, in five bytes.
        let (low, high) = match *self.bytes {
            [a, b, c, d, e, ..] => (u32::from_le_bytes([a, b, c, d]), e),
            _ => {
                let mut all = self.bytes.iter().copied();
                let mut next = || all.next().unwrap_or(0);
                (u32::from_le_bytes([next(), next(), next(), next()]), next())
            }
        };
        // In 32 bits: a shift by 32 - used, which may be 32, is one by 1 and one by 31 - used.
        let word = low >> self.used | (u32::from(high) << 1) << (31 - self.used);
        let field = if bits == 0 { 0 } else { word & (u32::MAX >> (32 - bits)) };
        let end = self.used + bits;
        self.bytes = self.bytes.get(end as usize / 8..).unwrap_or(&[]);
        self.used = end % 8;
        field
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

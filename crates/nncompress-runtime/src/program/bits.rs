//! Fields of up to 32 bits, packed without gaps, lowest bits first.

/// An iterator over packed fields of changing width. Bits past the end read as 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The number of bits that were handed out.
    used: usize,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// From bit `used` on.
    pub(super) const fn at(bytes: &'a [u8], used: usize) -> Self {
        Self { bytes, used }
    }

    /// The next 57 bits, in two words, lowest first; `bits` of them, at most 57, are passed over.
    #[inline(always)]
    pub(super) fn next(&mut self, bits: u32) -> [u32; 2] {
        let start = self.used / 8;
        let [low, high] = match self.bytes.get(start..).and_then(<[u8]>::first_chunk) {
            Some(&[a, b, c, d, e, f, g, h]) => {
                [u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h])]
            }
            None => self.last(start),
        };
        // In 32 bits: a shift by 32 - shift, which may be 32, is one by 1 and one by 31 - shift.
        let shift = self.used as u32 % 8;
        self.used += bits as usize;
        [low >> shift | (high << 1) << (31 - shift), high >> shift]
    }

    /// Two words from byte `start` on, as far as there are bytes.
    #[cold]
    fn last(&self, start: usize) -> [u32; 2] {
        let mut words = [0; 2];
        for (place, &byte) in (0..64).step_by(8).zip(self.bytes.get(start..).unwrap_or(&[])) {
            if let Some(word) = words.get_mut(place / 32) {
                *word |= u32::from(byte) << (place % 32);
            }
        }
        words
    }

    /// The next 25 bits; `bits` of them, at most 25, are passed over.
    #[inline(always)]
    fn short(&mut self, bits: u32) -> u32 {
        let start = self.used / 8;
        let word = match self.bytes.get(start..).and_then(<[u8]>::first_chunk) {
            Some(&four) => u32::from_le_bytes(four),
            None => self.last(start)[0],
        };
        let shift = self.used as u32 % 8;
        self.used += bits as usize;
        word >> shift
    }

    /// Two's complement numbers of `bits` bits, at most 32, times `2^shift`, of which `32 - bits` is the largest.
    pub(super) fn fill(&mut self, bits: u32, shift: u32, to: &mut [i32]) {
        match bits {
            0 => to.fill(0),
            1..=25 => to
                .iter_mut()
                .for_each(|to| *to = (self.short(bits) << (32 - bits)) as i32 >> (32 - bits - shift)),
            _ => to.iter_mut().for_each(|to| *to = self.signed(bits, shift)),
        }
    }

    /// The next `bits` bits, 1 to 32, as two's complement, times `2^shift`, of which `32 - bits` is the largest.
    #[allow(clippy::cast_possible_wrap, reason = "the field is moved to the top of an i32")]
    #[inline(always)]
    pub(super) fn signed(&mut self, bits: u32, shift: u32) -> i32 {
        let [low, _] = self.next(bits);
        (low << (32 - bits)) as i32 >> (32 - bits - shift)
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn fields_by_hand() {
        // 111 001 101, then fifteen zeros, then nothing.
        let mut bits = Bits::new(&[0xCD, 0x01, 0x00]);
        assert_eq!([bits.signed(3, 0), bits.signed(3, 0), bits.signed(3, 0)], [-3, 1, -1]);
        assert_eq!(bits.signed(32, 0), 0);
        let mut bits = Bits::new(&[0x00, 0x00, 0x00, 0x80, 0xFF]);
        assert_eq!(bits.signed(32, 0), i32::MIN);
        let mut filled = [0; 3];
        bits.clone().fill(4, 1, &mut filled);
        assert_eq!(filled, [-2, -2, 0]);
        assert_eq!((bits.signed(7, 0), bits.signed(1, 1)), (-1, -2));
        let mut filled = [1; 2];
        Bits::at(&[0x50], 4).fill(3, 0, &mut filled);
        assert_eq!(filled, [-3, 0]);
        bits.fill(0, 0, &mut filled);
        assert_eq!(filled, [0, 0]);
    }
}

//! The reading half of the range coder.

use super::{BinaryCoder, Probability};

/// A range coder of 32 bits (the carry-propagating one of LZMA, without its first byte, which is always 0): a
/// decision splits `range` in proportion to its probability.
#[derive(Clone, Copy, Debug)]
pub struct RangeDecoder<'a> {
    stream: &'a [u8],
    /// At least `2^24` between two decisions, so that `range >> 15` keeps at least 9 bits.
    range: u32,
    /// The number in the stream minus the lower end of the interval: below `range`.
    code: u32,
}

impl<'a> RangeDecoder<'a> {
    /// Reads `stream`; past its end the bytes read as 0.
    #[must_use]
    pub const fn new(stream: &'a [u8]) -> Self {
        let mut decoder = Self { stream, range: u32::MAX, code: 0 };
        let mut bytes = 0;
        while bytes < 4 {
            decoder.shift_in();
            bytes += 1;
        }
        decoder
    }

    const fn shift_in(&mut self) {
        let byte = match self.stream.split_first() {
            Some((&byte, rest)) => {
                self.stream = rest;
                byte
            }
            None => 0,
        };
        self.code = self.code << 8 | byte as u32;
    }
}

impl BinaryCoder for RangeDecoder<'_> {
    fn decide(&mut self, probability: &mut Probability, _: bool) -> bool {
        let bound = (self.range >> Probability::BITS) * probability.of_one();
        let bit = self.code < bound;
        if bit {
            self.range = bound;
        } else {
            self.code -= bound;
            self.range -= bound;
        }
        // 1 <= of_one < 2^15 and range >= 2^24: both parts are at least 2^9, so two bytes bring back 2^24.
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift_in();
        }
        probability.adapt(bit);
        bit
    }
}

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
    /// The next bits of the stream, from the top on, and how many they are: at least 16 between two decisions.
    ahead: u32,
    bits: u32,
}

impl<'a> RangeDecoder<'a> {
    /// Reads `stream`; past its end the bytes read as 0.
    #[must_use]
    pub const fn new(stream: &'a [u8]) -> Self {
        let mut decoder = Self { stream, range: u32::MAX, code: 0, ahead: 0, bits: 0 };
        let mut halves = 0;
        while halves < 3 {
            decoder.code = decoder.code << 16 | decoder.ahead >> 16;
            (decoder.ahead, decoder.bits) = (0, 0);
            decoder.refill();
            halves += 1;
        }
        decoder
    }

    /// Two more bytes behind those ahead, of which there are at most 16 bits.
    const fn refill(&mut self) {
        let (first, second) = match self.stream {
            [first, second, rest @ ..] => {
                self.stream = rest;
                (*first, *second)
            }
            [first] => {
                self.stream = &[];
                (*first, 0)
            }
            [] => (0, 0),
        };
        self.ahead |= (((first as u32) << 8) | second as u32) << (16 - self.bits);
        self.bits += 16;
    }
}

impl BinaryCoder for RangeDecoder<'_> {
    #[inline]
    fn decide(&mut self, probability: &mut Probability, _: bool) -> bool {
        let bound = (self.range >> Probability::BITS) * probability.of_one();
        let bit = self.code < bound;
        // All ones for a zero: what is decided is hard to foresee, so nothing here branches on it.
        let zero = u32::from(bit).wrapping_sub(1);
        self.code -= bound & zero;
        let rest = self.range - bound;
        let range = bound ^ ((bound ^ rest) & zero);
        // 1 <= of_one < 2^15 and range >= 2^24: both parts are at least 2^9, so none, one or two bytes bring back 2^24.
        let shift = range.leading_zeros() & 0b1_1000;
        self.range = range << shift;
        self.code = self.code << shift | (self.ahead >> 16) >> (16 - shift);
        self.ahead <<= shift;
        self.bits -= shift;
        if self.bits < 16 {
            self.refill();
        }
        probability.adapt(bit);
        bit
    }
}

//! The writing half of the entropy coder of images: see [`nncompress_runtime::entropy`] for the model.

use nncompress_runtime::entropy::{BinaryCoder, Model, Neighbours, Probability};
use nncompress_runtime::least_bytes;

/// Range-codes levels, row by row, `row` levels each. An empty row length is taken as one row.
#[must_use]
pub fn encode(levels: &[i16], row: usize) -> Vec<u8> {
    let mut encoder = RangeEncoder::default();
    code(&mut encoder, levels, row);
    let mut stream = encoder.finish();
    stream.resize(stream.len().max(least_bytes(levels.len())), 0);
    stream
}

/// The bits that [`encode`] takes, to a byte or two, without writing them.
#[must_use]
pub fn bits(levels: &[i16], row: usize) -> f64 {
    let mut counter = BitCounter::default();
    code(&mut counter, levels, row);
    counter.bits
}

fn code(coder: &mut impl BinaryCoder, levels: &[i16], row: usize) {
    let row = if row == 0 { levels.len().max(1) } else { row };
    let mut model = Model::new();
    let mut zeros_above = vec![0; row];
    for levels in levels.chunks(row) {
        let mut neighbours = Neighbours::NONE;
        for (level, zeros) in levels.iter().zip(&mut zeros_above) {
            model.level(coder, &mut neighbours, zeros, *level);
        }
    }
}

/// Adds up what the decisions cost.
#[derive(Default)]
struct BitCounter {
    bits: f64,
}

impl BinaryCoder for BitCounter {
    fn decide(&mut self, probability: &mut Probability, bit: bool) -> bool {
        let one = f64::from(probability.of_one()) / 32768.0;
        self.bits -= if bit { one } else { 1.0 - one }.log2();
        probability.adapt(bit);
        bit
    }
}

/// The range coder of LZMA: `low` has 32 bits and a carry above them; a byte is held back, with the `0xFF` that
/// follow it, until no carry can reach it.
struct RangeEncoder {
    low: u64,
    range: u32,
    held: Option<u8>,
    /// Bytes `0xFF` behind the held one.
    full: usize,
    stream: Vec<u8>,
}

impl Default for RangeEncoder {
    fn default() -> Self {
        Self { low: 0, range: u32::MAX, held: None, full: 0, stream: Vec::new() }
    }
}

impl RangeEncoder {
    fn shift_out(&mut self) {
        let [low @ .., carry] = self.low.to_le_bytes().first_chunk::<5>().copied().unwrap_or_default();
        let top = low[3];
        if carry != 0 || top != 0xFF {
            if let Some(held) = self.held {
                self.stream.push(held.wrapping_add(carry));
            }
            let full = 0xFF_u8.wrapping_add(carry);
            self.stream.extend(core::iter::repeat_n(full, self.full));
            self.full = 0;
            self.held = Some(top);
        } else {
            self.full += 1;
        }
        self.low = (self.low & 0x00FF_FFFF) << 8;
    }

    /// Chooses the number of the last interval that ends in the most zeros, and leaves these out: a reader takes
    /// what is past the end as 0.
    fn finish(mut self) -> Vec<u8> {
        let end = self.low + u64::from(self.range) - 1;
        let kept = (0..=32).rev().map(|zeros| end >> zeros << zeros).find(|number| *number >= self.low);
        self.low = kept.unwrap_or(self.low);
        for _ in 0..5 {
            self.shift_out();
        }
        let length = self.stream.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        self.stream.truncate(length);
        self.stream
    }
}

impl BinaryCoder for RangeEncoder {
    fn decide(&mut self, probability: &mut Probability, bit: bool) -> bool {
        let bound = (self.range >> 15) * probability.of_one();
        if bit {
            self.range = bound;
        } else {
            self.low += u64::from(bound);
            self.range -= bound;
        }
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift_out();
        }
        probability.adapt(bit);
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::{bits, encode};
    use nncompress_runtime::entropy::LevelDecoder;
    use proptest::prelude::*;

    fn decode(stream: &[u8], count: usize, row: usize) -> Vec<i16> {
        let mut decoder = LevelDecoder::new(stream);
        let mut zeros_above = vec![0; row];
        (0..count)
            .map(|index| {
                if index % row == 0 {
                    decoder.start_row();
                }
                decoder.next_level(&mut zeros_above[index % row])
            })
            .collect()
    }

    proptest! {
        #[test]
        fn decodes_to_what_was_encoded(
            levels in prop::collection::vec(prop_oneof![
                5 => Just(0i16), 3 => -3i16..=3, 1 => -127i16..=127, 1 => -i16::MAX..=i16::MAX
            ], 0..800),
            row in 1usize..60,
        ) {
            let stream = encode(&levels, row);
            prop_assert_eq!(decode(&stream, levels.len(), row), &levels[..]);
            let estimate = bits(&levels, row) / 8.0;
            // The range loses up to 2^-9 of a decision, the end is a whole byte.
            prop_assert!((stream.len() as f64) < estimate * 1.003 + 4.5, "{} {estimate}", stream.len());
        }
    }

    /// A byte that is held back and a run of 0xFF behind it meet a carry in some of these.
    #[test]
    fn long_streams_of_every_skew() {
        let mut state = 1u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for skew in 1..40 {
            let levels: Vec<i16> =
                (0..20_000).map(|_| if next() % skew == 0 { next() as i16 % 16 } else { 0 }).collect();
            assert_eq!(decode(&encode(&levels, 100), levels.len(), 100), levels, "one in {skew}");
        }
    }

    #[test]
    fn near_the_entropy_of_independent_levels() {
        // 16 levels of a binomial: the entropy is known, the contexts have nothing to find.
        let mut state = 7u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u32
        };
        let levels: Vec<i16> = (0..200_000).map(|_| (next() & 0x7FFF).count_ones() as i16 - 8).collect();
        let mut counts = [0u32; 16];
        levels.iter().for_each(|level| counts[(level + 8) as usize] += 1);
        let total = levels.len() as f64;
        let entropy: f64 = counts
            .iter()
            .filter(|count| **count > 0)
            .map(|count| f64::from(*count) * (total / f64::from(*count)).log2())
            .sum();
        let stream = encode(&levels, 500).len() as f64 * 8.0;
        assert!(stream < entropy * 1.01, "{stream} bits for an entropy of {entropy}");
    }

    #[test]
    fn dead_columns_and_zeros_cost_next_to_nothing() {
        let zeros = vec![0i16; 1_000_000];
        assert!(encode(&zeros, 1000).len() < 40);
        // 500 of 1000 columns are dead: the others are one bit and a sign.
        let levels: Vec<i16> = (0..300_000usize)
            .map(|i| if i % 1000 < 500 { 0 } else { [1, -1][(i * 7919 / 13) % 2] })
            .collect();
        let live = 150_000.0;
        assert!(bits(&levels, 1000) < live * 1.15, "{}", bits(&levels, 1000));
    }
}

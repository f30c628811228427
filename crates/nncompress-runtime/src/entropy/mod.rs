//! Codes of weights by an adaptive binary range coder: shorter than packing, decoded row by row.
//!
//! The stream codes *levels*: how many steps of the grid a code lies above (or below) zero. A level is split into
//! binary decisions, each with a probability that adapts to what came before in the same [context](Model): is it
//! zero, its sign, how many bits its magnitude has, and these bits. What the neighbours did is the context: the two
//! levels to the left, and how long the same column has been zero in the rows above, because a dead input makes a
//! column of zeros.
//!
//! A decoder is about a kilobyte of state and one byte for each element of a row. It needs no heap, no float, and no
//! division; a stream of any bytes decodes to some levels, so reading cannot fail.

mod model;
mod range;

pub use model::{Model, Neighbours, Probability};
pub use range::RangeDecoder;

/// One side of a binary arithmetic coder.
pub trait BinaryCoder {
    /// Codes one decision under `probability` and adapts it. A writer writes `bit` and returns it; a reader ignores
    /// `bit` and returns what was written.
    fn decide(&mut self, probability: &mut Probability, bit: bool) -> bool;
}

/// Levels of a tensor, row by row.
#[derive(Clone, Copy, Debug)]
pub struct LevelDecoder<'a> {
    model: Model,
    coder: RangeDecoder<'a>,
    neighbours: Neighbours,
}

impl<'a> LevelDecoder<'a> {
    /// Reads the levels of `stream`; past its end the bytes read as 0.
    #[must_use]
    pub const fn new(stream: &'a [u8]) -> Self {
        Self { model: Model::new(), coder: RangeDecoder::new(stream), neighbours: Neighbours::NONE }
    }

    /// Begins a row.
    pub const fn start_row(&mut self) {
        self.neighbours = Neighbours::NONE;
    }

    /// The next level of the row. `zeros_above` is the byte of its column: 0 before the first row, and left alone
    /// between rows.
    #[inline]
    pub fn next_level(&mut self, zeros_above: &mut u8) -> i16 {
        self.model.level(&mut self.coder, &mut self.neighbours, zeros_above, 0)
    }
}

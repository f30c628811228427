//! Fully connected: every output is a row of weights times the whole input.

use crate::error::check_length;
use crate::output::Channels;
use crate::shape::Shape;
use crate::{Error, Rounding, Weights};

/// How many accumulators stay on the stack.
const BLOCK: usize = 64;

/// `output[b, o] = Σ weight[o, i] · (input[b, i] − zero_point) + bias[o]`, rescaled.
#[derive(Clone, Copy, Debug)]
pub struct FullyConnected<'a, W, R: Rounding> {
    weights: W,
    channels: Channels<'a, R>,
    batch: usize,
    inputs: usize,
    zero_point: i8,
}

impl<'a, W: Weights, R: Rounding> FullyConnected<'a, W, R> {
    /// A layer of `channels.count() × inputs` weights for `batch` rows, and the zero point of the input.
    ///
    /// # Errors
    /// [`Error::Length`] if the weights do not fill that shape, [`Error::TooLarge`] if a shape is too large.
    pub fn new(
        weights: W,
        [batch, inputs]: [usize; 2],
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        check_length(Shape::new(&[channels.count(), inputs])?.len(), weights.len())?;
        Shape::new(&[batch, inputs, channels.count()])?;
        Ok(Self { weights, channels, batch, inputs, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.batch * self.inputs
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.batch * self.channels.count()
    }

    /// Runs the layer.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let mut rows = input.chunks_exact(self.inputs.max(1));
        for out in output.chunks_exact_mut(self.channels.count().max(1)) {
            let row = rows.next().unwrap_or(&[]);
            for (block, codes) in out.chunks_mut(BLOCK).enumerate() {
                let mut sums = [0; BLOCK];
                let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
                let first = block * BLOCK;
                self.weights.dots([first * self.inputs, self.inputs], row, self.zero_point, sums);
                self.channels.codes(first, sums, codes);
            }
        }
        Ok(())
    }
}

//! Depthwise convolution: each input channel has its own kernels.

use crate::error::check_length;
use crate::op::Window;
use crate::op::window::Span;
use crate::output::Channels;
use crate::shape::Shape;
use crate::{Error, Rounding, Weights};
use core::num::NonZeroUsize;

/// `output[n, y, x, i·m + j] = Σ weight[ky, kx, i·m + j] · (input[n, y', x', i] − zero_point) + bias`, rescaled.
///
/// `m` is the depth multiplier. Weights are `[1, height, width, outputs]`; taps outside the image count as 0.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a, W, R: Rounding> {
    weights: W,
    channels: Channels<'a, R>,
    batch: usize,
    inputs: usize,
    multiplier: NonZeroUsize,
    spans: [Span; 2],
    zero_point: i8,
}

impl<'a, W: Weights, R: Rounding> DepthwiseConv2d<'a, W, R> {
    /// A depthwise convolution of images `[batch, height, width, channels]`; the depth multiplier is the
    /// number of output channels by that of input channels.
    ///
    /// # Errors
    /// [`Error::BadGroups`] if the output channels are not a multiple of the input channels,
    /// [`Error::BadWindow`] if the window does not fit, [`Error::Length`] if the weights do not fill their
    /// shape, [`Error::TooLarge`] if a shape is too large.
    pub fn new(
        weights: W,
        [batch, height, width, inputs]: [usize; 4],
        window: Window,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let outputs = channels.count();
        if outputs.checked_rem(inputs) != Some(0) {
            return Err(Error::BadGroups { groups: inputs, inputs, outputs });
        }
        let spans = window.spans([height, width])?;
        let [kh, kw] = window.kernel;
        check_length(Shape::new(&[kh, kw, outputs])?.len(), weights.len())?;
        Shape::new(&[batch, height, width, inputs])?;
        Shape::new(&[batch, spans[0].output, spans[1].output, outputs])?;
        // Without outputs nothing is ever divided by their number.
        let multiplier = NonZeroUsize::new(outputs / inputs).unwrap_or(NonZeroUsize::MIN);
        Ok(Self { weights, channels, batch, inputs, multiplier, spans, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.batch * self.spans[0].input * self.spans[1].input * self.inputs
    }

    /// The shape of the output.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 4] {
        [self.batch, self.spans[0].output, self.spans[1].output, self.channels.count()]
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.batch * self.spans[0].output * self.spans[1].output * self.channels.count()
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let [rows, columns] = &self.spans;
        let image = rows.input * columns.input * self.inputs;
        let mut pixels = output.chunks_exact_mut(self.channels.count().max(1));
        for n in 0..self.batch {
            let input = input.get(n * image..).unwrap_or(&[]);
            for y in 0..rows.output {
                for (x, pixel) in (0..columns.output).zip(&mut pixels) {
                    self.pixel(input, [y, x], pixel);
                }
            }
        }
        Ok(())
    }

    /// All channels of one output pixel, in blocks whose accumulators fit the registers.
    fn pixel(&self, input: &[i8], [y, x]: [usize; 2], pixel: &mut [i8]) {
        const BLOCK: usize = 16;
        let [rows, columns] = &self.spans;
        for (block, codes) in pixel.chunks_mut(BLOCK).enumerate() {
            let first = block * BLOCK;
            let mut sums = [0i32; BLOCK];
            let mut values = [0i8; BLOCK];
            for ky in rows.taps(y) {
                let row = rows.position(y, ky) * columns.input;
                for kx in columns.taps(x) {
                    let at = (row + columns.position(x, kx)) * self.inputs;
                    let under = input.get(at..at + self.inputs).unwrap_or(&[]);
                    let weight = (ky * columns.kernel + kx) * self.channels.count() + first;
                    let values = if self.multiplier.get() == 1 {
                        let end = under.len().min(first + codes.len());
                        under.get(first..end).unwrap_or(&[])
                    } else {
                        // Each input as often as it has outputs.
                        for (channel, value) in (first..).zip(&mut values) {
                            *value = under.get(channel / self.multiplier).copied().unwrap_or(self.zero_point);
                        }
                        values.get(..codes.len()).unwrap_or(&[])
                    };
                    self.weights.accumulate(weight, values, self.zero_point, &mut sums);
                }
            }
            for ((channel, code), &sum) in (first..).zip(codes).zip(&sums) {
                *code = self.channels.code(channel, sum);
            }
        }
    }
}

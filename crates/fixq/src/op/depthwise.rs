//! Depthwise convolution: each input channel has its own kernels.

use crate::op::Window;
use crate::op::images::Images;
use crate::output::Channels;
use crate::{Error, Rounding, Weights};
use core::num::NonZeroUsize;

/// `output[n, y, x, i·m + j] = Σ weight[ky, kx, i·m + j] · (input[n, y', x', i] − zero_point) + bias`, rescaled.
///
/// `m` is the depth multiplier. Weights are `[1, height, width, outputs]`; taps outside the image count as 0.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a, W, R: Rounding> {
    pub(crate) weights: W,
    pub(crate) channels: Channels<'a, R>,
    pub(crate) images: Images,
    pub(crate) multiplier: NonZeroUsize,
    pub(crate) zero_point: i8,
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
        images: [usize; 4],
        window: Window,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let (images, multiplier) = Images::depthwise(images, window, channels.count(), weights.len())?;
        Ok(Self { weights, channels, images, multiplier, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.images.input_len()
    }

    /// The shape of the output.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 4] {
        self.images.output_shape()
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.images.output_len()
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        self.images.each(input, output, |input, at, pixel| self.pixel(input, at, pixel))
    }

    /// All channels of one output pixel, in blocks whose accumulators stay on the stack.
    fn pixel(&self, input: &[i8], [y, x]: [usize; 2], pixel: &mut [i8]) {
        const BLOCK: usize = 64;
        let [rows, columns] = &self.images.spans;
        for (block, codes) in pixel.chunks_mut(BLOCK).enumerate() {
            let first = block * BLOCK;
            let mut sums = [0i32; BLOCK];
            let mut values = [0i8; BLOCK];
            for ky in rows.taps(y) {
                let row = rows.position(y, ky) * columns.input;
                for kx in columns.taps(x) {
                    let at = (row + columns.position(x, kx)) * self.images.inputs;
                    let under = input.get(at..at + self.images.inputs).unwrap_or(&[]);
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
            self.channels.codes(first, &sums, codes);
        }
    }
}

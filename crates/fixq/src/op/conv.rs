//! Convolution of images, with groups and dilation.

use crate::error::check_length;
use crate::op::Window;
use crate::op::kernel::Kernel;
use crate::output::Channels;
use crate::{Error, Rounding, Weights};

/// How many accumulators stay on the stack.
const BLOCK: usize = 64;

/// `output[n, y, x, o] = Σ weight[o, ky, kx, i] · (input[n, y', x', i] − zero_point) + bias[o]`, rescaled.
///
/// Taps outside the image count as the real number 0. Weights are `[outputs, height, width, inputs/groups]`.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d<'a, W, R: Rounding> {
    pub(crate) weights: W,
    pub(crate) channels: Channels<'a, R>,
    pub(crate) kernel: Kernel,
    pub(crate) zero_point: i8,
}

impl<'a, W: Weights, R: Rounding> Conv2d<'a, W, R> {
    /// A convolution of images `[batch, height, width, channels]`, in `groups` groups of channels.
    ///
    /// # Errors
    /// [`Error::BadWindow`] if the window does not fit, [`Error::BadGroups`] if the groups do not divide the
    /// channels, [`Error::Length`] if the weights do not fill their shape, [`Error::TooLarge`] if a shape is
    /// too large.
    pub fn new(
        weights: W,
        images: [usize; 4],
        window: Window,
        groups: usize,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let kernel = Kernel::new(images, window, groups, channels.count())?;
        check_length(channels.count() * kernel.len(), weights.len())?;
        Ok(Self { weights, channels, kernel, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.kernel.images.input_len()
    }

    /// The shape of the output.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 4] {
        self.kernel.images.output_shape()
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.kernel.images.output_len()
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        self.kernel.images.each(input, output, |input, at, pixel| {
            for (group, codes) in pixel.chunks_mut(self.kernel.per_group.get()).enumerate() {
                for (block, codes) in codes.chunks_mut(BLOCK).enumerate() {
                    let first = group * self.kernel.per_group.get() + block * BLOCK;
                    let mut sums = [0; BLOCK];
                    let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
                    let len = self.kernel.len();
                    self.kernel.runs(at, group, |weight, under| {
                        let values = input.get(under).unwrap_or(&[]);
                        self.weights.dots([first * len + weight, len], values, self.zero_point, sums);
                    });
                    self.channels.codes(first, sums, codes);
                }
            }
        })
    }
}

//! Convolution of images, with groups and dilation.

use crate::error::check_length;
use crate::op::Window;
use crate::op::window::Span;
use crate::output::Channels;
use crate::shape::Shape;
use crate::{Error, Rounding, Weights};
use core::num::NonZeroUsize;

/// `output[n, y, x, o] = Σ weight[o, ky, kx, i] · (input[n, y', x', i] − zero_point) + bias[o]`, rescaled.
///
/// Taps outside the image count as the real number 0. Weights are `[outputs, height, width, inputs/groups]`.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d<'a, W, R: Rounding> {
    weights: W,
    channels: Channels<'a, R>,
    batch: usize,
    inputs: usize,
    /// Input and output channels of a group.
    depth: usize,
    per_group: NonZeroUsize,
    joined: bool,
    spans: [Span; 2],
    zero_point: i8,
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
        [batch, height, width, inputs]: [usize; 4],
        window: Window,
        groups: usize,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let outputs = channels.count();
        let divides = |n: usize| n.checked_rem(groups) == Some(0);
        if !divides(inputs) || !divides(outputs) {
            return Err(Error::BadGroups { groups, inputs, outputs });
        }
        let spans = window.spans([height, width])?;
        let [kh, kw] = window.kernel;
        check_length(Shape::new(&[outputs, kh, kw, inputs / groups])?.len(), weights.len())?;
        Shape::new(&[batch, height, width, inputs])?;
        Shape::new(&[batch, spans[0].output, spans[1].output, outputs])?;
        // Neighbouring taps are neighbours in memory if nothing lies between them: one long product.
        let joined = spans[1].dilation.get() == 1 && groups == 1;
        // Without outputs nothing is ever divided by their number.
        let per_group = NonZeroUsize::new(outputs / groups).unwrap_or(NonZeroUsize::MIN);
        let depth = inputs / groups;
        Ok(Self { weights, channels, batch, inputs, depth, per_group, joined, spans, zero_point })
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
                    for (channel, code) in pixel.iter_mut().enumerate() {
                        *code = self.channels.code(channel, self.sum(input, y, x, channel));
                    }
                }
            }
        }
        Ok(())
    }

    /// The accumulator of one output, without its bias.
    fn sum(&self, input: &[i8], y: usize, x: usize, channel: usize) -> i32 {
        let [rows, columns] = &self.spans;
        let (depth, group) = (self.depth, channel / self.per_group);
        let taps = columns.taps(x);
        let mut sum = 0i32;
        for ky in rows.taps(y) {
            let row = rows.position(y, ky) * columns.input;
            let kernel_row = (channel * rows.kernel + ky) * columns.kernel;
            let mut kx = taps.start;
            while kx < taps.end {
                let count = if self.joined { taps.end - kx } else { 1 };
                let at = (row + columns.position(x, kx)) * self.inputs + group * depth;
                let values = input.get(at..at + count * depth).unwrap_or(&[]);
                sum = sum.wrapping_add(self.weights.dot((kernel_row + kx) * depth, values, self.zero_point));
                kx += count;
            }
        }
        sum
    }
}

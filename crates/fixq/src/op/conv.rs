//! Convolution of images, with groups and dilation.

use crate::error::check_length;
use crate::op::Window;
use crate::op::images::Images;
use crate::output::Channels;
use crate::shape::Shape;
use crate::{Error, Rounding, Weights};
use core::num::NonZeroUsize;

/// How many accumulators stay on the stack.
const BLOCK: usize = 64;

/// `output[n, y, x, o] = Σ weight[o, ky, kx, i] · (input[n, y', x', i] − zero_point) + bias[o]`, rescaled.
///
/// Taps outside the image count as the real number 0. Weights are `[outputs, height, width, inputs/groups]`.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d<'a, W, R: Rounding> {
    weights: W,
    channels: Channels<'a, R>,
    images: Images,
    /// Input and output channels of a group.
    depth: usize,
    per_group: NonZeroUsize,
    joined: bool,
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
        images: [usize; 4],
        window: Window,
        groups: usize,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let (inputs, outputs) = (images[3], channels.count());
        let divides = |n: usize| n.checked_rem(groups) == Some(0);
        if !divides(inputs) || !divides(outputs) {
            return Err(Error::BadGroups { groups, inputs, outputs });
        }
        let images = Images::new(images, window, outputs)?;
        let ([kh, kw], depth) = (window.kernel, inputs / groups);
        check_length(Shape::new(&[outputs, kh, kw, depth])?.len(), weights.len())?;
        // Neighbouring taps are neighbours in memory if nothing lies between them: one long product.
        let joined = images.spans[1].dilation.get() == 1 && groups == 1;
        // Without outputs nothing is ever divided by their number.
        let per_group = NonZeroUsize::new(outputs / groups).unwrap_or(NonZeroUsize::MIN);
        Ok(Self { weights, channels, images, depth, per_group, joined, zero_point })
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
        self.images.each(input, output, |input, at, pixel| {
            for (group, codes) in pixel.chunks_mut(self.per_group.get()).enumerate() {
                for (block, codes) in codes.chunks_mut(BLOCK).enumerate() {
                    let first = group * self.per_group.get() + block * BLOCK;
                    let mut sums = [0; BLOCK];
                    let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
                    self.add(input, at, group, first, sums);
                    self.channels.codes(first, sums, codes);
                }
            }
        })
    }

    /// Adds the products of one output pixel to the accumulators of the channels from `first` on.
    fn add(&self, input: &[i8], [y, x]: [usize; 2], group: usize, first: usize, sums: &mut [i32]) {
        let [rows, columns] = &self.images.spans;
        let (depth, taps) = (self.depth, columns.taps(x));
        let kernel = rows.kernel * columns.kernel * depth;
        for ky in rows.taps(y) {
            let row = rows.position(y, ky) * columns.input;
            let mut kx = taps.start;
            while kx < taps.end {
                let count = if self.joined { taps.end - kx } else { 1 };
                let at = (row + columns.position(x, kx)) * self.images.inputs + group * depth;
                let values = input.get(at..at + count * depth).unwrap_or(&[]);
                let start = first * kernel + (ky * columns.kernel + kx) * depth;
                self.weights.dots([start, kernel], values, self.zero_point, sums);
                kx += count;
            }
        }
    }
}

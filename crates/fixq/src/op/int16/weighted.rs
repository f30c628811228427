//! Layers with weights.

use crate::error::check_length;
use crate::op::Window;
use crate::op::images::Images;
use crate::op::kernel::Kernel;
use crate::output::Output;
use crate::shape::Shape;
use crate::{Double, Error, Multiplier, Rounding, Weights};
use core::num::NonZeroUsize;

mod sealed {
    pub trait Sealed {}
    impl Sealed for i32 {}
    impl Sealed for i64 {}
}

/// The bias of an output, `i64` or `i32`: its type is that of the sums. Sealed.
pub trait Bias: sealed::Sealed + Copy + Default + core::fmt::Debug {
    /// `(sum + bias) · factor`, the sum in this type, rounded.
    fn rescale(self, sum: i64, factor: Multiplier) -> i32;
}

impl Bias for i64 {
    #[inline]
    fn rescale(self, sum: i64, factor: Multiplier) -> i32 {
        factor.apply_wide(sum.wrapping_add(self))
    }
}

impl Bias for i32 {
    #[inline]
    fn rescale(self, sum: i64, factor: Multiplier) -> i32 {
        Double::apply((sum as i32).wrapping_add(self), factor)
    }
}

/// What turns the sum of an output channel into a code: bias, factor, output.
#[derive(Clone, Copy, Debug)]
pub struct Channels<'a, B> {
    bias: Option<&'a [B]>,
    factors: &'a [Multiplier],
    output: Output<i16>,
    count: usize,
}

impl<'a, B: Bias> Channels<'a, B> {
    /// `count` channels, each with its bias and factor, or all with the one factor.
    ///
    /// # Errors
    /// [`Error::Length`] if there is a bias whose length is not `count`, or if the number of factors is
    /// neither 1 nor `count`.
    pub const fn new(
        count: usize,
        bias: Option<&'a [B]>,
        factors: &'a [Multiplier],
        output: Output<i16>,
    ) -> Result<Self, Error> {
        let biases = match bias {
            Some(bias) => bias.len(),
            None => count,
        };
        let expected = if factors.len() == 1 { 1 } else { count };
        match (check_length(count, biases), check_length(expected, factors.len())) {
            (Ok(()), Ok(())) => Ok(Self { bias, factors, output, count }),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    /// The number of channels.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// The code of a sum of channel `channel`; a channel that does not exist gets that of 0.
    #[must_use]
    #[inline]
    pub fn code(&self, channel: usize, sum: i64) -> i16 {
        let bias = self.bias.and_then(|b| b.get(channel)).copied().unwrap_or_default();
        let factor = if self.factors.len() == 1 { self.factors.first() } else { self.factors.get(channel) };
        self.output.code(factor.map_or(0, |&factor| bias.rescale(sum, factor)))
    }
}

/// `output[b, o] = Σ weight[o, i] · input[b, i] + bias[o]`, rescaled.
#[derive(Clone, Copy, Debug)]
pub struct FullyConnected<'a, W, B> {
    weights: W,
    channels: Channels<'a, B>,
    batch: usize,
    inputs: usize,
}

impl<'a, W: Weights, B: Bias> FullyConnected<'a, W, B> {
    /// A layer of `channels.count() × inputs` weights for `batch` rows.
    ///
    /// # Errors
    /// [`Error::Length`] if the weights do not fill that shape, [`Error::TooLarge`] if a shape is too large.
    pub fn new(weights: W, [batch, inputs]: [usize; 2], channels: Channels<'a, B>) -> Result<Self, Error> {
        check_length(Shape::new(&[channels.count(), inputs])?.len(), weights.len())?;
        Shape::new(&[batch, inputs, channels.count()])?;
        Ok(Self { weights, channels, batch, inputs })
    }

    /// Runs the layer.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have `batch · inputs` and `batch · outputs` elements.
    pub fn run(&self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        check_length(self.batch * self.inputs, input.len())?;
        check_length(self.batch * self.channels.count(), output.len())?;
        let mut rows = input.chunks_exact(self.inputs.max(1));
        for out in output.chunks_exact_mut(self.channels.count().max(1)) {
            let row = rows.next().unwrap_or(&[]);
            for (o, code) in out.iter_mut().enumerate() {
                *code = self.channels.code(o, self.weights.dot_int16(o * self.inputs, row));
            }
        }
        Ok(())
    }
}

/// `output[n, y, x, o] = Σ weight[o, ky, kx, i] · input[n, y', x', i] + bias[o]`, rescaled.
///
/// Taps outside the image count as 0. Weights are `[outputs, height, width, inputs/groups]`.
#[derive(Clone, Copy, Debug)]
pub struct Conv2d<'a, W, B> {
    weights: W,
    channels: Channels<'a, B>,
    kernel: Kernel,
}

impl<'a, W: Weights, B: Bias> Conv2d<'a, W, B> {
    /// A convolution of images `[batch, height, width, channels]`, in `groups` groups of channels.
    ///
    /// # Errors
    /// As [`op::Conv2d::new`](crate::op::Conv2d::new).
    pub fn new(
        weights: W,
        images: [usize; 4],
        window: Window,
        groups: usize,
        channels: Channels<'a, B>,
    ) -> Result<Self, Error> {
        let kernel = Kernel::new(images, window, groups, channels.count())?;
        check_length(channels.count() * kernel.len(), weights.len())?;
        Ok(Self { weights, channels, kernel })
    }

    /// The shape of the output.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 4] {
        self.kernel.images.output_shape()
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill the images.
    pub fn run(&self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        let len = self.kernel.len();
        self.kernel.images.each(input, output, |input, at, pixel| {
            for (o, code) in pixel.iter_mut().enumerate() {
                let mut sum = 0i64;
                self.kernel.runs(at, o / self.kernel.per_group, |weight, under| {
                    let values = input.get(under).unwrap_or(&[]);
                    sum = sum.wrapping_add(self.weights.dot_int16(o * len + weight, values));
                });
                *code = self.channels.code(o, sum);
            }
        })
    }
}

/// `output[n, y, x, i·m + j] = Σ weight[ky, kx, i·m + j] · input[n, y', x', i] + bias`, rescaled.
///
/// `m` is the depth multiplier. Weights are `[1, height, width, outputs]`; taps outside the image count as 0.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseConv2d<'a, W, B> {
    weights: W,
    channels: Channels<'a, B>,
    images: Images,
    multiplier: NonZeroUsize,
}

impl<'a, W: Weights, B: Bias> DepthwiseConv2d<'a, W, B> {
    /// A depthwise convolution of images `[batch, height, width, channels]`; the depth multiplier is the
    /// number of output channels by that of input channels.
    ///
    /// # Errors
    /// As [`op::DepthwiseConv2d::new`](crate::op::DepthwiseConv2d::new).
    pub fn new(
        weights: W,
        images: [usize; 4],
        window: Window,
        channels: Channels<'a, B>,
    ) -> Result<Self, Error> {
        let (images, multiplier) = Images::depthwise(images, window, channels.count(), weights.len())?;
        Ok(Self { weights, channels, images, multiplier })
    }

    /// The shape of the output.
    #[must_use]
    pub const fn output_shape(&self) -> [usize; 4] {
        self.images.output_shape()
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill the images.
    pub fn run(&self, input: &[i16], output: &mut [i16]) -> Result<(), Error> {
        let [rows, columns] = &self.images.spans;
        self.images.each(input, output, |input, [y, x], pixel| {
            let outputs = pixel.len();
            for (o, code) in pixel.iter_mut().enumerate() {
                let mut sum = 0i64;
                for ky in rows.taps(y) {
                    for kx in columns.taps(x) {
                        let under = rows.position(y, ky) * columns.input + columns.position(x, kx);
                        let value = input.get(under * self.images.inputs + o / self.multiplier);
                        let weight = self.weights.get((ky * columns.kernel + kx) * outputs + o);
                        let value = value.copied().map_or(0, i64::from);
                        sum = sum.wrapping_add(i64::from(weight).wrapping_mul(value));
                    }
                }
                *code = self.channels.code(o, sum);
            }
        })
    }
}

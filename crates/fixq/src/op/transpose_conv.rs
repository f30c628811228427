//! Transposed convolution: each input spreads a kernel over the output.

use crate::error::check_length;
use crate::op::Window;
use crate::op::window::Span;
use crate::output::Channels;
use crate::shape::Shape;
use crate::{Error, Rounding, Weights};

/// The transpose of the convolution that takes `output` to `input`, rescaled.
///
/// Computed from the output's side, so that no row of accumulators has to be kept: an output at `y` meets
/// the input `(y + before − ky) / stride` wherever that is an integer inside the image. Weights are
/// `[outputs, height, width, inputs]`.
#[derive(Clone, Copy, Debug)]
pub struct TransposeConv2d<'a, W, R: Rounding> {
    weights: W,
    channels: Channels<'a, R>,
    batch: usize,
    inputs: usize,
    /// Of the convolution from output to input: its `input` is this operator's output.
    spans: [Span; 2],
    zero_point: i8,
}

impl<'a, W: Weights, R: Rounding> TransposeConv2d<'a, W, R> {
    /// A transposed convolution from `[batch, height, width, channels]` to images of size `output`.
    ///
    /// # Errors
    /// [`Error::BadWindow`] if the window on the output does not give the input's size or has a dilation,
    /// [`Error::Length`] if the weights do not fill their shape, [`Error::TooLarge`] if a shape is too large.
    pub fn new(
        weights: W,
        [batch, height, width, inputs]: [usize; 4],
        output: [usize; 2],
        window: Window,
        zero_point: i8,
        channels: Channels<'a, R>,
    ) -> Result<Self, Error> {
        let spans = window.spans(output)?;
        for (axis, (span, input)) in spans.iter().zip([height, width]).enumerate() {
            if span.output != input || span.dilation.get() != 1 {
                return Err(Error::BadWindow { axis, input });
            }
        }
        let [kh, kw] = window.kernel;
        check_length(Shape::new(&[channels.count(), kh, kw, inputs])?.len(), weights.len())?;
        Shape::new(&[batch, height, width, inputs])?;
        Shape::new(&[batch, output[0], output[1], channels.count()])?;
        Ok(Self { weights, channels, batch, inputs, spans, zero_point })
    }

    /// The length of the input.
    #[must_use]
    pub const fn input_len(&self) -> usize {
        self.batch * self.spans[0].output * self.spans[1].output * self.inputs
    }

    /// The length of the output.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.batch * self.spans[0].input * self.spans[1].input * self.channels.count()
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let [rows, columns] = &self.spans;
        let image = rows.output * columns.output * self.inputs;
        let mut pixels = output.chunks_exact_mut(self.channels.count().max(1));
        for n in 0..self.batch {
            let input = input.get(n * image..).unwrap_or(&[]);
            for y in 0..rows.input {
                for (x, pixel) in (0..columns.input).zip(&mut pixels) {
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
        let mut sum = 0i32;
        for (ky, iy) in sources(rows, y) {
            for (kx, ix) in sources(columns, x) {
                let at = (iy * columns.output + ix) * self.inputs;
                let values = input.get(at..at + self.inputs).unwrap_or(&[]);
                let kernel = ((channel * rows.kernel + ky) * columns.kernel + kx) * self.inputs;
                sum = sum.wrapping_add(self.weights.dot(kernel, values, self.zero_point));
            }
        }
        sum
    }
}

/// The taps that reach an output, each with the input that it comes from.
fn sources(span: &Span, output: usize) -> impl Iterator<Item = (usize, usize)> {
    let (at, stride, inputs) = (output + span.before, span.stride, span.output);
    (0..span.kernel.min(at + 1)).filter_map(move |tap| {
        let from = at - tap;
        (from % stride == 0 && from / stride < inputs).then_some((tap, from / stride))
    })
}

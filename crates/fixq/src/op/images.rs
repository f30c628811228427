//! Images under a sliding window: what convolutions and pools share.

use crate::Error;
use crate::error::check_length;
use crate::op::Window;
use crate::op::window::Span;
use crate::shape::Shape;
use core::num::NonZeroUsize;

/// Images `[batch, height, width, inputs]`, and those that a window makes of them, with `outputs` channels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Images {
    batch: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    /// Vertical first.
    pub(crate) spans: [Span; 2],
}

impl Images {
    /// # Errors
    /// [`Error::BadWindow`] if the window does not fit, [`Error::TooLarge`] if a shape is too large.
    pub(crate) fn new(
        [batch, height, width, inputs]: [usize; 4],
        window: Window,
        outputs: usize,
    ) -> Result<Self, Error> {
        let spans = window.spans([height, width])?;
        Shape::new(&[batch, height, width, inputs])?;
        Shape::new(&[batch, spans[0].output, spans[1].output, outputs])?;
        Ok(Self { batch, inputs, outputs, spans })
    }

    /// The images of a depthwise convolution, and how many outputs an input has.
    ///
    /// # Errors
    /// As [`DepthwiseConv2d::new`](super::DepthwiseConv2d::new).
    pub(crate) fn depthwise(
        images: [usize; 4],
        window: Window,
        outputs: usize,
        weights: usize,
    ) -> Result<(Self, NonZeroUsize), Error> {
        let inputs = images[3];
        if outputs.checked_rem(inputs) != Some(0) {
            return Err(Error::BadGroups { groups: inputs, inputs, outputs });
        }
        let images = Self::new(images, window, outputs)?;
        let [kh, kw] = window.kernel;
        check_length(Shape::new(&[kh, kw, outputs])?.len(), weights)?;
        // Without outputs nothing is ever divided by their number.
        Ok((images, NonZeroUsize::new(outputs / inputs).unwrap_or(NonZeroUsize::MIN)))
    }

    pub(crate) const fn input_len(&self) -> usize {
        self.batch * self.spans[0].input * self.spans[1].input * self.inputs
    }

    pub(crate) const fn output_shape(&self) -> [usize; 4] {
        [self.batch, self.spans[0].output, self.spans[1].output, self.outputs]
    }

    pub(crate) const fn output_len(&self) -> usize {
        self.batch * self.spans[0].output * self.spans[1].output * self.outputs
    }

    /// Calls `f` with the image, the position and the channels of every output pixel.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices fill the images.
    #[inline]
    pub(crate) fn each<T>(
        &self,
        input: &[T],
        output: &mut [T],
        mut f: impl FnMut(&[T], [usize; 2], &mut [T]),
    ) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let [rows, columns] = &self.spans;
        let image = rows.input * columns.input * self.inputs;
        let mut pixels = output.chunks_exact_mut(self.outputs.max(1));
        for n in 0..self.batch {
            let input = input.get(n * image..).unwrap_or(&[]);
            for y in 0..rows.output {
                for (x, pixel) in (0..columns.output).zip(&mut pixels) {
                    f(input, [y, x], pixel);
                }
            }
        }
        Ok(())
    }
}

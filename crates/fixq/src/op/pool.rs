//! Pooling: the average or the maximum of the cells of a window that lie inside the image.
//!
//! Input and output have the same scale and zero point, so codes are averaged as they are. A global pool is
//! a window of the size of the image.

use crate::Error;
use crate::error::check_length;
use crate::op::Window;
use crate::op::window::Span;
use crate::output::Output;
use crate::shape::Shape;

/// Windows over images of `[batch, height, width, channels]`.
#[derive(Clone, Copy, Debug)]
struct Pool {
    batch: usize,
    channels: usize,
    spans: [Span; 2],
}

impl Pool {
    fn new([batch, height, width, channels]: [usize; 4], window: Window) -> Result<Self, Error> {
        let spans = window.spans([height, width])?;
        Shape::new(&[batch, height, width, channels])?;
        Shape::new(&[batch, spans[0].output, spans[1].output, channels])?;
        Ok(Self { batch, channels, spans })
    }

    const fn input_len(&self) -> usize {
        self.batch * self.spans[0].input * self.spans[1].input * self.channels
    }

    const fn output_shape(&self) -> [usize; 4] {
        [self.batch, self.spans[0].output, self.spans[1].output, self.channels]
    }

    const fn output_len(&self) -> usize {
        self.batch * self.spans[0].output * self.spans[1].output * self.channels
    }

    /// Folds the codes under each window, from `start`, and finishes with the number of cells.
    fn run(
        &self,
        input: &[i8],
        output: &mut [i8],
        start: i32,
        fold: impl Fn(i32, i32) -> i32,
        finish: impl Fn(i32, i32) -> i8,
    ) -> Result<(), Error> {
        check_length(self.input_len(), input.len())?;
        check_length(self.output_len(), output.len())?;
        let [rows, columns] = &self.spans;
        let image = rows.input * columns.input * self.channels;
        let mut pixels = output.chunks_exact_mut(self.channels.max(1));
        for n in 0..self.batch {
            for y in 0..rows.output {
                for (x, pixel) in (0..columns.output).zip(&mut pixels) {
                    let (down, across) = (rows.taps(y), columns.taps(x));
                    let cells = (down.len() * across.len()) as i32;
                    for (c, code) in pixel.iter_mut().enumerate() {
                        let mut value = start;
                        for ky in down.clone() {
                            for kx in across.clone() {
                                let cell = rows.position(y, ky) * columns.input + columns.position(x, kx);
                                let at = n * image + cell * self.channels + c;
                                value = fold(value, input.get(at).copied().map_or(0, i32::from));
                            }
                        }
                        *code = finish(value, cells);
                    }
                }
            }
        }
        Ok(())
    }
}

/// The rounded mean of the cells inside the image, half away from zero.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2d {
    pool: Pool,
    output: Output,
}

/// The largest of the cells inside the image.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d {
    pool: Pool,
    output: Output,
}

macro_rules! pool {
    ($($name:ident)*) => {$(
        impl $name {
            /// A pool over images `[batch, height, width, channels]`; the output clamps only.
            ///
            /// # Errors
            /// [`Error::BadWindow`] if the window does not fit or if one of its positions lies outside the
            /// image altogether, [`Error::TooLarge`] if a shape is too large.
            pub fn new(image: [usize; 4], window: Window, output: Output) -> Result<Self, Error> {
                let pool = Pool::new(image, window)?;
                for (axis, span) in pool.spans.iter().enumerate() {
                    if (0..span.output).any(|o| span.taps(o).is_empty()) {
                        return Err(Error::BadWindow { axis, input: span.input });
                    }
                }
                Ok(Self { pool, output })
            }

            /// The length of the input.
            #[must_use]
            pub const fn input_len(&self) -> usize {
                self.pool.input_len()
            }

            /// The shape of the output.
            #[must_use]
            pub const fn output_shape(&self) -> [usize; 4] {
                self.pool.output_shape()
            }

            /// The length of the output.
            #[must_use]
            pub const fn output_len(&self) -> usize {
                self.pool.output_len()
            }
        }
    )*};
}
pool!(AveragePool2d MaxPool2d);

impl AveragePool2d {
    /// Runs the pool.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        self.pool.run(input, output, 0, i32::wrapping_add, |sum, cells| {
            let half = if sum > 0 { cells / 2 } else { -(cells / 2) };
            let mean = sum.wrapping_add(half).checked_div(cells).unwrap_or(0);
            self.output.clamp(mean.clamp(-128, 127) as i8)
        })
    }
}

impl MaxPool2d {
    /// Runs the pool.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        self.pool.run(input, output, -128, i32::max, |max, _| self.output.clamp(max as i8))
    }
}

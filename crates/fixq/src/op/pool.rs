//! Pooling: the average or the maximum of the cells of a window that lie inside the image.
//!
//! Input and output have the same scale and zero point, so codes are averaged as they are. A global pool is
//! a window of the size of the image.

use crate::op::Window;
use crate::op::images::Images;
use crate::output::Output;
use crate::{Code, Error};

/// Windows over images of `[batch, height, width, channels]`.
#[derive(Clone, Copy, Debug)]
struct Pool {
    images: Images,
}

impl Pool {
    fn new(image: [usize; 4], window: Window) -> Result<Self, Error> {
        let images = Images::new(image, window, image[3])?;
        for (axis, span) in images.spans.iter().enumerate() {
            if !span.is_filled() {
                return Err(Error::BadWindow { axis, input: span.input });
            }
        }
        Ok(Self { images })
    }

    /// Folds the codes under each window, from `start`, and finishes with the number of cells.
    fn run<T: Code>(
        &self,
        input: &[T],
        output: &mut [T],
        start: i32,
        fold: impl Fn(i32, i32) -> i32,
        finish: impl Fn(i32, i32) -> T,
    ) -> Result<(), Error> {
        const BLOCK: usize = 64;
        let [rows, columns] = &self.images.spans;
        let channels = self.images.inputs;
        self.images.each(input, output, |input, [y, x], pixel| {
            let (down, across) = (rows.taps(y), columns.taps(x));
            let cells = (down.len() * across.len()) as i32;
            for (block, codes) in pixel.chunks_mut(BLOCK).enumerate() {
                let mut values = [start; BLOCK];
                for ky in down.clone() {
                    for kx in across.clone() {
                        let cell = rows.position(y, ky) * columns.input + columns.position(x, kx);
                        let under = input.get(cell * channels + block * BLOCK..).unwrap_or(&[]);
                        for (value, &code) in values.iter_mut().zip(under).take(codes.len()) {
                            *value = fold(*value, code.into());
                        }
                    }
                }
                for (code, value) in codes.iter_mut().zip(values) {
                    *code = finish(value, cells);
                }
            }
        })
    }
}

/// The rounded mean of the cells inside the image, half away from zero.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool2d<T = i8> {
    pool: Pool,
    output: Output<T>,
}

/// The largest of the cells inside the image.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool2d<T = i8> {
    pool: Pool,
    output: Output<T>,
}

macro_rules! pool {
    ($($name:ident)*) => {$(
        impl<T: Code> $name<T> {
            /// A pool over images `[batch, height, width, channels]`; the output clamps only.
            ///
            /// # Errors
            /// [`Error::BadWindow`] if the window does not fit or if one of its positions lies outside the
            /// image altogether, or may as its taps stand further apart than the image is long; [`Error::TooLarge`] if a shape is too large.
            pub fn new(image: [usize; 4], window: Window, output: Output<T>) -> Result<Self, Error> {
                Ok(Self { pool: Pool::new(image, window)?, output })
            }

            /// The length of the input.
            #[must_use]
            pub const fn input_len(&self) -> usize {
                self.pool.images.input_len()
            }

            /// The shape of the output.
            #[must_use]
            pub const fn output_shape(&self) -> [usize; 4] {
                self.pool.images.output_shape()
            }

            /// The length of the output.
            #[must_use]
            pub const fn output_len(&self) -> usize {
                self.pool.images.output_len()
            }
        }
    )*};
}
pool!(AveragePool2d MaxPool2d);

impl<T: Code> AveragePool2d<T> {
    /// Runs the pool.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[T], output: &mut [T]) -> Result<(), Error> {
        self.pool.run(input, output, 0, i32::wrapping_add, |sum, cells| {
            let half = if sum > 0 { cells / 2 } else { -(cells / 2) };
            let mean = sum.wrapping_add(half).checked_div(cells).unwrap_or(0);
            self.output.code_of(mean)
        })
    }
}

impl<T: Code> MaxPool2d<T> {
    /// Runs the pool.
    ///
    /// # Errors
    /// [`Error::Length`] unless the slices have [`input_len`](Self::input_len) and
    /// [`output_len`](Self::output_len) elements.
    pub fn run(&self, input: &[T], output: &mut [T]) -> Result<(), Error> {
        self.pool.run(input, output, T::LOWEST, i32::max, |max, _| self.output.code_of(max))
    }
}

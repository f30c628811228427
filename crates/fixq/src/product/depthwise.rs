//! Depthwise convolution, two taps at a time.
//!
//! *A lane of 32 bits holds the codes of one channel under two taps*, and their weights stand ready in the same order.

use super::gemm::write_sums;
use super::image::Bordered;
use super::pack::largest_sum;
use crate::error::check_length;
use crate::op::DepthwiseConv2d;
use crate::op::images::Images;
use crate::output::Channels;
use crate::simd::{Backend, END, Line, TILE, Taps, Tile, interleaved};
use crate::{Error, Rounding};

/// Channels of a line.
const WIDTH: usize = 16;
/// The most taps of a kernel; those of larger kernels would not fit the stack.
const MAX_TAPS: usize = 128;

/// A [`DepthwiseConv2d`] whose weights are packed; same results. One output for each input.
#[derive(Clone, Copy, Debug)]
pub struct PackedDepthwiseConv2d<'a, R: Rounding> {
    backend: Backend,
    lines: &'a [Line],
    /// What ends the sums, where that is done beside the product.
    end: Option<&'a [Line]>,
    images: Images,
    channels: Channels<'a, R>,
    zero_point: i8,
}

impl<'a, R: Rounding> PackedDepthwiseConv2d<'a, R> {
    /// The number of lines that the packed weights of a convolution take; `None` if an input has several outputs, or
    /// for kernels of more than 128 taps.
    #[must_use]
    pub fn packed_len(conv: &DepthwiseConv2d<'a, &[i8], R>) -> Option<usize> {
        let [rows, columns] = &conv.images.spans;
        let taps = rows.kernel.checked_mul(columns.kernel).filter(|&taps| taps <= MAX_TAPS)?;
        let one = conv.images.inputs == conv.images.outputs;
        one.then(|| conv.images.inputs.div_ceil(WIDTH) * (taps.div_ceil(2) + END))
    }

    /// Packs the weights of a convolution.
    ///
    /// # Errors
    /// [`Error::BadBackend`] if the CPU cannot run the backend, [`Error::BadGroups`] if an input has several outputs,
    /// [`Error::TooLarge`] if it has too many taps, [`Error::Length`] unless there are as
    /// many lines as it says.
    pub fn new(
        backend: Backend,
        conv: &DepthwiseConv2d<'a, &[i8], R>,
        lines: &'a mut [Line],
    ) -> Result<Self, Error> {
        let weights_len = Self::check(backend, conv, lines.len())?;
        let (images, weights, inputs) = (conv.images, conv.weights, conv.images.inputs);
        let taps = images.spans[0].kernel * images.spans[1].kernel;
        let all = lines;
        let Some((lines, end)) = all.split_at_mut_checked(weights_len) else {
            return Err(Error::TooLarge);
        };
        for (index, line) in lines.iter_mut().enumerate() {
            let (block, pair) = (index / taps.div_ceil(2), index % taps.div_ceil(2));
            *line = Line(core::array::from_fn(|lane| {
                let channel = block * WIDTH + interleaved(lane);
                let weight = |tap: usize| {
                    let code = weights.get(tap * inputs + channel).filter(|_| tap < taps && channel < inputs);
                    code.map_or(0, |&w| i32::from(w))
                };
                weight(2 * pair) & 0xFFFF | weight(2 * pair + 1) << 16
            }));
        }
        conv.channels.lines_of_end(0, largest_sum(taps), end);
        Self::from_packed(backend, conv, all)
    }

    /// The convolution with weights that [`new`](Self::new) has packed into these lines before, for the same
    /// convolution; with others its results are arbitrary.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_packed(
        backend: Backend,
        conv: &DepthwiseConv2d<'a, &[i8], R>,
        lines: &'a [Line],
    ) -> Result<Self, Error> {
        let at = Self::check(backend, conv, lines.len())?;
        let (lines, end) = lines.split_at_checked(at).ok_or(Error::TooLarge)?;
        let images = conv.images;
        let end = (backend.finishes() && conv.channels.has_end()).then_some(end);
        Ok(Self { backend, lines, end, images, channels: conv.channels, zero_point: conv.zero_point })
    }

    /// The number of lines for weights, in front of those of the end.
    fn check(backend: Backend, conv: &DepthwiseConv2d<'a, &[i8], R>, len: usize) -> Result<usize, Error> {
        let (inputs, outputs) = (conv.images.inputs, conv.images.outputs);
        if !backend.is_available() {
            return Err(Error::BadBackend);
        }
        if inputs != outputs {
            return Err(Error::BadGroups { groups: inputs, inputs, outputs });
        }
        check_length(Self::packed_len(conv).ok_or(Error::TooLarge)?, len)?;
        Ok(len - inputs.div_ceil(WIDTH) * END)
    }

    fn image(&self) -> Bordered {
        let channels = self.images.inputs.div_ceil(WIDTH) * WIDTH;
        Bordered::new(self.images, 2, channels, self.zero_point)
    }

    /// The number of bytes of scratch memory that a run uses: for the image in its borders.
    #[must_use]
    pub fn image_len(&self) -> usize {
        self.image().len()
    }

    /// The number of words of scratch memory that a run uses: for the sums of a row of outputs.
    #[must_use]
    pub fn sums_len(&self) -> usize {
        self.images.spans[1].output * self.images.outputs
    }

    /// Runs the convolution.
    ///
    /// # Errors
    /// [`Error::Length`] unless input and output fill the images, or if `image` has less than
    /// [`image_len`](Self::image_len) bytes or `sums` less than [`sums_len`](Self::sums_len) words.
    pub fn run(
        &self,
        input: &[i8],
        image: &mut [u8],
        sums: &mut [i32],
        output: &mut [i8],
    ) -> Result<(), Error> {
        check_length(self.images.input_len(), input.len())?;
        check_length(self.images.output_len(), output.len())?;
        let (bytes, words) = (image.len(), sums.len());
        let short = |expected, found| Error::Length { expected, found };
        let image = image.get_mut(..self.image_len()).ok_or(short(self.image_len(), bytes))?;
        let sums = sums.get_mut(..self.sums_len()).ok_or(short(self.sums_len(), words))?;
        let [rows, columns] = &self.images.spans;
        let pixel = self.image().channels * self.image().width;
        // Where the taps lie from the first one; a last one without a partner is its own, with a weight of 0.
        let mut pairs = [[0usize; 2]; MAX_TAPS / 2];
        for tap in 0..rows.kernel * columns.kernel {
            let (ky, kx) = (tap / columns.kernel, tap % columns.kernel);
            let offset = ky * rows.dilation.get() * self.image().row() + kx * columns.dilation.get() * pixel;
            if let Some([first, second]) = pairs.get_mut(tap / 2) {
                *second = offset;
                if tap % 2 == 0 {
                    *first = offset;
                }
            }
        }
        let pairs = pairs.get(..(rows.kernel * columns.kernel).div_ceil(2)).unwrap_or(&[]);
        let size = rows.input * columns.input * self.images.inputs;
        let out = rows.output * columns.output * self.images.outputs;
        for (input, output) in input.chunks_exact(size.max(1)).zip(output.chunks_exact_mut(out.max(1))) {
            self.image().copy(input, image);
            for (y, codes) in output.chunks_exact_mut(self.sums_len().max(1)).enumerate() {
                let bytes = image.get(y * rows.stride.get() * self.image().row()..).unwrap_or(&[]);
                let pixel = columns.stride.get() * pixel;
                if let Some(end) = self.end {
                    self.row(bytes, pixel, pairs, |tile, rows, [at, first, count]| {
                        let codes = codes.get_mut(at * self.images.outputs + first..).unwrap_or(&mut []);
                        let end = self.channels.end(end.get(first / WIDTH * END..).unwrap_or(&[]));
                        self.backend.finish(&end, tile, rows, [count, self.images.outputs], codes);
                    });
                } else {
                    self.row(bytes, pixel, pairs, |tile, rows, place| {
                        write_sums(tile, rows, place, self.images.outputs, sums);
                    });
                    self.channels.pixels(sums, codes);
                }
            }
        }
        Ok(())
    }

    /// Passes the tiles of a row of outputs to `put`: sums, rows, and pixel, channel and channels.
    #[inline]
    fn row(
        &self,
        bytes: &[u8],
        pixel: usize,
        pairs: &[[usize; 2]],
        mut put: impl FnMut(&Tile, usize, [usize; 3]),
    ) {
        let (pixels, outputs) = (self.images.spans[1].output, self.images.outputs);
        let mut tile: Tile = [[0; TILE[1]]; TILE[0]];
        for (block, right) in self.lines.chunks_exact(pairs.len().max(1)).enumerate() {
            let first = block * WIDTH;
            for start in (0..pixels).step_by(TILE[0]) {
                let rows = (pixels - start).min(TILE[0]);
                let bytes = bytes.get(start * pixel + 2 * first..).unwrap_or(&[]);
                self.backend.taps(&Taps { bytes, pixel, pairs, right }, rows, &mut tile);
                put(&tile, rows, [start, first, (outputs - first).min(WIDTH)]);
            }
        }
    }
}

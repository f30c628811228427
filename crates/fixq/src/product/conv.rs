//! Convolution as a product, without a copy of the windows.
//!
//! *A row of a window is a run of neighbouring codes, and the windows of neighbouring pixels overlap in memory.* So the
//! image is copied once, with its borders and in the lanes of the backend, and the inner loop reads the windows of up
//! to twelve pixels where they lie, row by row of the window.

use super::gemm::write_sums;
use super::image::Bordered;
use super::pack::{Lanes, largest_sum, sum_columns, width};
use crate::error::check_length;
use crate::op::Conv2d;
use crate::op::kernel::Kernel;
use crate::output::Channels;
use crate::simd::{Backend, END, Line, Strip, TILE, Tile};
use crate::{Error, Rounding};

/// A [`Conv2d`] whose weights are packed for a backend; same results.
#[derive(Clone, Copy, Debug)]
pub struct PackedConv2d<'a, R: Rounding> {
    backend: Backend,
    lines: &'a [Line],
    /// What ends the sums, where that is done beside the product.
    end: Option<&'a [Line]>,
    kernel: Kernel,
    channels: Channels<'a, R>,
    zero_point: i8,
}

/// Steps in front of a panel: what the sums of its columns start from.
const START: usize = 1;

/// Lines in front of the panel of this many columns, and those of a step.
fn lines_of(backend: Backend, columns: usize) -> usize {
    columns.div_ceil(16).min(backend.lines())
}

/// Steps of a row of the window.
fn steps(backend: Backend, kernel: &Kernel) -> usize {
    (kernel.images.spans[1].kernel * kernel.depth).div_ceil(backend.lane())
}

/// Whether a row of the window is one run of codes.
fn applies(kernel: &Kernel) -> bool {
    kernel.depth == kernel.images.inputs && kernel.images.spans[1].dilation.get() == 1
}

impl<'a, R: Rounding> PackedConv2d<'a, R> {
    /// The number of lines that the packed weights of a convolution take; `None` if it has groups, or gaps along a
    /// row, for which this product is of no use.
    #[must_use]
    pub fn packed_len(backend: Backend, conv: &Conv2d<'a, &[i8], R>) -> Option<usize> {
        let kernel = &conv.kernel;
        if !applies(kernel) {
            return None;
        }
        let depth = kernel.images.spans[0].kernel * steps(backend, kernel) + START + END;
        let blocks = kernel.images.outputs.div_ceil(16);
        blocks.checked_mul(depth).filter(|n| n.checked_mul(size_of::<Line>()).is_some())
    }

    /// Packs the weights of a convolution.
    ///
    /// # Errors
    /// [`Error::BadBackend`] if the CPU cannot run the backend, [`Error::BadGroups`] or [`Error::BadWindow`] where
    /// [`packed_len`](Self::packed_len) is `None`, [`Error::Length`] unless there are as many lines as it says.
    pub fn new(backend: Backend, conv: &Conv2d<'a, &[i8], R>, lines: &'a mut [Line]) -> Result<Self, Error> {
        let weights_len = Self::check(backend, conv, lines.len())?;
        let (kernel, weights) = (conv.kernel, conv.weights);
        let images = &kernel.images;
        let run = images.spans[1].kernel * kernel.depth;
        let (rows, steps) = (images.spans[0].kernel, steps(backend, &kernel));
        let all = lines;
        let Some((lines, end)) = all.split_at_mut_checked(weights_len) else {
            return Err(Error::TooLarge);
        };
        let lanes = Lanes::right(backend, 0);
        let mut rest = &mut *lines;
        for first in (0..images.outputs).step_by(backend.lines() * 16) {
            let width = lines_of(backend, images.outputs - first);
            let Some((panel, after)) = rest.split_at_mut_checked(width * (rows * steps + START)) else {
                break;
            };
            rest = after;
            let Some((start, panel)) = panel.split_at_mut_checked(START * width) else { break };
            for (step, lines) in panel.chunks_exact_mut(width.max(1)).enumerate() {
                // A lane does not reach into the next row of the window.
                let (row, at) = (step / steps, step % steps * backend.lane());
                let count = (run - at).min(backend.lane());
                for (line, first) in lines.iter_mut().zip((first..).step_by(16)) {
                    *line = Line(core::array::from_fn(|column| {
                        let start = (first + column) * kernel.len() + row * run + at;
                        let inside = first + column < images.outputs;
                        let codes = weights.get(start..start + count).filter(|_| inside);
                        lanes.lane(codes.unwrap_or(&[]))
                    }));
                }
            }
            if backend.lane() == 4 {
                // Σ (x − z) w = Σ (x + 128) w − (z + 128) Σ w.
                let raised = i32::from(conv.zero_point) + 128;
                sum_columns(&*panel, start);
                start.iter_mut().for_each(|Line(line)| *line = line.map(|total| total.wrapping_mul(-raised)));
            } else {
                start.fill(Line::ZERO);
            }
        }
        conv.channels.lines_of_end(0, largest_sum(kernel.len()), end);
        Self::from_packed(backend, conv, all)
    }

    /// The convolution with weights that [`new`](Self::new) has packed into these lines before, for the same backend and
    /// the same convolution; with others its results are arbitrary.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn from_packed(
        backend: Backend,
        conv: &Conv2d<'a, &[i8], R>,
        lines: &'a [Line],
    ) -> Result<Self, Error> {
        let at = Self::check(backend, conv, lines.len())?;
        let (lines, end) = lines.split_at_checked(at).ok_or(Error::TooLarge)?;
        let kernel = conv.kernel;
        let end = (backend.finishes() && conv.channels.has_end()).then_some(end);
        Ok(Self { backend, lines, end, kernel, channels: conv.channels, zero_point: conv.zero_point })
    }

    /// The number of lines for weights, in front of those of the end.
    fn check(backend: Backend, conv: &Conv2d<'a, &[i8], R>, len: usize) -> Result<usize, Error> {
        if !backend.is_available() {
            return Err(Error::BadBackend);
        }
        let kernel = &conv.kernel;
        let (inputs, outputs) = (kernel.images.inputs, kernel.images.outputs);
        if kernel.depth != inputs {
            return Err(Error::BadGroups { groups: inputs / kernel.depth.max(1), inputs, outputs });
        }
        let bad = Error::BadWindow { axis: 1, input: kernel.images.spans[1].input };
        check_length(Self::packed_len(backend, conv).ok_or(bad)?, len)?;
        Ok(len - outputs.div_ceil(16) * END)
    }

    fn image(&self) -> Bordered {
        let images = self.kernel.images;
        Bordered::new(images, width(self.backend), images.inputs, self.zero_point)
    }

    /// The number of bytes of scratch memory that a run uses: for the image in its borders.
    #[must_use]
    pub fn image_len(&self) -> usize {
        self.image().len()
    }

    /// The number of words of scratch memory that a run uses: for the sums of a row of outputs.
    #[must_use]
    pub fn sums_len(&self) -> usize {
        self.pixels() * self.kernel.images.outputs
    }

    /// Outputs that are computed at once: a row, or several where the kernel is one pixel.
    fn pixels(&self) -> usize {
        let [rows, columns] = &self.kernel.images.spans;
        if self.flat() { (rows.output * columns.output).min(8 * self.backend.rows()) } else { columns.output }
    }

    /// Whether outputs of all rows lie at one distance.
    fn flat(&self) -> bool {
        let [rows, columns] = &self.kernel.images.spans;
        rows.kernel == 1 && columns.kernel == 1 && rows.stride.get() == 1 && columns.stride.get() == 1
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
        let images = &self.kernel.images;
        check_length(images.input_len(), input.len())?;
        check_length(images.output_len(), output.len())?;
        let (bytes, words) = (image.len(), sums.len());
        let short = |expected, found| Error::Length { expected, found };
        let image = image.get_mut(..self.image_len()).ok_or(short(self.image_len(), bytes))?;
        let sums = sums.get_mut(..self.sums_len()).ok_or(short(self.sums_len(), words))?;
        let [rows, columns] = &images.spans;
        let size = rows.input * columns.input * images.inputs;
        let out = rows.output * columns.output * images.outputs;
        let code = self.kernel.depth * width(self.backend);
        // From the first window of a row of outputs to that of the next.
        let row = if self.flat() { self.pixels() * code } else { self.image().row() * rows.stride.get() };
        for (input, output) in input.chunks_exact(size.max(1)).zip(output.chunks_exact_mut(out.max(1))) {
            self.image().copy(input, image);
            for (y, codes) in output.chunks_mut(self.sums_len().max(1)).enumerate() {
                let sums = sums.get_mut(..codes.len()).unwrap_or(&mut []);
                let image = image.get(y * row..).unwrap_or(&[]);
                if let Some(end) = self.end {
                    self.row(image, codes.len(), |tile, rows, [at, first, count]| {
                        let codes = codes.get_mut(at * images.outputs + first..).unwrap_or(&mut []);
                        let end = self.channels.end(end.get(first / 16 * END..).unwrap_or(&[]));
                        self.backend.finish(&end, tile, rows, [count, images.outputs], codes);
                    });
                } else {
                    self.row(image, codes.len(), |tile, rows, place| {
                        write_sums(tile, rows, place, images.outputs, sums);
                    });
                    self.channels.pixels(sums, codes);
                }
            }
        }
        Ok(())
    }

    /// Passes the tiles of `len` outputs to `put`: sums, rows, and pixel, channel and channels.
    #[inline]
    fn row(&self, bytes: &[u8], len: usize, mut put: impl FnMut(&Tile, usize, [usize; 3])) {
        let (backend, kernel, images) = (self.backend, &self.kernel, &self.kernel.images);
        let [rows, columns] = &images.spans;
        let (steps, pixels) = (steps(backend, kernel), len / images.outputs.max(1));
        let pixel = columns.stride.get() * kernel.depth * width(backend);
        let segment = rows.dilation.get() * self.image().row();
        // Tiles of nearly the same height.
        let tiles = pixels.div_ceil(backend.rows());
        let mut tile: Tile = [[0; TILE[1]]; TILE[0]];
        let mut rest = self.lines;
        for first in (0..images.outputs).step_by(backend.lines() * 16) {
            let width = lines_of(backend, images.outputs - first);
            let Some((panel, after)) = rest.split_at_checked(width * (rows.kernel * steps + START)) else {
                break;
            };
            rest = after;
            let Some((start, right)) = panel.split_at_checked(START * width) else { break };
            let count = (images.outputs - first).min(width * 16);
            for index in 0..tiles {
                let (at, end) = (index * pixels / tiles, (index + 1) * pixels / tiles);
                let bytes = bytes.get(at * pixel..).unwrap_or(&[]);
                let strip = Strip { bytes, pixel, segment, segments: rows.kernel, steps, start, right };
                backend.strip(&strip, end - at, width, &mut tile);
                put(&tile, end - at, [at, first, count]);
            }
        }
    }
}

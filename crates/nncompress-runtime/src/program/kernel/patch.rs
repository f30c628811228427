//! From the codes of an image to the patch under one output pixel.

use crate::program::kernel::dsp;
use fixq::Error;
use fixq::op::{Padding, Window};

/// The words that patches of `length` codes take: room for two of 16 bits a code, and for the codes.
pub(in crate::program) const fn words(length: usize) -> usize {
    let padded = length.next_multiple_of(8);
    padded + padded / 4
}

/// The order of a patch in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    /// Each word is a pair of neighbours.
    Neighbours,
    /// Of four neighbours the words are the first and third, the second and fourth.
    Crossed,
}

/// An image, and the window that moves on it.
#[derive(Clone, Copy, Debug)]
pub(in crate::program) struct Field {
    /// Batch, height, width, channels.
    pub(super) image: [usize; 4],
    pub(super) window: Window,
    /// Height and width of the output.
    pub(super) output: [usize; 2],
    /// Groups of channels.
    pub(super) groups: usize,
    pub(super) zero_point: i8,
}

impl Field {
    /// # Errors
    /// [`Error::BadWindow`] if the window does not fit the image.
    pub(in crate::program) fn new(
        image: [usize; 4],
        window: Window,
        groups: usize,
        zero_point: i8,
    ) -> Result<Self, Error> {
        let output = window.output([image[1], image[2]])?;
        Ok(Self { image, window, output, groups, zero_point })
    }

    /// The number of output pixels.
    pub(in crate::program) const fn pixels(&self) -> usize {
        self.image[0] * self.output[0] * self.output[1]
    }

    /// The channels of a group.
    pub(super) fn depth(&self) -> usize {
        self.image[3].checked_div(self.groups).unwrap_or(0)
    }

    /// The length of a patch.
    pub(super) fn length(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.depth()
    }

    /// Rows and columns before the image.
    pub(super) const fn before(&self) -> [usize; 2] {
        match self.window.padding {
            Padding::Explicit(rows, columns) => [rows[0], columns[0]],
            Padding::Same | Padding::Valid => [0, 0],
        }
    }

    /// The codes under a window of one cell: a piece of the image.
    pub(super) fn under<'i>(&self, input: &'i [i8], [n, y, x]: [usize; 3], group: usize) -> Option<&'i [i8]> {
        let ([_, height, width, channels], [sy, sx]) = (self.image, self.window.stride);
        if self.window.kernel != [1, 1] || self.before() != [0, 0] {
            return None;
        }
        // Padding behind the image lies on no row or column that it has.
        if y * sy >= height || x * sx >= width {
            return None;
        }
        let start = ((n * height + y * sy) * width + x * sx) * channels + group * self.depth();
        input.get(start..start + self.depth())
    }

    /// Copies the codes under an output pixel; the zero point where there are none.
    pub(super) fn gather(&self, input: &[i8], [n, y, x]: [usize; 3], group: usize, to: &mut [i8]) {
        let ([_, height, width, channels], depth) = (self.image, self.depth());
        let (window, [top, left]) = (&self.window, self.before());
        let columns = window.kernel[1];
        let joined = window.dilation[1] == 1 && self.groups == 1;
        for (ky, to) in to.chunks_exact_mut((columns * depth).max(1)).enumerate() {
            let inside =
                (y * window.stride[0] + ky * window.dilation[0]).checked_sub(top).filter(|&row| row < height);
            let Some(row) = inside else {
                to.fill(self.zero_point);
                continue;
            };
            let start = (n * height + row) * width;
            let corner = x * window.stride[1];
            if joined {
                // The taps `first..last` lie inside.
                let first = left.saturating_sub(corner).min(columns);
                let last = (width + left).saturating_sub(corner).min(columns).max(first);
                let at = (start + (corner + first).saturating_sub(left)) * channels;
                let from = input.get(at..at + (last - first) * channels).unwrap_or(&[]);
                to.fill(self.zero_point);
                let inside = to.get_mut(first * depth..last * depth);
                if let Some(inside) = inside.filter(|inside| inside.len() == from.len()) {
                    inside.copy_from_slice(from);
                }
                continue;
            }
            for (kx, to) in to.chunks_exact_mut(depth.max(1)).enumerate() {
                let column =
                    (corner + kx * window.dilation[1]).checked_sub(left).filter(|&column| column < width);
                let from = column.and_then(|column| {
                    let at = (start + column) * channels + group * depth;
                    input.get(at..at + depth)
                });
                match from {
                    Some(from) if from.len() == to.len() => to.copy_from_slice(from),
                    _ => to.fill(self.zero_point),
                }
            }
        }
    }

    /// Writes the patch under an output pixel, number `pixel` of `pixels` that lie interleaved. `spare` holds the
    /// codes of a patch.
    pub(super) fn fill(
        &self,
        input: &[i8],
        (at, group): ([usize; 3], usize),
        order: Order,
        [pixel, pixels]: [usize; 2],
        patch: &mut [u32],
        spare: &mut [i8],
    ) {
        let length = self.length();
        let (padded, patch) = (length.next_multiple_of(8), patch);
        match self.under(input, at, group) {
            Some(codes) if length == padded => {
                dsp::widen(codes, self.zero_point, order, [pixel, pixels], patch);
            }
            _ => {
                let Some(codes) = spare.get_mut(..padded) else { return };
                let (used, behind) = codes.split_at_mut(length.min(padded));
                self.gather(input, at, group, used);
                behind.fill(self.zero_point);
                dsp::widen(codes, self.zero_point, order, [pixel, pixels], patch);
            }
        }
    }
}

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
    pub(in crate::program) fn length(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.depth()
    }

    /// Rows and columns before the image.
    pub(super) const fn before(&self) -> [usize; 2] {
        match self.window.padding {
            Padding::Explicit(rows, columns) => [rows[0], columns[0]],
            Padding::Same | Padding::Valid => [0, 0],
        }
    }

    /// Whether the codes under each pixel are those of the pixel alone, one pixel behind the other.
    pub(super) fn is_straight(&self) -> bool {
        let Self { window, image: [_, height, width, _], output, .. } = self;
        let one = window.kernel == [1, 1] && window.stride == [1, 1];
        one && self.groups == 1 && self.before() == [0, 0] && *output == [*height, *width]
    }

    /// Calls `piece` with pieces of a patch in their order: codes, or how many there are outside the image.
    fn pieces(
        &self,
        input: &[i8],
        [n, y, x]: [usize; 3],
        group: usize,
        mut piece: impl FnMut(Result<&[i8], usize>),
    ) {
        let ([_, height, width, channels], depth) = (self.image, self.depth());
        let (window, [top, left]) = (&self.window, self.before());
        let (columns, dilation) = (window.kernel[1], window.dilation[1]);
        // Neighbouring taps are neighbours in memory, too, or one at a time.
        let taps = if dilation == 1 && self.groups == 1 { columns } else { 1 };
        let corner = x * window.stride[1];
        // Of the taps from column `corner` on the first inside, and the one behind the last.
        let inside = |corner: usize| {
            let first = left.saturating_sub(corner).min(taps);
            [first, (width + left).saturating_sub(corner).clamp(first, taps)]
        };
        let together = inside(corner);
        for ky in 0..window.kernel[0] {
            let row = (y * window.stride[0] + ky * window.dilation[0]).wrapping_sub(top);
            if row >= height {
                piece(Err(columns * depth));
                continue;
            }
            let row = (n * height + row) * width;
            let mut kx = 0;
            while kx < columns {
                let corner = corner + kx * dilation;
                let [first, last] = if taps == columns { together } else { inside(corner) };
                let at = (row + (corner + first).saturating_sub(left)) * channels + group * depth;
                if first > 0 {
                    piece(Err(first * depth));
                }
                piece(Ok(input.get(at..at + (last - first) * depth).unwrap_or(&[])));
                if last < taps {
                    piece(Err((taps - last) * depth));
                }
                kx += taps;
            }
        }
    }

    /// Writes the patch under an output pixel, number `pixel` of `pixels` that lie interleaved. `spare` holds the
    /// codes of a patch.
    #[inline(never)]
    pub(super) fn fill(
        &self,
        input: &[i8],
        (at, group): ([usize; 3], usize),
        order: Order,
        [pixel, pixels]: [usize; 2],
        patch: &mut [u32],
        spare: &mut [i8],
    ) {
        let (length, place) = (self.length(), [pixel, pixels]);
        if self.depth() & 7 == 0 {
            let mut from = 0;
            self.pieces(input, at, group, |piece| {
                let Some(patch) = patch.get_mut(from / 2 * pixels..) else { return };
                match piece {
                    Ok(codes) => {
                        dsp::widen(codes, self.zero_point, order, place, patch);
                        from += codes.len();
                    }
                    Err(outside) => {
                        for patch in patch.chunks_exact_mut(4 * pixels).take(outside / 8) {
                            dsp::widen(&[0; 8], 0, order, place, patch);
                        }
                        from += outside;
                    }
                }
            });
            return;
        }
        let Some(codes) = spare.get_mut(..length) else { return };
        let mut rest = &mut *codes;
        let mut next = |count: usize| {
            let (now, then) = core::mem::take(&mut rest).split_at_mut_checked(count)?;
            rest = then;
            Some(now)
        };
        self.pieces(input, at, group, |piece| match piece {
            Ok(codes) => {
                let to = next(codes.len()).unwrap_or(&mut []);
                to.iter_mut().zip(codes).for_each(|(to, &code)| *to = code);
            }
            Err(outside) => next(outside).unwrap_or(&mut []).fill(self.zero_point),
        });
        self.widen(codes, order, place, patch);
    }

    /// Writes codes as a patch, number `pixel` of `pixels` that lie interleaved.
    pub(super) fn widen(&self, codes: &[i8], order: Order, place: [usize; 2], patch: &mut [u32]) {
        let (eights, last) = codes.split_at(codes.len() & !7);
        dsp::widen(eights, self.zero_point, order, place, patch);
        if let (1.., Some(patch)) = (last.len(), patch.get_mut(eights.len() / 2 * place[1]..)) {
            let mut eight = [self.zero_point; 8];
            eight.iter_mut().zip(last).for_each(|(to, &code)| *to = code);
            dsp::widen(&eight, self.zero_point, order, place, patch);
        }
    }
}

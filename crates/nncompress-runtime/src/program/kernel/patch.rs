//! From the codes of an image to the patch under one output pixel.

use super::{EIGHT, dsp};
use crate::program::field::Field;

/// The words that patches of `length` codes take: room for two of 16 bits a code or one of 32, and for the codes.
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

/// Where a patch is written: number `pixel` of `pixels` that lie interleaved.
pub(super) struct Patch<'p> {
    pub(super) order: Order,
    pub(super) pixel: usize,
    pub(super) pixels: usize,
    pub(super) zero_point: i8,
    pub(super) patch: &'p mut [u32],
    /// Room for the codes of a patch.
    pub(super) spare: &'p mut [i8],
}

impl Patch<'_> {
    /// Writes codes, whose number is a multiple of eight, as those from number `from` on.
    #[inline(always)]
    fn widen(&mut self, from: usize, codes: &[i8], zero_point: i8) {
        if let Some(patch) = self.patch.get_mut(from / 8 * EIGHT * self.pixels..) {
            dsp::widen(codes, zero_point, self.order, [self.pixel, self.pixels], patch);
        }
    }

    /// Writes codes as the whole patch.
    pub(super) fn write(&mut self, codes: &[i8]) {
        let (eights, last) = codes.split_at(codes.len() & !7);
        self.widen(0, eights, self.zero_point);
        if !last.is_empty() {
            let mut eight = [self.zero_point; 8];
            eight.iter_mut().zip(last).for_each(|(to, &code)| *to = code);
            self.widen(eights.len(), &eight, self.zero_point);
        }
    }
}

/// The pieces of a patch in their order.
struct Pieces<'a, 'p> {
    patch: &'a mut Patch<'p>,
    /// Whether pieces are multiples of eight, and so written as they come.
    eights: bool,
    /// How many codes there were.
    from: usize,
}

impl Pieces<'_, '_> {
    /// Codes of the image, or `count` that lie outside.
    #[inline(never)]
    fn put(&mut self, codes: Option<&[i8]>, count: usize) {
        let (from, zero_point) = (self.from, self.patch.zero_point);
        self.from += count;
        if self.eights {
            match codes {
                Some(codes) => self.patch.widen(from, codes, zero_point),
                None => (from..self.from).step_by(8).for_each(|from| self.patch.widen(from, &[0; 8], 0)),
            }
        } else if let Some(to) = self.patch.spare.get_mut(from..self.from) {
            match codes {
                Some(codes) => to.iter_mut().zip(codes).for_each(|(to, &code)| *to = code),
                None => to.fill(zero_point),
            }
        }
    }
}

impl Field {
    /// The length of a patch.
    pub(in crate::program) fn length(&self) -> usize {
        self.taps() * self.depth()
    }

    /// Whether the codes under each pixel are those of the pixel alone, one pixel behind the other.
    pub(super) fn is_straight(&self) -> bool {
        let one = |axis: &crate::program::field::Axis| {
            axis.kernel == 1 && axis.stride == 1 && axis.before == 0 && axis.output == axis.input
        };
        self.groups == 1 && self.axes.iter().all(one)
    }

    /// Writes the patch under an output pixel.
    #[inline(never)]
    pub(super) fn fill(&self, input: &[i8], [n, y, x]: [usize; 3], group: usize, patch: &mut Patch<'_>) {
        let ([rows, columns], depth) = (&self.axes, self.depth());
        let mut pieces = Pieces { patch, eights: depth & 7 == 0, from: 0 };
        // Neighbouring taps are neighbours in memory, too, or one at a time.
        let taps = if columns.dilation == 1 && self.groups == 1 { columns.kernel } else { 1 };
        let together = columns.inside(x);
        for ky in 0..rows.kernel {
            let row = rows.place(y, ky);
            if row >= rows.input {
                pieces.put(None, columns.kernel * depth);
                continue;
            }
            let row = (n * rows.input + row) * columns.input;
            for kx in (0..columns.kernel).step_by(taps.max(1)) {
                let mut inside = together;
                if taps != columns.kernel {
                    inside = [0, usize::from(columns.place(x, kx) < columns.input)];
                }
                let [first, last] = inside;
                if first > 0 {
                    pieces.put(None, first * depth);
                }
                let at = row
                    .wrapping_add(columns.place(x, kx + first))
                    .wrapping_mul(self.channels)
                    .wrapping_add(group * depth);
                let count = (last - first) * depth;
                if count > 0 {
                    pieces.put(input.get(at..at + count), count);
                }
                if last < taps {
                    pieces.put(None, (taps - last) * depth);
                }
            }
        }
        if !pieces.eights {
            let codes = core::mem::take(&mut patch.spare);
            patch.write(codes.get(..self.length()).unwrap_or(&[]));
            patch.spare = codes;
        }
    }
}

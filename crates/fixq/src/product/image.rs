//! An image with its borders, in the lanes of a backend.

use super::pack::copy_left;
use crate::op::images::Images;
use crate::simd::vectorised;

/// How an image is copied: codes as bytes raised by 128, or as differences of 16 bits from the zero point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bordered {
    images: Images,
    /// Bytes of a code.
    pub(super) width: usize,
    /// Channels of a pixel; those beyond the image's are 0.
    pub(super) channels: usize,
    zero_point: i8,
}

impl Bordered {
    pub(super) const fn new(images: Images, width: usize, channels: usize, zero_point: i8) -> Self {
        Self { images, width, channels, zero_point }
    }

    /// Height and width of the part that windows touch.
    pub(super) fn size(&self) -> [usize; 2] {
        let reach = |outputs: usize| outputs.max(1) - 1;
        self.images.spans.map(|s| reach(s.output) * s.stride.get() + (s.kernel - 1) * s.dilation.get() + 1)
    }

    /// Bytes of a row.
    pub(super) fn row(&self) -> usize {
        self.size()[1] * self.channels * self.width
    }

    /// Bytes of all; the last lane may reach 4 behind the end.
    pub(super) fn len(&self) -> usize {
        self.size()[0] * self.row() + 4
    }

    /// Copies an image.
    pub(super) fn copy(&self, input: &[i8], to: &mut [u8]) {
        copy(self, input, to);
    }
}

vectorised! {
    fn copy(this: &Bordered, input: &[i8], to: &mut [u8]) {
        let ([rows, columns], inputs) = (&this.images.spans, this.images.inputs);
        let [height, across] = this.size();
        let border = if this.width == 1 { this.zero_point as u8 ^ 0x80 } else { 0 };
        let before = columns.before.min(across);
        let inside = columns.input.min(across - before);
        let pixel = this.channels * this.width;
        let mut lines = to.chunks_exact_mut(this.row().max(1));
        for (y, to) in (&mut lines).take(height).enumerate() {
            let Some(y) = y.checked_sub(rows.before).filter(|&y| y < rows.input) else {
                to.fill(border);
                continue;
            };
            let from = input.get(y * columns.input * inputs..).unwrap_or(&[]);
            let from = from.get(..inside * inputs).unwrap_or(&[]);
            let (left, rest) = to.split_at_mut_checked(before * pixel).unwrap_or((&mut [], &mut []));
            let (middle, right) = rest.split_at_mut_checked(inside * pixel).unwrap_or((&mut [], &mut []));
            left.fill(border);
            right.fill(border);
            let zero = i16::from(this.zero_point);
            if this.channels == inputs {
                copy_left(from, this.width, zero, middle);
            } else {
                for (to, from) in middle.chunks_exact_mut(pixel.max(1)).zip(from.chunks_exact(inputs.max(1))) {
                    let (to, beyond) = to.split_at_mut_checked(this.width * inputs).unwrap_or((&mut [], &mut []));
                    beyond.fill(0);
                    copy_left(from, this.width, zero, to);
                }
            }
        }
        lines.into_remainder().fill(0);
    }
}

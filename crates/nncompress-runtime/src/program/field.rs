//! Images, and the window that moves on them.

use crate::reader::Reader;
use fixq::Error;
use fixq::op::{Padding, Window};

/// The window along the height or the width of an image; whoever made it has checked that it fits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Axis {
    /// The size of the image.
    pub input: usize,
    /// The size of the window.
    pub kernel: usize,
    /// From one position of the window to the next.
    pub stride: usize,
    /// From one tap of the window to the next.
    pub dilation: usize,
    /// Padding before the image.
    pub before: usize,
    /// Padding behind the image.
    pub after: usize,
    /// The number of positions.
    pub output: usize,
}

impl Axis {
    /// A window of 1 on an image of 1.
    const ONE: Self = Self { input: 1, kernel: 1, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };

    /// The number of positions, if the window fits and all coordinates do.
    fn positions(&self) -> Option<usize> {
        // In 64 bits: all fields have 32.
        let extent = (self.kernel.checked_sub(1)? as u64) * self.dilation as u64 + 1;
        let size = self.input as u64 + self.before as u64 + self.after as u64;
        let room = size.checked_sub(extent)?;
        if size > isize::MAX as u64 || self.input == 0 || self.dilation == 0 {
            return None;
        }
        Some((room as usize).checked_div(self.stride)? + 1)
    }

    /// The taps that lie inside the image at a position: the first, and the one behind the last.
    pub(super) fn inside(&self, position: usize) -> [usize; 2] {
        let corner = position * self.stride;
        let last = corner + (self.kernel - 1) * self.dilation;
        // A window has at least one tap.
        if corner >= self.before && last < self.before + self.input {
            [0, self.kernel]
        } else {
            self.at_border(position)
        }
    }

    #[inline(never)]
    fn at_border(&self, position: usize) -> [usize; 2] {
        let corner = position * self.stride;
        // The first tap that is so far behind the corner.
        let behind = |end: usize| match end.saturating_sub(corner).checked_sub(1) {
            Some(before) => before.checked_div(self.dilation).unwrap_or(0) + 1,
            None => 0,
        };
        let first = behind(self.before).min(self.kernel);
        [first, behind(self.before + self.input).min(self.kernel).max(first)]
    }

    /// Whether every position has a tap inside the image. Known from the two outermost ones, as taps that stand no further
    /// apart than the image is long cannot straddle it; those that do are taken for some that might.
    pub(super) fn is_filled(&self) -> bool {
        let reaches = |position| {
            let [first, last] = self.inside(position);
            first < last
        };
        reaches(0) && reaches(self.output - 1) && (self.kernel == 1 || self.dilation <= self.input)
    }

    /// The place in the image of a tap that lies inside.
    pub(super) const fn place(&self, position: usize, tap: usize) -> usize {
        (position * self.stride + tap * self.dilation).wrapping_sub(self.before)
    }
}

/// Images `[batch, height, width, channels]`, and the window that moves on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// How many images.
    pub batch: usize,
    /// Height and width.
    pub axes: [Axis; 2],
    /// The channels of the input.
    pub channels: usize,
    /// The groups of channels.
    pub groups: usize,
    /// The code of 0.
    pub zero_point: i8,
}

impl Field {
    /// Of an input of `channels` numbers.
    pub(super) const ROW: Self =
        Self { batch: 1, axes: [Axis::ONE; 2], channels: 1, groups: 1, zero_point: 0 };

    /// Reads the lengths of an image.
    pub(super) fn read_image(reader: &mut Reader<'_>) -> Self {
        let mut field = Self::ROW;
        field.batch = reader.size();
        for axis in &mut field.axes {
            axis.input = reader.size();
        }
        field.channels = reader.size();
        field
    }

    /// Reads a window on the image, and checks that it fits.
    pub(super) fn read_window(&mut self, reader: &mut Reader<'_>) {
        for (index, axis) in self.axes.iter_mut().enumerate() {
            axis.kernel = reader.size();
            axis.stride = reader.size();
            axis.dilation = reader.size();
            axis.before = reader.size();
            axis.after = reader.size();
            axis.output = axis.positions().unwrap_or_else(|| {
                reader.refuse(Error::BadWindow { axis: index, input: axis.input });
                0
            });
        }
    }

    /// Checks that the codes of the input and those of an output of so many channels can be counted; tells how many
    /// there are.
    pub(super) fn lengths(&self, reader: &mut Reader<'_>, outputs: usize) -> [usize; 2] {
        let [rows, columns] = &self.axes;
        let input = reader.product(&[self.batch, rows.input, columns.input, self.channels]);
        [input, reader.product(&[self.batch, rows.output, columns.output, outputs])]
    }

    /// Batch, height, width, channels.
    #[must_use]
    pub const fn image(&self) -> [usize; 4] {
        [self.batch, self.axes[0].input, self.axes[1].input, self.channels]
    }

    /// The window of `fixq`.
    #[must_use]
    pub const fn window(&self) -> Window {
        let [rows, columns] = &self.axes;
        Window {
            kernel: self.kernel(),
            stride: [rows.stride, columns.stride],
            dilation: [rows.dilation, columns.dilation],
            padding: Padding::Explicit([rows.before, rows.after], [columns.before, columns.after]),
        }
    }

    /// Height and width of the window.
    #[must_use]
    pub const fn kernel(&self) -> [usize; 2] {
        [self.axes[0].kernel, self.axes[1].kernel]
    }

    /// The taps of the window.
    #[must_use]
    pub const fn taps(&self) -> usize {
        self.axes[0].kernel.saturating_mul(self.axes[1].kernel)
    }

    /// The channels of a group.
    pub(super) fn depth(&self) -> usize {
        self.channels.checked_div(self.groups).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::{Axis, Field};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]

        /// Against the window of fixq, which shares no code, and the taps by their definition.
        #[test]
        fn positions_are_those_of_fixq(
            input in 0usize..9, kernel in 0usize..5, stride in 0usize..4, dilation in 0usize..4,
            before in 0usize..4, after in 0usize..4, large in 0usize..5,
        ) {
            let mut axis = Axis { input, kernel, stride, dilation, before, after, output: 1 };
            if large == 0 {
                axis.dilation = usize::MAX >> 32;
            }
            let field = Field { axes: [axis, Axis::ONE], ..Field::ROW };
            let expected = field.window().output([input, 1]).ok().map(|output| output[0]);
            prop_assert_eq!(axis.positions(), expected);
            for position in 0..expected.unwrap_or(0) {
                let at = |tap: usize| position * axis.stride + tap * axis.dilation;
                let inside: std::vec::Vec<usize> =
                    (0..kernel).filter(|&tap| (before..before + input).contains(&at(tap))).collect();
                let [first, last] = axis.inside(position);
                prop_assert!((first..last).eq(inside.iter().copied()));
                prop_assert!(inside.iter().all(|&tap| axis.place(position, tap) + before == at(tap)));
            }
        }
    }
}

//! What lies under the kernel of a convolution: runs of input beside runs of weights.

use crate::Error;
use crate::op::Window;
use crate::op::images::Images;
use crate::shape::Shape;
use core::num::NonZeroUsize;
use core::ops::Range;

/// The kernels `[outputs, height, width, inputs / groups]` of a convolution on its images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kernel {
    pub(crate) images: Images,
    /// Input and output channels of a group.
    pub(crate) depth: usize,
    pub(crate) per_group: NonZeroUsize,
    /// Whether neighbouring taps are neighbours in memory, too.
    joined: bool,
}

impl Kernel {
    /// # Errors
    /// As [`Conv2d::new`](super::Conv2d::new), but for the weights.
    pub(crate) fn new(
        images: [usize; 4],
        window: Window,
        groups: usize,
        outputs: usize,
    ) -> Result<Self, Error> {
        let inputs = images[3];
        let divides = |n: usize| n.checked_rem(groups) == Some(0);
        if !divides(inputs) || !divides(outputs) {
            return Err(Error::BadGroups { groups, inputs, outputs });
        }
        let images = Images::new(images, window, outputs)?;
        // Nothing lies between two taps: one long product.
        let joined = images.spans[1].dilation.get() == 1 && groups == 1;
        // Without outputs nothing is ever divided by their number.
        let per_group = NonZeroUsize::new(outputs / groups).unwrap_or(NonZeroUsize::MIN);
        let kernel = Self { images, depth: inputs / groups, per_group, joined };
        Shape::new(&[outputs, window.kernel[0], window.kernel[1], kernel.depth])?;
        Ok(kernel)
    }

    /// The number of weights of one output.
    pub(crate) const fn len(&self) -> usize {
        self.images.spans[0].kernel * self.images.spans[1].kernel * self.depth
    }

    /// Calls `f` for each run of taps inside the image: its first weight, counted from that of the output, and
    /// its place in the image.
    #[inline]
    pub(crate) fn runs(&self, [y, x]: [usize; 2], group: usize, mut f: impl FnMut(usize, Range<usize>)) {
        let [rows, columns] = &self.images.spans;
        let (depth, taps) = (self.depth, columns.taps(x));
        for ky in rows.taps(y) {
            let row = rows.position(y, ky) * columns.input;
            let mut kx = taps.start;
            while kx < taps.end {
                let count = if self.joined { taps.end - kx } else { 1 };
                let at = (row + columns.position(x, kx)) * self.images.inputs + group * depth;
                f((ky * columns.kernel + kx) * depth, at..at + count * depth);
                kx += count;
            }
        }
    }
}

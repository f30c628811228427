//! Where the window of a convolution or pooling stands on an image.
//!
//! Worked example, an image of height 5, kernel 3, stride 2: with [`Padding::Same`] the output has
//! `ceil(5/2) = 3` rows, which span `(3 − 1)·2 + 3 = 7` rows of input, so 2 are padded: 1 before, 1 after.
//! Where the number is odd, the extra row goes after.

use crate::Error;
use core::num::NonZeroUsize;

/// How the borders of an image are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Padding {
    /// As many outputs as strides fit into the image; what is missing is padded on both sides.
    Same,
    /// Only windows that lie inside the image.
    Valid,
    /// Given numbers of padded rows `[before, after]` and columns `[before, after]`, as in ONNX.
    Explicit([usize; 2], [usize; 2]),
}

/// One dimension of a window on an image; all of it fits an `isize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) input: usize,
    pub(crate) kernel: usize,
    pub(crate) stride: NonZeroUsize,
    pub(crate) dilation: NonZeroUsize,
    pub(crate) before: usize,
    pub(crate) output: usize,
}

/// Kernel, stride, dilation and padding of a window, each as `[height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    /// The size of the kernel.
    pub kernel: [usize; 2],
    /// The distance between two outputs, in inputs.
    pub stride: [usize; 2],
    /// The distance between two taps of the kernel, in inputs.
    pub dilation: [usize; 2],
    /// How borders are treated.
    pub padding: Padding,
}

impl Window {
    /// A window without padding, with stride and dilation 1.
    #[must_use]
    pub const fn new(kernel: [usize; 2]) -> Self {
        Self { kernel, stride: [1, 1], dilation: [1, 1], padding: Padding::Valid }
    }

    /// The height and width of the output on an image of this height and width.
    ///
    /// # Errors
    /// [`Error::BadWindow`] if a size is 0, or if the window does not fit the image, or if it is so large
    /// that coordinates do not fit.
    pub fn output(&self, image: [usize; 2]) -> Result<[usize; 2], Error> {
        Ok(self.spans(image)?.map(|s| s.output))
    }

    /// The same window with its padding given in numbers. What [`Padding::Same`] pads is odd behind the image.
    ///
    /// # Errors
    /// As [`output`](Self::output).
    pub fn explicit(self, image: [usize; 2]) -> Result<Self, Error> {
        let pads = |span: Span| {
            // The furthest coordinate under the kernel fits: `span` has formed it.
            let extent = (span.kernel - 1) * span.dilation.get() + 1;
            let missing = ((span.output - 1) * span.stride.get() + extent).saturating_sub(span.input);
            [span.before, missing.saturating_sub(span.before)]
        };
        let [rows, columns] = self.spans(image)?;
        let padding = match self.padding {
            Padding::Explicit(..) => self.padding,
            Padding::Valid => Padding::Explicit([0; 2], [0; 2]),
            Padding::Same => Padding::Explicit(pads(rows), pads(columns)),
        };
        Ok(Self { padding, ..self })
    }

    /// Both dimensions, vertical first.
    pub(crate) fn spans(&self, image: [usize; 2]) -> Result<[Span; 2], Error> {
        Ok([self.span(0, image[0])?, self.span(1, image[1])?])
    }

    fn span(&self, axis: usize, input: usize) -> Result<Span, Error> {
        let bad = Error::BadWindow { axis, input };
        let pick = |pair: &[usize; 2]| if axis == 0 { pair[0] } else { pair[1] };
        let (kernel, stride, dilation) = (pick(&self.kernel), pick(&self.stride), pick(&self.dilation));
        if kernel == 0 || input == 0 {
            return Err(bad);
        }
        let stride = NonZeroUsize::new(stride).ok_or(bad)?;
        let dilation = NonZeroUsize::new(dilation).ok_or(bad)?;
        // The extent of the kernel with its gaps.
        let extent = (kernel - 1).checked_mul(dilation.get()).and_then(|e| e.checked_add(1)).ok_or(bad)?;
        let valid = |size: usize| size.checked_sub(extent).map(|room| room / stride + 1);
        let (before, output) = match self.padding {
            Padding::Valid => (0, valid(input).ok_or(bad)?),
            Padding::Same => {
                let output = input.div_ceil(stride.get());
                let reach =
                    (output - 1).checked_mul(stride.get()).and_then(|r| r.checked_add(extent)).ok_or(bad)?;
                (reach.saturating_sub(input) / 2, output)
            }
            Padding::Explicit(rows, columns) => {
                let [before, after] = if axis == 0 { rows } else { columns };
                let size = input.checked_add(before).and_then(|s| s.checked_add(after)).ok_or(bad)?;
                (before, valid(size).ok_or(bad)?)
            }
        };
        // The furthest coordinate that is ever formed.
        let reach = (output - 1).checked_mul(stride.get()).and_then(|r| r.checked_add(extent)).ok_or(bad)?;
        if isize::try_from(reach).is_err() || isize::try_from(before).is_err() {
            return Err(bad);
        }
        Ok(Span { input, kernel, stride, dilation, before, output })
    }
}

impl Span {
    /// The taps of the kernel that lie inside the image for this output, as `first..last`.
    #[inline]
    pub(crate) fn taps(&self, output: usize) -> core::ops::Range<usize> {
        let start = output * self.stride.get(); // in padded coordinates; checked at construction
        let first = self.before.saturating_sub(start).div_ceil(self.dilation.get());
        let end = (self.input + self.before).saturating_sub(start).div_ceil(self.dilation.get());
        first..end.min(self.kernel).max(first)
    }

    /// Whether every output has a tap inside the image. Known from the two outermost windows, as taps that stand no
    /// further apart than the image is long cannot straddle it; those that do are taken for windows that might.
    pub(crate) fn is_filled(&self) -> bool {
        let reaches = |output| !self.taps(output).is_empty();
        reaches(0) && reaches(self.output - 1) && (self.kernel == 1 || self.dilation.get() <= self.input)
    }

    /// The input under a tap that lies inside the image.
    #[inline]
    pub(crate) fn position(&self, output: usize, tap: usize) -> usize {
        (output * self.stride.get() + tap * self.dilation.get()).wrapping_sub(self.before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_those_inside_the_image() {
        let mut count = 0;
        for input in 1..=7 {
            for kernel in 1..=4 {
                for stride in 1..=3 {
                    for dilation in 1..=3 {
                        for padding in [Padding::Same, Padding::Valid, Padding::Explicit([2, 1], [0, 3])] {
                            let window = Window {
                                kernel: [kernel; 2],
                                stride: [stride; 2],
                                dilation: [dilation; 2],
                                padding,
                            };
                            let Ok(spans) = window.spans([input; 2]) else { continue };
                            for s in spans {
                                let straddled = kernel > 1 && dilation > input;
                                let filled = (0..s.output).all(|o| !s.taps(o).is_empty());
                                assert_eq!(s.is_filled(), filled && !straddled, "{s:?}");
                                for o in 0..s.output {
                                    let inside = (0..kernel).filter(|t| {
                                        let at = (o * stride + t * dilation) as isize - s.before as isize;
                                        (0..input as isize).contains(&at)
                                    });
                                    assert!(inside.eq(s.taps(o)), "{s:?} at {o}");
                                    count += 1;
                                }
                            }
                        }
                    }
                }
            }
        }
        assert!(count > 1000);
    }

    #[test]
    fn a_window_of_countless_outputs_is_judged_at_once() {
        let size = usize::MAX >> 4;
        let padding = Padding::Explicit([0, size], [0, 0]);
        let [rows, columns] = Window { padding, ..Window::new([3, 3]) }.spans([size; 2]).unwrap();
        assert!(!rows.is_filled() && columns.is_filled());
    }

    #[test]
    fn explicit_padding_is_the_same_window() {
        for (input, kernel, stride, dilation) in
            [(5, 3, 2, 1), (16, 3, 2, 1), (7, 2, 1, 2), (4, 1, 3, 1), (3, 5, 1, 1)]
        {
            for padding in [Padding::Same, Padding::Valid, Padding::Explicit([2, 1], [1, 2])] {
                let window =
                    Window { kernel: [kernel; 2], stride: [stride; 2], dilation: [dilation; 2], padding };
                let Ok(spans) = window.spans([input; 2]) else { continue };
                assert_eq!(window.explicit([input; 2]).unwrap().spans([input; 2]), Ok(spans));
            }
        }
        let same = Window { stride: [2; 2], padding: Padding::Same, ..Window::new([3; 2]) };
        assert_eq!(same.explicit([16, 5]).unwrap().padding, Padding::Explicit([0, 1], [1, 1]));
    }

    #[test]
    fn impossible_windows_are_named() {
        let window = Window::new([3, 3]);
        assert_eq!(window.output([3, 2]), Err(Error::BadWindow { axis: 1, input: 2 }));
        assert_eq!(window.output([0, 3]), Err(Error::BadWindow { axis: 0, input: 0 }));
        let zero = Window { stride: [0, 1], ..window };
        assert_eq!(zero.output([9, 9]), Err(Error::BadWindow { axis: 0, input: 9 }));
        let huge = Window { dilation: [usize::MAX, 1], ..window };
        assert!(huge.output([9, 9]).is_err());
        let wide = Window { padding: Padding::Explicit([usize::MAX, 1], [0, 0]), ..window };
        assert!(wide.output([9, 9]).is_err());
    }
}

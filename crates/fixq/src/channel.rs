//! One scale a channel: a tensor seen as `outer × channels × inner` around one axis.
//!
//! The kernel of a convolution with shape `[out, height, width, in]` has its channels on axis 0, a depthwise
//! one with shape `[1, height, width, channels]` on axis 3.

use crate::error::check_length;
use crate::round::Round;
use crate::{Codes, Error, MinMax, Params};

/// How channels lie in memory: element `i` belongs to channel `i / inner % channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    outer: usize,
    channels: usize,
    inner: usize,
}

impl Axis {
    /// The axis `axis` of a row-major tensor of this shape.
    ///
    /// # Errors
    /// [`Error::BadAxis`] if the shape has no such axis, [`Error::TooLarge`] if its number of elements does
    /// not fit a `usize`.
    pub fn new(shape: &[usize], axis: usize) -> Result<Self, Error> {
        let bad = Error::BadAxis { axis, rank: shape.len() };
        let channels = *shape.get(axis).ok_or(bad)?;
        let product = |dims: &[usize]| {
            // Zero first: an empty tensor is legal whatever its other dimensions are.
            if shape.contains(&0) {
                return Ok(usize::from(!dims.contains(&0)));
            }
            dims.iter().try_fold(1usize, |n, &d| n.checked_mul(d)).ok_or(Error::TooLarge)
        };
        product(shape)?;
        let outer = product(shape.get(..axis).unwrap_or(&[]))?;
        let inner = product(shape.get(axis + 1..).unwrap_or(&[]))?;
        Ok(Self { outer, channels, inner })
    }

    /// What lies before, along and behind the axis.
    pub(crate) const fn parts(self) -> [usize; 3] {
        [self.outer, self.channels, self.inner]
    }

    /// The number of channels.
    #[must_use]
    pub const fn channels(self) -> usize {
        self.channels
    }

    /// The number of elements.
    #[must_use]
    pub const fn len(self) -> usize {
        // Cannot overflow: checked as a product at construction.
        self.outer * self.channels * self.inner
    }

    /// Whether the tensor has no element.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The runs of a slice that belong to one channel each, with the channel's parameters.
    fn runs<'a, T>(self, slice: &'a [T], params: &'a [Params]) -> impl Iterator<Item = (&'a [T], Params)> {
        slice.chunks(self.inner.max(1)).zip(params.iter().copied().cycle())
    }

    fn check(self, len: usize, other: usize, params: usize) -> Result<(), Error> {
        check_length(self.len(), len)?;
        check_length(self.len(), other)?;
        check_length(self.channels, params)
    }

    /// Symmetric parameters of each channel: its absolute maximum on the highest code.
    ///
    /// A channel of zeros, or a tensor without elements, gets [`Params::unit`].
    ///
    /// # Errors
    /// [`Error::Length`] if `reals` does not fill the shape or `params` not the channels;
    /// [`Error::NotFinite`] with the index of a NaN or an infinity. Nothing useful is in `params` then.
    pub fn symmetric(self, reals: &[f32], codes: Codes, params: &mut [Params]) -> Result<(), Error> {
        self.check(reals.len(), reals.len(), params.len())?;
        if let Some(index) = reals.iter().position(|x| !x.is_finite()) {
            return Err(Error::NotFinite { index });
        }
        for (channel, out) in params.iter_mut().enumerate() {
            let mut seen = MinMax::new();
            for run in reals.chunks(self.inner.max(1)).skip(channel).step_by(self.channels.max(1)) {
                seen.update(run)?;
            }
            *out = seen.range().map_or(Params::unit(codes), |range| Params::symmetric(range, codes));
        }
        Ok(())
    }

    /// As [`crate::quantize()`], with the parameters of each channel.
    ///
    /// # Errors
    /// [`Error::Length`] if a slice does not fill the shape or `params` not the channels; nothing is written
    /// then.
    pub fn quantize<R: Round>(self, reals: &[f32], params: &[Params], codes: &mut [i8]) -> Result<(), Error> {
        self.check(reals.len(), codes.len(), params.len())?;
        let runs = codes.chunks_mut(self.inner.max(1));
        for (out, (run, p)) in runs.zip(self.runs(reals, params)) {
            crate::quantize::<R, _>(run, p, out)?;
        }
        Ok(())
    }

    /// As [`crate::dequantize`], with the parameters of each channel.
    ///
    /// # Errors
    /// [`Error::Length`] if a slice does not fill the shape or `params` not the channels; nothing is written
    /// then.
    pub fn dequantize(self, codes: &[i8], params: &[Params], reals: &mut [f32]) -> Result<(), Error> {
        self.check(codes.len(), reals.len(), params.len())?;
        let runs = reals.chunks_mut(self.inner.max(1));
        for (out, (run, p)) in runs.zip(self.runs(codes, params)) {
            crate::dequantize(run, p, out)?;
        }
        Ok(())
    }

    /// As [`crate::fake_quantize`], with the parameters of each channel.
    ///
    /// # Errors
    /// [`Error::Length`] if `reals` does not fill the shape or `params` not the channels; nothing is written
    /// then.
    pub fn fake_quantize<R: Round>(self, reals: &mut [f32], params: &[Params]) -> Result<(), Error> {
        self.check(reals.len(), reals.len(), params.len())?;
        for (run, &p) in reals.chunks_mut(self.inner.max(1)).zip(params.iter().cycle()) {
            crate::fake_quantize::<R, _>(run, p);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        let axis = Axis::new(&[2, 3, 4], 1).unwrap();
        assert_eq!((axis.outer, axis.channels, axis.inner, axis.len()), (2, 3, 4, 24));
        assert_eq!(Axis::new(&[2, 3], 2), Err(Error::BadAxis { axis: 2, rank: 2 }));
        assert_eq!(Axis::new(&[], 0), Err(Error::BadAxis { axis: 0, rank: 0 }));
        assert_eq!(Axis::new(&[usize::MAX, 2], 0), Err(Error::TooLarge));
        assert!(Axis::new(&[usize::MAX, 2, 0], 1).unwrap().is_empty());
        assert!(Axis::new(&[usize::MAX, 0, 2], 1).unwrap().is_empty());
    }
}

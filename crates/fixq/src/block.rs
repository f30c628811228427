//! One scale a block: runs of codes along an axis share parameters.
//!
//! *Element `i` of the axis belongs to block `i / size`*; the last block of an axis may be shorter. This is what ONNX
//! calls `block_size` in QuantizeLinear and DequantizeLinear (opset 21), and what weights of four bits with a scale for
//! each 32, 64 or 128 inputs use. The parameters are a tensor of the same shape but for the axis, which has
//! `length / size` entries, rounded up.
//!
//! Worked example: four weights 1, 2, 30, 40 in blocks of two, symmetric int8: the scales are 2/127 and 40/127, the codes
//! 64, 127 and 95, 127; with one scale they were 3, 6, 95, 127.
//!
//! No microcontroller runtime multiplies by such weights; [`op::BlockwiseFullyConnected`](crate::op::BlockwiseFullyConnected)
//! defines how.

use crate::error::check_length;
use crate::round::{HalfAwayFromZero, Round};
use crate::{Axis, Codes, Error, MinMax, Multiplier, Params};

/// How blocks lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks {
    outer: usize,
    length: usize,
    inner: usize,
    size: usize,
}

impl Blocks {
    /// Blocks of `size` elements along the axis `axis` of a row-major tensor of this shape.
    ///
    /// # Errors
    /// [`Error::BadBlock`] if the size is 0, [`Error::BadAxis`] if the shape has no such axis, [`Error::TooLarge`] if
    /// its number of elements does not fit a `usize`.
    pub fn new(shape: &[usize], axis: usize, size: usize) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::BadBlock { size });
        }
        let [outer, length, inner] = Axis::new(shape, axis)?.parts();
        Ok(Self { outer, length, inner, size })
    }

    /// The number of blocks along the axis.
    #[must_use]
    pub const fn along(self) -> usize {
        self.length.div_ceil(self.size)
    }

    /// The number of blocks, each with its parameters.
    #[must_use]
    pub const fn count(self) -> usize {
        // At most as many as elements.
        self.outer * self.along() * self.inner
    }

    /// The number of elements.
    #[must_use]
    pub const fn len(self) -> usize {
        self.outer * self.length * self.inner
    }

    /// Whether the tensor has no element.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The block of an element.
    #[must_use]
    pub const fn of(self, element: usize) -> usize {
        let inner = if self.inner == 0 { 1 } else { self.inner };
        let length = if self.length == 0 { 1 } else { self.length };
        let (row, place) = (element / inner, element % inner);
        (row / length * self.along() + row % length / self.size) * inner + place
    }

    fn check(self, len: usize, other: usize, params: usize) -> Result<(), Error> {
        check_length(self.len(), len)?;
        check_length(self.len(), other)?;
        check_length(self.count(), params)
    }

    /// The elements and blocks that have one set of parameters each, where they lie side by side; `None` if the axis is
    /// not the last one.
    fn runs(self) -> Option<impl Iterator<Item = core::ops::Range<usize>>> {
        let row = move |row: usize| {
            let ends = (0..self.length).step_by(self.size);
            ends.map(move |at| row * self.length + at..row * self.length + self.length.min(at + self.size))
        };
        (self.inner == 1).then(|| (0..self.outer).flat_map(row))
    }

    /// Symmetric parameters of each block: its absolute maximum on the highest code.
    ///
    /// A block of zeros gets [`Params::unit`].
    ///
    /// # Errors
    /// [`Error::Length`] if `reals` does not fill the shape or `params` not the blocks; [`Error::NotFinite`] with the
    /// index of a NaN or an infinity. Nothing useful is in `params` then.
    pub fn symmetric(self, reals: &[f32], codes: Codes, params: &mut [Params]) -> Result<(), Error> {
        self.check(reals.len(), reals.len(), params.len())?;
        if let Some(index) = reals.iter().position(|x| !x.is_finite()) {
            return Err(Error::NotFinite { index });
        }
        let row = self.length * self.inner;
        for (block, out) in params.iter_mut().enumerate() {
            // There is a block, so no dimension is 0.
            let (rest, place) = (block / self.inner.max(1), block % self.inner.max(1));
            let (outer, first) = (rest / self.along().max(1), rest % self.along().max(1) * self.size);
            let mut seen = MinMax::new();
            for i in first..self.length.min(first + self.size) {
                let at = outer * row + i * self.inner + place;
                seen.update(reals.get(at..=at).unwrap_or(&[]))?;
            }
            *out = seen.range().map_or(Params::unit(codes), |range| Params::symmetric(range, codes));
        }
        Ok(())
    }

    /// As [`crate::quantize()`], with the parameters of each block: ONNX's QuantizeLinear where `R` is
    /// [`HalfToEven`](crate::HalfToEven).
    ///
    /// # Errors
    /// [`Error::Length`] if a slice does not fill the shape or `params` not the blocks; nothing is written then.
    pub fn quantize<R: Round>(self, reals: &[f32], params: &[Params], codes: &mut [i8]) -> Result<(), Error> {
        self.check(reals.len(), codes.len(), params.len())?;
        if let Some(runs) = self.runs() {
            for (range, &p) in runs.zip(params) {
                let reals = reals.get(range.clone()).unwrap_or(&[]);
                crate::quantize::<R, _>(reals, p, codes.get_mut(range).unwrap_or(&mut []))?;
            }
            return Ok(());
        }
        for (i, (code, &x)) in codes.iter_mut().zip(reals).enumerate() {
            if let Some(p) = params.get(self.of(i)) {
                *code = p.quantize::<R>(x);
            }
        }
        Ok(())
    }

    /// As [`crate::dequantize`], with the parameters of each block: ONNX's DequantizeLinear.
    ///
    /// # Errors
    /// [`Error::Length`] if a slice does not fill the shape or `params` not the blocks; nothing is written then.
    pub fn dequantize(self, codes: &[i8], params: &[Params], reals: &mut [f32]) -> Result<(), Error> {
        self.check(codes.len(), reals.len(), params.len())?;
        if let Some(runs) = self.runs() {
            for (range, &p) in runs.zip(params) {
                let codes = codes.get(range.clone()).unwrap_or(&[]);
                crate::dequantize(codes, p, reals.get_mut(range).unwrap_or(&mut []))?;
            }
            return Ok(());
        }
        for (i, (x, &code)) in reals.iter_mut().zip(codes).enumerate() {
            if let Some(p) = params.get(self.of(i)) {
                *x = p.dequantize(code);
            }
        }
        Ok(())
    }
}

/// Factors as integers with one exponent: `real ≈ mantissa · 2^(exponent − 31)`, the exponent that of the largest.
///
/// Mantissas are rounded half away from zero; the largest factor is the [`Multiplier`] of its own.
///
/// # Errors
/// [`Error::Length`] unless there is a mantissa for each real, [`Error::BadFactor`] if a real is negative, not finite or
/// not below 2^31.
pub fn common_multipliers(reals: &[f64], mantissas: &mut [i32]) -> Result<i32, Error> {
    check_length(reals.len(), mantissas.len())?;
    let mut largest = Multiplier::ZERO;
    for &real in reals {
        let one = Multiplier::from_real(real)?;
        if (one.mantissa() != 0)
            && (largest.mantissa() == 0
                || (one.exponent(), one.mantissa()) > (largest.exponent(), largest.mantissa()))
        {
            largest = one;
        }
    }
    // 2^(31 − e), a normal number: e is in −31..=31.
    let scale = f64::from_bits(((1023 + 31 - i64::from(largest.exponent())) as u64) << 52);
    for (mantissa, &real) in mantissas.iter_mut().zip(reals) {
        // The cast saturates: a factor just below a power of two has the mantissa 2^31 − 1 at most.
        *mantissa = HalfAwayFromZero::round_f64(real * scale) as i32;
    }
    Ok(largest.exponent())
}

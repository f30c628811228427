//! Scale, zero point and code range, and how they follow from a range of reals.
//!
//! Worked example, `[-1, 2]` in int8: the range has 255 steps, so `scale = 3/255`; the code of 0 must be an
//! integer, `−128 − (−1)/scale = −43`; so −1 → −128, 0 → −43, 2 → 127.

use crate::codes::{Code, Codes};
use crate::round::Round;
use crate::{Error, Range};

/// 1.5 · 2^23: adding it to a small number rounds that to an integer, half to even.
const SHIFT: f32 = 12_582_912.0;

/// What a code means: `real = scale · (code − zero_point)`.
///
/// The scale is a positive normal `f32`, the zero point is one of the codes: so 0 is always represented
/// exactly, and no arithmetic on parameters has to look for division by zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Params<T = i8> {
    scale: f32,
    zero_point: i32,
    codes: Codes<T>,
}

impl<T: Code> Params<T> {
    /// The parameters of a tensor of zeros: scale 1, zero point 0.
    #[must_use]
    pub const fn unit(codes: Codes<T>) -> Self {
        Self { scale: 1.0, zero_point: 0, codes }
    }

    /// Parameters as given, for instance by a model file.
    ///
    /// # Errors
    /// [`Error::BadScale`] unless `scale` is a positive normal number, [`Error::BadZeroPoint`] unless
    /// `zero_point` is one of the codes.
    pub const fn new(scale: f32, zero_point: i32, codes: Codes<T>) -> Result<Self, Error> {
        // Comparisons with NaN are false, so NaN is refused here too.
        if !(scale >= f32::MIN_POSITIVE && scale <= f32::MAX) {
            return Err(Error::BadScale { scale });
        }
        if !codes.contains(zero_point) {
            let [low, high] = codes.ends();
            return Err(Error::BadZeroPoint { zero_point, low, high });
        }
        Ok(Self { scale, zero_point, codes })
    }

    /// Zero point 0 and the largest absolute value on the highest code.
    ///
    /// `scale = max(|low|, |high|) / codes.high()`, computed in f64 and rounded once. A range of zeros, or
    /// one so small that the scale would not be a normal `f32`, gives [`Params::unit`]: all codes are 0.
    #[must_use]
    pub fn symmetric(range: Range, codes: Codes<T>) -> Self {
        let scale = f64::from(range.absolute_maximum()) / f64::from(codes.ends()[1]);
        Self::with_scale(scale as f32, 0, codes)
    }

    /// As [`symmetric`](Self::symmetric), with the next power of two as the scale: rescaling is a shift.
    ///
    /// Nothing saturates that did not before. The scale is at most 2^127, which only a range that fills `f32` needs.
    #[must_use]
    pub fn power_of_two(range: Range, codes: Codes<T>) -> Self {
        let exact = Self::symmetric(range, codes).scale;
        // The mantissa bits are 0 in a power of two; otherwise the next exponent.
        let (whole, above) = (exact.to_bits() & 0xFF80_0000, exact.to_bits() & 0x007F_FFFF != 0);
        let next = if above && whole < 0x7F00_0000 { whole + 0x0080_0000 } else { whole };
        Self::with_scale(f32::from_bits(next), 0, codes)
    }

    /// The range, widened to contain 0, spread over all codes; the zero point is rounded by `R`.
    ///
    /// `scale = (high − low) / (codes.high() − codes.low())` and `zero_point = codes.low() − low / scale`, in
    /// f64 with the unrounded scale, as ONNX Runtime does with [`HalfToEven`](crate::HalfToEven). The ends of
    /// the range may move by half a scale so that 0 has a code. A range of zeros, or one so small that the
    /// scale would not be a normal `f32`, gives [`Params::unit`].
    #[must_use]
    pub fn asymmetric<R: Round>(range: Range, codes: Codes<T>) -> Self {
        let (low, high) = (f64::from(range.low().min(0.0)), f64::from(range.high().max(0.0)));
        let [first, last] = codes.ends().map(f64::from);
        let scale = (high - low) / (last - first);
        let zero_point = R::round_f64(first - low / scale);
        // A quotient of 0 by 0 is NaN, which casts to 0; the scale is replaced as well in that case.
        Self::with_scale(scale as f32, zero_point as i32, codes)
    }

    /// The parameters, or those of a tensor of zeros if the scale has vanished.
    fn with_scale(scale: f32, zero_point: i32, codes: Codes<T>) -> Self {
        if scale < f32::MIN_POSITIVE {
            return Self::unit(codes);
        }
        let [low, high] = codes.ends();
        let zero_point = zero_point.max(low).min(high);
        Self { scale, zero_point, codes }
    }

    /// The step between two codes.
    #[must_use]
    pub const fn scale(self) -> f32 {
        self.scale
    }

    /// The code of 0.
    #[must_use]
    pub fn zero_point(self) -> T {
        T::saturating_from(self.zero_point)
    }

    /// The codes in use.
    #[must_use]
    pub const fn codes(self) -> Codes<T> {
        self.codes
    }

    /// The code nearest to `x`: `round(x / scale) + zero_point`, saturated to the codes.
    ///
    /// The division is a true `f32` division, as in the reference kernels of TensorFlow Lite and in ONNX.
    /// Infinities saturate; NaN gives the lowest code, which is what those runtimes were measured to do.
    #[must_use]
    #[inline]
    pub fn quantize<R: Round>(self, x: f32) -> T {
        let shifted = R::round_f32(self.clamp(x / self.scale)) + SHIFT;
        self.code(shifted)
    }

    /// The code of a quotient, whatever becomes of halves, and how far the quotient is from it.
    #[inline]
    pub(crate) fn near(self, steps: f32) -> (T, f32) {
        let steps = self.clamp(steps);
        let shifted = steps + SHIFT;
        (self.code(shifted), (steps - (shifted - SHIFT)).abs())
    }

    /// The nearest quotient whose code is one: clamping to integers before rounding is the same as after it.
    #[inline]
    fn clamp(self, steps: f32) -> f32 {
        let [low, high] = self.codes.ends().map(|end| (end - self.zero_point) as f32);
        // NaN fails both comparisons.
        let steps = if steps > low { steps } else { low };
        if steps < high { steps } else { high }
    }

    /// An integer of at most 65535 in absolute value, added to [`SHIFT`], stands in the low mantissa bits.
    #[inline]
    fn code(self, shifted: f32) -> T {
        T::from_i32((shifted.to_bits() as i32).wrapping_sub(0x4B40_0000).wrapping_add(self.zero_point))
    }

    /// The real of a code: `scale · (code − zero_point)`, rounded once to `f32`.
    ///
    /// Defined for every `T`, also for codes outside [`Params::codes`].
    ///
    /// Infinite only where `scale * (code - zero_point)` lies beyond `f32`: at the outermost codes of a range
    /// that fills `f32`.
    #[must_use]
    #[inline]
    pub fn dequantize(self, code: T) -> f32 {
        self.scale * (code.into() - self.zero_point) as f32
    }

    /// The reals that are represented without saturation, as a range.
    ///
    /// Its ends saturate to the largest finite `f32`.
    #[must_use]
    pub fn range(self) -> Range {
        let end = |code| self.dequantize(code).clamp(f32::MIN, f32::MAX);
        Range::spanning(end(self.codes.low()), end(self.codes.high()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{HalfAwayFromZero, HalfToEven};

    #[test]
    fn powers_of_two() {
        for (high, scale) in
            [(127.0, 1.0), (127.1, 2.0), (1.0, 1.0 / 64.0), (63.5, 0.5), (f32::MAX, 2f32.powi(122))]
        {
            let range = Range::new(-high / 2.0, high).unwrap();
            let p = Params::power_of_two(range, Codes::INT8_RESTRICTED);
            assert_eq!((p.scale(), p.zero_point()), (scale, 0), "{high}");
            assert!(p.range().high() >= high);
        }
    }

    #[test]
    fn given_parameters_are_checked() {
        for scale in [0.0, -1.0, f32::NAN, f32::INFINITY, 1e-40] {
            assert!(matches!(Params::new(scale, 0, Codes::INT8), Err(Error::BadScale { .. })), "{scale}");
        }
        for zero_point in [-129, 128, i32::MIN, i32::MAX] {
            assert!(matches!(Params::new(1.0, zero_point, Codes::INT8), Err(Error::BadZeroPoint { .. })));
        }
        assert!(Params::new(1.0, -128, Codes::INT8_RESTRICTED).is_err());
    }

    #[test]
    fn degenerate_ranges() {
        let unit = Params::unit(Codes::INT8);
        let range = |low, high| Range::new(low, high).unwrap();
        for zero in [range(0.0, 0.0), range(-0.0, 0.0), range(-1e-44, 1e-44)] {
            assert_eq!(Params::symmetric(zero, Codes::INT8), unit);
            assert_eq!(Params::asymmetric::<HalfToEven>(zero, Codes::INT8), unit);
        }
        // All values equal: the range is widened to 0, and the value is an end of it.
        let five = Params::asymmetric::<HalfToEven>(range(5.0, 5.0), Codes::INT8);
        assert_eq!((five.zero_point(), five.quantize::<HalfToEven>(5.0)), (-128, 127));
        let minus = Params::asymmetric::<HalfToEven>(range(-5.0, -5.0), Codes::INT8);
        assert_eq!((minus.zero_point(), minus.quantize::<HalfToEven>(-5.0)), (127, -128));
        // The whole of f32.
        let all = Params::asymmetric::<HalfAwayFromZero>(range(f32::MIN, f32::MAX), Codes::INT8);
        assert!(all.scale().is_finite() && all.range().high() <= f32::MAX);
    }

    #[test]
    fn values_that_are_no_numbers_saturate() {
        let p = Params::new(0.5, 3, Codes::INT8).unwrap();
        assert_eq!(p.quantize::<HalfToEven>(f32::INFINITY), 127);
        assert_eq!(p.quantize::<HalfToEven>(f32::NEG_INFINITY), -128);
        assert_eq!(p.quantize::<HalfToEven>(3e38), 127);
        assert_eq!(p.quantize::<HalfToEven>(f32::NAN), -128);
    }

    #[test]
    fn halves() {
        let p = Params::unit(Codes::INT8);
        let cases = [(0.5, 1, 0), (-0.5, -1, 0), (1.5, 2, 2), (2.5, 3, 2), (-2.5, -3, -2), (126.5, 127, 126)];
        for (x, away, even) in cases {
            assert_eq!((p.quantize::<HalfAwayFromZero>(x), p.quantize::<HalfToEven>(x)), (away, even), "{x}");
        }
    }
}

//! "accumulator times real factor", in the four ways that runtimes round it.
//!
//! *"Bit-exact with TensorFlow Lite" is not one arithmetic but several.* With the factor 0.3 and the
//! accumulator 5, the product 1.5 becomes 2 everywhere; with 0.25 and −6, −1.5 becomes −2 in [`Double`] and
//! [`F64Away`], −1 in [`Single`], −2 in [`F32HalfEven`]; with 0.25 and −2, −0.5 becomes −1, 0, −1, −0.
//!
//! | type | arithmetic | who has it |
//! |---|---|---|
//! | [`Double`] | high product rounded half up, then a shift rounded half away | TFLM, CMSIS-NN, LiteRT reference except fully connected |
//! | [`Single`] | one 64-bit product, one shift, half up | `TFLITE_SINGLE_ROUNDING`, `CMSIS_NN_USE_SINGLE_ROUNDING` |
//! | [`F64Away`] | `f64` product, half away | LiteRT reference, fully connected |
//! | [`F32HalfEven`] | `f32` product, half to even | XNNPACK, ONNX Runtime |

use crate::multiplier::{rounding_divide_by_power_of_two, saturating_rounding_doubling_high_mul};
use crate::{Error, HalfAwayFromZero, HalfToEven, Multiplier, Ratio, Round};
use core::fmt::Debug;

mod sealed {
    pub trait Sealed {}
}

/// How an accumulator is multiplied by a real factor. Sealed: see the table of the [module](self).
pub trait Rounding: sealed::Sealed + Copy + Debug + Default + 'static {
    /// The factor, in the form that this arithmetic needs: integers or a float.
    type Factor: Copy + Debug + PartialEq + Send + Sync;

    /// The factor of a ratio of scales.
    ///
    /// # Errors
    /// [`Error::BadFactor`] if the ratio is not finite or, for an integer factor, not below 2^31.
    fn factor(ratio: Ratio) -> Result<Self::Factor, Error>;

    /// Mantissa, left and right shift of a factor, for kernels that round as [`Double`] does.
    #[doc(hidden)]
    fn double(_factor: Self::Factor) -> Option<[i32; 3]> {
        None
    }

    /// `accumulator · factor`, rounded; wraps or saturates where the result does not fit an `i32`.
    fn apply(accumulator: i32, factor: Self::Factor) -> i32;
}

/// gemmlowp's double rounding, the default: what microcontrollers run.
///
/// A left shift wraps, as it does on the device; its contract is that it does not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Double;

/// One product in 64 bits, rounded once, half up.
///
/// A factor of 2^30 and more is taken for the largest below 2^30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Single;

/// The product in `f64`, rounded half away from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct F64Away;

/// The accumulator and the factor in `f32`, their product rounded half to even.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct F32HalfEven;

impl sealed::Sealed for Double {}
impl sealed::Sealed for Single {}
impl sealed::Sealed for F64Away {}
impl sealed::Sealed for F32HalfEven {}

impl Rounding for Double {
    type Factor = Multiplier;

    fn factor(ratio: Ratio) -> Result<Multiplier, Error> {
        Multiplier::from_real(ratio.real())
    }

    fn double(factor: Multiplier) -> Option<[i32; 3]> {
        Some([factor.mantissa(), factor.exponent().max(0), -factor.exponent().min(0)])
    }

    #[inline]
    fn apply(accumulator: i32, factor: Multiplier) -> i32 {
        let exponent = factor.exponent();
        let shifted = accumulator.wrapping_shl(exponent.max(0).unsigned_abs());
        let product = saturating_rounding_doubling_high_mul(shifted, factor.mantissa());
        rounding_divide_by_power_of_two(product, exponent.min(0).unsigned_abs())
    }
}

impl Rounding for Single {
    type Factor = Multiplier;

    fn factor(ratio: Ratio) -> Result<Multiplier, Error> {
        Multiplier::from_real(ratio.real())
    }

    #[inline]
    fn apply(accumulator: i32, factor: Multiplier) -> i32 {
        let (mantissa, exponent) = match factor.exponent() {
            31 => (i32::MAX, 30),
            exponent => (factor.mantissa(), exponent),
        };
        let shift = 31 - exponent;
        ((i64::from(accumulator) * i64::from(mantissa) + (1 << (shift - 1))) >> shift) as i32
    }
}

impl Rounding for F64Away {
    type Factor = f64;

    fn factor(ratio: Ratio) -> Result<f64, Error> {
        let real = ratio.real();
        if real.is_finite() { Ok(real) } else { Err(Error::BadFactor { real }) }
    }

    #[inline]
    fn apply(accumulator: i32, factor: f64) -> i32 {
        HalfAwayFromZero::round_f64(f64::from(accumulator) * factor) as i32
    }
}

impl Rounding for F32HalfEven {
    type Factor = f32;

    fn factor(ratio: Ratio) -> Result<f32, Error> {
        let real = ratio.real_f32();
        if real.is_finite() { Ok(real) } else { Err(Error::BadFactor { real: f64::from(real) }) }
    }

    #[inline]
    fn apply(accumulator: i32, factor: f32) -> i32 {
        HalfToEven::round_f32(accumulator as f32 * factor) as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(accumulator: i32, real: f64) -> [i32; 4] {
        let m = Multiplier::from_real(real).unwrap();
        [
            Double::apply(accumulator, m),
            Single::apply(accumulator, m),
            F64Away::apply(accumulator, real),
            F32HalfEven::apply(accumulator, real as f32),
        ]
    }

    #[test]
    fn four_roundings_of_a_half() {
        assert_eq!(all(5, 0.3), [2, 2, 2, 2]);
        // The layer of docs/int8.md.
        assert_eq!(all(3250, 0.01), [33, 33, 33, 32]);
        assert_eq!(all(-6, 0.25), [-2, -1, -2, -2]);
        assert_eq!(all(-2, 0.25), [-1, 0, -1, 0]);
        assert_eq!(all(2, 0.25), [1, 1, 1, 0]);
        assert_eq!(all(10, 0.25), [3, 3, 3, 2]);
        assert_eq!(all(1 << 20, 3.0), [3 << 20; 4]);
        assert_eq!(all(i32::MAX, 0.0), [0; 4]);
    }

    /// No input of any size may panic: shifts, products and casts at their ends.
    #[test]
    fn ends_of_the_range() {
        for accumulator in [i32::MIN, i32::MIN + 1, -1, 0, 1, i32::MAX] {
            for exponent in -31..=31 {
                for mantissa in [0, 1, 1 << 30, i32::MAX] {
                    let m = Multiplier::from_parts(mantissa, exponent).unwrap();
                    let _ = (Double::apply(accumulator, m), Single::apply(accumulator, m));
                }
            }
            for real in [0.0, 1e-300, 0.7, 1e300] {
                let _ = (F64Away::apply(accumulator, real), F32HalfEven::apply(accumulator, real as f32));
            }
        }
    }
}

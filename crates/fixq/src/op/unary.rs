//! Operators on one value: each makes the [`Table`] of its function.
//!
//! The functions are computed as the reference kernels of TensorFlow Lite for Microcontrollers compute them
//! at run time. A table is made where floats are at hand, or on the device: with integer roundings it takes
//! floats for the factor only.

use crate::error::check_length;
use crate::fixed_point;
use crate::multiplier::rounding_divide_by_power_of_two as divide;
use crate::op::Table;
use crate::output::{Activation, Output};
use crate::{Error, Multiplier, Params, Ratio, Rounding, Width};

/// The factor `input / output`.
fn factor<R: Rounding>(input: Params, output: Params, width: Width) -> Result<R::Factor, Error> {
    R::factor(Ratio::new(&[input.scale()], &[output.scale()], width))
}

/// Rescales from one set of parameters to another, and clamps by an activation.
fn rescale<R: Rounding>(
    input: Params,
    output: Params,
    activation: Activation,
    width: Width,
) -> Result<Table, Error> {
    let factor = factor::<R>(input, output, width)?;
    let (zero_point, output) = (i32::from(input.zero_point()), Output::new(output, activation));
    Ok(Table::new(|x| output.code(R::apply(i32::from(x) - zero_point, factor))))
}

/// The same reals with other parameters: the operator that TensorFlow Lite calls QUANTIZE, from int8.
///
/// # Errors
/// [`Error::BadFactor`] if the ratio of the scales is out of range for the rounding.
pub fn requantize<R: Rounding>(input: Params, output: Params) -> Result<Table, Error> {
    rescale::<R>(input, output, Activation::None, Width::F64)
}

/// max(0, x). TFLM used [`Width::F32`] before October 2026.
///
/// # Errors
/// [`Error::BadFactor`] if the ratio of the scales is out of range for the rounding.
pub fn relu<R: Rounding>(input: Params, output: Params, width: Width) -> Result<Table, Error> {
    rescale::<R>(input, output, Activation::Relu, width)
}

/// min(max(0, x), 6), rescaled to the output: as LiteRT has it. TFLM has [`relu6_clamp`].
///
/// # Errors
/// [`Error::BadFactor`] if the ratio of the scales is out of range for the rounding.
pub fn relu6<R: Rounding>(input: Params, output: Params, width: Width) -> Result<Table, Error> {
    rescale::<R>(input, output, Activation::Relu6, width)
}

/// min(max(0, x), 6) with the parameters of the input on both sides: TFLM ignores those of the output.
#[must_use]
pub fn relu6_clamp(params: Params) -> Table {
    let output = Output::new(params, Activation::Relu6);
    Table::new(|x| output.clamp(x))
}

/// x, or alpha · x below zero. TFLM used [`Width::F32`] before October 2026.
///
/// # Errors
/// [`Error::BadFactor`] if a ratio is out of range for the rounding.
pub fn leaky_relu<R: Rounding>(
    input: Params,
    output: Params,
    alpha: f32,
    width: Width,
) -> Result<Table, Error> {
    let above = factor::<R>(input, output, width)?;
    let magnitude = if alpha < 0.0 { -alpha } else { alpha };
    let below = R::factor(Ratio::new(&[input.scale(), magnitude], &[output.scale()], width))?;
    let (zero_point, output) = (i32::from(input.zero_point()), Output::new(output, Activation::None));
    Ok(Table::new(|x| {
        let x = i32::from(x) - zero_point;
        output.code(if x >= 0 {
            R::apply(x, above)
        } else {
            let steps = R::apply(x, below);
            if alpha < 0.0 { steps.wrapping_neg() } else { steps }
        })
    }))
}

/// x, or `alpha[c]` · x below zero, with quantized alphas along the last dimension.
#[derive(Clone, Copy, Debug)]
pub struct Prelu<'a, R: Rounding> {
    alphas: &'a [i8],
    above: R::Factor,
    below: R::Factor,
    zero_points: [i32; 2],
    output: Output,
}

impl<'a, R: Rounding> Prelu<'a, R> {
    /// The operator with these alphas, one for each channel. LiteRT computes its factors in [`Width::F32`].
    ///
    /// # Errors
    /// [`Error::Empty`] without alphas, [`Error::BadFactor`] if a ratio is out of range for the rounding.
    pub fn new(
        input: Params,
        alphas: &'a [i8],
        alpha: Params,
        output: Params,
        width: Width,
    ) -> Result<Self, Error> {
        if alphas.is_empty() {
            return Err(Error::Empty);
        }
        Ok(Self {
            alphas,
            above: factor::<R>(input, output, width)?,
            below: R::factor(Ratio::new(&[input.scale(), alpha.scale()], &[output.scale()], width))?,
            zero_points: [input, alpha].map(|p| i32::from(p.zero_point())),
            output: Output::new(output, Activation::None),
        })
    }

    /// Runs the operator.
    ///
    /// # Errors
    /// [`Error::Length`] if the slices differ in length.
    pub fn run(&self, input: &[i8], output: &mut [i8]) -> Result<(), Error> {
        check_length(input.len(), output.len())?;
        let [zero, alpha_zero] = self.zero_points;
        for ((code, &x), &alpha) in output.iter_mut().zip(input).zip(self.alphas.iter().cycle()) {
            let x = i32::from(x) - zero;
            *code = self.output.code(if x >= 0 {
                R::apply(x, self.above)
            } else {
                R::apply(x * (i32::from(alpha) - alpha_zero), self.below)
            });
        }
        Ok(())
    }
}

/// The largest difference from the zero point that fits Q(`integer_bits`) after a shift by `exponent`.
pub(crate) const fn input_radius(integer_bits: u32, exponent: i32) -> i32 {
    let largest = ((1i64 << integer_bits) - 1) << (31 - integer_bits);
    let radius = match exponent {
        31.. => 0,
        0..=30 => largest >> exponent,
        _ => i32::MAX as i64,
    };
    if radius > i32::MAX as i64 { i32::MAX } else { radius as i32 }
}

/// A function on Q(4), saturated to −128 and 127 beyond the radius where Q(4) ends.
fn sigmoidal<R: Rounding<Factor = Multiplier>>(input: Params, f: impl Fn(i32) -> i32) -> Table {
    let (zero_point, scale) = (i32::from(input.zero_point()), f64::from(input.scale()) * f64::from(1 << 27));
    // A scale of 2^4 and more sends every code but the zero point beyond the radius.
    let (factor, radius) = match Multiplier::from_real(scale) {
        Ok(factor) => (factor, input_radius(4, factor.exponent())),
        Err(_) => (Multiplier::ZERO, 0),
    };
    Table::new(|x| match i32::from(x) - zero_point {
        x if x <= -radius => -128,
        x if x >= radius => 127,
        x => f(R::apply(x, factor)).clamp(-128, 127) as i8,
    })
}

/// 1 / (1 + exp(−x)); the output has scale 1/256 and zero point −128.
#[must_use]
pub fn logistic<R: Rounding<Factor = Multiplier>>(input: Params) -> Table {
    sigmoidal::<R>(input, |x| divide(fixed_point::logistic(x, 4), 23) - 128)
}

/// tanh; the output has scale 1/128 and zero point 0.
#[must_use]
pub fn tanh<R: Rounding<Factor = Multiplier>>(input: Params) -> Table {
    sigmoidal::<R>(input, |x| divide(fixed_point::tanh(x, 4), 24))
}

/// x · relu6(x + 3) / 6, in 16 bits with a rounding of its own. TFLM used [`Width::F32`] before October 2026.
///
/// # Errors
/// [`Error::BadFactor`] if the input's scale is 128 times the output's or more, which the 16-bit arithmetic
/// cannot express, or if it is 2^31 · 3/256 or more.
pub fn hard_swish(input: Params, output: Params, width: Width) -> Result<Table, Error> {
    let ratio = |denominator: f32| Ratio::new(&[1.0 / 128.0, input.scale()], &[denominator], width).real();
    let to_output = Multiplier::from_real(ratio(output.scale()))?;
    let to_relu = Multiplier::from_real(ratio(3.0 / 32768.0))?;
    if to_output.exponent() > 0 {
        return Err(Error::BadFactor { real: ratio(output.scale()) });
    }
    let (m_output, m_relu) = (half_width(to_output.mantissa()), half_width(to_relu.mantissa()));
    let zero_point = i32::from(input.zero_point());
    let end = Output::new(output, Activation::None);
    Ok(Table::new(|x| {
        let fine = (i32::from(x) - zero_point) << 7;
        let scaled = high_mul_16(fine, m_output);
        let e = to_relu.exponent();
        let gate = if e > 0 {
            let shifted = saturate_16(i64::from(fine) << (e - 1));
            saturate_16(i64::from(high_mul_16(shifted, m_relu)) << 1)
        } else {
            divide(high_mul_16(fine, m_relu), e.unsigned_abs())
        };
        // From [-1, 1) to [0, 1).
        let gate = (gate + (1 << 15)) >> 1;
        let product = gate * scaled / (1 << 15); // truncates
        end.code(divide(product, to_output.exponent().unsigned_abs()))
    }))
}

/// The upper 16 bits of a mantissa, rounded.
const fn half_width(mantissa: i32) -> i32 {
    if mantissa >= i32::MAX - (1 << 15) { i16::MAX as i32 } else { (mantissa + (1 << 15)) >> 16 }
}

/// The saturating rounding doubling high product of two 16-bit numbers.
const fn high_mul_16(a: i32, b: i32) -> i32 {
    if a == i16::MIN as i32 && b == i16::MIN as i32 {
        return i16::MAX as i32;
    }
    (a * b + (1 << 14)) >> 15
}

fn saturate_16(x: i64) -> i32 {
    x.clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i32
}

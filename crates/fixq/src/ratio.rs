//! Ratios of scales, and the width of the float arithmetic that computes them.
//!
//! *The same scales give different multipliers in different runtimes:* some multiply two scales in `f32`
//! before they divide in `f64`, some stay in `f32` throughout, some widen first. About one value in 10^5
//! shows it, which random tests miss and a field report does not. TFLM changed six operators from `f32` to
//! `f64` in October 2026.

use crate::{Error, Params};

/// In which width a ratio of `f32` scales is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Width {
    /// Every scale is widened to `f64` first. TFLM since October 2026, for every operator.
    #[default]
    F64,
    /// Products in `f32`, their quotient in `f64`. Fully connected (per tensor) and batch matmul before.
    F32Product,
    /// Everything in `f32`, the quotient widened. Sub, relu, leaky relu and hard swish before.
    F32,
}

/// A real factor: a quotient of products of scales.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    real: f64,
    real_f32: f32,
}

impl Ratio {
    /// `Π numerator / Π denominator`, multiplied from left to right in the given width.
    #[must_use]
    pub fn new(numerator: &[f32], denominator: &[f32], width: Width) -> Self {
        let wide = |scales: &[f32]| scales.iter().fold(1.0, |product, &s| product * f64::from(s));
        let narrow = |scales: &[f32]| scales.iter().fold(1.0f32, |product, &s| product * s);
        let real_f32 = narrow(numerator) / narrow(denominator);
        let real = match width {
            Width::F64 => wide(numerator) / wide(denominator),
            Width::F32Product => f64::from(narrow(numerator)) / wide(denominator),
            Width::F32 => f64::from(real_f32),
        };
        Self { real, real_f32 }
    }

    /// A factor that is known as a real number.
    #[must_use]
    pub const fn from_real(real: f64) -> Self {
        Self { real, real_f32: real as f32 }
    }

    /// The factor in the width asked for, as an `f64`.
    #[must_use]
    pub const fn real(self) -> f64 {
        self.real
    }

    /// The factor computed in `f32` throughout.
    #[must_use]
    pub const fn real_f32(self) -> f32 {
        self.real_f32
    }
}

/// The factors of a layer with weights, one a channel: `input · weight[c] / output`.
///
/// Convolutions compute them in [`Width::F64`]; a fully connected layer with one weight scale did it in
/// [`Width::F32Product`] in TFLM before October 2026.
///
/// # Errors
/// [`Error::Length`] if `factors` and `weights` differ in length, [`Error::BadFactor`] if a ratio is out of
/// range for the rounding.
pub fn weight_factors<R: crate::Rounding>(
    input: Params,
    weights: &[Params],
    output: Params,
    width: Width,
    factors: &mut [R::Factor],
) -> Result<(), Error> {
    crate::error::check_length(weights.len(), factors.len())?;
    for (factor, w) in factors.iter_mut().zip(weights) {
        *factor = R::factor(Ratio::new(&[input.scale(), w.scale()], &[output.scale()], width))?;
    }
    Ok(())
}

//! Slices: reals to codes and back, with one set of parameters.

use crate::error::check_length;
use crate::round::Round;
use crate::simd::vectorised;
use crate::{Error, Params};

/// `codes[i]` becomes the code of `reals[i]`; see [`Params::quantize`] for rounding and saturation.
///
/// # Errors
/// [`Error::Length`] if the slices differ in length; nothing is written then.
pub fn quantize<R: Round>(reals: &[f32], params: Params, codes: &mut [i8]) -> Result<(), Error> {
    check_length(reals.len(), codes.len())?;
    quantize_all::<R>(reals, params, codes);
    Ok(())
}

/// `reals[i]` becomes the real of `codes[i]`; see [`Params::dequantize`].
///
/// # Errors
/// [`Error::Length`] if the slices differ in length; nothing is written then.
pub fn dequantize(codes: &[i8], params: Params, reals: &mut [f32]) -> Result<(), Error> {
    check_length(codes.len(), reals.len())?;
    dequantize_all(codes, params, reals);
    Ok(())
}

/// Replaces each real by the real of its code: what quantization costs, in floats.
pub fn fake_quantize<R: Round>(reals: &mut [f32], params: Params) {
    fake_quantize_all::<R>(reals, params);
}

vectorised! {
    fn quantize_all<R: Round>(reals: &[f32], params: Params, codes: &mut [i8]) {
        for (code, &x) in codes.iter_mut().zip(reals) {
            *code = params.quantize::<R>(x);
        }
    }
}

vectorised! {
    fn dequantize_all(codes: &[i8], params: Params, reals: &mut [f32]) {
        for (x, &code) in reals.iter_mut().zip(codes) {
            *x = params.dequantize(code);
        }
    }
}

vectorised! {
    fn fake_quantize_all<R: Round>(reals: &mut [f32], params: Params) {
        for x in reals {
            *x = params.dequantize(params.quantize::<R>(*x));
        }
    }
}

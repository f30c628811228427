//! Slices: reals to codes and back, with one set of parameters.

use crate::error::check_length;
use crate::round::Round;
use crate::simd::{self, vectorised};
use crate::{Code, Error, Params};

/// `codes[i]` becomes the code of `reals[i]`; see [`Params::quantize`] for rounding and saturation.
///
/// # Errors
/// [`Error::Length`] if the slices differ in length; nothing is written then.
pub fn quantize<R: Round, T: Code>(reals: &[f32], params: Params<T>, codes: &mut [T]) -> Result<(), Error> {
    check_length(reals.len(), codes.len())?;
    // The reciprocal of a scale above 2^126 is not a normal number.
    if T::HIGHEST - T::LOWEST == 255 && 1.0 / params.scale() >= f32::MIN_POSITIVE {
        if !simd::quantize::<R, T>(reals, params, codes) {
            quantize_bytes::<R, T>(reals, params, codes);
        }
    } else {
        quantize_all::<R, T>(reals, params, codes);
    }
    Ok(())
}

/// `reals[i]` becomes the real of `codes[i]`; see [`Params::dequantize`].
///
/// # Errors
/// [`Error::Length`] if the slices differ in length; nothing is written then.
pub fn dequantize<T: Code>(codes: &[T], params: Params<T>, reals: &mut [f32]) -> Result<(), Error> {
    check_length(codes.len(), reals.len())?;
    dequantize_all(codes, params, reals);
    Ok(())
}

/// Replaces each real by the real of its code: what quantization costs, in floats.
pub fn fake_quantize<R: Round, T: Code>(reals: &mut [f32], params: Params<T>) {
    fake_quantize_all::<R, T>(reals, params);
}

/// Codes that are computed at once.
const BLOCK: usize = 64;

vectorised! {
    /// Blocks by the reciprocal of the scale, which is several times as fast as a division and nearly as exact.
    ///
    /// For quotients up to 256, `x · (1/s)` and `x / s` are within 3 · 256 · 2^-24 < 2^-14 of each other (three
    /// roundings), so they round to the same integer unless one of them is that near to a half. A block with
    /// such a value is divided.
    fn quantize_bytes<R: Round, T: Code>(reals: &[f32], params: Params<T>, codes: &mut [T]) {
        let inverse = 1.0 / params.scale();
        let (blocks, mut places) = (reals.chunks_exact(BLOCK), codes.chunks_exact_mut(BLOCK));
        let rest = blocks.remainder();
        for (block, codes) in blocks.zip(&mut places) {
            let mut near = 0;
            for (code, &x) in codes.iter_mut().zip(block) {
                let (nearest, distance) = params.near(x * inverse);
                *code = nearest;
                near |= u32::from(distance > 0.5 - 1.0 / 16384.0);
            }
            if near != 0 {
                for (code, &x) in codes.iter_mut().zip(block) {
                    *code = params.quantize::<R>(x);
                }
            }
        }
        for (code, &x) in places.into_remainder().iter_mut().zip(rest) {
            *code = params.quantize::<R>(x);
        }
    }
}

vectorised! {
    fn quantize_all<R: Round, T: Code>(reals: &[f32], params: Params<T>, codes: &mut [T]) {
        for (code, &x) in codes.iter_mut().zip(reals) {
            *code = params.quantize::<R>(x);
        }
    }
}

vectorised! {
    fn dequantize_all<T: Code>(codes: &[T], params: Params<T>, reals: &mut [f32]) {
        for (x, &code) in reals.iter_mut().zip(codes) {
            *x = params.dequantize(code);
        }
    }
}

vectorised! {
    fn fake_quantize_all<R: Round, T: Code>(reals: &mut [f32], params: Params<T>) {
        for x in reals {
            *x = params.dequantize(params.quantize::<R>(*x));
        }
    }
}

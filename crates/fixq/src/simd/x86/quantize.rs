//! Reals to codes of a byte, 64 at a time.
//!
//! *The product with the reciprocal of the scale is so near to the quotient that it rounds to the same integer, unless it
//! lies beside a half*: then the whole block is divided. Quotients become integers with 16 bits behind the point: the
//! upper half of a lane is the step, the lower one says how near a half it was.

use crate::{Code, Params, Round};
use core::arch::x86_64::*;

/// Reals of a block.
const BLOCK: usize = 64;
/// Units of a step.
const UNIT: f32 = 65536.0;
/// How many units a quotient up to 256 may be off: the factor, the sum and the quotient that they stand for are rounded
/// to 24 bits, and the sum to an integer, `3 · 2^24 · 2^-24 + 1/2 < 4`. Larger quotients saturate.
const NEAR: i16 = 4;

/// Codes as [`Params::quantize`] has them. The scale's reciprocal is a normal number.
///
/// # Safety
/// The CPU has AVX-512 F, BW and VL; a code has one byte.
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
pub(in crate::simd) unsafe fn quantize<R: Round, T: Code>(reals: &[f32], params: Params<T>, codes: &mut [T]) {
    let factor = _mm512_set1_ps(UNIT / params.scale());
    // What lies NEAR a half, on either side, lies less than 2 NEAR above an integer.
    let half = _mm512_set1_ps(0.5 * UNIT + f32::from(NEAR));
    let zero_point = _mm512_set1_epi16(i32_of(params.zero_point()) as i16);
    let [low, high] =
        [params.codes().low(), params.codes().high()].map(|end| _mm512_set1_epi8(i32_of(end) as i8));
    let odd: [u16; 32] = core::array::from_fn(|word| 2 * word as u16 + 1);
    // SAFETY: there are 32 words.
    let odd = unsafe { _mm512_loadu_si512(odd.as_ptr().cast()) };
    // Lanes of 128 bits were packed side by side.
    let order = _mm512_setr_epi64(0, 2, 4, 6, 1, 3, 5, 7);
    let (blocks, rest) = reals.as_chunks::<BLOCK>();
    let (places, places_of_rest) = codes.as_chunks_mut::<BLOCK>();
    for (block, place) in blocks.iter().zip(places) {
        let mut units = [_mm512_setzero_si512(); 4];
        let mut nearest = _mm512_set1_epi16(-1);
        for (i, units) in units.iter_mut().enumerate() {
            // SAFETY: a block has four times 16 reals.
            let x = unsafe { _mm512_loadu_ps(block.as_ptr().add(16 * i)) };
            // What is no number, or no integer, becomes -2^31, whose lower half is 0: its block is divided.
            *units = _mm512_cvtps_epi32(_mm512_fmadd_ps(x, factor, half));
            nearest = _mm512_min_epu16(nearest, *units);
        }
        if _mm512_mask_cmplt_epu16_mask(0x5555_5555, nearest, _mm512_set1_epi16(2 * NEAR)) != 0 {
            for (code, &x) in place.iter_mut().zip(block) {
                *code = params.quantize::<R>(x);
            }
            continue;
        }
        let words = [0, 2].map(|i| {
            let steps = _mm512_permutex2var_epi16(units[i], odd, units[i + 1]);
            _mm512_adds_epi16(steps, zero_point)
        });
        let bytes = if T::LOWEST < 0 {
            let bytes = _mm512_packs_epi16(words[0], words[1]);
            _mm512_min_epi8(_mm512_max_epi8(bytes, low), high)
        } else {
            let bytes = _mm512_packus_epi16(words[0], words[1]);
            _mm512_min_epu8(_mm512_max_epu8(bytes, low), high)
        };
        // SAFETY: a place has 64 codes of a byte, and every byte is a code.
        unsafe { _mm512_storeu_si512(place.as_mut_ptr().cast(), _mm512_permutexvar_epi64(order, bytes)) };
    }
    for (code, &x) in places_of_rest.iter_mut().zip(rest) {
        *code = params.quantize::<R>(x);
    }
}

fn i32_of<T: Code>(code: T) -> i32 {
    code.into()
}

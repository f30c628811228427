//! Rows of a matrix by a vector, 64 codes at a time.

use super::dots::add_sums;
use super::{Byte, add_ones};
use core::arch::x86_64::*;

/// How signed codes become unsigned ones on one side, as `vpdpbusd` asks; by the zero point z of x.
type Manner = u8;
/// z = −128: `Σ w (x − z) = Σ w (x + 128)`.
const RAISED_X: Manner = 0;
/// z = 0: `Σ w x = Σ (w + 128) x − 128 Σ x`.
const RAISED_WEIGHTS: Manner = 1;
/// Any z: `Σ w (x − z) = Σ w (x + 128) − (z + 128) Σ w`; a second product for each sum of weights.
const WITH_TOTALS: Manner = 2;

/// # Safety
/// The CPU has AVX-512 VNNI, F, BW and VL; a row of `x.len()` weights for each sum lies in the slice.
pub(super) unsafe fn dots<W: Byte, X: Byte>(
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
    let first = weights.as_ptr().wrapping_add(start).cast();
    // SAFETY: as the caller promises.
    unsafe {
        match zero_point {
            -128 => all::<W, X, RAISED_X>(first, stride, x, zero_point, sums),
            0 => all::<W, X, RAISED_WEIGHTS>(first, stride, x, zero_point, sums),
            _ => all::<W, X, WITH_TOTALS>(first, stride, x, zero_point, sums),
        }
    }
}

/// # Safety
/// As for [`dots`]; `weights` points at the first row.
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn all<W: Byte, X: Byte, const MANNER: Manner>(
    mut weights: *const u8,
    stride: usize,
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
    // SAFETY: the rows are walked through in order.
    unsafe {
        let beside = if MANNER == RAISED_WEIGHTS { -128 * total(x) } else { 0 };
        let (eights, rest) = sums.as_chunks_mut::<8>();
        let (fours, rest) = rest.as_chunks_mut::<4>();
        for eight in eights {
            rows::<W, X, 8, MANNER>(weights, stride, x, zero_point, beside, eight);
            weights = weights.wrapping_add(8 * stride);
        }
        for four in fours {
            rows::<W, X, 4, MANNER>(weights, stride, x, zero_point, beside, four);
            weights = weights.wrapping_add(4 * stride);
        }
        for one in rest {
            rows::<W, X, 1, MANNER>(weights, stride, x, zero_point, beside, core::array::from_mut(one));
            weights = weights.wrapping_add(stride);
        }
    }
}

/// # Safety
/// The CPU has the features; `R` rows of `x.len()` weights lie behind `weights`, `stride` apart.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512bw,avx512vl,avx512vnni")]
unsafe fn rows<W: Byte, X: Byte, const R: usize, const MANNER: Manner>(
    weights: *const u8,
    stride: usize,
    x: &[X],
    zero_point: i32,
    beside: i32,
    sums: &mut [i32; R],
) {
    let raise = |side: bool| if side { 0x80 } else { 0 };
    let flip_x = _mm512_set1_epi8((X::FLIP ^ raise(MANNER != RAISED_WEIGHTS)) as i8);
    let flip_w = _mm512_set1_epi8((W::FLIP ^ raise(MANNER == RAISED_WEIGHTS)) as i8);
    let mut acc = [_mm512_setzero_si512(); R];
    let mut totals = [_mm512_setzero_si512(); R];
    let from = x.as_ptr().cast::<u8>();
    for at in (0..x.len()).step_by(64) {
        let count = x.len() - at;
        // Codes beyond the end are read as 0 and stay so on both sides.
        let mask = if count < 64 { u64::MAX >> (64 - count) } else { u64::MAX };
        // SAFETY: `count` codes, or 64 of them, lie there.
        let read = |place: *const u8, flip| unsafe {
            if count < 64 {
                let codes = _mm512_maskz_loadu_epi8(mask, place.cast());
                _mm512_maskz_mov_epi8(mask, _mm512_xor_si512(codes, flip))
            } else {
                _mm512_xor_si512(_mm512_loadu_si512(place.cast()), flip)
            }
        };
        let x = read(from.wrapping_add(at), flip_x);
        for r in 0..R {
            let place = weights.wrapping_add(r * stride + at);
            // The rows after the next ones; a prefetch may name any place.
            _mm_prefetch::<_MM_HINT_T0>(place.wrapping_add(R * stride).cast());
            let w = read(place, flip_w);
            if MANNER == RAISED_WEIGHTS {
                acc[r] = _mm512_dpbusd_epi32(acc[r], w, x);
            } else {
                acc[r] = _mm512_dpbusd_epi32(acc[r], x, w);
            }
            if MANNER == WITH_TOTALS {
                totals[r] = add_ones(totals[r], w);
            }
        }
    }
    let zero = _mm512_set1_epi32(zero_point + 128);
    let mut halves = [_mm256_setzero_si256(); R];
    for r in 0..R {
        if MANNER == WITH_TOTALS {
            acc[r] = _mm512_sub_epi32(acc[r], _mm512_mullo_epi32(totals[r], zero));
        }
        halves[r] = _mm256_add_epi32(_mm512_castsi512_si256(acc[r]), _mm512_extracti64x4_epi64::<1>(acc[r]));
        sums[r] = sums[r].wrapping_add(beside);
    }
    add_sums(halves, sums);
}

/// The sum of signed codes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn total<X: Byte>(x: &[X]) -> i32 {
    let mut acc = _mm512_setzero_si512();
    let (blocks, rest) = x.as_chunks::<64>();
    for block in blocks {
        // SAFETY: a block has 64 codes.
        let codes = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        acc = add_ones(acc, _mm512_xor_si512(codes, _mm512_set1_epi8(X::FLIP as i8)));
    }
    let sum = _mm512_reduce_add_epi32(acc);
    rest.iter().fold(sum, |sum, x| sum.wrapping_add(i32::from(x.signed())))
}

//! Bias, factor, zero point and clamp of 16 channels at a time.

use super::{Backend, END, End, Line, Tile};
use core::arch::x86_64::*;

/// See [`Backend::finish`]. The backend is available and not the portable one.
pub(in crate::simd) fn finish(
    backend: Backend,
    end: &End<'_>,
    tile: &Tile,
    rows: usize,
    [count, stride]: [usize; 2],
    codes: &mut [i8],
) {
    for (block, lines) in end.lines.chunks_exact(END).enumerate().take(count.div_ceil(16)) {
        let codes = codes.get_mut(block * 16..).unwrap_or(&mut []);
        let (first, count) = (block * 16, (count - block * 16).min(16));
        if backend == Backend::Avx512Vnni && lines.last().is_some_and(|line| line.0[0] == 1) {
            // SAFETY: AVX-512 VNNI is asked for together with F, BW and VL; the lines are those of plain channels.
            unsafe { finish_plain(end, lines, [first, rows, count, stride], tile, codes) };
            continue;
        }
        let sums = tile.iter().take(rows).filter_map(|sums| sums.get(first..first + 16));
        let codes = codes.chunks_mut(stride.max(1)).filter_map(|codes| codes.get_mut(..count));
        // SAFETY: there are 16 sums in each and five lines; the CPU has the instructions because the caller checked
        // the backend, and AVX-512 VNNI is asked for together with F, BW and VL.
        unsafe {
            match backend {
                Backend::Avx512Vnni => finish_all_avx512(end, lines, sums.zip(codes)),
                _ => finish_all_avx2(end, lines, sums.zip(codes)),
            }
        }
    }
}

/// Four rows at a time of 16 [`plain`](crate::simd::plain) channels.
///
/// Half away from zero is `(x + 2^(n - 1) - (x < 0)) >> n`, and nothing overflows: `|x| < 2^30`, n < 30. Packing
/// saturates, so codes are clamped as bytes.
///
/// # Safety
/// The CPU has AVX-512 F, BW and VL; the lines are those of an [`End`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn finish_plain(
    end: &End<'_>,
    lines: &[Line],
    [first, rows, count, stride]: [usize; 4],
    tile: &Tile,
    codes: &mut [i8],
) {
    let load = |i: usize| {
        let line: &[i32; 16] = lines.get(i).map_or(&[0; 16], |Line(line)| line);
        // SAFETY: a line has 16 words.
        unsafe { _mm512_loadu_si512(line.as_ptr().cast()) }
    };
    let (bias, mantissa, right) = (load(0), load(1), load(3));
    let mantissas_of_odd = _mm512_srli_epi64::<32>(mantissa);
    let one = _mm512_set1_epi32(1);
    let half = _mm512_sllv_epi32(one, _mm512_sub_epi32(right, one));
    let half_of_product = _mm512_set1_epi64(1 << 31);
    let zero_point = _mm512_set1_epi16(end.zero_point as i16);
    let [low, high] = [end.low, end.high].map(|steps| _mm512_set1_epi8((steps + end.zero_point) as i8));
    // Lanes of 128 bits were packed side by side.
    let order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    let mask = if count < 16 { (1u16 << count) - 1 } else { u16::MAX };
    let mut places = codes.chunks_mut(stride.max(1)).take(rows);
    for four in tile.chunks_exact(4).take(rows.div_ceil(4)) {
        let mut steps = [_mm512_setzero_si512(); 4];
        for (steps, sums) in steps.iter_mut().zip(four) {
            let Some(sums) = sums.get(first..first + 16) else { return };
            // SAFETY: there are 16 sums.
            let sums = unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) };
            let x = _mm512_add_epi32(sums, bias);
            let x = _mm512_add_epi32(x, x);
            // (2 x · mantissa + 2^31) >> 32: the upper halves of the products of even lanes, and of odd ones.
            let even = _mm512_add_epi64(_mm512_mul_epi32(x, mantissa), half_of_product);
            let odd = _mm512_mul_epi32(_mm512_srli_epi64::<32>(x), mantissas_of_odd);
            let odd = _mm512_castsi512_ps(_mm512_add_epi64(odd, half_of_product));
            let x = _mm512_castps_si512(_mm512_mask_movehdup_ps(odd, 0x5555, _mm512_castsi512_ps(even)));
            let up = _mm512_add_epi32(half, _mm512_srai_epi32::<31>(x));
            *steps = _mm512_srav_epi32(_mm512_add_epi32(x, up), right);
        }
        let [a, b, c, d] = steps;
        let words = [_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d)];
        let [ab, cd] = words.map(|words| _mm512_adds_epi16(words, zero_point));
        let bytes = _mm512_min_epi8(_mm512_max_epi8(_mm512_packs_epi16(ab, cd), low), high);
        let bytes = _mm512_permutexvar_epi32(order, bytes);
        let rows = [
            _mm512_castsi512_si128(bytes),
            _mm512_extracti32x4_epi32::<1>(bytes),
            _mm512_extracti32x4_epi32::<2>(bytes),
            _mm512_extracti32x4_epi32::<3>(bytes),
        ];
        for (row, place) in rows.into_iter().zip(&mut places) {
            let Some(place) = place.get_mut(..count) else { continue };
            let place = place.as_mut_ptr();
            // SAFETY: `count` codes are there, and no more are written.
            unsafe {
                if count == 16 {
                    _mm_storeu_si128(place.cast(), row);
                } else {
                    _mm_mask_storeu_epi8(place, mask, row);
                }
            }
        }
    }
}

/// Rows of 16 sums or less, with what does not change from row to row in registers.
macro_rules! finish_all {
    ($name:ident, $features:literal, $one:ident) => {
        /// # Safety
        /// The CPU has the features; there are 16 sums in each row, and five lines.
        #[target_feature(enable = $features)]
        unsafe fn $name<'a>(
            end: &End<'_>,
            lines: &[Line],
            rows: impl Iterator<Item = (&'a [i32], &'a mut [i8])>,
        ) {
            for (sums, codes) in rows {
                // SAFETY: as the caller promises.
                let bytes = unsafe { $one(end, lines, sums) };
                match <&mut [i8; 16]>::try_from(&mut *codes) {
                    Ok(codes) => *codes = bytes,
                    Err(_) => codes.iter_mut().zip(bytes).for_each(|(to, code)| *to = code),
                }
            }
        }
    };
}
finish_all!(finish_all_avx512, "avx512f,avx512bw,avx512vl", finish_avx512);
finish_all!(finish_all_avx2, "avx2", finish_avx2);

/// # Safety
/// The CPU has the features, and there are 16 sums and five lines.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl")]
unsafe fn finish_avx512(end: &End<'_>, lines: &[Line], sums: &[i32]) -> [i8; 16] {
    // SAFETY: as the caller promises.
    let (sums, [bias, mantissa, left, right]) = unsafe {
        let line: *const Line = lines.as_ptr();
        let load = |i: usize| _mm512_load_si512(line.add(i).cast());
        (_mm512_loadu_si512(sums.as_ptr().cast()), [load(0), load(1), load(2), load(3)])
    };
    let x = _mm512_sllv_epi32(_mm512_add_epi32(sums, bias), left);
    // (x · mantissa + 2^30) >> 31: bits 31 to 62 of the products of even lanes, and of odd ones.
    let half = _mm512_set1_epi64(1 << 30);
    let even = _mm512_add_epi64(_mm512_mul_epi32(x, mantissa), half);
    let odd = _mm512_mul_epi32(_mm512_srli_epi64::<32>(x), _mm512_srli_epi64::<32>(mantissa));
    let odd = _mm512_slli_epi64::<1>(_mm512_add_epi64(odd, half));
    let x = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64::<31>(even), odd);
    // Half away from zero, as `rounding_divide_by_power_of_two`.
    let one = _mm512_set1_epi32(1);
    let mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, right), one);
    let threshold = _mm512_sub_epi32(_mm512_srli_epi32::<1>(mask), _mm512_srai_epi32::<31>(x));
    let up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(x, mask), threshold);
    let floor = _mm512_srav_epi32(x, right);
    let steps = _mm512_mask_add_epi32(floor, up, floor, one);
    let steps =
        _mm512_min_epi32(_mm512_max_epi32(steps, _mm512_set1_epi32(end.low)), _mm512_set1_epi32(end.high));
    let codes = _mm512_cvtepi32_epi8(_mm512_add_epi32(steps, _mm512_set1_epi32(end.zero_point)));
    let mut bytes = [0; 16];
    // SAFETY: there is room for 16 bytes.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), codes) };
    bytes
}

/// # Safety
/// The CPU has AVX2, and there are 16 sums and five lines.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn finish_avx2(end: &End<'_>, lines: &[Line], sums: &[i32]) -> [i8; 16] {
    let mut halves = [_mm256_setzero_si256(); 2];
    for (i, steps) in halves.iter_mut().enumerate() {
        // SAFETY: as the caller promises.
        let (sums, [bias, mantissa, left, right]) = unsafe {
            let line: *const Line = lines.as_ptr();
            let load = |k: usize| _mm256_load_si256(line.add(k).cast::<__m256i>().add(i));
            (_mm256_loadu_si256(sums.as_ptr().cast::<__m256i>().add(i)), [load(0), load(1), load(2), load(3)])
        };
        let x = _mm256_sllv_epi32(_mm256_add_epi32(sums, bias), left);
        let half = _mm256_set1_epi64x(1 << 30);
        let even = _mm256_add_epi64(_mm256_mul_epi32(x, mantissa), half);
        let odd = _mm256_mul_epi32(_mm256_srli_epi64::<32>(x), _mm256_srli_epi64::<32>(mantissa));
        let odd = _mm256_slli_epi64::<1>(_mm256_add_epi64(odd, half));
        let x = _mm256_blend_epi32::<0xAA>(_mm256_srli_epi64::<31>(even), odd);
        let one = _mm256_set1_epi32(1);
        let mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, right), one);
        let threshold = _mm256_sub_epi32(_mm256_srli_epi32::<1>(mask), _mm256_srai_epi32::<31>(x));
        // The comparison is -1 where it holds.
        let up = _mm256_cmpgt_epi32(_mm256_and_si256(x, mask), threshold);
        let rounded = _mm256_sub_epi32(_mm256_srav_epi32(x, right), up);
        let clamped = _mm256_min_epi32(
            _mm256_max_epi32(rounded, _mm256_set1_epi32(end.low)),
            _mm256_set1_epi32(end.high),
        );
        *steps = _mm256_add_epi32(clamped, _mm256_set1_epi32(end.zero_point));
    }
    let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packs_epi32(halves[0], halves[1]));
    let codes = _mm_packs_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256::<1>(words));
    let mut bytes = [0; 16];
    // SAFETY: there is room for 16 bytes.
    unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), codes) };
    bytes
}

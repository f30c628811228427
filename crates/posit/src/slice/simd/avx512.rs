//! Matrices of posits of at most 8 bits times vectors, with the byte shuffles of AVX-512 VBMI: 32 columns of two
//! rows at a time, a row in each half of a vector.
//!
//! Shuffles of 64 entries have the `bf16` of every code of at most 6 bits, those of 128 that of every magnitude, a
//! byte plane each; one of bits takes packed codes apart. The sums are those of [`Avx2`], in the same order.

#![expect(unsafe_code, reason = "intrinsics, and loads through pointers")]

use core::arch::x86_64::*;
use core::mem::MaybeUninit;

use super::SUMS;
use super::avx2::{Avx2, Products};
use super::byte::{Codes, Magnitudes, Unpack};

/// Factors whose order is found once for all rows.
const TILE: usize = 2048;

/// Bytes that are asked for ahead of time: two rows in turn are not what processors foresee.
const AHEAD: usize = 4096;

/// 32 factors in the order of [`Avx2::factors`], each vector twice.
type Factors = [[__m256; 2]; 4];

/// What does not change from step to step, and a proof that the machine has AVX-512 with VBMI.
#[derive(Clone, Copy)]
struct Tables {
    lower: [__m512i; 2],
    upper: [__m512i; 2],
    places: __m512i,
    shifts: __m512i,
}

/// Two dot products that are under way: their sums, and their least codes, byte by byte, if NaR is not a NaN.
struct Pair {
    sums: [__m512; 4],
    least: __m512i,
}

impl Tables {
    /// # Safety
    ///
    /// The machine must have AVX-512 with VBMI.
    #[inline(always)]
    unsafe fn new<const N: u32, const ES: u32>() -> Self {
        // SAFETY: AVX-512 is there, by the contract; 64 bytes are read of 64.
        let load = |bytes: &[u8; 64]| unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) };
        let [mut lower, mut upper] = [Magnitudes::<ES>::LOWER, Magnitudes::<ES>::UPPER];
        if N <= 6 {
            (lower[0], upper[0]) = (Codes::<N, ES>::LOWER, Codes::<N, ES>::UPPER);
        }
        Self {
            lower: [load(&lower[0]), load(&lower[1])],
            upper: [load(&upper[0]), load(&upper[1])],
            places: load(&Unpack::<N>::PLACES),
            shifts: load(&Unpack::<N>::SHIFTS),
        }
    }

    /// 32 codes of each row at the tops of bytes, or of their lower six bits.
    ///
    /// # Safety
    ///
    /// 32 bytes must be there in both rows.
    #[inline(always)]
    unsafe fn codes<const N: u32, const PACKED: bool>(&self, [first, second]: [*const u8; 2]) -> __m512i {
        // SAFETY: the bytes are there, by the contract, and AVX-512, by `self`.
        unsafe {
            let first = _mm512_castsi256_si512(_mm256_loadu_si256(first.cast()));
            let bytes = _mm512_inserti64x4::<1>(first, _mm256_loadu_si256(second.cast()));
            if !PACKED {
                // No bit leaves a byte, as a code has N bits.
                return _mm512_sll_epi16(bytes, _mm_cvtsi32_si128((Unpack::<N>::TOP - N) as i32));
            }
            // Eight codes are the lowest bytes of eight; each comes to its place in its byte.
            let eights = _mm512_permutexvar_epi8(self.places, bytes);
            let codes = _mm512_multishift_epi64_epi8(self.shifts, eights);
            if N <= 6 { codes } else { _mm512_and_si512(codes, _mm512_set1_epi8(-1 << (8 - N))) }
        }
    }

    /// The lower and upper bytes of the `bf16` of codes.
    #[inline(always)]
    fn planes<const N: u32>(&self, pair: &mut Pair, codes: __m512i) -> [__m512i; 2] {
        // SAFETY: AVX-512 is there, by `self`.
        unsafe {
            if N <= 6 {
                // Of an index the low six bits count.
                let lower = _mm512_permutexvar_epi8(codes, self.lower[0]);
                return [lower, _mm512_permutexvar_epi8(codes, self.upper[0])];
            }
            pair.least = _mm512_min_epi8(pair.least, codes);
            // Of an index the low seven bits count: NaR, -128, looks up the zero.
            let magnitude = _mm512_abs_epi8(codes);
            let lower = _mm512_permutex2var_epi8(self.lower[0], magnitude, self.lower[1]);
            let upper = _mm512_permutex2var_epi8(self.upper[0], magnitude, self.upper[1]);
            // The upper byte, or the sign of the code.
            [lower, _mm512_ternarylogic_epi32::<0xF8>(upper, codes, _mm512_set1_epi8(-128))]
        }
    }

    /// Adds the products of 32 codes of each row.
    #[inline(always)]
    fn add<const N: u32>(&self, pair: &mut Pair, codes: __m512i, x: &Factors) {
        let [lower, upper] = self.planes::<N>(pair, codes);
        // SAFETY: AVX-512 is there, by `self`; two vectors of eight floats are one of sixteen.
        unsafe {
            let (first, second) = (_mm512_unpacklo_epi8(lower, upper), _mm512_unpackhi_epi8(lower, upper));
            // Every other word, moved up or where it is.
            let odd = _mm512_set1_epi32(0xFFFF_0000_u32 as i32);
            let values = [
                _mm512_slli_epi32::<16>(first),
                _mm512_and_si512(first, odd),
                _mm512_slli_epi32::<16>(second),
                _mm512_and_si512(second, odd),
            ];
            for ((sum, value), x) in pair.sums.iter_mut().zip(values).zip(x) {
                let x = _mm512_loadu_ps(x.as_ptr().cast());
                *sum = _mm512_add_ps(*sum, _mm512_mul_ps(_mm512_castsi512_ps(value), x));
            }
        }
    }

    /// Adds the products of two rows with the factors, of which there are `columns` in vectors filled up with
    /// zeros.
    #[inline(always)]
    fn rows<const N: u32, const PACKED: bool>(
        &self,
        pair: &mut Pair,
        rows: [&[u8]; 2],
        factors: &[Factors],
        columns: usize,
    ) {
        let stride = if PACKED { 4 * N as usize } else { SUMS };
        // Steps of 32 whole codes of which 32 bytes lie within both rows or behind them.
        let length = rows[0].len().min(rows[1].len());
        let inside = (length + stride).saturating_sub(32) / stride;
        let (inner, outer) = factors.split_at(inside.min(columns / SUMS));
        for (i, x) in inner.iter().enumerate() {
            // SAFETY: step `i < inner.len()` has 32 bytes in both; any address can be asked for.
            let codes = unsafe {
                _mm_prefetch::<_MM_HINT_T0>(rows[0].as_ptr().wrapping_add(AHEAD + 2 * i * stride).cast());
                self.codes::<N, PACKED>(rows.map(|row| row.as_ptr().add(i * stride)))
            };
            self.add::<N>(pair, codes, x);
        }
        // The others, and where the row ends within 32 codes: filled up with zeros. Eight codes end at a byte.
        let end = if PACKED { columns / 8 * N as usize } else { columns };
        for (i, x) in outer.iter().enumerate() {
            let at = (inner.len() + i) * stride;
            let step = rows.map(|row| {
                let mut bytes = [0; 32];
                let row = row.get(at..end.min(at + stride)).unwrap_or_default();
                bytes.iter_mut().zip(row).for_each(|(a, b)| *a = *b);
                bytes
            });
            // SAFETY: there are 32 bytes.
            let codes = unsafe { self.codes::<N, PACKED>(step.each_ref().map(|row| row.as_ptr())) };
            self.add::<N>(pair, codes, x);
        }
    }
}

/// [`Vectors::byte_mat_vec`](super::Vectors::byte_mat_vec); packed rows end at bytes.
///
/// # Safety
///
/// The machine must have the features.
#[target_feature(enable = "avx2,fma,f16c,bmi1,bmi2,lzcnt,avx512f,avx512bw,avx512vl,avx512vbmi")]
pub(super) unsafe fn mat_vec<const N: u32, const ES: u32, const PACKED: bool>(
    avx2: Avx2,
    bytes: &[u8],
    x: &[f32],
    out: &mut [f32],
) {
    // The byte that code `at` begins in, a multiple of eight if packed.
    let byte = |at: usize| if PACKED { at / 8 * N as usize } else { at };
    // SAFETY: AVX-512 is there, by the contract.
    let tables = unsafe { Tables::new::<N, ES>() };
    let mut store = [const { MaybeUninit::<Factors>::uninit() }; TILE / SUMS];
    let mut lay_out = |x: &[f32]| -> *const Factors {
        for (place, x) in store.iter_mut().zip(x.chunks(SUMS)) {
            place.write(avx2.filled_factors(x).map(|x| [x; 2]));
        }
        store.as_ptr().cast()
    };
    let narrow = x.len() <= TILE;
    let mut laid_out = core::ptr::null();
    if narrow {
        laid_out = lay_out(x);
    }
    for (turn, out) in out.chunks_mut(2).enumerate() {
        // The last row alone is its own partner.
        let rows = [2 * turn, 2 * turn + out.len() - 1]
            .map(|row| bytes.get(byte(row * x.len())..).unwrap_or_default());
        let mut pair = Pair { sums: [_mm512_setzero_ps(); 4], least: _mm512_setzero_si512() };
        for (i, x) in x.chunks(TILE).enumerate() {
            if !narrow {
                laid_out = lay_out(x);
            }
            // SAFETY: `lay_out` has just written as many; in a narrow matrix it did so before the first row.
            let factors = unsafe { core::slice::from_raw_parts(laid_out, x.len().div_ceil(SUMS)) };
            let rows = rows.map(|row| row.get(byte(i * TILE)..).unwrap_or_default());
            tables.rows::<N, PACKED>(&mut pair, rows, factors, x.len());
        }
        let least = [_mm512_castsi512_si256(pair.least), _mm512_extracti64x4_epi64::<1>(pair.least)];
        let first = pair.sums.map(|sums| _mm512_castps512_ps256(sums));
        let second =
            pair.sums.map(|sums| _mm256_castpd_ps(_mm512_extractf64x4_pd::<1>(_mm512_castps_pd(sums))));
        for ((out, sums), least) in out.iter_mut().zip([first, second]).zip(least) {
            *out = avx2.total::<N, false>(&Products { sums, least });
        }
    }
}

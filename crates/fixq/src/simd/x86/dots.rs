//! Rows of a matrix by a vector, without packing.

use super::{Backend, Byte, add_pairs};
use core::arch::x86_64::*;

/// See [`Backend::dots`]. The backend is available and not the portable one, and every row lies in `weights`.
pub(in crate::simd) fn dots<W: Byte, X: Byte>(
    backend: Backend,
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
    if backend == Backend::Avx512Vnni {
        // SAFETY: the CPU has the instructions and the rows lie in the weights because the caller checked both.
        return unsafe { super::dots512::dots(weights, [start, stride], x, zero_point, sums) };
    }
    let mut rows = Rows { weights, at: start, stride, rest: Rest::new(backend, x, zero_point) };
    let (eights, rest) = sums.as_chunks_mut::<8>();
    let (fours, rest) = rest.as_chunks_mut::<4>();
    // SAFETY: the CPU has the instructions because the caller checked the backend; the rows lie in the weights
    // because the caller checked that, and `Rows` walks through them in order.
    unsafe {
        for eight in eights {
            rows.add::<X, 8>(backend, x, zero_point, eight);
        }
        for four in fours {
            rows.add::<X, 4>(backend, x, zero_point, four);
        }
        for one in rest {
            rows.add::<X, 1>(backend, x, zero_point, core::array::from_mut(one));
        }
    }
}

/// The rows that are still to be multiplied: the first starts at `at`.
struct Rows<'a, W> {
    weights: &'a [W],
    at: usize,
    stride: usize,
    rest: Rest,
}

/// What is left of x after whole blocks, ready to meet weights; zeros follow.
struct Rest {
    /// `x − zero_point` of less than 16 codes.
    differences: [i16; 16],
    /// `x + 128` of less than 32 codes, and as many ones.
    raised: [u8; 32],
    ones: [u8; 32],
}

impl Rest {
    fn new<X: Byte>(backend: Backend, x: &[X], zero_point: i32) -> Self {
        let mut rest = Self { differences: [0; 16], raised: [0; 32], ones: [0; 32] };
        if backend == Backend::Avx2 {
            for (to, from) in rest.differences.iter_mut().zip(x.as_chunks::<16>().1) {
                *to = i16::from(from.signed()) - zero_point as i16;
            }
        } else {
            for ((to, one), from) in rest.raised.iter_mut().zip(&mut rest.ones).zip(x.as_chunks::<32>().1) {
                (*to, *one) = (from.signed() as u8 ^ 0x80, 1);
            }
        }
        rest
    }
}

impl<W: Byte> Rows<'_, W> {
    /// # Safety
    /// The CPU has the backend, which is AVX2 or AVX-VNNI, and the next `R` rows of `x.len()` weights lie in
    /// the slice.
    #[inline]
    unsafe fn add<X: Byte, const R: usize>(
        &mut self,
        backend: Backend,
        x: &[X],
        zero_point: i32,
        sums: &mut [i32; R],
    ) {
        // SAFETY: as the caller promises.
        unsafe {
            match backend {
                Backend::AvxVnni if super::has_avx_vnni() => self.avxvnni(x, zero_point, sums),
                Backend::AvxVnni => self.avx512vl(x, zero_point, sums),
                _ => self.avx2(x, zero_point, sums),
            }
        }
        self.at += R * self.stride;
    }

    /// The last `count < N` codes of row `r`, from `offset`, in a place from which `N` can be read.
    ///
    /// What follows the row is read where it exists: it meets zeros.
    #[inline(always)]
    fn tail<const N: usize>(&self, r: usize, offset: usize, count: usize, place: &mut [u8; N]) -> *const u8 {
        let at = self.at + r * self.stride + offset;
        match self.weights.get(at..at + N) {
            Some(there) => there.as_ptr().cast(),
            None => {
                let row = self.weights.get(at..at + count).unwrap_or(&[]);
                for (byte, w) in place.iter_mut().zip(row) {
                    *byte = w.signed() as u8 ^ W::FLIP;
                }
                place.as_ptr()
            }
        }
    }

    /// 16 codes at a time, widened to 16 bits.
    ///
    /// # Safety
    /// The CPU has AVX2, and `R` rows of `x.len()` weights lie in the slice.
    #[target_feature(enable = "avx2")]
    unsafe fn avx2<X: Byte, const R: usize>(&self, x: &[X], zero_point: i32, sums: &mut [i32; R]) {
        let mut acc = [_mm256_setzero_si256(); R];
        let zero = _mm256_set1_epi16(zero_point as i16);
        let (blocks, rest) = x.as_chunks::<16>();
        // SAFETY: all pointers point at 16 readable bytes: a block of x, 16 codes of a row that are at least as
        // many codes before its end, or what `tail` promises.
        unsafe {
            for (i, block) in blocks.iter().enumerate() {
                let x = _mm256_sub_epi16(widen::<X>(block.as_ptr().cast()), zero);
                for (r, acc) in acc.iter_mut().enumerate() {
                    let w = self.weights.as_ptr().add(self.at + r * self.stride + i * 16);
                    *acc = add_pairs(*acc, widen::<W>(w.cast()), x);
                }
            }
            if !rest.is_empty() {
                let x = _mm256_loadu_si256(self.rest.differences.as_ptr().cast());
                for (r, acc) in acc.iter_mut().enumerate() {
                    let mut place = [0u8; 16];
                    let w = self.tail(r, blocks.len() * 16, rest.len(), &mut place);
                    *acc = add_pairs(*acc, widen::<W>(w), x);
                }
            }
        }
        add_sums(acc, sums);
    }
}

/// 16 codes as signed 16-bit numbers.
///
/// # Safety
/// `from` points at 16 readable bytes, and the CPU has AVX2.
#[inline]
#[target_feature(enable = "avx2")]
unsafe fn widen<T: Byte>(from: *const u8) -> __m256i {
    // SAFETY: as the caller promises.
    let codes = unsafe { _mm_loadu_si128(from.cast()) };
    _mm256_cvtepi8_epi16(if T::FLIP == 0 {
        codes
    } else {
        _mm_xor_si128(codes, _mm_set1_epi8(T::FLIP as i8))
    })
}

/// Adds the eight lanes of each register to its sum.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn add_sums<const R: usize>(acc: [__m256i; R], sums: &mut [i32; R]) {
    let (fours, rest) = acc.as_chunks::<4>();
    let (sums, others) = sums.as_chunks_mut::<4>();
    for ([a, b, c, d], sums) in fours.iter().zip(sums) {
        let pairs = _mm256_hadd_epi32(_mm256_hadd_epi32(*a, *b), _mm256_hadd_epi32(*c, *d));
        let four = _mm_add_epi32(_mm256_castsi256_si128(pairs), _mm256_extracti128_si256::<1>(pairs));
        // SAFETY: there are four sums of 32 bits to read and to write.
        unsafe {
            let to = sums.as_mut_ptr().cast();
            _mm_storeu_si128(to, _mm_add_epi32(four, _mm_loadu_si128(to)));
        }
    }
    for (&acc, sum) in rest.iter().zip(others) {
        let half = _mm_add_epi32(_mm256_castsi256_si128(acc), _mm256_extracti128_si256::<1>(acc));
        let quarter = _mm_add_epi32(half, _mm_shuffle_epi32::<0b00_00_11_10>(half));
        let one = _mm_add_epi32(quarter, _mm_shuffle_epi32::<0b00_00_00_01>(quarter));
        *sum = sum.wrapping_add(_mm_cvtsi128_si32(one));
    }
}

/// 32 codes at a time: x as unsigned bytes `x + 128`, and the sums of the weights beside, since
/// `Σ w (x − z) = Σ w (x + 128) − (z + 128) Σ w`.
macro_rules! dots_vnni {
    ($name:ident, $features:literal, $dot:ident) => {
        impl<W: Byte> Rows<'_, W> {
            /// # Safety
            /// The CPU has the features, and `R` rows of `x.len()` weights lie in the slice.
            #[target_feature(enable = $features)]
            unsafe fn $name<X: Byte, const R: usize>(&self, x: &[X], zero_point: i32, sums: &mut [i32; R]) {
                let mut acc = [_mm256_setzero_si256(); R];
                let mut totals = [_mm256_setzero_si256(); R];
                let (flip_x, flip_w) =
                    (_mm256_set1_epi8((X::FLIP ^ 0x80) as i8), _mm256_set1_epi8(W::FLIP as i8));
                let ones = _mm256_set1_epi8(1);
                let (blocks, rest) = x.as_chunks::<32>();
                // SAFETY: all pointers point at 32 readable bytes: a block of x, 32 codes of a row that are at
                // least as many codes before its end, or what `tail` promises.
                unsafe {
                    for (i, block) in blocks.iter().enumerate() {
                        let x = _mm256_xor_si256(_mm256_loadu_si256(block.as_ptr().cast()), flip_x);
                        for r in 0..R {
                            let w = self.weights.as_ptr().add(self.at + r * self.stride + i * 32);
                            let w = _mm256_xor_si256(_mm256_loadu_si256(w.cast()), flip_w);
                            acc[r] = $dot(acc[r], x, w);
                            totals[r] = $dot(totals[r], ones, w);
                        }
                    }
                    if !rest.is_empty() {
                        let x = _mm256_loadu_si256(self.rest.raised.as_ptr().cast());
                        let ones = _mm256_loadu_si256(self.rest.ones.as_ptr().cast());
                        for r in 0..R {
                            let mut place = [0u8; 32];
                            let w = self.tail(r, blocks.len() * 32, rest.len(), &mut place);
                            let w = _mm256_xor_si256(_mm256_loadu_si256(w.cast()), flip_w);
                            acc[r] = $dot(acc[r], x, w);
                            totals[r] = $dot(totals[r], ones, w);
                        }
                    }
                }
                let zero = _mm256_set1_epi32(zero_point + 128);
                for (acc, total) in acc.iter_mut().zip(totals) {
                    *acc = _mm256_sub_epi32(*acc, _mm256_mullo_epi32(total, zero));
                }
                add_sums(acc, sums);
            }
        }
    };
}
dots_vnni!(avxvnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32);
dots_vnni!(avx512vl, "avx2,avx512f,avx512vl,avx512vnni", _mm256_dpbusd_epi32);

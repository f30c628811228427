//! Posits of at most 8 bits in AVX2: 32 codes at a time by the tables of [`byte`](super::byte).

#![expect(unsafe_code, reason = "intrinsics, and loads and stores through pointers")]

use core::arch::x86_64::*;
use core::hint::black_box;
use core::mem::MaybeUninit;

use super::super::lane::block::{BLOCK, Block};
use super::byte::{Lines, Planes, Regimes, Table, Unpack};
use super::{SUMS, Vectors, arrays, arrays_mut, avx512};

/// A proof that the machine has AVX2, with constants that the compiler does not know: it would replace the
/// instructions that use them by others which are slower in sum.
#[derive(Clone, Copy)]
pub(super) struct Avx2 {
    /// Double words 0, 2, 4, 6 and 1, 3, 5, 7.
    order: __m256i,
    /// 0x80 in every byte: the sign, -128, NaR.
    top: __m256i,
}

impl Avx2 {
    /// # Safety
    ///
    /// The machine must have AVX2.
    #[inline(always)]
    pub(super) unsafe fn new() -> Self {
        // SAFETY: AVX2 is there, by the contract.
        let (order, top) = unsafe { (_mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7), _mm256_set1_epi8(-128)) };
        black_box(Self { order, top })
    }

    /// A table in both lanes.
    #[inline(always)]
    fn table(self, table: &'static Table) -> __m256i {
        // SAFETY: AVX2 is there, by `self`; 16 bytes are read of 16.
        unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast())) }
    }

    /// 32 bytes with double words 0, 2, 4, 6 in the lower lane and 1, 3, 5, 7 in the upper one: widened twice
    /// within lanes, they are in order.
    #[inline(always)]
    fn load(self, bytes: &[u8; 32]) -> __m256i {
        // SAFETY: AVX2 is there, by `self`; 32 bytes are read of 32.
        unsafe { _mm256_permutevar8x32_epi32(_mm256_loadu_si256(bytes.as_ptr().cast()), self.order) }
    }

    /// 16 codes of `N` bits and 16 more as signed bytes.
    #[inline(always)]
    fn unpack<const N: u32>(self, lower: &[u8; 16], upper: &[u8; 16]) -> __m256i {
        // SAFETY: AVX2 is there, by `self`; 16 bytes are read of arrays of as many.
        unsafe {
            let factors = _mm256_broadcastsi128_si256(_mm_loadu_si128(Unpack::<N>::FACTORS.as_ptr().cast()));
            let lower = _mm256_castsi128_si256(_mm_loadu_si128(lower.as_ptr().cast()));
            let bytes = _mm256_inserti128_si256(lower, _mm_loadu_si128(upper.as_ptr().cast()), 1);
            let words = |table: &'static Table| {
                let windows = _mm256_shuffle_epi8(bytes, self.table(table));
                // The code is at the top of the word, and what was below it does not stay.
                let count = _mm_cvtsi32_si128(16 - N as i32);
                _mm256_sra_epi16(_mm256_mullo_epi16(windows, factors), count)
            };
            _mm256_packs_epi16(words(&Unpack::<N>::FIRST), words(&Unpack::<N>::SECOND))
        }
    }

    /// Codes to the tops of their bytes.
    #[inline(always)]
    fn align<const N: u32>(self, codes: __m256i) -> __m256i {
        // SAFETY: AVX2 is there, by `self`. No bit leaves a byte, as a code has N bits.
        unsafe { if N == 8 { codes } else { _mm256_sll_epi16(codes, _mm_cvtsi32_si128(8 - N as i32)) } }
    }

    /// The `bf16` of codes at the tops of bytes: bytes 0 to 7 of each lane, and 8 to 15. NaR becomes a zero.
    #[inline(always)]
    fn halves<const N: u32, const ES: u32>(self, codes: __m256i) -> [__m256i; 2] {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            // That of NaR is 0x80, with 0 in the four bits that follow.
            let magnitude = _mm256_abs_epi8(codes);
            if N <= 5 {
                let low = _mm256_srl_epi16(magnitude, _mm_cvtsi32_si128(8 - N as i32));
                return self.small::<N, ES>(_mm256_and_si256(low, _mm256_set1_epi8(15)), codes);
            }
            let upper = _mm256_and_si256(_mm256_srli_epi16(magnitude, 3), _mm256_set1_epi8(15));
            let look = |table: &'static Table, at| _mm256_shuffle_epi8(self.table(table), at);
            let mut slope = look(&Lines::<ES>::SLOPE, upper);
            // Between the ends the index of the ends has bit 7 set, which looks up a zero.
            let end = if Lines::<ES>::FRACTION_AT_ENDS {
                _mm256_or_si256(magnitude, _mm256_and_si256(slope, self.top))
            } else {
                // Slopes are multiples of 16 here, which leaves the low bits alone.
                _mm256_or_si256(magnitude, slope)
            };
            let constant =
                _mm256_or_si256(look(&Lines::<ES>::CONSTANT, upper), look(&Lines::<ES>::END_CONSTANT, end));
            if Lines::<ES>::FRACTION_AT_ENDS {
                slope = _mm256_or_si256(slope, look(&Lines::<ES>::END_SLOPE, end));
            }
            let rest = _mm256_sub_epi8(self.top, magnitude);
            let lower = _mm256_maddubs_epi16(
                _mm256_unpacklo_epi8(rest, constant),
                _mm256_unpacklo_epi8(slope, self.top),
            );
            let upper = _mm256_maddubs_epi16(
                _mm256_unpackhi_epi8(rest, constant),
                _mm256_unpackhi_epi8(slope, self.top),
            );
            // Bit 15 is set unless the number is zero; it leaves positive ones.
            let (zero, positive) = (_mm256_setzero_si256(), _mm256_andnot_si256(codes, self.top));
            [
                _mm256_andnot_si256(_mm256_unpacklo_epi8(zero, positive), lower),
                _mm256_andnot_si256(_mm256_unpackhi_epi8(zero, positive), upper),
            ]
        }
    }

    /// The `bf16` of magnitudes of at most four bits, and of the codes of which they are the magnitudes; NaR
    /// becomes a zero.
    #[inline(always)]
    fn small<const N: u32, const ES: u32>(self, magnitudes: __m256i, codes: __m256i) -> [__m256i; 2] {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            let sign = _mm256_and_si256(codes, self.top);
            let lower = _mm256_shuffle_epi8(self.table(&Planes::<N, ES>::LOWER), magnitudes);
            let upper = _mm256_shuffle_epi8(self.table(&Planes::<N, ES>::UPPER), magnitudes);
            let upper = _mm256_or_si256(upper, sign);
            [_mm256_unpacklo_epi8(lower, upper), _mm256_unpackhi_epi8(lower, upper)]
        }
    }

    /// `bf16` of codes in the order of [`load`](Self::load) to `f32` in order.
    #[inline(always)]
    fn widen(self, [lower, upper]: [__m256i; 2]) -> [__m256; 4] {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            let zero = _mm256_setzero_si256();
            [
                _mm256_castsi256_ps(_mm256_unpacklo_epi16(zero, lower)),
                _mm256_castsi256_ps(_mm256_unpackhi_epi16(zero, lower)),
                _mm256_castsi256_ps(_mm256_unpacklo_epi16(zero, upper)),
                _mm256_castsi256_ps(_mm256_unpackhi_epi16(zero, upper)),
            ]
        }
    }

    /// The values of 32 codes in the order of [`load`](Self::load).
    #[inline(always)]
    fn values<const N: u32, const ES: u32>(self, codes: __m256i) -> [__m256; 4] {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            let [lower, upper] = self.halves::<N, ES>(codes);
            // NaR, a zero so far with the sign in the one kind of table, becomes 0x7FC0.
            let nar = _mm256_cmpeq_epi8(codes, self.top);
            let high = _mm256_and_si256(nar, _mm256_set1_epi8(if N <= 5 { -1 } else { 0x7F }));
            let low = _mm256_and_si256(nar, _mm256_set1_epi8(-64));
            self.widen([
                _mm256_xor_si256(lower, _mm256_unpacklo_epi8(low, high)),
                _mm256_xor_si256(upper, _mm256_unpackhi_epi8(low, high)),
            ])
        }
    }

    /// Eight `f32` and eight more as words of their upper halves, the lowest bit set if the lower half is
    /// not zero; within lanes the first four, then the second four.
    #[inline(always)]
    fn narrow(self, first: __m256, second: __m256) -> __m256i {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            let (first, second) = (_mm256_castps_si256(first), _mm256_castps_si256(second));
            let zero = _mm256_setzero_si256();
            let upper = _mm256_packus_epi32(_mm256_srli_epi32(first, 16), _mm256_srli_epi32(second, 16));
            // Every other word is the lower half of a float.
            let lower = _mm256_packus_epi32(
                _mm256_blend_epi16(first, zero, 0b1010_1010),
                _mm256_blend_epi16(second, zero, 0b1010_1010),
            );
            _mm256_or_si256(upper, _mm256_min_epu16(lower, _mm256_set1_epi16(1)))
        }
    }

    /// The nearest posits to 16 floats as [`narrow`](Self::narrow) leaves them, as signed words.
    #[inline(always)]
    fn round<const N: u32, const ES: u32>(self, floats: __m256i) -> __m256i {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            let range = ((N - 2) << ES) as i16;
            let magnitude = _mm256_and_si256(floats, _mm256_set1_epi16(0x7FFF));
            let saturated = _mm256_min_epi16(
                _mm256_max_epi16(magnitude, _mm256_set1_epi16((127 - range) << 7)),
                _mm256_set1_epi16((127 + range) << 7),
            );
            // The exponent plus 8 * 2^ES: the regime plus 8, and behind it `rest`.
            let units = _mm256_sub_epi16(saturated, _mm256_set1_epi16((127 - (8 << ES)) << 7));
            let regime = _mm256_srl_epi16(units, _mm_cvtsi32_si128(7 + ES as i32));
            let rest = _mm256_sll_epi16(units, _mm_cvtsi32_si128(9 - ES as i32));
            // The upper bytes of the words are zero and look up a zero.
            let factor = _mm256_shuffle_epi8(self.table(&Regimes::<N>::FACTOR), regime);
            let base = _mm256_shuffle_epi8(self.table(&Regimes::<N>::BASE), regime);
            let pattern = _mm256_add_epi16(base, _mm256_mulhi_epu16(rest, factor));
            let lost = _mm256_mullo_epi16(rest, factor);
            // More than half a unit, or half a unit and an odd pattern: `lost`, less one if it is even,
            // is at least 2^15.
            let even = _mm256_andnot_si256(pattern, _mm256_set1_epi16(1));
            let up = _mm256_srli_epi16(_mm256_subs_epu16(lost, even), 15);
            let pattern = _mm256_add_epi16(pattern, up);
            let zero = _mm256_cmpeq_epi16(magnitude, _mm256_setzero_si256());
            let signed = _mm256_sign_epi16(_mm256_andnot_si256(zero, pattern), floats);
            let nar = _mm256_cmpgt_epi16(magnitude, _mm256_set1_epi16(0x7F7F));
            _mm256_blendv_epi8(signed, _mm256_set1_epi16(-(1 << (N - 1))), nar)
        }
    }
}

/// Factors whose order is found once for all rows.
const TILE: usize = 4096;

/// 32 factors in the order of the words of [`Avx2::halves`], of codes in order: within 16, the even ones of
/// the first eight, the odd ones, the even ones of the second eight, the odd ones; the lower lane is of the
/// first 16.
type Factors = [__m256; 4];

/// A dot product that is under way.
pub(super) struct Products {
    /// The partial sums, in the order of the factors.
    pub(super) sums: Factors,
    /// The least code, byte by byte: NaR is less than any other.
    pub(super) least: __m256i,
}

impl Avx2 {
    #[inline(always)]
    fn products(self) -> Products {
        // SAFETY: AVX2 is there, by `self`.
        unsafe { Products { sums: [_mm256_setzero_ps(); 4], least: _mm256_setzero_si256() } }
    }

    #[inline(always)]
    fn factors(self, x: &[f32; SUMS]) -> Factors {
        // SAFETY: AVX2 is there, by `self`; eight floats are read at 0, 8, 16 and 24 of 32.
        unsafe {
            let [a, b, c, d] = [0, 16, 8, 24].map(|at| _mm256_loadu_ps(x.as_ptr().add(at)));
            // 0 to 3 and 16 to 19, 4 to 7 and 20 to 23; the even of both, the odd of both.
            let (first, second) = (_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
            let (third, fourth) = (_mm256_permute2f128_ps(c, d, 0x20), _mm256_permute2f128_ps(c, d, 0x31));
            [
                _mm256_shuffle_ps(first, second, 0x88),
                _mm256_shuffle_ps(first, second, 0xDD),
                _mm256_shuffle_ps(third, fourth, 0x88),
                _mm256_shuffle_ps(third, fourth, 0xDD),
            ]
        }
    }

    /// At most 32 factors, filled up with zeros.
    #[inline(always)]
    pub(super) fn filled_factors(self, x: &[f32]) -> Factors {
        let mut filled = [0.0; SUMS];
        self.factors(x.first_chunk().unwrap_or_else(|| {
            filled.iter_mut().zip(x).for_each(|(a, b)| *a = *b);
            &filled
        }))
    }

    /// Writes the factors `x`, at most [`TILE`] of them, into the first places, filled up with zeros.
    #[inline(always)]
    fn tile(self, store: &mut [MaybeUninit<Factors>; TILE / SUMS], x: &[f32]) {
        for (place, x) in store.iter_mut().zip(x.chunks(SUMS)) {
            place.write(self.filled_factors(x));
        }
    }

    /// The `bf16` of 32 codes in order, of which the least are noted. Of `bytes`, 32 are read, or `2 N + 16`
    /// if packed.
    ///
    /// # Safety
    ///
    /// As many bytes must be there.
    #[inline(always)]
    unsafe fn next<const N: u32, const ES: u32, const PACKED: bool>(
        self,
        products: &mut Products,
        bytes: *const u8,
    ) -> [__m256i; 2] {
        // SAFETY: the arrays are within the bytes, by the contract; AVX2 is there, by `self`.
        unsafe {
            let codes = if PACKED {
                self.unpack::<N>(&*bytes.cast(), &*bytes.add(2 * N as usize).cast())
            } else {
                self.align::<N>(_mm256_loadu_si256(bytes.cast()))
            };
            products.least = _mm256_min_epi8(products.least, codes);
            if !PACKED {
                self.halves::<N, ES>(codes)
            } else if N <= 5 {
                self.small::<N, ES>(_mm256_abs_epi8(codes), codes)
            } else {
                // The sign of a lower byte goes into the low bits of the upper one.
                let mask = _mm256_set1_epi8(-1 << (8 - N));
                self.halves::<N, ES>(_mm256_and_si256(self.align::<N>(codes), mask))
            }
        }
    }

    /// Adds the products.
    #[inline(always)]
    fn add(self, products: &mut Products, [lower, upper]: [__m256i; 2], x: &Factors) {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            // Every other word, moved up or where it is.
            let odd = _mm256_set1_epi32(0xFFFF_0000_u32 as i32);
            let values = [
                _mm256_slli_epi32(lower, 16),
                _mm256_and_si256(lower, odd),
                _mm256_slli_epi32(upper, 16),
                _mm256_and_si256(upper, odd),
            ];
            for ((sum, value), x) in products.sums.iter_mut().zip(values).zip(x) {
                *sum = _mm256_add_ps(*sum, _mm256_mul_ps(_mm256_castsi256_ps(value), *x));
            }
        }
    }

    /// The upper half of the sums is added to the lower one until one is left; NaN if there was a NaR.
    #[inline(always)]
    pub(super) fn total<const N: u32, const PACKED: bool>(self, products: &Products) -> f32 {
        // SAFETY: AVX2 is there, by `self`.
        unsafe {
            // i and i + 16 stand in the two lanes of a vector, i and i + 8 in two vectors.
            let [a, b, c, d] = products
                .sums
                .map(|sums| _mm_add_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
            let (even, odd) = (_mm_add_ps(a, c), _mm_add_ps(b, d));
            // 0 2 4 6 and 1 3 5 7: 0 + 4, 2 + 6; 1 + 5, 3 + 7; then 0 + 2 and 1 + 3.
            let half = |x| _mm_add_ps(x, _mm_movehl_ps(x, x));
            let both = _mm_unpacklo_ps(half(even), half(odd));
            let both = half(both);
            let sum = _mm_cvtss_f32(_mm_add_ss(both, _mm_movehdup_ps(both)));
            // A signed code, or one at the top of its byte.
            let nar = if PACKED { _mm256_set1_epi8(-128 >> (8 - N)) } else { self.top };
            let any = _mm256_movemask_epi8(_mm256_cmpeq_epi8(products.least, nar)) != 0;
            if any { f32::NAN } else { sum }
        }
    }

    /// Adds a row's products with the factors, of which there are `columns` in vectors filled up with zeros.
    #[inline(always)]
    fn row<const N: u32, const ES: u32, const PACKED: bool>(
        self,
        products: &mut Products,
        bytes: &[u8],
        factors: &[Factors],
        columns: usize,
    ) {
        // Bytes of 32 codes, and what is read for them.
        let (stride, window) = if PACKED { (4 * N as usize, 2 * N as usize + 16) } else { (32, 32) };
        // Steps of 32 whole codes of which the whole window lies within the bytes.
        let inside = (bytes.len() + stride).saturating_sub(window) / stride;
        let (inner, outer) = factors.split_at(inside.min(columns / SUMS));
        if let Some((last, most)) = inner.split_last() {
            // SAFETY: step `i < inner.len()` has its window within the bytes.
            let step = |products: &mut Products, i: usize| unsafe {
                self.next::<N, ES, PACKED>(products, bytes.as_ptr().add(i * stride))
            };
            // The next codes are taken apart while the products of these are on their way: one after the
            // other is a long chain.
            let mut halves = step(products, 0);
            for (i, x) in most.iter().enumerate() {
                let next = step(products, i + 1);
                self.add(products, halves, x);
                halves = next;
            }
            self.add(products, halves, last);
        }
        // The others, and where the row ends within 32 codes: filled up with zeros. Eight codes end at a byte.
        let end = if PACKED { columns / 8 * N as usize } else { columns };
        let rest = bytes.get(inner.len() * stride..end).unwrap_or_default();
        for (bytes, x) in rest.chunks(stride).zip(outer) {
            let mut codes = [0; 64];
            codes.iter_mut().zip(bytes).for_each(|(a, b)| *a = *b);
            // SAFETY: at most 2 * 8 + 16 bytes are read of 64.
            let halves = unsafe { self.next::<N, ES, PACKED>(products, codes.as_ptr()) };
            self.add(products, halves, x);
        }
    }
}

impl Vectors for Avx2 {
    #[inline(always)]
    fn bytes_to_f32<const N: u32, const ES: u32>(self, codes: &Block<u8>, out: &mut Block<f32>) -> bool {
        if N > 8 || N > 5 && !Lines::<ES>::FIT {
            return false;
        }
        for (codes, out) in arrays::<32, _>(codes).zip(arrays_mut::<32, _>(out)) {
            let values = self.values::<N, ES>(self.align::<N>(self.load(codes)));
            for (value, out) in values.into_iter().zip(arrays_mut::<8, _>(out)) {
                // SAFETY: AVX2 is there, by `self`; eight floats are written into eight.
                unsafe { _mm256_storeu_ps(out.as_mut_ptr(), value) }
            }
        }
        true
    }

    #[inline(always)]
    fn bytes_from_f32<const N: u32, const ES: u32>(self, x: &Block<f32>, out: &mut Block<u8>) -> bool {
        if N > 8 {
            return false;
        }
        for (x, out) in arrays::<32, _>(x).zip(arrays_mut::<32, _>(out)) {
            // SAFETY: AVX2 is there, by `self`; eight floats are read of eight at 0, 8, 16 and 24 of 32, and
            // 32 bytes are written into 32.
            unsafe {
                let float = |at: usize| _mm256_loadu_ps(x.as_ptr().add(at));
                let lower = self.round::<N, ES>(self.narrow(float(0), float(8)));
                let upper = self.round::<N, ES>(self.narrow(float(16), float(24)));
                // Signed words of N bits, none of which saturates. Lane by lane, four of each eight.
                let bytes = _mm256_packs_epi16(lower, upper);
                let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
                let bytes = _mm256_permutevar8x32_epi32(bytes, order);
                let bytes = _mm256_and_si256(bytes, _mm256_set1_epi8((0xFF_u8 >> (8 - N)) as i8));
                _mm256_storeu_si256(out.as_mut_ptr().cast(), bytes);
            }
        }
        true
    }

    #[inline(always)]
    fn byte_mat_vec<const N: u32, const ES: u32, const PACKED: bool>(
        self,
        bytes: &[u8],
        x: &[f32],
        out: &mut [f32],
    ) -> bool {
        if N > 8 || PACKED && x.len() % 8 != 0 {
            return false;
        }
        if avx512() {
            // SAFETY: `avx512` has just found every feature that the function is compiled for.
            unsafe { avx512::mat_vec::<N, ES, PACKED>(self, bytes, x, out) }
            return true;
        }
        if N > 5 && !Lines::<ES>::FIT {
            return false;
        }
        // The byte that code `at` begins in, a multiple of eight if packed.
        let byte = |at: usize| if PACKED { at / 8 * N as usize } else { at };
        let mut store = [const { MaybeUninit::uninit() }; TILE / SUMS];
        let narrow = x.len() <= TILE;
        if narrow {
            self.tile(&mut store, x);
        }
        for (row, out) in out.iter_mut().enumerate() {
            let bytes = bytes.get(byte(row * x.len())..).unwrap_or_default();
            let mut products = self.products();
            for (i, x) in x.chunks(TILE).enumerate() {
                if !narrow {
                    self.tile(&mut store, x);
                }
                // SAFETY: `tile` has just written as many; in a narrow matrix it did so before the first row.
                let factors =
                    unsafe { core::slice::from_raw_parts(store.as_ptr().cast(), x.len().div_ceil(SUMS)) };
                let bytes = bytes.get(byte(i * TILE)..).unwrap_or_default();
                self.row::<N, ES, PACKED>(&mut products, bytes, factors, x.len());
            }
            *out = self.total::<N, PACKED>(&products);
        }
        true
    }
}

const _: () = assert!(BLOCK % 32 == 0, "blocks are whole vectors of bytes");

//! AVX2, AVX-VNNI and AVX-512 VNNI.
//!
//! A function with `#[target_feature]` is called from here only, after [`Backend::is_available`] was true for the
//! backend that it belongs to.

use super::{Backend, Byte, END, End, Line, Strip, Taps, Tile};
use core::arch::x86_64::*;

/// Picks the function of a number of rows known to the compiler.
macro_rules! by_rows {
    ($rows:expr, $kernel:ident $arguments:tt, $($count:literal)*) => {
        match $rows {
            // SAFETY: see `tile`.
            $($count => unsafe { $kernel::<$count> $arguments },)*
            _ => {}
        }
    };
}

/// See [`Backend::tile`]. The backend is available and not the portable one.
pub(super) fn tile(backend: Backend, rows: usize, left: &[i32], right: &[Line], tile: &mut Tile) {
    // Every kernel reads `steps * rows` words of `left` and `steps * lines` lines of `right`, and writes `rows`
    // rows and 16 columns a line of the tile, where rows <= 12 and lines <= 2. Both slices are long enough by
    // this line, and the CPU has the instructions because the caller checked the backend.
    let steps = (left.len() / rows.max(1)).min(right.len() / backend.lines());
    let (a, b) = (left.as_ptr(), right.as_ptr().cast::<i32>());
    match backend {
        Backend::Avx2 => by_rows!(rows, tile_avx2(steps, a, b, tile), 1 2 3 4 5 6),
        Backend::AvxVnni => by_rows!(rows, tile_avxvnni(steps, a, b, tile), 1 2 3 4 5 6),
        Backend::Avx512Vnni => by_rows!(rows, tile_avx512(steps, a, b, tile), 1 2 3 4 5 6 7 8 9 10 11 12),
        Backend::Portable => {}
    }
}

/// Two products of 16-bit numbers, added to each of 8 sums: at most 2 · 255 · 255, so nothing saturates.
#[inline]
#[target_feature(enable = "avx2")]
fn add_pairs(sums: __m256i, a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(a, b))
}

/// A tile of `R` rows and 16 columns in `2 R` registers, for an instruction on 256 bits.
macro_rules! tile_256 {
    ($name:ident, $features:literal, $dot:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name<const R: usize>(steps: usize, a: *const i32, b: *const i32, tile: &mut Tile) {
            let mut sums = [[_mm256_setzero_si256(); 2]; R];
            for step in 0..steps {
                // SAFETY: step < steps, so both lines and all words of the step lie in the slices; a line is
                // aligned to 64 bytes.
                unsafe {
                    let b0 = _mm256_load_si256(b.add(step * 16).cast());
                    let b1 = _mm256_load_si256(b.add(step * 16 + 8).cast());
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let a = _mm256_set1_epi32(*a.add(step * R + r));
                        sums[0] = $dot(sums[0], a, b0);
                        sums[1] = $dot(sums[1], a, b1);
                    }
                }
            }
            for (row, sums) in tile.iter_mut().zip(sums) {
                for (part, sums) in row.chunks_exact_mut(8).zip(sums) {
                    // SAFETY: a part has 8 words.
                    unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), sums) };
                }
            }
        }
    };
}
tile_256!(tile_avx2, "avx2", add_pairs);
tile_256!(tile_avxvnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32);

/// A tile of `R` rows and 32 columns in `2 R` of the 32 registers.
#[target_feature(enable = "avx512f,avx512vnni")]
unsafe fn tile_avx512<const R: usize>(steps: usize, a: *const i32, b: *const i32, tile: &mut Tile) {
    let mut sums = [[_mm512_setzero_si512(); 2]; R];
    for step in 0..steps {
        // SAFETY: step < steps, so both lines and all words of the step lie in the slices; a line is aligned to
        // 64 bytes.
        unsafe {
            let b0 = _mm512_load_si512(b.add(step * 32).cast());
            let b1 = _mm512_load_si512(b.add(step * 32 + 16).cast());
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = _mm512_set1_epi32(*a.add(step * R + r));
                sums[0] = _mm512_dpbusd_epi32(sums[0], a, b0);
                sums[1] = _mm512_dpbusd_epi32(sums[1], a, b1);
            }
        }
    }
    for (row, sums) in tile.iter_mut().zip(sums) {
        for (part, sums) in row.chunks_exact_mut(16).zip(sums) {
            // SAFETY: a part has 16 words.
            unsafe { _mm512_storeu_si512(part.as_mut_ptr().cast(), sums) };
        }
    }
}

/// See [`Backend::strip`]. The backend is available and not the portable one; nothing is done if the strip does not
/// have what its numbers say.
pub(super) fn strip(backend: Backend, strip: &Strip<'_>, rows: usize, lines: usize, tile: &mut Tile) {
    // Every kernel reads four bytes at places that `fits` has checked, `steps * segments * lines` lines of the right
    // side, and writes `rows` rows and 16 columns a line of the tile, where rows <= 12 and lines <= 2; the CPU has
    // the instructions because the caller checked the backend.
    if !strip.fits(rows, lines) {
        return;
    }
    match (backend, lines) {
        (Backend::Avx2, 1) => by_rows!(rows, strip_avx2(strip, tile), 1 2 3 4 5 6),
        (Backend::AvxVnni, 1) => by_rows!(rows, strip_avxvnni(strip, tile), 1 2 3 4 5 6),
        (Backend::Avx512Vnni, 1) => {
            by_rows!(rows, strip_avx512_1(strip, tile), 1 2 3 4 5 6 7 8 9 10 11 12);
        }
        (Backend::Avx512Vnni, 2) => {
            by_rows!(rows, strip_avx512_2(strip, tile), 1 2 3 4 5 6 7 8 9 10 11 12);
        }
        _ => {}
    }
}

/// As `tile_256`, for a strip.
macro_rules! strip_256 {
    ($name:ident, $features:literal, $dot:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name<const R: usize>(strip: &Strip<'_>, tile: &mut Tile) {
            let mut sums = [[_mm256_setzero_si256(); 2]; R];
            let (pixel, mut b) = (strip.pixel, strip.right.as_ptr().cast::<i32>());
            for segment in 0..strip.segments {
                // SAFETY: `Strip::fits` holds for `R` rows and one line; a line is aligned to 64 bytes.
                unsafe {
                    let mut a = strip.bytes.as_ptr().add(segment * strip.segment);
                    for _ in 0..strip.steps {
                        let b0 = _mm256_load_si256(b.cast());
                        let b1 = _mm256_load_si256(b.add(8).cast());
                        for (r, sums) in sums.iter_mut().enumerate() {
                            let a = _mm256_set1_epi32(a.add(r * pixel).cast::<i32>().read_unaligned());
                            sums[0] = $dot(sums[0], a, b0);
                            sums[1] = $dot(sums[1], a, b1);
                        }
                        (a, b) = (a.add(4), b.add(16));
                    }
                }
            }
            for (row, sums) in tile.iter_mut().zip(sums) {
                for (part, sums) in row.chunks_exact_mut(8).zip(sums) {
                    // SAFETY: a part has 8 words.
                    unsafe { _mm256_storeu_si256(part.as_mut_ptr().cast(), sums) };
                }
            }
        }
    };
}
strip_256!(strip_avx2, "avx2", add_pairs);
strip_256!(strip_avxvnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32);

/// As `tile_avx512`, for a strip, with one line or two.
macro_rules! strip_512 {
    ($name:ident, $lines:literal) => {
        #[target_feature(enable = "avx512f,avx512vnni")]
        unsafe fn $name<const R: usize>(strip: &Strip<'_>, tile: &mut Tile) {
            let mut sums = [[_mm512_setzero_si512(); $lines]; R];
            let (pixel, mut b) = (strip.pixel, strip.right.as_ptr().cast::<i32>());
            for segment in 0..strip.segments {
                // SAFETY: `Strip::fits` holds for `R` rows and these lines; a line is aligned to 64 bytes.
                unsafe {
                    let mut a = strip.bytes.as_ptr().add(segment * strip.segment);
                    for _ in 0..strip.steps {
                        let mut right = [_mm512_setzero_si512(); $lines];
                        for (i, right) in right.iter_mut().enumerate() {
                            *right = _mm512_load_si512(b.add(16 * i).cast());
                        }
                        for (r, sums) in sums.iter_mut().enumerate() {
                            let a = _mm512_set1_epi32(a.add(r * pixel).cast::<i32>().read_unaligned());
                            for (sum, right) in sums.iter_mut().zip(right) {
                                *sum = _mm512_dpbusd_epi32(*sum, a, right);
                            }
                        }
                        (a, b) = (a.add(4), b.add(16 * $lines));
                    }
                }
            }
            for (row, sums) in tile.iter_mut().zip(sums) {
                for (part, sums) in row.chunks_exact_mut(16).zip(sums) {
                    // SAFETY: a part has 16 words.
                    unsafe { _mm512_storeu_si512(part.as_mut_ptr().cast(), sums) };
                }
            }
        }
    };
}
strip_512!(strip_avx512_1, 1);
strip_512!(strip_avx512_2, 2);

/// See [`Backend::taps`]. The CPU has AVX2; nothing is done if taps do not lie in the bytes.
pub(super) fn taps(taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
    let last = rows.saturating_sub(1).saturating_mul(taps.pixel).saturating_add(32);
    if taps.pairs.iter().flatten().any(|&offset| offset.saturating_add(last) > taps.bytes.len()) {
        return;
    }
    // SAFETY: every backend but the portable one needs AVX2; all taps of all pixels were checked.
    unsafe { taps_avx2(taps, rows, tile) }
}

/// # Safety
/// The CPU has AVX2, and from each tap of `rows` pixels on there are 32 bytes.
#[target_feature(enable = "avx2")]
unsafe fn taps_avx2(taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
    for (row, sums) in tile.iter_mut().enumerate().take(rows) {
        let (mut low, mut high) = (_mm256_setzero_si256(), _mm256_setzero_si256());
        for (&[a, b], line) in taps.pairs.iter().zip(taps.right) {
            // SAFETY: as the caller promises; a line has 64 bytes.
            unsafe {
                let pixel = taps.bytes.as_ptr().add(row * taps.pixel);
                let (a, b) =
                    (_mm256_loadu_si256(pixel.add(a).cast()), _mm256_loadu_si256(pixel.add(b).cast()));
                let w: *const i32 = line.0.as_ptr();
                low = add_pairs(low, _mm256_unpacklo_epi16(a, b), _mm256_load_si256(w.cast()));
                high = add_pairs(high, _mm256_unpackhi_epi16(a, b), _mm256_load_si256(w.add(8).cast()));
            }
        }
        // SAFETY: a row of a tile has room for 16 words and more.
        unsafe {
            let to: *mut i32 = sums.as_mut_ptr();
            _mm256_storeu_si256(to.cast(), _mm256_permute2x128_si256::<0x20>(low, high));
            _mm256_storeu_si256(to.add(8).cast(), _mm256_permute2x128_si256::<0x31>(low, high));
        }
    }
}

/// See [`Backend::finish`]. The backend is available and not the portable one.
pub(super) fn finish(
    backend: Backend,
    end: &End<'_>,
    tile: &Tile,
    rows: usize,
    [count, stride]: [usize; 2],
    codes: &mut [i8],
) {
    for (block, lines) in end.lines.chunks_exact(END).enumerate().take(count.div_ceil(16)) {
        let sums = tile.iter().take(rows).filter_map(|sums| sums.get(block * 16..block * 16 + 16));
        let codes = codes.get_mut(block * 16..).unwrap_or(&mut []).chunks_mut(stride.max(1));
        let codes = codes.filter_map(|codes| codes.get_mut(..(count - block * 16).min(16)));
        // SAFETY: there are 16 sums in each and four lines; the CPU has the instructions because the caller checked
        // the backend, and AVX-512 VNNI is asked for together with F, BW and VL.
        unsafe {
            match backend {
                Backend::Avx512Vnni => finish_all_avx512(end, lines, sums.zip(codes)),
                _ => finish_all_avx2(end, lines, sums.zip(codes)),
            }
        }
    }
}

/// Rows of 16 sums or less, with what does not change from row to row in registers.
macro_rules! finish_all {
    ($name:ident, $features:literal, $one:ident) => {
        /// # Safety
        /// The CPU has the features; there are 16 sums in each row, and four lines.
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
/// The CPU has the features, and there are 16 sums and four lines.
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
/// The CPU has AVX2, and there are 16 sums and four lines.
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

/// See [`Backend::dots`]. The backend is available and not the portable one, and every row lies in `weights`.
pub(super) fn dots<W: Byte, X: Byte>(
    backend: Backend,
    weights: &[W],
    [start, stride]: [usize; 2],
    x: &[X],
    zero_point: i32,
    sums: &mut [i32],
) {
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
    /// The CPU has the backend, which is not the portable one, and the next `R` rows of `x.len()` weights lie in
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
                Backend::AvxVnni => self.avxvnni(x, zero_point, sums),
                Backend::Avx512Vnni => self.avx512vnni(x, zero_point, sums),
                Backend::Avx2 | Backend::Portable => self.avx2(x, zero_point, sums),
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
fn add_sums<const R: usize>(acc: [__m256i; R], sums: &mut [i32; R]) {
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
dots_vnni!(avx512vnni, "avx2,avx512f,avx512bw,avx512vl,avx512vnni", _mm256_dpbusd_epi32);

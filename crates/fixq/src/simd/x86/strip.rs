//! Sums of up to 12 rows with 16 or 32 columns, in registers.

use super::{Backend, Strip, Tile};
use core::arch::x86_64::*;

/// Picks the function of a number of rows known to the compiler.
macro_rules! by_rows {
    ($rows:expr, $kernel:ident, $strip:ident, $tile:ident, $($count:literal)*) => {
        match $rows {
            // SAFETY: see `strip`.
            $($count => unsafe { $kernel::<$count>($strip, $tile) },)*
            _ => {}
        }
    };
}

/// See [`Backend::strip`]. The backend is available and not the portable one; nothing is done if the strip does not
/// have what its numbers say.
pub(in crate::simd) fn strip(
    backend: Backend,
    strip: &Strip<'_>,
    rows: usize,
    lines: usize,
    tile: &mut Tile,
) {
    // Every kernel reads four bytes at places that `fits` has checked, `steps * segments * lines` lines of the right
    // side and `lines` of the start, and writes `rows` rows and 16 columns a line of the tile, where rows <= 12 and
    // lines <= 2; the CPU has the instructions because the caller checked the backend.
    if !strip.fits(rows, lines) {
        return;
    }
    match (backend, lines) {
        (Backend::Avx2, 1) => by_rows!(rows, avx2, strip, tile, 1 2 3 4 5 6),
        (Backend::AvxVnni, 1) if super::has_avx_vnni() => by_rows!(rows, avxvnni, strip, tile, 1 2 3 4 5 6),
        (Backend::AvxVnni, 1) => by_rows!(rows, avx512vl, strip, tile, 1 2 3 4 5 6),
        (Backend::Avx512Vnni, 1) => by_rows!(rows, avx512_1, strip, tile, 1 2 3 4 5 6 7 8 9 10 11 12),
        (Backend::Avx512Vnni, 2) => by_rows!(rows, avx512_2, strip, tile, 1 2 3 4 5 6 7 8 9 10 11 12),
        _ => {}
    }
}

/// A tile of `R` rows and `16 · lines` columns: `parts` registers a row, which a step multiplies and adds with `dot`.
macro_rules! strip {
    ($name:ident, $features:literal, $dot:path, $parts:literal of $width:literal,
        $load:ident, $store:ident, $broadcast:ident, $zero:ident) => {
        /// # Safety
        /// The CPU has the features, and [`Strip::fits`] holds for `R` rows and the lines of this many columns.
        #[target_feature(enable = $features)]
        unsafe fn $name<const R: usize>(strip: &Strip<'_>, tile: &mut Tile) {
            let (pixel, mut b) = (strip.pixel, strip.right.as_ptr().cast::<i32>());
            let mut start = [$zero(); $parts];
            for (i, start) in start.iter_mut().enumerate() {
                // SAFETY: the lines of the start lie side by side, aligned to 64 bytes.
                *start = unsafe { $load(strip.start.as_ptr().cast::<i32>().add(i * $width).cast()) };
            }
            let mut sums = [start; R];
            for segment in 0..strip.segments {
                // SAFETY: as the caller promises; a line is aligned to 64 bytes.
                unsafe {
                    let mut a = strip.bytes.as_ptr().add(segment * strip.segment);
                    for _ in 0..strip.steps {
                        let mut right = [$zero(); $parts];
                        for (i, right) in right.iter_mut().enumerate() {
                            *right = $load(b.add(i * $width).cast());
                        }
                        for (r, sums) in sums.iter_mut().enumerate() {
                            let a = $broadcast(a.add(r * pixel).cast::<i32>().read_unaligned());
                            for (sum, right) in sums.iter_mut().zip(right) {
                                *sum = $dot(*sum, a, right);
                            }
                        }
                        (a, b) = (a.add(4), b.add($parts * $width));
                    }
                }
            }
            for (row, sums) in tile.iter_mut().zip(sums) {
                for (part, sums) in row.chunks_exact_mut($width).zip(sums) {
                    // SAFETY: a part has as many words as a register.
                    unsafe { $store(part.as_mut_ptr().cast(), sums) };
                }
            }
        }
    };
    ($name:ident, $features:literal, $dot:path, $parts:literal of 8) => {
        strip!($name, $features, $dot, $parts of 8,
            _mm256_load_si256, _mm256_storeu_si256, _mm256_set1_epi32, _mm256_setzero_si256);
    };
    ($name:ident, $features:literal, $dot:path, $parts:literal of 16) => {
        strip!($name, $features, $dot, $parts of 16,
            _mm512_load_si512, _mm512_storeu_si512, _mm512_set1_epi32, _mm512_setzero_si512);
    };
}
strip!(avx2, "avx2", super::add_pairs, 2 of 8);
strip!(avxvnni, "avx2,avxvnni", _mm256_dpbusd_avx_epi32, 2 of 8);
strip!(avx512vl, "avx2,avx512f,avx512vl,avx512vnni", _mm256_dpbusd_epi32, 2 of 8);
strip!(avx512_1, "avx512f,avx512vnni", _mm512_dpbusd_epi32, 1 of 16);
strip!(avx512_2, "avx512f,avx512vnni", _mm512_dpbusd_epi32, 2 of 16);

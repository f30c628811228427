//! Depthwise sums: two taps of 16 channels at a time.

use super::{Taps, Tile, add_pairs};
use core::arch::x86_64::*;

/// See [`Backend::taps`]. The CPU has AVX2; nothing is done if taps do not lie in the bytes.
pub(in crate::simd) fn taps(taps: &Taps<'_>, rows: usize, tile: &mut Tile) {
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

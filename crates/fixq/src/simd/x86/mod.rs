//! AVX2, AVX-VNNI and AVX-512 VNNI.
//!
//! A function with `#[target_feature]` is called from here only, after [`Backend::is_available`] was true for the
//! backend that it belongs to. `vpdpbusd` on 256 bits has two encodings, AVX-VNNI's and that of AVX-512 VNNI with VL: the
//! loops are written once for both.

use super::{Backend, Byte, END, End, Line, Strip, Taps, Tile};
use core::arch::x86_64::*;

mod dots;
mod dots512;
mod finish;
mod quantize;
mod strip;
mod taps;

pub(super) use dots::dots;
pub(super) use finish::finish;
pub(super) use quantize::quantize;
pub(super) use strip::strip;
pub(super) use taps::taps;

/// Which encoding of `vpdpbusd` on 256 bits the CPU has: AVX-VNNI's, or else that of AVX-512.
fn has_avx_vnni() -> bool {
    has!("avxvnni")
}

/// See [`prefetch`](super::prefetch).
#[inline(always)]
pub(super) fn prefetch(words: &[i32]) {
    for line in words.chunks(16) {
        // SAFETY: SSE is part of x86-64, and a prefetch does nothing but load a cache.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
    }
}

/// Two products of 16-bit numbers, added to each of 8 sums: at most 2 · 255 · 255, so nothing saturates.
#[inline]
#[target_feature(enable = "avx2")]
fn add_pairs(sums: __m256i, a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(a, b))
}

/// The four signed bytes of each lane, added to 16 sums.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vnni")]
fn add_ones(sums: __m512i, bytes: __m512i) -> __m512i {
    _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), bytes)
}

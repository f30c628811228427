//! AVX2, AVX-VNNI and AVX-512 VNNI.
//!
//! A function with `#[target_feature]` is called from here only, after [`Backend::is_available`] was true for the
//! backend that it belongs to. `vpdpbusd` on 256 bits has two encodings, AVX-VNNI's and that of AVX-512 VNNI with VL: the
//! loops are written once for both.

use super::{Backend, Byte, END, End, Line, Strip, Taps, Tile};
use core::arch::x86_64::*;

mod dots;
mod finish;
mod strip;
mod taps;

pub(super) use dots::dots;
pub(super) use finish::finish;
pub(super) use strip::strip;
pub(super) use taps::taps;

/// Which encoding of `vpdpbusd` on 256 bits the CPU has: AVX-VNNI's, or else that of AVX-512.
fn has_avx_vnni() -> bool {
    has!("avxvnni")
}

/// Two products of 16-bit numbers, added to each of 8 sums: at most 2 · 255 · 255, so nothing saturates.
#[inline]
#[target_feature(enable = "avx2")]
fn add_pairs(sums: __m256i, a: __m256i, b: __m256i) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(a, b))
}
